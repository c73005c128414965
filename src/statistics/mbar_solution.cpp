#include "mbar_solution.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>

#include "nxmc/arithmetic/exp_log.hpp"
#include "nxmc/arithmetic/processors.hpp"

namespace nxmc {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::size_t rows_at_once = 256;
constexpr std::size_t most_passes = 200;
constexpr double smallest_residual = 1e-11;  // of a state's count
constexpr double smallest_step = 1e-9;       // of a free energy; the error after a step is about its square

/// Calls visit(row, energies) for the samples of a chunk; reads them block by block. \throws std::invalid_argument
template <class Visit>
void for_each_block(const MbarSamples& samples, const Chunk& chunk, Visit visit) {
  std::vector<double> rows(rows_at_once * samples.states);
  for (std::size_t first = chunk.first; first < chunk.last; first += rows_at_once) {
    const std::size_t count = std::min(rows_at_once, chunk.last - first);
    const std::span<double> block = std::span(rows).first(count * samples.states);
    samples.energies(first, block);
    const auto bad =
        std::ranges::find_if_not(block, [](double u) { return std::abs(u) <= std::numeric_limits<double>::max(); });
    if (bad != block.end()) {
      const auto place = static_cast<std::size_t>(bad - block.begin());
      throw std::invalid_argument("the energy of sample " + std::to_string(first + place / samples.states) +
                                  " in state " + std::to_string(place % samples.states) + " is not finite");
    }
    visit(first, block);
  }
}

/// From energies to the probabilities with which a sample of this configuration is one of each state, N_k e^{f_k - u_k}
/// / D. \param log_weight  [state] f_k + ln N_k \param log_denominator  [row] ln D, is written
void to_probabilities(std::span<double> rows, std::span<const double> log_weight, std::span<double> log_denominator) {
  const std::size_t states = log_weight.size();
  for (std::size_t row = 0; row < log_denominator.size(); ++row) {
    const std::span<double> energies = rows.subspan(row * states, states);
    double largest = -infinity;
    for (std::size_t k = 0; k < states; ++k) {
      energies[k] = log_weight[k] - energies[k];
      largest = std::max(largest, energies[k]);
    }
    for (double& exponent : energies) exponent -= largest;
    log_denominator[row] = largest;
  }
  portable_exp(rows);
  for (std::size_t row = 0; row < log_denominator.size(); ++row) {
    const std::span<double> terms = rows.subspan(row * states, states);
    double sum = 0;
    for (const double term : terms) sum += term;
    for (double& term : terms) term /= sum;
    log_denominator[row] += portable_log(sum);
  }
}

/// Adds weight p p^T of each row, its upper triangle. Only what can change a sum of a row's size is looked at: of many
/// states, few are near.
NXMC_FOR_EACH_PROCESSOR
void add_products(std::span<const double> rows, std::span<const double> weights, std::size_t states,
                  std::span<double> products) {
  constexpr double negligible = 1e-18;
  for (std::size_t row = 0; row < weights.size(); ++row) {
    const double* const p = &rows[row * states];
    for (std::size_t i = 0; i < states; ++i) {
      if (p[i] < negligible) continue;
      const double factor = weights[row] * p[i];
      double* const sums = &products[i * states];
      for (std::size_t j = i; j < states; ++j) sums[j] += factor * p[j];
    }
  }
}

std::vector<double> counts_of(const MbarSamples& samples) {
  std::vector<double> counts(samples.states);
  for (std::size_t n = 0; n < samples.size(); ++n) counts.at(samples.state[n]) += samples.weight[n];
  for (std::size_t k = 0; k < samples.states; ++k)
    if (!(counts[k] > 0)) throw std::invalid_argument("state " + std::to_string(k) + " has no samples");
  return counts;
}

std::vector<double> log_weights(std::span<const double> f, std::span<const double> counts) {
  std::vector<double> log_weight;
  for (std::size_t k = 0; k < f.size(); ++k) log_weight.push_back(f[k] + portable_log(counts[k]));
  return log_weight;
}

/// What one pass over the samples yields.
struct Sums {
  std::vector<double> found;     ///< [state] sum of w P_k: how many samples would be found in it; N_k when solved
  std::vector<double> products;  ///< [state][state] sum of w P_i P_j
};

class Solver {
 public:
  Solver(const MbarSamples& samples, std::size_t threads) : samples_(samples), threads_(threads) {
    solution_.counts = counts_of(samples);
    solution_.log_denominators.resize(samples.size());
  }
  std::vector<double> tree_of_nearest() const;
  MbarSolution solve(std::vector<double> f);

