// XXH3-64 of what comes piece by piece.
#pragma once

#include <xxhash.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string>

namespace nxmc {

class Digest {
 public:
  Digest() : state_(XXH3_createState(), XXH3_freeState) {
    if (state_ == nullptr || XXH3_64bits_reset(state_.get()) != XXH_OK) throw std::bad_alloc();
  }
  void add_bytes(const void* bytes, std::size_t length) { XXH3_64bits_update(state_.get(), bytes, length); }
  void add(std::uint64_t number) { add_bytes(&number, sizeof number); }
  /// Its length, too.
  void add(const std::string& text) {
    add(text.size());
    add_bytes(text.data(), text.size());
  }
  std::uint64_t value() const { return XXH3_64bits_digest(state_.get()); }

 private:
  std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state_;
};

}  // namespace nxmc
