// `nxmc export`: configurations of a job for other programs.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "nxmc/elastic/displacements.hpp"
#include "nxmc/material/material.hpp"
#include "nxmc/query/extended_xyz.hpp"
#include "output.hpp"

namespace nxmc {
namespace {

bool has_configurations(const Archive& archive, std::uint64_t row, const ExportArguments& arguments) {
  return arguments.samples ? archive.has_samples(row) : archive.has_snapshots(row);
}

/// A job that was observed in several ways has several rows: those with what is asked for, if any have.
void keep_rows_with_configurations(const Archive& archive, const ExportArguments& arguments,
                                   std::vector<std::uint64_t>& rows) {
  std::vector<std::uint64_t> with;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(with),
               [&](std::uint64_t row) { return has_configurations(archive, row, arguments); });
  if (!with.empty()) rows = std::move(with);
}

/// The job whose identity begins with `name`: as with git, a few digits suffice. Of a chain that was measured for
/// longer only the longest counts, as in queries.
std::uint64_t find_job(const Archive& archive, const ExportArguments& arguments) {
  const std::string& name = arguments.job;
  const std::vector<Identity> identities = archive.identities();
  const std::vector<bool> superseded = archive.superseded();
  std::vector<std::uint64_t> found;
  for (std::uint64_t job = 0; job < identities.size(); ++job) {
    if (!superseded[job] && to_string(identities[job]).starts_with(name)) found.push_back(job);
  }
  const bool one_job = std::all_of(found.begin(), found.end(),
                                   [&](std::uint64_t row) { return identities[row] == identities[found.front()]; });
  if (one_job && found.size() > 1) keep_rows_with_configurations(archive, arguments, found);
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

void check_species(const std::vector<std::string>& species) {
  const auto elements = element_symbols();
  const auto known = [&](const std::string& one) { return std::ranges::find(elements, one) != elements.end(); };
  const auto stranger = std::ranges::find_if_not(species, known);
  if (stranger != species.end()) {
    throw UsageError(fmt::format("--species: '{}' is no symbol of an element; write for example Pb,Cd", *stranger));
  }
  if (species.size() != 2 || species[0] == species[1]) {
    throw UsageError("--species: must be two different elements, those of A and B; write for example Pb,Cd");
  }
}

void check_mismatch(double mismatch) {
  constexpr double most = 0.5;
  if (std::abs(mismatch) <= most) return;
  throw UsageError(
      fmt::format("--mismatch: must be a number from -{0} to {0} (in lattice spacings), not {1}", most, mismatch));
}

std::string why_nothing_is_there(const Archive& archive, std::uint64_t job, const ExportArguments& arguments) {
  const JobState state = archive.states()[job];
  std::string reason;
  if (has_results(state) && !arguments.samples) reason = ", and its scan has no 'snapshots' key";
  if (has_results(state) && arguments.samples)
    reason = archive.methods()[job] == Method::exchange
                 ? "; only equilibrium chains keep samples, trajectories have snapshots: leave out --samples"
                 : ", and its scan says 'samples: none', its chain is too short, or an older nxmc computed it";
  return fmt::format("{}: job {} has no {}: it is {}{}", arguments.archive, arguments.job,
                     arguments.samples ? "samples" : "snapshots", to_string(state), reason);
}

/// What displaces the sites; nullptr for positions of the perfect lattice.
std::unique_ptr<const DisplacementSolver> solver_of(const ExportArguments& arguments, const Physics& physics,
                                                    const Lattice& lattice) {
  if (arguments.positions != "relaxed") return nullptr;
  if (!is_elastic(physics)) {
    throw UsageError(
        fmt::format("--positions relaxed: job {} has no elastic interaction, so its sites stay where they "
                    "are; leave it out",
                    arguments.job));
  }
  return std::make_unique<const DisplacementSolver>(lattice, physics.shell_stiffness, arguments.mismatch);
}

}  // namespace

ExitCode export_snapshots(const ExportArguments& arguments, const GlobalOptions& global) {
  check_species(arguments.species);
  check_mismatch(arguments.mismatch);
  const Archive archive = open_archive(arguments.archive, global);
  const std::uint64_t job = find_job(archive, arguments);
  if (!has_configurations(archive, job, arguments)) throw ArchiveError(why_nothing_is_there(archive, job, arguments));
  const Physics physics = archive.physics(job);
  const Lattice lattice = make_lattice_without_symmetry(physics.lattice);
  const auto solver = solver_of(arguments, physics, lattice);
  const XyzStyle style{.a = arguments.species[0],
                       .b = arguments.species[1],
                       .clock = physics.method == Method::exchange ? "time" : "sweep",
                       .relaxed = solver.get(),
                       .mismatch = arguments.mismatch};
  const Printer print = [&](std::ostream& out) {
    ExtendedXyzPrinter frames(out, lattice, style);
    const auto print_frame = [&](const Snapshot& snapshot) { return frames.print(snapshot); };
    arguments.samples ? archive.visit_samples(job, print_frame) : archive.visit_snapshots(job, print_frame);
  };
  if (arguments.output.empty())
    print_to_stdout(print);
  else
    print_to_new_file(arguments.output, print);
  return ExitCode::done;
}

}  // namespace nxmc
