#include "python_program.hpp"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "place_of_tools.hpp"

namespace nxmc {
namespace {

constexpr std::initializer_list<int> endings{SIGINT, SIGTERM, SIGHUP};

std::filesystem::path this_program() { return std::filesystem::read_symlink("/proc/self/exe"); }

/// The installed one; that of the sources only where this program lies in the build tree that it was made in.
std::filesystem::path find(const std::string& name) {
  const std::filesystem::path here = this_program().parent_path();
  const bool is_in_build_tree = std::filesystem::exists(here / "CMakeCache.txt");
  std::filesystem::path found =
      (here / (is_in_build_tree ? tools_of_sources : tools_of_installation) / name).lexically_normal();
  if (!std::filesystem::exists(found))
    throw std::runtime_error(fmt::format(
        "{}: the program that draws is not there; install it with 'cmake --install' or, of Debian's packages, "
        "python3-nxmc, or run tools/{} of the sources",
        found.string(), name));
  return found;
}

void check(int error, const char* what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

bool is_ignored(int signal) {
  struct sigaction action {};
  check(sigaction(signal, nullptr, &action) == 0 ? 0 : errno, "sigaction");
  return action.sa_handler == SIG_IGN;  // by whoever started this program: nohup
}

/// Signals that would end this program wait until the end of the object.
class HeldSignals {
 public:
  HeldSignals() {
    sigemptyset(&held_);
    for (const int signal : endings)
      if (!is_ignored(signal)) sigaddset(&held_, signal);
    sigaddset(&held_, SIGCHLD);
    ::signal(SIGCHLD, SIG_DFL);  // whoever started this program may have asked not to hear of children
    check(pthread_sigmask(SIG_BLOCK, &held_, &before_), "pthread_sigmask");
  }
  ~HeldSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  const sigset_t& before() const { return before_; }
  /// The next of them that arrives.
  int wait() const {
    int signal = 0;
    check(sigwait(&held_, &signal), "sigwait");
    return signal;
  }

 private:
  sigset_t before_{};
  sigset_t held_{};
};

/// How the program starts: with the signals that this one was started with.
class SpawnAttributes {
 public:
  explicit SpawnAttributes(const sigset_t& mask) {
    check(posix_spawnattr_init(&attributes_), "posix_spawnattr_init");
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    check(posix_spawnattr_setsigmask(&attributes_, &mask), "posix_spawnattr_setsigmask");
    check(posix_spawnattr_setsigdefault(&attributes_, &defaults), "posix_spawnattr_setsigdefault");
    check(posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF),
          "posix_spawnattr_setflags");
  }
  ~SpawnAttributes() { posix_spawnattr_destroy(&attributes_); }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

pid_t start(std::vector<std::string> words, const sigset_t& mask) {
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const SpawnAttributes attributes(mask);
  pid_t child = 0;
  if (const int error = posix_spawn(&child, words[0].c_str(), nullptr, attributes.get(), arguments.data(), environ);
      error != 0)
    throw std::runtime_error(
        fmt::format("cannot start {}: {}; it needs the Python that its first line names, see "
                    "tools/install-dependencies",
                    words[0], std::strerror(error)));
  return child;
}

/// Its status; nothing while it runs.
std::optional<int> status_of(pid_t child) {
  int status = 0;
  const pid_t ended = waitpid(child, &status, WNOHANG);
  if (ended < 0) throw std::system_error(errno, std::generic_category(), "waitpid");
  return ended == 0 ? std::nullopt : std::optional(status);
}

/// Waits for its end. A signal that asks this program to end is passed on, and obeyed when `signals` are; a second one
/// ends a child that does not listen.
int wait_for(pid_t child, const HeldSignals& signals) {
  int asked = 0;  // the first of these signals
  for (;;) {
    if (const std::optional<int> status = status_of(child)) {
      if (asked != 0) ::raise(asked);
      return *status;
    }
    const int signal = signals.wait();
    if (signal == SIGCHLD) continue;
    ::kill(child, asked == 0 ? SIGTERM : SIGKILL);
    if (asked == 0) asked = signal;
  }
}

}  // namespace

bool run_python_program(const std::string& name, std::vector<std::string> options,
                        const std::vector<std::string>& archives) {
  std::vector<std::string> words = std::move(options);
  words.insert(words.begin(), find(name).string());
  words.insert(words.end(), {"--nxmc", this_program().string(), "--"});
  words.insert(words.end(), archives.begin(), archives.end());
  const std::string program = words.front();
  int status = 0;
  {
    const HeldSignals signals;
    status = wait_for(start(std::move(words), signals.before()), signals);
  }
  if (WIFSIGNALED(status))
    throw std::runtime_error(fmt::format("{} was ended by signal {} ({}) before it had drawn; run the command again",
                                         program, WTERMSIG(status), strsignal(WTERMSIG(status))));
  return WEXITSTATUS(status) == 0;
}

}  // namespace nxmc
