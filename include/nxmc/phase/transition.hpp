// Where along an axis the core turns from unstructured (f_U large) to modulated (f_U small, in 3D f_C large), or from B
// to A (c), from samples of both sides.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nxmc/campaign/line_axis.hpp"
#include "nxmc/observe/order_parameter.hpp"
#include "nxmc/phase/reweighting.hpp"

namespace nxmc {

/// By which both sides along an axis are told apart, unless another one is asked for.
OrderParameter order_parameter_along(LineAxis axis, const LatticeSpec& lattice);

/// What the histogram of the order parameter x shows where both sides weigh the same.
enum class TransitionOrder : std::uint8_t {
  none,     ///< var x has no peak within the range
  rounded,  ///< one peak: the sides cannot be told apart
  first,    ///< two peaks with a valley between them that noise does not explain
  several   ///< more than two
};
std::string_view to_string(TransitionOrder order);

/// What is looked for.
struct TransitionSought {
  LineAxis axis = LineAxis::shell_stiffness;
  std::optional<OrderParameter> of;  ///< nullopt: c along delta_mu, else f_U in 2D, f_C in 3D
  /// Of the order parameter, where the sides are told apart; nullopt: the valley of its histogram. Where that has none,
  /// what compares the sides is NaN.
  std::optional<double> split;
};

struct Transition {
  OrderParameter of = OrderParameter::f_U;  ///< x
  SampledState others;                      ///< the parameters that are not along the axis
  double low = 0;                           ///< of the measured range whose samples tell of each other
  double high = 0;
  /// The end of that range at which var x is largest; NaN where that is inside, or not known.
  double towards = std::numeric_limits<double>::quiet_NaN();
  /// The lower of two neighbouring places between which x changes more than along that range, and whose samples do not
  /// tell of each other: then nothing is said of a lesser peak. NaN where there are none.
  double unseen = std::numeric_limits<double>::quiet_NaN();
  /// The measured places that tell most about it: the two on each side, as far as there are so many.
  double from = 0;
  double to = 0;
  TransitionOrder order = TransitionOrder::none;
  /// x at which the sides are told apart; NaN where they cannot be
  double split = std::numeric_limits<double>::quiet_NaN();
  Estimate equal_weight;  ///< both sides carry 1/2; NaN where they never do
  /// The two peaks of the histogram of x are equally high (see peak_height); NaN where there are no two.
  Estimate equal_height;
  Estimate variance_peak;  ///< where var x is largest; NaN where that is at an end of the range
  Estimate peak_height;    ///< var x there
  /// Where the peaks are equally high: the free energy in the valley between them over theirs, in k_BT.
  Estimate barrier;
  Estimate lower_side;  ///< mean of x on each side at equal weight: along delta_mu the ends of a tie line
  Estimate upper_side;
  /// Where the peaks are equally high: x at which the free energy turns from convex to concave, before the valley and
  /// after it; NaN where bins there are empty.
  Estimate lower_spinodal;
  Estimate upper_spinodal;
  Estimate jump;  ///< between the two
  Estimate jump_energy;
  bool holds_for_some_only = false;  ///< of the resampled sets: so do its errors
  /// At equal weight, else at the peak of the variance; NaN where neither is known. See ReweightedPoint.
  double r_hat = std::numeric_limits<double>::quiet_NaN();
  std::uint64_t crossings = 0;  ///< of all chains, between the sides
  std::string remark;           ///< why something is missing; empty where nothing is
};

/// For each combination of the other parameters that was sampled at two places along the axis or more, in their order:
/// where samples of neighbouring places tell of each other, the most pronounced one.
/// All numbers of one transition, and their errors, come from the same resampled blocks.
/// \throws as Reweighting
std::vector<Transition> find_transitions(Reweighting& reweighting, const TransitionSought& sought);

}  // namespace nxmc
