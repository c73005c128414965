// Values of a scan that are right one by one but do not fit each other.
#pragma once

#include <optional>
#include <span>

#include "axes.hpp"
#include "nxmc/engine/parameters.hpp"
#include "nxmc/yaml/problems.hpp"
#include "points.hpp"

namespace nxmc {

/// False, with a problem, for `size: [10, 10, 50]`: that is an axis of three sizes, however much it looks like one box.
bool check_no_flat_box(std::span<const Axis> axes, Problems& problems);

/// Units of energy that are mixed, a stiffness without a shell, sizes that their lattice does not have, …: everything
/// whose axes are there and sound.
/// \param method, ensemble  nothing when it is missing or wrong
/// \pre the grid has a number of points that can be walked through
void check_combinations(const Grid& grid, std::optional<Method> method, std::optional<Ensemble> ensemble,
                        const Surroundings& ends, Problems& problems);

}  // namespace nxmc
