// See liveness.hpp.
#include "liveness.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>

#include "nxmc/archive/clock.hpp"

namespace nxmc {

namespace {

std::string first_line(const std::string& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

struct ProcessState {
  char state = 'X';
  std::uint64_t started = 0;
};

/// Fields 3 and 22 of /proc/<pid>/stat, counted after the name in parentheses, which may contain anything. nullopt when
/// it cannot be read: there is no such process, or it is hidden from this user.
std::optional<ProcessState> state_of(long pid) {
  const std::string stat = first_line("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream fields(stat.substr(name_end + 1));
  ProcessState process;
  fields >> process.state;
  constexpr int fields_between = 18;
  std::string field;
  for (int i = 0; i < fields_between; ++i) fields >> field;
  fields >> process.started;
  return fields ? std::optional(process) : std::nullopt;
}

/// A process that has ended but whose parent has not asked for its exit code is dead: in containers nobody may ever.
bool is_dead(const RankProcess& process) {
  if (process.pid <= 0) return false;
  if (::kill(static_cast<pid_t>(process.pid), 0) != 0 && errno == ESRCH) return true;
  const std::optional<ProcessState> now = state_of(process.pid);
  if (!now) return false;
  if (now->state == 'Z' || now->state == 'X') return true;
  return process.started != 0 && now->started != process.started;
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::uint64_t number(const std::string& digits) {
  std::uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

bool shares_processes(const Owner& owner, const Owner& me) {
  return owner.host == me.host && !owner.boot.empty() && owner.boot == me.boot && owner.pid_namespace != 0 &&
         owner.pid_namespace == me.pid_namespace;
}

bool is_earlier_start(const Owner& owner, const Owner& me) {
  return !me.slurm_job.empty() && owner.slurm_job == me.slurm_job && owner.slurm_cluster == me.slurm_cluster &&
         owner.slurm_restarts < me.slurm_restarts;
}

}  // namespace

RankProcess this_process() {
  const long pid = ::getpid();
  const std::optional<ProcessState> state = state_of(pid);
  return {.pid = pid, .started = state ? state->started : 0};
}

std::uint64_t this_pid_namespace() {
  struct stat about {};
  return ::stat("/proc/self/ns/pid", &about) == 0 ? about.st_ino : 0;
}

Owner myself() {
  Owner me;
  std::array<char, 256> host{};
  me.host = ::gethostname(host.data(), host.size() - 1) == 0 ? host.data() : "?";
  me.boot = first_line("/proc/sys/kernel/random/boot_id");
  me.pid_namespace = this_pid_namespace();
  me.here = {this_process()};
  me.slurm_cluster = variable("SLURM_CLUSTER_NAME");
  me.slurm_job = variable("SLURM_JOB_ID");
  me.slurm_restarts = number(variable("SLURM_RESTART_COUNT"));
  me.since = seconds_since_1970();
  return me;
}

Life look_for(const Owner& owner, const Owner& me) {
  const bool visible = shares_processes(owner, me) && owner.here.size() == owner.ranks;
  if (visible && std::ranges::all_of(owner.here, is_dead)) return Life::dead;
  return is_earlier_start(owner, me) ? Life::replaced : Life::uncertain;
}

}  // namespace nxmc
