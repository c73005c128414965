// Rows of many jobs in the order of jobs, whatever tables they are in: few large transfers, memory that does not grow
// with their number.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "tables.hpp"

namespace nxmc {

/// One row as it is in the file.
struct RowInFile {
  std::uint64_t job = 0;
  const Placement& place;
  StatusFields status;
  std::span<const double> values;
  std::span<const double> summary;
  bool intact = false;  ///< sealed, and status and results are what was sealed; the payload is not looked at
};

/// Calls `visit` for each of the jobs; what it is given is valid until it returns. States are read before what they
/// vouch for. \param jobs  ascending
void visit_rows(const Tables& tables, std::span<const std::uint64_t> jobs,
                const std::function<void(const RowInFile&)>& visit);

/// The payload of a row as it is in the file.
struct PayloadInFile {
  std::uint64_t job = 0;
  const Placement& place;
  PayloadView payload;
  bool sealed = false;  ///< the row has results, and the payload is the one that was sealed
};

/// The same of payloads.
void visit_payloads(const Tables& tables, std::span<const std::uint64_t> jobs,
                    const std::function<void(const PayloadInFile&)>& visit);

}  // namespace nxmc
