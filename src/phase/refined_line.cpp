#include "refined_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "nxmc/phase/parameters.hpp"
#include "nxmc/phase/precision.hpp"
#include "nxmc/schedule/campaign_changes.hpp"
#include "nxmc/schedule/placed_points.hpp"

namespace nxmc {
namespace {

class Lines {
 public:
  Lines(const Campaign& campaign, const Plan& plan) : campaign_(campaign) {
    for (std::uint64_t scan = 0; scan < campaign.scans.size(); ++scan)
      if (places_points(campaign.scans[scan])) begin(scan);
    for (const Job& job : plan.jobs) add(job);
  }

  std::vector<RefinedLine>& lines() { return lines_; }

 private:
  void begin(std::uint64_t scan) {
    const Scan& own = campaign_.scans[scan];
    for (std::uint64_t point = 0; point < own.points.size(); ++point) {
      const Physics& physics = own.points[point].physics;
      const auto [known, is_new] = numbers_.try_emplace({scan, line_of(physics, own.refine->along)}, lines_.size());
      if (is_new) lines_.push_back({.scan = scan, .point = point, .of_campaign = {}, .chains = {}});
      lines_[known->second].of_campaign.insert(along(physics, own.refine->along));
    }
  }

  void add(const Job& job) {
    for (const std::uint32_t scan : job.scans) {
      if (!places_points(campaign_.scans[scan])) continue;
      const LineAxis axis = campaign_.scans[scan].refine->along;
      const auto line = numbers_.find({scan, line_of(*job.physics, axis)});
      if (line == numbers_.end()) continue;
      LongestChain& longest = lines_[line->second].chains[along(*job.physics, axis)][job.identity];
      if (longest.job == nullptr || longest.job->schedule->measured_sweeps < job.schedule->measured_sweeps)
        longest.job = &job;
    }
  }

  const Campaign& campaign_;
  std::map<std::pair<std::uint64_t, Physics>, std::size_t> numbers_;
  std::vector<RefinedLine> lines_;
};

void read_results(const Archive& archive, std::vector<RefinedLine>& lines) {
  const NameIndex known = rows_by_name(archive);
  std::multimap<std::uint64_t, LongestChain*> chain_of_row;
  for (RefinedLine& line : lines)
    for (auto& [place, chains] : line.chains)
      for (auto& [identity, chain] : chains)
        if (const auto row = known.find({chain.job->identity, chain.job->observation}))
          chain_of_row.emplace(*row, &chain);
  std::vector<std::uint64_t> rows;
  for (const auto& [row, chain] : chain_of_row)
    if (rows.empty() || rows.back() != row) rows.push_back(row);
  archive.visit_results(rows, [&](std::uint64_t row, const VisitedResults* found) {
    const auto [first, last] = chain_of_row.equal_range(row);
    for (auto chain = first; found != nullptr && chain != last; ++chain)
      chain->second->values.assign(found->values.begin(), found->values.end());
  });
}

}  // namespace

std::vector<RefinedLine> refined_lines(const Archive& archive, const Campaign& campaign, const Plan& plan) {
  Lines lines(campaign, plan);
  read_results(archive, lines.lines());
  return std::move(lines.lines());
}

std::optional<std::vector<PointOnLine>> points_of(const RefinedLine& line, const std::string& x) {
  std::vector<PointOnLine> points;
  for (const auto& [place, chains] : line.chains) {
    std::vector<ChainResult> results;
    std::uint64_t shortest = std::numeric_limits<std::uint64_t>::max();
    for (const auto& [identity, chain] : chains) {
      if (chain.values.empty()) return std::nullopt;
      results.push_back({chain.job, chain.values});
      shortest = std::min(shortest, chain.job->schedule->measured_sweeps);
    }
    points.push_back({place, shortest, average_of(results, x), verdict_of(results)});
  }
  return points;
}

std::string name_of(const Campaign& campaign, const RefinedLine& line) {
  const Scan& scan = campaign.scans[line.scan];
  std::vector<std::vector<std::string>> words;
  for (const Point& point : scan.points)
    words.push_back(words_of_parameters(line_of(point.physics, *placed_along(scan))));
  const std::string condition = condition_on(differing_parameters(words), words[line.point]);
  return fmt::format("scan '{}'{}{}", scan.name, condition.empty() ? "" : ", ", condition);
}

}  // namespace nxmc
