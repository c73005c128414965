#include "plan_left.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nxmc/archive/archive.hpp"
#include "nxmc/campaign/core_hours.hpp"
#include "nxmc/phase/precision.hpp"
#include "nxmc/schedule/forecast.hpp"
#include "nxmc/schedule/remainder.hpp"
#include "nxmc/schedule/work_left.hpp"

namespace nxmc {
namespace {

/// \param seconds  that a job takes which is left
void count(ScanLeft& line, Standing standing, double seconds) {
  if (standing == Standing::spare) return;
  ++line.jobs;
  if (standing == Standing::done || standing == Standing::truncated) ++line.done;
  if (standing == Standing::failed) ++line.failed;
  if (standing != Standing::left) return;
  ++line.left;
  line.core_seconds += seconds;
}

/// What jobs that are left are expected to take: as others have shown, and less where a shorter chain is there.
std::vector<double> expected_seconds(const Plan& plan, const WorkLeft& work, const Plan& part,
                                     const Archive& measured) {
  const std::vector<double> whole = measured_job_seconds(plan, measured);
  std::vector<double> seconds;
  for (std::size_t k = 0; k < work.pending.size(); ++k) {
    const Job& job = plan.jobs[work.pending[k]];
    const double share = job.cost_seconds > 0 ? part.jobs[k].cost_seconds / job.cost_seconds : 1;
    seconds.push_back(share * whole[work.pending[k]]);
  }
  return seconds;
}

}  // namespace

PlanLeft find_left(const Campaign& campaign, const Plan& plan, const std::filesystem::path& archive,
                   const std::filesystem::path& measured) {
  const Archive opened = Archive::open(archive);
  const WorkLeft work = work_left(opened, campaign, plan, is_precise, doubtful_points);
  PlanLeft left{.plan = remaining_plan(plan, opened, work), .job_seconds = {}, .scans = {}};
  left.job_seconds =
      expected_seconds(plan, work, left.plan, measured.empty() ? Archive::open(archive) : Archive::open(measured));
  for (const std::string& scan : plan.scans) left.scans.push_back({.scan = scan});
  std::size_t pending = 0;
  for (std::size_t index = 0; index < plan.jobs.size(); ++index) {
    const Standing standing = work.jobs[index];
    const double seconds = standing == Standing::left ? left.job_seconds[pending++] : 0;
    count(left.all, standing, seconds);
    for (const std::uint32_t scan : plan.jobs[index].scans) count(left.scans[scan], standing, seconds);
  }
  return left;
}

void print_left(std::ostream& out, const PlanLeft& left) {
  std::vector<ScanLeft> lines = left.scans;
  lines.push_back(left.all);
  std::size_t width = 0;
  for (const ScanLeft& line : lines) width = std::max(width, line.scan.size());
  out << fmt::format("\n{:<{}}  {:>8}  {:>8}  {:>8}  {:>8}  {:>15}\n", "scan", width, "jobs", "done", "failed", "left",
                     "core-hours left");
  for (const ScanLeft& line : lines)
    out << fmt::format("{:<{}}  {:>8}  {:>8}  {:>8}  {:>8}  {:>15}\n", line.scan, width, line.jobs, line.done,
                       line.failed, line.left, readable_core_hours(line.core_seconds));
  if (left.all.failed > 0) out << "\nfailed jobs are left out: 'nxmc run … --retry-failed' tries them again\n";
}

nlohmann::ordered_json to_json(const PlanLeft& left) {
  const auto object = [](const ScanLeft& line) {
    return nlohmann::ordered_json{{"scan", line.scan}, {"jobs", line.jobs},
                                  {"done", line.done}, {"failed", line.failed},
                                  {"left", line.left}, {"core_hours_left", line.core_seconds / seconds_of_hour}};
  };
  nlohmann::ordered_json document = object(left.all);
  document.erase("scan");
  document["scans"] = nlohmann::ordered_json::array();
  for (const ScanLeft& line : left.scans) document["scans"].push_back(object(line));
  return document;
}

}  // namespace nxmc
