// See claim_text.hpp. Each line is a word and its value; lines that an nxmc does not know are passed over.
#include "claim_text.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <sstream>

#include "durable_file.hpp"
#include "nxmc/archive/archive.hpp"
#include "nxmc/archive/clock.hpp"

namespace nxmc {

namespace {

constexpr const char* last_word = "end";

std::string text_of_processes(const std::vector<RankProcess>& processes) {
  std::vector<std::string> words;
  words.reserve(processes.size());
  for (const RankProcess& process : processes) words.push_back(fmt::format("{}:{}", process.pid, process.started));
  return fmt::format("{}", fmt::join(words, " "));
}

std::vector<RankProcess> parse_processes(std::istringstream& words) {
  std::vector<RankProcess> processes;
  RankProcess process;
  char colon = 0;
  while (words >> process.pid >> colon >> process.started) processes.push_back(process);
  return processes;
}

std::optional<std::uint64_t> parse_number(std::istringstream& words) {
  std::uint64_t number = 0;
  return words >> number ? std::optional(number) : std::nullopt;
}

/// False for the last line.
bool parse_line(const std::string& line, Owner& owner) {
  std::istringstream words(line);
  std::string word;
  words >> word;
  if (word == last_word) return false;
  if (word == "host") words >> owner.host;
  if (word == "boot") words >> owner.boot;
  if (word == "namespace") words >> owner.pid_namespace;
  if (word == "processes") owner.here = parse_processes(words);
  if (word == "ranks") words >> owner.ranks;
  if (word == "cluster") words >> owner.slurm_cluster;
  if (word == "job") words >> owner.slurm_job;
  if (word == "restarts") words >> owner.slurm_restarts;
  if (word == "since") words >> owner.since;
  if (word == "beat") words >> owner.beat;
  if (word == "busy") owner.busy = parse_number(words);
  if (word == "files") owner.owns_files = line == text_of_files(true);
  if (word == "files") owner.left = line == text_of_leaving();
  if (word == "nonce") words >> owner.nonce;
  return true;
}

[[noreturn]] void refuse(const std::filesystem::path& claim, const char* what) {
  throw ArchiveError(
      fmt::format("{}: is {}, where runs leave a file that says who writes to the archive. Rename or remove it.",
                  claim.string(), what));
}

/// Opened anew each time: only that makes a network file system ask its server.
std::optional<Descriptor> open_claim(const std::filesystem::path& claim) {
  struct stat about {};
  // A link would stay in the way of every new claim without ever becoming one.
  if (::lstat(claim.c_str(), &about) == 0 && S_ISLNK(about.st_mode)) refuse(claim, "a symbolic link");
  std::optional<Descriptor> file = Descriptor::open_if_exists(claim, O_RDONLY);
  if (!file || ::fstat(file->number(), &about) != 0 || S_ISREG(about.st_mode)) return file;
  refuse(claim, S_ISDIR(about.st_mode) ? "a directory" : "not a regular file");
}

}  // namespace

std::string text_of_beat(std::uint64_t beat, std::optional<std::uint64_t> busy) {
  return fmt::format("beat       {:020}\nbusy       {:<20}", beat, busy ? std::to_string(*busy) : "unknown");
}

std::string text_of_files(bool owns_files) { return owns_files ? "files      own     " : "files      to copy "; }

std::string text_of_leaving() { return "files      left    "; }

std::string to_text(const Owner& owner) {
  std::string text = fmt::format("host       {}\n", owner.host);
  text += fmt::format("process    {}\n", owner.pid());
  text += fmt::format("processes  {}\n", text_of_processes(owner.here));
  text += fmt::format("ranks      {}\n", owner.ranks);
  text += fmt::format("since      {:.3f} ({})\n", owner.since, readable_time(owner.since));
  text += text_of_beat(owner.beat, owner.busy) + "\n";
  text += text_of_files(owner.owns_files) + "\n";
  text += fmt::format("boot       {}\n", owner.boot);
  text += fmt::format("namespace  {}\n", owner.pid_namespace);
  if (!owner.slurm_job.empty()) {
    text += fmt::format("cluster    {}\n", owner.slurm_cluster);
    text += fmt::format("job        {}\n", owner.slurm_job);
    text += fmt::format("restarts   {}\n", owner.slurm_restarts);
  }
  text += fmt::format("nonce      {}\n", owner.nonce);
  return text + last_word + "\n";
}

ChangingFields find_changing_fields(const std::string& text) {
  return {.beat = text.find("\nbeat ") + 1, .files = text.find("\nfiles ") + 1};
}

std::optional<Owner> read_owner(const std::filesystem::path& claim) {
  const std::optional<Descriptor> file = open_claim(claim);
  if (!file) return {};
  Owner owner;
  owner.text = file->read_text(longest_claim);
  bool complete = false;
  std::istringstream lines(owner.text);
  for (std::string line; !complete && std::getline(lines, line);) complete = !parse_line(line, owner);
  if (!complete || !is_nonce(owner.nonce)) owner.nonce = fmt::format("{:016x}", file->inode());
  return owner;
}

std::string describe(const Owner& owner) {
  return fmt::format("process {} on {}{}", owner.pid() > 0 ? std::to_string(owner.pid()) : "?",
                     owner.host.empty() ? "an unknown host" : owner.host,
                     owner.since > 0 ? ", since " + readable_time(owner.since) : "");
}

}  // namespace nxmc
