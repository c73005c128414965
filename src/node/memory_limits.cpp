#include "nxmc/node/memory_limits.hpp"

#include <fmt/format.h>
#include <malloc.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>

#include "nxmc/campaign/amounts.hpp"
#include "nxmc/elastic/blas.hpp"

namespace nxmc {

namespace {

constexpr double mebibyte = 1024.0 * 1024;
constexpr double unlimited = std::numeric_limits<double>::infinity();

/// The number in a file, or after a word in it; infinity when there is none (as for "max").
double number_in(const std::filesystem::path& file, const std::string& word = {}) {
  std::ifstream stream(file);
  if (!word.empty()) {
    std::string key;
    for (std::string rest; stream >> key && key != word;) std::getline(stream, rest);
  }
  double value = 0;
  return stream >> value ? value : unlimited;
}

double meminfo(const char* key) { return 1024 * number_in("/proc/meminfo", key); }

double free_of_node() {
  const double available = meminfo("MemAvailable:");
  if (std::isfinite(available)) return available;
  return static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
}

/// Where the system promises no more than it has.
double left_to_commit() {
  constexpr double never_more = 2;
  if (number_in("/proc/sys/vm/overcommit_memory") != never_more) return unlimited;
  return meminfo("CommitLimit:") - meminfo("Committed_AS:");
}

/// What a control group leaves: limit minus use. Pages of files count as use, but the kernel gives them up when asked.
double left_in_group(const std::filesystem::path& group, const char* limit, const char* used, const char* file_pages) {
  const double bytes = number_in(group / limit);
  const double pages = number_in(group / "memory.stat", file_pages);
  if (!std::isfinite(bytes)) return bytes;
  return bytes - number_in(group / used) + (std::isfinite(pages) ? pages : 0);
}

struct GroupPaths {
  std::optional<std::string> version_1;  ///< of the hierarchy that knows of memory: "4:cpu,memory:/path"
  std::optional<std::string> version_2;  ///< "0::/path"
};

GroupPaths group_paths(const std::filesystem::path& groups) {
  GroupPaths paths;
  std::ifstream file(groups);
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::string number;
    std::string controllers;
    std::string path;
    if (!std::getline(fields, number, ':') || !std::getline(fields, controllers, ':') || !std::getline(fields, path))
      continue;
    if (controllers.empty()) paths.version_2 = path;
    if (("," + controllers + ",").find(",memory,") != std::string::npos) paths.version_1 = path;
  }
  return paths;
}

/// Batch systems limit memory by a group of the job, containers by one of their own: any parent may be the tightest.
template <class Left>
double least_of_parents(const std::filesystem::path& mount, const std::string& path, const Left& left) {
  double least = unlimited;
  for (std::filesystem::path group = std::filesystem::path(path).relative_path();; group = group.parent_path()) {
    least = std::min(least, left(mount / group));
    if (group.empty()) return least;
  }
}

/// The fewest processors that Slurm gave on a node: "72(x2),36".
std::optional<double> least_processors() {
  const char* const text = std::getenv("SLURM_JOB_CPUS_PER_NODE");
  std::istringstream list(text == nullptr ? "" : text);
  std::optional<double> least;
  for (std::string item; std::getline(list, item, ',');) {
    const double number = std::atof(item.c_str());
    if (number > 0) least = std::min(least.value_or(number), number);
  }
  return least;
}

double mebibytes_in(const char* variable) {
  const char* const text = std::getenv(variable);
  const double number = text == nullptr ? 0 : std::atof(text);
  return number > 0 ? number * mebibyte : unlimited;  // 0: all that a node has
}

double soft_limit(__rlimit_resource resource) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return unlimited;
  return static_cast<double>(limit.rlim_cur);
}

double own_status(const char* key) { return 1024 * number_in("/proc/self/status", key); }

/// What a thread maps: its stack, which follows `ulimit -s`.
double bytes_of_thread() {
  pthread_attr_t attributes{};
  std::size_t bytes = 0;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_getstacksize(&attributes, &bytes);
  ::pthread_attr_destroy(&attributes);
  return static_cast<double>(bytes);
}

