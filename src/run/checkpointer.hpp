// When and where this rank keeps the state of the job it works on.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "nxmc/archive/checkpoints.hpp"

namespace nxmc {

/// A pair of slots in the file of checkpoints and the generation it holds.
struct Lane {
  std::uint64_t lane = 0;
  std::uint64_t generation = 0;
};

/// Where the jobs that an earlier run left unfinished go on, and which lane each rank writes its new jobs to.
struct CheckpointPlan {
  std::map<std::uint64_t, Lane> unfinished;  ///< by index into Plan::jobs
  std::vector<Lane> ranks;                   ///< [rank]
};

std::vector<std::uint64_t> to_numbers(const CheckpointPlan& plan);
CheckpointPlan checkpoint_plan_from(std::span<const std::uint64_t> numbers);

class Checkpointer {
 public:
  using Clock = std::chrono::steady_clock;
  Checkpointer(CheckpointFile& file, const CheckpointPlan& plan, int rank, std::chrono::duration<double> interval);

  /// Prepares for a job, and gives the state from which it goes on; empty when it begins anew.
  std::vector<std::byte> begin(std::uint64_t job);
  /// What the last checkpoint of the job said of it. \pre begin() gave a state
  const CheckpointLabel& label() const { return label_; }
  bool due() const { return Clock::now() - saved_ >= interval_; }
  /// A checkpoint that cannot be written (disk full) is reported, as is the next one that can, and costs no more than
  /// the time it would have saved.
  void save(const CheckpointLabel& label, std::span<const std::byte> state);
  /// That checkpoints have taken so far.
  double seconds() const { return seconds_; }

 private:
  CheckpointFile& file_;
  const CheckpointPlan& plan_;
  Lane own_;
  Lane* current_ = &own_;
  Lane resumed_;
  CheckpointLabel label_;
  bool said_too_large_ = false;
  bool failing_ = false;
  std::chrono::duration<double> interval_;
  Clock::time_point saved_ = Clock::now();
  double seconds_ = 0;
};

}  // namespace nxmc
