// What `nxmc plan --describe` shows.
#pragma once

#include "nxmc/query/table.hpp"

namespace nxmc {

/// The keys of a campaign file: one row for each, with what it concerns, its default, values, unit and meaning.
Table describe_keys();

}  // namespace nxmc
