// Why an archive has a job: the column `reason` of queries.
#pragma once

#include "nxmc/archive/archive.hpp"
#include "nxmc/query/query.hpp"

namespace nxmc {

/// `campaign`: the file asks for it; `placed`: a point that the campaign placed itself (`refine`); `longer`: its chain
/// went on (`refine`, `until`); `before`: an earlier version of the file asked for it. Missing where this version does
/// not understand the file. \pre the archive outlives it
JoinedColumn reason_column(const Archive& archive);

}  // namespace nxmc
