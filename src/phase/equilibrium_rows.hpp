// Averages of equilibrium chains that have results, as queries give them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cells.hpp"
#include "nxmc/archive/archive.hpp"
#include "nxmc/query/query.hpp"

namespace nxmc {

/// Of the chosen jobs, without columns and groups.
Query equilibria(const Where& where);

/// The names of both, each once.
std::vector<std::string> joined_names(std::vector<std::string> names, const std::vector<std::string>& others);

/// Calls `visit` with each average of a query that has f_U, which has to be one of its columns.
void visit_averages(const Archive& archive, const Query& query, const std::function<void(const Cells&)>& visit);

}  // namespace nxmc
