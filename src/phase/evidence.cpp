#include "nxmc/phase/evidence.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "fraction_histogram.hpp"
#include "nan.hpp"
#include "nxmc/lattice/lattice.hpp"
#include "nxmc/observe/phases.hpp"
#include "nxmc/phase/order_parameter.hpp"
#include "nxmc/statistics/autocorrelation.hpp"
#include "nxmc/statistics/crossings.hpp"
#include "nxmc/statistics/equilibration.hpp"
#include "nxmc/statistics/r_hat.hpp"
#include "sample_fractions.hpp"

namespace nxmc {
namespace {

/// A series that never changes, whose autocorrelation time is not known, counts as one value: chains that sit still
/// must not make a histogram look well known.
double independent_values(std::span<const double> series) {
  const double effective = effective_samples(series);
  return std::isnan(effective) ? 1 : effective;
}

/// For R-hat the other way round: a chain that sits still beside others that do not disagrees with them, and must not
/// be excused by having few independent values.
double independent_or_all(std::span<const double> series) {
  const double effective = effective_samples(series);
  return std::isnan(effective) ? static_cast<double>(series.size()) : effective;
}

double mean_of(std::span<const double> values, double split, bool above) {
  double sum = 0;
  double count = 0;
  for (const double value : values) {
    if ((value > split) != above) continue;
    sum += value;
    count += 1;
  }
  return sum / count;
}

bool chains_disagree(const PointEvidence& point) {
  return !point.chains.empty() &&
         point.r_hat > std::max(largest_r_hat, r_hat_by_chance(point.chains.size(), point.independent));
}

std::vector<SampledSeries> read_series(const Archive& archive, std::span<const std::uint64_t> jobs,
                                       const Lattice& lattice, std::size_t threads) {
  std::vector<SampledSeries> series;
  for (const std::uint64_t job : jobs) {
    if (!archive.has_samples(job)) continue;
    const Samples samples = archive.samples(job);
    SampledSeries one{
        .job = job,
        .every = samples.every,
        .f_U = std::move(fractions_of_samples(lattice, samples.bits, threads)[column_of(OrderParameter::f_U)])};
    const bool known = !one.f_U.empty() && !std::isnan(one.f_U.front());
    if (known) series.push_back(std::move(one));
  }
  return series;
}

}  // namespace

double r_hat_of(std::span<const std::span<const double>> chains) {
  constexpr std::size_t fewest = 8;
  if (chains.empty()) return nan;
  const std::size_t shortest = std::ranges::min(chains, {}, [](const auto& chain) { return chain.size(); }).size();
  if (shortest < fewest) return nan;
  std::vector<std::span<const double>> alike;
  for (const std::span<const double> chain : chains) alike.push_back(chain.first(shortest));
  return split_r_hat(alike);
}

std::optional<Sides> sides_of(std::span<const SampledSeries> chains, std::size_t sites) {
  std::vector<double> all;
  double independent = 0;
  for (const SampledSeries& chain : chains) {
    all.insert(all.end(), chain.f_U.begin(), chain.f_U.end());
    independent += independent_values(chain.f_U);
  }
  if (all.empty()) return std::nullopt;
  const std::optional<double> valley = states_of(fraction_histogram(all, {}, sites), independent).valley;
  if (!valley) return std::nullopt;
  const double quarter = (mean_of(all, *valley, true) - mean_of(all, *valley, false)) / 4;
  return Sides{.low = *valley - quarter, .high = *valley + quarter};
}

double PointEvidence::crossings() const {
  double sum = chains.empty() ? nan : 0;
  for (const ChainEvidence& chain : chains) sum += chain.crossings;
  return sum;
}

PointEvidence evidence_of(const Archive& archive, std::span<const std::uint64_t> jobs, std::size_t threads) {
  PointEvidence evidence;
  if (jobs.empty()) return evidence;
  evidence.independent = std::numeric_limits<double>::infinity();
  const Lattice lattice = make_lattice(archive.physics(jobs.front()).lattice);
  const std::vector<SampledSeries> series = read_series(archive, jobs, lattice, threads);
  std::vector<std::span<const double>> chains;
  chains.reserve(series.size());
  for (const SampledSeries& one : series) chains.emplace_back(one.f_U);
  const std::optional<Sides> sides = sides_of(series, interior_of_core(lattice).size());
  for (const SampledSeries& one : series) {
    ChainEvidence& chain = evidence.chains.emplace_back();
    chain.job = one.job;
    evidence.independent = std::min(evidence.independent, independent_or_all(one.f_U));
    chain.unequilibrated = static_cast<double>(one.every * equilibrated_part(one.f_U).discarded);
    if (sides) chain.crossings = static_cast<double>(crossings(one.f_U, sides->low, sides->high));
  }
  evidence.r_hat = r_hat_of(chains);
  return evidence;
}

Verdict with_evidence(Verdict of_averages, const PointEvidence& evidence) {
  if (chains_disagree(evidence)) return Verdict::metastable;
  if (evidence.r_hat > largest_r_hat) of_averages = std::max(of_averages, Verdict::too_short);
  if (of_averages == Verdict::one_start && evidence.crossings() >= enough_crossings) return Verdict::converged;
  return of_averages;
}

}  // namespace nxmc
