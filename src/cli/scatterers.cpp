#include "scatterers.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>

#include "job_named.hpp"
#include "nxmc/elastic/crystal_positions.hpp"
#include "nxmc/material/material.hpp"
#include "nxmc/material/model_units.hpp"
#include "nxmc/material/quantity.hpp"
#include "nxmc/query/selected_jobs.hpp"
#include "nxmc/scattering/form_factor.hpp"
#include "xyz_frames.hpp"

namespace nxmc {
namespace {

// ---- cells of a material

struct CellPair {
  UnitCell A;
  UnitCell B;
};

UnitCell unit_cell_of(const Compound& compound, const char* name, const Material& material) {
  if (compound.structure != Structure::rocksalt && compound.structure != Structure::zincblende)
    throw UsageError(
        fmt::format("--material: {} of {} ({}) is of the structure {}: patterns need rocksalt or zincblende, whose "
                    "anions are on one face-centred cubic lattice",
                    name, material.file, compound.name, file_word(compound.structure)));
  const auto element = [&](const std::string& symbol) {
    const int number = atomic_number(symbol);
    if (number == 0)
      throw UsageError(fmt::format("--material: no form factor of {} is known, an element of {}; H to Cf are", symbol,
                                   material.file));
    return number;
  };
  return {element(compound.cation), element(compound.anion),
          compound.structure == Structure::rocksalt ? CationPlaces::rocksalt : CationPlaces::zincblende,
          compound.lattice.a.value};
}

CellPair cells_of(const std::string& file) {
  const Material material = read_material(file);
  return {unit_cell_of(material.A, "A", material), unit_cell_of(material.B, "B", material)};
}

void require_material(const DiffractionArguments& arguments) {
  if (arguments.material.empty())
    throw UsageError(
        "--material: missing; it names the file that says what the cells of A and B are, as "
        "campaigns/materials/pbs-cds.yaml");
}

std::string described(const UnitCell& cell) {
  return fmt::format("{}{} ({}, {} angstrom)", element_symbol(cell.cation), element_symbol(cell.anion),
                     cell.structure == CationPlaces::rocksalt ? "rock salt" : "zinc blende", cell.edge);
}

// ---- archives

/// A crystal whose configurations are decorated.
class Decorator {
 public:
  Decorator(const Physics& physics, const CellPair& cells, bool relaxed)
      : cells_(cells),
        lattice_(std::make_unique<const Lattice>(make_lattice_without_symmetry(physics.lattice))),
        positions_(*lattice_, physics.shell_stiffness, cells.A.edge, cells.B.edge, relaxed) {}

  Atoms atoms_of(const Occupation& sigma) const {
    const std::vector<Vector3> centres = positions_.of(sigma);
    Atoms atoms;
    for (std::size_t i = 0; i < centres.size(); ++i) add_cell(atoms, sigma[i] > 0 ? cells_.A : cells_.B, centres[i]);
    return atoms;
  }

