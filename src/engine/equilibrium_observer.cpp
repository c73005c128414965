#include "equilibrium_observer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "equilibrium_state.hpp"
#include "finite.hpp"
#include "nxmc/observe/quantities.hpp"

namespace nxmc {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
/// Variance from the means of x and of x^2; rounding must not make it negative.
double variance(double mean, double mean_square) { return std::max(mean_square - mean * mean, 0.0); }

/// Fraction of A; the shell has none.
double core_composition(const State& state) {
  const Lattice& lattice = state.lattice();
  const auto a = (static_cast<double>(lattice.sites()) + state.sum()) / 2;
  return a / static_cast<double>(lattice.core.size());
}

void append(std::vector<double>& row, const Estimate& estimate) {
  row.push_back(estimate.mean);
  row.push_back(estimate.error);
}

}  // namespace

EquilibriumObserver::EquilibriumObserver(const Crystal& crystal, const Physics& physics, const Schedule& schedule)
    : lattice_(crystal.lattice),
      ensemble_(physics.ensemble),
      phases_every_(schedule.phases_every),
      areas_every_(schedule.areas_every),
      snapshot_sweeps_(schedule.snapshot_sweeps),
      interior_(interior_of_core(*crystal.lattice)),
      sample_every_(sample_times(physics, schedule).every),
      phases_(phases_in(crystal.lattice->dimension)),
      fractions_(fraction_components(crystal.lattice->dimension, physics.ensemble)),
      pending_areas_(crystal.lattice, is_elastic(physics) && !interior_.empty() ? crystal.displacements : nullptr),
      areas_(area_components),
      planes_(std::max<std::size_t>(1, profile_planes(physics.lattice, true))),
      plane_count_(profile_planes(physics.lattice, true)) {
  const RecordShape shape = record_shape(physics, schedule);
  snapshots_.assign(shape.snapshots * shape.snapshot_bytes, 0);
  sample_bytes_ = shape.snapshot_bytes;
  samples_.assign(shape.samples * shape.snapshot_bytes, 0);
}

void EquilibriumObserver::measure(std::uint64_t measured_sweep, const State& state, const PhaseCounter* phases) {
  if (phases_every_ != 0 && measured_sweep % phases_every_ == 0) {
    measure_phases(state, phases);
    if (plane_count_ > 0) planes_.add(composition_profile(*lattice_, state.sigma(), true));
  }
  if (sample_every_ != 0 && measured_sweep % sample_every_ == 0) keep_sample(measured_sweep, state);
  if (pending_areas_.can_measure() && areas_every_ != 0 && measured_sweep % areas_every_ == 0) {
    pending_areas_.add(state.sigma());
    if (pending_areas_.full()) measure_areas();
  }
}

void EquilibriumObserver::measure_phases(const State& state, const PhaseCounter* counted) {
  const PhaseFractions fractions =
      counted != nullptr ? counted->fractions() : phase_fractions(*lattice_, state.sigma(), interior_);
  require_finite("energy", state.energy());
  require_finite("the square of energy, which its error bar needs,", state.energy() * state.energy());
  const double f_u = fractions.united();
  sample_.clear();
  for (const Phase phase : phases_) sample_.push_back(fractions.of(phase));
  sample_.insert(sample_.end(), {f_u, f_u * f_u, state.energy()});
  if (semigrand()) {
    const double c = core_composition(state);
    sample_.insert(sample_.end(), {c, c * c});
  }
  fractions_.add(sample_);
}

void EquilibriumObserver::measure_areas() {
  for (const AreaMoments& moments : pending_areas_.measure(interior_)) {
    require_finite("rms_area", moments.mean_square);
    areas_.add(std::array{moments.mean, moments.mean_square});
  }
}

void EquilibriumObserver::take_snapshot(std::uint64_t sweep, const State& state) {
  if (snapped_ == snapshot_sweeps_.size() || snapshot_sweeps_[snapped_] != sweep) return;
  const std::vector<std::uint8_t> bits = pack_bits(state.sigma());
  std::copy(bits.begin(), bits.end(), snapshots_.begin() + static_cast<std::ptrdiff_t>(snapped_ * bits.size()));
  ++snapped_;
}

std::size_t EquilibriumObserver::component_of(Phase phase) const {
  return static_cast<std::size_t>(std::ranges::find(phases_, phase) - phases_.begin());
}

Estimate EquilibriumObserver::fraction(const FractionColumn& column) const {
  if (!exists_in(column, lattice_->dimension)) return {nan, nan};
  // With its square it is followed as it is, for its variance.
  if (column.phases == std::vector{Phase::U1, Phase::U2}) return fractions_.estimate(phases_.size());
  if (column.phases.size() == 1) return fractions_.estimate(component_of(column.phases.front()));
  return fractions_.estimate([&](std::span<const double> means) {
    double sum = 0;
    for (const Phase phase : column.phases) sum += means[component_of(phase)];
    return sum;
  });
}

