// The free energies of sampled states.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "cholesky.hpp"
#include "nxmc/arithmetic/chunks.hpp"
#include "nxmc/statistics/mbar.hpp"

namespace nxmc {

/// Everything belongs to the same free energies. P_k(x) = N_k e^{f_k - u_k(x)} / D(x) is the probability that a sample
/// of this configuration is one of state k.
struct MbarSolution {
  std::vector<double> counts;            ///< [state] N_k
  std::vector<double> free_energies;     ///< [state]
  std::vector<double> log_denominators;  ///< [sample] ln D(x_n); infinite where its weight is 0
  std::vector<double> products;          ///< [state][state] sum of w P_i P_j
  /// Of the negative log likelihood, its null vector lifted; nothing where states do not overlap at all.
  std::optional<Cholesky> hessian;
  std::size_t passes = 0;
  bool converged = false;
};

/// \throws std::invalid_argument as Mbar
MbarSolution solve_mbar(const MbarSamples& samples, std::span<const double> start, std::size_t threads);

/// Samples of weight > 0 that are looked at together.
struct BlockOfProbabilities {
  std::span<const std::size_t> sample;    ///< [row]
  std::span<const double> weight;         ///< [row]
  std::span<const double> probabilities;  ///< [state][row] P_k
};

/// Visits the samples of a chunk.
void for_each_block_of_probabilities(const MbarSamples& samples, const MbarSolution& solution, const Chunk& chunk,
                                     const std::function<void(const BlockOfProbabilities&)>& visit);

/// a += b
void add(std::span<double> a, std::span<const double> b);

}  // namespace nxmc
