// `nxmc submit`: a batch job for a campaign, of a shape that suits it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "batch_template.hpp"
#include "commands.hpp"
#include "memory_hint.hpp"
#include "nxmc/campaign/amounts.hpp"
#include "nxmc/cli/amounts.hpp"
#include "nxmc/phase/ladder_rounds.hpp"
#include "nxmc/schedule/campaign_changes.hpp"
#include "nxmc/schedule/forecast.hpp"
#include "nxmc/schedule/node_memory.hpp"
#include "nxmc/slurm/client.hpp"
#include "output.hpp"

namespace nxmc {
namespace {

constexpr std::string_view first_lines = "#!/bin/bash\n# Written by nxmc submit, which replaces it.\n";
constexpr double mebibyte = 1024.0 * 1024;

/// The weakest of the nodes that a job may get.
struct Nodes {
  std::size_t number = 1;
  std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  double bytes = std::numeric_limits<double>::infinity();
};

/// What sinfo says of a partition; without an answer, nodes like this machine.
Nodes nodes_of(const std::string& partition) {
  std::vector<std::string> question{"sinfo", "--noheader", "--format=%D %c %m"};
  if (!partition.empty()) question.push_back("--partition=" + partition);
  const SlurmAnswer answer = ask_slurm(question);
  if (!answer.succeeded) return {};
  Nodes nodes{.number = 0, .cores = std::numeric_limits<std::size_t>::max()};
  std::istringstream lines(answer.text);
  for (std::string line; std::getline(lines, line);) {
    std::replace(line.begin(), line.end(), '+', ' ');  // "32+": at least
    std::istringstream words(line);
    std::size_t number = 0;
    std::size_t cores = 0;
    double mebibytes = 0;
    if (!(words >> number >> cores >> mebibytes)) continue;
    nodes.number += number;
    nodes.cores = std::min(nodes.cores, cores);
    nodes.bytes = std::min(nodes.bytes, mebibytes * mebibyte);
  }
  return nodes.number > 0 ? nodes : Nodes{};
}

struct Request {
  std::size_t nodes = 1;
  std::size_t ranks_per_node = 1;
  double bytes_per_node = 0;
  double seconds = 0;  ///< asked of Slurm
  Forecast forecast;
  NodeForecast node;
};

/// What a run takes of a node unless --memory says otherwise.
NodeMemory memory_of_node(const Nodes& available, std::size_t ranks) {
  return {available.bytes * share_of_available, static_cast<int>(ranks), 0};
}

/// More nodes as long as the campaign would take more than an hour and few cores would idle.
std::size_t suitable_nodes(const Plan& plan, const Nodes& available, std::size_t ranks_per_node) {
  constexpr double long_enough = 3600;
  constexpr double least_efficiency = 0.8;
  const NodeMemory node = memory_of_node(available, ranks_per_node);
  std::size_t nodes = 1;
  while (2 * nodes <= available.number && forecast(plan, nodes * ranks_per_node, node).wall_seconds > long_enough &&
         forecast(plan, 2 * nodes * ranks_per_node, node).efficiency >= least_efficiency)
    nodes *= 2;
  return nodes;
}

/// All kernels at once, if a node has so much; at least the largest.
double needed_bytes(const NodeForecast& node, const Nodes& available, std::size_t ranks) {
  constexpr double other_mpi = 100 * mebibyte;  // for each rank: libraries of clusters take more than those measured
  return std::min(available.bytes, node.peak / share_of_available + static_cast<double>(ranks) * other_mpi);
}

/// Half as much again as predicted. The job requeues itself: longer ones would only wait longer for their start.
double suitable_seconds(const Forecast& predicted) {
  constexpr double start_up = 600;
  constexpr double longest = 12 * 3600;
  return std::min(longest, 1.5 * predicted.wall_seconds + start_up);
}

Request request_for(const SubmitArguments& arguments, const Plan& plan) {
  const Nodes available = nodes_of(arguments.partition);
  Request request;
  request.ranks_per_node = arguments.ranks_per_node > 0 ? arguments.ranks_per_node : available.cores;
  request.nodes = arguments.nodes > 0 ? arguments.nodes : suitable_nodes(plan, available, request.ranks_per_node);
  request.forecast =
      forecast(plan, request.nodes * request.ranks_per_node, memory_of_node(available, request.ranks_per_node));
  request.node = forecast_node(plan, memory_of_node(available, request.ranks_per_node));
  request.bytes_per_node = needed_bytes(request.node, available, request.ranks_per_node);
  try {
    request.seconds = arguments.time.empty() ? suitable_seconds(request.forecast) : parse_duration(arguments.time);
  } catch (const std::invalid_argument& error) {
    throw UsageError(fmt::format("--time: {}", error.what()));
  }
  return request;
}

struct Files {
  std::filesystem::path archive;
  std::filesystem::path script;
  std::string name;  ///< of the job, and of its log
};

Files files_of(const SubmitArguments& arguments) {
  Files files;
  files.archive = arguments.archive.empty() ? std::filesystem::path(arguments.campaign).stem().concat(".h5")
                                            : std::filesystem::path(arguments.archive);
  files.script = std::filesystem::path(files.archive).replace_extension(".sbatch");
  files.name = files.script.stem();
  return files;
}

/// As one word for a shell, whatever is in it.
std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::string in_quotes(const std::string& word) {
  std::string text = "\"";
  for (const char c : word) text += c == '"' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
  return text + "\"";
}

/// As one word in a line of options for sbatch.
std::string quoted_for_sbatch(const std::string& word) {
  return word.find_first_of(" \t\"'\\#") == std::string::npos ? word : in_quotes(word);
}

/// A line for each option, with the value that follows it.
std::string further_options(const std::vector<std::string>& words) {
  std::string lines;
  for (const std::string& word : words)
    lines += (word.starts_with("-") ? (lines.empty() ? "#SBATCH " : "\n#SBATCH ") : " ") + quoted_for_sbatch(word);
  return lines.empty() ? lines : lines + "\n";
}

void require_options(const std::vector<std::string>& words) {
  if (words.empty()) return;
  if (!words.front().starts_with("-"))
    throw UsageError(fmt::format(
        "'{}' is one argument too many for 'submit'; options for sbatch begin with - and follow --", words.front()));
  for (const std::string& word : words)
    if (word.find('\n') != std::string::npos)
      throw UsageError("options for sbatch cannot have line breaks, which end a line of the script");
}

/// Programs and libraries as they are found where the campaign was submitted, also in jobs that get no environment.
std::string find_programs_as_here() {
  const std::string here = std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
  const char* const path = std::getenv("PATH");
  const char* const libraries = std::getenv("LD_LIBRARY_PATH");
  std::string lines = fmt::format("export PATH={}:\"$PATH\"\n", quoted(path == nullptr ? here : here + ":" + path));
  if (libraries != nullptr && *libraries != '\0')
    lines += fmt::format("export LD_LIBRARY_PATH={}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}\n", quoted(libraries));
  return lines;
}

/// What stands instead of a line of the template: several, itself, or nothing.
std::string instead_of(const std::string& line, const SubmitArguments& arguments, const Request& request,
                       const Files& files) {
  const auto option = [](std::string_view name, const auto& value) {
    return fmt::format("#SBATCH --{}={}\n", name, value);
  };
  const auto if_given = [&](std::string_view name, const std::string& value) {
    return value.empty() ? std::string() : option(name, value);
  };
  const auto sets = [&line](std::string_view name) { return line.starts_with(fmt::format("#SBATCH --{}=", name)); };
  if (sets("account")) return if_given("account", arguments.account);
  if (sets("partition")) return if_given("partition", arguments.partition);
  if (sets("nodes")) return option("job-name", in_quotes(files.name)) + option("nodes", request.nodes);
  if (sets("ntasks-per-node")) return option("ntasks-per-node", request.ranks_per_node);
  if (sets("time")) {
    std::string options = option("time", std::ceil(request.seconds / 60));
    if (arguments.ask_for_memory)
      options += option("mem", fmt::format("{:.0f}M", std::floor(request.bytes_per_node / mebibyte)));
    return options;
  }
  if (sets("signal")) return line + "\n" + further_options(arguments.sbatch_options);  // the last one
  if (line.starts_with("module load")) return find_programs_as_here();
  return line + "\n";
}

std::string batch_script(const SubmitArguments& arguments, const Request& request, const Files& files) {
  std::string script(first_lines);
  std::istringstream lines(batch_template);
  bool explained = false;  // the template's head is for those who edit it
  for (std::string line; std::getline(lines, line);) {
    explained = explained || line.starts_with("#SBATCH");
    if (explained) script += instead_of(line, arguments, request, files);
  }
  return script;
}

void write_script(const std::filesystem::path& file, const std::string& script) {
  if (std::filesystem::exists(file)) {
    std::ostringstream present;
    present << std::ifstream(file).rdbuf();
    if (!present.str().starts_with(first_lines))
      throw std::runtime_error(fmt::format(
          "{}: is not from nxmc submit and would be replaced. Submit it with sbatch, or rename it.", file.string()));
    std::filesystem::remove(file);
  }
  print_to_new_file(file, [&](std::ostream& out) { out << script; });
}

/// sbatch, or what a site puts around it, may say other things as well, before and after.
std::optional<std::string> number_of_job(const std::string& answer) {
  std::optional<std::string> number;
  std::istringstream lines(answer);
  for (std::string line; std::getline(lines, line);) {
    const std::string first = line.substr(0, line.find(';'));  // "12;cluster"
    if (!first.empty() && first.find_first_not_of("0123456789") == std::string::npos) number = first;
  }
  return number;
}

[[noreturn]] void explain_refusal(const SubmitArguments& arguments, const Files& files, const SlurmAnswer& answer) {
  std::string why = answer.complaint.empty() ? answer.first_line() : answer.complaint;
  why.erase(why.find_last_not_of('\n') + 1);
  throw std::runtime_error(
      fmt::format("sbatch did not take {}: {}{}", files.script.string(), why,
                  arguments.ask_for_memory ? "\nWhere a site forbids jobs to ask for memory, use --no-mem" : ""));
}

/// \returns the number of the job
std::string hand_to_slurm(const SubmitArguments& arguments, const Files& files) {
  const SlurmAnswer answer = ask_slurm(
      {"sbatch", "--parsable", files.script.string(), arguments.campaign, "--archive", files.archive.string()},
      std::chrono::seconds(60));
  if (!answer.succeeded) explain_refusal(arguments, files, answer);
  if (const auto number = number_of_job(answer.text)) return *number;
  throw std::runtime_error(fmt::format("sbatch took {}, but says no number: '{}'. 'squeue --me' shows the job",
                                       files.script.string(), answer.text));
}

std::string summary(const Plan& plan, const Request& request) {
  return fmt::format(
      "{} jobs on {} node{} of {} ranks, {} of memory each: predicted to take {} at {:.0f} % efficiency; asks for {}\n",
      plan.jobs.size(), request.nodes, request.nodes == 1 ? "" : "s", request.ranks_per_node,
      readable_bytes(request.bytes_per_node), readable_duration(request.forecast.wall_seconds),
      100 * request.forecast.efficiency, readable_duration(request.seconds));
}

std::string next_steps(const std::string& job, const Files& files) {
  return fmt::format(
      "submitted as Slurm job {0}. It requeues itself until the campaign is done.\n"
      "  nxmc status {1} --watch   whether it runs, and how far it is\n"
      "  tail -f {2}.log   what it says\n"
      "  scancel {0}   ends it; nxmc submit goes on later\n",
      job, files.archive.string(), files.name);
}

}  // namespace

ExitCode submit(const SubmitArguments& arguments, const GlobalOptions& global) {
  require_options(arguments.sbatch_options);
  const Files files = files_of(arguments);
  const Campaign campaign =
      read_campaign(arguments.campaign, {},
                    archived_text(files.archive, [&](const std::string& sentence) { warn(global, sentence); }));
  const Plan plan = make_plan(campaign, expected_rounds(nullptr, campaign, {}).points);
  const Request request = request_for(arguments, plan);
  const std::string script = batch_script(arguments, request, files);
  if (const auto text = memory_hint(plan, request.node)) hint(global, *text);
  if (arguments.dry_run) {
    std::cerr << summary(plan, request);
    print_to_stdout([&](std::ostream& out) { out << script; });
    return ExitCode::done;
  }
  write_script(files.script, script);
  const std::string job = hand_to_slurm(arguments, files);
  print_to_stdout([&](std::ostream& out) { out << summary(plan, request) << next_steps(job, files); });
  return ExitCode::done;
}

}  // namespace nxmc
