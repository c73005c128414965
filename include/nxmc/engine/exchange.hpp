// Exchange dynamics: kinetic Monte Carlo in continuous time (Gillespie). Flips on boundary sites, swaps along bonds
// with unlike ends, rates k0 exp(-Delta E / 2 k_BT). Starts from all A. The state that holds at an observation time is
// the one before the event that crosses it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "nxmc/engine/record.hpp"
#include "nxmc/random/stream.hpp"

namespace nxmc {

class ExchangeChain {
 public:
  ExchangeChain(const Crystal& crystal, const Physics& physics, const Schedule& schedule, const Stream& stream);
  ~ExchangeChain();
  ExchangeChain(ExchangeChain&&) noexcept;
  ExchangeChain& operator=(ExchangeChain&&) noexcept;

  /// Executes up to `events` events and returns how many. advance(a) then advance(b) is advance(a + b), bit for bit.
  std::uint64_t advance(std::uint64_t events);
  bool finished() const;
  double time() const;
  std::uint64_t events() const;
  const Occupation& sigma() const;
  /// \pre finished()
  /// \throws std::runtime_error when results leave the range of double precision
  Record record() const;

  /// Complete state as bytes, and back: the loaded chain continues as the saved one would have, bit for bit.
  /// \throws std::runtime_error when areas, which may be measured now, leave the range of double precision
  std::vector<std::byte> save() const;
  /// \throws std::runtime_error if the bytes are not a state of a chain with these parameters
  void load(std::span<const std::byte> state);

 private:
  struct Chain;
  std::unique_ptr<Chain> chain_;
};

}  // namespace nxmc
