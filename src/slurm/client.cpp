#include "nxmc/slurm/client.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <thread>
#include <utility>

namespace nxmc {

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// One of the outputs of a program, read as it comes.
class Output {
 public:
  Output() {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
    read_ = ends[0];
    write_ = ends[1];
    ::fcntl(read_, F_SETFL, O_NONBLOCK);
  }
  ~Output() {
    close(read_);
    close(write_);
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  int reading_end() const { return read_; }
  int writing_end() const { return write_; }
  bool is_open() const { return read_ >= 0; }
  void leave_writing_to_the_program() { close(write_); }

  /// What has come, until the next wait or the end.
  void read_into(std::string& text) {
    std::array<char, 4096> piece{};
    while (is_open()) {
      const ssize_t count = ::read(read_, piece.data(), piece.size());
      if (count > 0) {
        text.append(piece.data(), static_cast<std::size_t>(count));
      } else if (count == 0 || errno != EINTR) {
        if (count == 0 || errno != EAGAIN) close(read_);
        return;
      }
    }
  }

 private:
  static void close(int& end) {
    if (end >= 0) ::close(std::exchange(end, -1));
  }

  int read_ = -1;
  int write_ = -1;
};

/// The user's settings for Slurm's answers would change what is read from them.
std::vector<std::string> environment_for_slurm() {
  static constexpr std::array<std::string_view, 4> settings{"SQUEUE_", "SACCT_", "SINFO_", "SLURM_TIME_FORMAT="};
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    if (std::ranges::none_of(settings, [&](std::string_view name) { return text.starts_with(name); }))
      variables.emplace_back(text);
  }
  variables.emplace_back("SLURM_TIME_FORMAT=%s");
  return variables;
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// Starts a program without copying this process, which networks that MPI uses do not bear.
/// \returns errno
int spawn(std::vector<std::string> words, const Output& out, const Output& err, pid_t& pid) {
  posix_spawn_file_actions_t files{};
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&files, out.writing_end(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&files, err.writing_end(), STDERR_FILENO);
  posix_spawnattr_t attributes{};
  ::posix_spawnattr_init(&attributes);
  // Ctrl-Z between its birth and its exec would stop it while the thread that waits for the exec cannot stop, and the
  // shell would wait for this process to stop for ever.
  sigset_t signals{};
  sigemptyset(&signals);
  for (const int stop : {SIGTSTP, SIGTTIN, SIGTTOU}) sigaddset(&signals, stop);
  ::posix_spawnattr_setsigmask(&attributes, &signals);
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  ::posix_spawnattr_setsigdefault(&attributes, &signals);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::vector<std::string> variables = environment_for_slurm();
  const int error = ::posix_spawnp(&pid, words.front().c_str(), &files, &attributes, pointers_to(words).data(),
                                   pointers_to(variables).data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&files);
  return error;
}

/// How a program ended; -1 while it runs.
int exit_code_of(pid_t pid) {
  int status = 0;
  const pid_t ended = ::waitpid(pid, &status, WNOHANG);
  if (ended == 0 || (ended < 0 && errno == EINTR)) return -1;
  return ended == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/// First asked, then, a second later, made to end.
void end(pid_t pid) {
  ::kill(pid, SIGTERM);
  for (const auto deadline = Clock::now() + 1s; Clock::now() < deadline; std::this_thread::sleep_for(10ms))
    if (exit_code_of(pid) >= 0) return;
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
}

void wait_for_output(const Output& out, const Output& err) {
  std::array<pollfd, 2> ends{{{out.reading_end(), POLLIN, 0}, {err.reading_end(), POLLIN, 0}}};
  constexpr int milliseconds = 50;  // then it is looked whether to go on
  ::poll(ends.data(), ends.size(), milliseconds);
}

}  // namespace

std::string SlurmAnswer::first_line() const {
  const std::string& all = complaint.empty() ? text : complaint;
  return all.empty() ? std::string("no answer") : all.substr(0, all.find('\n'));
}

SlurmAnswer ask_slurm(const std::vector<std::string>& words, std::chrono::seconds at_most,
                      const std::function<bool()>& give_up) {
  SlurmAnswer answer;
  Output out;
  Output err;
  pid_t pid = -1;
  if (!out.is_open() || !err.is_open()) return answer;
  if (const int error = spawn(words, out, err, pid); error != 0) {
    answer.complaint = words.front() + ": " + std::strerror(error);
    return answer;
  }
  out.leave_writing_to_the_program();
  err.leave_writing_to_the_program();
  int code = -1;
  for (const auto deadline = Clock::now() + at_most; code < 0;) {
    if (Clock::now() > deadline || (give_up && give_up())) break;
    wait_for_output(out, err);
    code = exit_code_of(pid);
    out.read_into(answer.text);
    err.read_into(answer.complaint);
  }
  if (code < 0) end(pid);
  answer.succeeded = code == 0;
  return answer;
}

}  // namespace nxmc
