// `nxmc export`: configurations of a job for other programs.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "commands.hpp"
#include "job_named.hpp"
#include "nxmc/elastic/displacements.hpp"
#include "nxmc/material/material.hpp"
#include "nxmc/query/extended_xyz.hpp"
#include "output.hpp"

namespace nxmc {
namespace {

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
  const Configurations asked = arguments.samples ? Configurations::samples : Configurations::snapshots;
  const std::uint64_t job = job_named(archive, arguments.job, asked);
  if (!has(archive, job, asked)) throw ArchiveError(why_nothing_is_there(archive, job, arguments.job, asked));
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
