// Jobs that a condition names: to be computed again, or to be left out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/query/joined_column.hpp"

namespace nxmc {

/// \throws QueryError unless `jobs_where` understands the condition; needs no archive
void check_job_condition(const std::string& condition);

/// The jobs (rows of the archive) that fulfil a condition on the columns of the job table, and on joined ones.
/// \throws QueryError when the condition is not understood
std::vector<std::uint64_t> jobs_where(const Archive& archive, const Where& where);

/// What is left of an archive without the jobs that fulfil a condition.
struct Remainder {
  std::vector<std::string> scans;  ///< [job] those that the job stays in, joined by commas; empty: it goes
  std::uint64_t concerned = 0;     ///< jobs that leave a scan, or go
  std::vector<std::string> hints;  ///< the condition may not say what was meant
};

/// A job of several scans is asked for each of them, as if it stood in a row for each. \throws QueryError
Remainder without_jobs(const Archive& archive, const std::string& condition);

}  // namespace nxmc
