// See slurm_job.hpp.
#include "slurm_job.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string_view>

namespace nxmc {

namespace {

using SystemClock = std::chrono::system_clock;

constexpr int longest_answer_seconds = 10;

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

/// What a shell command writes to both of its outputs, and how it ended.
struct Answer {
  std::string text;
  int status = -1;
};

Answer ask_shell(const std::string& command) {
  Answer answer;
  std::FILE* const output = ::popen(command.c_str(), "re");
  if (output == nullptr) return answer;
  std::array<char, 256> piece{};
  while (const std::size_t count = std::fread(piece.data(), 1, piece.size(), output))
    answer.text.append(piece.data(), count);
  answer.status = ::pclose(output);
  return answer;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

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
  const Answer answer = ask_shell(fmt::format(
      "SLURM_TIME_FORMAT=%s timeout --kill-after=1 {} squeue -h -j {} -o %e 2>&1", longest_answer_seconds, job.id));
  if (answer.status == 0 && !answer.text.empty())
    job.ends = earliest_in(answer.text);
  else
    job.why_unknown = answer.text.empty() ? "squeue gives no answer" : first_line(answer.text);
}

}  // namespace

std::optional<SlurmJob> this_slurm_job() {
  SlurmJob job;
  job.id = name_of_job();
  if (job.id.empty()) return std::nullopt;
  job.ends = from_seconds_since_1970(digits_of("SLURM_JOB_END_TIME"));
  if (!job.ends) ask_squeue(job);
  return job;
}

}  // namespace nxmc
