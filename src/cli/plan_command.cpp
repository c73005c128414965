// `nxmc plan`: what a campaign will cost.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "key_table.hpp"
#include "memory_hint.hpp"
#include "nxmc/campaign/amounts.hpp"
#include "nxmc/campaign/core_hours.hpp"
#include "nxmc/campaign/hints.hpp"
#include "nxmc/cli/amounts.hpp"
#include "nxmc/phase/ladder_rounds.hpp"
#include "nxmc/phase/placed_so_far.hpp"
#include "nxmc/schedule/campaign_changes.hpp"
#include "nxmc/schedule/forecast.hpp"
#include "nxmc/schedule/node_memory.hpp"
#include "output.hpp"
#include "plan_left.hpp"
#include "plan_stages.hpp"
#include "plan_units.hpp"

namespace nxmc {
namespace {

std::vector<std::size_t> rank_numbers(const std::vector<std::string>& texts) {
  constexpr std::size_t most = 1'000'000;
  std::vector<std::size_t> numbers;
  for (const std::string& text : texts) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number == 0 || number > most) {
      throw UsageError(fmt::format("--ranks: '{}' is no number of ranks; write for example 4,64,1024", text));
    }
    numbers.push_back(number);
  }
  return numbers;
}

std::optional<double> memory_option(const std::string& text) {
  if (text.empty()) return std::nullopt;
  try {
    return parse_bytes(text);
  } catch (const std::invalid_argument& error) {
    throw UsageError(fmt::format("--memory: {}", error.what()));
  }
}

