// See slurm_job.hpp.
#include "slurm_job.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string_view>

#include "nxmc/run/slurm_client.hpp"

namespace nxmc {

namespace {

using SystemClock = std::chrono::system_clock;

/// A number as Slurm writes it; empty when the variable is missing or something else.
std::string digits_of(const char* variable) {
  const char* text = std::getenv(variable);
  const std::string_view digits = text == nullptr ? "" : text;
  return digits.find_first_not_of("0123456789") == std::string_view::npos ? std::string(digits) : std::string();
}

std::optional<SystemClock::time_point> from_seconds_since_1970(std::string_view digits) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return SystemClock::time_point(std::chrono::seconds(seconds));
}

/// The number of the first task of an array is also that of the whole array: only both numbers name the task.
std::string name_of_job() {
  const std::string array = digits_of("SLURM_ARRAY_JOB_ID");
  const std::string task = digits_of("SLURM_ARRAY_TASK_ID");
  return array.empty() || task.empty() ? digits_of("SLURM_JOB_ID") : fmt::format("{}_{}", array, task);
}

/// A heterogeneous job has a line for each component: what ends first counts.
std::optional<SystemClock::time_point> earliest_in(const std::string& lines) {
  std::optional<SystemClock::time_point> earliest;
  std::istringstream stream(lines);
  for (std::string line; std::getline(stream, line);) {
    const auto end = from_seconds_since_1970(line);
    if (end) earliest = std::min(earliest.value_or(*end), *end);
  }
  return earliest;
}

void ask_squeue(SlurmJob& job) {
  const SlurmAnswer answer = ask_slurm({"squeue", "--noheader", "--jobs=" + job.id, "--format=%e"});
  if (answer.succeeded && !answer.text.empty())
    job.ends = earliest_in(answer.text);
  else
    job.why_unknown = "squeue: " + answer.first_line();
}

}  // namespace

SlurmStart this_slurm_start() {
  SlurmStart start{.job = digits_of("SLURM_JOB_ID")};
  const std::string restarts = digits_of("SLURM_RESTART_COUNT");
  std::from_chars(restarts.data(), restarts.data() + restarts.size(), start.restarts);
  return start;
}

std::optional<SlurmJob> this_slurm_job() {
  SlurmJob job;
  job.id = name_of_job();
  if (job.id.empty()) return std::nullopt;
  job.ends = from_seconds_since_1970(digits_of("SLURM_JOB_END_TIME"));
  if (!job.ends) ask_squeue(job);
  return job;
}

}  // namespace nxmc
