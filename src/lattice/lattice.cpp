// Builds a crystal from the list of its cells: neighbours, layers and symmetry follow from the cells alone.
#include "nxmc/lattice/lattice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <utility>

#include "bravais.hpp"
#include "operations.hpp"
#include "outline.hpp"
#include "shapes.hpp"

namespace nxmc {
namespace {

/// Finds the site at a cell, by a table over the bounding box of the crystal.
class SiteTable {
 public:
  explicit SiteTable(const std::vector<Cell>& cells) : lowest_(cells.front()), highest_(cells.front()) {
    for (const Cell& cell : cells) {
      for (std::size_t k = 0; k < 3; ++k) {
        lowest_[k] = std::min(lowest_[k], cell[k]);
        highest_[k] = std::max(highest_[k], cell[k]);
      }
    }
    std::size_t places = 1;
    for (std::size_t k = 0; k < 3; ++k) places *= static_cast<std::size_t>(highest_[k] - lowest_[k]) + 1;
    site_.assign(places, no_site);
    for (std::size_t i = 0; i < cells.size(); ++i) site_[place(cells[i])] = static_cast<Site>(i);
  }

  /// no_site when the cell is not part of the crystal.
  Site find(const Cell& cell) const {
    for (std::size_t k = 0; k < 3; ++k) {
      if (cell[k] < lowest_[k] || cell[k] > highest_[k]) return no_site;
    }
    return site_[place(cell)];
  }

 private:
  std::size_t place(const Cell& cell) const {
    std::size_t index = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      const auto extent = static_cast<std::size_t>(highest_[k] - lowest_[k]) + 1;
      index = index * extent + static_cast<std::size_t>(cell[k] - lowest_[k]);
    }
    return index;
  }

  Cell lowest_;
  Cell highest_;
  std::vector<Site> site_;
};

Cell operator+(const Cell& a, const Cell& b) { return {a[0] + b[0], a[1] + b[1], a[2] + b[2]}; }

void check_site_count(const LatticeSpec& spec) {
  const double sites = count_sites(spec);
  constexpr auto largest = std::numeric_limits<Site>::max();
  if (sites <= static_cast<double>(largest)) return;
  throw std::invalid_argument(
      fmt::format("{} size {}: {:.3g} sites are more than the {} that a crystal can have; use a "
                  "smaller size",
                  spec.shape, size_name(spec), sites, largest));
}

void set_directions(Lattice& lattice, const BravaisLattice& bravais) {
  for (const Cell& bond : bravais.bonds) {
    const Vector3 offset = position_of(bravais, bond);
    // The squared length is 1 or 2 up to rounding: sqrt of the rounded number is the same on every machine.
    const double length = std::sqrt(std::round(offset[0] * offset[0] + offset[1] * offset[1] + offset[2] * offset[2]));
    lattice.direction.push_back({offset[0] / length, offset[1] / length, offset[2] / length});
    lattice.bond_length.push_back(length);
  }
}

/// The cell of a periodic crystal that is the same as this one.
Cell wrapped(const LatticeSpec& spec, Cell cell) {
  for (std::size_t k = 0; k < 3; ++k) {
    if (spec.size[k] == 0) continue;
    cell[k] %= spec.size[k];
    if (cell[k] < 0) cell[k] += spec.size[k];
  }
  return cell;
}

std::vector<Site> find_neighbours(const LatticeSpec& spec, const std::vector<Cell>& cells, const SiteTable& table,
                                  const BravaisLattice& bravais) {
  std::vector<Site> neighbour;
  neighbour.reserve(cells.size() * bravais.bonds.size());
  for (const Cell& cell : cells) {
    for (const Cell& bond : bravais.bonds)
      neighbour.push_back(table.find(spec.periodic() ? wrapped(spec, cell + bond) : cell + bond));
  }
  return neighbour;
}

std::vector<Site> find_boundary(const Lattice& lattice) {
  std::vector<Site> boundary;
  for (Site i = 0; i < static_cast<Site>(lattice.sites()); ++i) {
    if (lattice.bonds_of(i) < lattice.coordination) boundary.push_back(i);
  }
  return boundary;
}

// Breadth first from the boundary: each site is reached along a shortest path of bonds.
std::vector<int> find_layers(const Lattice& lattice) {
  constexpr int unreached = 0;
  std::vector<int> layer(lattice.sites(), lattice.periodic() ? bulk_layer : unreached);
  if (lattice.periodic()) return layer;
  std::vector<Site> queue = lattice.boundary;
  queue.reserve(lattice.sites());
  for (const Site i : queue) layer[static_cast<std::size_t>(i)] = 1;
  for (std::size_t head = 0; head < queue.size(); ++head) {
    const Site i = queue[head];
    for (const Site j : lattice.neighbours(i)) {
      if (j == no_site || layer[static_cast<std::size_t>(j)] != unreached) continue;
      layer[static_cast<std::size_t>(j)] = layer[static_cast<std::size_t>(i)] + 1;
      queue.push_back(j);
    }
  }
  return layer;
}

std::vector<std::uint8_t> find_shell(const std::vector<Cell>& cells, const Runs& core) {
  std::vector<std::uint8_t> shell;
  shell.reserve(cells.size());
  for (const Cell& cell : cells) shell.push_back(core.contains(cell) ? 0 : 1);
  return shell;
}

std::vector<Site> find_core(const Lattice& lattice) {
  std::vector<Site> core;
  core.reserve(static_cast<std::size_t>(count_core_sites(lattice.spec)));
  for (Site i = 0; i < static_cast<Site>(lattice.sites()); ++i) {
    if (!lattice.in_shell(i)) core.push_back(i);
  }
  return core;
}

/// Where each site goes, if the operation maps the crystal onto itself.
std::optional<std::vector<Site>> permutation(const Lattice& lattice, const SiteTable& table, const CellMap& map) {
  std::array<std::int64_t, 3> total{};
  for (const Cell& cell : lattice.cell)
    for (std::size_t k = 0; k < 3; ++k) total[k] += cell[k];
  const std::optional<Cell> shift = shift_about_centre(total, static_cast<std::int64_t>(lattice.sites()), map);
  if (!shift) return std::nullopt;
  std::vector<Site> images;
  images.reserve(lattice.sites());
  for (std::size_t i = 0; i < lattice.sites(); ++i) {
    const Site image = table.find(moved(map, *shift, lattice.cell[i]));
    if (image == no_site || lattice.in_shell(image) != lattice.in_shell(static_cast<Site>(i))) return std::nullopt;
    images.push_back(image);
  }
  return images;
}

/// The same of a periodic crystal, with its first site in place.
std::optional<std::vector<Site>> permutation_about_origin(const Lattice& lattice, const SiteTable& table,
                                                          const CellMap& map) {
  if (!preserves_periods(map, lattice.spec.size)) return std::nullopt;
  std::vector<Site> images;
  images.reserve(lattice.cell.size());
  for (const Cell& cell : lattice.cell) images.push_back(table.find(wrapped(lattice.spec, apply(map, cell))));
  return images;
}

void set_symmetry(Lattice& lattice) {
  const SiteTable table(lattice.cell);
  const BravaisLattice& bravais = bravais_lattice(lattice.dimension);
  for (const CellMap& map : point_group(lattice.dimension)) {
    std::optional<std::vector<Site>> images =
        lattice.periodic() ? permutation_about_origin(lattice, table, map) : permutation(lattice, table, map);
    if (!images) continue;
    lattice.symmetry.push_back(*std::move(images));
    lattice.rotation.push_back(cartesian(bravais, map));
  }
}

}  // namespace

