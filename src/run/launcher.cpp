#include "nxmc/run/launcher.hpp"

#include <fmt/format.h>
#include <mpi.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <sstream>
#include <string_view>
#include <vector>

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

LaunchProblem separate_copies(int tasks) {
  return {fmt::format("Slurm gave this step {} tasks, but MPI sees a single process: {} copies would run side by side. "
                      "Start nxmc with 'srun --mpi=pmix nxmc run …' or with 'mpirun nxmc run …'",
                      tasks, tasks),
          true};
}

bool any_is_set(std::initializer_list<const char*> variables) {
  return std::ranges::any_of(variables, [](const char* name) { return std::getenv(name) != nullptr; });
}

std::optional<int> rank_in_environment() {
  for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"})
    if (const auto rank = integer_variable(name)) return rank;
  return std::nullopt;
}

/// Another process, or this one, as /proc shows it; empty where it does not.
class Process {
 public:
  explicit Process(const std::string& id) : directory_("/proc/" + id) {}

  std::string name() const { return first_line("comm"); }
  std::filesystem::path working_directory() const {
    std::error_code ignored;  // of another user: as good as unknown
    return std::filesystem::read_symlink(directory_ / "cwd", ignored);
  }
  std::vector<std::string> command() const {
    std::ifstream file(directory_ / "cmdline", std::ios::binary);
    std::vector<std::string> words;
    for (std::string word; std::getline(file, word, '\0');) words.push_back(word);
    return words;
  }
  Process parent() const {
    std::ifstream file(directory_ / "status");
    std::string word;
    while (file >> word && word != "PPid:") {
    }
    return Process(file >> word ? word : "0");
  }

 private:
  std::string first_line(const char* file) const {
    std::ifstream stream(directory_ / file);
    std::string line;
    std::getline(stream, line);
    return line;
  }

  std::filesystem::path directory_;
};

bool is_launcher(const Process& process) {
  // The system shows 15 characters of a name.
  static constexpr std::array<std::string_view, 12> launchers{
      "mpirun", "mpiexec",       "orterun",         "orted", "prte",           "prted",
      "prun",   "mpiexec.hydra", "hydra_pmi_proxy", "srun",  "mpirun.openmpi", "slurmstepd"};
  const std::string name = process.name();
  return std::ranges::find(launchers, name) != launchers.end() || name == "mpirun.mpich" || name == "mpiexec.mpich";
}

bool is_program(const std::string& word) {
  if (word.find('/') != std::string::npos) return true;
  const char* const path = std::getenv("PATH");
  std::istringstream places(path == nullptr ? "" : path);
  for (std::string place; std::getline(places, place, ':');)
    if (::access((std::filesystem::path(place) / word).c_str(), X_OK) == 0) return true;
  return ::access(word.c_str(), X_OK) == 0;
}

/// Whether what stands in front of a program in a launcher's command line leaves no doubt that all ranks run just that
/// program: no other one beside it (after a colon, or in a file), and none around it.
bool gives_all_the_same(std::vector<std::string>::const_iterator first, std::vector<std::string>::const_iterator last) {
  return std::none_of(first, last, [](const std::string& word) {
    if (word.starts_with("-")) return word.find("app") != std::string::npos || word.find("config") != std::string::npos;
    return word == ":" || is_program(word);
  });
}

bool launches_only(const Process& launcher, const Process& program) {
  const std::vector<std::string> whole = launcher.command();
  const std::vector<std::string> part = program.command();
  if (part.empty() || whole.size() <= part.size()) return false;
  const auto begin = whole.end() - static_cast<std::ptrdiff_t>(part.size());
  return std::equal(begin, whole.end(), part.begin()) && gives_all_the_same(whole.begin() + 1, begin) &&
         !program.working_directory().empty() && launcher.working_directory() == program.working_directory();
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

std::optional<int> rank_from_launcher() {
  return is_launcher(Process("self").parent()) ? rank_in_environment() : std::nullopt;
}

bool may_be_rank_0() { return rank_in_environment().value_or(0) == 0; }

bool repeats_rank_0() {
  if (rank_from_launcher().value_or(0) == 0) return false;
  const Process self("self");
  const Process parent = self.parent();
  // MPICH has a process of its own between mpiexec and the ranks.
  return launches_only(parent, self) || launches_only(parent.parent(), self);
}

bool is_slurm_step() {
  const char* name = std::getenv("PMIX_NAMESPACE");
  return name != nullptr && std::string_view(name).starts_with("slurm.");
}

}  // namespace nxmc
