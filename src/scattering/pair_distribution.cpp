#include "nxmc/scattering/pair_distribution.hpp"

#include <cmath>
#include <numbers>

namespace nxmc {

std::vector<double> radial_distribution(const PairHistogram& histogram, const DistanceGrid& grid) {
  double electrons = 0;
  double atoms = 0;
  for (const auto& [element, number] : histogram.atoms()) {
    electrons += static_cast<double>(element) * static_cast<double>(number);
    atoms += static_cast<double>(number);
  }
  const double mean = electrons / atoms;
  std::vector<double> radial(grid.points);
  for (const auto& elements : histogram.elements()) {
    const double weight = 2.0 * elements.first * elements.second / (atoms * mean * mean * grid.step);
    for (const DistanceBin& bin : histogram.bins(elements)) {
      const auto k = static_cast<std::size_t>(bin.distance / grid.step);
      if (k < grid.points) radial[k] += weight * bin.pairs;
    }
  }
  return radial;
}

std::vector<double> reduced_pair_distribution(const Pattern& pattern, const DistanceGrid& grid, QEnd end) {
  const std::vector<double> s = structure_function(pattern);
  const double largest = pattern.grid.at(s.size() - 1);
  std::vector<double> weights;  // of sin(Qr)
  for (std::size_t k = 0; k < s.size(); ++k) {
    const double q = pattern.grid.at(k);
    const double x = std::numbers::pi * q / largest;
    const double damping = end == QEnd::sudden || x == 0 ? 1 : std::sin(x) / x;
    const double trapezoid = k == 0 || k + 1 == s.size() ? 0.5 : 1;
    weights.push_back(2 / std::numbers::pi * q * (s[k] - 1) * damping * trapezoid * pattern.grid.step);
  }
  std::vector<double> g;
  for (std::size_t i = 0; i < grid.points; ++i) {
    double sum = 0;
    for (std::size_t k = 0; k < s.size(); ++k) sum += weights[k] * std::sin(pattern.grid.at(k) * grid.at(i));
    g.push_back(sum);
  }
  return g;
}

}  // namespace nxmc