int ranks_of_node(const PlanArguments& arguments) {
  if (arguments.ranks_per_node > 0) return arguments.ranks_per_node;
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

struct Summary {
  std::size_t jobs = 0;
  std::size_t kernels = 0;
  double archive_bytes = 0;
  PlannedSamples samples;
  double node_bytes_least = 0;  ///< the largest kernel
  double node_bytes_most = 0;   ///< all kernels at once
  double build_bytes = 0;       ///< most that building one takes
  double rank_bytes = 0;
  double core_seconds = 0;
  int ranks_per_node = 1;
  NodeForecast node;
  std::vector<Forecast> forecasts;
  /// Where points go on until they are precise: what is there if all go on to their limits.
  struct Most {
    std::size_t points = 0;
    std::size_t jobs = 0;
    double core_seconds = 0;
    std::vector<Forecast> forecasts;
  };
  std::optional<Most> most;
  std::optional<PlanLeft> left;  ///< of which all but the archive's size tells, where an archive was given
};

Summary summarise(const Plan& plan, const std::vector<double>& job_seconds, const std::vector<std::size_t>& ranks,
                  const NodeMemory& memory) {
  Summary summary;
  summary.ranks_per_node = memory.ranks;
  summary.node = forecast_node(plan, memory);
  summary.jobs = plan.jobs.size();
  summary.kernels = plan.kernels.size();
  summary.archive_bytes = predicted_archive_bytes(plan);
  summary.samples = planned_samples(plan);
  summary.core_seconds = predicted_core_seconds(plan);
  for (const PlannedKernel& kernel : plan.kernels) {
    summary.node_bytes_least = std::max(summary.node_bytes_least, kernel.node_bytes);
    summary.node_bytes_most += kernel.node_bytes;
    summary.build_bytes = std::max(summary.build_bytes, kernel.build_bytes);
    summary.rank_bytes = std::max(summary.rank_bytes, kernel.rank_bytes);
  }
  for (const std::size_t number : ranks) summary.forecasts.push_back(forecast(plan, job_seconds, number, memory));
  return summary;
}

std::vector<double> job_seconds_of(const Plan& plan, const std::filesystem::path& measured) {
  return measured.empty() ? predicted_job_seconds(plan) : measured_job_seconds(plan, Archive::open(measured));
}

/// From the first rounds of all points to the last ones.
Summary summarise_whole(const Plan& plan, const std::filesystem::path& measured, const std::vector<std::size_t>& ranks,
                        const NodeMemory& memory) {
  if (plan.points.empty()) return summarise(plan, job_seconds_of(plan, measured), ranks, memory);
  const Plan least = least_of(plan);
  Summary summary = summarise(least, job_seconds_of(least, measured), ranks, memory);
  summary.archive_bytes = predicted_archive_bytes(plan);
  summary.samples = planned_samples(plan);
  const Plan last = most_of(plan);
  Summary all = summarise(last, job_seconds_of(last, measured), ranks, memory);
  summary.most = {.points = plan.points.size(),
                  .jobs = plan.jobs.size(),
                  .core_seconds = all.core_seconds,
                  .forecasts = std::move(all.forecasts)};
  return summary;
}

/// Of what an archive lacks; its size is that of the whole.
Summary summarise_left(const Plan& plan, PlanLeft left, const std::vector<std::size_t>& ranks,
                       const NodeMemory& memory) {
  Summary summary = summarise(left.plan, left.job_seconds, ranks, memory);
  summary.archive_bytes = predicted_archive_bytes(plan);
  summary.samples = planned_samples(plan);
  summary.core_seconds = std::accumulate(left.job_seconds.begin(), left.job_seconds.end(), 0.0);
  for (const PlannedKernel& kernel : left.plan.kernels) summary.core_seconds += kernel.build_seconds;
  summary.left = std::move(left);
  return summary;
}

double core_hours(double core_seconds) { return core_seconds / 3600; }

std::string readable_computing_time(double core_seconds) {
  constexpr double least_shown = 0.01;
  const std::string on_one_core = core_seconds < 0.1 ? std::string("less than 0.1 s") : readable_duration(core_seconds);
  if (core_hours(core_seconds) < least_shown) return on_one_core + " on one core";
  return fmt::format("{} core-hours ({} on one core)", readable_number(core_hours(core_seconds)), on_one_core);
}

std::string readable_computing_time(const Summary& summary) {
  const std::string least = readable_computing_time(summary.core_seconds);
  return summary.most ? fmt::format("{}, at most {}", least, readable_computing_time(summary.most->core_seconds))
                      : least;
}

std::string readable_jobs(const Plan& plan, const Summary& summary) {
  if (summary.left) return fmt::format("{} left of {}", summary.jobs, summary.left->all.jobs);
  if (!summary.most) return std::to_string(summary.jobs);
  return fmt::format("{}, at most {}: {} point{} until precise", summary.jobs, plan.jobs.size(), summary.most->points,
                     summary.most->points == 1 ? " goes on" : "s go on");
}

/// Bytes are whole; what no integer holds is left as it is.
nlohmann::ordered_json whole(double bytes) {
  constexpr double most = 9e18;
  if (bytes < most) return std::llround(bytes);
  return bytes;
}

/// What the peak consists of, the largest first.
std::string parts_of(const NodeForecast& node) {
  std::vector<std::pair<double, std::string_view>> parts{
      {node.programs, "programs"}, {node.plan, "plan"}, {node.kernels, "kernels"}, {node.crystals, "crystals"}};
  if (node.building > node.displacements + node.chains) {
    parts.emplace_back(node.building, "building kernels");
  } else {
    parts.emplace_back(node.displacements, "displacements");
    parts.emplace_back(node.chains, "chains");
  }
  std::ranges::stable_sort(parts, std::greater<>(), &std::pair<double, std::string_view>::first);
  std::string text;
  for (const auto& [bytes, name] : parts)
    if (bytes > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, readable_bytes(bytes));
  return text;
}

std::string readable_samples(const PlannedSamples& samples) {
  if (samples.configurations == 0) return "";
  return fmt::format(", of it {} for {} sample{}", readable_bytes(samples.bytes),
                     readable_number(samples.configurations), samples.configurations == 1 ? "" : "s");
}

/// What is told of a campaign beside amounts.
struct InWords {
  UnitsInWords units;
  std::vector<std::pair<std::string, std::string>> stages;
};

void print_text(std::ostream& out, const Plan& plan, const InWords& words, const Summary& summary) {
  const auto line = [&out](const char* name, const std::string& value) {
    out << fmt::format("{:<17}{}\n", name, value);
  };
  line("campaign", plan.campaign);
  line("scans", std::to_string(plan.scans.size()));
  for (const auto& [name, text] : words.units) line(name.c_str(), text);
  for (std::size_t k = 0; k < words.stages.size(); ++k)
    line(k == 0 ? "stages" : "", fmt::format("{}: {}", words.stages[k].first, words.stages[k].second));
  line("jobs", readable_jobs(plan, summary));
  line("kernels", std::to_string(summary.kernels));
  line("archive", readable_bytes(summary.archive_bytes) + readable_samples(summary.samples));
  line("memory per node", fmt::format("{} with {} rank{}", readable_bytes(summary.node.peak), summary.ranks_per_node,
                                      summary.ranks_per_node == 1 ? "" : "s"));
  line("  at its peak", parts_of(summary.node));
  if (summary.node.groups > 1) line("kernel groups", fmt::format("{}, one after the other", summary.node.groups));
  line("computing time", readable_computing_time(summary));
  if (summary.node.obstacle) line("cannot run here", *summary.node.obstacle);
  if (summary.left) print_left(out, *summary.left);
  if (summary.forecasts.empty()) return;
  out << fmt::format("\n{:>9}  {:>14}  {:>10}{}\n", "ranks", "wall time", "efficiency",
                     summary.most ? fmt::format("  {:>14}", "at most") : "");
  for (std::size_t k = 0; k < summary.forecasts.size(); ++k) {
    const Forecast& f = summary.forecasts[k];
    out << fmt::format("{:>9}  {:>14}  {:>9.0f}%", f.ranks, readable_duration(f.wall_seconds), 100 * f.efficiency);
    if (summary.most) out << fmt::format("  {:>14}", readable_duration(summary.most->forecasts[k].wall_seconds));
    out << '\n';
  }
}

nlohmann::ordered_json memory_document(const Summary& summary) {
  const NodeForecast& node = summary.node;
  return {{"ranks", summary.ranks_per_node},        {"peak_bytes", whole(node.peak)},
          {"programs_bytes", whole(node.programs)}, {"plan_bytes", whole(node.plan)},
          {"kernels_bytes", whole(node.kernels)},   {"crystals_bytes", whole(node.crystals)},
          {"building_bytes", whole(node.building)}, {"displacements_bytes", whole(node.displacements)},
          {"chains_bytes", whole(node.chains)},     {"kernel_groups", node.groups}};
}

nlohmann::ordered_json to_json(const std::vector<Forecast>& forecasts) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Forecast& f : forecasts) {
    list.push_back({{"ranks", f.ranks},
                    {"wall_seconds", f.wall_seconds},
                    {"efficiency", f.efficiency},
                    {"work_seconds", f.work_seconds}});
  }
  return list;
}

