// Work that has no end before the test says so, on machines of any speed: campaigns of the program NXMC_AT_GATE, whose
// chains wait at a gate, or the factorisations of its kernels.
#pragma once

#include <cstdint>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "program.hpp"

namespace nxmc::testing_tools {

/// The processes that have come to a gate, in the order in which they came.
inline std::vector<pid_t> processes_at(const std::filesystem::path& gate) {
  std::istringstream lines(read_file(gate.string() + ".reached"));
  std::vector<pid_t> processes;
  for (pid_t pid = 0; lines >> pid;) processes.push_back(pid);
  return processes;
}

/// Closed from the beginning, for all runs that have its environment.
class Gate {
 public:
  /// \param sweeps  after which equilibrium chains wait; those of fewer sweeps, and exchange, go through
  explicit Gate(std::uint64_t sweeps = 500) : sweeps_(sweeps) { close(); }

  void open() const { std::filesystem::remove(file()); }
  std::vector<pid_t> reached_by() const { return processes_at(file()); }
  /// For runs that begin from now on: others that have seen it open know it as open.
  void close() const {
    write_file(directory_ / "new", std::to_string(sweeps_));
    std::filesystem::rename(directory_ / "new", file());
  }

  Environment environment(Environment others = {}) const {
    others.emplace_back("NXMC_GATE", file());
    return others;
  }

 private:
  std::filesystem::path file() const { return directory_ / "gate"; }

  TemporaryDirectory directory_;
  std::uint64_t sweeps_;
};

/// The same for factorisations of kernels, which answer nothing meanwhile.
class KernelGate {
 public:
  KernelGate() { write_file(file(), ""); }

  void open() const { std::filesystem::remove(file()); }
  Environment environment(Environment others = {}) const {
    others.emplace_back("NXMC_KERNEL_GATE", file());
    return others;
  }
  /// Each factorisation tells.
  std::vector<pid_t> reached_by() const { return processes_at(file()); }

 private:
  std::filesystem::path file() const { return directory_ / "gate"; }

  TemporaryDirectory directory_;
};

}  // namespace nxmc::testing_tools
