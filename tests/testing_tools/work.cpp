#include "work.hpp"

#include <algorithm>
#include <cstdlib>
#include <regex>

namespace nxmc::testing_tools {

std::uint64_t work(std::uint64_t amount) {
  const char* const share = std::getenv("NXMC_TEST_WORK");
  if (share == nullptr) return amount;
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(static_cast<double>(amount) * std::stod(share)));
}

std::string with_share_of_work(const std::string& campaign) {
  static const std::regex sweeps("(equilibration_sweeps|measured_sweeps): ([0-9]{4,})");
  std::string shorter;
  auto rest = campaign.begin();
  for (std::sregex_iterator found(campaign.begin(), campaign.end(), sweeps), end; found != end; ++found) {
    shorter.append(rest, (*found)[2].first);
    shorter += std::to_string(work(std::stoull((*found)[2].str())));
    rest = (*found)[2].second;
  }
  return shorter.append(rest, campaign.end());
}

}  // namespace nxmc::testing_tools
