// See checksum.hpp.
#include "checksum.hpp"

#include <xxhash.h>

#include <memory>
#include <new>
#include <type_traits>

#include "hdf5.hpp"

namespace nxmc {

namespace {

class Hash {
 public:
  Hash() : state_(XXH3_createState(), XXH3_freeState) {
    if (state_ == nullptr || XXH3_64bits_reset(state_.get()) != XXH_OK) throw std::bad_alloc();
  }
  template <class T>
  Hash& add(std::span<const T> values) {
    XXH3_64bits_update(state_.get(), values.data(), values.size_bytes());
    return *this;
  }
  template <class T>
  requires std::is_arithmetic_v<T> Hash& add(T value) { return add(std::span<const T>(&value, 1)); }
  Hash& add(Identity identity) { return add(identity.high).add(identity.low); }
  Hash& add(const std::string& text, std::size_t width) {
    const std::string fixed = hdf5::fixed_text(text, width);
    return add(std::span<const char>(fixed));
  }
  std::uint64_t value() const { return XXH3_64bits_digest(state_.get()); }

 private:
  std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state_;
};

}  // namespace

std::uint64_t payload_checksum(const PayloadView& payload) {
  return Hash().add(payload.profile).add(payload.snapshots).add(payload.final_state).value();
}

std::uint64_t row_checksum(Identity job, Identity observation, std::span<const double> values,
                           std::span<const double> summary, const StatusRow& row) {
  const JobStatus& status = row.status;
  Hash hash;
  hash.add(job).add(observation).add(values).add(summary).add(row.payload_checksum);
  hash.add(static_cast<std::uint8_t>(status.state)).add(status.generation).add(status.pieces);
  hash.add(status.started).add(status.finished).add(status.wall_seconds).add(status.numerics);
  hash.add(status.program_version, program_version_width).add(status.host, host_width);
  hash.add(status.reason, reason_width);
  return hash.value();
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
