// `nxmc diagram --compare-sizes`.
#pragma once

#include "commands.hpp"
#include "nxmc/phase/transition.hpp"
#include "nxmc/query/joined_column.hpp"
#include "nxmc/query/table.hpp"

namespace nxmc {

/// \pre arguments.along is an axis of transitions
ExitCode show_sizes(const Archive& archive, const Where& where, const DiagramArguments& arguments,
                    const GlobalOptions& global);
/// What it prints, without rows.
Table columns_of_sizes(LineAxis axis);

}  // namespace nxmc
