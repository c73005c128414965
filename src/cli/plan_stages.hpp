// The stages of a campaign's exchanges, in words.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "nxmc/campaign/campaign.hpp"

namespace nxmc {

/// Name of a scan, and the stages of its first point, one after the other; of long lists the beginning and the end.
/// Where the campaign has a material, also in its units. Scans without stages are left out.
std::vector<std::pair<std::string, std::string>> stages_in_words(const Campaign& campaign);

}  // namespace nxmc
