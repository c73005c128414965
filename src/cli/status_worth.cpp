#include "status_worth.hpp"

#include "nxmc/phase/points.hpp"
#include "nxmc/phase/precision.hpp"

namespace nxmc {
namespace {

constexpr std::uint64_t most_jobs = 100'000;

std::uint64_t results_in(const Progress& progress) {
  return progress.total[JobState::done] + progress.total[JobState::truncated];
}

}  // namespace

std::vector<JudgedPoint> points_to_show(const Archive& archive, Evidence evidence) {
  return archive.jobs() > most_jobs ? std::vector<JudgedPoint>() : judge_points(archive, {}, evidence);
}

void WatchedWorth::tell(CampaignStatus& status, bool is_last) {
  if (is_due(status, is_last) && look()) results_ = results_in(*status.progress);
  status.points = points_;
  status.judged = judged_;
  status.judged_by = judged_by_;
  status.ladders = ladders_;
}

bool WatchedWorth::is_due(const CampaignStatus& status, bool is_last) const {
  if (!status.progress || status.progress->total.total() > most_jobs) return false;
  return results_ != results_in(*status.progress) && (is_last || Clock::now() >= next_);
}

/// A look between two states of the file may fail; whether it is damaged, those at its progress tell.
bool WatchedWorth::look() {
  constexpr int share = 20;
  const auto begin = Clock::now();
  bool succeeded = true;
  try {
    const Archive archive = Archive::open(archive_);
    judged_by_ = affordable_evidence(archive);
    points_ = precision_of_points(archive, judged_by_);
    judged_ = points_to_show(archive, judged_by_);
    if (!judged_.empty()) ladders_ = ladder_summaries(archive, {});
  } catch (const ArchiveError&) {
    succeeded = false;
  }
  next_ = Clock::now() + share * (Clock::now() - begin);
  return succeeded;
}

}  // namespace nxmc
