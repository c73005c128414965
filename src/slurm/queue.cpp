#include "nxmc/slurm/queue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <random>
#include <span>
#include <sstream>
#include <string_view>
#include <utility>

#include "nxmc/slurm/client.hpp"

namespace nxmc {

namespace {

constexpr std::array queue_fields{"JobID",   "ArrayJobID", "ArrayTaskID", "State",   "Reason", "StartTime",
                                  "EndTime", "NumNodes",   "RestartCnt",  "WorkDir", "Command"};

/// Something that no name can hold, because nobody knew it when names were given.
std::string new_separator() {
  std::random_device source;
  return fmt::format("|{:08x}{:08x}|", source(), source());
}

std::string queue_format(const std::string& separator) {
  std::string format = "--Format=";
  for (const char* field : queue_fields) format += fmt::format("{}:{},", field, separator);
  format.pop_back();
  return format;
}

template <class Number>
std::optional<Number> number_from(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

std::vector<std::string> split(const std::string& text, const std::string& separator) {
  std::vector<std::string> fields;
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = text.find(separator, begin)) != std::string::npos; begin = end + separator.size())
    fields.push_back(text.substr(begin, end - begin));
  fields.push_back(text.substr(begin));
  return fields;
}

std::string id_of(const std::string& job, const std::string& array, const std::string& task) {
  return number_from<std::uint64_t>(task) ? fmt::format("{}_{}", array, task) : job;
}

/// \param fields  as many as a job has
QueueEntry entry_from(std::span<const std::string> fields) {
  QueueEntry entry;
  entry.job.id = id_of(fields[0], fields[1], fields[2]);
  entry.job.raw_id = fields[0];
  entry.job.state = fields[3];
  if (fields[4] != "None") entry.job.reason = fields[4];
  entry.job.starts = number_from<double>(fields[5]);
  entry.job.ends = number_from<double>(fields[6]);
  entry.job.nodes = number_from<std::uint64_t>(fields[7]).value_or(0);
  entry.job.restarts = number_from<std::uint64_t>(fields[8]).value_or(0);
  entry.directory = fields[9];
  entry.command = fields[10];
  return entry;
}

std::filesystem::path resolved(const std::filesystem::path& file) {
  std::error_code ignored;  // what cannot be resolved is compared as it is written
  const std::filesystem::path real = std::filesystem::weakly_canonical(std::filesystem::absolute(file), ignored);
  return real.empty() ? file : real;
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

/// What follows an option: the next word, or all that is left, should it have blanks.
std::array<std::string, 2> values_of_option(const std::string& command, const std::string& option) {
  const std::size_t found = command.find(" " + option);
  if (found == std::string::npos) return {};
  const std::size_t begin = found + option.size() + 2;
  if (begin >= command.size() + 1 || (command[begin - 1] != ' ' && command[begin - 1] != '=')) return {};
  const std::string rest = command.substr(begin);
  return {rest.substr(0, rest.find(' ')), rest};
}

bool is_campaign(const std::string& word) { return word.ends_with(".yaml") || word.ends_with(".yml"); }

/// The jobs that squeue tells about, asked with these options.
std::optional<std::vector<QueueEntry>> ask_queue(std::vector<std::string> options, std::chrono::seconds at_most) {
  options.insert(options.begin(), "squeue");
  const std::string separator = new_separator();
  for (const std::string& more : {std::string("--states=all"), std::string("--noheader"), queue_format(separator)})
    options.push_back(more);
  const SlurmAnswer answer = ask_slurm(options, at_most);
  if (!answer.succeeded) return std::nullopt;
  return parse_queue(answer.text, separator);
}

/// Jobs that the controller has forgotten are still known where accounting is kept.
std::vector<SlurmJobState> ask_accounting(const std::string& job, std::chrono::seconds at_most) {
  const SlurmAnswer answer = ask_slurm({"sacct", "--noheader", "--parsable2", "--allocations", "--jobs=" + job,
                                        "--format=JobIDRaw,JobID,State,Start,End,NNodes"},
                                       at_most);
  std::vector<SlurmJobState> jobs;
  if (!answer.succeeded) return jobs;
  std::istringstream lines(answer.text);
  for (std::string line; std::getline(lines, line);) {
    const std::vector<std::string> fields = split(line, "|");
    if (fields.size() != 6 || fields[0] != job) continue;
    SlurmJobState state;
    state.id = fields[1];
    state.raw_id = fields[0];
    state.state = fields[2].substr(0, fields[2].find(' '));  // "CANCELLED by 1000"
    state.starts = number_from<double>(fields[3]);
    state.ends = number_from<double>(fields[4]);
    state.nodes = number_from<std::uint64_t>(fields[5]).value_or(0);
    jobs.push_back(std::move(state));
  }
  return jobs;
}

void sort_by_importance(std::vector<SlurmJobState>& jobs) {
  const auto importance = [](const SlurmJobState& job) {
    const int group = job.has_ended() ? 2 : job.is_pending() ? 1 : 0;
    return std::pair(group, group == 2 ? -job.ends.value_or(0) : number_from<double>(job.raw_id).value_or(0));
  };
  std::ranges::stable_sort(jobs, {}, importance);
  const auto ended = std::ranges::find_if(jobs, &SlurmJobState::has_ended);
  jobs.erase(ended == jobs.begin() && ended != jobs.end() ? ended + 1 : ended, jobs.end());
}

}  // namespace

bool SlurmJobState::has_ended() const {
  static constexpr std::array end_states{"BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE",      "FAILED",
                                         "NODE_FAIL", "PREEMPTED", "TIMEOUT",   "OUT_OF_MEMORY", "REVOKED"};
  return std::ranges::find(end_states, state) != end_states.end();
}

std::vector<QueueEntry> parse_queue(const std::string& text, const std::string& separator) {
  std::vector<QueueEntry> entries;
  std::vector<std::string> fields = split(text, separator);
  const std::span<std::string> all(fields);
  for (std::size_t begin = 0; begin + queue_fields.size() <= fields.size(); begin += queue_fields.size()) {
    std::string& number = fields[begin];
    number.erase(0, number.rfind('\n') + 1);  // the end of the line before
    if (number_from<std::uint64_t>(number)) entries.push_back(entry_from(all.subspan(begin, queue_fields.size())));
  }
  return entries;
}

bool writes_to(const std::string& command, const std::filesystem::path& directory,
               const std::filesystem::path& archive) {
  const std::filesystem::path wanted = resolved(archive);
  const auto is_wanted = [&](const std::filesystem::path& file) { return resolved(directory / file) == wanted; };
  const std::array<std::string, 2> given = values_of_option(command, "--archive");
  if (!given[0].empty()) return std::ranges::any_of(given, is_wanted);
  return std::ranges::any_of(words_of(command), [&](const std::string& word) {
    return is_campaign(word) && is_wanted(std::filesystem::path(word).stem().concat(".h5"));
  });
}

SlurmAnswerForArchive slurm_jobs_of(const std::filesystem::path& archive, const std::vector<std::string>& known,
                                    std::chrono::seconds at_most) {
  const auto queue = ask_queue({"--me"}, at_most);
  if (!queue) return {};
  SlurmAnswerForArchive answer{.answered = true, .jobs = {}};
  for (const QueueEntry& entry : *queue) {
    const bool is_known = std::ranges::find(known, entry.job.raw_id) != known.end();
    if (is_known || writes_to(entry.command, entry.directory, archive)) answer.jobs.push_back(entry.job);
  }
  // Somebody else's, or one that is long over.
  if (answer.jobs.empty() && !known.empty()) {
    for (const QueueEntry& entry : ask_queue({"--jobs=" + known.back()}, at_most).value_or(std::vector<QueueEntry>{}))
      if (entry.job.raw_id == known.back()) answer.jobs.push_back(entry.job);
    if (answer.jobs.empty()) answer.jobs = ask_accounting(known.back(), at_most);
  }
  sort_by_importance(answer.jobs);
  return answer;
}

}  // namespace nxmc
