#include "nxmc/scattering/debye.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <numbers>
#include <stdexcept>

#include "nxmc/arithmetic/chunks.hpp"
#include "nxmc/arithmetic/processors.hpp"
#include "nxmc/scattering/form_factor.hpp"

namespace nxmc {
namespace {

constexpr std::size_t lanes = 8;
constexpr std::size_t block = 64;  ///< points on the grid whose waves follow from each other

using Lane = std::array<double, lanes>;

/// sin(Qr) of lanes at one Q after the other: rotated by the angle that a step of Q adds.
struct Waves {
  Lane sine;
  Lane cosine;
  Lane sine_of_step;
  Lane cosine_of_step;
  Lane weight;  ///< pairs / r
};

/// Adds weight * sin(Qr) of all lanes at each Q of a block.
NXMC_FOR_EACH_PROCESSOR
void add_waves(Waves& waves, std::array<Lane, block>& sums) {
  for (Lane& sum : sums) {
    for (std::size_t l = 0; l < lanes; ++l) {
      sum[l] += waves.weight[l] * waves.sine[l];
      const double sine = waves.sine[l] * waves.cosine_of_step[l] + waves.cosine[l] * waves.sine_of_step[l];
      waves.cosine[l] = waves.cosine[l] * waves.cosine_of_step[l] - waves.sine[l] * waves.sine_of_step[l];
      waves.sine[l] = sine;
    }
  }
}

/// By how much the pairs of a bin, at places of their own in it, can differ from as many at their mean: by the first
/// order of the rounding of distances and the second of the bin's width. sin x / x has the slope cos x / x - sin x /
/// x^2 and the curvature -sin x / x - 2 cos x / x^2 + 2 sin x / x^3, which are at most 1/2 and 1/3. It grows with Q.
double largest_error(const DistanceBin& bin, double q) {
  const double inverse = 1 / std::max(q * (bin.distance - PairHistogram::bin_width), 1.0);
  const double slope = std::min(std::sqrt(1 + inverse * inverse) * inverse, 0.5);
  const double curvature =
      std::min(std::sqrt(1 + 4 * inverse * inverse) * inverse + 2 * inverse * inverse * inverse, 1.0 / 3);
  return bin.pairs * (PairHistogram::rounding * q * slope + bin.variance / 2 * q * q * curvature);
}

/// sin(Qr) / Qr has a limit at Q r = 0: there, sums are of pairs.
constexpr double smallest_product = 1e-8;

Waves waves_of(const DistanceBin* bins, std::size_t count, double q, double step_of_q) {
  Waves waves{};
  for (std::size_t l = 0; l < count; ++l) {
    const double r = std::max(bins[l].distance, smallest_product);
    waves.sine[l] = std::sin(q * r);
    waves.cosine[l] = std::cos(q * r);
    waves.sine_of_step[l] = std::sin(step_of_q * r);
    waves.cosine_of_step[l] = std::cos(step_of_q * r);
    waves.weight[l] = bins[l].pairs / r;
  }
  return waves;
}

double sum_of(const Lane& lane) {
  double sum = 0;
  for (const double value : lane) sum += value;
  return sum;
}

/// Sums over bins at the points of a block of Q, in the order of the bins; errors at the last of them hold for all.
void sum_block(const std::vector<DistanceBin>& bins, const QGrid& grid, std::size_t first, std::vector<double>& sums,
               std::vector<double>& errors) {
  const std::size_t points = std::min(block, grid.points - first);
  std::array<Lane, block> by_lane{};
  for (std::size_t bin = 0; bin < bins.size(); bin += lanes) {
    Waves waves = waves_of(&bins[bin], std::min(lanes, bins.size() - bin), grid.at(first), grid.step);
    add_waves(waves, by_lane);
  }
  double pairs = 0;
  double error = 0;
  for (const DistanceBin& bin : bins) {
    pairs += bin.pairs;
    error += largest_error(bin, grid.at(first + points - 1));
  }
  for (std::size_t k = first; k < first + points; ++k) {
    sums[k] = grid.at(k) > smallest_product ? sum_of(by_lane[k - first]) / grid.at(k) : pairs;
    errors[k] = error;
  }
}

double correction_at(double q, const BeamAndMotion& settings) {
  if (settings.correction == Correction::none) return 1;
  const double sine = q * settings.wavelength / (4 * std::numbers::pi);
  if (sine >= 1)
    throw std::invalid_argument(fmt::format("a wavelength of {} angstrom reaches Q = {:.4g} 1/angstrom only",
                                            settings.wavelength, 4 * std::numbers::pi / settings.wavelength));
  const double cosine_of_twice = 1 - 2 * sine * sine;
  const double polarisation = (1 + cosine_of_twice * cosine_of_twice) / 2;
  if (settings.correction == Correction::polarisation) return polarisation;
  if (sine == 0) throw std::invalid_argument("the Lorentz factor has no value at Q = 0");
  return 2 * polarisation / (sine * sine * std::sqrt(1 - sine * sine));
}

/// Amplitudes of the elements at one Q.
struct Amplitudes {
  std::map<int, std::complex<double>> f;  ///< of atoms at rest
  std::map<int, double> motion;           ///< exp(-B (Q / 4 pi)^2)
};

class AmplitudesOf {
 public:
  AmplitudesOf(const PairSums& sums, const BeamAndMotion& settings) : sums_(sums), settings_(settings) {
    for (const auto& [element, number] : sums.atoms)
      anomalous_[element] = settings.anomalous ? anomalous_part(element, settings.wavelength) : 0;
  }

