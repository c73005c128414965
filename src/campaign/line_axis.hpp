// The axis along which points of a scan make up a line: that of `refine`, and of the rungs of a `ladder`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "axes.hpp"
#include "document.hpp"
#include "nxmc/campaign/campaign.hpp"
#include "problems.hpp"

namespace nxmc {

AxisKey key_of(LineAxis axis);
/// `along` of a mapping; nothing, with a problem, where it is missing or wrong.
/// What to say of a scan that lacks the axis; nothing where that is said elsewhere. \param what  two values are for:
/// "which are its rungs"
std::string about_missing_axis(LineAxis axis, Ensemble ensemble, std::string_view what);
std::optional<LineAxis> read_along(const YamlNode& map, Problems& problems);

}  // namespace nxmc
