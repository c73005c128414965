// Columns of queries that this module knows: made where a query names them.
#pragma once

#include <array>

namespace nxmc {

struct ColumnOnRequest {
  const char* name;
  const char* unit;
  const char* type;
  const char* role;
  const char* meaning;
};

inline constexpr ColumnOnRequest verdict_line{
    "verdict", "", "word", "label",
    "whether averages of its point can be believed: converged, one start, short or metastable"};
inline constexpr ColumnOnRequest reason_line{
    "reason", "", "word", "label",
    "why the job is there: the campaign asks for it, it was placed by 'refine', or its chain went on (longer)"};
inline constexpr ColumnOnRequest r_hat_line{
    "r_hat", "1", "real", "measured",
    "split R-hat of f_U along the samples of all chains of its point: above 1.05 they disagree"};
inline constexpr ColumnOnRequest crossings_line{
    "crossings", "1", "real", "measured",
    "passages between the two states of its point, from sample to sample; missing where its samples show one state"};
inline constexpr ColumnOnRequest unequilibrated_line{
    "unequilibrated", "sweeps", "real", "measured",
    "measured sweeps at the beginning of a chain that still remember its start"};
inline constexpr std::array columns_on_request{verdict_line, reason_line, r_hat_line, crossings_line,
                                               unequilibrated_line};

}  // namespace nxmc
