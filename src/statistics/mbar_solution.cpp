#include "mbar_solution.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>

#include "dot.hpp"
#include "nxmc/arithmetic/exp_log.hpp"
#include "nxmc/arithmetic/processors.hpp"

namespace nxmc {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::size_t rows_at_once = 256;
constexpr std::size_t most_passes = 200;
constexpr double smallest_residual = 1e-11;  // of a state's count
constexpr double smallest_step = 1e-5;       // of a free energy; the error after a step is at most about its square

/// Samples that are looked at together: those of a part of a chunk that have a weight. Arrays over samples side by side
/// make every loop one over neighbouring numbers.
struct Block {
  std::vector<std::size_t> sample;  ///< [row]
  std::vector<double> weight;       ///< [row]
  std::vector<double> values;       ///< [state][row] energies at first
  std::vector<double> largest;      ///< [row] exponent
  std::vector<double> sum;          ///< [row] of e^(exponent - largest)

  double total_weight = 0;

  std::size_t rows() const { return sample.size(); }
  std::span<double> of_state(std::size_t k) { return std::span(values).subspan(k * rows(), rows()); }
};

void require_finite(std::span<const double> energies, std::size_t first, std::size_t states) {
  const auto is_finite = [](double u) { return std::abs(u) <= std::numeric_limits<double>::max(); };
  const auto bad = std::ranges::find_if_not(energies, is_finite);
  if (bad == energies.end()) return;
  const auto place = static_cast<std::size_t>(bad - energies.begin());
  throw std::invalid_argument("the energy of sample " + std::to_string(first + place / states) + " in state " +
                              std::to_string(place % states) + " is not finite");
}

/// Visits the samples of a chunk in blocks. \throws std::invalid_argument
template <class Visit>
void for_each_block(const MbarSamples& samples, const Chunk& chunk, Visit visit) {
  const std::size_t states = samples.states;
  std::vector<double> read(rows_at_once * states);
  Block block;
  for (std::size_t first = chunk.first; first < chunk.last; first += rows_at_once) {
    const std::size_t count = std::min(rows_at_once, chunk.last - first);
    const std::span<double> energies = std::span(read).first(count * states);
    samples.energies(first, energies);
    require_finite(energies, first, states);

    block.sample.clear();
    block.weight.clear();
    block.total_weight = 0;
    for (std::size_t n = first; n < first + count; ++n) {
      if (!(samples.weight[n] > 0)) continue;
      block.sample.push_back(n);
      block.weight.push_back(samples.weight[n]);
      block.total_weight += samples.weight[n];
    }
    block.values.resize(states * block.rows());
    for (std::size_t row = 0; row < block.rows(); ++row)
      for (std::size_t k = 0; k < states; ++k)
        block.values[k * block.rows() + row] = energies[(block.sample[row] - first) * states + k];
    visit(block);
  }
}

/// From energies to the probabilities with which a sample of this configuration is one of each state, N_k e^{f_k - u_k}
/// / D. \param log_weight  [state] f_k + ln N_k
NXMC_FOR_EACH_PROCESSOR
void to_probabilities(Block& block, std::span<const double> log_weight) {
  const std::size_t rows = block.rows();
  block.largest.assign(rows, -infinity);
  block.sum.assign(rows, 0);
  double* const largest = block.largest.data();
  double* const sum = block.sum.data();
  for (std::size_t k = 0; k < log_weight.size(); ++k) {
    double* const exponent = block.values.data() + k * rows;
    for (std::size_t row = 0; row < rows; ++row) {
      exponent[row] = log_weight[k] - exponent[row];
      largest[row] = largest[row] < exponent[row] ? exponent[row] : largest[row];
    }
  }
  for (std::size_t k = 0; k < log_weight.size(); ++k) {
    double* const term = block.values.data() + k * rows;
    for (std::size_t row = 0; row < rows; ++row) {
      term[row] = portable_exp(term[row] - largest[row]);
      sum[row] += term[row];
    }
  }
  for (std::size_t k = 0; k < log_weight.size(); ++k) {
    double* const term = block.values.data() + k * rows;
    for (std::size_t row = 0; row < rows; ++row) term[row] /= sum[row];
  }
}

/// Adds the sums of w P_i P_j, j >= i, and of w P_i. Products of what cannot change a sum of such size are left out: of
/// many states, few are near.
void add_products(Block& block, std::size_t states, std::span<double> products, std::span<double> found) {
  constexpr double negligible = 1e-18;
  std::vector<std::size_t> near;
  for (std::size_t k = 0; k < states; ++k) {
    const double here = dot(block.weight, block.of_state(k));
    found[k] += here;
    if (here > negligible * block.total_weight) near.push_back(k);
  }
  std::vector<double> weighted(block.rows());
  for (std::size_t i = 0; i < near.size(); ++i) {
    const std::span<const double> p = block.of_state(near[i]);
    for (std::size_t row = 0; row < weighted.size(); ++row) weighted[row] = block.weight[row] * p[row];
    for (std::size_t j = i; j < near.size(); ++j)
      products[near[i] * states + near[j]] += dot(weighted, block.of_state(near[j]));
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
  std::vector<double> log_weight(f.begin(), f.end());
  for (std::size_t k = 0; k < f.size(); ++k) log_weight[k] += portable_log(counts[k]);
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
    largest_.resize(samples.size());
    sum_.resize(samples.size());
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
  // D(x_n) of the last pass as sum e^largest; logarithms are taken when it was the last.
  std::vector<double> largest_;  // [sample]
  std::vector<double> sum_;      // [sample]
};

/// Free energies along a tree that joins the states (Prim), nearest first. How far two are apart is told by <u_j -
/// u_i>_i + <u_i - u_j>_j, their symmetrised relative entropy; f_j - f_i lies between <u_j - u_i>_j and <u_j - u_i>_i
/// (Gibbs and Bogoliubov), and for Gaussian energies in the middle.
std::vector<double> Solver::tree_of_nearest() const {
  const std::size_t K = states();
  std::vector<std::vector<double>> parts(number_of_chunks(samples_.size()), std::vector<double>(K * K));
  for_each_chunk(samples_.size(), threads_, [&](const Chunk& chunk) {
    for_each_block(samples_, chunk, [&](Block& block) {
      for (std::size_t k = 0; k < K; ++k) {
        const std::span<const double> energies = block.of_state(k);
        for (std::size_t row = 0; row < block.rows(); ++row)
          parts[chunk.number][samples_.state[block.sample[row]] * K + k] += block.weight[row] * energies[row];
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
    for_each_block(samples_, chunk, [&](Block& block) {
      to_probabilities(block, log_weight);
      add_products(block, K, products, found);
      for (std::size_t row = 0; row < block.rows(); ++row) {
        largest_[block.sample[row]] = block.largest[row];
        sum_[block.sample[row]] = block.sum[row];
      }
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
  solution_.log_denominators = std::move(largest_);
  for (std::size_t n = 0; n < samples_.size(); ++n)
    solution_.log_denominators[n] += samples_.weight[n] > 0 ? portable_log(sum_[n]) : infinity;
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
                                     const std::function<void(const BlockOfProbabilities&)>& visit) {
  const std::vector<double> log_weight = log_weights(solution.free_energies, solution.counts);
  for_each_block(samples, chunk, [&](Block& block) {
    to_probabilities(block, log_weight);
    visit({block.sample, block.weight, block.values});
  });
}

}  // namespace nxmc
