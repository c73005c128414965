// A rank that stands still at a certain stage of a run.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "program.hpp"

namespace nxmc::testing_tools {

enum class Hangs { process, thread };

/// Where a rank stands still: just before the last of these calls.
struct SilentRank {
  const char* stage;  ///< for messages
  int rank = 1;
  const char* calls = "";
  Hangs hangs = Hangs::process;
};
inline void PrintTo(const SilentRank& silent, std::ostream* out) {
  *out << "rank " << silent.rank << " at " << silent.stage;
}

/// What a run needs for it. \param sign  the file that says that it has come to it
inline Environment environment_of(const SilentRank& silent, const std::filesystem::path& sign) {
  return {{"NXMC_STAND_STILL_RANK", std::to_string(silent.rank)},
          {"NXMC_STAND_STILL_AT", silent.calls},
          {"NXMC_STAND_STILL_HOW", silent.hangs == Hangs::thread ? "thread" : "process"},
          {"NXMC_STANDS_STILL", sign.string()}};
}

/// The words for `env`, before the program: launchers that pass no environment on do so with the command.
inline std::vector<std::string> with_silent_rank(const SilentRank& silent, const std::filesystem::path& sign,
                                                 const std::vector<std::string>& program) {
  std::vector<std::string> words{"env", "LD_PRELOAD=" NXMC_STAND_STILL};
  for (const auto& [name, value] : environment_of(silent, sign)) words.push_back(name + "=" + value);
  words.insert(words.end(), program.begin(), program.end());
  return words;
}

/// Waits until the run has come so far. \returns the process as it sees itself; \throws when the run ends without
inline pid_t await_standstill(const std::filesystem::path& sign, const RunningProgram& run) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(4);
  while (!std::filesystem::exists(sign)) {
    if (!run.is_running() || std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error("no rank came to stand still: " + run.err());
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return static_cast<pid_t>(std::stol(read_file(sign)));
}

}  // namespace nxmc::testing_tools
