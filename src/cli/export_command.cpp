// `nxmc export`: snapshots of a job for other programs.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "nxmc/analyze/extended_xyz.hpp"
#include "output.hpp"

namespace nxmc {
namespace {

/// A job that was observed in several ways has several rows: those with snapshots, if any have.
void keep_rows_with_snapshots(const Archive& archive, std::vector<std::uint64_t>& rows) {
  std::vector<std::uint64_t> with;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(with),
               [&](std::uint64_t row) { return !archive.snapshots(row).empty(); });
  if (!with.empty()) rows = std::move(with);
}

/// The job whose identity begins with `name`: as with git, a few digits suffice. Of a chain that was measured for
/// longer only the longest counts, as in queries.
std::uint64_t find_job(const Archive& archive, const std::string& name) {
  const std::vector<Identity> identities = archive.identities();
  const std::vector<bool> superseded = archive.superseded();
  std::vector<std::uint64_t> found;
  for (std::uint64_t job = 0; job < identities.size(); ++job) {
    if (!superseded[job] && to_string(identities[job]).starts_with(name)) found.push_back(job);
  }
  const bool one_job = std::all_of(found.begin(), found.end(),
                                   [&](std::uint64_t row) { return identities[row] == identities[found.front()]; });
  if (one_job && found.size() > 1) keep_rows_with_snapshots(archive, found);
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

}  // namespace

ExitCode export_snapshots(const ExportArguments& arguments, const GlobalOptions& global) {
  const Archive archive = open_archive(arguments.archive, global);
  const std::uint64_t job = find_job(archive, arguments.job);
  const std::vector<Snapshot> snapshots = archive.snapshots(job);
  if (snapshots.empty()) {
    throw ArchiveError(fmt::format("{}: job {} has no snapshots: it is {}{}", arguments.archive, arguments.job,
                                   to_string(archive.states()[job]),
                                   has_results(archive.states()[job]) ? ", and its scan has no 'snapshots' key" : ""));
  }
  const Physics physics = archive.physics(job);
  const Lattice lattice = make_lattice(physics.lattice);
  const Printer print = [&](std::ostream& out) {
    print_extended_xyz(out, lattice, snapshots, physics.method == Method::exchange ? "time" : "sweep");
  };
  if (arguments.output.empty())
    print_to_stdout(print);
  else
    print_to_new_file(arguments.output, print);
  return ExitCode::done;
}

}  // namespace nxmc
