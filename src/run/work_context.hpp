// What every rank has at hand while it works.
#pragma once

#include <mpi.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "checkpointer.hpp"
#include "ladder_team.hpp"
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
  std::span<const std::vector<std::uint64_t>> ladders;  ///< rungs_of_ladders
  std::span<const std::uint64_t> rows;                  ///< archive row of each job of the plan
  /// Jobs that go on from the final state of a shorter chain: its row in the archive.
  const std::map<std::uint64_t, std::uint64_t>& continued;
  MPI_Comm world;
  ArchiveWriter& writer;
  Checkpointer& checkpointer;
  Origin origin;
  Timesheet& timesheet;
  MainThread& main_thread;
  LadderTeam& team;

  /// What is computed together with a job that leads: itself, or all rungs of its ladder.
  std::vector<std::uint64_t> jobs_of(std::uint64_t leader) const {
    const int ladder = plan.jobs[leader].ladder;
    return ladder < 0 ? std::vector{leader} : ladders[static_cast<std::size_t>(ladder)];
  }
  std::vector<std::uint64_t> rows_of(std::uint64_t leader) const {
    std::vector<std::uint64_t> all = jobs_of(leader);
    for (std::uint64_t& job : all) job = rows[job];
    return all;
  }
};

}  // namespace nxmc
