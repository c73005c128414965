// Predicted computing times: simple models whose constants were measured, good to a factor of about 2 (3 for numbers of
// events).
#include "cost.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "nxmc/elastic/displacements.hpp"

namespace nxmc {
namespace {

constexpr double nanosecond = 1e-9;

/// In nanoseconds, measured on one core of a Xeon with AVX-512, with hexagons of 331 to 17 101 and boxes of 512 to 64
/// 000 sites; tools/scaling prints both.
struct Costs {
  double event = 200;                   // drawing and bookkeeping
  double event_per_site_reduced = 3.7;  // the same where rows of V are permuted on the fly
  double event_per_site = 2.2;          // field and rates of an elastic crystal, which change everywhere
  double rate_per_bond = 6;             // where all rates are computed at each event, one by one
  double heat_bath = 2.4;               // the same with a logarithm and a second exponential: so many times as much
  double attempt = 9;                   // draw, energy, decision
  double attempt_per_bond = 1.2;        // of a site without elastic part, where most of the cost is following swaps
  double attempt_per_site = 1e-3;       // field after a swap, at the papers' temperatures where few are accepted …
  double attempt_per_site_3d = 0.05;    // … but more of them in 3D
  double phases_per_site = 2;
  double energy_per_bond = 2.2;       // with ising part; beside phases
  double energy_per_pair = 0.33;      // of an A and a site, where a configuration is looked at under a kernel
  double look_per_site = 5;           // the rest of a look, and its share of taking over
  double set_up_per_site = 500;       // lattice and chain
  double solve_per_entry = 0.2;       // displacements, once per measurement of areas, eight or more side by side
  double area_per_bond = 0.3;         // and the areas that follow
  double factor_per_work = 0.45;      // their factor, once per crystal; work = entries * entries per site
  double gradients = 3000;            // conjugate gradients instead; iterations grow as the edge: times N^(4/3)
  double gradients_per_site = 30000;  // setting these up
  double build_per_work = 0.02;       // the kernel's factor, which has large dense blocks
  double build_per_entry = 0.6;       // its solves, for each row
  double build_per_entry_3d = 0.3;    // … in larger blocks
  double build_per_value = 50;        // springs and symmetrisation, for each value of the reduced kernel
  double build = 1e6;
  double transform_per_site = 2;  // of a periodic crystal, for each site along its edges
  double mode = 2000;             // V(k) of a wave vector
};
constexpr Costs costs;

double factor_entries(const LatticeSpec& lattice) {
  constexpr double bytes_per_entry = 16;
  return displacement_factor_bytes(lattice) / bytes_per_entry;
}

/// Operations of the factorisation: each entry is updated about as often as its column is long.
double factor_work(const LatticeSpec& lattice) {
  const double entries = factor_entries(lattice);
  return entries * entries / count_sites(lattice);
}

bool is_flat(const LatticeSpec& lattice) { return dimension_of(lattice) == 2; }

double bonds_per_site(const LatticeSpec& lattice) { return is_flat(lattice) ? 6 : 18; }

/// Phases and energy of the whole crystal, but no areas.
double observation_seconds(const Physics& physics) {
  const bool ising = physics.interaction.ising != 0;
  const double energy = ising ? costs.energy_per_bond * bonds_per_site(physics.lattice) : 0;
  return (costs.phases_per_site + energy) * count_sites(physics.lattice) * nanosecond;
}

/// Of the Fourier transform over a periodic crystal.
double transform_seconds(const LatticeSpec& lattice) {
  const double edges = static_cast<double>(lattice.size[0]) + lattice.size[1] + lattice.size[2];
  return costs.transform_per_site * edges * count_sites(lattice) * nanosecond;
}

/// Of so many configurations.
double areas_seconds(const LatticeSpec& lattice, double configurations) {
  if (lattice.periodic()) return configurations * (1 + dimension_of(lattice)) * transform_seconds(lattice);
  if (displacement_method(lattice) == DisplacementMethod::conjugate_gradients)
    return configurations * costs.gradients * nanosecond * std::pow(count_sites(lattice), 4.0 / 3);
  constexpr double side_by_side = 8;
  const double solved = std::ceil(configurations / side_by_side) * side_by_side;
  const double areas = costs.area_per_bond * bonds_per_site(lattice) * count_sites(lattice);
  return solved * (costs.solve_per_entry * factor_entries(lattice) + areas) * nanosecond;
}

double set_up_seconds(const LatticeSpec& lattice, bool areas) {
  const double seconds = costs.set_up_per_site * nanosecond * count_sites(lattice);
  if (!areas || lattice.periodic()) return seconds;
  if (displacement_method(lattice) == DisplacementMethod::conjugate_gradients)
    return seconds + costs.gradients_per_site * nanosecond * count_sites(lattice);
  return seconds + costs.factor_per_work * nanosecond * factor_work(lattice);
}

/// Events of a whole exchange under the papers' drive: 1600 for hexagons of 271 sites, 11 700 for 721, 68 000 for 1657;
/// in 3D 4200 for 12^3 and 13 000 for 10 x 10 x 50.
double whole_exchange(const Physics& physics) {
  const double sites = count_sites(physics.lattice);
  return is_flat(physics.lattice) ? 1600 * std::pow(sites / 271, 2.07) : 2.5 * sites;
}

/// Swaps per site and unit of time in a half exchanged crystal, at a diffusion rate of 1. Measured with delta_mu -20
/// and exchange_until 0.1 to 10: hexagons of 61 to 1387 sites at temperature 0.2 have 0.015 to 0.13 (271 sites: 129
/// 000, 96 000 and 40 000 events until time 10 000), at temperature 1 0.3; cubes of 512 sites 0.2 at 1.5 and 3.2 at 10;
/// ising hexagons 0.01 at 0.5 and 0.11 at 2; without interaction 0.7.
double swaps_per_site(const Physics& physics) {
  constexpr double without_interaction = 0.7;
  constexpr double most = 2;
  const Interaction& energy = physics.interaction;
  double rate = without_interaction;
  if (energy.elastic != 0) {
    rate = std::min(0.2 * physics.temperature / energy.elastic, most);
  } else if (energy.ising != 0) {
    rate = std::min(0.05 * physics.temperature / std::abs(energy.ising), without_interaction);
  }
  return rate * physics.rates.diffusion;
}

/// How much of the swapping goes on for ever beside the drive: 4 c (1 - c), c from the drive over the width of the
/// transition. Elastic crystals hold back about 2 epsilon against a negative drive: hexagons of 271 sites have 43 000
/// events until time 10 000 at -5, 4700 at -8 and 1600 at -20 and end; cubes of 216 sites until time 1000 16 000 at -5,
/// 2500 at -10 and 300 from -30 on.
double lasting_share(const Physics& physics) {
  constexpr double elastic_width = 2;
  const bool held_back = physics.delta_mu < 0;
  const double width =
      held_back ? std::max(physics.temperature, elastic_width * physics.interaction.elastic) : physics.temperature;
  const double root = std::cosh(physics.delta_mu / width / 2);
  return 1 / (root * root);
}

double last_time(const Schedule& schedule) {
  const auto last = [](const std::vector<double>& times) { return times.empty() ? 0 : times.back(); };
  return std::max(last(schedule.times), last(schedule.snapshot_times));
}

double event_per_site(const LatticeSpec& lattice) {
  const bool reduced = kernel_bytes({.lattice = lattice}) == kernel_row_bytes(lattice);
  return reduced ? costs.event_per_site_reduced : costs.event_per_site;
}

double event_seconds(const Physics& physics) {
  const double sites = count_sites(physics.lattice);
  double event = costs.event + (is_elastic(physics) ? event_per_site(physics.lattice) * sites : 0);
  if (physics.rate_rule != RateRule()) {
    const double rate =
        costs.rate_per_bond * (physics.rate_rule.kind == RateRule::Kind::heat_bath ? costs.heat_bath : 1);
    event += rate * bonds_per_site(physics.lattice) * sites;
  }
  return event * nanosecond;
}

double exchange_seconds(const Physics& physics, const Schedule& schedule) {
  const double events = std::min(predicted_events(physics, schedule), static_cast<double>(schedule.max_events));
  const bool areas = schedule.areas && is_elastic(physics);
  const auto times = static_cast<double>(schedule.times.size());
  return set_up_seconds(physics.lattice, areas) + events * event_seconds(physics) +
         times * observation_seconds(physics) + (areas ? areas_seconds(physics.lattice, times) : 0);
}

double sweep_seconds(const Physics& physics) {
  const double sites = count_sites(physics.lattice);
  const bool flat = is_flat(physics.lattice);
  const double per_site = flat ? costs.attempt_per_site : costs.attempt_per_site_3d;
  const double update =
      is_elastic(physics) ? per_site * sites : costs.attempt_per_bond * bonds_per_site(physics.lattice);
  return count_core_sites(physics.lattice) * (costs.attempt + update) * nanosecond;
}

/// Of one rung, with one of its neighbours.
double rung_exchange_seconds(const Physics& physics) {
  const double sites = count_sites(physics.lattice);
  const double minority = count_core_sites(physics.lattice) * std::min(physics.composition, 1 - physics.composition);
  const double pairs = is_elastic(physics) ? costs.energy_per_pair * minority * sites : 0;
  return (pairs + costs.look_per_site * sites) * nanosecond;
}

double equilibrium_seconds(const Physics& physics, const Schedule& schedule) {
  const auto measured = static_cast<double>(schedule.measured_sweeps);
  const double sweeps = static_cast<double>(schedule.equilibration_sweeps) + measured;
  double sweep = sweep_seconds(physics);
  if (physics.exchange_every > 0) sweep += rung_exchange_seconds(physics) / static_cast<double>(physics.exchange_every);
  const double phases = measured / static_cast<double>(schedule.phases_every) * observation_seconds(physics);
  const bool areas = schedule.areas_every > 0 && is_elastic(physics);
  const double areas_total =
      areas ? areas_seconds(physics.lattice, measured / static_cast<double>(schedule.areas_every)) : 0;
  return set_up_seconds(physics.lattice, areas) + sweeps * sweep + phases + areas_total;
}

/// Without elastic energy nothing sweeps the A out, and they diffuse until they have found the boundary.
double events_of_an_exchange(const Physics& physics) {
  constexpr double detours = 6;
  return (is_elastic(physics) ? 1 : detours) * whole_exchange(physics);
}

/// Each time that the drive turns from one kind of ions to the other, the crystal is exchanged; and diffusion goes on
/// in all stages.
double events_in_stages(const Physics& physics, double end) {
  double events = 0;
  double begin = 0;
  bool of_b = false;
  for (const ExchangeStage& stage : physics.stages.all()) {
    if (begin >= end) break;
    const Physics now = physics_in(stage, physics);
    const double swaps = swaps_per_site(now) * count_sites(now.lattice) * (std::min(stage.until, end) - begin);
    const bool towards_b = now.delta_mu <= 0;
    if (stage.exchange && towards_b != of_b) {
      events += events_of_an_exchange(now);
      of_b = towards_b;
    }
    events += (stage.exchange ? lasting_share(now) : 1) * swaps;
    begin = stage.until;
  }
  return events;
}

}  // namespace

double predicted_events(const Physics& physics, const Schedule& schedule) {
  // Most of some 60 measured points are met within a factor of 3. Too many are predicted for a relaxation that starts
  // only when the crystal is exchanged already.
  const double end = last_time(schedule);
  if (!physics.stages.empty()) return events_in_stages(physics, end);
  const double swaps = swaps_per_site(physics) * count_sites(physics.lattice);
  if (physics.exchange_until < end) {
    if (physics.exchange_until == 0) return 0;  // all A: nothing to swap
    return whole_exchange(physics) + swaps * (end - physics.exchange_until);
  }
  const double lasting = lasting_share(physics) * swaps * end;
  if (physics.delta_mu > 0) return lasting;
  return events_of_an_exchange(physics) + lasting;
}

double predicted_seconds(const Physics& physics, const Schedule& schedule) {
  return physics.method == Method::exchange ? exchange_seconds(physics, schedule)
                                            : equilibrium_seconds(physics, schedule);
}

/// By numbers of its own: the interval is part of what names jobs, and must not change with what is learned about
/// costs. In nanoseconds, as those above once were.
std::uint64_t affordable_exchange_every(const Physics& physics) {
  constexpr double share = 0.1;
  const double sites = count_sites(physics.lattice);
  const double core = count_core_sites(physics.lattice);
  const bool flat = is_flat(physics.lattice);
  const bool elastic = is_elastic(physics);
  const double update = elastic ? (flat ? 1e-3 : 0.05) * sites : 1.2 * bonds_per_site(physics.lattice);
  const double sweep = core * (9 + update);
  const double pairs = elastic ? 0.33 * core * std::min(physics.composition, 1 - physics.composition) * sites : 0;
  const double sweeps = (pairs + 5 * sites) / (share * sweep);
  std::uint64_t every = 1;
  for (std::uint64_t decade = 1;; decade *= 10) {
    for (const std::uint64_t digit : {1U, 2U, 5U}) {
      every = digit * decade;
      if (static_cast<double>(every) >= sweeps) return every;
    }
  }
}

double predicted_build_seconds(const KernelSpec& spec) {
  if (spec.lattice.periodic())
    return transform_seconds(spec.lattice) + costs.mode * count_sites(spec.lattice) * nanosecond;
  const double rows = count_orbits(spec.lattice);
  const bool flat = is_flat(spec.lattice);
  const double per_entry = flat ? costs.build_per_entry : costs.build_per_entry_3d;
  const double solves = rows * per_entry * factor_entries(spec.lattice);
  const double values = rows * costs.build_per_value * count_sites(spec.lattice);
  return (costs.build + costs.build_per_work * factor_work(spec.lattice) + solves + values) * nanosecond;
}

}  // namespace nxmc
