// What every rank has at hand while it works.
#pragma once

#include <mpi.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "checkpointer.hpp"
#include "main_thread.hpp"
#include "nxmc/archive/writer.hpp"
#include "nxmc/campaign/plan.hpp"
#include "timesheet.hpp"

namespace nxmc {

/// What a row says about who computed it.
struct Origin {
  std::string program_version;
  std::string host;
};

struct WorkContext {
  const Plan& plan;
  std::span<const std::uint64_t> rows;  ///< archive row of each job of the plan
  /// Jobs that go on from the final state of a shorter chain: its row in the archive.
  const std::map<std::uint64_t, std::uint64_t>& continued;
  MPI_Comm world;
  ArchiveWriter& writer;
  Checkpointer& checkpointer;
  Origin origin;
  Timesheet& timesheet;
  MainThread& main_thread;
};

}  // namespace nxmc
