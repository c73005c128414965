// The samples of an archive that a command averages over, or why there are none.
#pragma once

#include <string>

#include "commands.hpp"
#include "nxmc/phase/sample_set.hpp"

namespace nxmc {

/// Of chains without samples, and of those that are not finished.
void tell_of_missing_samples(const FoundSamples& found, const GlobalOptions& global);

/// Of chains that were chosen and that answers leave out: those of rounds in which ladders place their rungs, and those
/// that a condition names only where they were shorter than they are. Empty where there are none.
std::string words_on_hidden_chains(const Archive& archive, const Where& where);
/// \throws ArchiveError that says so
void refuse_hidden_chains(const Archive& archive, const Where& where);

/// At least one set; tells of what is missing. \throws ArchiveError without any
FoundSamples samples_for_answers(const Archive& archive, const Where& where, const GlobalOptions& global);

}  // namespace nxmc
