// Predicted computing times: simple models whose constants were measured, good to a factor of about 2.
#include "cost.hpp"

#include <algorithm>
#include <cmath>

#include "nxmc/elastic/displacements.hpp"

namespace nxmc {
namespace {

constexpr double nanosecond = 1e-9;

/// In nanoseconds, measured on one core of a Xeon with AVX-512, with hexagons of 331 to 1801 and boxes of 512 to 2197
/// sites.
struct Costs {
  double event = 200;              // drawing and bookkeeping
  double event_per_site = 9;       // field and rates of an elastic crystal, which change everywhere
  double attempt = 20;             // draw, energy, decision
  double attempt_per_site = 0.02;  // field after a swap, at the papers' temperatures where few are accepted
  double phases_per_site = 2;
  double solve_per_entry = 1;     // displacements, once per measurement of areas
  double factor_per_work = 0.17;  // their factor, once per crystal; work = entries * entries per site
  double build_per_work = 0.02;   // the kernel's factor, which has large dense blocks
  double build_per_entry = 0.6;   // its solves, for each row
  double build_per_value = 50;    // springs and symmetrisation, for each value of the reduced kernel
  double build = 1e6;
};
constexpr Costs costs;

double factor_entries(const LatticeSpec& lattice) {
  constexpr double bytes_per_entry = 16;
  return DisplacementSolver::bytes(lattice) / bytes_per_entry;
}

/// Operations of the factorisation: each entry is updated about as often as its column is long.
double factor_work(const LatticeSpec& lattice) {
  const double entries = factor_entries(lattice);
  return entries * entries / count_sites(lattice);
}

double areas_seconds(const LatticeSpec& lattice) {
  return costs.solve_per_entry * nanosecond * factor_entries(lattice);
}

double set_up_seconds(const LatticeSpec& lattice, bool areas) {
  return areas ? costs.factor_per_work * nanosecond * factor_work(lattice) : 0;
}

double exchange_seconds(const Physics& physics, const Schedule& schedule) {
  const double sites = count_sites(physics.lattice);
  const double events = std::min(predicted_events(physics), static_cast<double>(schedule.max_events));
  const double event = (costs.event + (is_elastic(physics) ? costs.event_per_site * sites : 0)) * nanosecond;
  const bool areas = schedule.areas && is_elastic(physics);
  const double observation = costs.phases_per_site * sites * nanosecond + (areas ? areas_seconds(physics.lattice) : 0);
  return set_up_seconds(physics.lattice, areas) + events * event +
         static_cast<double>(schedule.times.size()) * observation;
}

double equilibrium_seconds(const Physics& physics, const Schedule& schedule) {
  const double sites = count_sites(physics.lattice);
  const double core = count_core_sites(physics.lattice);
  const auto measured = static_cast<double>(schedule.measured_sweeps);
  const double sweeps = static_cast<double>(schedule.equilibration_sweeps) + measured;
  const double update = is_elastic(physics) ? costs.attempt_per_site * sites : 0;
  const double sweep = core * (costs.attempt + update) * nanosecond;
  const double phases =
      measured / static_cast<double>(schedule.phases_every) * costs.phases_per_site * sites * nanosecond;
  const bool areas = schedule.areas_every > 0 && is_elastic(physics);
  const double areas_total =
      areas ? measured / static_cast<double>(schedule.areas_every) * areas_seconds(physics.lattice) : 0;
  return set_up_seconds(physics.lattice, areas) + sweeps * sweep + phases + areas_total;
}

}  // namespace

double predicted_events(const Physics& physics) {
  // Whole exchanges under the papers' drive: 1600 events for 271 sites, 11 700 for 721, 68 000 for 1657; in 3D 4200 for
  // 12^3 and 13 000 for 10 x 10 x 50.
  const double sites = count_sites(physics.lattice);
  const bool hexagon = physics.lattice.shape == "hexagon";
  const double whole = hexagon ? 1600 * std::pow(sites / 271, 2.07) : 2.5 * sites;
  // Diffusion alone goes on until the last observation; how long that is depends on everything.
  return std::isinf(physics.exchange_until) ? whole : 3 * whole;
}

double predicted_seconds(const Physics& physics, const Schedule& schedule) {
  return physics.method == Method::exchange ? exchange_seconds(physics, schedule)
                                            : equilibrium_seconds(physics, schedule);
}

double predicted_build_seconds(const KernelSpec& spec) {
  const double rows = count_orbits(spec.lattice);
  const double solves = rows * costs.build_per_entry * factor_entries(spec.lattice);
  const double values = rows * costs.build_per_value * count_sites(spec.lattice);
  return (costs.build + costs.build_per_work * factor_work(spec.lattice) + solves + values) * nanosecond;
}

}  // namespace nxmc
