// Checksums of what changes while a campaign runs. They hash bytes, so that NaN is a value like any other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/engine/record.hpp"

namespace nxmc {

inline constexpr std::size_t program_version_width = 32;
inline constexpr std::size_t host_width = 64;
inline constexpr std::size_t reason_width = 160;

/// The row of a job in /status.
struct StatusRow {
  JobStatus status;
  std::uint64_t payload_checksum = 0;
  std::uint64_t checksum = 0;
};

/// The same as it stands in the file, without strings of its own.
struct StatusFields {
  std::uint8_t raw_state = 0;
  std::uint32_t generation = 0;
  std::uint32_t pieces = 0;
  double started = 0;
  double finished = 0;
  double wall_seconds = 0;
  std::int32_t numerics = 0;
  std::string_view program_version;
  std::string_view host;
  std::string_view reason;
  std::uint64_t payload_checksum = 0;
  std::uint64_t checksum = 0;
};

inline constexpr std::uint64_t seal_mark = 0x6c6165732d636d78ULL;  // "xmc-seal" as a little-endian word

/// The entry of a kernel in /kernels/seals.
struct KernelSeal {
  /// 0: nothing is known yet; seal_mark: sealed. Anything else is damage; no flipped bit turns one into the other.
  std::uint64_t mark = 0;
  std::int64_t grid = 0;
  Identity digest;
  std::uint64_t checksum = 0;
};

/// What belongs to a row and does not stand in a table: parts of a record, or of what was read.
struct PayloadView {
  std::span<const double> profile;
  std::span<const std::uint8_t> configurations;
  std::span<const std::uint8_t> final_state;
};
inline PayloadView payload_of(const Record& record) {
  return {record.profile, record.configurations, record.final_state};
}
inline std::size_t bytes_of(const PayloadView& payload) {
  return payload.profile.size_bytes() + payload.configurations.size() + payload.final_state.size();
}

std::uint64_t payload_checksum(const PayloadView& payload);

/// Of all that a sealed row says, its payload included by its checksum. The names of the job go into it, so that a row
/// in another job's place is found out.
std::uint64_t row_checksum(Identity job, Identity observation, std::span<const double> values,
                           std::span<const double> summary, const StatusRow& row);

/// The same of many rows, one after the other.
class RowChecksum {
 public:
  std::uint64_t operator()(Identity job, Identity observation, std::span<const double> values,
                           std::span<const double> summary, const StatusFields& status);

 private:
  std::vector<char> bytes_;
};

std::uint64_t seal_checksum(Identity kernel, const KernelSeal& seal);

}  // namespace nxmc
