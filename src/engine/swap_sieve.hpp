// Sorts out the swaps that Metropolis would certainly reject, many at a time and without looking at V.
//
// The energy of a swap of unlike sites is g_i + g_j - 4 w V_ij (+ 4 J on a bond), where g_i = 2 w (V_ii - sigma_i h_i)
// + 2 J sigma_i sum_nb(i) sigma belongs to one site. With a bound on the last term, two numbers and the random word
// tell that almost every proposal is rejected. What remains is left to the plain rule, so that a chain with and without
// sieve is the same, bit for bit.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "nxmc/model/hamiltonian.hpp"
#include "nxmc/random/stream.hpp"

namespace nxmc {

class SwapSieve {
 public:
  /// \pre lattice and kernel of `state` outlive this; every configuration has as many A as this one
  SwapSieve(const State& state, double temperature);

  /// Reads a configuration: O(N).
  void rebuild(const State& state);
  /// Follows a swap that `state` has just made: O(N) with elastic part, O(Z) without.
  void follow(const State& state, Site i, Site j);

  /// True where following the accepted swaps costs less than the attempts that are spared.
  bool worthwhile(std::uint64_t accepted, std::uint64_t attempts) const;

  /// For each word from which a proposal would be drawn, 0 if it would certainly be rejected.
  using Flags = std::array<std::uint8_t, Stream::buffered_words>;
  /// \pre at most as many words as flags
  void sort_out(std::span<const std::uint64_t> words, Flags& open) const;

 private:
  /// Core sites that follow each other, both as sites and in the core.
  struct Run {
    Site first;
    std::uint32_t place;  ///< of the first in the core
    std::uint32_t length;
  };
  void find_runs();
  void set_elastic_costs(const State& state);
  void set_cost(const State& state, Site i);

  const Lattice* lattice_;
  double elastic_;
  double ising_;
  bool elastic_part_;
  float limit_;  // T (-ln u) plus the most that a pair gains is at most limit - slope * (bits of u as a float)
  float slope_;
  std::vector<Run> runs_;
  std::vector<std::int32_t> place_;   // [N] of a site in the core; -1 outside
  std::vector<float> self_;           // [N] 2 w V_ii; its last bit is set for A
  std::vector<float> field_of_mean_;  // [N] what published mode subtracts from phi: constant, as the mean is
  std::vector<float> cost_;           // [core] lower bound of g_i; its last bit is set for A
};

}  // namespace nxmc
