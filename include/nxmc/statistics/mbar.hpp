// What samples of several states tell about each other, and about any state that they reach: the multistate Bennett
// acceptance ratio (Shirts and Chodera, J. Chem. Phys. 129, 124105, 2008).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace nxmc {

/// Pooled samples of K states. A state k is known by its reduced energy u_k(x), the negative logarithm of its
/// probability up to a constant (energy / temperature).
struct MbarSamples {
  std::size_t states = 0;            ///< K; each of them has samples
  std::vector<std::uint32_t> state;  ///< [sample] that it was drawn from
  /// [sample] what it counts, >= 0: 1 / statistical inefficiency (1 / 2 tau), times its multiplicity in a bootstrap.
  /// Errors and overlaps take a weight of 1 for an independent sample.
  std::vector<double> weight;
  /// Writes u_k(x_n), [n][k], of the samples from `first` on into `rows`, whose length says how many. Every pass asks
  /// for the blocks anew, in any order, with several threads at the same time: nothing beyond a block for each thread
  /// and 28 bytes a sample is kept, so that it is the caller's choice whether the matrix lies in memory, in floats or
  /// in a file.
  std::function<void(std::size_t first, std::span<double> rows)> energies;

  std::size_t size() const { return state.size(); }
};

/// Reader of a matrix in memory: [sample][state], which must live as long as the result.
std::function<void(std::size_t, std::span<double>)> rows_of(std::span<const double> matrix, std::size_t states);

struct MbarSolution;

/// Another state, seen from the samples. All sums are over samples.
struct MbarTarget {
  std::vector<double> probability;  ///< [sample] sums to 1
  double free_energy = 0;           ///< reduced, relative to the first state
  /// (sum p)^2 / sum (p^2 / weight): as many independent samples of the target have means with the same errors,
  /// roughly.
  double effective_samples = 0;
  /// Effective samples per state: their number over the mean of the states' counts, at most 1. 1: as if it had been
  /// sampled itself; below 0.03 there is no overlap, and neither a number that is derived can be trusted nor its error.
  double overlap = 0;

  /// Mean of a quantity. \param values  [sample]
  double expectation(std::span<const double> values) const;
};

/// Free energies of the sampled states, and what follows from them. Results have the same bits for any number of
/// threads.
class Mbar {
 public:
  /// Solves f_k = -ln sum_n w_n e^{-u_k(x_n)} / D(x_n) with D(x) = sum_l N_l e^{f_l - u_l(x)}: Newton's method on the
  /// convex likelihood, where it lowers the gradient, and else a step of self-consistency, which never fails; from f
  /// that join the states by a tree of the nearest (f_j - f_i = half of <u_j - u_i>_i + <u_j - u_i>_j). \param start
  /// free energies to begin with, as those of the same samples with other weights; empty: none \param threads  at most
  /// as many work at a time \throws std::invalid_argument  if a state has no weight, or an energy is not finite
  explicit Mbar(MbarSamples samples, std::span<const double> start = {}, std::size_t threads = 1);

  ~Mbar();
  Mbar(Mbar&&) noexcept;
  Mbar& operator=(Mbar&&) noexcept;

  std::size_t states() const { return samples_.states; }
  /// [state] reduced, that of the first state 0.
  const std::vector<double>& free_energies() const;
  /// [state] sum of the weights of its samples.
  const std::vector<double>& counts() const;
  /// False where the states hang together so weakly that 200 passes over the samples do not suffice.
  bool converged() const;
  /// Passes that solving took.
  std::size_t passes() const;

  /// Asymptotic standard error of f_j - f_i: that of independent samples, and far too small without overlap.
  double error_of_difference(std::size_t i, std::size_t j) const;
  /// N_j sum_n w_n W_i(n) W_j(n) with W_k = e^{f_k - u_k} / D: the probability that a sample of state i would be found
  /// in state j, were its origin forgotten. Rows sum to 1. Neighbours need 0.03.
  double overlap(std::size_t i, std::size_t j) const;

  /// A state that need not have been sampled.
  /// \param energies  [sample] its reduced energies; infinite where it forbids a sample
  MbarTarget target(std::span<const double> energies) const;

  /// A mean in a target state, for its error.
  struct Mean {
    const MbarTarget* target;
    std::span<const double> values;  ///< [sample]
  };
  /// Asymptotic standard errors of means (Shirts and Chodera 2008, Eqs. 8 and 13-15), in one pass over the samples for
  /// all of them.
  std::vector<double> errors_of_means(std::span<const Mean> means) const;

 private:
  double error(double own, std::span<const double> with_states) const;

  MbarSamples samples_;
  std::size_t threads_;
  std::unique_ptr<const MbarSolution> solution_;
};

}  // namespace nxmc
