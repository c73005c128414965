#include "nxmc/scattering/unit_cell.hpp"

#include <cassert>
#include <cmath>

namespace nxmc {
namespace {

constexpr std::array<Position, 4> anions{
    {{-0.25, -0.25, -0.25}, {-0.25, 0.25, 0.25}, {0.25, -0.25, 0.25}, {0.25, 0.25, -0.25}}};
constexpr std::array<Position, 4> octahedra{
    {{0.25, 0.25, 0.25}, {0.25, -0.25, -0.25}, {-0.25, 0.25, -0.25}, {-0.25, -0.25, 0.25}}};
constexpr std::array<Position, 4> tetrahedra{{{0, 0, 0}, {0, 0.5, 0.5}, {0.5, 0, 0.5}, {0.5, 0.5, 0}}};

/// Those atoms of a lattice that are further from one of its anions than `inner`, and not further than `outer`.
void add_layer(Atoms& atoms, const UnitCell& cell, double inner, double outer) {
  const auto reach = static_cast<int>(outer / cell.edge) + 2;
  const auto add = [&](int element, const Position& place) {
    Position x{};
    for (std::size_t k = 0; k < 3; ++k) x[k] = cell.edge * (place[k] - anions[0][k]);
    const double r = std::hypot(x[0], x[1], x[2]);
    if (r > inner && r <= outer) atoms[element].push_back(x);
  };
  const auto moved = [](const Position& place, int i, int j, int k) {
    return Position{place[0] + i, place[1] + j, place[2] + k};
  };
  for (int i = -reach; i <= reach; ++i) {
    for (int j = -reach; j <= reach; ++j) {
      for (int k = -reach; k <= reach; ++k) {
        for (const Position& place : anions) add(cell.anion, moved(place, i, j, k));
        for (const Position& place : cations_of_cell(cell.structure)) add(cell.cation, moved(place, i, j, k));
      }
    }
  }
}

}  // namespace

const std::array<Position, 4>& anions_of_cell() { return anions; }

const std::array<Position, 4>& cations_of_cell(CationPlaces structure) {
  return structure == CationPlaces::rocksalt ? octahedra : tetrahedra;
}

void add_cell(Atoms& atoms, const UnitCell& cell, const Position& centre) {
  const auto add = [&](int element, const Position& place) {
    atoms[element].push_back(
        {centre[0] + cell.edge * place[0], centre[1] + cell.edge * place[1], centre[2] + cell.edge * place[2]});
  };
  for (const Position& place : anions) add(cell.anion, place);
  for (const Position& place : cations_of_cell(cell.structure)) add(cell.cation, place);
}

Atoms core_shell_sphere(const UnitCell& core, const UnitCell& shell, double radius, double shell_fraction) {
  assert(radius > 0 && shell_fraction >= 0 && shell_fraction <= 1);
  const double core_radius = radius * std::cbrt(1 - shell_fraction);
  Atoms atoms;
  constexpr double centre_included = -1;
  if (shell_fraction < 1) add_layer(atoms, core, centre_included, core_radius);
  if (shell_fraction > 0) add_layer(atoms, shell, shell_fraction < 1 ? core_radius : centre_included, radius);
  return atoms;
}

}  // namespace nxmc
