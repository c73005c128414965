// What the numbers of a campaign are in K, eV, nm and s.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "nxmc/campaign/campaign.hpp"

namespace nxmc {

/// Each with a name: the material, then for each scan what its axes and its unit of time are. Empty without material.
using UnitsInWords = std::vector<std::pair<std::string, std::string>>;
UnitsInWords units_in_words(const Campaign& campaign);

}  // namespace nxmc
