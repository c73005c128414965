#include "outline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

#include "shapes.hpp"

namespace nxmc {
namespace {

using Wide = std::int64_t;

Wide floor_of_ratio(Wide a, Wide b) {
  const Wide quotient = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

Wide ceiling_of_ratio(Wide a, Wide b) { return -floor_of_ratio(-a, b); }

/// Of what is not negative.
Wide floor_of_root(Wide square) {
  auto root = static_cast<Wide>(std::sqrt(static_cast<double>(square)));
  while (root * root > square) --root;
  while ((root + 1) * (root + 1) <= square) ++root;
  return root;
}

struct Stretch {
  Wide first;
  Wide last;
  void limit(Wide from, Wide to) {
    first = std::max(first, from);
    last = std::min(last, to);
  }
};
constexpr Stretch nothing{1, 0};

/// Cells of one line that are on the inner side of a facet. \param at  the line; its own coordinate is not looked at
void cut(const Facet& facet, const std::array<Wide, 3>& at, std::size_t along, Stretch& stretch) {
  Wide rest = facet.bound;
  for (std::size_t k = 0; k < along; ++k) rest -= facet.normal[k] * at[k];
  const Wide slope = facet.normal[along];
  if (slope > 0) stretch.last = std::min(stretch.last, floor_of_ratio(rest, slope));
  if (slope < 0) stretch.first = std::max(stretch.first, ceiling_of_ratio(rest, slope));
  if (slope == 0 && rest < 0) stretch = nothing;
}

/// Squared distances of cells are i^2 + i j + j^2 in the plane.
void bend(const Region& region, const std::array<Wide, 3>& at, int dimension, Stretch& stretch) {
  const Wide square = region.radius * region.radius;
  if (dimension == 2) {
    const Wide discriminant = 4 * square - 3 * at[0] * at[0];
    if (discriminant < 0) {
      stretch = nothing;
      return;
    }
    const Wide root = floor_of_root(discriminant);
    stretch.limit(-floor_of_ratio(at[0] + root, 2), floor_of_ratio(root - at[0], 2));
    return;
  }
  const Wide rest = square - at[0] * at[0] - at[1] * at[1];
  if (rest < 0) {
    stretch = nothing;
  } else if (region.curve == Curve::ball) {
    const Wide root = floor_of_root(rest);
    stretch.limit(-root, root);
  }
}

double rows_of(const Region& region, int dimension) {
  double rows = 1;
  for (std::size_t k = 0; k + 1 < static_cast<std::size_t>(dimension); ++k)
    rows *= static_cast<double>(region.highest[k] - region.lowest[k]) + 1;
  return rows;
}

[[noreturn]] void refuse_rows(const LatticeSpec& spec) {
  throw std::invalid_argument(
      fmt::format("{} size {}{}: more than {:.0e} rows of sites, which are gone through one by one; use a smaller size",
                  spec.shape, size_name(spec),
                  spec.shell_layers > 0 ? fmt::format(" with {} shell layers", spec.shell_layers) : "", most_rows));
}

Runs cells_in(const Region& region, int dimension) {
  const std::size_t along = dimension == 2 ? 1 : 2;
  std::vector<Run> runs;
  std::array<Wide, 3> at{};
  const auto add_line = [&] {
    Stretch stretch{region.lowest[along], region.highest[along]};
    for (const Facet& facet : region.facets) cut(facet, at, along, stretch);
    if (region.curve != Curve::none) bend(region, at, dimension, stretch);
    if (stretch.first > stretch.last) return;
    Cell first{static_cast<int>(at[0]), dimension == 2 ? 0 : static_cast<int>(at[1]), 0};
    first[along] = static_cast<int>(stretch.first);
    runs.push_back({first, static_cast<int>(stretch.last - stretch.first + 1)});
  };
  for (at[0] = region.lowest[0]; at[0] <= region.highest[0]; ++at[0]) {
    if (dimension == 2) {
      add_line();
      continue;
    }
    for (at[1] = region.lowest[1]; at[1] <= region.highest[1]; ++at[1]) add_line();
  }
  return {dimension, std::move(runs)};
}

bool is_covered(const LatticeSpec& spec, std::size_t facet) {
  return spec.covered == 0 || (spec.covered >> facet & 1U) != 0;
}

/// Facets that the shell covers, further out.
Region moved_out(Region region, const LatticeSpec& spec) {
  for (std::size_t k = 0; k < region.facets.size(); ++k)
    if (is_covered(spec, k)) region.facets[k].bound += spec.shell_layers;
  for (std::size_t k = 0; k < 3; ++k) {
    region.lowest[k] -= spec.shell_layers;
    region.highest[k] += spec.shell_layers;
  }
  if (dimension_of(spec) == 2) region.lowest[2] = region.highest[2] = 0;
  return region;
}

/// The cells on the inner side of what no shell covers: of other facets than those that are named, and of curved sides.
Runs within_bare_facets(const Runs& runs, const Region& region, const LatticeSpec& spec) {
  if (spec.covered == 0) return runs;
  const std::size_t along = runs.dimension() == 2 ? 1 : 2;
  std::vector<Run> inside;
  for (const Run& run : runs.runs()) {
    const std::array<Wide, 3> at{run.first[0], run.first[1], run.first[2]};
    Stretch stretch{at[along], at[along] + run.cells - 1};
    for (std::size_t k = 0; k < region.facets.size(); ++k)
      if (!is_covered(spec, k)) cut(region.facets[k], at, along, stretch);
    if (region.curve != Curve::none) bend(region, at, runs.dimension(), stretch);
    if (stretch.first > stretch.last) continue;
    Run left = run;
    left.first[along] = static_cast<int>(stretch.first);
    left.cells = static_cast<int>(stretch.last - stretch.first + 1);
    inside.push_back(left);
  }
  return {runs.dimension(), std::move(inside)};
}

/// \pre the region has few enough rows
Runs with_shell(const Runs& core, const Region& region, const LatticeSpec& spec) {
  Runs whole = core;
  for (int layer = 0; layer < spec.shell_layers; ++layer) {
    if (static_cast<double>(whole.runs().size()) * spec.shell_layers > most_rows) refuse_rows(spec);
    whole = whole.dilated();
  }
  return within_bare_facets(whole, region, spec);
}

/// Of a crystal that has more of them than an int can count, in some direction.
bool is_out_of_reach(const Region& region, const LatticeSpec& spec) {
  constexpr Wide reach = std::numeric_limits<int>::max() / 8;
  const auto far = [](Wide x) { return x > reach || x < -reach; };
  return std::ranges::any_of(region.lowest, far) || std::ranges::any_of(region.highest, far) ||
         spec.shell_layers > reach;
}

void require_few_rows(const Region& region, const LatticeSpec& spec) {
  if (is_out_of_reach(region, spec) || rows_of(region, dimension_of(spec)) > most_rows) refuse_rows(spec);
}

}  // namespace

bool shell_is_layers(const LatticeSpec& spec) {
  return spec.shell_layers == 0 || (spec.covered == 0 && checked_shape(spec).edge_growth > 0);
}

Outline outline_of(const LatticeSpec& spec) {
  const ShapeDefinition& definition = checked_shape(spec);
  const int dimension = definition.shape.dimension;
  if (spec.shape == list_of_sites) {
    Runs core = Runs::of_cells(dimension, spec.sites.cells());
    Runs whole = with_shell(core, {}, spec);
    return {std::move(core), std::move(whole)};
  }
  const Region region = definition.region({spec.size[0], spec.size[1], spec.size[2]});
  if (spec.covered == 0 && definition.orbits != nullptr) {  // their sites are few enough
    return {cells_in(region, dimension), cells_in(definition.region(total_edges(definition, spec)), dimension)};
  }
  require_few_rows(region, spec);
  Runs core = cells_in(region, dimension);
  if (definition.edge_growth == 0) {
    Runs whole = with_shell(core, region, spec);
    return {std::move(core), std::move(whole)};
  }
  const Region larger = moved_out(region, spec);
  require_few_rows(larger, spec);
  return {std::move(core), cells_in(larger, dimension)};
}

}  // namespace nxmc