 private:
  std::size_t states() const { return samples_.states; }
  Sums pass(std::span<const double> f);
  std::optional<Cholesky> factorised_hessian(const Sums& sums) const;
  std::optional<double> newton_step(Sums& sums);
  void self_consistent_step(Sums& sums);
  std::vector<double> moved(std::span<const double> step, double length) const;
  double residual(const Sums& sums) const;

  const MbarSamples& samples_;
  std::size_t threads_;
  MbarSolution solution_;
};

/// Free energies along a tree that joins the states (Prim), nearest first. How far two are apart is told by <u_j -
/// u_i>_i + <u_i - u_j>_j, their symmetrised relative entropy; f_j - f_i lies between <u_j - u_i>_j and <u_j - u_i>_i
/// (Gibbs and Bogoliubov), and for Gaussian energies in the middle.
std::vector<double> Solver::tree_of_nearest() const {
  const std::size_t K = states();
  std::vector<std::vector<double>> parts(number_of_chunks(samples_.size()), std::vector<double>(K * K));
  for_each_chunk(samples_.size(), threads_, [&](const Chunk& chunk) {
    for_each_block(samples_, chunk, [&](std::size_t first, std::span<double> rows) {
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::size_t n = first + i / K;
        parts[chunk.number][samples_.state[n] * K + i % K] += samples_.weight[n] * rows[i];
      }
    });
  });
  std::vector<double> mean(K * K);  // [i][j] of u_j over the samples of i
  for (const auto& part : parts) add(mean, part);
  for (std::size_t i = 0; i < K; ++i)
    for (std::size_t j = 0; j < K; ++j) mean[i * K + j] /= solution_.counts[i];

  const auto rise = [&](std::size_t i, std::size_t j, std::size_t over) {
    return mean[over * K + j] - mean[over * K + i];
  };
  std::vector<double> f(K);
  std::vector<double> distance(K, infinity);
  std::vector<std::size_t> nearest(K);
  std::vector<bool> joined(K);
  for (std::size_t step = 0, joins = 0; step < K; ++step) {
    joined[joins] = true;
    for (std::size_t j = 0; j < K; ++j) {
      const double apart = rise(joins, j, joins) + rise(j, joins, j);
      if (joined[j] || apart >= distance[j]) continue;
      distance[j] = apart;
      nearest[j] = joins;
    }
    double least = infinity;
    const std::size_t last = joins;
    for (std::size_t j = 0; j < K; ++j) {
      if (joined[j] || distance[j] >= least) continue;
      least = distance[j];
      joins = j;
    }
    if (joins == last) break;
    const std::size_t i = nearest[joins];
    f[joins] = f[i] + (rise(i, joins, i) + rise(i, joins, joins)) / 2;
  }
  return f;
}

Sums Solver::pass(std::span<const double> f) {
  ++solution_.passes;
  const std::size_t K = states();
  const std::vector<double> log_weight = log_weights(f, solution_.counts);
  const std::vector<double> nothing(K * K + K);
  std::vector<std::vector<double>> parts(number_of_chunks(samples_.size()), nothing);  // products, then found
  for_each_chunk(samples_.size(), threads_, [&](const Chunk& chunk) {
    const std::span<double> products = std::span(parts[chunk.number]).first(K * K);
    const std::span<double> found = std::span(parts[chunk.number]).last(K);
    for_each_block(samples_, chunk, [&](std::size_t first, std::span<double> rows) {
      const std::size_t count = rows.size() / K;
      const auto weights = std::span<const double>(samples_.weight).subspan(first, count);
      to_probabilities(rows, log_weight, std::span(solution_.log_denominators).subspan(first, count));
      add_products(rows, weights, K, products);
      for (std::size_t row = 0; row < count; ++row)
        for (std::size_t k = 0; k < K; ++k) found[k] += weights[row] * rows[row * K + k];
    });
  });
  std::vector<double> sums = nothing;
  for (const auto& part : parts) add(sums, part);
  Sums result{{sums.end() - static_cast<std::ptrdiff_t>(K), sums.end()}, std::move(sums)};
  result.products.resize(K * K);
  for (std::size_t i = 0; i < K; ++i)
    for (std::size_t j = 0; j < i; ++j) result.products[i * K + j] = result.products[j * K + i];
  return result;
}

