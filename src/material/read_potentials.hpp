// The key `potentials` of material files.
#pragma once

#include <optional>

#include "nxmc/material/material.hpp"
#include "nxmc/yaml/document.hpp"
#include "nxmc/yaml/problems.hpp"

namespace nxmc {

/// \param A, B  whose ions the charges and pairs are of; names are read already
/// \return nothing, with problems, when something is wrong
std::optional<Potentials> read_potentials(const YamlNode& node, const Compound& A, const Compound& B,
                                          Problems& problems);

}  // namespace nxmc
