// Equilibrium of a core inside a frozen shell of B by Metropolis moves, accepted with min(1, exp(-Delta E / k_BT)): at
// fixed composition swaps of any two different core sites; in contact with a reservoir every second attempt is a flip
// of one, at Delta E - delta_mu for each A more. A sweep is N_core attempts, picks of like occupants included.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "nxmc/engine/record.hpp"
#include "nxmc/engine/sampling.hpp"
#include "nxmc/random/stream.hpp"

namespace nxmc {

class EquilibriumChain {
 public:
  EquilibriumChain(const Crystal& crystal, const Physics& physics, const Schedule& schedule, const Stream& stream);
  ~EquilibriumChain();
  EquilibriumChain(EquilibriumChain&&) noexcept;
  EquilibriumChain& operator=(EquilibriumChain&&) noexcept;

  /// Does up to `sweeps` sweeps and returns how many. advance(a) then advance(b) is advance(a + b), bit for bit.
  std::uint64_t advance(std::uint64_t sweeps);
  bool finished() const;
  std::uint64_t sweeps() const;
  std::uint64_t sweeps_left() const;
  const Occupation& sigma() const;
  /// Accepted moves in the measured sweeps so far, swaps and flips.
  std::uint64_t accepted() const;

  /// -ln of the weight of its configuration in equilibrium, up to a constant of its composition. O(N).
  double reduced_energy() const;
  /// The same of another configuration with as many A, which it keeps at hand: O(N) for each site of the minority.
  double look_at(const Occupation& other);
  /// Becomes the configuration that it has looked at last. What it has measured stays. \pre there is one
  void take_over();

  /// \pre finished()
  /// \throws std::runtime_error when results leave the range of double precision
  Record record() const;

  std::vector<std::byte> save() const;
  /// \throws std::runtime_error if the bytes are not a state of a chain with these parameters
  void load(std::span<const std::byte> state);
  /// The same, but of its samples only those that it has taken since it had done so many sweeps.
  std::vector<std::byte> save_since(std::uint64_t sweeps) const;
  /// Goes on from there, with the samples that it has of these sweeps itself.
  /// \throws std::runtime_error if the bytes are not such a state; it cannot go on then
  void load_since(std::uint64_t sweeps, std::span<const std::byte> state);
  /// Goes on from Record::final_state and the samples of a chain that measured for fewer sweeps, and ends as if it had
  /// been one. \throws std::runtime_error if that chain differed in anything else
  void continue_from(std::span<const std::uint8_t> final_state, const KeptSamples& samples);

 private:
  struct Chain;
  std::unique_ptr<Chain> chain_;
};

}  // namespace nxmc
