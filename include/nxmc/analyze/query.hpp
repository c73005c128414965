// What `query` answers: which rows of an archive, which of their columns, averaged over what.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nxmc/analyze/table.hpp"
#include "nxmc/archive/archive.hpp"

namespace nxmc {

/// One row per job, finished or not: job scan method … numerics state, then the observables of equilibrium jobs, each
/// followed by its error bar, then wall_seconds, and what a whole exchange took (events, end_time).
Table job_table(const Archive& archive);

/// One row per finished exchange job and observation time: the job's columns, time, c, f_U1 … rms_area.
/// \param jobs  which rows of the job table, ascending
Table time_table(const Archive& archive, const std::vector<std::size_t>& jobs);

/// One row per finished job of a box and plane of it (and time, for exchange): the job's columns, time, plane, c,
/// c_err.
Table profile_table(const Archive& archive, const std::vector<std::size_t>& jobs);

struct Query {
  enum class Rows : std::uint8_t { jobs, times, profiles };
  Rows rows = Rows::jobs;
  std::string where;                  ///< empty: all rows
  std::vector<std::string> columns;   ///< empty: all columns
  std::vector<std::string> group_by;  ///< empty: no averages
};

struct Answer {
  Table table;
  std::vector<std::string> warnings;
};

/// \throws QueryError when the query is not understood; ArchiveError when the archive cannot be read
Answer answer(const Archive& archive, const Query& query);

/// The jobs (rows of the archive) that fulfil a condition on the columns of the job table.
/// \throws QueryError as `answer` does
std::vector<std::uint64_t> jobs_where(const Archive& archive, const std::string& condition);

}  // namespace nxmc
