// A folder with a campaign that is run, changed and asked about, as a user does.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "mpirun.hpp"
#include "nxmc/archive/archive.hpp"
#include "program.hpp"

namespace nxmc::testing_tools {

class CampaignFolder {
 public:
  /// \param file  of the campaign, in this folder
  explicit CampaignFolder(std::string file) : file_(std::move(file)) {}

  void write(const std::string& campaign) const { write_file(path(file_), campaign); }
  std::filesystem::path path(const std::string& name) const { return directory_ / name; }
  const std::filesystem::path& directory() const { return directory_.path(); }

  std::vector<std::string> run_command(const std::string& archive) const {
    return {NXMC_PROGRAM, "run", file_, "--archive", archive};
  }
  Outcome run(const std::string& archive, int ranks = 1) const {
    return run_program(under_mpirun(ranks, run_command(archive)), oversubscribed(), directory());
  }
  /// Where its chains come to a gate (gate/gate.hpp), of which this is the environment.
  RunningProgram run_at_gate(const std::string& archive, const Environment& gate) const {
    return RunningProgram({NXMC_AT_GATE, "run", file_, "--archive", archive}, gate, directory());
  }
  /// Waits until `status` counts such jobs of an archive as is wanted. \param jobs  a state, or "total"
  bool jobs_become(const std::string& archive, const std::string& jobs, const std::function<bool(int)>& wanted) const {
    return becomes_so([&] {
      const Outcome status = ask({"status", archive, "--json"});
      return status.exit_code == 0 && wanted(nlohmann::json::parse(status.out).at("jobs").at(jobs));
    });
  }
  /// Any other command. Sanitized programs must not report what Open MPI leaks.
  Outcome ask(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), NXMC_PROGRAM);
    return run_program(arguments, {{"ASAN_OPTIONS", "detect_leaks=0"}}, directory());
  }
  nlohmann::json answer(const std::vector<std::string>& arguments) const {
    const Outcome outcome = ask(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return nlohmann::json::parse(outcome.out);
  }
  /// 0 while there is no archive.
  std::uint64_t rows(const std::string& archive) const {
    return std::filesystem::exists(path(archive)) ? Archive::open(path(archive)).jobs() : 0;
  }

 private:
  std::string file_;
  TemporaryDirectory directory_;
};

}  // namespace nxmc::testing_tools
