// The parameters in which points of a phase diagram can differ, as conditions of queries name them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "nxmc/engine/parameters.hpp"

namespace nxmc {

/// lattice size shell_layers shell_stiffness temperature composition delta_mu interaction hamiltonian bias window_from
/// window_to
const std::vector<std::string>& parameters_of_points();

/// Their values, as an archive has them: of composition and delta_mu a point has one, and an empty word for the other.
std::vector<std::string> words_of_parameters(const Physics& physics);

/// Whether the point that has these words exchanges ions at a delta_mu.
bool has_reservoir(const std::vector<std::string>& words);
/// Whether it is a window of a flat histogram.
bool has_window(const std::vector<std::string>& words);

/// Those, by number, in which points differ. \param points  [point][parameter]
std::vector<std::size_t> differing_parameters(const std::vector<std::vector<std::string>>& points);

/// All of them but one. \pre it is one
std::vector<std::size_t> parameters_but(const std::string& name);

/// "size == 8 and shell_stiffness == 6.5" \param chosen  which parameters \param words  of all
std::string condition_on(const std::vector<std::size_t>& chosen, const std::vector<std::string>& words);

}  // namespace nxmc
