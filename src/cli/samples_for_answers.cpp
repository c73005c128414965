#include "samples_for_answers.hpp"

#include <fmt/format.h>

#include "output.hpp"

namespace nxmc {
namespace {

[[noreturn]] void refuse_without_samples(const std::string& file, const Where& where, const FoundSamples& found) {
  if (found.chains_without > 0)
    throw ArchiveError(fmt::format(
        "{}: none of {} equilibrium chains has kept samples: an older nxmc computed them, or their scans say 'samples: "
        "none', or they are shorter than the way from one sample to the next (write 'samples: {{every: 10}}'). `nxmc "
        "run CAMPAIGN --archive NEW.h5` computes them again with samples; `nxmc plan CAMPAIGN` tells what that costs",
        file, found.chains_without));
  throw ArchiveError(fmt::format("{}: no equilibrium chain {}has results yet; see 'nxmc status {}'", file,
                                 where.condition.empty() ? "" : "that fulfils the condition ", file));
}

}  // namespace

void tell_of_missing_samples(const FoundSamples& found, const GlobalOptions& global) {
  if (found.chains_without > 0)
    warn(global, fmt::format("{} chain{} no samples and {} left out", found.chains_without,
                             found.chains_without == 1 ? " has" : "s have", found.chains_without == 1 ? "is" : "are"));
  if (found.unfinished > 0)
    hint(global, fmt::format("{} chain{} no results yet: the answer is from what is there", found.unfinished,
                             found.unfinished == 1 ? " has" : "s have"));
}

FoundSamples samples_for_answers(const Archive& archive, const Where& where, const GlobalOptions& global) {
  FoundSamples found = read_samples(archive, where);
  if (found.sets.empty()) refuse_without_samples(archive.file().string(), where, found);
  tell_of_missing_samples(found, global);
  return found;
}

}  // namespace nxmc