/// What MPI takes with its threads; measured with Debian 12's Open MPI 4.1, which maps most.
ProcessRoom taken_by_mpi() {
  constexpr double libraries = 208 * mebibyte;  // code and tables of its components
  constexpr double heap = 8 * mebibyte;
  constexpr double threads = 2;
  return {libraries + heap + threads * bytes_of_thread(), heap + threads * bytes_of_thread()};
}

/// What a run takes beside kernels, crystals and chains once MPI is up: buffers of files and messages, threads.
double taken_by_files_and_threads() {
  constexpr double heap = 24 * mebibyte;
  constexpr double threads = 5;
  return heap + threads * bytes_of_thread();
}

ProcessRoom without(ProcessRoom room, const ProcessRoom& taken) {
  return {room.address_space - taken.address_space, room.data - taken.data};
}

ProcessRoom both(double bytes) { return {bytes, bytes}; }

}  // namespace

double available_memory() {
  const double left = left_by_control_groups("/proc/self/cgroup", "/sys/fs/cgroup");
  return std::max(0.0, std::min({free_of_node(), left_to_commit(), left}));
}

double memory_by_slurm() {
  const double of_cpus = mebibytes_in("SLURM_MEM_PER_CPU") * least_processors().value_or(unlimited);
  return std::min(mebibytes_in("SLURM_MEM_PER_NODE"), of_cpus);
}

double left_by_control_groups(const std::filesystem::path& groups, const std::filesystem::path& mount) {
  const GroupPaths paths = group_paths(groups);
  double least = unlimited;
  if (paths.version_2) {
    least = least_of_parents(mount, *paths.version_2, [](const std::filesystem::path& group) {
      // Above `high` a process is not refused memory but slowed down until it hardly moves.
      return std::min(left_in_group(group, "memory.max", "memory.current", "inactive_file"),
                      left_in_group(group, "memory.high", "memory.current", "inactive_file"));
    });
  }
  if (paths.version_1) {
    const auto left = [](const std::filesystem::path& group) {
      return left_in_group(group, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file");
    };
    least = std::min(least, least_of_parents(mount / "memory", *paths.version_1, left));
  }
  return least;
}

double ProcessRoom::bytes() const { return std::max(0.0, std::min(address_space, data)); }

std::string ProcessRoom::name() const {
  return address_space <= data ? "the limit of address space (ulimit -v)" : "the limit of data (ulimit -d)";
}

ProcessRoom process_room() {
  return {soft_limit(RLIMIT_AS) - own_status("VmSize:"), soft_limit(RLIMIT_DATA) - own_status("VmData:")};
}

ProcessRoom room_for_campaign() { return without(process_room(), both(taken_by_files_and_threads())); }

ProcessRoom room_for_campaign_of_a_run() {
  return without(without(room_for_campaign(), taken_by_mpi()), both(blas_buffer_bytes));
}

std::string not_enough_memory() {
  const ProcessRoom room = process_room();
  std::string message = "not enough memory; choose a smaller crystal, or run where more is free";
  if (!std::isfinite(room.bytes())) return message;
  return fmt::format("{}: {} leaves this process {}", message, room.name(), readable_bytes(room.bytes()));
}

void require_room_for_mpi() {
  const ProcessRoom room = process_room();
  // Or each thread that allocates anything would reserve 64 MiB, should they be there.
  if (std::isfinite(room.address_space)) ::mallopt(M_ARENA_MAX, 1);
  const ProcessRoom missing = without(room_for_campaign(), taken_by_mpi());
  if (missing.bytes() > 0) return;
  const bool of_data = missing.data < missing.address_space;
  const double left = of_data ? room.data : room.address_space;
  const double needed = left - (of_data ? missing.data : missing.address_space);
  throw std::runtime_error(
      fmt::format("{} leaves this process {}, but MPI, files and threads take {}. Raise the limit, as by 'ulimit {} "
                  "unlimited', or ask whoever has set it",
                  missing.name(), readable_bytes(std::max(0.0, left)), readable_bytes(needed), of_data ? "-d" : "-v"));
}

}  // namespace nxmc
