// Chains as bytes. A state starts with what it belongs to (kind of chain, numerics version, digest of all parameters
// and of the random stream), so that it cannot be loaded into another chain. Numbers are stored as the processor has
// them: states are checkpoints, read by the same program on the same cluster.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#include "nxmc/elastic/kernel.hpp"
#include "nxmc/engine/parameters.hpp"
#include "nxmc/random/stream.hpp"

namespace nxmc {

template <class T>
concept PlainNumber = std::is_arithmetic_v<T> && !std::is_same_v<T, bool>;

class StateWriter {
 public:
  template <PlainNumber T>
  void put(T value) {
    append(&value, sizeof value);
  }
  template <PlainNumber T>
  void put(const std::vector<T>& values) {
    put(static_cast<std::uint64_t>(values.size()));
    append(values.data(), values.size() * sizeof(T));
  }
  const std::vector<std::byte>& bytes() const { return bytes_; }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  void append(const void* data, std::size_t size) {
    if (size == 0) return;
    const auto* first = static_cast<const std::byte*>(data);
    bytes_.insert(bytes_.end(), first, first + size);
  }
  std::vector<std::byte> bytes_;
};

/// Reads in the order of writing. \throws std::runtime_error where the bytes end too early or do not fit the chain
class StateReader {
 public:
  explicit StateReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  template <PlainNumber T>
  T get() {
    T value{};
    copy(&value, sizeof value);
    return value;
  }
  /// A counter that must not exceed `limit`.
  std::uint64_t get_at_most(std::uint64_t limit) {
    const auto value = get<std::uint64_t>();
    if (value > limit) fail();
    return value;
  }
  template <PlainNumber T>
  std::vector<T> get_vector() {
    const auto size = get<std::uint64_t>();
    if (size > bytes_.size() / sizeof(T)) fail();
    std::vector<T> values(size);
    copy(values.data(), values.size() * sizeof(T));
    return values;
  }
  /// A vector that must be as long as `expected`.
  template <PlainNumber T>
  std::vector<T> get_like(const std::vector<T>& expected) {
    std::vector<T> values = get_vector<T>();
    if (values.size() != expected.size()) fail();
    return values;
  }
  /// Of what was measured, or sums of it: a chain ends before it keeps numbers that are infinite.
  std::vector<double> get_measured() {
    std::vector<double> values = get_vector<double>();
    if (std::ranges::any_of(values, [](double value) { return std::isinf(value); })) fail();
    return values;
  }
  std::vector<double> get_measured_like(const std::vector<double>& expected) {
    std::vector<double> values = get_measured();
    if (values.size() != expected.size()) fail();
    return values;
  }
  /// To be called after the last number.
  void finish() const {
    if (!bytes_.empty()) fail();
  }
  /// For contents that no chain has.
  [[noreturn]] static void fail() {
    throw std::runtime_error(
        "damaged checkpoint: its contents do not fit the chain; remove it, and the job starts again");
  }

 private:
  void copy(void* to, std::size_t size) {
    if (size > bytes_.size()) fail();
    if (size != 0) std::memcpy(to, bytes_.data(), size);
    bytes_ = bytes_.subspan(size);
  }
  std::span<const std::byte> bytes_;
};

// "nxmc-eq\1", "nxmc-sgc", "nxmc-kmc", "nxmc-la2" and "nxmc-lad" as little-endian words
inline constexpr std::uint64_t equilibrium_magic = 0x0171652d636d786eULL;
inline constexpr std::uint64_t semigrand_magic = 0x6367732d636d786eULL;
inline constexpr std::uint64_t exchange_magic = 0x636d6b2d636d786eULL;
inline constexpr std::uint64_t ladder_magic = 0x32616c2d636d786eULL;
inline constexpr std::uint64_t ladder_magic_without_restarts = 0x64616c2d636d786eULL;

/// What a state starts with.
struct StateHeader {
  std::uint64_t magic = 0;
  std::int32_t numerics = numerics_version;  ///< numerics_of_state
  /// Digest of physics, kernel, random stream and schedule. How many sweeps are measured is left out: a longer chain
  /// goes on from the state of a shorter one.
  std::uint64_t parameters = 0;
};

/// \param kernel  null without elastic interaction
StateHeader state_header(const Physics& physics, const Kernel* kernel, const Schedule& schedule, const Stream& stream);
void put_header(StateWriter& writer, const StateHeader& header);
StateHeader get_header(StateReader& reader);
/// In how many dimensions there are the phases that equilibrium states of this numerics follow, those of 3D crystals,
/// too, which had the phases of 2D until numerics 4. Nothing for a version that is not known.
std::optional<int> dimension_of_phases(std::int32_t numerics);
/// \throws std::runtime_error if the state was written by another kind of chain, numerics or parameters
void check_header(StateReader& reader, const StateHeader& expected);

}  // namespace nxmc
