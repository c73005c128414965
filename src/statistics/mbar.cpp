#include "nxmc/statistics/mbar.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "dot.hpp"
#include "mbar_solution.hpp"
#include "nxmc/arithmetic/chunks.hpp"
#include "nxmc/arithmetic/exp_log.hpp"

namespace nxmc {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

std::function<void(std::size_t, std::span<double>)> rows_of(std::span<const double> matrix, std::size_t states) {
  return [matrix, states](std::size_t first, std::span<double> rows) {
    std::ranges::copy(matrix.subspan(first * states, rows.size()), rows.begin());
  };
}

double MbarTarget::expectation(std::span<const double> values) const {
  assert(values.size() == probability.size());
  return dot(probability, values);
}

Mbar::Mbar(MbarSamples samples, std::span<const double> start, std::size_t threads)
    : samples_(std::move(samples)), threads_(threads) {
  assert(samples_.weight.size() == samples_.size() && (start.empty() || start.size() == states()));
  solution_ = std::make_unique<const MbarSolution>(solve_mbar(samples_, start, threads));
}

Mbar::~Mbar() = default;
Mbar::Mbar(Mbar&&) noexcept = default;
Mbar& Mbar::operator=(Mbar&&) noexcept = default;

const std::vector<double>& Mbar::free_energies() const { return solution_->free_energies; }
const std::vector<double>& Mbar::counts() const { return solution_->counts; }
bool Mbar::converged() const { return solution_->converged; }
std::size_t Mbar::passes() const { return solution_->passes; }

double Mbar::overlap(std::size_t i, std::size_t j) const {
  return solution_->products[i * states() + j] / solution_->counts[i];
}

/// y^T y + d^T H^-1 d, see errors_of_means.
double Mbar::error(double own, std::span<const double> with_states) const {
  if (!solution_->hessian) return infinity;
  const std::vector<double> solved = solution_->hessian->solve(with_states);
  for (std::size_t k = 0; k < states(); ++k) own += with_states[k] * solved[k];
  return std::sqrt(std::max(own, 0.0));  // rounding can leave less than nothing
}

double Mbar::error_of_difference(std::size_t i, std::size_t j) const {
  if (i == j) return 0;
  const std::size_t K = states();
  const auto product = [&](std::size_t a, std::size_t b) {
    return solution_->products[a * K + b] / solution_->counts[a];
  };
  const double own = product(i, i) / solution_->counts[i] + product(j, j) / solution_->counts[j] -
                     2 * product(i, j) / solution_->counts[j];
  std::vector<double> with_states(K);
  for (std::size_t k = 0; k < K; ++k) with_states[k] = product(j, k) - product(i, k);
  return error(own, with_states);
}

MbarTarget Mbar::target(std::span<const double> energies) const {
  assert(energies.size() == samples_.size());
  std::vector<double> relative(energies.size());  // e^{-u} / D, of which the largest is 1
  for (std::size_t n = 0; n < relative.size(); ++n) relative[n] = -energies[n] - solution_->log_denominators[n];
  const double largest = *std::ranges::max_element(relative);

  MbarTarget target;
  target.probability.assign(energies.size(), std::numeric_limits<double>::quiet_NaN());
  target.free_energy = infinity;
  if (!(std::abs(largest) <= std::numeric_limits<double>::max())) return target;  // all samples are forbidden

  for (double& exponent : relative) exponent -= largest;
  portable_exp(relative);
  const double sum = dot(samples_.weight, relative);
  for (std::size_t n = 0; n < relative.size(); ++n) target.probability[n] = samples_.weight[n] * relative[n] / sum;
  target.free_energy = -largest - portable_log(sum);
  target.effective_samples = sum / dot(target.probability, relative);
  const double all = std::accumulate(solution_->counts.begin(), solution_->counts.end(), 0.0);
  target.overlap = std::min(target.effective_samples * static_cast<double>(states()) / all, 1.0);
  return target;
}

/// Shirts and Chodera 2008, Eq. 8, for the column y_n = p_n (A_n - <A>) / w_n of W. It is orthogonal to 1, so that the
/// pseudo-inverse becomes an inverse by Woodbury's identity: y^T y + d^T H^-1 d, with d_k = sum w y P_k of the
/// probabilities P_k(x_n) of the states.
std::vector<double> Mbar::errors_of_means(std::span<const Mean> means) const {
  const std::size_t K = states();
  std::vector<double> averages;
  averages.reserve(means.size());
  for (const Mean& mean : means) averages.push_back(mean.target->expectation(mean.values));

  // [mean] y^T y, then d
  const std::vector<double> nothing(means.size() * (K + 1));
  std::vector<std::vector<double>> parts(number_of_chunks(samples_.size()), nothing);
  for_each_chunk(samples_.size(), threads_, [&](const Chunk& chunk) {
    for_each_block_of_probabilities(samples_, *solution_, chunk, [&](const BlockOfProbabilities& block) {
      const std::size_t rows = block.sample.size();
      std::vector<double> y(rows);
      std::vector<double> y_per_weight(rows);
      for (std::size_t m = 0; m < means.size(); ++m) {
        for (std::size_t row = 0; row < rows; ++row) {
          const std::size_t n = block.sample[row];
          const double p = means[m].target->probability[n];
          y[row] = p == 0 ? 0 : p * (means[m].values[n] - averages[m]);
          y_per_weight[row] = y[row] / block.weight[row];
        }
        const std::span<double> sums = std::span(parts[chunk.number]).subspan(m * (K + 1), K + 1);
        sums[0] += dot(y, y_per_weight);
        for (std::size_t k = 0; k < K; ++k) sums[1 + k] += dot(y, block.probabilities.subspan(k * rows, rows));
      }
    });
  });
  std::vector<double> sums = nothing;
  for (const auto& part : parts) add(sums, part);
  std::vector<double> errors;
  errors.reserve(means.size());
  for (std::size_t m = 0; m < means.size(); ++m) {
    const auto of_mean = std::span<const double>(sums).subspan(m * (K + 1), K + 1);
    errors.push_back(error(of_mean[0], of_mean.last(K)));
  }
  return errors;
}

}  // namespace nxmc