 private:
  CellPair cells_;
  std::unique_ptr<const Lattice> lattice_;
  CrystalPositions positions_;
};

double fraction_of_B(const Occupation& sigma) {
  return static_cast<double>(std::ranges::count_if(sigma, [](auto s) { return s < 0; })) /
         static_cast<double>(sigma.size());
}

/// Configurations that become one pattern.
struct Gathered {
  std::string scan;
  std::string job;
  bool exchange = false;
  std::optional<double> at;
  std::vector<const Occupation*> configurations;
};

Scatterer scatterer_of(const Gathered& gathered, const Decorator& decorator, std::size_t threads) {
  Scatterer scatterer;
  scatterer.scan = gathered.scan;
  scatterer.job = gathered.job;
  (gathered.exchange ? scatterer.time : scatterer.sweep) = gathered.at.value_or(Scatterer::none);
  scatterer.fraction_B = 0;
  for (const Occupation* sigma : gathered.configurations) {
    scatterer.pairs.add(decorator.atoms_of(*sigma), threads);
    scatterer.fraction_B += fraction_of_B(*sigma);
  }
  scatterer.fraction_B /= static_cast<double>(gathered.configurations.size());
  return scatterer;
}

/// Jobs of one point, of its replicas.
using Points = std::vector<std::pair<Physics, std::vector<std::uint64_t>>>;

void require_crystals_in_3D(const Archive& archive, const Physics& physics) {
  if (physics.lattice.periodic())
    throw ArchiveError(
        fmt::format("{}: {} {} is periodic, and Debye's equation is about particles: choose crystals "
                    "with a surface (--where)",
                    archive.file().string(), lattice_word(physics.lattice), size_word(physics.lattice)));
  if (dimension_of(physics.lattice) == 3) return;
  throw ArchiveError(
      fmt::format("{}: the crystals ({} {}) are flat; unit cells belong to sites of crystals in 3D, such "
                  "as cube: choose them with --where",
                  archive.file().string(), lattice_word(physics.lattice), size_word(physics.lattice)));
}

std::vector<std::uint64_t> all_jobs_of(const Archive& archive) {
  std::vector<std::uint64_t> jobs(archive.jobs());
  std::iota(jobs.begin(), jobs.end(), 0);
  return jobs;
}

Points points_of(const Archive& archive, const DiffractionArguments& arguments, const GlobalOptions& global) {
  const Configurations asked = arguments.samples ? Configurations::samples : Configurations::snapshots;
  if (!arguments.job.empty()) {
    const std::uint64_t job = job_named(archive, arguments.job, asked);
    if (!has(archive, job, asked)) throw ArchiveError(why_nothing_is_there(archive, job, arguments.job, asked));
    return {{archive.physics(job), {job}}};
  }
  const std::vector<std::uint64_t> jobs =
      arguments.where.empty() ? all_jobs_of(archive) : jobs_where(archive, arguments.where);
  const std::vector<bool> superseded = archive.superseded();
  Points points;
  std::size_t without = 0;
  for (const std::uint64_t job : jobs) {
    if (superseded[job]) continue;
    if (!has(archive, job, asked)) {
      ++without;
      continue;
    }
    const Physics physics = archive.physics(job);
    auto point = std::ranges::find_if(points, [&](const auto& known) { return known.first == physics; });
    if (point == points.end() || arguments.average == "none") point = points.insert(points.end(), {physics, {}});
    point->second.push_back(job);
  }
  const char* what = arguments.samples ? "samples" : "snapshots";
  if (points.empty())
    throw ArchiveError(fmt::format("{}: no job{} has {}{}", archive.file().string(),
                                   arguments.where.empty() ? "" : " that fulfils the condition", what,
                                   arguments.samples ? "" : "; scans keep them that have the key 'snapshots'"));
  if (without > 0)
    hint(global, fmt::format("{} job{} no {} and {} left out", without, without == 1 ? " has" : "s have", what,
                             without == 1 ? "is" : "are"));
  return points;
}

bool is_time(double at, double wanted) { return std::abs(at - wanted) <= 1e-9 * std::abs(wanted); }

/// All that a job kept, or its snapshots of some times.
std::vector<Snapshot> kept_by(const Archive& archive, std::uint64_t job, const DiffractionArguments& arguments) {
  std::vector<Snapshot> all;
  const auto keep = [&](const Snapshot& snapshot) {
    all.push_back(snapshot);
    return true;
  };
  arguments.samples ? archive.visit_samples(job, keep) : archive.visit_snapshots(job, keep);
  if (arguments.times.empty()) return all;
  std::vector<Snapshot> chosen;
  for (const double wanted : arguments.times) {
    const auto found = std::ranges::find_if(all, [&](const Snapshot& one) { return is_time(one.at, wanted); });
    if (found == all.end()) {
      std::vector<double> times;
      times.reserve(all.size());
      for (const Snapshot& one : all) times.push_back(one.at);
      throw UsageError(fmt::format("--times: job {} has no snapshot of {}; it has those of {}",
                                   to_string(archive.identities()[job]), wanted, fmt::join(times, ", ")));
    }
    chosen.push_back(*found);
  }
  return chosen;
}

/// Equilibrium: so many samples tell what all do.
constexpr std::size_t most_samples = 64;

/// Evenly over the chain.
void thin(std::vector<Snapshot>& samples) {
  if (samples.size() <= most_samples) return;
  std::vector<Snapshot> some;
  for (std::size_t k = 0; k < most_samples; ++k) some.push_back(samples[k * samples.size() / most_samples]);
  samples = std::move(some);
}

void visit_point(const Archive& archive, const Physics& physics, const std::vector<std::uint64_t>& jobs,
                 const DiffractionArguments& arguments, const CellPair& cells, std::size_t threads,
                 const std::function<void(Scatterer&&)>& visit) {
  std::vector<std::vector<Snapshot>> kept;
  for (const std::uint64_t job : jobs) {
    kept.push_back(kept_by(archive, job, arguments));
    if (arguments.samples) thin(kept.back());
  }
  const std::string scan = std::get<std::vector<std::string>>(archive.job_column("scan", {jobs.front(), 1}).values)[0];
  const bool together = arguments.samples || arguments.average == "all";
  std::map<double, Gathered> by_time;
  for (const auto& snapshots : kept) {
    for (const Snapshot& snapshot : snapshots) {
      Gathered& gathered = by_time[together ? 0 : snapshot.at];
      gathered.scan = scan;
      gathered.job = to_string(archive.identities()[jobs.front()]);
      gathered.exchange = physics.method == Method::exchange;
      if (!together) gathered.at = snapshot.at;
      gathered.configurations.push_back(&snapshot.sigma);
    }
  }
  const Decorator decorator(physics, cells, arguments.positions == "relaxed");
  for (const auto& [at, gathered] : by_time) visit(scatterer_of(gathered, decorator, threads));
}

Scatterers of_archive(const DiffractionArguments& arguments, std::size_t threads, const GlobalOptions& global) {
  require_material(arguments);
  auto archive = std::make_shared<const Archive>(open_archive(arguments.archive, global));
  const CellPair cells = cells_of(arguments.material);
  const Points points = points_of(*archive, arguments, global);
  for (const auto& [physics, jobs] : points) require_crystals_in_3D(*archive, physics);
  const std::string where = arguments.positions == "relaxed" ? "where the mismatch displaces them"
                                                             : "on the lattice of the mean composition, not relaxed";
  return {{cells.A, cells.B},
          {fmt::format("each site is a cell of 8 atoms, A of {}, B of {}, {}; within a cell nothing is relaxed, and "
                       "cells end at the surface as they are",
                       described(cells.A), described(cells.B), where)},
          [=](const std::function<void(Scatterer &&)>& visit) {
            for (const auto& [physics, jobs] : points)
              visit_point(*archive, physics, jobs, arguments, cells, threads, visit);
          }};
}

// ---- spheres

/// angstrom
double radius_of(const std::string& text) {
  const std::optional<WrittenQuantity> written = parse_quantity(text);
  const Unit* unit = written && !written->unit.empty() ? unit_named(written->unit) : nullptr;
  const bool is_length =
      written && (written->unit.empty() || (unit != nullptr && unit->dimension == Dimension::length));
  const double radius = is_length ? written->number.value * (unit == nullptr ? 1 : unit->size) : 0;
  constexpr double largest = 490;
  if (radius > 0 && radius <= largest) return radius;
  throw UsageError(
      fmt::format("--radius: '{}' is no radius of a sphere; write a number of angstrom up to {}, or for "
                  "example '3.5 nm'",
                  text, largest));
}

Scatterers of_spheres(const DiffractionArguments& arguments, std::size_t threads) {
  require_material(arguments);
  CellPair cells = cells_of(arguments.material);
  if (arguments.shell_structure == "rocksalt") cells.B.structure = CationPlaces::rocksalt;
  if (arguments.shell_structure == "zincblende") cells.B.structure = CationPlaces::zincblende;
  if (arguments.radius.empty())
    throw UsageError("--core-shell: say with --radius how large the sphere is: --radius 35");
  const double radius = radius_of(arguments.radius);
  std::vector<double> fractions = arguments.shell_fractions;
  if (fractions.empty()) throw UsageError("--core-shell: say with --shell-fraction how much of the volume is shell");
  for (const double fraction : fractions)
    if (!(fraction >= 0 && fraction <= 1))
      throw UsageError(fmt::format("--shell-fraction: {} is no fraction of a volume, from 0 to 1", fraction));
  return {{cells.A, cells.B},
          {fmt::format("core of {}, shell of {}, each on its own lattice round the same anion: nothing is relaxed, "
                       "neither at the interface nor at the surface",
                       described(cells.A), described(cells.B))},
          [=](const std::function<void(Scatterer &&)>& visit) {
            for (const double fraction : fractions) {
              Scatterer scatterer;
              scatterer.shell_fraction = fraction;
              scatterer.pairs.add(core_shell_sphere(cells.A, cells.B, radius, fraction), threads);
              visit(std::move(scatterer));
            }
          }};
}

// ---- XYZ

Atoms scaled(Atoms atoms, double factor) {
  for (auto& [element, positions] : atoms)
    for (Position& x : positions)
      for (double& coordinate : x) coordinate *= factor;
  return atoms;
}

void require_length(const DiffractionArguments& arguments, const XyzFrame& frame) {
  if (!frame.in_spacings || arguments.scale) return;
  throw UsageError(
      fmt::format("--xyz: {} has sites in lattice spacings, as 'nxmc export' writes them: say with --scale how many "
                  "angstrom a spacing is (each site is one atom then), or give the archive itself, whose sites become "
                  "unit cells",
                  arguments.xyz));
}

void visit_frames(const DiffractionArguments& arguments, std::size_t threads, const GlobalOptions& global,
                  const std::function<void(Scatterer&&)>& visit) {
  Scatterer all;
  bool periodic = false;
  double shortest = std::numeric_limits<double>::infinity();
  visit_xyz(arguments.xyz, [&](XyzFrame&& frame, std::size_t number) {
    require_length(arguments, frame);
    periodic = periodic || frame.periodic;
    Scatterer own;
    own.frame = static_cast<double>(number);
    own.time = frame.time.value_or(Scatterer::none);
    const bool together = arguments.average == "all";
    try {
      (together ? all : own).pairs.add(scaled(std::move(frame.atoms), arguments.scale.value_or(1)), threads);
    } catch (const std::invalid_argument& error) {
      throw std::runtime_error(fmt::format("{}: frame {}: {}", arguments.xyz, number, error.what()));
    }
    shortest = std::min(shortest, (together ? all : own).pairs.shortest_distance());
    if (!together) visit(std::move(own));
  });
  if (arguments.average == "all") visit(std::move(all));
  constexpr double shortest_bond = 0.5;  // angstrom; that of H2 is 0.74
  if (shortest < shortest_bond)
    warn(global,
         fmt::format("two atoms of {} are only {:.3g} angstrom apart: are its lengths in angstrom? --scale says "
                     "what they are in",
                     arguments.xyz, shortest));
  if (periodic)
    warn(global, fmt::format("{} is periodic; the pattern is that of the atoms in the file alone", arguments.xyz));
}

Scatterers of_xyz(const DiffractionArguments& arguments, std::size_t threads, const GlobalOptions& global) {
  if (arguments.scale && !(*arguments.scale > 0 && std::isfinite(*arguments.scale)))
    throw UsageError(fmt::format("--scale: must be a positive number of angstrom, not {}", *arguments.scale));
  Scatterers scatterers;
  if (!arguments.material.empty()) {
    const CellPair cells = cells_of(arguments.material);
    scatterers.cells = {cells.A, cells.B};
  }
  scatterers.visit = [=, &global](const std::function<void(Scatterer &&)>& visit) {
    visit_frames(arguments, threads, global, visit);
  };
  return scatterers;
}

}  // namespace

Scatterers scatterers_of(const DiffractionArguments& arguments, std::size_t threads, const GlobalOptions& global) {
  if (!arguments.archive.empty()) return of_archive(arguments, threads, global);
  if (!arguments.xyz.empty()) return of_xyz(arguments, threads, global);
  if (arguments.core_shell) return of_spheres(arguments, threads);
  throw UsageError("diffraction: of what? Give an archive, --xyz with a file of atoms, or --core-shell");
}

}  // namespace nxmc
