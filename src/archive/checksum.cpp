// See checksum.hpp.
#include "checksum.hpp"

#include <xxhash.h>

#include <algorithm>
#include <type_traits>

#include "digest.hpp"
#include "hdf5.hpp"

namespace nxmc {

namespace {

class Hash {
 public:
  template <class T>
  Hash& add(std::span<const T> values) {
    digest_.add_bytes(values.data(), values.size_bytes());
    return *this;
  }
  template <class T>
  requires std::is_arithmetic_v<T> Hash& add(T value) { return add(std::span<const T>(&value, 1)); }
  Hash& add(Identity identity) { return add(identity.high).add(identity.low); }
  std::uint64_t value() const { return digest_.value(); }

 private:
  Digest digest_;
};

}  // namespace

std::uint64_t payload_checksum(const PayloadView& payload) {
  return Hash().add(payload.profile).add(payload.configurations).add(payload.final_state).value();
}

namespace {

/// Bytes in a row, for hashing in one go: rows are short, and there may be millions.
class Gathered {
 public:
  explicit Gathered(std::vector<char>& bytes) : bytes_(bytes) { bytes_.clear(); }
  template <class T>
  Gathered& add(std::span<const T> values) {
    return add_bytes(values.data(), values.size_bytes());
  }
  template <class T>
  requires std::is_arithmetic_v<T> Gathered& add(T value) { return add_bytes(&value, sizeof value); }
  Gathered& add(Identity identity) { return add(identity.high).add(identity.low); }
  Gathered& add(std::string_view text, std::size_t width) {
    add_bytes(text.data(), std::min(text.size(), width));
    bytes_.resize(bytes_.size() + width - std::min(text.size(), width), '\0');
    return *this;
  }

 private:
  Gathered& add_bytes(const void* data, std::size_t size) {
    const char* first = static_cast<const char*>(data);
    bytes_.insert(bytes_.end(), first, first + size);
    return *this;
  }
  std::vector<char>& bytes_;
};

}  // namespace

std::uint64_t RowChecksum::operator()(Identity job, Identity observation, std::span<const double> values,
                                      std::span<const double> summary, const StatusFields& status) {
  Gathered row(bytes_);
  row.add(job).add(observation).add(values).add(summary).add(status.payload_checksum);
  row.add(status.raw_state).add(status.generation).add(status.pieces);
  row.add(status.started).add(status.finished).add(status.wall_seconds).add(status.numerics);
  row.add(status.program_version, program_version_width).add(status.host, host_width);
  row.add(status.reason, reason_width);
  return XXH3_64bits(bytes_.data(), bytes_.size());
}

std::uint64_t row_checksum(Identity job, Identity observation, std::span<const double> values,
                           std::span<const double> summary, const StatusRow& row) {
  const JobStatus& status = row.status;
  const std::string program_version = hdf5::fixed_text(status.program_version, program_version_width);
  const std::string host = hdf5::fixed_text(status.host, host_width);
  const std::string reason = hdf5::fixed_text(status.reason, reason_width);
  return RowChecksum()(job, observation, values, summary,
                       {.raw_state = static_cast<std::uint8_t>(status.state),
                        .generation = status.generation,
                        .pieces = status.pieces,
                        .started = status.started,
                        .finished = status.finished,
                        .wall_seconds = status.wall_seconds,
                        .numerics = status.numerics,
                        .program_version = program_version,
                        .host = host,
                        .reason = reason,
                        .payload_checksum = row.payload_checksum,
                        .checksum = row.checksum});
}

std::uint64_t seal_checksum(Identity kernel, const KernelSeal& seal) {
  return Hash().add(kernel).add(seal.mark).add(seal.grid).add(seal.digest).value();
}

Identity digest(const ReducedKernelView& kernel) {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(kernel.rows.data(), kernel.rows.size() * sizeof(double),
                                                   static_cast<XXH64_hash_t>(kernel.grid));
  return {.high = hash.high64, .low = hash.low64};
}

}  // namespace nxmc
