// From the values of the axes to crystals and physical parameters.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "axes.hpp"
#include "nxmc/engine/parameters.hpp"

namespace nxmc {

/// \pre `word` is one of words_of_key("lattice")
const Shape& shape_of(const std::string& word);

/// How many numbers `size` has for a lattice, and what they are: for a cube one, although its shape is the box.
struct Sizes {
  int count;
  std::string_view are;
};
Sizes sizes_of(const std::string& word);

/// Whether `size` may be so many numbers for this lattice: a periodic hexagon has one or two.
bool takes_sizes(const std::string& word, Boundary boundary, int given);

/// Whether a lattice goes on periodically.
bool has_bulk(const std::string& word);

/// A facet that the shell covers, and where its name stands.
struct CoveredFacet {
  std::string name;
  const YamlNode* node = nullptr;
};

/// What ends the crystals of a scan.
struct Surroundings {
  Boundary boundary = Boundary::free;
  std::span<const CoveredFacet> covered{};  ///< none: the shell is closed
  bool shell_of_a = false;
  SiteList sites{};  ///< of crystals that are a list
};

/// What stands for a shape in the axis of lattices where crystals are a list: no word of the key.
std::string word_of_list(const SiteList& sites);

/// \pre it takes so many edges. Facets that the shape lacks are left out.
LatticeSpec lattice_of(const std::string& word, const Edges& edges, double shell_layers, const Surroundings& ends);

/// `elastic` where the scan has no axis of interactions.
Interaction interaction_of(const Selection& selection);

/// The parameters of one point; what is no axis comes from `fixed`.
/// \pre the point has passed check_combinations
Physics make_physics(const Selection& selection, const Physics& fixed, std::span<const CoveredFacet> covered,
                     const SiteList& sites);

}  // namespace nxmc
