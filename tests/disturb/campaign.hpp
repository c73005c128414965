// A campaign to be disturbed: of everything something, hundreds of short jobs and some long enough to be caught inside.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "mpirun.hpp"
#include "processes.hpp"
#include "program.hpp"
#include "results.hpp"
#include "work.hpp"

namespace nxmc::testing_tools {

struct CampaignSize {
  int replicas = 20;              ///< of the short jobs: 32 times as many, and a few more
  int chains = 4;                 ///< long jobs
  int measured_sweeps = 250'000;  ///< of a long job: about a second
};

/// Both methods, 2D and 3D, all interactions, areas, profiles, snapshots, payloads above 32 KiB, ten kernels or more.
inline std::string disturbed_campaign(const CampaignSize& size) {
  const std::string replicas = std::to_string(work(static_cast<std::uint64_t>(size.replicas)));
  std::string stiffness = "6";
  for (int chain = 1; chain < size.chains; ++chain) stiffness += ", " + std::to_string(6 + 2 * chain);
  return with_share_of_work(R"(name: disturbed
seed: 11
scans:
  - {name: shells, method: equilibrium, lattice: hexagon, size: 4, shell_layers: 1, shell_stiffness: [2, 6, 10], temperature: 0.2,
     start: [random, segregated], equilibration_sweeps: 100, measured_sweeps: 400, measure_every: {phases: 1, areas: 20},
     snapshots: {sweeps: [0, 250, 500]}, replicas: )" +
                            replicas + R"(}
  - {name: cube, method: equilibrium, lattice: cube, size: 3, shell_layers: 1, shell_stiffness: 4, temperature: 1.5,
     equilibration_sweeps: 50, measured_sweeps: 200, replicas: )" +
                            replicas + R"(}
  - {name: exchange, method: exchange, lattice: hexagon, size: 5, interaction: [elastic, ising, none], temperature: [0.2, 2, 1],
     delta_mu: [-20, -20, -10], zip: [interaction, temperature, delta_mu], times: {from: 1e-3, to: 10, points: 9, scale: log},
     snapshots: {times: [0.1, 1]}, replicas: )" +
                            replicas + R"(}
  - {name: published, method: exchange, lattice: hexagon, size: 5, hamiltonian: published, temperature: 0.2, delta_mu: -20,
     times: [0.1, 1], replicas: )" +
                            replicas + R"(}
  - {name: rod, method: exchange, lattice: box, size: [[3, 3, 5]], temperature: 1.5, delta_mu: -200,
     times: {from: 1e-20, to: 1, points: 5, scale: log}, replicas: )" +
                            replicas + R"(}
  - {name: large, method: exchange, lattice: hexagon, size: 34, interaction: none, temperature: 1, delta_mu: -10, times: [0.5],
     snapshots: {times: {from: 0.0125, to: 1, points: 80, scale: linear}}, replicas: 8}
  - {name: chains, method: equilibrium, lattice: hexagon, size: 8, shell_layers: 1, temperature: 0.2, equilibration_sweeps: 10000,
     measure_every: {phases: 10, areas: 1000}, snapshots: {sweeps: [0, 1000, 5000]}, shell_stiffness: [)" +
                            stiffness + "], measured_sweeps: " + std::to_string(size.measured_sweeps) + "}\n");
}

/// Little memory for so many ranks, so that the kernels come in groups; checkpoints so often that every long job has
/// several.
inline std::vector<std::string> run_command(int ranks, const std::string& program = NXMC_PROGRAM) {
  return {program,     "run",      "campaign.yaml",
          "--archive", "x.h5",     "--checkpoint-every",
          "0.05s",     "--memory", std::to_string(32 + 8 * ranks) + "M"};
}

/// One rank starts without mpirun.
inline std::vector<std::string> on_ranks(int ranks, const std::vector<std::string>& command) {
  return ranks == 1 ? command : under_mpirun(ranks, command);
}

/// A library in the program alone: mpirun stays as it is.
inline std::vector<std::string> with_preloaded(const std::string& library, std::vector<std::string> program) {
  program.insert(program.begin(), {"env", "LD_PRELOAD=" + library});
  return program;
}

/// Killed ranks leave shared memory and session files behind: they go with this directory.
inline Environment scratch_in(const std::filesystem::path& directory) {
  Environment environment = oversubscribed();
  for (const char* name : {"OMPI_MCA_btl_vader_backing_directory", "OMPI_MCA_orte_tmpdir_base",
                           "OMPI_MCA_osc_sm_backing_directory", "TMPDIR"})
    environment.emplace_back(name, directory.string());
  return environment;
}

/// The largest number of jobs that a run said to be done.
inline std::uint64_t reported_done(const std::string& log) {
  static const std::regex sentences(
      R"((\d+)/\d+ jobs \(|(\d+) of \d+ jobs are done and safe|all (\d+) jobs are done|\d+ jobs, (\d+) of them done)");
  std::uint64_t most = 0;
  for (auto found = std::sregex_iterator(log.begin(), log.end(), sentences); found != std::sregex_iterator(); ++found) {
    for (std::size_t group = 1; group < found->size(); ++group) {
      if ((*found)[group].matched) most = std::max<std::uint64_t>(most, std::stoull((*found)[group].str()));
    }
  }
  return most;
}

/// Identities of the jobs that have results.
inline std::set<std::string> sealed_jobs(const CampaignBits& results) {
  std::set<std::string> sealed;
  for (const auto& [job, values] : results) {
    if (has_results(values)) sealed.insert(job);
  }
  return sealed;
}

/// Sealed rows that are not what an undisturbed run left.
inline std::size_t count_different(const CampaignBits& results, const CampaignBits& expected) {
  return static_cast<std::size_t>(std::ranges::count_if(
      results, [&](const auto& job) { return has_results(job.second) && job.second != expected.at(job.first); }));
}

inline std::vector<std::string> names_in(const std::filesystem::path& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) names.push_back(entry.path().filename());
  std::ranges::sort(names);
  return names;
}

/// What a run leaves that nobody disturbs.
struct Reference {
  CampaignBits results;
  std::chrono::duration<double> took{};
};

inline Reference undisturbed(const std::string& campaign, int ranks = 2) {
  const TemporaryDirectory directory;
  const TemporaryDirectory scratch;
  write_file(directory / "campaign.yaml", campaign);
  const auto start = std::chrono::steady_clock::now();
  const Outcome outcome =
      run_program(on_ranks(ranks, run_command(ranks)), scratch_in(scratch.path()), directory.path());
  const auto took = std::chrono::steady_clock::now() - start;
  if (outcome.exit_code != 0) throw std::runtime_error("the undisturbed run failed: " + outcome.err);
  Reference reference{results_of(directory / "x.h5"), took};
  if (sealed_jobs(reference.results).size() != reference.results.size())
    throw std::runtime_error("the undisturbed run left jobs without results: " + outcome.err);
  return reference;
}

}  // namespace nxmc::testing_tools
