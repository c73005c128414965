// `nxmc run`: turns what the user wrote into options of a run.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <span>
#include <thread>

#include "commands.hpp"
#include "commit.hpp"
#include "nxmc/cli/amounts.hpp"
#include "nxmc/phase/ladder_rounds.hpp"
#include "nxmc/phase/placed_so_far.hpp"
#include "nxmc/phase/precision.hpp"
#include "nxmc/phase/refinement.hpp"
#include "nxmc/phase/requested_columns.hpp"
#include "nxmc/query/selected_jobs.hpp"
#include "version.hpp"

namespace nxmc {
namespace {

using AmountParser = double (*)(const std::string&);

std::optional<double> amount(const char* option, const std::string& text, AmountParser parse) {
  if (text.empty()) return std::nullopt;
  try {
    return parse(text);
  } catch (const std::invalid_argument& error) {
    throw UsageError(fmt::format("{}: {}", option, error.what()));
  }
}

std::filesystem::path default_archive(const std::filesystem::path& campaign) { return campaign.stem().concat(".h5"); }

RunOptions to_options(const RunArguments& arguments, const GlobalOptions& global) {
  RunOptions options;
  options.campaign = arguments.campaign;
  options.archive =
      arguments.archive.empty() ? default_archive(arguments.campaign) : std::filesystem::path(arguments.archive);
  options.time_limit_seconds = amount("--time-limit", arguments.time_limit, parse_duration);
  options.memory_bytes = amount("--memory", arguments.memory, parse_bytes);
  options.checkpoint_seconds =
      amount("--checkpoint-every", arguments.checkpoint_every, parse_duration).value_or(options.checkpoint_seconds);
  options.retry_failed = arguments.retry_failed;
  options.allow_removed = arguments.allow_removed;
  if (!arguments.redo.empty()) {
    require_no_requested_columns(arguments.redo);
    check_job_condition(arguments.redo);  // a slip is to be found before MPI starts, not after
    options.redo = [condition = arguments.redo](const Archive& archive) { return jobs_where(archive, condition); };
  }
  options.is_precise = is_precise;
  options.find_doubtful = doubtful_points;
  options.choose_next = [](const Archive& archive, const Campaign& campaign, std::span<const PlacedPoint> placed) {
    const std::size_t threads = std::max(1U, std::thread::hardware_concurrency());
    std::vector<Refinement> all = refine(archive, campaign, placed, threads);
    std::ranges::move(place_ladders(archive, campaign, placed, threads), std::back_inserter(all));
    return all;
  };
  options.find_placed = placed_so_far;
  options.program_version = program_version;
  options.libraries = build_libraries;
  options.git_hash = commit_of_program();
  options.log_level = global.log_level;
  return options;
}

}  // namespace

ExitCode run(const RunArguments& arguments, const GlobalOptions& global) {
  return run_campaign(to_options(arguments, global));
}

}  // namespace nxmc
