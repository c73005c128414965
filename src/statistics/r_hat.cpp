#include "nxmc/statistics/r_hat.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <vector>

#include "nxmc/arithmetic/exp_log.hpp"
#include "nxmc/statistics/chi_squared.hpp"

namespace nxmc {
namespace {

double polynomial(double x, std::initializer_list<double> from_highest) {
  double sum = 0;
  for (const double coefficient : from_highest) sum = sum * x + coefficient;
  return sum;
}

/// Below which a standard normal number lies with probability p, to 16 digits: algorithm AS 241, PPND16 (Wichura, Appl.
/// Statist. 37, 477, 1988). \pre 0 < p < 1
double normal_quantile(double p) {
  const double q = p - 0.5;
  if (std::abs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q *
           polynomial(r, {2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
                          13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608}) /
           polynomial(r, {5226.495278852545925, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
                          5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0});
  }
  const double tail = std::sqrt(-portable_log(q < 0 ? p : 1 - p));
  double z = 0;
  if (tail <= 5) {
    const double r = tail - 1.6;
    z = polynomial(r,
                   {7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
                    3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734}) /
        polynomial(
            r, {1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
                0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0});
  } else {
    const double r = tail - 5;
    z = polynomial(
            r, {2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
                0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772}) /
        polynomial(
            r, {2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
                0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0});
  }
  return q < 0 ? -z : z;
}

/// Normal scores of the ranks 1 … S, equal values sharing the mean of theirs: quantiles at (rank - 3/8) / (S + 1/4).
std::vector<double> normal_scores(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return values[i]; });

  std::vector<double> scores(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first;
    while (last + 1 < order.size() && values[order[last + 1]] == values[order[first]]) ++last;
    const double rank = 0.5 * static_cast<double>(first + last) + 1;
    const double score = normal_quantile((rank - 0.375) / (static_cast<double>(values.size()) + 0.25));
    for (std::size_t k = first; k <= last; ++k) scores[order[k]] = score;
    first = last + 1;
  }
  return scores;
}

std::vector<double> distances_from_median(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::ranges::sort(sorted);
  const std::size_t middle = sorted.size() / 2;  // the number of values is even: each chain has two halves
  const double median = sorted[middle - 1] + (sorted[middle] - sorted[middle - 1]) / 2;
  for (std::size_t i = 0; i < values.size(); ++i) sorted[i] = std::abs(values[i] - median);
  return sorted;
}

struct Moments {
  double mean;
  double variance;  ///< with one degree of freedom less
};

/// About the first value, so that equal values have a variance of exactly zero.
Moments moments(std::span<const double> values) {
  const auto n = static_cast<double>(values.size());
  double sum = 0;
  for (const double value : values) sum += value - values.front();
  double squares = 0;
  for (const double value : values) {
    const double deviation = value - values.front() - sum / n;
    squares += deviation * deviation;
  }
  return {values.front() + sum / n, squares / (n - 1)};
}

/// Of pieces of equal length that follow each other.
double r_hat(std::span<const double> values, std::size_t length) {
  std::vector<double> means;
  double within = 0;
  for (std::size_t first = 0; first < values.size(); first += length) {
    const Moments piece = moments(values.subspan(first, length));
    means.push_back(piece.mean);
    within += piece.variance;
  }
  within /= static_cast<double>(means.size());
  const double between = moments(means).variance;
  if (between == 0 && within == 0) return 1;
  const auto n = static_cast<double>(length);
  return std::sqrt((n - 1) / n + between / within);
}

std::vector<double> halves_of(std::span<const std::span<const double>> chains) {
  const std::size_t half = chains.front().size() / 2;
  std::vector<double> values;
  values.reserve(2 * half * chains.size());
  for (const auto chain : chains) {
    const auto first = chain.first(half);
    const auto second = chain.last(half);
    values.insert(values.end(), first.begin(), first.end());
    values.insert(values.end(), second.begin(), second.end());
  }
  return values;
}

}  // namespace

double split_r_hat(std::span<const std::span<const double>> chains) {
  assert(!chains.empty() && chains.front().size() >= 4);
  assert(std::ranges::all_of(chains, [&](auto chain) { return chain.size() == chains.front().size(); }));
  const std::vector<double> values = halves_of(chains);
  if (!std::ranges::all_of(values, [](double value) { return std::isfinite(value); }))
    return std::numeric_limits<double>::quiet_NaN();
  const std::size_t half = chains.front().size() / 2;
  const double bulk = r_hat(normal_scores(values), half);
  const double folded = r_hat(normal_scores(distances_from_median(values)), half);
  return std::max(bulk, folded);
}

double r_hat_by_chance(std::size_t chains, double independent) {
  return std::sqrt(1 + chi_squared_by_chance(2 * static_cast<double>(chains) - 1) / (independent / 2));
}

}  // namespace nxmc
