// A real Slurm cluster that exists as long as the object, and what a user asks it.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "program.hpp"

namespace nxmc::testing_tools {

/// What Slurm says of a job: JobState, Restarts, BatchHost, NodeList …
using SlurmFields = std::map<std::string, std::string>;

/// Emulated nodes n1, n2, … with two cores each, as new at the beginning of each test: what can be cleared serves the
/// next one, also of the next process where CTest starts them (NXMC_SHARED_CLUSTER). It ends with CTest or this
/// process, should the test crash, too.
class SlurmCluster {
 public:
  explicit SlurmCluster(int nodes) {
    const pid_t owner = std::getenv("NXMC_SHARED_CLUSTER") != nullptr ? ::getppid() : ::getpid();
    const Outcome got = run_program({NXMC_THROWAWAY_CLUSTER, "get", std::to_string(nodes), std::to_string(owner)});
    std::istringstream words(got.out);
    std::string word;
    words >> word;
    std::getline(words >> std::ws, word == "ready" ? directory_ : why_unavailable_);
    if (word != "ready" && word != "unavailable") throw std::runtime_error("throwaway-cluster: " + got.out + got.err);
  }
  ~SlurmCluster() {
    if (available()) run_program({NXMC_THROWAWAY_CLUSTER, "clear", directory_});
  }
  SlurmCluster(const SlurmCluster&) = delete;
  SlurmCluster& operator=(const SlurmCluster&) = delete;

  bool available() const { return why_unavailable_.empty(); }
  const std::string& why_unavailable() const { return why_unavailable_; }

  /// Where programs on a node put their temporary files.
  std::filesystem::path temporary_files_of(const std::string& node) const { return directory_ + "/tmp." + node; }

  /// For programs that are to find this cluster and no other job that the tests may run in.
  Environment environment() const { return {{"SLURM_CONF", directory_ + "/slurm.conf"}}; }

  Outcome run(const std::vector<std::string>& arguments, const std::filesystem::path& directory = {},
              Environment more = {}) const {
    for (const auto& variable : environment()) more.push_back(variable);
    return run_program(arguments, more, directory);
  }

  /// \returns the number of the job
  std::string submit(std::vector<std::string> arguments, const std::filesystem::path& directory,
                     const Environment& more = {}) const {
    arguments.insert(arguments.begin(), {"sbatch", "--parsable"});
    const Outcome outcome = run(arguments, directory, more);
    if (outcome.exit_code != 0) throw std::runtime_error("sbatch: " + outcome.err);
    return outcome.out.substr(0, outcome.out.find_first_of(";\n"));
  }

  SlurmFields job(const std::string& number) const {
    const Outcome outcome = run({"scontrol", "--oneliner", "show", "job", number});
    SlurmFields fields;
    std::istringstream words(outcome.out);
    for (std::string word; words >> word;) {
      const auto equals = word.find('=');
      if (equals != std::string::npos) fields.emplace(word.substr(0, equals), word.substr(equals + 1));
    }
    return fields;
  }

  /// \throws std::runtime_error when it does not become so in time
  SlurmFields await(const std::string& number, const std::function<bool(const SlurmFields&)>& condition,
                    std::chrono::seconds limit = patience) const {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (true) {
      SlurmFields fields = job(number);
      if (condition(fields)) return fields;
      if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("waited in vain: " + text_of(fields));
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
  /// Until the job is over, well or not, and will not come back.
  SlurmFields await_end(const std::string& number, std::chrono::seconds limit = patience) const {
    return await(
        number,
        [](const SlurmFields& fields) {
          static constexpr std::string_view ends[]{"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL"};
          return std::ranges::find(ends, value_of(fields, "JobState")) != std::end(ends);
        },
        limit);
  }
  SlurmFields await_running(const std::string& number, int restarts = 0) const {
    return await(number, [restarts](const SlurmFields& fields) {
      return value_of(fields, "JobState") == "RUNNING" && value_of(fields, "Restarts") == std::to_string(restarts);
    });
  }

  /// The warning that `--signal=B:USR1@…` brings, now.
  void warn(const std::string& number) const { run({"scancel", "--batch", "--signal=USR1", number}); }
  void release(const std::string& number) const { run({"scontrol", "release", number}); }
  void cancel(const std::string& number) const { run({"scancel", number}); }
  /// As by a power cut; Slurm finds out after 10 to 20 s.
  void lose_node(const std::string& node) { command("lose", node); }
  /// Only its daemon dies; what it runs lives on, while Slurm gives the node up.
  void lose_daemon(const std::string& node) { command("silence", node); }
  /// It stands still, as a node does that has lost its file system.
  void pause_node(const std::string& node) { command("pause", node); }
  void resume_node(const std::string& node) { command("resume", node); }
  /// The controller answers nobody.
  void freeze() { command("freeze"); }
  void thaw() { command("thaw"); }

  static std::string value_of(const SlurmFields& fields, const std::string& name) {
    const auto found = fields.find(name);
    return found == fields.end() ? std::string() : found->second;
  }

 private:
  void command(const std::string& name, const std::string& node = {}) const {
    const Outcome outcome = run_program({NXMC_THROWAWAY_CLUSTER, name, directory_, node});
    if (outcome.exit_code != 0) throw std::runtime_error("the cluster cannot: " + name + " " + node + outcome.err);
  }

  static std::string text_of(const SlurmFields& fields) {
    std::string text;
    for (const auto& [name, value] : fields) text.append(name).append("=").append(value).append(" ");
    return text;
  }

  std::string directory_;
  std::string why_unavailable_;
};

}  // namespace nxmc::testing_tools
