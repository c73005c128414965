#include "nxmc/scattering/reflections.hpp"

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <unsupported/Eigen/NonLinearOptimization>

namespace nxmc {
namespace {

double place(const std::array<int, 3>& hkl, double edge) {
  const int squares = hkl[0] * hkl[0] + hkl[1] * hkl[1] + hkl[2] * hkl[2];
  return 2 * std::numbers::pi * std::sqrt(squares) / edge;
}

std::size_t index_at(const QGrid& grid, double q) {
  const double k = std::round((q - grid.first) / grid.step);
  return static_cast<std::size_t>(std::clamp(k, 0.0, static_cast<double>(grid.points - 1)));
}

/// Of the parabola through three values, of which the middle one is the largest.
PeakMaximum top(const Pattern& pattern, std::size_t k) {
  const double left = pattern.intensity[k - 1];
  const double middle = pattern.intensity[k];
  const double right = pattern.intensity[k + 1];
  const double curvature = left - 2 * middle + right;
  const double shift = curvature == 0 ? 0 : (left - right) / (2 * curvature);
  return {pattern.grid.at(k) + shift * pattern.grid.step, middle + (right - left) * shift / 4};
}

/// A peak before it is fitted.
struct Guess {
  std::size_t reflection = 0;
  double q = 0;
  double height = 0;
  double width = 0;
};

/// Half height is counted from the lowest value of the window.
Guess guess_of(const Pattern& pattern, const Peak& peak, std::size_t number) {
  const std::size_t first = index_at(pattern.grid, peak.reflection.from);
  const std::size_t last = index_at(pattern.grid, peak.reflection.to);
  const auto begin = pattern.intensity.begin();
  const double lowest =
      *std::min_element(begin + static_cast<std::ptrdiff_t>(first), begin + static_cast<std::ptrdiff_t>(last) + 1);
  const double half = (peak.maximum->intensity + lowest) / 2;
  const std::size_t middle = index_at(pattern.grid, peak.maximum->q);
  std::size_t left = middle;
  std::size_t right = middle;
  while (left > 0 && pattern.intensity[left] > half) --left;
  while (right + 1 < pattern.grid.points && pattern.intensity[right] > half) ++right;
  return {number, peak.maximum->q, peak.maximum->intensity - lowest,
          static_cast<double>(right - left) * pattern.grid.step};
}

/// Parameters: background at `origin` and its slope; of each peak place, height, width, and t with eta = sin^2 t, so
/// that eta stays between 0 and 1.
struct SumOfPeaks {
  using Scalar = double;
  using InputType = Eigen::VectorXd;
  using ValueType = Eigen::VectorXd;
  using JacobianType = Eigen::MatrixXd;
  enum { InputsAtCompileTime = Eigen::Dynamic, ValuesAtCompileTime = Eigen::Dynamic };

  static constexpr Eigen::Index of_background = 2;
  static constexpr Eigen::Index of_peak = 4;

  Eigen::VectorXd q;
  Eigen::VectorXd intensity;
  double origin = 0;
  Eigen::Index peaks = 0;

  Eigen::Index inputs() const { return of_background + of_peak * peaks; }
  Eigen::Index values() const { return q.size(); }

  int operator()(const Eigen::VectorXd& p, Eigen::VectorXd& residuals) const {
    residuals = p[0] + p[1] * (q.array() - origin) - intensity.array();
    for (Eigen::Index peak = 0; peak < peaks; ++peak) {
      const auto own = p.segment<of_peak>(of_background + of_peak * peak);
      const double eta = std::pow(std::sin(own[3]), 2);
      const Eigen::ArrayXd x2 = ((q.array() - own[0]) * (2 / own[2])).square();
      residuals.array() += own[1] * (eta / (1 + x2) + (1 - eta) * (-std::numbers::ln2 * x2).exp());
    }
    return 0;
  }

