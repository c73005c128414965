#include "nxmc/engine/equilibrium_series.hpp"

#include <limits>
#include <optional>
#include <stdexcept>
#include <string>

#include "chain_state.hpp"
#include "equilibrium_state.hpp"
#include "nxmc/observe/phases.hpp"
#include "nxmc/observe/quantities.hpp"
#include "nxmc/statistics/series.hpp"

namespace nxmc {

namespace {

/// The state of a chain, as far as its series goes.
struct MeasuredState {
  int dimension;  // whose phases it has
  Ensemble ensemble;
  std::uint64_t sweeps;
  Series fractions;
};

class StrangeState : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// As EquilibriumChain::save() writes it.
MeasuredState read_state(StateReader reader) {
  const StateHeader header = get_header(reader);
  if (header.magic != equilibrium_magic && header.magic != semigrand_magic)
    throw StrangeState("is none of an equilibrium chain");
  const std::optional<int> dimension = dimension_of_phases(header.numerics);
  if (!dimension)
    throw StrangeState("is of numerics version " + std::to_string(header.numerics) +
                       ", which this program does not know: use the one that wrote it, or a newer one");
  reader.get_vector<std::uint8_t>();  // configuration
  reader.get<std::uint64_t>();        // position in the stream
  const auto sweeps = reader.get<std::uint64_t>();
  reader.get<std::uint64_t>();        // accepted attempts
  reader.get<std::uint64_t>();        // snapshots taken
  reader.get_vector<std::uint8_t>();  // snapshots
  const Ensemble ensemble = header.magic == semigrand_magic ? Ensemble::semigrand : Ensemble::canonical;
  MeasuredState state{*dimension, ensemble, sweeps, Series(fraction_components(*dimension, ensemble))};
  state.fractions.load(reader.get_measured());
  return state;
}

/// In the words of a series: those of the reader are about checkpoints.
MeasuredState measured_state(std::span<const std::uint8_t> final_state) {
  try {
    return read_state(StateReader(unpack_final_state(final_state)));
  } catch (const StrangeState&) {
    throw;
  } catch (const std::runtime_error&) {
    throw StrangeState("does not have the contents of one");
  }
}

/// The value of each of fraction_columns(), the energy and c, given the means of what the series follows.
void append_columns(std::vector<double>& values, std::span<const double> means, int dimension, Ensemble ensemble) {
  const std::span<const Phase> phases = phases_in(dimension);
  PhaseFractions fractions;
  for (std::size_t k = 0; k < phases.size(); ++k) fractions.f[static_cast<std::size_t>(phases[k])] = means[k];
  const std::vector<double> columns = values_of_columns(fractions, dimension);
  values.insert(values.end(), columns.begin(), columns.end());
  const std::size_t energy = phases.size() + 2;
  values.push_back(means[energy]);
  values.push_back(ensemble == Ensemble::semigrand ? means[energy + 1] : std::numeric_limits<double>::quiet_NaN());
}

}  // namespace

EquilibriumSeries series_of_chain(std::span<const std::uint8_t> final_state, const Schedule& schedule) {
  const MeasuredState state = measured_state(final_state);
  const std::uint64_t every = schedule.phases_every;
  const std::uint64_t measurements = every == 0 ? 0 : schedule.measured_sweeps / every;
  if (state.sweeps != schedule.equilibration_sweeps + schedule.measured_sweeps ||
      state.fractions.count() != measurements)
    throw StrangeState("is that of a chain of another length");

  const Series::Bins bins = state.fractions.in_bins();
  const std::size_t components = state.fractions.components();
  const std::size_t count = bins.means.size() / components;
  EquilibriumSeries series;
  std::uint64_t samples = 0;
  for (std::size_t b = 0; b < count; ++b) {
    const std::uint64_t length = b + 1 < count ? bins.length : bins.last;
    samples += length;
    series.sweep.push_back(schedule.equilibration_sweeps + samples * every);
    series.bin_sweeps.push_back(length * every);
    append_columns(series.values, std::span(bins.means).subspan(b * components, components), state.dimension,
                   state.ensemble);
  }
  return series;
}

}  // namespace nxmc
