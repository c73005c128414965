// What `nxmc plan --archive` shows: how much of a campaign is left, scan by scan.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "nxmc/campaign/campaign.hpp"
#include "nxmc/campaign/plan.hpp"

namespace nxmc {

struct ScanLeft {
  std::string scan;
  std::uint64_t jobs = 0;
  std::uint64_t done = 0;  ///< truncated ones included
  std::uint64_t failed = 0;
  std::uint64_t left = 0;
  double core_seconds = 0;  ///< of what is left
};

struct PlanLeft {
  Plan plan;                        ///< of what is left
  std::vector<double> job_seconds;  ///< [job of that plan] on one core, as it is expected by now
  std::vector<ScanLeft> scans;      ///< a job of several scans counts in each
  ScanLeft all{.scan = "(all)"};    ///< each job once
};

/// \param measured  archive whose jobs show how long others will take; empty: the archive itself
/// \throws ArchiveError where a run on the archive would refuse
PlanLeft find_left(const Campaign& campaign, const Plan& plan, const std::filesystem::path& archive,
                   const std::filesystem::path& measured);

void print_left(std::ostream& out, const PlanLeft& left);
nlohmann::ordered_json to_json(const PlanLeft& left);

}  // namespace nxmc