/// The Hessian of the negative log likelihood, diag(sum w p) - sum w p p^T, whose null vector (all free energies may be
/// moved together) is lifted by N N^T / (2 sum N).
std::optional<Cholesky> Solver::factorised_hessian(const Sums& sums) const {
  const std::size_t K = states();
  const double total = std::accumulate(solution_.counts.begin(), solution_.counts.end(), 0.0);
  std::vector<double> matrix(K * K);
  for (std::size_t i = 0; i < K; ++i) {
    for (std::size_t j = 0; j < K; ++j)
      matrix[i * K + j] = solution_.counts[i] * solution_.counts[j] / (2 * total) - sums.products[i * K + j];
    matrix[i * K + i] += sums.found[i];
  }
  return Cholesky::of(std::move(matrix), K);
}

/// Newton's step, and if that does not lower the largest residual, parts of it: along its direction every norm of the
/// gradient falls at first. \return how far the free energies went; nothing if nowhere
std::optional<double> Solver::newton_step(Sums& sums) {
  const std::optional<Cholesky> hessian = factorised_hessian(sums);
  if (!hessian) return std::nullopt;
  std::vector<double> step(states());
  for (std::size_t k = 0; k < states(); ++k) step[k] = solution_.counts[k] - sums.found[k];
  step = hessian->solve(step);
  double largest = 0;
  for (const double s : step) largest = std::fmax(largest, std::abs(s - step[0]));
  for (const double length : {1.0, 0.25, 0.0625}) {
    const std::vector<double> to = moved(step, length);
    Sums there = pass(to);
    if (!(residual(there) < (1 - length / 10) * residual(sums))) continue;
    solution_.free_energies = to;
    sums = std::move(there);
    return length * largest;
  }
  return std::nullopt;
}

void Solver::self_consistent_step(Sums& sums) {
  std::vector<double> step(states());
  for (std::size_t k = 0; k < states(); ++k)
    step[k] = -portable_log(std::max(sums.found[k] / solution_.counts[k], std::numeric_limits<double>::min()));
  solution_.free_energies = moved(step, 1);
  sums = pass(solution_.free_energies);
}

std::vector<double> Solver::moved(std::span<const double> step, double length) const {
  std::vector<double> to = solution_.free_energies;
  for (std::size_t k = 0; k < states(); ++k) to[k] += length * (step[k] - step[0]);
  return to;
}

/// Largest |found / N - 1|.
double Solver::residual(const Sums& sums) const {
  double largest = 0;
  for (std::size_t k = 0; k < states(); ++k)
    largest = std::fmax(largest, std::abs(sums.found[k] / solution_.counts[k] - 1));
  return largest;
}

/// Afterwards all that is kept belongs to the same free energies.
MbarSolution Solver::solve(std::vector<double> f) {
  solution_.free_energies = std::move(f);
  Sums sums = pass(solution_.free_energies);
  solution_.converged = residual(sums) < smallest_residual;
  while (!solution_.converged && solution_.passes < most_passes) {
    const std::optional<double> went = newton_step(sums);
    if (!went) self_consistent_step(sums);
    solution_.converged = residual(sums) < smallest_residual || (went && *went < smallest_step);
  }
  solution_.hessian = factorised_hessian(sums);
  solution_.products = std::move(sums.products);
  return std::move(solution_);
}

}  // namespace

void add(std::span<double> a, std::span<const double> b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
}

MbarSolution solve_mbar(const MbarSamples& samples, std::span<const double> start, std::size_t threads) {
  Solver solver(samples, threads);
  std::vector<double> f = start.empty() ? solver.tree_of_nearest() : std::vector<double>(start.begin(), start.end());
  const double origin = f.front();
  for (double& value : f) value -= origin;
  return solver.solve(std::move(f));
}

void for_each_block_of_probabilities(const MbarSamples& samples, const MbarSolution& solution, const Chunk& chunk,
                                     const std::function<void(std::size_t, std::span<const double>)>& visit) {
  const std::vector<double> log_weight = log_weights(solution.free_energies, solution.counts);
  std::vector<double> log_denominator(rows_at_once);
  for_each_block(samples, chunk, [&](std::size_t first, std::span<double> rows) {
    to_probabilities(rows, log_weight, std::span(log_denominator).first(rows.size() / samples.states));
    visit(first, rows);
  });
}

}  // namespace nxmc
