// What is allowed in a campaign but hardly meant.
#pragma once

#include <string>
#include <vector>

#include "nxmc/campaign/campaign.hpp"

namespace nxmc {

/// One line each, with file, line and path as in the messages of CampaignError; the first ten, and how many more there
/// are.
std::vector<std::string> hints(const Campaign& campaign);

}  // namespace nxmc
