#include "nxmc/phase/transition_histogram.hpp"

#include <cmath>
#include <span>
#include <vector>

#include "energy_path.hpp"
#include "fraction_histogram.hpp"
#include "nxmc/statistics/free_energy.hpp"
#include "reweighting_impl.hpp"

namespace nxmc {
namespace {

/// [bin], then [bin] again.
std::vector<double> shares_and_free_energies(const Histogram& histogram) {
  std::vector<double> values = histogram.share;
  const std::vector<double> f = free_energies(histogram);
  values.insert(values.end(), f.begin(), f.end());
  return values;
}

}  // namespace

std::optional<TransitionHistogram> histogram_at(Reweighting& reweighting, LineAxis axis, const Transition& transition) {
  const bool both_sides = !std::isnan(transition.equal_weight.mean);
  const double place = both_sides ? transition.equal_weight.mean : transition.variance_peak.mean;
  if (std::isnan(place)) return std::nullopt;
  Reweighting::Impl& samples = reweighting.impl();
  SampledState state = transition.others;
  along(state, axis) = place;
  const std::vector<double> reduced = samples.energies.reduced(state);
  const auto histogram_of = [&](const Mbar& mbar) {
    return fraction_histogram(samples.values_of(transition.of), mbar.target(reduced).probability,
                              samples.sites_of(transition.of));
  };

  const std::vector<double> ones(samples.samples.samples(), 1);
  const Mbar mbar = samples.solve(ones, {}, samples.threads);
  const BlockBootstrap bootstrap(samples.chains, bootstrap_replicates, resampling_stream());
  const Replicates found_again = bootstrap.derive(
      [&](std::span<const double> multiplicities) {
        return shares_and_free_energies(histogram_of(samples.solve(multiplicities, mbar.free_energies(), 1)));
      },
      samples.threads);
  TransitionHistogram found{.place = place,
                            .kind = both_sides ? "equal weight" : "variance peak",
                            .histogram = histogram_of(mbar),
                            .errors = {},
                            .free_energies = {}};
  const std::size_t bins = found.histogram.share.size();
  for (std::size_t bin = 0; bin < bins; ++bin) {
    found.errors.push_back(found_again.error(bin));
    found.free_energies.push_back({found_again.value(bins + bin), found_again.error(bins + bin)});
  }
  return found;
}

}  // namespace nxmc
