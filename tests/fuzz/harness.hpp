// What every fuzzer here has in common. A finding is whatever ends the process: a crash, a report of a sanitizer, an
// exception that the function under test does not announce, or one of the complaints below.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <span>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace nxmc::fuzz {

/// Takes numbers and texts from an input, front to back; zeros and nothing where it has ended.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : bytes_(data, size) {}

  bool empty() const { return bytes_.empty(); }
  template <class T>
  T number() {
    T value{};
    const std::span<const std::uint8_t> taken = bytes(sizeof value);
    if (!taken.empty()) std::memcpy(&value, taken.data(), taken.size());
    return value;
  }
  /// At most so many.
  std::span<const std::uint8_t> bytes(std::size_t count) {
    const std::span<const std::uint8_t> taken = bytes_.first(std::min(count, bytes_.size()));
    bytes_ = bytes_.subspan(taken.size());
    return taken;
  }
  std::span<const std::uint8_t> rest() { return bytes(bytes_.size()); }

 private:
  std::span<const std::uint8_t> bytes_;
};

inline std::string_view text_of(std::span<const std::uint8_t> bytes) {
  return bytes.empty() ? std::string_view()
                       : std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

/// Ends the process unless `holds`.
inline void require(bool holds, std::string_view what) {
  if (holds) return;
  std::cerr << "not true: " << what << '\n';
  std::abort();
}

}  // namespace nxmc::fuzz
