// What the results of a campaign are worth, for the display of its status.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "status_text.hpp"

namespace nxmc {

/// None of archives of so many jobs that all results are not read for a look.
std::vector<JudgedPoint> points_to_show(const Archive& archive, Evidence evidence);

/// Looks when there are new results, and so seldom that it takes a twentieth of the time.
class WatchedWorth {
 public:
  explicit WatchedWorth(std::filesystem::path archive) : archive_(std::move(archive)) {}

  /// Adds it to the status. \param is_last  no further look follows: what is known has to be the latest
  void tell(CampaignStatus& status, bool is_last);

 private:
  using Clock = std::chrono::steady_clock;
  bool is_due(const CampaignStatus& status, bool is_last) const;
  bool look();  ///< false where the archive could not be read

  std::filesystem::path archive_;
  std::optional<std::uint64_t> results_;  ///< that were there at the last look
  Clock::time_point next_ = Clock::now();
  std::vector<PointPrecision> points_;
  std::vector<JudgedPoint> judged_;
  std::vector<LadderSummary> ladders_;
  Evidence judged_by_ = Evidence::samples;
};

}  // namespace nxmc
