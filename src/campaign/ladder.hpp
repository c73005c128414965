// `ladder`: chains along an axis that exchange configurations.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "axes.hpp"
#include "nxmc/campaign/campaign.hpp"
#include "nxmc/yaml/document.hpp"
#include "nxmc/yaml/problems.hpp"

namespace nxmc {

std::optional<ScanLadder> read_ladder(const YamlNode& node, Problems& problems);
/// That the scan has an axis of which each value is a rung of its own. \pre scan.ladder
void check_ladder(const YamlNode& node, const Scan& scan, Ensemble ensemble, const Grid& grid, Problems& problems);

/// Where rungs are to be placed between two values, some more to begin with.
void add_first_rungs(const ScanLadder& ladder, std::vector<Point>& points);
/// Points of one start that differ along the axis alone get the name of their ladder, and how often they exchange.
void join_rungs(const ScanLadder& ladder, std::vector<Point>& points);
/// Those are rungs of one ladder of which `what_is_common` makes the same. \param exchange_every  0: as often as it
/// costs little
void name_ladders(std::vector<Point>& points, std::uint64_t exchange_every,
                  const std::function<Physics(Physics)>& what_is_common);

}  // namespace nxmc
