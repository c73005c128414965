// How much the campaigns of the tests compute: NXMC_TEST_WORK=0.1 in the environment makes their chains ten times
// shorter, as a machine that is ten times quicker would.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <regex>
#include <string>

#include "program.hpp"

namespace nxmc::testing_tools {

inline double share_of_work() {
  const char* share = std::getenv("NXMC_TEST_WORK");
  return share == nullptr ? 1 : std::stod(share);
}

inline std::uint64_t work(std::uint64_t amount) {
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(static_cast<double>(amount) * share_of_work()));
}

/// The campaign with so much shorter chains, those that are short anyway excepted.
inline std::string with_share_of_work(const std::string& campaign) {
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

inline void write_campaign(const std::filesystem::path& file, const std::string& text) {
  write_file(file, with_share_of_work(text));
}

}  // namespace nxmc::testing_tools
