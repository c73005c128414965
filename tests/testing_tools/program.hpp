// Runs programs as a user would: arguments, environment, what they print, how they end. For tests of the command line
// and of MPI runs.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "process_table.hpp"

namespace nxmc::testing_tools {

using Environment = std::vector<std::pair<std::string, std::string>>;

/// After so long a state that was waited for does not come any more, on the slowest of machines.
inline constexpr std::chrono::minutes patience{30};

/// Looks again and again until it is so; false when it never becomes so. Between looks that take long, because they ask
/// a program, there is as much time for what is looked at.
template <class Condition>
bool becomes_so(Condition condition, std::chrono::seconds limit = patience) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + limit;
  while (true) {
    const auto looked = Clock::now();
    if (condition()) return true;
    if (Clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::clamp<Clock::duration>(2 * (Clock::now() - looked), std::chrono::milliseconds(2),
                                                            std::chrono::seconds(1)));
  }
}

struct Outcome {
  int exit_code = -1;  ///< 128 + signal when a signal ended it
  std::string out;
  std::string err;
};

inline std::string read_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

inline void write_file(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

/// Whether a process has children, and all of them have ended without its having taken note.
inline bool has_only_ended_children(pid_t parent) {
  const std::vector<ProcessEntry> children = children_of(parent);
  return !children.empty() && std::ranges::all_of(children, &ProcessEntry::has_ended);
}

/// A directory that exists as long as the object.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "nxmc-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = name;
  }
  ~TemporaryDirectory() {
    // Programs that were killed may still be removing files of their own there.
    std::error_code error;
    for (int tries = 0; tries < 500 && std::filesystem::exists(path_, error); ++tries) {
      std::filesystem::remove_all(path_, error);
      if (error) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// In a child, before it becomes another program: that ends when the test does, even where the test is killed because
/// it took too long, so that nothing is left that would go on for ever.
inline void end_with(pid_t test) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != test) _exit(126);
}

/// A program that runs beside the test, in a process group of its own.
class RunningProgram {
 public:
  RunningProgram(const std::vector<std::string>& arguments, const Environment& environment,
                 const std::filesystem::path& directory) {
    const pid_t test = getpid();
    pid_ = fork();
    if (pid_ < 0) throw std::runtime_error("fork failed");
    if (pid_ == 0) {
      end_with(test);
      become(arguments, environment, directory);
    }
    setpgid(pid_, pid_);
  }
  ~RunningProgram() {
    if (!ended_) {
      kill_group(SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
  }
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;

  /// To the started process alone, as `kill PID` does.
  void send(int signal) const { kill(pid_, signal); }
  /// To it and everything that it started.
  void kill_group(int signal) const { kill(-pid_, signal); }
  pid_t pid() const { return pid_; }
  bool is_running() const {
    siginfo_t about{};
    return waitid(P_PID, static_cast<id_t>(pid_), &about, WEXITED | WNOHANG | WNOWAIT) == 0 && about.si_pid == 0;
  }

  /// Waits for the end; a program that takes longer than the limit is killed and counts as ended by SIGKILL. So does an
  /// mpirun of which nothing else is left for so long: that of Open MPI can lock itself up (PMIx_server_finalize) when
  /// its ranks are killed.
  Outcome wait(std::chrono::seconds limit = patience, std::chrono::seconds alone = std::chrono::minutes(1)) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    auto last_company = std::chrono::steady_clock::now();
    auto looked = last_company;
    int status = 0;
    while (waitpid(pid_, &status, WNOHANG) == 0) {
      const auto now = std::chrono::steady_clock::now();
      if (now - looked > alone / 10) {
        if (!has_only_ended_children(pid_)) last_company = now;
        looked = now;
      }
      if (now > deadline || now - last_company > alone) kill_group(SIGKILL);
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    ended_ = true;
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return {code, read_file(output_ / "out"), read_file(output_ / "err")};
  }
  /// What it has printed so far.
  std::string err() const { return read_file(output_ / "err"); }
  std::string out() const { return read_file(output_ / "out"); }

 private:
  [[noreturn]] void become(const std::vector<std::string>& arguments, const Environment& environment,
                           const std::filesystem::path& directory) const {
    setpgid(0, 0);
    const int out = open((output_ / "out").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int err = open((output_ / "err").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int in = open("/dev/null", O_RDONLY);
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
    if (!directory.empty() && chdir(directory.c_str()) != 0) _exit(126);
    std::vector<char*> raw;
    for (const std::string& argument : arguments) raw.push_back(const_cast<char*>(argument.c_str()));
    raw.push_back(nullptr);
    execvp(raw.front(), raw.data());
    _exit(127);
  }

  TemporaryDirectory scratch_;
  std::filesystem::path output_ = scratch_.path();
  pid_t pid_ = -1;
  bool ended_ = false;
};

inline Outcome run_program(const std::vector<std::string>& arguments, const Environment& environment = {},
                           const std::filesystem::path& directory = {}) {
  return RunningProgram(arguments, environment, directory).wait();
}

/// SIGKILL to every process that has `argument` on its command line: mpirun's ranks live in process groups of their
/// own. \returns how many these were: some die with others that they were started by
inline std::size_t kill_all_with_argument(const std::string& argument) {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (read_file(entry.path() / "cmdline").find(argument) == std::string::npos) continue;
    found.push_back(static_cast<pid_t>(std::stol(name)));
  }
  for (const pid_t process : found) kill(process, SIGKILL);
  return found.size();
}

}  // namespace nxmc::testing_tools
