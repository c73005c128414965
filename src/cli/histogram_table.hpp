// `nxmc diagram --histogram`: how f_U is distributed at the transitions.
#pragma once

#include <span>

#include "nxmc/phase/judged_transition.hpp"
#include "nxmc/query/table.hpp"

namespace nxmc {

/// A row for each bin. \param transitions  a row for each of `found`, whose columns that are no results are repeated
Table table_of_histograms(const Table& transitions, std::span<const JudgedTransition> found);

}  // namespace nxmc