void print_json(std::ostream& out, const Plan& plan, const InWords& words, const Summary& summary) {
  nlohmann::ordered_json document{{"campaign", plan.campaign},
                                  {"scans", plan.scans.size()},
                                  {"jobs", summary.jobs},
                                  {"kernels", summary.kernels},
                                  {"archive_bytes", whole(summary.archive_bytes)},
                                  {"samples", whole(summary.samples.configurations)},
                                  {"samples_bytes", whole(summary.samples.bytes)},
                                  {"node_bytes_largest_kernel", whole(summary.node_bytes_least)},
                                  {"node_bytes_all_kernels", whole(summary.node_bytes_most)},
                                  {"build_bytes", whole(summary.build_bytes)},
                                  {"rank_bytes", whole(summary.rank_bytes)},
                                  {"node_memory", memory_document(summary)},
                                  {"core_hours", core_hours(summary.core_seconds)},
                                  {"forecasts", to_json(summary.forecasts)}};
  if (summary.most)
    document["until"] = {{"points", summary.most->points},
                         {"jobs_at_most", summary.most->jobs},
                         {"core_hours_at_most", core_hours(summary.most->core_seconds)},
                         {"forecasts_at_most", to_json(summary.most->forecasts)}};
  if (summary.left) document["archive"] = to_json(*summary.left);
  if (!words.units.empty()) {
    document["units"] = nlohmann::ordered_json::array();
    for (const auto& [name, text] : words.units) document["units"].push_back({{"of", name}, {"text", text}});
  }
  for (const auto& [scan, text] : words.stages) document["stages"].push_back({{"scan", scan}, {"text", text}});
  document["runs_here"] = !summary.node.obstacle;
  document["obstacle"] = summary.node.obstacle ? nlohmann::ordered_json(*summary.node.obstacle) : nullptr;
  out << document.dump(2) << '\n';
}

/// \param file  empty: there is no archive yet
ExpectedRounds expected_rounds_of(const Campaign& campaign, const std::string& file) {
  if (file.empty()) return expected_rounds(nullptr, campaign, {});
  const Archive archive = Archive::open(file);
  return expected_rounds(&archive, campaign, placed_so_far(archive, campaign));
}

}  // namespace

ExitCode show_plan(const PlanArguments& arguments, const GlobalOptions& global) {
  if (arguments.describe) {
    const TableFormat format = arguments.json ? TableFormat::json : TableFormat::table;
    print_to_stdout([&](std::ostream& out) { print_table(out, describe_keys(), format, false); });
    return ExitCode::done;
  }
  if (arguments.campaign.empty()) throw UsageError("CAMPAIGN is required");
  const std::vector<std::size_t> ranks = rank_numbers(arguments.ranks);
  const NodeMemory memory =
      within(room_for_campaign_of_a_run(),
             {memory_option(arguments.memory).value_or(default_node_memory()), ranks_of_node(arguments)});
  const Campaign campaign =
      read_campaign(arguments.campaign, {},
                    archived_text(arguments.archive, [&](const std::string& sentence) { warn(global, sentence); }));
  for (const std::string& line : hints(campaign)) hint(global, line);
  const ExpectedRounds expected = expected_rounds_of(campaign, arguments.archive);
  if (expected.any_unknown)
    hint(global,
         "rungs: auto: how many rungs there will be is not known yet; what is told is an estimate, as if all "
         "further rounds had as many as the last one that is known");
  const Plan plan = make_plan(campaign, expected.points);
  const InWords words{units_in_words(campaign), stages_in_words(campaign)};
  const Summary summary =
      arguments.archive.empty()
          ? summarise_whole(plan, arguments.measured, ranks, memory)
          : summarise_left(plan, find_left(campaign, plan, arguments.archive, arguments.measured), ranks, memory);
  print_to_stdout([&](std::ostream& out) {
    arguments.json ? print_json(out, plan, words, summary) : print_text(out, plan, words, summary);
  });
  if (const auto text = memory_hint(summary.left ? summary.left->plan : plan, summary.node)) hint(global, *text);
  return ExitCode::done;
}

}  // namespace nxmc