std::vector<double> EquilibriumObserver::values(double acceptance) const {
  const std::size_t united = phases_.size();
  const std::size_t united_squared = united + 1;
  const std::size_t energy = united + 2;
  std::vector<double> row;
  for (const FractionColumn& column : fraction_columns()) append(row, fraction(column));
  append(row, fractions_.estimate([&](std::span<const double> m) { return variance(m[united], m[united_squared]); }));
  append(row, fractions_.estimate(energy));
  if (areas_.count() == 0) {
    append(row, {nan, nan});
  } else {
    append(row, areas_.estimate([](std::span<const double> m) { return std::sqrt(variance(m[0], m[1])); }));
  }
  const std::size_t c = energy + 1;
  append(row, semigrand() ? fractions_.estimate(c) : Estimate{nan, nan});
  append(row, semigrand() ? fractions_.estimate([=](std::span<const double> m) { return variance(m[c], m[c + 1]); })
                          : Estimate{nan, nan});
  row.push_back(acceptance);
  double tau = fractions_.count() == 0 ? nan : fractions_.autocorrelation_time(united);
  if (semigrand() && fractions_.count() > 0) tau = std::fmax(tau, fractions_.autocorrelation_time(c));
  if (lattice_->periodic() && lattice_->dimension == 2 && fractions_.count() > 0)
    for (const Phase superlattice : {Phase::S1, Phase::S2})
      tau = std::fmax(tau, fractions_.autocorrelation_time(component_of(superlattice)));
  row.push_back(tau * static_cast<double>(phases_every_));
  row.resize(equilibrium_columns().size(), nan);  // what is known to a ladder, or to the weights of a window
  return row;
}

std::vector<double> EquilibriumObserver::profile() const {
  std::vector<double> result;
  for (std::size_t z = 0; z < plane_count_; ++z) {
    append(result, planes_.count() == 0 ? Estimate{nan, nan} : planes_.estimate(z));
  }
  return result;
}

void EquilibriumObserver::keep_sample(std::uint64_t measured_sweep, const State& state) {
  const std::vector<std::uint8_t> bits = pack_bits(state.sigma());
  std::ranges::copy(bits, samples_.begin() + static_cast<std::ptrdiff_t>(bytes_of_samples(measured_sweep - 1)));
}

std::size_t EquilibriumObserver::bytes_of_samples(std::uint64_t measured_sweeps) const {
  return sample_every_ == 0 ? 0 : measured_sweeps / sample_every_ * sample_bytes_;
}

std::vector<std::uint8_t> EquilibriumObserver::configurations() const {
  std::vector<std::uint8_t> all = snapshots_;
  all.insert(all.end(), samples_.begin(), samples_.end());
  return all;
}

void EquilibriumObserver::save_samples(StateWriter& writer, std::uint64_t measured_sweeps) const {
  if (sample_every_ == 0) return;
  writer.put(sample_every_);
  const auto taken = static_cast<std::ptrdiff_t>(bytes_of_samples(measured_sweeps));
  writer.put(std::vector(samples_.begin(), samples_.begin() + taken));
}

void EquilibriumObserver::load_samples(StateReader& reader, std::uint64_t measured_sweeps) {
  if (sample_every_ == 0) return;
  const auto every = reader.get<std::uint64_t>();
  const auto bits = reader.get_vector<std::uint8_t>();
  adopt_samples({every, bits}, measured_sweeps);
}

void EquilibriumObserver::save_samples_since(StateWriter& writer, std::uint64_t earlier,
                                             std::uint64_t measured_sweeps) const {
  const auto begin = samples_.begin() + static_cast<std::ptrdiff_t>(bytes_of_samples(earlier));
  const auto end = samples_.begin() + static_cast<std::ptrdiff_t>(bytes_of_samples(measured_sweeps));
  writer.put(std::vector(begin, end));
}

void EquilibriumObserver::load_samples_since(StateReader& reader, std::uint64_t earlier,
                                             std::uint64_t measured_sweeps) {
  const auto bits = reader.get_vector<std::uint8_t>();
  const std::size_t begin = bytes_of_samples(earlier);
  if (begin + bits.size() != bytes_of_samples(measured_sweeps)) StateReader::fail();
  std::ranges::copy(bits, samples_.begin() + static_cast<std::ptrdiff_t>(begin));
}

void EquilibriumObserver::adopt_samples(const KeptSamples& earlier, std::uint64_t measured_sweeps) {
  if (sample_every_ == 0 || measured_sweeps < sample_every_) return;
  if (earlier.every == 0 || sample_every_ % earlier.every != 0 ||
      earlier.bits.size() < measured_sweeps / earlier.every * sample_bytes_)
    throw std::runtime_error("its samples are not those of this chain; the job starts again");
  for (std::uint64_t sweep = sample_every_; sweep <= measured_sweeps; sweep += sample_every_) {
    const auto bits = earlier.bits.subspan((sweep / earlier.every - 1) * sample_bytes_, sample_bytes_);
    std::ranges::copy(bits, samples_.begin() + static_cast<std::ptrdiff_t>(bytes_of_samples(sweep - 1)));
  }
}

void EquilibriumObserver::save(StateWriter& writer) const {
  writer.put(static_cast<std::uint64_t>(snapped_));
  writer.put(snapshots_);
  for (const Series* series : {&fractions_, &areas_, &planes_}) writer.put(series->save());
}

void EquilibriumObserver::load(StateReader& reader) {
  snapped_ = reader.get_at_most(snapshot_sweeps_.size());
  snapshots_ = reader.get_like(snapshots_);
  for (Series* series : {&fractions_, &areas_, &planes_}) series->load(reader.get_measured());
  pending_areas_.forget();
}

}  // namespace nxmc
