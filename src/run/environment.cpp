#include "nxmc/run/environment.hpp"

#include <fmt/format.h>
#include <mpi.h>
#include <pwd.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <limits>
#include <sstream>
#include <string_view>

#include "nxmc/run/run.hpp"

namespace nxmc {

namespace {

std::optional<int> integer_variable(const char* name) {
  const char* text = std::getenv(name);
  if (text == nullptr) return std::nullopt;
  const std::string_view digits(text);
  int value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

double meminfo_available() {
  std::ifstream file("/proc/meminfo");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string key;
    double kibibytes = 0;
    if (words >> key >> kibibytes && key == "MemAvailable:") return kibibytes * 1024;
  }
  return static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
}

/// The number in a file, or after a word in it; infinity when there is none (as for "max").
double number_in(const std::filesystem::path& file, const std::string& word = {}) {
  std::ifstream stream(file);
  if (!word.empty()) {
    std::string key;
    for (std::string rest; stream >> key && key != word;) std::getline(stream, rest);
  }
  double value = 0;
  return stream >> value ? value : std::numeric_limits<double>::infinity();
}

/// What a control group leaves: limit minus use. Pages of files count as use, but the kernel gives them up when asked.
double left_in_group(const std::filesystem::path& group, const char* limit, const char* used, const char* file_pages) {
  const double bytes = number_in(group / limit);
  const double pages = number_in(group / "memory.stat", file_pages);
  if (!std::isfinite(bytes)) return bytes;
  return bytes - number_in(group / used) + (std::isfinite(pages) ? pages : 0);
}

/// The path of this process in a hierarchy of control groups: "0::/path" (version 2) or "4:memory:/path" (version 1).
std::optional<std::string> group_path(const std::string& hierarchy) {
  std::ifstream file("/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const auto end = line.find(hierarchy);
    if (end != std::string::npos) return line.substr(end + hierarchy.size());
  }
  return std::nullopt;
}

/// Batch systems limit memory by a control group of the job, containers by one of their own: any parent may be the
/// tightest.
double cgroup_available() {
  double least = std::numeric_limits<double>::infinity();
  const auto walk_up = [&](const std::filesystem::path& mount, const std::string& path, auto&&... names) {
    for (std::filesystem::path group = std::filesystem::path(path).relative_path();; group = group.parent_path()) {
      least = std::min(least, left_in_group(mount / group, names...));
      if (group.empty()) return;
    }
  };
  if (const auto path = group_path("0::")) {
    walk_up("/sys/fs/cgroup", *path, "memory.max", "memory.current", "inactive_file");
  }
  if (const auto path = group_path(":memory:")) {
    walk_up("/sys/fs/cgroup/memory", *path, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file");
  }
  return least;
}

LaunchProblem separate_copies(int tasks) {
  return {fmt::format("Slurm gave this step {} tasks, but MPI sees a single process: {} copies would run side by side. "
                      "Start nxmc with 'srun --mpi=pmix nxmc run …' or with 'mpirun nxmc run …'",
                      tasks, tasks),
          true};
}

bool any_is_set(std::initializer_list<const char*> variables) {
  return std::ranges::any_of(variables, [](const char* name) { return std::getenv(name) != nullptr; });
}

}  // namespace

std::optional<LaunchProblem> foresee_launch_problem() {
  const int tasks = integer_variable("SLURM_NTASKS").value_or(1);
  if (tasks == 1 || any_is_set({"OMPI_COMM_WORLD_SIZE", "PMIX_RANK"})) return std::nullopt;
  if (!any_is_set({"PMI_RANK", "PMI_FD"})) return separate_copies(tasks);
#ifdef OPEN_MPI
  return LaunchProblem{
      "started by srun without PMIx, which most builds of Open MPI need: should MPI not start now, use 'srun "
      "--mpi=pmix nxmc run …' or 'mpirun nxmc run …'",
      false};
#else
  return std::nullopt;
#endif
}

std::optional<LaunchProblem> find_launch_problem(int world_size) {
  const auto mpirun = integer_variable("OMPI_COMM_WORLD_SIZE");
  if (world_size == 1 && mpirun.value_or(1) > 1) {
    return LaunchProblem{
        fmt::format("mpirun started {} processes, but each of them is alone: mpirun and nxmc belong to different "
                    "MPI libraries. Use the mpirun of {}",
                    *mpirun, "the library that nxmc was built with (nxmc --version)"),
        true};
  }
  const auto tasks = integer_variable("SLURM_NTASKS");
  // mpirun starts its daemons as a step of their own, with fewer tasks than the program has processes.
  if (!tasks || *tasks <= world_size) return std::nullopt;
  if (world_size == 1) return separate_copies(*tasks);
  return LaunchProblem{fmt::format("Slurm gave this step {} tasks, but MPI runs {} processes; going on with {}", *tasks,
                                   world_size, world_size),
                       false};
}

bool prints_for_all() {
  for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"}) {
    if (const auto rank = integer_variable(name)) return *rank == 0;
  }
  return true;
}

double available_memory() { return std::max(0.0, std::min(meminfo_available(), cgroup_available())); }

double free_space(const std::string& directory) {
  struct statvfs file_system {};
  if (statvfs(directory.c_str(), &file_system) != 0) return 0;
  return static_cast<double>(file_system.f_bavail) * static_cast<double>(file_system.f_frsize);
}

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

std::string user_name() {
  const passwd* entry = getpwuid(getuid());
  return entry != nullptr ? entry->pw_name : std::to_string(getuid());
}

}  // namespace nxmc
