// The table of shapes. A new one is a function that says where it ends, and a row of the table.
#include "shapes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <utility>

#include "bravais.hpp"

namespace nxmc {
namespace {

double hexagon_count(const Edges& edges) {
  const auto n = static_cast<double>(edges[0]);
  return 3 * n * (n - 1) + 1;
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

// ---- shapes of the plane. A cell is {row, place along the row, 0}; places of a row lie half a step further to the
// right than those of the row below, so that constant row + place is a line to the upper left.

Region between_lines(std::array<std::int64_t, 2> rows, std::array<std::int64_t, 2> places,
                     std::array<std::int64_t, 2> sums) {
  return {.lowest = {rows[0], places[0], 0},
          .highest = {rows[1], places[1], 0},
          .facets = {{"+y", {1, 0, 0}, rows[1]},
                     {"-y", {-1, 0, 0}, -rows[0]},
                     {"+x+y", {1, 1, 0}, sums[1]},
                     {"-x-y", {-1, -1, 0}, -sums[0]},
                     {"+x-y", {0, 1, 0}, places[1]},
                     {"-x+y", {0, -1, 0}, -places[0]}}};
}

Region hexagon(const Edges& edges) {
  const std::int64_t last = edges[0] - 1;
  return between_lines({0, 2 * last}, {-last, last}, {0, 2 * last});
}

// The sum of three segments along the rows, to the upper right and to the upper left.
Region elongated_hexagon(const Edges& edges) {
  const std::int64_t a = edges[0] - 1;
  const std::int64_t b = edges[1] - 1;
  const std::int64_t c = edges[2] - 1;
  return between_lines({0, b + c}, {-c, a}, {0, a + b});
}

Region rhombus(const Edges& edges) {
  return {.lowest = {0, 0, 0},
          .highest = {edges[0] - 1, edges[1] - 1, 0},
          .facets = {{"+y", {1, 0, 0}, edges[0] - 1},
                     {"-y", {-1, 0, 0}, 0},
                     {"+x-y", {0, 1, 0}, edges[1] - 1},
                     {"-x+y", {0, -1, 0}, 0}}};
}

Region triangle(const Edges& edges) {
  const std::int64_t last = edges[0] - 1;
  return {.lowest = {0, 0, 0},
          .highest = {last, last, 0},
          .facets = {{"-y", {-1, 0, 0}, 0}, {"+x+y", {1, 1, 0}, last}, {"-x+y", {0, -1, 0}, 0}}};
}

// x = place + row / 2 from 0 to the length of the first row: every other row is one site shorter.
Region rectangle(const Edges& edges) {
  const std::int64_t rows = edges[0] - 1;
  const std::int64_t places = edges[1] - 1;
  return {.lowest = {0, -(rows / 2), 0},
          .highest = {rows, places, 0},
          .facets = {
              {"+x", {1, 2, 0}, 2 * places}, {"-x", {-1, -2, 0}, 0}, {"+y", {1, 0, 0}, rows}, {"-y", {-1, 0, 0}, 0}}};
}

// Places reach further than the radius where rows are slanted: to 2 / sqrt 3 of it.
Region disc(const Edges& edges) {
  const std::int64_t radius = edges[0];
  const std::int64_t reach = radius + radius / 6 + 1;
  return {.lowest = {-reach, -reach, 0},
          .highest = {reach, reach, 0},
          .facets = {},
          .curve = Curve::ball,
          .radius = radius};
}

std::string rows_are_too_short(const Edges& core, int shell_layers) {
  if (core[1] < 2) return "every other row would be empty; rows need at least 2 sites";
  if (core[0] < 3 || core[1] > 2 || shell_layers > 0) return "";
  return "triangles that hang together by their corners turn without force; rows need at least 3 sites, or a shell";
}

// ---- shapes of space

Region box(const Edges& edges) {
  return {.lowest = {0, 0, 0},
          .highest = {edges[0] - 1, edges[1] - 1, edges[2] - 1},
          .facets = {{"+x", {1, 0, 0}, edges[0] - 1},
                     {"-x", {-1, 0, 0}, 0},
                     {"+y", {0, 1, 0}, edges[1] - 1},
                     {"-y", {0, -1, 0}, 0},
                     {"+z", {0, 0, 1}, edges[2] - 1},
                     {"-z", {0, 0, -1}, 0}}};
}

struct Corner {
  std::string_view name;
  std::array<int, 3> sign;
};
constexpr std::array<Corner, 8> corners{{{"+x+y+z", {1, 1, 1}},
                                         {"-x-y-z", {-1, -1, -1}},
                                         {"+x+y-z", {1, 1, -1}},
                                         {"-x-y+z", {-1, -1, 1}},
                                         {"+x-y+z", {1, -1, 1}},
                                         {"-x+y-z", {-1, 1, -1}},
                                         {"-x+y+z", {-1, 1, 1}},
                                         {"+x-y-z", {1, -1, -1}}}};

Region around_centre(std::int64_t reach) {
  return {.lowest = {-reach, -reach, -reach}, .highest = {reach, reach, reach}, .facets = {}};
}

Region octahedron(const Edges& edges) {
  const std::int64_t reach = edges[0] - 1;
  Region region = around_centre(reach);
  for (const Corner& corner : corners) region.facets.push_back({corner.name, corner.sign, reach});
  return region;
}

Region truncated_octahedron(const Edges& edges) {
  Region region = octahedron(edges);
  const std::int64_t reach = edges[0] - 1 - edges[1];
  for (const Facet& side : box({1, 1, 1}).facets) region.facets.push_back({side.name, side.normal, reach});
  return region;
}

std::string is_cut_too_deep(const Edges& core, int /*shell_layers*/) {
  if (2 * core[1] < core[0]) return "";
  if (core[0] < 3) return "edges need at least 3 sites to be cut at both ends";
  return fmt::format("cuts of {} planes meet along edges of {} sites; at most {} can be cut off", core[1], core[0],
                     (core[0] - 1) / 2);
}

Region truncated_cube(const Edges& edges) {
  const std::int64_t last = edges[0] - 1;
  Region region = box({edges[0], edges[0], edges[0]});
  for (const Corner& corner : corners) {
    const auto ahead = std::ranges::count(corner.sign, 1);
    region.facets.push_back({corner.name, corner.sign, ahead * last - edges[1]});
  }
  return region;
}

// At every other corner of a cube.
Region tetrahedron(const Edges& edges) {
  const std::int64_t last = edges[0] - 1;
  return {.lowest = {0, 0, 0},
          .highest = {last, last, last},
          .facets = {{"+x+y+z", {1, 1, 1}, 2 * last},
                     {"-x-y+z", {-1, -1, 1}, 0},
                     {"-x+y-z", {-1, 1, -1}, 0},
                     {"+x-y-z", {1, -1, -1}, 0}}};
}

Region sphere(const Edges& edges) {
  Region region = around_centre(edges[0]);
  region.curve = Curve::ball;
  region.radius = edges[0];
  return region;
}

Region cylinder(const Edges& edges) {
  return {.lowest = {-edges[0], -edges[0], 0},
          .highest = {edges[0], edges[0], edges[1] - 1},
          .facets = {{"+z", {0, 0, 1}, edges[1] - 1}, {"-z", {0, 0, -1}, 0}},
          .curve = Curve::cylinder,
          .radius = edges[0]};
}

// Planes x + y + z = const of the triangular lattice of next-nearest bonds, stacked along [111]. Their middle lies at
// the origin or, of an even number, at (1/2, 1/2, 1/2): about both the lattice is symmetric.
Region hexagonal_plate(const Edges& edges) {
  const std::int64_t planes = edges[1];
  const std::int64_t last = planes % 2 == 1 ? (planes - 1) / 2 : planes / 2 + 1;
  const std::int64_t first = last - planes + 1;
  const std::int64_t across = 3 * (edges[0] - 1);
  Region region = around_centre(edges[0] + planes);
  region.facets = {{"+x+y+z", {1, 1, 1}, last},      {"-x-y-z", {-1, -1, -1}, -first}, {"+2x-y-z", {2, -1, -1}, across},
                   {"-2x+y+z", {-2, 1, 1}, across},  {"-x+2y-z", {-1, 2, -1}, across}, {"+x-2y+z", {1, -2, 1}, across},
                   {"-x-y+2z", {-1, -1, 2}, across}, {"+x+y-2z", {1, 1, -2}, across}};
  return region;
}

std::string plate_does_not_hold(const Edges& core, int shell_layers) {
  if (core[0] == 2 && core[1] == 3 && shell_layers == 0)
    return "its outer planes turn against each other without force; use a larger size, or a shell";
  if (core[0] >= 2) return "";
  return "sites one above the other along [111] have no bonds; edges need at least 2 sites";
}

// Along an edge of two sites both neighbours would be the same one.
constexpr int smallest_period = 3;

// Lists of sites end where they end.
Region no_region(const Edges& /*edges*/) { return {}; }

constexpr std::string_view sites_along_edges = "sites along an edge";

constexpr std::array table{
    ShapeDefinition{{.name = "hexagon", .dimension = 2, .sizes = 1, .smallest = 2, .sizes_are = sites_along_edges},
                    1,
                    hexagon,
                    hexagon_count,
                    hexagon_orbits,
                    hexagon_symmetries},
    ShapeDefinition{{.name = "box", .dimension = 3, .sizes = 3, .smallest = 2, .sizes_are = "sites along x, y and z"},
                    2,
                    box,
                    box_count,
                    box_orbits,
                    box_symmetries},
    ShapeDefinition{{.name = "rectangle",
                     .dimension = 2,
                     .sizes = 2,
                     .smallest = 2,
                     .sizes_are = "rows, sites along the first row"},
                    0,
                    rectangle,
                    nullptr,
                    nullptr,
                    nullptr,
                    rows_are_too_short},
    ShapeDefinition{
        {.name = "parallelogram", .dimension = 2, .sizes = 2, .smallest = 2, .sizes_are = "rows, sites along a row"},
        0,
        rhombus,
        rhombus_count},
    ShapeDefinition{
        {.name = "triangle", .dimension = 2, .sizes = 1, .smallest = 2, .sizes_are = sites_along_edges}, 0, triangle},
    ShapeDefinition{{.name = "disc", .dimension = 2, .sizes = 1, .smallest = 1, .sizes_are = "radius"}, 0, disc},
    ShapeDefinition{{.name = "elongated_hexagon",
                     .dimension = 2,
                     .sizes = 3,
                     .smallest = 2,
                     .sizes_are = "sites along edges parallel to the rows, 60 and 120 degrees to them"},
                    0,
                    elongated_hexagon},
    ShapeDefinition{{.name = "octahedron", .dimension = 3, .sizes = 1, .smallest = 2, .sizes_are = sites_along_edges},
                    0,
                    octahedron},
    ShapeDefinition{{.name = "truncated_octahedron",
                     .dimension = 3,
                     .sizes = 2,
                     .smallest = 1,
                     .sizes_are = "sites along an edge of the octahedron, planes cut off at each of its corners"},
                    0,
                    truncated_octahedron,
                    nullptr,
                    nullptr,
                    nullptr,
                    is_cut_too_deep},
    ShapeDefinition{{.name = "tetrahedron", .dimension = 3, .sizes = 1, .smallest = 2, .sizes_are = sites_along_edges},
                    0,
                    tetrahedron},
    ShapeDefinition{{.name = "truncated_cube",
                     .dimension = 3,
                     .sizes = 2,
                     .smallest = 1,
                     .sizes_are = "sites along an edge of the cube, planes cut off at each of its corners"},
                    0,
                    truncated_cube,
                    nullptr,
                    nullptr,
                    nullptr,
                    is_cut_too_deep},
    ShapeDefinition{{.name = "sphere", .dimension = 3, .sizes = 1, .smallest = 1, .sizes_are = "radius"}, 0, sphere},
    ShapeDefinition{
        {.name = "cylinder", .dimension = 3, .sizes = 2, .smallest = 2, .sizes_are = "radius, sites along the axis"},
        0,
        cylinder},
    ShapeDefinition{{.name = "hexagonal_plate",
                     .dimension = 3,
                     .sizes = 2,
                     .smallest = 2,
                     .sizes_are = "sites along an edge of its middle plane, planes"},
                    0,
                    hexagonal_plate,
                    nullptr,
                    nullptr,
                    nullptr,
                    plate_does_not_hold},
};

constexpr std::array periodic_table{
    ShapeDefinition{{.name = "hexagon",
                     .dimension = 2,
                     .sizes = 2,
                     .smallest = smallest_period,
                     .sizes_are = "rows, sites along a row",
                     .boundary = Boundary::periodic},
                    0,
                    rhombus,
                    rhombus_count,
                    one_orbit,
                    rhombus_symmetries},
    ShapeDefinition{{.name = "box",
                     .dimension = 3,
                     .sizes = 3,
                     .smallest = smallest_period,
                     .sizes_are = "sites along x, y and z",
                     .boundary = Boundary::periodic},
                    0,
                    box,
                    box_count,
                    one_orbit,
                    cell_symmetries},
};

/// Of crystals that are a list, in the plane and in space.
constexpr std::array lists{
    ShapeDefinition{{.name = list_of_sites, .dimension = 2, .sizes = 0, .smallest = 1, .sizes_are = ""}, 0, no_region},
    ShapeDefinition{{.name = list_of_sites, .dimension = 3, .sizes = 0, .smallest = 1, .sizes_are = ""}, 0, no_region},
};

constexpr auto with_surface = [] {
  std::array<Shape, table.size()> shapes{};
  for (std::size_t k = 0; k < shapes.size(); ++k) shapes[k] = table[k].shape;
  return shapes;
}();

const ShapeDefinition& find_shape(const LatticeSpec& spec) {
  if (spec.shape == list_of_sites && !spec.periodic()) return lists[spec.sites.dimension() == 2 ? 0 : 1];
  const std::span<const ShapeDefinition> rows =
      spec.periodic() ? std::span<const ShapeDefinition>(periodic_table) : std::span<const ShapeDefinition>(table);
  const auto found = std::ranges::find(rows, spec.shape, [](const ShapeDefinition& row) { return row.shape.name; });
  if (found != rows.end()) return *found;
  std::vector<std::string_view> known;
  for (const ShapeDefinition& row : rows) known.push_back(row.shape.name);
  throw std::invalid_argument(
      fmt::format("unknown lattice shape '{}'; known shapes: {}", spec.shape, fmt::join(known, ", ")));
}

void check_layers(const LatticeSpec& spec) {
  if (spec.periodic() && spec.shell_layers != 0)
    throw std::invalid_argument(
        fmt::format("{} shell layers: a periodic crystal has no surface, and so no shell", spec.shell_layers));
  if (spec.shell_of_a && spec.shell_layers == 0)
    throw std::invalid_argument("a shell of A: without shell layers there is none");
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
    const bool shell_makes_up = definition.edge_growth == 0 && spec.shell_layers > 0;
    if (total[k] < shape.smallest && !shell_makes_up) {
      throw std::invalid_argument(
          fmt::format("{} size {} with {} shell layers: every edge of the whole crystal needs at least {} sites; use a "
                      "larger size or add a shell layer",
                      shape.name, size_name(spec), spec.shell_layers, shape.smallest));
    }
  }
}

/// Bits of facets that there are, and only with a shell.
void check_facets(const ShapeDefinition& definition, const LatticeSpec& spec) {
  if (spec.covered == 0) return;
  const std::size_t facets = definition.region({2, 2, 2}).facets.size();
  if (spec.shell_layers == 0) throw std::invalid_argument("covered facets: without shell layers nothing covers them");
  if ((spec.covered >> facets) != 0)
    throw std::invalid_argument(fmt::format("covered facets {:#x}: a {} has {} facet{}", spec.covered,
                                            definition.shape.name, facets, facets == 1 ? "" : "s"));
}

void check_proportions(const ShapeDefinition& definition, const LatticeSpec& spec) {
  if (definition.objection == nullptr) return;
  const std::string objection = definition.objection({spec.size[0], spec.size[1], spec.size[2]}, spec.shell_layers);
  if (objection.empty()) return;
  throw std::invalid_argument(fmt::format("{} size {}: {}", definition.shape.name, size_name(spec), objection));
}

}  // namespace

const ShapeDefinition& checked_shape(const LatticeSpec& spec) {
  const ShapeDefinition& definition = find_shape(spec);
  check_layers(spec);
  check_number_of_sizes(definition.shape, spec);
  check_edges(definition, spec);
  check_proportions(definition, spec);
  check_facets(definition, spec);
  if (spec.sites.empty() == (spec.shape == list_of_sites))
    throw std::invalid_argument(spec.sites.empty() ? "a crystal that is a list of sites has none"
                                                   : "only a crystal that is a list of sites has such a list");
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

std::span<const BoxWord> box_words() {
  static constexpr std::array words{BoxWord{"cube", 1, sites_along_edges},
                                    BoxWord{"square_plate", 2, "sites along an edge, planes"}};
  return words;
}

LatticeSpec spec_of_word(std::string_view word, std::span<const int> sizes) {
  LatticeSpec spec{.shape = std::string(word)};
  std::ranges::copy(sizes, spec.size.begin());
  const auto box_word = std::ranges::find(box_words(), word, &BoxWord::name);
  if (box_word == box_words().end()) return spec;
  spec.shape = "box";
  spec.size = {sizes.front(), sizes.front(), sizes.back()};
  return spec;
}

const Shape& shape_of(const LatticeSpec& spec) { return find_shape(spec).shape; }

int dimension_of(const LatticeSpec& spec) { return shape_of(spec).dimension; }

std::vector<std::string> facets_of(const LatticeSpec& spec) {
  std::vector<std::string> names;
  if (spec.periodic()) return names;
  for (const Facet& facet : find_shape(spec).region({2, 2, 2}).facets) names.emplace_back(facet.name);
  return names;
}

std::optional<std::uint32_t> covered_facets(const LatticeSpec& spec, std::span<const std::string> names) {
  const std::vector<std::string> facets = facets_of(spec);
  std::uint32_t covered = 0;
  for (const std::string& name : names) {
    const auto facet = std::ranges::find(facets, name);
    if (facet == facets.end()) return std::nullopt;
    covered |= 1U << static_cast<unsigned>(facet - facets.begin());
  }
  const bool all = covered + 1 == 1U << facets.size();
  return all ? 0 : covered;
}

std::string covered_word(const LatticeSpec& spec) {
  std::vector<std::string> covered;
  const std::vector<std::string> names = facets_of(spec);
  for (std::size_t k = 0; k < names.size(); ++k)
    if ((spec.covered >> k & 1U) != 0) covered.push_back(names[k]);
  return fmt::format("{}", fmt::join(covered, ","));
}

bool names_a_list_of_sites(std::string_view word) {
  return word.starts_with(list_of_sites) && word.substr(list_of_sites.size()).starts_with('-');
}

std::string size_name(const LatticeSpec& spec) {
  if (spec.shape == list_of_sites) return fmt::format("{}", spec.sites.cells().size());
  const auto sizes = static_cast<std::size_t>(shape_of(spec).sizes);
  return fmt::format("{}", fmt::join(spec.size.begin(), spec.size.begin() + static_cast<std::ptrdiff_t>(sizes), "x"));
}

namespace {

/// "sites-0123456789abcdef", by what is in the list.
std::string word_of_list(const SiteList& sites) {
  std::string text = fmt::format("{}", sites.dimension());
  for (const Cell& cell : sites.cells()) text += fmt::format(",{} {} {}", cell[0], cell[1], cell[2]);
  return fmt::format("{}-{:016x}", list_of_sites, XXH3_64bits(text.data(), text.size()));
}

/// Facets whose names stand between commas; false where there is no such facet.
bool cover(LatticeSpec& spec, std::string_view names) {
  const auto known = std::ranges::find(shapes(), spec.shape, &Shape::name);
  if (known == shapes().end()) return false;
  std::vector<std::string> covered;
  while (!names.empty()) {
    covered.emplace_back(names.substr(0, names.find(',')));
    names.remove_prefix(std::min(covered.back().size() + 1, names.size()));
  }
  const std::optional<std::uint32_t> bits = covered_facets(spec, covered);
  spec.covered = bits.value_or(0);
  return spec.covered != 0;
}

bool is_cube(const LatticeSpec& spec) {
  return spec.shape == "box" && spec.size[0] == spec.size[1] && spec.size[1] == spec.size[2];
}

}  // namespace

std::string lattice_word(const LatticeSpec& spec) {
  const std::string word = is_cube(spec) ? "cube" : spec.sites.empty() ? spec.shape : word_of_list(spec.sites);
  if (spec.covered != 0 || spec.shell_of_a)
    return fmt::format("{}({}{}{})", word, spec.shell_of_a ? "A" : "", spec.shell_of_a && spec.covered != 0 ? "," : "",
                       covered_word(spec));
  return spec.periodic() ? std::string(periodic_prefix) + word : word;
}

void set_lattice_word(LatticeSpec& spec, std::string_view word) {
  spec.covered = 0;
  spec.shell_of_a = false;
  spec.boundary = word.starts_with(periodic_prefix) ? Boundary::periodic : Boundary::free;
  if (spec.periodic()) word.remove_prefix(periodic_prefix.size());
  const std::string_view shape = word.substr(0, word.find('('));
  spec.shape = shape == "cube" ? "box" : shape;
  if (shape == word) return;
  std::string_view inside = word.substr(shape.size() + 1);
  const bool whole = inside.size() > 1 && inside.ends_with(')');
  if (whole) inside.remove_suffix(1);
  spec.shell_of_a = whole && (inside == "A" || inside.starts_with("A,"));
  if (spec.shell_of_a) inside.remove_prefix(std::min<std::size_t>(2, inside.size()));
  const bool known = inside.empty() ? spec.shell_of_a : cover(spec, inside);
  if (!whole || !known) spec.shape = word;
}

std::string size_word(const LatticeSpec& spec) {
  const bool rhombus = spec.periodic() && spec.shape == "hexagon";
  const bool equal_edges = is_cube(spec) || (rhombus && spec.size[0] == spec.size[1]);
  return equal_edges ? std::to_string(spec.size[0]) : size_name(spec);
}

}  // namespace nxmc
