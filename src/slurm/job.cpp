// See slurm_job.hpp.
#include "nxmc/slurm/job.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string_view>

#include "nxmc/slurm/client.hpp"
#include "nxmc/slurm/queue.hpp"

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

struct Component {
  SlurmJobState state;
  std::string owner;
  std::optional<SystemClock::time_point> end;
};

std::optional<Component> component_from(const std::string& line) {
  std::istringstream fields(line);
  Component component;
  std::string end;
  if (!std::getline(fields, component.state.state, '|') || !std::getline(fields, component.owner, '|') ||
      !std::getline(fields, end))
    return std::nullopt;
  component.end = from_seconds_since_1970(end);
  return component;
}

bool says_that_there_is_no_such_job(const SlurmAnswer& answer) {
  return answer.complaint.find("Invalid job id") != std::string::npos;
}

/// Without Slurm's word, an end that is long over is that of a job that is, too. Soon after it, Slurm may still be
/// about to end the job, and this process with it.
SlurmJob from_environment(SlurmJob job, const std::string& why_unknown) {
  constexpr std::chrono::minutes grace{5};
  job.ends = from_seconds_since_1970(digits_of("SLURM_JOB_END_TIME"));
  if (!job.ends) {
    job.why_unknown = why_unknown;
  } else if (*job.ends + grace < SystemClock::now()) {
    job.ends.reset();
    job.why_left_over = "it was to end long ago";
  }
  return job;
}

}  // namespace

SlurmStart this_slurm_start() {
  SlurmStart start{.job = digits_of("SLURM_JOB_ID")};
  const std::string restarts = digits_of("SLURM_RESTART_COUNT");
  std::from_chars(restarts.data(), restarts.data() + restarts.size(), start.restarts);
  return start;
}

std::optional<SlurmJob> this_slurm_job(const std::function<bool()>& give_up) {
  const std::string id = name_of_job();
  if (id.empty()) return std::nullopt;
  const SlurmAnswer answer = ask_slurm({"squeue", "--noheader", "--states=all", "--jobs=" + id, "--format=%T|%U|%e"},
                                       std::chrono::seconds(10), give_up);
  if (answer.succeeded) return slurm_job_from(id, answer.text, ::getuid());
  if (says_that_there_is_no_such_job(answer)) return slurm_job_from(id, "", ::getuid());
  return from_environment({.id = id, .ends = {}, .why_unknown = {}, .answered = false, .why_left_over = {}},
                          "squeue: " + answer.first_line());
}

SlurmJob slurm_job_from(const std::string& id, const std::string& lines, std::uint64_t user) {
  SlurmJob job{
      .id = id, .ends = {}, .why_unknown = {}, .answered = true, .why_left_over = "Slurm does not know it any more"};
  bool runs = false;
  std::istringstream stream(lines);
  for (std::string line; std::getline(stream, line);) {
    const auto component = component_from(line);
    if (!component) continue;
    if (component->owner != std::to_string(user)) {
      job.why_left_over = "it is another user's";
    } else if (component->state.has_ended() || component->state.is_pending()) {
      job.why_left_over = fmt::format("Slurm says that it is {}", component->state.state);
    } else {
      // A heterogeneous job has a line for each component: what ends first counts.
      runs = true;
      if (component->end) job.ends = std::min(job.ends.value_or(*component->end), *component->end);
    }
  }
  if (runs) job.why_left_over.clear();
  return job;
}

}  // namespace nxmc
