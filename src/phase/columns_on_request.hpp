// Columns of queries that this module knows: made where a query names them.
#pragma once

#include <array>

namespace nxmc {

struct ColumnOnRequest {
  const char* name;
  const char* meaning;
};

inline constexpr ColumnOnRequest verdict_line{
    "verdict", "whether averages of its point can be believed: converged, one start, short or metastable"};
inline constexpr ColumnOnRequest reason_line{
    "reason",
    "why the job is there: the campaign asks for it, it was placed by 'refine', or its chain went on (longer)"};
inline constexpr std::array columns_on_request{verdict_line, reason_line};

}  // namespace nxmc
