// Hexagons and boxes. A new shape is a function that lists its cells and a row of the table.
#include "shapes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <utility>

#include "bravais.hpp"

namespace nxmc {
namespace {

double hexagon_count(const Edges& edges) {
  const auto n = static_cast<double>(edges[0]);
  return 3 * n * (n - 1) + 1;
}

std::vector<Cell> hexagon_cells(const Edges& edges) {
  const int last = static_cast<int>(edges[0]) - 1;
  std::vector<Cell> cells;
  cells.reserve(static_cast<std::size_t>(hexagon_count(edges)));
  for (int row = 0; row <= 2 * last; ++row) {
    const int first_place = -std::min(row, last);
    const int last_place = std::min(last, 2 * last - row);
    for (int place = first_place; place <= last_place; ++place) cells.push_back({row, place, 0});
  }
  return cells;
}

// The ring at distance k from the centre holds floor(k/2) + 1 classes; summed over k = 0 ... n-1.
double hexagon_orbits(const Edges& edges) {
  const auto n = static_cast<double>(edges[0]);
  return std::floor(n / 2) * std::floor((n - 1) / 2) + n;
}

double hexagon_symmetries(const Edges& /*edges*/) { return 12; }

double box_count(const Edges& edges) {
  return static_cast<double>(edges[0]) * static_cast<double>(edges[1]) * static_cast<double>(edges[2]);
}

std::vector<Cell> box_cells(const Edges& edges) {
  std::vector<Cell> cells;
  cells.reserve(static_cast<std::size_t>(box_count(edges)));
  for (int x = 0; x < edges[0]; ++x) {
    for (int y = 0; y < edges[1]; ++y) {
      for (int z = 0; z < edges[2]; ++z) cells.push_back({x, y, z});
    }
  }
  return cells;
}

// Mirror planes leave (n+1)/2 places along each axis, of which equal axes may be exchanged.
double box_orbits(const Edges& edges) {
  Edges n = edges;
  std::sort(n.begin(), n.end());
  const auto places = [](std::int64_t edge) { return std::floor((static_cast<double>(edge) + 1) / 2); };
  const double a = places(n[0]);
  const double b = places(n[1]);
  const double c = places(n[2]);
  if (n[0] == n[2]) return a * (a + 1) * (a + 2) / 6;
  if (n[0] == n[1]) return a * (a + 1) / 2 * c;
  if (n[1] == n[2]) return a * b * (b + 1) / 2;
  return a * b * c;
}

// Mirrors of three axes, times the permutations of equal ones.
double box_symmetries(const Edges& edges) {
  Edges n = edges;
  std::sort(n.begin(), n.end());
  if (n[0] == n[2]) return 48;
  return n[0] == n[1] || n[1] == n[2] ? 16 : 8;
}

double rhombus_count(const Edges& edges) { return static_cast<double>(edges[0]) * static_cast<double>(edges[1]); }

std::vector<Cell> rhombus_cells(const Edges& edges) {
  std::vector<Cell> cells;
  cells.reserve(static_cast<std::size_t>(rhombus_count(edges)));
  for (int row = 0; row < edges[0]; ++row) {
    for (int place = 0; place < edges[1]; ++place) cells.push_back({row, place, 0});
  }
  return cells;
}

// Translations lead to every site.
double one_orbit(const Edges& /*edges*/) { return 1; }

double operations_about_origin(const Edges& edges, int dimension) {
  const std::array<int, 3> periods{static_cast<int>(edges[0]), static_cast<int>(edges[1]), static_cast<int>(edges[2])};
  const std::vector<CellMap> group = point_group(dimension);
  return static_cast<double>(
      std::ranges::count_if(group, [&](const CellMap& map) { return preserves_periods(map, periods); }));
}

double rhombus_symmetries(const Edges& edges) { return operations_about_origin(edges, 2); }
double cell_symmetries(const Edges& edges) { return operations_about_origin(edges, 3); }

// Along an edge of two sites both neighbours would be the same one.
constexpr int smallest_period = 3;

constexpr std::array<ShapeDefinition, 4> table{{
    {{.name = "hexagon", .dimension = 2, .sizes = 1, .smallest = 2},
     1,
     hexagon_cells,
     hexagon_count,
     hexagon_orbits,
     hexagon_symmetries},
    {{.name = "box", .dimension = 3, .sizes = 3, .smallest = 2}, 2, box_cells, box_count, box_orbits, box_symmetries},
    {{.name = "hexagon", .dimension = 2, .sizes = 2, .smallest = smallest_period, .boundary = Boundary::periodic},
     0,
     rhombus_cells,
     rhombus_count,
     one_orbit,
     rhombus_symmetries},
    {{.name = "box", .dimension = 3, .sizes = 3, .smallest = smallest_period, .boundary = Boundary::periodic},
     0,
     box_cells,
     box_count,
     one_orbit,
     cell_symmetries},
}};

constexpr std::array<Shape, 2> with_surface{table[0].shape, table[1].shape};

const ShapeDefinition& find_shape(const LatticeSpec& spec) {
  const auto* const found = std::find_if(table.begin(), table.end(), [&](const ShapeDefinition& row) {
    return row.shape.name == spec.shape && row.shape.boundary == spec.boundary;
  });
  if (found != table.end()) return *found;
  std::vector<std::string_view> known;
  known.reserve(table.size());
  for (const ShapeDefinition& row : table)
    if (row.shape.boundary == spec.boundary) known.push_back(row.shape.name);
  throw std::invalid_argument(
      fmt::format("unknown lattice shape '{}'; known shapes: {}", spec.shape, fmt::join(known, ", ")));
}

void check_layers(const LatticeSpec& spec) {
  if (spec.periodic() && spec.shell_layers != 0)
    throw std::invalid_argument(
        fmt::format("{} shell layers: a periodic crystal has no surface, and so no shell", spec.shell_layers));
  if (spec.shell_layers >= 0) return;
  throw std::invalid_argument(fmt::format("shell_layers {}: a crystal has 0 or more shell layers", spec.shell_layers));
}

void check_number_of_sizes(const Shape& shape, const LatticeSpec& spec) {
  for (auto k = static_cast<std::size_t>(shape.sizes); k < spec.size.size(); ++k) {
    if (spec.size[k] == 0) continue;
    throw std::invalid_argument(fmt::format("{} size {}: a {} has {} size{}; leave the others 0", shape.name,
                                            fmt::join(spec.size, "x"), shape.name, shape.sizes,
                                            shape.sizes == 1 ? "" : "s"));
  }
}

void check_edges(const ShapeDefinition& definition, const LatticeSpec& spec) {
  const Shape& shape = definition.shape;
  const Edges total = total_edges(definition, spec);
  for (std::size_t k = 0; k < static_cast<std::size_t>(shape.sizes); ++k) {
    if (spec.size[k] < 1) {
      throw std::invalid_argument(
          fmt::format("{} size {}: every edge of the core needs at least 1 site", shape.name, size_name(spec)));
    }
    if (total[k] < shape.smallest && spec.periodic())
      throw std::invalid_argument(
          fmt::format("periodic {} size {}: every edge needs at least {} sites, or both neighbours of a site along it "
                      "would be the same one; use a larger size",
                      shape.name, size_name(spec), shape.smallest));
    if (total[k] < shape.smallest) {
      throw std::invalid_argument(
          fmt::format("{} size {} with {} shell layers: every edge of the whole crystal needs at least {} sites; use a "
                      "larger size or add a shell layer",
                      shape.name, size_name(spec), spec.shell_layers, shape.smallest));
    }
  }
}

}  // namespace

const ShapeDefinition& checked_shape(const LatticeSpec& spec) {
  const ShapeDefinition& definition = find_shape(spec);
  check_layers(spec);
  check_number_of_sizes(definition.shape, spec);
  check_edges(definition, spec);
  return definition;
}

Edges total_edges(const ShapeDefinition& definition, const LatticeSpec& spec) {
  Edges edges{};
  for (std::size_t k = 0; k < static_cast<std::size_t>(definition.shape.sizes); ++k) {
    edges[k] = std::int64_t{spec.size[k]} + std::int64_t{definition.edge_growth} * spec.shell_layers;
  }
  return edges;
}

std::span<const Shape> shapes() { return with_surface; }

const Shape& shape_of(const LatticeSpec& spec) { return find_shape(spec).shape; }

int dimension_of(const LatticeSpec& spec) { return shape_of(spec).dimension; }

double count_sites(const LatticeSpec& spec) {
  const ShapeDefinition& definition = checked_shape(spec);
  return definition.count(total_edges(definition, spec));
}

double count_core_sites(const LatticeSpec& spec) {
  return checked_shape(spec).count({spec.size[0], spec.size[1], spec.size[2]});
}

double count_inner_core_sites(const LatticeSpec& spec) {
  const ShapeDefinition& definition = checked_shape(spec);
  if (spec.periodic()) return count_core_sites(spec);
  Edges edges{};
  for (std::size_t k = 0; k < static_cast<std::size_t>(definition.shape.sizes); ++k) {
    edges[k] = std::int64_t{spec.size[k]} - definition.edge_growth;
    if (edges[k] < 1) return 0;
  }
  return definition.count(edges);
}

double count_orbits(const LatticeSpec& spec) {
  const ShapeDefinition& definition = checked_shape(spec);
  return definition.orbits(total_edges(definition, spec));
}

double count_symmetries(const LatticeSpec& spec) {
  const ShapeDefinition& definition = checked_shape(spec);
  return definition.symmetries(total_edges(definition, spec));
}

double lattice_bytes(const LatticeSpec& spec) {
  const double bonds = checked_shape(spec).shape.dimension == 2 ? 6 : 18;
  const double core = sizeof(Site) * count_core_sites(spec);
  return (sizeof(Cell) + sizeof(Vector3) + sizeof(int) + bonds * sizeof(Site)) * count_sites(spec) + core;
}

double symmetry_bytes(const LatticeSpec& spec) {
  constexpr double orbits = 3 * sizeof(std::int32_t);
  return (count_symmetries(spec) * sizeof(Site) + orbits) * count_sites(spec);
}

std::string size_name(const LatticeSpec& spec) {
  const auto sizes = static_cast<std::size_t>(shape_of(spec).sizes);
  return fmt::format("{}", fmt::join(spec.size.begin(), spec.size.begin() + static_cast<std::ptrdiff_t>(sizes), "x"));
}

namespace {

bool is_cube(const LatticeSpec& spec) {
  return spec.shape == "box" && spec.size[0] == spec.size[1] && spec.size[1] == spec.size[2];
}

}  // namespace

std::string lattice_word(const LatticeSpec& spec) {
  const std::string word = is_cube(spec) ? "cube" : spec.shape;
  return spec.periodic() ? std::string(periodic_prefix) + word : word;
}

void set_lattice_word(LatticeSpec& spec, std::string_view word) {
  spec.boundary = word.starts_with(periodic_prefix) ? Boundary::periodic : Boundary::free;
  if (spec.periodic()) word.remove_prefix(periodic_prefix.size());
  spec.shape = word == "cube" ? "box" : word;
}

std::string size_word(const LatticeSpec& spec) {
  const bool rhombus = spec.periodic() && spec.shape == "hexagon";
  const bool equal_edges = is_cube(spec) || (rhombus && spec.size[0] == spec.size[1]);
  return equal_edges ? std::to_string(spec.size[0]) : size_name(spec);
}

}  // namespace nxmc
