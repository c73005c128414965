// Counts what the classes of this module hold for each site; see their members.
#include "nxmc/engine/memory.hpp"

#include <cstdint>
#include <limits>

#include "equilibrium_state.hpp"
#include "nxmc/elastic/displacements.hpp"
#include "nxmc/engine/record.hpp"
#include "nxmc/observe/phases.hpp"

namespace nxmc {
namespace {

constexpr double number = sizeof(double);

/// sigma; with elastic part the field, the diagonal of V and its row sums.
double state_per_site(const Physics& physics) { return sizeof(Spin) + (is_elastic(physics) ? 3 * number : 0); }

/// ShortRangeRates: a grid of places with their occupants, sums and factors, around a crystal of any shape.
double short_range_per_site(const LatticeSpec& lattice) {
  constexpr double of_hexagons_and_boxes = 20;
  if (lattice.covered == 0 && (lattice.shape == "hexagon" || lattice.shape == "box")) return of_hexagons_and_boxes;
  double places = 1;
  for (const int planes : count_planes(lattice, false)) places *= planes > 1 ? planes + 1 : 1;
  constexpr double per_place = 16;
  return per_place * places / count_sites(lattice) + sizeof(std::int32_t);
}

/// Arrays of RateBounds, of which bond factors are one for each distance of indices over which there are bonds among
/// sixteen sites in a row: each direction that leads up, and more where rows differ in length (measured: up to 4 in the
/// plane; 9 in boxes, 8 to 16 in other crystals in space, of some thousand sites).
double rates_per_site(const Physics& physics) {
  if (!is_elastic(physics)) return short_range_per_site(physics.lattice);
  const double in_space = physics.lattice.shape == "box" ? 9.5 : 16;
  const double distances = dimension_of(physics.lattice) == 2 ? 4.5 : in_space;
  const double diagonals = number * (physics.hamiltonian == Hamiltonian::published ? 2 : 1);
  constexpr double arrays = 6 * sizeof(float);
  return diagonals + arrays + distances * (sizeof(float) + number / 16);
}

/// SwapSieve and its set-up, PhaseCounter, and the order in which sites were filled.
double sieve_per_site() {
  constexpr double sieve = 2 * number + sizeof(float);
  constexpr double phases = 5;
  constexpr double set_up = number + sizeof(Site);
  return sieve + phases + set_up;
}

/// With a factor, the bits of configurations that wait for each other, in a list that has just grown: their
/// displacements are counted with the factor, which chains share. Without, forces, displacements and their like, with
/// those that conjugate gradients keep, and the areas that follow.
double areas_per_site(const LatticeSpec& lattice) {
  const bool factor = displacement_method(lattice) == DisplacementMethod::factor;
  if (factor && !lattice.periodic()) return 2 * number;
  const double vectors = factor ? 5 : 9;
  return number * (2 + vectors * dimension_of(lattice));
}

bool measures_areas(const Physics& physics, const Schedule& schedule) {
  if (!is_elastic(physics)) return false;
  return physics.method == Method::exchange ? schedule.areas : schedule.areas_every > 0;
}

double record_bytes(const RecordShape& shape) {
  return number * static_cast<double>(shape.values + shape.summary + shape.profile) +
         static_cast<double>(shape.configuration_bytes() + shape.final_state);
}

/// The bins of Series.
double series_bytes(const Physics& physics) {
  constexpr double most_bins = 512;
  const auto planes = static_cast<double>(profile_planes(physics.lattice, true));
  return number * most_bins *
         (static_cast<double>(fraction_components(dimension_of(physics.lattice), physics.ensemble) + area_components) +
          planes);
}

}  // namespace

double chain_bytes(const Physics& physics, const Schedule& schedule) {
  const bool exchange = physics.method == Method::exchange;
  constexpr double interior = sizeof(Site);
  const int states = physics.exchange_every > 0 ? 2 : 1;  // on a ladder also that of a neighbour, which it looks at
  double per_site = states * state_per_site(physics) + interior;
  per_site += exchange ? rates_per_site(physics) : sieve_per_site() + interior;
  if (measures_areas(physics, schedule)) per_site += areas_per_site(physics.lattice);
  const double sites = count_sites(physics.lattice);
  constexpr auto most_sites = static_cast<double>(std::numeric_limits<Site>::max());
  if (sites > most_sites) return per_site * sites;  // there is no such crystal
  // What is observed, and its copy in a checkpoint or in the record.
  const double observed = 2 * record_bytes(record_shape(physics, schedule)) + (exchange ? 0 : series_bytes(physics));
  return per_site * sites + observed;
}

}  // namespace nxmc
