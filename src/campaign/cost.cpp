// Predicted computing times: simple models whose constants were measured, good to a factor of about 2.
#include "cost.hpp"

#include <algorithm>
#include <cmath>

#include "nxmc/elastic/displacements.hpp"

namespace nxmc {
namespace {

constexpr double nanosecond = 1e-9;

/// Measured on one core of a 2.5 GHz Xeon (AVX2) with crystals of 271 to 1657 sites; they are in nanoseconds.
struct Costs {
  double event = 600;              // choosing, bookkeeping, local rates
  double event_per_site = 4;       // field and rates of an elastic crystal: both change everywhere
  double attempt = 20;             // draw, energy, decision
  double accepted_per_site = 0.5;  // field after an accepted swap
  double phases_per_site = 1;
  double solve_per_entry = 1.5;  // forward and back substitution with the factor of D
  double factor_per_entry = 40;  // set up once per job
  double kernel_per_entry = 3;   // of the reduced kernel, right-hand sides and solves
};
constexpr Costs costs;

/// Share of attempts that are accepted: few at the papers' temperatures.
constexpr double accepted = 0.05;

double factor_entries(const LatticeSpec& lattice) {
  constexpr double bytes_per_entry = 16;
  return DisplacementSolver::bytes(lattice) / bytes_per_entry;
}

double areas_seconds(const LatticeSpec& lattice) {
  return costs.solve_per_entry * nanosecond * factor_entries(lattice);
}

double set_up_seconds(const LatticeSpec& lattice, bool areas) {
  return areas ? costs.factor_per_entry * nanosecond * factor_entries(lattice) : 0;
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
  const double update = is_elastic(physics) ? accepted * costs.accepted_per_site * sites : 0;
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
  const double sites = count_sites(spec.lattice);
  const double rows = count_orbits(spec.lattice);
  const double entries = factor_entries(spec.lattice);
  return (costs.factor_per_entry * entries +
          rows * (costs.solve_per_entry * entries + costs.kernel_per_entry * sites)) *
         nanosecond;
}

}  // namespace nxmc
