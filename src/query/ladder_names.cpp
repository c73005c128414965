#include "nxmc/query/ladder_names.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <variant>

#include "job_ranges.hpp"
#include "nxmc/campaign/plan.hpp"

namespace nxmc {

LadderNames::LadderNames(const Archive& archive) {
  for (const JobRange range : ranges_of_jobs(archive)) {
    const Column every = archive.job_column("exchange_every", range);
    const auto& intervals = std::get<std::vector<double>>(every.values);
    if (std::ranges::all_of(intervals, [](double sweeps) { return std::isnan(sweeps); })) continue;
    const Column ladder = archive.job_column("ladder", range);
    const Column replica = archive.job_column("replica", range);
    const auto names = archive.identities_and_observations(range);
    for (std::size_t i = 0; i < range.count; ++i) {
      if (std::isnan(intervals[i])) continue;
      const LadderName name{.ladder = parse_identity(std::get<std::vector<std::string>>(ladder.values)[i]),
                            .observation = names[i].second,
                            .replica = std::get<std::vector<std::int64_t>>(replica.values)[i]};
      names_.emplace(range.first + i, name);
      ladders_[name].push_back(range.first + i);
    }
  }
}

std::optional<LadderName> LadderNames::of(std::uint64_t row) const {
  const auto name = names_.find(row);
  return name == names_.end() ? std::nullopt : std::optional(name->second);
}

}  // namespace nxmc
