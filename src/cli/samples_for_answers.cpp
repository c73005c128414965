#include "samples_for_answers.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "nxmc/phase/longer_chains.hpp"
#include "output.hpp"

namespace nxmc {
namespace {

[[noreturn]] void refuse_without_samples(const Archive& archive, const Where& where, const FoundSamples& found) {
  const std::string file = archive.file().string();
  if (found.chains_without > 0)
    throw ArchiveError(fmt::format(
        "{}: none of {} equilibrium chains has kept samples: an older nxmc computed them, or their scans say 'samples: "
        "none', or they are shorter than the way from one sample to the next (write 'samples: {{every: 10}}'). `nxmc "
        "run CAMPAIGN --archive NEW.h5` computes them again with samples; `nxmc plan CAMPAIGN` tells what that costs",
        file, found.chains_without));
  refuse_hidden_chains(archive, where);
  throw ArchiveError(fmt::format("{}: no equilibrium chain {}has results yet; see 'nxmc status {}'", file,
                                 where.condition.empty() ? "" : "that fulfils the condition ", file));
}

}  // namespace

std::string words_on_hidden_chains(const Archive& archive, const Where& where) {
  const LongerChains longer = longer_chains_of(archive, where);
  if (longer.rows == 0 && longer.placing > 0)
    return fmt::format(
        "{} chain{} so far belong{} to the rounds in which ladders place their rungs (rungs: auto), and answers are "
        "from the last round alone: 'nxmc status {}' tells how far it is",
        longer.placing, longer.placing == 1 ? "" : "s", longer.placing == 1 ? "s" : "", archive.file().string());
  if (longer.rows == 0 || where.condition.empty()) return {};
  return fmt::format(
      "the chains that fulfil the condition were measured for more sweeps, and answers are from those ({} {}): "
      "choose them, or leave out of the condition what tells the shorter ones apart (scan, measured_sweeps)",
      longer.scans.size() == 1 ? "scan" : "scans", fmt::join(longer.scans, ", "));
}

void refuse_hidden_chains(const Archive& archive, const Where& where) {
  if (const std::string words = words_on_hidden_chains(archive, where); !words.empty())
    throw ArchiveError(fmt::format("{}: {}", archive.file().string(), words));
}

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
  if (found.sets.empty()) refuse_without_samples(archive, where, found);
  tell_of_missing_samples(found, global);
  return found;
}

}  // namespace nxmc
