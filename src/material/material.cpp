#include "nxmc/material/material.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>

#include "nxmc/arithmetic/exp_log.hpp"
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

std::string_view file_word(Structure structure) {
  constexpr std::array<std::string_view, 5> words{"rocksalt", "zincblende", "wurtzite", "caesium chloride",
                                                  "honeycomb"};
  return words.at(static_cast<std::size_t>(structure));
}

statics::Pairing ions_of(const Material& material, const Compound& compound) {
  assert(material.potentials);
  const std::vector<std::string>& ions = material.potentials->ions.species;
  const auto number = [&](const std::string& ion) {
    return static_cast<std::size_t>(std::ranges::find(ions, ion) - ions.begin());
  };
  return {number(compound.cation), number(compound.anion)};
}

double rate_at(const AttemptRate& attempt, double kelvin) {
  // Times and rates of jobs follow from it, which are to be the same on all machines.
  return attempt.prefactor * portable_exp(-attempt.barrier / (boltzmann * kelvin));
}

std::vector<std::string> hints(const Material& material) {
  std::vector<std::string> lines;
  const Compound& a = material.A;
  const Compound& b = material.B;
  if (!share_an_anion_lattice(a.structure, b.structure))
    lines.push_back(fmt::format(
        "{}: {} ({}) and {} ({}) have no lattice of anions in common: ε follows from their volumes, but configurations "
        "cannot be decorated with their cells",
        material.file, a.name, file_word(a.structure), b.name, file_word(b.structure)));
  if (a.anion != b.anion && a.cation != b.cation)
    lines.push_back(
        fmt::format("{}: {} and {} have neither cation nor anion in common: no exchange of one ion leads "
                    "from one to the other",
                    material.file, a.name, b.name));
  if (material.potentials)
    for (const std::string& remark : material.potentials->remarks)
      lines.push_back(fmt::format("{}: {}", material.file, remark));
  return lines;
}

}  // namespace nxmc
