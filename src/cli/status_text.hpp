// What `nxmc status` knows of a campaign, in words: for people and for programs.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "nxmc/phase/points.hpp"
#include "nxmc/phase/precision.hpp"
#include "nxmc/query/ladder_traffic.hpp"
#include "nxmc/query/progress.hpp"
#include "nxmc/slurm/queue.hpp"

namespace nxmc {

struct CampaignStatus {
  std::string archive;                   ///< as the user named it
  std::optional<Progress> progress;      ///< nullopt while there is no archive
  std::vector<SlurmJobState> slurm;      ///< as SlurmAnswerForArchive::jobs
  std::vector<PointPrecision> points{};  ///< of scans with `until`
  std::vector<JudgedPoint> judged{};     ///< all points that have results
  Evidence judged_by = Evidence::samples;
  std::vector<LadderSummary> ladders{};  ///< those whose rungs all have results

  /// Nothing is left to do.
  bool is_done() const { return progress && progress->unfinished() == 0; }
};

/// Slurm jobs that wrote to the archive, the last one at the end.
std::vector<std::string> known_slurm_jobs(const std::optional<Progress>& progress);
/// How often Slurm requeued its jobs, as the archive and Slurm itself tell.
std::uint64_t count_requeues(const CampaignStatus& status);

/// For a terminal: what others wrote (names, reasons) cannot command it.
CampaignStatus with_shown_texts(CampaignStatus status);

void print_status(std::ostream& out, const CampaignStatus& status);
nlohmann::ordered_json status_as_json(const CampaignStatus& status);
/// All in one line: "1234 of 5000 jobs done (24.7 %), …".
std::string status_in_one_line(const CampaignStatus& status);

/// Who is at work, Slurm, rate, time left: what stands below the counts, a line each.
std::vector<std::string> activity_lines(const CampaignStatus& status);

/// How many points can be believed, and the first that cannot; nothing where that is not known.
std::vector<std::string> verdict_lines(const CampaignStatus& status, std::size_t most);
/// How far configurations have come on ladders, and where they pass least.
std::vector<std::string> ladder_lines(const CampaignStatus& status);
/// How many points are as precise as `until` asks, and the first that are not, with what is known of them.
std::vector<std::string> precision_lines(const CampaignStatus& status, std::size_t most);

}  // namespace nxmc
