// How long nxmc takes to answer, and how much memory: runs campaigns of very short jobs, then the program as a user
// would.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using Command = std::vector<std::string>;

struct Effort {
  double wall_seconds = 0;
  double processor_seconds = 0;
  double peak_bytes = 0;
};

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

[[noreturn]] void become(const Command& command) {
  const int nowhere = open("/dev/null", O_RDWR);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(nowhere, stream);
  std::vector<char*> raw;
  for (const std::string& argument : command) raw.push_back(const_cast<char*>(argument.c_str()));
  raw.push_back(nullptr);
  execv(raw.front(), raw.data());
  _exit(127);
}

Effort effort_of(const Command& command) {
  const auto start = std::chrono::steady_clock::now();
  const pid_t pid = fork();
  if (pid < 0) throw std::runtime_error("cannot start a process");
  if (pid == 0) become(command);
  int status = 0;
  rusage usage{};
  if (wait4(pid, &status, 0, &usage) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw std::runtime_error(fmt::format("nxmc {} {} failed", command[1], command[2]));
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
          seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime), 1024.0 * static_cast<double>(usage.ru_maxrss)};
}

struct Case {
  std::string archive;
  Command arguments;
};

void print_effort(const Case& asked, const std::string& nxmc) {
  Command command{nxmc, asked.arguments.front(), asked.archive + ".h5"};
  command.insert(command.end(), asked.arguments.begin() + 1, asked.arguments.end());
  const Effort effort = effort_of(command);
  std::string words = asked.arguments.front();
  for (std::size_t k = 1; k < asked.arguments.size(); ++k) words += " " + asked.arguments[k];
  fmt::print("{:<12}{:<64}{:8.2f} s  (processor {:.2f} s){:8.0f} MB\n", asked.archive, words, effort.wall_seconds,
             effort.processor_seconds, effort.peak_bytes / 1e6);
  std::fflush(stdout);
}

void run_campaign(const std::string& name, const std::string& scan, const std::string& nxmc) {
  std::ofstream(name + ".yaml") << "name: " << name << "\nscans:\n  - {name: s, " << scan << "}\n";
  const Effort effort = effort_of({nxmc, "run", name + ".yaml"});
  fmt::print("{:<12}run{:>69.2f} s\n", name, effort.wall_seconds);
  std::fflush(stdout);
}

void measure_answers(const std::string& nxmc) {
  const std::string hexagons =
      "method: exchange, interaction: none, lattice: hexagon, size: 2, delta_mu: {from: -3, to: -0.1, points: 100}, ";
  run_campaign("2e6_rows", hexagons + "replicas: 1000, times: {from: 0.1, to: 2, points: 20}", nxmc);
  run_campaign("1e7_rows", hexagons + "replicas: 1000, times: {from: 0.02, to: 2, points: 100}", nxmc);
  run_campaign("1e6_jobs", hexagons + "replicas: 10000, times: [0.1, 0.2]", nxmc);
  run_campaign(
      "planes",
      "method: exchange, interaction: none, lattice: cube, size: 2, delta_mu: {from: -3, to: -0.1, points: 100}, "
      "replicas: 1000, times: {from: 0.2, to: 2, points: 10}",
      nxmc);
  // 50 states of 20 chains with 1000 samples each.
  run_campaign("1e6_samples",
               "method: equilibrium, lattice: hexagon, size: 3, shell_layers: 1, temperature: 0.2, shell_stiffness: "
               "{from: 1, to: 5, points: 50}, start: [random, segregated], replicas: 10, equilibration_sweeps: 100, "
               "measured_sweeps: 10000, samples: {every: 10, at_most: 1000}",
               nxmc);
  const Command averages{"query", "--times", "--group-by", "time,delta_mu"};
  for (const char* archive : {"2e6_rows", "1e7_rows", "1e6_jobs"}) {
    print_effort({archive, averages}, nxmc);
    for (const char* format : {"csv", "json", "table"})
      print_effort({archive, {"query", "--times", "--format", format}}, nxmc);
  }
  print_effort({"planes", {"query", "--profiles", "--group-by", "time,plane,delta_mu"}}, nxmc);
  print_effort({"planes", {"query", "--profiles", "--format", "csv"}}, nxmc);
  print_effort({"1e6_jobs", {"query", "--group-by", "delta_mu"}}, nxmc);
  print_effort({"1e6_jobs", {"status"}}, nxmc);
  print_effort({"1e6_jobs", {"verify"}}, nxmc);
  print_effort({"1e6_samples", {"query", "--group-by", "shell_stiffness", "--columns", "shell_stiffness,verdict"}},
               nxmc);
  print_effort({"1e6_samples", {"reweight", "--at", "shell_stiffness=2.22"}}, nxmc);
  print_effort({"1e6_samples", {"diagram"}}, nxmc);
}

}  // namespace

/// \param argv  the program nxmc; the current directory takes the archives
int main(int argc, char** argv) {
  try {
    measure_answers(argc > 1 ? std::filesystem::absolute(argv[1]).string() : "");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "nxmc_answers: %s\n", error.what());
    return 1;
  }
}
