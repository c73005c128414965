#include "nxmc/phase/evidence.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "fraction_histogram.hpp"
#include "nxmc/lattice/lattice.hpp"
#include "nxmc/observe/order_parameter.hpp"
#include "nxmc/observe/phases.hpp"
#include "nxmc/observe/quantities.hpp"
#include "nxmc/phase/nan.hpp"
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

/// Whether the chains say less that is doubtful in one order parameter than in another.
bool is_less_doubtful(const PointEvidence& one, const PointEvidence& other) {
  if (one.chains_disagree() != other.chains_disagree()) return other.chains_disagree();
  return std::isnan(one.r_hat) || one.r_hat < other.r_hat;
}

/// Series of chains by order parameter, in the order of `parameters`: those of chains that have samples.
std::vector<std::vector<SampledSeries>> read_series(const Archive& archive, std::span<const std::uint64_t> jobs,
                                                    const Lattice& lattice, std::span<const OrderParameter> parameters,
                                                    std::size_t threads) {
  std::vector<std::vector<SampledSeries>> series(parameters.size());
  for (const std::uint64_t job : jobs) {
    if (!archive.has_samples(job)) continue;
    const Samples samples = archive.samples(job);
    if (samples.count == 0) continue;
    std::vector<std::vector<double>> fractions = fractions_of_samples(lattice, samples.bits, threads);
    for (std::size_t k = 0; k < parameters.size(); ++k)
      series[k].push_back({.job = job,
                           .every = samples.every,
                           .x = parameters[k] == OrderParameter::c ? core_compositions(lattice, samples.bits)
                                                                   : std::move(fractions[column_of(parameters[k])])});
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
    all.insert(all.end(), chain.x.begin(), chain.x.end());
    independent += independent_values(chain.x);
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

bool PointEvidence::chains_disagree() const {
  return !chains.empty() && r_hat > std::max(largest_r_hat, r_hat_by_chance(chains.size(), independent));
}

PointEvidence evidence_of(std::span<const SampledSeries> chains, std::size_t sites) {
  PointEvidence evidence;
  evidence.independent = std::numeric_limits<double>::infinity();
  const std::optional<Sides> sides = sides_of(chains, sites);
  std::vector<std::span<const double>> values;
  values.reserve(chains.size());
  for (const SampledSeries& one : chains) {
    values.emplace_back(one.x);
    evidence.independent = std::min(evidence.independent, independent_or_all(one.x));
    ChainEvidence& chain = evidence.chains.emplace_back();
    chain.job = one.job;
    chain.unequilibrated = static_cast<double>(one.every * equilibrated_part(one.x).discarded);
    if (sides) chain.crossings = static_cast<double>(crossings(one.x, sides->low, sides->high));
  }
  evidence.r_hat = r_hat_of(values);
  return evidence;
}

PointEvidence combined(std::span<const PointEvidence> by_order_parameter) {
  PointEvidence all = by_order_parameter.front();
  for (const PointEvidence& one : by_order_parameter.subspan(1)) {
    assert(one.chains.size() == all.chains.size());
    if (is_less_doubtful(all, one)) {
      all.r_hat = one.r_hat;
      all.independent = one.independent;
    }
    const bool fewer = !(one.crossings() >= all.crossings()) && !std::isnan(one.crossings());
    for (std::size_t n = 0; n < all.chains.size(); ++n) {
      all.chains[n].unequilibrated = std::max(all.chains[n].unequilibrated, one.chains[n].unequilibrated);
      if (fewer) all.chains[n].crossings = one.chains[n].crossings;
    }
  }
  return all;
}

namespace {

/// \pre they have windows
double least_coverage_of(const Archive& archive, std::vector<std::uint64_t> jobs) {
  const std::size_t place = equilibrium_column("coverage");
  std::ranges::sort(jobs);
  double least = 1;
  archive.visit_results(jobs, [&](std::uint64_t /*job*/, const VisitedResults* found) {
    if (found != nullptr && !(found->values[place] >= least)) least = found->values[place];
  });
  return std::isnan(least) ? 0 : least;  // no visit at all
}

}  // namespace

PointEvidence evidence_of(const Archive& archive, std::span<const std::uint64_t> jobs, std::size_t threads) {
  if (jobs.empty()) return {};
  const Physics physics = archive.physics(jobs.front());
  const Lattice lattice = make_lattice(physics.lattice);
  std::vector<OrderParameter> parameters =
      order_parameters_of(lattice.spec, is_semigrand(physics) ? CoreComposition::fluctuating : CoreComposition::fixed);
  const std::size_t interior = interior_of_core(lattice).size();
  if (interior == 0) std::erase_if(parameters, [](OrderParameter parameter) { return parameter != OrderParameter::c; });
  if (parameters.empty()) return {};
  const std::vector<std::vector<SampledSeries>> series = read_series(archive, jobs, lattice, parameters, threads);
  std::vector<PointEvidence> by_order_parameter;
  for (std::size_t k = 0; k < parameters.size(); ++k)
    by_order_parameter.push_back(
        evidence_of(series[k], parameters[k] == OrderParameter::c ? lattice.core.size() : interior));
  PointEvidence evidence = combined(by_order_parameter);
  evidence.round_trips = sum_over_ladders(archive, "round_trips", {jobs.begin(), jobs.end()});
  if (physics.window) {
    evidence.r_hat = nan;  // each has weights of its own, and another distribution
    evidence.coverage = least_coverage_of(archive, {jobs.begin(), jobs.end()});
  }
  // At a rung another configuration is in another state, and none of them need have passed between these.
  for (ChainEvidence& chain : evidence.chains)
    if (archive.physics(chain.job).exchange_every > 0) chain.crossings = nan;
  return evidence;
}

double sum_over_ladders(const Archive& archive, std::string_view column, std::vector<std::uint64_t> jobs) {
  const std::size_t place = equilibrium_column(column);
  std::ranges::sort(jobs);
  double sum = 0;
  archive.visit_results(jobs, [&](std::uint64_t /*job*/, const VisitedResults* found) {
    if (found != nullptr && !std::isnan(found->values[place])) sum += found->values[place];
  });
  return sum;
}

Verdict with_evidence(Verdict of_averages, const PointEvidence& evidence) {
  if (!std::isnan(evidence.coverage)) {
    const bool passed = evidence.coverage >= least_coverage && evidence.round_trips >= enough_round_trips;
    return passed ? of_averages : std::max(of_averages, Verdict::too_short);
  }
  if (evidence.chains_disagree()) return Verdict::metastable;
  if (evidence.r_hat > largest_r_hat) of_averages = std::max(of_averages, Verdict::too_short);
  const bool forgot = evidence.crossings() >= enough_crossings || evidence.round_trips >= enough_round_trips;
  if (of_averages == Verdict::one_start && forgot) return Verdict::converged;
  return of_averages;
}

}  // namespace nxmc
