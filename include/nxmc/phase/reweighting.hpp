// Averages at states that were not measured, from the samples of those that were.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "nxmc/observe/quantities.hpp"
#include "nxmc/phase/evidence.hpp"
#include "nxmc/phase/sample_set.hpp"
#include "nxmc/statistics/mbar.hpp"
#include "nxmc/statistics/series.hpp"

namespace nxmc {

/// What is averaged: the fractions of phases (those that the dimension has not are NaN), f_U_var, energy, and c and
/// c_var (NaN where the composition is fixed).
std::span<const Quantity> reweighted_quantities();

/// Below such an overlap with all samples together (MbarTarget::overlap) nothing is said of a state.
inline constexpr double least_overlap = 0.03;

/// No fraction of sites can be known worse: a larger error of independent samples says that the samples are of groups
/// of states that are not connected, and then nothing is said of a state, however near to one of them.
inline constexpr double largest_error_of_a_fraction = 0.5;

struct ReweightedPoint {
  SampledState state;
  double overlap = 0;            ///< 0 to 1; see MbarTarget
  bool connected = true;         ///< errors of fractions are below `largest_error_of_a_fraction`
  double effective_samples = 0;  ///< so many independent samples of the state itself would tell as much
  /// Split R-hat of f_U, in 3D or of f_C, where it fluctuates or of c, over the chains that it owes most to: above
  /// `largest_r_hat` they disagree, and an error bar of so few chains does not know well by how much.
  double r_hat = 0;
  /// [quantity] of reweighted_quantities(); the error is the larger of that of independent samples and that of a block
  /// bootstrap, both with how much the chains of a state scatter (autocorrelation_time_between). NaN without overlap.
  std::vector<Estimate> values;

  bool agrees() const { return !(r_hat > largest_r_hat); }
  bool overlaps() const { return connected && overlap >= least_overlap; }
};

class Reweighting {
 public:
  /// Energies of all samples in all of their states: kernels are taken from the archive, or built where it does not
  /// keep them. Takes 8 bytes for each sample and state, and about 160 for each sample.
  /// \throws ArchiveError, std::bad_alloc
  Reweighting(const Archive& archive, SampleSet samples, std::size_t threads);
  ~Reweighting();
  Reweighting(Reweighting&&) noexcept;
  Reweighting& operator=(Reweighting&&) noexcept;

  const SampleSet& samples() const;
  /// All with errors from the same resampled blocks, in at most 256 MiB more for any number of states. \throws as the
  /// constructor
  std::vector<ReweightedPoint> at(std::span<const SampledState> states);

  /// For what builds on the same samples, within this module.
  struct Impl;
  Impl& impl() { return *impl_; }

 private:
  struct Target;
  void add_points(const Mbar& mbar, std::span<const SampledState> states, std::vector<ReweightedPoint>& points);
  std::vector<double> averages(const MbarTarget& weights, const Target& target) const;
  std::vector<double> analytic_errors(const Mbar& mbar, const MbarTarget& weights, const Target& target) const;

  std::unique_ptr<Impl> impl_;
};

}  // namespace nxmc
