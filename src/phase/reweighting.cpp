#include "nxmc/phase/reweighting.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "configuration_paths.hpp"
#include "nxmc/engine/window_weights.hpp"
#include "nxmc/observe/phases.hpp"
#include "nxmc/phase/evidence.hpp"
#include "nxmc/phase/nan.hpp"
#include "nxmc/statistics/autocorrelation.hpp"
#include "nxmc/statistics/between_chains.hpp"
#include "nxmc/statistics/block_bootstrap.hpp"
#include "nxmc/statistics/mbar.hpp"
#include "reweighting_impl.hpp"
#include "sample_fractions.hpp"

namespace nxmc {

namespace {

/// The longest of some quantities, in samples; 1/2 where none ever changes.
double autocorrelation_time_of(const SampledChain& chain, const std::vector<std::span<const double>>& quantities) {
  double longest = 0.5;
  for (const std::span<const double> series : quantities) {
    const double tau = autocorrelation_time(series.subspan(chain.first, chain.count));
    if (tau > longest) longest = tau;
  }
  return longest;
}

/// Of each of its chains.
std::vector<std::span<const double>> series_of_state(const SampleSet& samples, std::size_t state,
                                                     std::span<const double> quantity) {
  std::vector<std::span<const double>> series;
  for (const SampledChain& chain : samples.chains)
    if (chain.state == state) series.push_back(quantity.subspan(chain.first, chain.count));
  return series;
}

/// The longest of some quantities; NaN where the chains of the state agree in all of them.
double autocorrelation_time_between_chains(const SampleSet& samples, std::size_t state,
                                           const std::vector<std::span<const double>>& quantities) {
  double longest = nan;
  for (const std::span<const double> quantity : quantities)
    longest = std::fmax(longest, autocorrelation_time_between(series_of_state(samples, state, quantity)));
  return longest;
}

/// The largest of some quantities.
double r_hat_of_state(const SampleSet& samples, std::size_t state,
                      const std::vector<std::span<const double>>& quantities) {
  double largest = nan;
  for (const std::span<const double> quantity : quantities)
    largest = std::fmax(largest, r_hat_of(series_of_state(samples, state, quantity)));
  return largest;
}

/// Where whole configurations are drawn, none of those that were at some state may be among them: its samples keep a
/// weight that counts for nothing.
void keep_all_states(MbarSamples& input) {
  constexpr double nothing = 1e-9;
  std::vector<double> weights(input.states);
  for (std::size_t n = 0; n < input.weight.size(); ++n) weights[input.state[n]] += input.weight[n];
  if (std::ranges::none_of(weights, [](double weight) { return weight <= 0; })) return;
  for (std::size_t n = 0; n < input.weight.size(); ++n)
    if (weights[input.state[n]] <= 0) input.weight[n] = nothing;
}

std::vector<Quantity> make_quantities() {
  std::vector<Quantity> quantities;
  for (const FractionColumn& column : fraction_columns()) quantities.push_back({column.name, "1", column.meaning});
  for (const char* name : {"f_U_var", "energy", "c", "c_var"})
    quantities.push_back(*std::ranges::find(equilibrium_columns(), name, &Quantity::name));
  return quantities;
}

}  // namespace

std::span<const Quantity> reweighted_quantities() {
  static const std::vector<Quantity> quantities = make_quantities();
  return quantities;
}

Reweighting::Impl::Impl(const Archive& archive, SampleSet found, std::size_t workers)
    : samples(std::move(found)),
      threads(workers),
      energies(archive, samples, workers),
      interior_sites(interior_of_core(energies.lattice()).size()),
      united(column_of(OrderParameter::f_U)) {
  fractions = fractions_of_samples(energies.lattice(), samples.bits, threads);
  for (const double f_u : fractions[united]) united_squares.push_back(f_u * f_u);
  composition =
      samples.composition ? std::vector(samples.samples(), nan) : core_compositions(energies.lattice(), samples.bits);
  matrix.resize(samples.samples() * samples.states.size());
  chains.resize(samples.chains.size());
  for (std::size_t k = 0; k < samples.states.size(); ++k) add_state(k);
  for (const SampledChain& chain : samples.chains)
    state_of.insert(state_of.end(), chain.count, static_cast<std::uint32_t>(chain.state));
  for (std::size_t k = 0; k < samples.states.size(); ++k)
    r_hat.push_back(r_hat_of_state(samples, k, order_parameters()));
  chains = along_configurations(samples, chains, order_parameters());
  independent_samples = independent_samples_of(chains, samples.samples());
}

std::span<const double> Reweighting::Impl::values_of(OrderParameter parameter) const {
  if (parameter == OrderParameter::c) return composition;
  return fractions[column_of(parameter)];
}

std::size_t Reweighting::Impl::sites_of(OrderParameter parameter) const {
  return parameter == OrderParameter::c ? energies.lattice().core.size() : interior_sites;
}

std::vector<std::span<const double>> Reweighting::Impl::order_parameters() const {
  std::vector<std::span<const double>> all;
  for (const OrderParameter parameter : order_parameters_of(energies.lattice().spec, samples.kind_of_composition()))
    all.push_back(values_of(parameter));
  return all;
}

/// Its column of the matrix, and what its own chains are worth: less than each of them thinks, where they disagree.
/// What rungs of ladders are worth their configurations tell.
void Reweighting::Impl::add_state(std::size_t state) {
  std::vector<double> reduced = energies.reduced(samples.states[state]);
  if (const auto& levelling = samples.states[state].levelling) {
    const std::span<const double> values = values_of(levelling->window.along);
    const std::size_t sites = sites_of(levelling->window.along);
    const WindowWeights weights(levelling->window, sites, levelling->eta);
    for (std::size_t n = 0; n < reduced.size(); ++n)
      reduced[n] -= weights.eta(std::llround(values[n] * static_cast<double>(sites)));
  }
  for (std::size_t n = 0; n < reduced.size(); ++n) matrix[n * samples.states.size() + state] = reduced[n];
  if (std::ranges::none_of(samples.chains,
                           [&](const SampledChain& chain) { return chain.state == state && !chain.ladder; }))
    return;
  std::vector<std::span<const double>> quantities = order_parameters();
  quantities.emplace_back(reduced);
  const double between = autocorrelation_time_between_chains(samples, state, quantities);
  for (std::size_t c = 0; c < chains.size(); ++c) {
    const SampledChain& chain = samples.chains[c];
    if (chain.state != state || chain.ladder) continue;
    chains[c] = {.samples = chain.count,
                 .state = state,
                 .autocorrelation_time = std::fmax(autocorrelation_time_of(chain, quantities), between)};
  }
}

double Reweighting::Impl::r_hat_of(const MbarTarget& target) const {
  constexpr double notable = 0.05;
  std::vector<double> share(samples.states.size(), 0);
  for (std::size_t n = 0; n < state_of.size(); ++n) share[state_of[n]] += target.probability[n];
  double largest = nan;
  for (std::size_t k = 0; k < share.size(); ++k)
    if (share[k] >= notable && !(r_hat[k] <= largest)) largest = r_hat[k];
  return largest;
}

Mbar Reweighting::Impl::solve(std::span<const double> multiplicities, std::span<const double> start,
                              std::size_t workers) const {
  MbarSamples input{.states = samples.states.size(),
                    .state = state_of,
                    .weight = independent_samples,
                    .energies = rows_of(matrix, samples.states.size())};
  for (std::size_t n = 0; n < input.weight.size(); ++n) input.weight[n] *= multiplicities[n];
  keep_all_states(input);
  return Mbar(std::move(input), start, workers);
}

struct Reweighting::Target {
  SampledState state;
  std::vector<double> reduced;   // [sample]
  std::vector<double> energies;  // [sample]
};

/// [quantity]
std::vector<double> Reweighting::averages(const MbarTarget& weights, const Target& target) const {
  std::vector<double> values;
  for (const std::vector<double>& fraction : impl_->fractions) values.push_back(weights.expectation(fraction));
  const double mean = values[impl_->united];
  values.push_back(std::max(weights.expectation(impl_->united_squares) - mean * mean, 0.0));
  values.push_back(weights.expectation(target.energies));
  const std::vector<double>& c = impl_->composition;
  const double mean_c = weights.expectation(c);
  values.push_back(std::min(mean_c, 1.0));  // weights add up to one but for rounding; NaN stays
  // As EquilibriumObserver has it of a chain.
  double variance = 0;
  for (std::size_t n = 0; n < c.size(); ++n) variance += weights.probability[n] * (c[n] - mean_c) * (c[n] - mean_c);
  values.push_back(variance);
  return values;
}

/// [quantity]; 0 where only the bootstrap knows one: the variance is no mean.
std::vector<double> Reweighting::analytic_errors(const Mbar& mbar, const MbarTarget& weights,
                                                 const Target& target) const {
  const std::vector<std::vector<double>>& fractions = impl_->fractions;
  std::vector<Mbar::Mean> means;
  std::vector<std::size_t> quantity;
  for (std::size_t k = 0; k < fractions.size(); ++k) {
    if (!exists_in(fraction_columns()[k], impl_->energies.lattice().dimension)) continue;
    means.push_back({&weights, fractions[k]});
    quantity.push_back(k);
  }
  const std::size_t energy = fractions.size() + 1;
  means.push_back({&weights, target.energies});
  quantity.push_back(energy);
  if (!impl_->samples.composition) {
    means.push_back({&weights, impl_->composition});
    quantity.push_back(energy + 1);
  }
  const std::vector<double> found = mbar.errors_of_means(means);
  std::vector<double> errors(reweighted_quantities().size(), 0);
  for (std::size_t k = 0; k < found.size(); ++k) errors[quantity[k]] = found[k];
  return errors;
}

Reweighting::Reweighting(const Archive& archive, SampleSet samples, std::size_t threads)
    : impl_(std::make_unique<Impl>(archive, std::move(samples), threads)) {}
Reweighting::~Reweighting() = default;
Reweighting::Reweighting(Reweighting&&) noexcept = default;
Reweighting& Reweighting::operator=(Reweighting&&) noexcept = default;

const SampleSet& Reweighting::samples() const { return impl_->samples; }

std::vector<ReweightedPoint> Reweighting::at(std::span<const SampledState> states) {
  constexpr std::size_t bytes_of_targets = std::size_t{256} << 20U;
  const std::size_t samples = impl_->samples.samples();
  const std::vector<double> ones(samples, 1);
  const Mbar mbar = impl_->solve(ones, {}, impl_->threads);
  const std::size_t at_once =
      std::max<std::size_t>(1, bytes_of_targets / (2 * sizeof(double) * std::max<std::size_t>(1, samples)));
  std::vector<ReweightedPoint> points;
  for (std::size_t first = 0; first < states.size(); first += at_once)
    add_points(mbar, states.subspan(first, std::min(at_once, states.size() - first)), points);
  return points;
}

void Reweighting::add_points(const Mbar& mbar, std::span<const SampledState> states,
                             std::vector<ReweightedPoint>& points) {
  const std::size_t quantities = reweighted_quantities().size();
  std::vector<Target> targets;  // those that the samples reach
  std::vector<std::size_t> point_of_target;
  std::vector<std::vector<double>> analytic;
  for (const SampledState& state : states) {
    Target target{state, impl_->energies.reduced(state), {}};
    const MbarTarget weights = mbar.target(target.reduced);
    points.push_back({.state = state,
                      .overlap = weights.overlap,
                      .connected = true,
                      .effective_samples = weights.effective_samples,
                      .r_hat = impl_->r_hat_of(weights),
                      .values = std::vector<Estimate>(quantities, {nan, nan})});
    if (!points.back().overlaps()) continue;
    target.energies = impl_->energies.energies(state);
    std::vector<double> errors = analytic_errors(mbar, weights, target);
    points.back().connected = std::ranges::none_of(std::span(errors).first(impl_->fractions.size()),
                                                   [](double error) { return error > largest_error_of_a_fraction; });
    if (!points.back().overlaps()) continue;
    analytic.push_back(std::move(errors));
    targets.push_back(std::move(target));
    point_of_target.push_back(points.size() - 1);
  }
  if (targets.empty()) return;

  const BlockBootstrap bootstrap(impl_->chains, bootstrap_replicates, resampling_stream());
  const Replicates found = bootstrap.derive(
      [&](std::span<const double> multiplicities) {
        const Mbar resampled = impl_->solve(multiplicities, mbar.free_energies(), 1);
        std::vector<double> values;
        for (const Target& target : targets) {
          const std::vector<double> of_target = averages(resampled.target(target.reduced), target);
          values.insert(values.end(), of_target.begin(), of_target.end());
        }
        return values;
      },
      impl_->threads);
  for (std::size_t t = 0; t < targets.size(); ++t) {
    for (std::size_t q = 0; q < quantities; ++q) {
      const std::size_t k = t * quantities + q;
      points[point_of_target[t]].values[q] = {found.value(k), std::max(found.error(k), analytic[t][q])};
    }
  }
}

}  // namespace nxmc
