#include "nxmc/material/material.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "nxmc/material/constants.hpp"

namespace nxmc {
namespace {

/// Rock salt and zinc blende have one of anions, with the cations in its octahedral or tetrahedral gaps.
bool share_an_anion_lattice(Structure a, Structure b) {
  const auto is_cubic_close_packed = [](Structure structure) {
    return structure == Structure::rocksalt || structure == Structure::zincblende;
  };
  return a == b || (is_cubic_close_packed(a) && is_cubic_close_packed(b));
}

}  // namespace

std::string_view to_string(Structure structure) {
  constexpr std::array<std::string_view, 5> words{"rocksalt", "zincblende", "wurtzite", "caesium chloride",
                                                  "honeycomb"};
  return words.at(static_cast<std::size_t>(structure));
}

bool is_hexagonal(Structure structure) { return structure == Structure::wurtzite || structure == Structure::honeycomb; }

double rate_at(const AttemptRate& attempt, double kelvin) {
  return attempt.prefactor * std::exp(-attempt.barrier / (boltzmann * kelvin));
}

std::vector<std::string> hints(const Material& material) {
  std::vector<std::string> lines;
  const Compound& a = material.A;
  const Compound& b = material.B;
  if (!share_an_anion_lattice(a.structure, b.structure))
    lines.push_back(fmt::format(
        "{}: {} ({}) and {} ({}) have no lattice of anions in common: ε follows from their volumes, but configurations "
        "cannot be decorated with their cells",
        material.file, a.name, to_string(a.structure), b.name, to_string(b.structure)));
  if (a.anion != b.anion && a.cation != b.cation)
    lines.push_back(
        fmt::format("{}: {} and {} have neither cation nor anion in common: no exchange of one ion leads "
                    "from one to the other",
                    material.file, a.name, b.name));
  return lines;
}

}  // namespace nxmc
