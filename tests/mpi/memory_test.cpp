// What `nxmc plan` says of memory against what campaigns take, as real processes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "mpirun.hpp"
#include "processes.hpp"
#include "program.hpp"

namespace nxmc {
namespace {

using testing_tools::oversubscribed;
using testing_tools::run_program;
using testing_tools::running_copies_of;
using testing_tools::RunningProgram;
using testing_tools::TemporaryDirectory;
using testing_tools::under_mpirun;
using testing_tools::write_file;

constexpr double mebibyte = 1024 * 1024;

/// A number of KiB in a file of /proc; 0 when the process has ended.
double bytes_in(const std::string& file, const std::string& name) {
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);)
    if (line.starts_with(name + ":")) return 1024 * std::stod(line.substr(name.size() + 1));
  return 0;
}

/// What all ranks take together: their own pages, those of programs and mapped files once, shared ones in parts that
/// add up.
double bytes_of(const std::vector<pid_t>& ranks) {
  double own = 0;
  double files = 0;
  for (const pid_t rank : ranks) {
    const std::string place = "/proc/" + std::to_string(rank);
    own += bytes_in(place + "/status", "RssAnon") + bytes_in(place + "/smaps_rollup", "Pss_Shmem");
    files = std::max(files, bytes_in(place + "/status", "RssFile"));
  }
  return own + files;
}

class Memory : public testing::Test {
 protected:
  void use(const std::string& scan) { write_file(campaign_, "name: x\nscans: [{name: s, " + scan + "}]\n"); }

  nlohmann::json plan(int ranks, const std::string& memory) const {
    const auto outcome = run_program(
        {NXMC_PROGRAM, "plan", campaign_, "--json", "--ranks-per-node", std::to_string(ranks), "--memory", memory});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return nlohmann::json::parse(outcome.out);
  }

  /// The highest of many looks at a run, which lie the further apart the longer it takes: each of them costs the kernel
  /// work. The ranks are looked at one after the other, and shared pages may be counted twice while they change hands:
  /// only what the next look confirms counts.
  double peak(int ranks, const std::string& memory) const {
    RunningProgram run(
        under_mpirun(ranks, {NXMC_PROGRAM, "run", campaign_, "--archive", directory_ / "x.h5", "--memory", memory}),
        oversubscribed(), directory_.path());
    double highest = 0;
    double last = 0;
    const auto start = std::chrono::steady_clock::now();
    std::vector<pid_t> processes;
    while (run.is_running()) {  // until it ends by itself
      if (processes.size() < static_cast<std::size_t>(ranks)) processes = running_copies_of(NXMC_PROGRAM);
      const double now = bytes_of(processes);
      highest = std::max(highest, std::min(last, now));
      last = now;
      std::this_thread::sleep_for(std::max<std::chrono::nanoseconds>(
          std::chrono::milliseconds(1), (std::chrono::steady_clock::now() - start) / 1000));
    }
    const auto outcome = run.wait();
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(processes.size(), static_cast<std::size_t>(ranks));
    return highest;
  }

 private:
  TemporaryDirectory directory_;
  std::string campaign_ = directory_ / "x.yaml";
};

struct Kind {
  std::string name;
  std::string scan;
};

void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.scan; }

class PredictedMemory : public Memory, public testing::WithParamInterface<std::tuple<Kind, int>> {};

TEST_P(PredictedMemory, IsThatOfTheRunWithin20Percent) {
  const auto& [kind, ranks] = GetParam();
  use(kind.scan);
  const double predicted = plan(ranks, "16G")["node_memory"]["peak_bytes"];
  const double measured = peak(ranks, "16G");
  std::cout << kind.name << " on " << ranks << ": predicted " << predicted / mebibyte << " MiB, measured "
            << measured / mebibyte << " MiB\n";
  EXPECT_LT(measured, 1.2 * predicted);
  EXPECT_GT(measured, 0.8 * predicted);
}

std::string name_of_kind(const testing::TestParamInfo<std::tuple<Kind, int>>& test) {
  return std::get<0>(test.param).name + "On" + std::to_string(std::get<1>(test.param));
}

/// Each kind on one rank or on two, in turn: the other number is that of the long tests.
std::vector<std::tuple<Kind, int>> every_other(int first) {
  const std::vector<Kind> kinds{
      Kind{"LargeHexagon",
           "method: exchange, lattice: hexagon, size: 58, shell_layers: 2, shell_stiffness: 5, "
           "temperature: 0.2, delta_mu: -20, times: [0.001, 0.002], max_events: 300"},
      Kind{"CubesWithFactors",
           "method: exchange, lattice: cube, size: 14, shell_layers: 1, shell_stiffness: 5, temperature: 1.5, "
           "delta_mu: -200, times: [1e-30, 1e-3], max_events: 2000, replicas: 2"},
      Kind{"IsingOfAMillionSites",
           "method: exchange, lattice: cube, size: 100, interaction: ising, temperature: "
           "4, delta_mu: -5, times: [0.001, 0.01], max_events: 100000, replicas: 2"},
      Kind{"IsingEquilibrium",
           "method: equilibrium, lattice: cube, size: 60, interaction: ising, temperature: "
           "4, equilibration_sweeps: 10, measured_sweeps: 60, replicas: 2"},
      Kind{"ManyKernels",
           "method: equilibrium, lattice: hexagon, size: 24, shell_layers: 1, shell_stiffness: {from: 2, to: 8, "
           "step: 0.5}, temperature: 0.2, equilibration_sweeps: 500, measured_sweeps: 500, replicas: 2"},
      Kind{"TwentyThousandJobs",
           "method: exchange, lattice: hexagon, size: 2, interaction: none, delta_mu: -5, replicas: 20000, "
           "times: [0.01, 0.1], max_events: 20"}};
  std::vector<std::tuple<Kind, int>> chosen;
  for (std::size_t k = 0; k < kinds.size(); ++k) chosen.emplace_back(kinds[k], k % 2 == 0 ? first : 3 - first);
  return chosen;
}

INSTANTIATE_TEST_SUITE_P(Campaigns, PredictedMemory, testing::ValuesIn(every_other(1)), name_of_kind);
INSTANTIATE_TEST_SUITE_P(LongOthers, PredictedMemory, testing::ValuesIn(every_other(2)), name_of_kind);

INSTANTIATE_TEST_SUITE_P(
    LongCampaigns, PredictedMemory,
    testing::Combine(testing::Values(Kind{"HundredThousandJobs",
                                          "method: exchange, lattice: hexagon, size: 2, interaction: none, delta_mu: "
                                          "-5, replicas: 100000, times: [0.01, 0.1], max_events: 20"}),
                     testing::Values(1, 2)),
    name_of_kind);

TEST_F(Memory, StaysBelowWhatTheUserAllows) {
  use("method: equilibrium, lattice: hexagon, size: 24, shell_layers: 1, shell_stiffness: {from: 2, to: 8, step: 0.5}, "
      "temperature: 0.2, equilibration_sweeps: 50, measured_sweeps: 50, replicas: 2");
  const auto predicted = plan(2, "200M")["node_memory"];
  EXPECT_LE(predicted["peak_bytes"], 200 * mebibyte);
  EXPECT_GT(predicted["kernel_groups"], 2);
  EXPECT_LT(peak(2, "200M"), 200 * mebibyte);
}

}  // namespace
}  // namespace nxmc