  int df(const Eigen::VectorXd& p, Eigen::MatrixXd& jacobian) const {
    jacobian.col(0).setOnes();
    jacobian.col(1) = q.array() - origin;
    for (Eigen::Index peak = 0; peak < peaks; ++peak) {
      const Eigen::Index first = of_background + of_peak * peak;
      const auto own = p.segment<of_peak>(first);
      const double eta = std::pow(std::sin(own[3]), 2);
      const Eigen::ArrayXd x = (q.array() - own[0]) * (2 / own[2]);
      const Eigen::ArrayXd lorentz = 1 / (1 + x.square());
      const Eigen::ArrayXd gauss = (-std::numbers::ln2 * x.square()).exp();
      const Eigen::ArrayXd slope =
          own[1] * (eta * -2 * x * lorentz.square() + (1 - eta) * -2 * std::numbers::ln2 * x * gauss);
      jacobian.col(first) = slope * (-2 / own[2]);
      jacobian.col(first + 1) = eta * lorentz + (1 - eta) * gauss;
      jacobian.col(first + 2) = slope * -x / own[2];
      jacobian.col(first + 3) = own[1] * std::sin(2 * own[3]) * (lorentz - gauss);
    }
    return 0;
  }
};

double area_of(const PeakShape& shape) {
  const double lorentz = std::numbers::pi / 2;
  const double gauss = std::sqrt(std::numbers::pi / std::numbers::ln2) / 2;
  return shape.height * shape.width * (shape.eta * lorentz + (1 - shape.eta) * gauss);
}

bool converged(Eigen::LevenbergMarquardtSpace::Status status) {
  using namespace Eigen::LevenbergMarquardtSpace;
  return status != ImproperInputParameters && status != TooManyFunctionEvaluation && status != UserAsked;
}

constexpr double largest_misfit = 0.3;

bool describes_peak(const PeakShape& shape, const Reflection& reflection, double range) {
  return shape.q > reflection.from && shape.q < reflection.to && shape.height > 0 && shape.width > 0 &&
         shape.width < range && shape.misfit < largest_misfit;
}

void fit_together(const Pattern& pattern, std::span<const Guess> guesses, std::vector<Peak>& peaks) {
  constexpr double beyond = 2.5;  // widths
  const QGrid& grid = pattern.grid;
  const std::size_t first = index_at(grid, guesses.front().q - beyond * guesses.front().width);
  const std::size_t last = index_at(grid, guesses.back().q + beyond * guesses.back().width);
  const auto points = static_cast<Eigen::Index>(last - first + 1);

  SumOfPeaks model;
  model.peaks = static_cast<Eigen::Index>(guesses.size());
  if (points <= model.inputs()) return;
  model.q = Eigen::VectorXd::LinSpaced(points, grid.at(first), grid.at(last));
  const double scale = *std::max_element(pattern.intensity.begin() + static_cast<std::ptrdiff_t>(first),
                                         pattern.intensity.begin() + static_cast<std::ptrdiff_t>(last) + 1);
  model.intensity = Eigen::Map<const Eigen::VectorXd>(&pattern.intensity[first], points) / scale;
  model.origin = (grid.at(first) + grid.at(last)) / 2;

  Eigen::VectorXd p(model.inputs());
  p[0] = model.intensity.minCoeff();
  p[1] = 0;
  for (Eigen::Index k = 0; k < model.peaks; ++k) {
    const Guess& guess = guesses[static_cast<std::size_t>(k)];
    p.segment<SumOfPeaks::of_peak>(SumOfPeaks::of_background + SumOfPeaks::of_peak * k) << guess.q,
        guess.height / scale, guess.width, std::numbers::pi / 6;
  }
  Eigen::LevenbergMarquardt<SumOfPeaks> solver(model);
  solver.parameters.maxfev = 2000;
  if (!converged(solver.minimize(p))) return;
  const double residual = std::sqrt(solver.fvec.squaredNorm() / static_cast<double>(points));
  for (Eigen::Index k = 0; k < model.peaks; ++k) {
    const auto own = p.segment<SumOfPeaks::of_peak>(SumOfPeaks::of_background + SumOfPeaks::of_peak * k);
    PeakShape shape{own[0], scale * own[1], std::abs(own[2]), 0, std::pow(std::sin(own[3]), 2), residual / own[1]};
    shape.area = area_of(shape);
    Peak& peak = peaks[guesses[static_cast<std::size_t>(k)].reflection];
    if (describes_peak(shape, peak.reflection, grid.at(last) - grid.at(first))) peak.shape = shape;
  }
}

}  // namespace

std::string name_of(const Reflection& reflection) {
  return fmt::format("{}{}{}", reflection.hkl[0], reflection.hkl[1], reflection.hkl[2]);
}

std::vector<Reflection> fcc_reflections(double smallest_edge, double largest_edge, const QGrid& grid) {
  // The first eight; beyond, peaks of nanocrystals run into each other.
  constexpr std::array<std::array<int, 3>, 8> all{
      {{1, 1, 1}, {2, 0, 0}, {2, 2, 0}, {3, 1, 1}, {2, 2, 2}, {4, 0, 0}, {3, 3, 1}, {4, 2, 0}}};
  constexpr double margin = 0.05;
  const double mean_edge = (smallest_edge + largest_edge) / 2;
  std::vector<Reflection> reflections;
  for (std::size_t k = 0; k < all.size(); ++k) {
    Reflection reflection{all[k], place(all[k], largest_edge) * (1 - margin),
                          place(all[k], smallest_edge) * (1 + margin)};
    const double here = place(all[k], mean_edge);
    if (k > 0) reflection.from = std::max(reflection.from, (here + place(all[k - 1], mean_edge)) / 2);
    if (k + 1 < all.size()) reflection.to = std::min(reflection.to, (here + place(all[k + 1], mean_edge)) / 2);
    if (reflection.from >= grid.first && grid.points > 0 && reflection.to <= grid.at(grid.points - 1))
      reflections.push_back(reflection);
  }
  return reflections;
}

std::vector<Peak> find_peaks(const Pattern& pattern, std::span<const Reflection> reflections) {
  std::vector<Peak> peaks;
  std::vector<Guess> guesses;
  for (const Reflection& reflection : reflections) {
    Peak peak{reflection, {}, {}};
    const std::size_t first = index_at(pattern.grid, reflection.from);
    const std::size_t last = index_at(pattern.grid, reflection.to);
    const auto begin = pattern.intensity.begin();
    const auto largest = static_cast<std::size_t>(
        std::max_element(begin + static_cast<std::ptrdiff_t>(first), begin + static_cast<std::ptrdiff_t>(last) + 1) -
        begin);
    if (largest > first && largest < last) {
      peak.maximum = top(pattern, largest);
      guesses.push_back(guess_of(pattern, peak, peaks.size()));
    }
    peaks.push_back(peak);
  }
  constexpr double overlap = 6;  // widths
  for (std::size_t from = 0; from < guesses.size();) {
    std::size_t to = from + 1;
    while (to < guesses.size() && guesses[to].q - guesses[to - 1].q < overlap * guesses[to - 1].width) ++to;
    fit_together(pattern, std::span(guesses).subspan(from, to - from), peaks);
    from = to;
  }
  return peaks;
}

}  // namespace nxmc
