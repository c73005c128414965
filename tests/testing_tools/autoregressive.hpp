// Series whose mean, variance and autocorrelation are known.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace nxmc::testing_tools {

/// Stationary Gaussian AR(1) process x' = phi x + sqrt(1 - phi^2) xi with mean 0 and variance 1.
class AutoregressiveProcess {
 public:
  AutoregressiveProcess(double phi, std::uint64_t seed) : phi_(phi), engine_(seed), value_(normal_(engine_)) {}
  double next() {
    const double value = value_;
    value_ = phi_ * value_ + std::sqrt(1 - phi_ * phi_) * normal_(engine_);
    return value;
  }

 private:
  double phi_;
  std::mt19937_64 engine_;
  std::normal_distribution<double> normal_;
  double value_;
};

inline std::vector<double> autoregressive_series(double phi, int n, std::uint64_t seed) {
  AutoregressiveProcess process(phi, seed);
  std::vector<double> values(static_cast<std::size_t>(n));
  for (double& value : values) value = process.next();
  return values;
}

/// Integrated: 1/2 + sum of phi^t.
inline double true_autocorrelation_time(double phi) { return 0.5 * (1 + phi) / (1 - phi); }

}  // namespace nxmc::testing_tools
