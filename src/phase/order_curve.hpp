// An order parameter along an axis, as one solution of MBAR tells of it.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "energy_path.hpp"
#include "nxmc/observe/order_parameter.hpp"
#include "nxmc/statistics/mbar.hpp"
#include "reweighting_impl.hpp"

namespace nxmc {

/// The order parameter x of the samples, which outlive it.
struct OrderedSamples {
  OrderedSamples(const Reweighting::Impl& samples, OrderParameter of);

  std::string_view name;
  std::size_t sites;               ///< whose fraction it is
  std::span<const double> values;  ///< [sample]
  std::vector<double> squares;     ///< [sample]
};

/// \pre what it is made of outlives it
class OrderCurve {
 public:
  OrderCurve(const OrderedSamples& samples, const EnergyPath& path, const Mbar& mbar)
      : samples_(samples), path_(path), mbar_(mbar) {}

  MbarTarget at(double place) const { return mbar_.target(path_.reduced(place)); }

  double mean(double place) const { return at(place).expectation(samples_.values); }
  /// NaN without overlap.
  double variance(double place) const;
  /// binder_cumulant; NaN without overlap.
  double cumulant(double place) const;
  /// Weight of what has x above the split.
  double weight_above(double place, double split) const { return sides(at(place), split, samples_.values).weight; }

  struct Sides {
    double weight = 0;  ///< of the upper one
    double upper = 0;   ///< mean of a quantity there
    double lower = 0;
  };
  Sides sides(const MbarTarget& weights, double split, std::span<const double> quantity) const;

  const EnergyPath& path() const { return path_; }
  std::span<const double> values() const { return samples_.values; }
  std::size_t sites() const { return samples_.sites; }

 private:
  const OrderedSamples& samples_;
  const EnergyPath& path_;
  const Mbar& mbar_;
};

}  // namespace nxmc