int Lattice::bonds_of(Site i) const {
  const auto bonds = neighbours(i);
  return coordination - static_cast<int>(std::count(bonds.begin(), bonds.end(), no_site));
}

Site translated(const Lattice& lattice, Site i, Site j) {
  const Cell& from = lattice.cell[static_cast<std::size_t>(i)];
  const Cell& to = lattice.cell[static_cast<std::size_t>(j)];
  Site site = 0;
  for (std::size_t k = 0; k < 3 && lattice.spec.size[k] > 0; ++k) {
    const int edge = lattice.spec.size[k];
    const int along = to[k] - from[k];
    site = site * edge + (along < 0 ? along + edge : along);
  }
  return site;
}

Lattice make_lattice_without_symmetry(const LatticeSpec& spec) {
  const ShapeDefinition& definition = checked_shape(spec);
  check_site_count(spec);
  const BravaisLattice& bravais = bravais_lattice(definition.shape.dimension);

  Lattice lattice;
  lattice.spec = spec;
  lattice.dimension = definition.shape.dimension;
  lattice.coordination = static_cast<int>(bravais.bonds.size());
  set_directions(lattice, bravais);

  const Outline outline = outline_of(spec);
  lattice.cell = outline.whole.cells();
  lattice.position.reserve(lattice.cell.size());
  for (const Cell& cell : lattice.cell) lattice.position.push_back(position_of(bravais, cell));
  const SiteTable table(lattice.cell);
  lattice.neighbour = find_neighbours(spec, lattice.cell, table, bravais);
  lattice.boundary = find_boundary(lattice);
  lattice.layer = find_layers(lattice);
  if (!shell_is_layers(spec)) lattice.shell = find_shell(lattice.cell, outline.core);
  lattice.core = find_core(lattice);
  return lattice;
}

Lattice make_lattice(const LatticeSpec& spec) {
  Lattice lattice = make_lattice_without_symmetry(spec);
  set_symmetry(lattice);
  return lattice;
}

}  // namespace nxmc
