// A campaign to be disturbed: of everything something, hundreds of short jobs and some long enough to be caught inside.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "mpirun.hpp"
#include "processes.hpp"
#include "program.hpp"
#include "results.hpp"

namespace nxmc::testing_tools {

struct CampaignSize {
  int replicas = 20;              ///< of the short jobs: 32 times as many, and a few more
  int chains = 4;                 ///< long jobs
  int measured_sweeps = 250'000;  ///< of a long job: about a second
  bool refine = false;            ///< with points that the campaign places: the archive grows while it runs
  bool ladder = true;             ///< two of four rungs, of a sixth of the sweeps
  bool until = true;  ///< with chains that go on as their results demand: rows that were done can be outdone
};

/// Both methods, 2D and 3D, all interactions, areas, profiles, snapshots, payloads above 32 KiB, ten kernels or more.
std::string disturbed_campaign(const CampaignSize& size);

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
std::uint64_t reported_done(const std::string& log);

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
  const auto spare = std::ranges::count_if(
      reference.results, [](const auto& job) { return static_cast<JobState>(job.second.front()) == JobState::spare; });
  if (sealed_jobs(reference.results).size() + static_cast<std::size_t>(spare) != reference.results.size())
    throw std::runtime_error("the undisturbed run left jobs without results: " + outcome.err);
  return reference;
}

}  // namespace nxmc::testing_tools
