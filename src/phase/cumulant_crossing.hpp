// Crossings of the cumulants of two sizes.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "energy_path.hpp"
#include "nxmc/phase/reweighting.hpp"
#include "nxmc/phase/size_comparison.hpp"
#include "nxmc/phase/transition.hpp"
#include "nxmc/statistics/mbar.hpp"
#include "order_curve.hpp"
#include "reweighting_impl.hpp"

namespace nxmc {

/// Of the samples of one size, the curves of one transition.
class CurvesOfSize {
 public:
  CurvesOfSize(std::shared_ptr<Reweighting> reweighting, Transition transition, LineAxis axis);

  const Transition& transition() const { return transition_; }
  Reweighting::Impl& samples() const { return reweighting_->impl(); }
  std::string name() const;

  /// The composition parts below a temperature, as a magnet does: var c has no peak there but grows, and the cumulant
  /// goes from 0 to 2/3, without flanks.
  bool orders_below() const;

  struct Range {
    double low;
    double high;
    bool cut;  ///< by an end of what was measured, or of what samples reach
  };
  /// Round the peak of var x, where that is at least half as high; where the composition orders, all that was measured.
  /// \pre the transition has a peak, or orders_below()
  Range width();

  /// Of all samples. The first call of it or of `width` computes the energies of all samples along the axis.
  const Mbar& solution();
  /// NaN without overlap. \param mbar  solution of these samples, however weighted
  double cumulant(const Mbar& mbar, double place) const;

 private:
  double end_of_width(double end, bool& cut) const;

  std::shared_ptr<Reweighting> reweighting_;
  Transition transition_;
  LineAxis axis_;
  struct Computed {
    OrderedSamples ordered;
    EnergyPath path;
    Mbar mbar;
  };
  std::optional<Computed> computed_;
};

CumulantCrossing cross_cumulants(CurvesOfSize& smaller, CurvesOfSize& larger, std::size_t threads);

}  // namespace nxmc
