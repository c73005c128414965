// What reweighting keeps of a set of samples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "nxmc/observe/order_parameter.hpp"
#include "nxmc/phase/reweighting.hpp"
#include "nxmc/random/stream.hpp"
#include "nxmc/statistics/block_bootstrap.hpp"
#include "nxmc/statistics/mbar.hpp"
#include "sample_energies.hpp"

namespace nxmc {

/// Resampled sets that errors are taken from.
inline constexpr std::size_t bootstrap_replicates = 100;
/// What they are drawn with: the same blocks for the same samples.
inline Stream resampling_stream() { return {0, Identity{.high = 0x6e786d632d626f6f, .low = 0x7473747261702031}}; }

struct Reweighting::Impl {
  Impl(const Archive& archive, SampleSet found, std::size_t workers);

  /// Of samples whose weights are multiplied by these.
  Mbar solve(std::span<const double> multiplicities, std::span<const double> start, std::size_t workers) const;
  void add_state(std::size_t state);
  /// [sample] NaN where the dimension does not have it, or the composition is fixed.
  std::span<const double> values_of(OrderParameter parameter) const;
  /// Whose fraction it is.
  std::size_t sites_of(OrderParameter parameter) const;
  /// [sample] of each that there is.
  std::vector<std::span<const double>> order_parameters() const;
  /// The largest split R-hat of order parameters of the states that a target owes a notable share of its weight to.
  double r_hat_of(const MbarTarget& target) const;

  SampleSet samples;
  std::size_t threads;
  SampleEnergies energies;
  std::size_t interior_sites;  ///< over which phases are counted
  /// What is counted in a configuration, [fraction_columns()][sample]; NaN where the dimension does not have it.
  std::vector<std::vector<double>> fractions;
  std::size_t united;               ///< f_U of these
  std::vector<double> composition;  ///< [sample] of the core; NaN where it is fixed
  std::vector<double> united_squares;
  std::vector<double> matrix;               ///< [sample][state] reduced energies
  std::vector<std::uint32_t> state_of;      ///< [sample]
  std::vector<double> independent_samples;  ///< [sample] 1 / (2 tau)
  std::vector<BootstrapChain> chains;
  /// [state] over its chains, the largest of its order parameters; NaN where they are too short to tell
  std::vector<double> r_hat;
};

}  // namespace nxmc
