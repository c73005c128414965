#include "job_named.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "commands.hpp"

namespace nxmc {
namespace {

/// A job that was observed in several ways has several rows: those with what is asked for, if any have.
void keep_rows_with_configurations(const Archive& archive, Configurations asked, std::vector<std::uint64_t>& rows) {
  std::vector<std::uint64_t> with;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(with),
               [&](std::uint64_t row) { return has(archive, row, asked); });
  if (!with.empty()) rows = std::move(with);
}

}  // namespace

bool has(const Archive& archive, std::uint64_t row, Configurations asked) {
  return asked == Configurations::samples ? archive.has_samples(row) : archive.has_snapshots(row);
}

std::uint64_t job_named(const Archive& archive, const std::string& name, Configurations asked) {
  const std::vector<Identity> identities = archive.identities();
  const std::vector<bool> superseded = archive.superseded();
  std::vector<std::uint64_t> found;
  for (std::uint64_t job = 0; job < identities.size(); ++job) {
    if (!superseded[job] && to_string(identities[job]).starts_with(name)) found.push_back(job);
  }
  const bool one_job = std::all_of(found.begin(), found.end(),
                                   [&](std::uint64_t row) { return identities[row] == identities[found.front()]; });
  if (one_job && found.size() > 1) keep_rows_with_configurations(archive, asked, found);
  if (found.empty()) {
    throw UsageError(fmt::format("--job: {} has no job '{}'; 'nxmc query {} --columns job,scan,state' lists them",
                                 archive.file().string(), name, archive.file().string()));
  }
  if (found.size() > 1) {
    throw UsageError(fmt::format("--job: {} jobs of {} begin with '{}'; give more digits", found.size(),
                                 archive.file().string(), name));
  }
  return found.front();
}

std::string why_nothing_is_there(const Archive& archive, std::uint64_t job, const std::string& name,
                                 Configurations asked) {
  const JobState state = archive.states()[job];
  const bool samples = asked == Configurations::samples;
  std::string reason;
  if (has_results(state) && !samples) reason = ", and its scan has no 'snapshots' key";
  if (has_results(state) && samples)
    reason = archive.methods()[job] == Method::exchange
                 ? "; only equilibrium chains keep samples, trajectories have snapshots: leave out --samples"
                 : ", and its scan says 'samples: none', its chain is too short, or an older nxmc computed it";
  return fmt::format("{}: job {} has no {}: it is {}{}", archive.file().string(), name,
                     samples ? "samples" : "snapshots", to_string(state), reason);
}

}  // namespace nxmc
