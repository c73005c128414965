// Every rank but 0: takes jobs, works in slices, reports.
#pragma once

#include <mpi.h>

#include <chrono>
#include <cstdint>
#include <span>
#include <string>

#include "job_runner.hpp"
#include "nxmc/schedule/rhythm.hpp"
#include "work_context.hpp"

namespace nxmc {

/// Works until rank 0 says that the group is done (true) or that the run stops (false).
bool work_for_rank_0(const WorkContext& context, CrystalStore& crystals);

/// One slice of help with the ladder of another rank; false when there is nothing to do.
bool help_others(const WorkContext& context, CrystalStore& crystals);

/// Gives the processor away for an instant when there is nothing to do.
void rest();

/// The rests of a rank between two looks around.
class Rests {
 public:
  void has_worked() { worked_ = std::chrono::steady_clock::now(); }
  /// \param soon  somebody is about to say something: the first of them are as short as can be
  void rest(bool soon) const;

 private:
  std::chrono::steady_clock::time_point worked_{};
};

}  // namespace nxmc
