// Errors of anything that is computed from correlated samples, by computing it again from resampled blocks of them.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "nxmc/random/stream.hpp"

namespace nxmc {

/// Samples of one chain, in their order. Chains are numbered, and their samples concatenated, as they are given, if
/// they are not numbered otherwise.
struct BootstrapChain {
  std::size_t samples = 0;
  /// Chains of one state are pooled: a block may be replaced by one of another of them. States keep their numbers of
  /// samples.
  std::size_t state = 0;
  /// Integrated, in samples: the longest of the quantities that are derived. Below 1/2 or NaN: uncorrelated.
  double autocorrelation_time = 0.5;
  /// Its samples by number, in their order; empty: those that follow the chain before. Where one chain has such a list,
  /// all have.
  std::vector<std::size_t> at{};
};

/// Derived values of the samples, and of each of the resampled sets.
class Replicates {
 public:
  /// \param values      of the samples as they are
  /// \param replicates  [replicate] as many values each
  Replicates(std::vector<double> values, std::vector<std::vector<double>> replicates);

  std::size_t size() const { return values_.size(); }
  std::size_t replicates() const { return replicates_.size(); }
  double value(std::size_t k) const { return values_[k]; }
  double replicate(std::size_t r, std::size_t k) const { return replicates_[r][k]; }

  /// Number of replicates in which value k is finite. Errors are over these alone: where some are missing, a value does
  /// not always exist, and its error is at best conditional on that.
  std::size_t finite(std::size_t k) const;
  /// Standard error: standard deviation over the replicates; NaN with fewer than 2.
  double error(std::size_t k) const;
  /// Of value k minus value j, which is not that of independent values.
  double error_of_difference(std::size_t j, std::size_t k) const;
  /// Over replicates in which both are finite.
  double covariance(std::size_t j, std::size_t k) const;

 private:
  std::vector<double> values_;
  std::vector<std::vector<double>> replicates_;
};

/// Circular block bootstrap (Politis and Romano 1992) of samples of several chains. One resampling is shared by all
/// that is derived from it, so that differences, ratios and places of extrema have right errors, too.
///
/// A set of n samples of one state, with the longest autocorrelation time tau of its chains, is made of blocks of L = 2
/// tau (n / tau)^(1/3) successive samples, single ones where tau is 1/2, that begin anywhere (a chain continues at its
/// beginning). Blocks of finite length and number make the variance of a mean too small, by 1 - (tau - 1/(4 tau)) / L
/// for exponential correlations and by 1 - L/n; so fewer blocks are drawn, and their samples weighted up to n again.
///
/// Coverage of one standard error, for AR(1) series of n = 440 tau samples: 66 to 69 % (LongBlockBootstrapCoverage).
class BlockBootstrap {
 public:
  /// \param stream  decides what is drawn: the same stream, the same replicates
  BlockBootstrap(std::span<const BootstrapChain> chains, std::size_t replicates, Stream stream);

  std::size_t samples() const { return samples_; }
  std::size_t replicates() const { return draws_.size(); }
  /// How often each sample occurs in a replicate: >= 0, no integers; their sum over a state is its number of samples.
  std::vector<double> multiplicities(std::size_t replicate) const;

  using Derive = std::function<std::vector<double>(std::span<const double> multiplicities)>;
  /// \param derive   derived values, always as many, of samples with these multiplicities; NaN where there is none.
  /// Called
  ///                 with ones first, then once for each replicate.
  /// \param threads  that call it at the same time
  Replicates derive(const Derive& derive, std::size_t threads = 1) const;

 private:
  /// Samples first … first + count - 1, counted from the beginning of the chain again where it ends.
  struct Block {
    std::size_t chain;
    std::size_t first;
    std::size_t count;
    double weight;
  };
  struct State {
    std::vector<std::size_t> chains;
    std::size_t samples = 0;
    std::size_t block_length = 0;
    std::size_t drawn = 0;  ///< samples in a replicate
  };
  void plan_blocks(State& state, double autocorrelation_time) const;
  void draw(const State& state, Stream& stream, std::vector<Block>& blocks) const;

  std::size_t number_of(std::size_t chain, std::size_t sample) const;

  std::vector<std::size_t> firsts_;           // [chain] its first sample
  std::vector<std::vector<std::size_t>> at_;  // [chain] as given
  std::vector<std::size_t> counts_;           // [chain]
  std::size_t samples_ = 0;
  std::vector<std::vector<Block>> draws_;  // [replicate]
};

}  // namespace nxmc
