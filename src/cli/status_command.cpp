// `nxmc status`: how far a campaign is.
#include <fmt/format.h>

#include <filesystem>
#include <stdexcept>
#include <thread>

#include "commands.hpp"
#include "nxmc/archive/archive.hpp"
#include "nxmc/cli/amounts.hpp"
#include "output.hpp"
#include "status_page.hpp"
#include "status_text.hpp"
#include "status_watch.hpp"
#include "status_worth.hpp"

namespace nxmc {
namespace {

std::chrono::duration<double> interval_of(const StatusArguments& arguments) {
  constexpr double shortest = 0.1;
  if (arguments.every.empty()) return arguments.page.empty() ? std::chrono::seconds(2) : std::chrono::minutes(1);
  try {
    const double seconds = parse_duration(arguments.every);
    if (seconds < shortest) throw std::invalid_argument("must be at least 0.1s");
    return std::chrono::duration<double>(seconds);
  } catch (const std::invalid_argument& error) {
    throw UsageError(fmt::format("--every: {}", error.what()));
  }
}

/// A campaign that is done and never was in a Slurm job is none of Slurm's business.
bool concerns_slurm(const Progress& progress) {
  return progress.unfinished() > 0 || progress.is_active() || !known_slurm_jobs(progress).empty();
}

/// A claim that seems old may come from a host whose clock is wrong: a living run is seen to beat.
void make_sure_that_it_is_quiet(const std::string& archive, ClaimOwner& runner) {
  constexpr auto between_looks = std::chrono::milliseconds(250);
  const auto end = std::chrono::steady_clock::now() + claim_beat + std::chrono::seconds(1);
  while (runner.gives_no_sign_of_life() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(between_looks);
    const std::optional<ClaimOwner> now = claim_owner(archive);
    if (!now || now->beat != runner.beat) runner.quiet = 0;
  }
}

CampaignStatus status_of(const std::string& archive, const GlobalOptions& global) {
  CampaignStatus status{.archive = archive, .progress = {}, .slurm = {}};
  if (!archive_exists(archive)) {
    // A job that has not begun has no archive yet.
    status.slurm = slurm_jobs_of(archive, {}, patience_with_slurm).jobs;
    if (!status.slurm.empty()) return status;
  }
  const Archive opened = open_archive(archive, global);
  status.judged_by = affordable_evidence(opened);
  status.points = precision_of_points(opened, status.judged_by);
  status.judged = points_to_show(opened, status.judged_by);
  if (!status.judged.empty()) status.ladders = ladder_summaries(opened, {});
  status.progress = ProgressReader(Archive::open(archive)).read();
  if (status.progress->is_active()) make_sure_that_it_is_quiet(archive, *status.progress->runner);
  if (concerns_slurm(*status.progress))
    status.slurm = slurm_jobs_of(archive, known_slurm_jobs(status.progress), patience_with_slurm).jobs;
  return status;
}

}  // namespace

ExitCode show_status(const StatusArguments& arguments, const GlobalOptions& global) {
  const auto every = interval_of(arguments);
  if (!arguments.page.empty()) return write_status_page(arguments, every, global);
  if (arguments.watch) return watch_status(arguments, every);
  const CampaignStatus status = status_of(arguments.archive, global);
  print_to_stdout([&](std::ostream& out) {
    if (arguments.json)
      out << status_as_json(status).dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
    else
      print_status(out, with_shown_texts(status));
  });
  return ExitCode::done;
}

}  // namespace nxmc
