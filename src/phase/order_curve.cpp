#include "order_curve.hpp"

#include "nxmc/phase/nan.hpp"
#include "nxmc/statistics/binder_cumulant.hpp"

namespace nxmc {

OrderedSamples::OrderedSamples(const Reweighting::Impl& samples, OrderParameter of)
    : name(to_string(of)), sites(samples.sites_of(of)), values(samples.values_of(of)) {
  squares.reserve(values.size());
  for (const double x : values) squares.push_back(x * x);
}

double OrderCurve::variance(double place) const {
  const MbarTarget weights = at(place);
  if (weights.overlap < least_overlap) return nan;
  const double mean = weights.expectation(samples_.values);
  return weights.expectation(samples_.squares) - mean * mean;
}

double OrderCurve::cumulant(double place) const {
  const MbarTarget weights = at(place);
  return weights.overlap < least_overlap ? nan : binder_cumulant(samples_.values, weights.probability);
}

OrderCurve::Sides OrderCurve::sides(const MbarTarget& weights, double split, std::span<const double> quantity) const {
  Sides sides;
  double below = 0;
  const std::span<const double> x = samples_.values;
  for (std::size_t n = 0; n < x.size(); ++n) {
    const double p = weights.probability[n];
    (x[n] > split ? sides.weight : below) += p;
    (x[n] > split ? sides.upper : sides.lower) += p * quantity[n];
  }
  sides.upper = sides.weight > 0 ? sides.upper / sides.weight : nan;
  sides.lower = below > 0 ? sides.lower / below : nan;
  return sides;
}

}  // namespace nxmc
