#include "nxmc/schedule/helpers.hpp"

#include <algorithm>

namespace nxmc {

namespace {

struct Team {
  LadderAtWork ladder;
  std::size_t ranks = 1;
  bool has_room() const { return ranks < most_ranks_of_ladder(ladder.rungs); }
  double seconds() const { return ladder.seconds / static_cast<double>(ranks); }
};

}  // namespace

std::vector<Help> Helpers::pair(std::span<const std::size_t> idle, std::span<const LadderAtWork> ladders) {
  std::map<std::pair<std::size_t, std::uint64_t>, Team> teams;
  for (const LadderAtWork& ladder : ladders) teams[{ladder.owner, ladder.job}] = {ladder};
  std::erase_if(helped_, [&](const auto& entry) { return !teams.contains({entry.second.owner, entry.second.job}); });
  for (const auto& [helper, help] : helped_) ++teams.at({help.owner, help.job}).ranks;

  std::vector<Help> told;
  for (const std::size_t rank : idle) {
    if (helped_.contains(rank)) continue;
    Team* longest = nullptr;
    for (auto& [name, team] : teams)
      if (team.has_room() && (longest == nullptr || team.seconds() > longest->seconds())) longest = &team;
    if (longest == nullptr) break;
    ++longest->ranks;
    told.push_back({rank, longest->ladder.owner, longest->ladder.job});
    helped_[rank] = told.back();
  }
  return told;
}

std::vector<std::size_t> Helpers::part_with(std::size_t rank) {
  std::vector<std::size_t> others;
  for (const auto& [helper, help] : helped_) {
    if (helper == rank) others.push_back(help.owner);
    if (help.owner == rank) others.push_back(helper);
  }
  std::erase_if(helped_, [&](const auto& entry) { return entry.first == rank || entry.second.owner == rank; });
  return others;
}

}  // namespace nxmc
