// From the values of the axes to crystals and physical parameters.
#pragma once

#include <string>

#include "axes.hpp"
#include "nxmc/engine/parameters.hpp"

namespace nxmc {

/// \pre `word` is one of words_of_key("lattice")
const Shape& shape_of(const std::string& word);

/// How many numbers `size` takes for this lattice: 1 for a cube, although its shape is the box.
int sizes_of(const std::string& word);

/// \pre edges.given == sizes_of(word)
LatticeSpec lattice_of(const std::string& word, const Edges& edges, double shell_layers);

/// `elastic` where the scan has no axis of interactions.
Interaction interaction_of(const Selection& selection);

/// The parameters of one point; what is no axis comes from `fixed`.
/// \pre the point has passed check_combinations
Physics make_physics(const Selection& selection, const Physics& fixed);

}  // namespace nxmc
