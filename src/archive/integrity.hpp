// Which rows and kernels of an archive can be trusted.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tables.hpp"

namespace nxmc {

enum class RowCheck : std::uint8_t {
  unfinished,       ///< not sealed: nothing is claimed
  intact,           ///< sealed, and every checksum is right
  unknown_state,    ///< its state is no state
  damaged_results,  ///< sealed, but results or status are not what was sealed
  damaged_payload   ///< sealed, but profile or snapshots are not
};

/// True for the states that seal a row.
bool is_sealed(std::uint8_t raw_state);
/// What is no state counts as waiting: such a row claims nothing.
JobState as_state(std::uint8_t raw_state);

/// Whether values and status of a sealed row are those that were sealed; its payload is not looked at.
bool row_is_intact(const Tables& tables, std::uint64_t job, const StatusRow& row, std::span<const double> values,
                   std::span<const double> summary);
bool payload_is_intact(const Tables& tables, std::uint64_t job, const StatusRow& row);

RowCheck check_row(const Tables& tables, std::uint64_t job);
/// Checks every row of an archive, which may be being written meanwhile.
std::vector<RowCheck> check_rows(const Tables& tables);

/// The seal of a kernel, if it is known and not damaged.
std::optional<KernelSeal> intact_seal(const Tables& tables, std::size_t kernel);
/// The values of a kernel, if they are kept, known and not damaged.
std::optional<ReducedKernel> intact_kernel(const Tables& tables, std::size_t kernel);

}  // namespace nxmc
