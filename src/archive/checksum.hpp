// Checksums of what changes while a campaign runs. They hash bytes, so that NaN is a value like any other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "nxmc/archive/archive.hpp"

namespace nxmc {

inline constexpr std::size_t program_version_width = 32;
inline constexpr std::size_t reason_width = 160;

/// The row of a job in /status.
struct StatusRow {
  JobStatus status;
  std::uint64_t payload_checksum = 0;
  std::uint64_t checksum = 0;
};

/// The entry of a kernel in /kernels/seals.
struct KernelSeal {
  bool sealed = false;
  int grid = 0;
  Identity digest;
  std::uint64_t checksum = 0;
};

/// Of profile and snapshots.
std::uint64_t payload_checksum(std::span<const double> profile, std::span<const std::uint8_t> snapshots);

/// Of all that a sealed row says, its payload included by its checksum. The names of the job go into it, so that a row
/// in another job's place is found out.
std::uint64_t row_checksum(Identity job, Identity observation, std::span<const double> values,
                           std::span<const double> summary, const StatusRow& row);

std::uint64_t seal_checksum(Identity kernel, const KernelSeal& seal);

}  // namespace nxmc
