// The samples of an archive that a command averages over, or why there are none.
#pragma once

#include <string>

#include "commands.hpp"
#include "nxmc/phase/sample_set.hpp"

namespace nxmc {

/// Of chains without samples, and of those that are not finished.
void tell_of_missing_samples(const FoundSamples& found, const GlobalOptions& global);

/// At least one set; tells of what is missing. \throws ArchiveError without any
FoundSamples samples_for_answers(const Archive& archive, const Where& where, const GlobalOptions& global);

}  // namespace nxmc
