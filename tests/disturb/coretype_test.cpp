// A campaign that begins on one kind of processor and goes on on another: OpenBLAS computes as the processor does whose
// name is in OPENBLAS_CORETYPE, and factorisations differ in their last bits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <iostream>
#include <map>

#include "campaign.hpp"
#include "gate/gate.hpp"
#include "warning.hpp"
#include "work.hpp"

namespace nxmc::testing_tools {
namespace {

namespace fs = std::filesystem;

constexpr const char* elastic_campaign = R"(name: processors
seed: 5
scans:
  - {name: chains, method: equilibrium, lattice: hexagon, size: 8, shell_layers: 1, shell_stiffness: [6, 12], temperature: 0.2,
     equilibration_sweeps: 10000, measured_sweeps: 50000, measure_every: {phases: 10, areas: 100}}
  - {name: cubes, method: equilibrium, lattice: cube, size: 4, shell_layers: 1, shell_stiffness: [3, 5], temperature: 1.5,
     equilibration_sweeps: 200, measured_sweeps: 1000, measure_every: {phases: 1, areas: 10}, replicas: 4}
  - {name: exchange, method: exchange, lattice: hexagon, size: 7, temperature: 0.2, delta_mu: -20, times: [0.1, 1, 10], replicas: 20}
)";

class Processors : public testing::Test {
 protected:
  void SetUp() override {
    adopt_orphans();
    for (const char* type :
         {"Prescott", "Core2", "Nehalem", "Sandybridge", "Haswell", "Zen", "SkylakeX", "Cooperlake"}) {
      if (runs_as(type))
        types_.emplace_back(type);
      else
        std::cout << type << ": cannot run here, or OpenBLAS does not obey\n";
    }
  }

  static Environment as(const std::string& type, const fs::path& scratch) {
    Environment environment = scratch_in(scratch);
    environment.emplace_back("OPENBLAS_CORETYPE", type);
    return environment;
  }

  /// Whether this machine has the instructions of a processor, and OpenBLAS obeys.
  static bool runs_as(const std::string& type) {
    const TemporaryDirectory directory;
    Environment environment = as(type, directory.path());
    environment.emplace_back("OPENBLAS_VERBOSE", "2");
    const Outcome outcome = run_program({NXMC_PROGRAM, "kernel", "--lattice", "hexagon", "--size", "6",
                                         "--shell-layers", "1", "--shell-stiffness", "4", "--output", "V.h5"},
                                        environment, directory.path());
    return outcome.exit_code == 0 && outcome.err.find("Core: " + type) != std::string::npos;
  }

  static std::vector<std::string> command(const std::string& program = NXMC_PROGRAM) {
    return {program, "run", "campaign.yaml", "--archive", "x.h5", "--checkpoint-every", "0.05s"};
  }

  static Outcome run_as(const std::string& type, const TemporaryDirectory& directory) {
    const TemporaryDirectory scratch;
    return run_program(on_ranks(2, command()), as(type, scratch.path()), directory.path());
  }

  static CampaignBits results_as(const std::string& type) {
    const TemporaryDirectory directory;
    write_campaign(directory / "campaign.yaml", elastic_campaign);
    const Outcome outcome = run_as(type, directory);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return results_of(directory / "x.h5");
  }

  /// Begins as one processor, is stopped inside the long chains, and goes on as the other.
  static CampaignBits results_as(const std::string& first, const std::string& second) {
    const TemporaryDirectory directory;
    const TemporaryDirectory scratch;
    write_campaign(directory / "campaign.yaml", elastic_campaign);
    const Gate gate;
    RunningProgram begun(on_ranks(2, command(NXMC_AT_GATE)), gate.environment(as(first, scratch.path())),
                         directory.path());
    EXPECT_TRUE(becomes_so([&] {
      std::error_code error;
      return fs::file_size(directory / "x.h5.checkpoints", error) > 1000 && !error;
    })) << begun.err();
    warn(begun);
    const Outcome stopped = begun.wait();
    EXPECT_EQ(stopped.exit_code, 75) << stopped.err;
    const Outcome resumed = run_as(second, directory);
    EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
    EXPECT_THAT(resumed.err, testing::HasSubstr("from the last checkpoint"));
    EXPECT_TRUE(Archive::open(directory / "x.h5").verify().empty());
    return results_of(directory / "x.h5");
  }

  void expect_same_bits(const std::string& first, const std::string& second) {
    const auto [alone, is_new] = alone_.try_emplace(first);
    if (is_new) alone->second = results_as(first);
    EXPECT_EQ(results_as(first, second), alone->second) << first << ", then " << second;
    std::cout << first << ", then " << second << '\n';
  }

  std::vector<std::string> types_;

 private:
  std::map<std::string, CampaignBits> alone_;
};

TEST_F(Processors, ACampaignThatChangesThemKeepsItsBits) {
  if (types_.size() < 2) GTEST_SKIP() << "this machine runs fewer than two kinds of OpenBLAS";
  expect_same_bits(types_.front(), types_.back());
  expect_same_bits(types_.back(), types_.front());
}

using LongProcessors = Processors;
TEST_F(LongProcessors, ACampaignThatChangesThemKeepsItsBits) {
  if (types_.size() < 2) GTEST_SKIP() << "this machine runs fewer than two kinds of OpenBLAS";
  for (const std::string& first : types_) {
    for (const std::string& second : types_) expect_same_bits(first, second);
  }
}

}  // namespace
}  // namespace nxmc::testing_tools
