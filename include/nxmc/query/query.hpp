// What `query` answers: which rows of an archive, which of their columns, averaged over what.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/query/table.hpp"

namespace nxmc {

struct Query {
  enum class Rows : std::uint8_t {
    jobs,     ///< one per job, finished or not: job scan method … numerics state, then the observables of equilibrium
              ///< jobs, each followed by its error bar, then wall_seconds, and what a whole exchange took
    times,    ///< one per finished exchange job and observation time: the job's columns, time, c, f_U1 … rms_area
    profiles  ///< one per finished job of a box and plane of it (and time, for exchange): …, time, plane, c, c_err
  };
  Rows rows = Rows::jobs;
  std::string where;                  ///< empty: all rows
  std::vector<std::string> columns;   ///< empty: all columns
  std::vector<std::string> group_by;  ///< empty: no averages
};

/// Rows come block by block: memory grows with the groups of an answer, not with the rows of an archive.
class Answer {
 public:
  /// \throws QueryError when the query is not understood; ArchiveError when the archive cannot be read
  Answer(const Archive& archive, Query query);
  ~Answer();
  Answer(Answer&&) noexcept;
  Answer& operator=(Answer&&) noexcept;

  /// What each row has, in the order asked for, without rows.
  const Table& columns() const;
  /// Calls `visit` with blocks of rows, which may have more columns, until it returns false. May be repeated: the rows
  /// are those that were there when the answer was made. \throws ArchiveError when the archive cannot be read
  void visit(const std::function<bool(const Block&)>& visit);

  // After a visit to the end (or at once where rows are averaged):
  std::vector<std::string> warnings() const;  ///< it is not what it seems: damaged rows, averages of unlike rows
  std::vector<std::string> hints() const;     ///< another query may have been meant

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// What a query can ask for: one row for each column, with its unit, the rows that have it and its meaning.
Table describe_columns(const Archive& archive);

/// \throws QueryError unless `jobs_where` understands the condition; needs no archive
void check_job_condition(const std::string& condition);

/// The jobs (rows of the archive) that fulfil a condition on the columns of the job table.
/// \throws QueryError as `answer` does
std::vector<std::uint64_t> jobs_where(const Archive& archive, const std::string& condition);

/// What is left of an archive without the jobs that fulfil a condition.
struct Remainder {
  std::vector<std::string> scans;  ///< [job] those that the job stays in, joined by commas; empty: it goes
  std::uint64_t concerned = 0;     ///< jobs that leave a scan, or go
  std::vector<std::string> hints;  ///< the condition may not say what was meant
};

/// A job of several scans is asked for each of them, as if it stood in a row for each. \throws QueryError as `answer`
Remainder without_jobs(const Archive& archive, const std::string& condition);

}  // namespace nxmc
