// What the potentials of a material tell of its compounds in all structures.
#pragma once

#include "nxmc/material/material.hpp"
#include "nxmc/query/table.hpp"

namespace nxmc {

/// A row for each number. \param pressure  GPa; surfaces are of crystals without \pre the material has potentials
/// \throws statics::StaticsError  when a compound has no minimum in any structure
Table structure_table(const Material& material, double pressure);

}  // namespace nxmc