  Amplitudes at(double q) const {
    Amplitudes amplitudes;
    const double s = q / (4 * std::numbers::pi);
    for (const auto& [element, number] : sums_.atoms) {
      const auto own = settings_.debye_wallers.find(element);
      const double b = own != settings_.debye_wallers.end() ? own->second : settings_.debye_waller;
      amplitudes.f[element] = form_factor(element, q) + anomalous_.at(element);
      amplitudes.motion[element] = std::exp(-b * s * s);
    }
    return amplitudes;
  }

 private:
  const PairSums& sums_;
  const BeamAndMotion& settings_;
  std::map<int, std::complex<double>> anomalous_;
};

}  // namespace

PairSums pair_sums(const PairHistogram& histogram, const QGrid& grid, std::size_t threads) {
  PairSums result{grid, static_cast<double>(histogram.configurations()), {}, {}, {}};
  for (const auto& [element, number] : histogram.atoms()) result.atoms[element] = static_cast<double>(number);
  for (const auto& elements : histogram.elements()) {
    const std::vector<DistanceBin> bins = histogram.bins(elements);
    std::vector<double>& sums = result.sums[elements];
    std::vector<double>& errors = result.errors[elements];
    sums.resize(grid.points);
    errors.resize(grid.points);
    in_parallel((grid.points + block - 1) / block, threads,
                [&](std::size_t k) { sum_block(bins, grid, k * block, sums, errors); });
  }
  return result;
}

Pattern debye_pattern(const PairSums& sums, const BeamAndMotion& settings) {
  Pattern pattern{sums.grid, {}, {}, {}, {}, 0};
  for (const auto& [element, number] : sums.atoms) pattern.atoms += number / sums.configurations;
  const AmplitudesOf amplitudes_of(sums, settings);
  for (std::size_t k = 0; k < sums.grid.points; ++k) {
    const double q = sums.grid.at(k);
    const Amplitudes at = amplitudes_of.at(q);
    double self = 0;
    std::complex<double> amplitude = 0;
    for (const auto& [element, number] : sums.atoms) {
      self += number * std::norm(at.f.at(element));
      amplitude += number * at.f.at(element);
    }
    double pairs = 0;
    double error = 0;
    for (const auto& [elements, sum] : sums.sums) {
      // Each pair stands for (i, j) and (j, i).
      const double weight = 2 * std::real(at.f.at(elements.first) * std::conj(at.f.at(elements.second))) *
                            at.motion.at(elements.first) * at.motion.at(elements.second);
      pairs += weight * sum[k];
      error += std::abs(weight) * sums.errors.at(elements)[k];
    }
    const double factor = correction_at(q, settings) / sums.configurations;
    pattern.intensity.push_back(factor * (self + pairs));
    pattern.error.push_back(factor * error);
    pattern.self.push_back(factor * self);
    pattern.mean_amplitude.push_back(std::norm(amplitude / (pattern.atoms * sums.configurations)));
  }
  return pattern;
}

std::vector<double> structure_function(const Pattern& pattern) {
  std::vector<double> s;
  for (std::size_t k = 0; k < pattern.intensity.size(); ++k)
    s.push_back(1 + (pattern.intensity[k] - pattern.self[k]) / (pattern.atoms * pattern.mean_amplitude[k]));
  return s;
}

}  // namespace nxmc
