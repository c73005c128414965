#include "exchange_observer.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

#include "finite.hpp"
#include "nxmc/observe/phases.hpp"
#include "nxmc/observe/quantities.hpp"

namespace nxmc {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Copies `row` to its place in a row-major array.
template <class T>
void write_row(const std::vector<T>& row, std::size_t index, std::vector<T>& array) {
  std::copy(row.begin(), row.end(), array.begin() + static_cast<std::ptrdiff_t>(index * row.size()));
}

}  // namespace

ExchangeObserver::ExchangeObserver(const Crystal& crystal, const Physics& physics, const Schedule& schedule)
    : lattice_(crystal.lattice),
      displacements_(schedule.areas && is_elastic(physics) ? crystal.displacements : nullptr),
      times_(schedule.times),
      snapshot_times_(schedule.snapshot_times),
      interior_(interior_of_crystal(*crystal.lattice)) {
  const RecordShape shape = record_shape(physics, schedule);
  values_.assign(shape.values, nan);
  profile_.assign(shape.profile, nan);
  snapshots_.assign(shape.snapshots * shape.snapshot_bytes, 0);
}

void ExchangeObserver::observe_until(double time, const State& state) {
  for (; observed_ < times_.size() && times_[observed_] <= time; ++observed_) {
    if (!measured_) measure(state);
    write_row(row_, observed_, values_);
    write_row(plane_, observed_, profile_);
  }
  for (; snapped_ < snapshot_times_.size() && snapshot_times_[snapped_] <= time; ++snapped_) {
    write_row(pack_bits(state.sigma()), snapped_, snapshots_);
  }
}

bool ExchangeObserver::complete() const { return observed_ == times_.size() && snapped_ == snapshot_times_.size(); }

void ExchangeObserver::measure(const State& state) {
  const auto sites = static_cast<double>(lattice_->sites());
  const PhaseFractions phases = phase_fractions(*lattice_, state.sigma(), interior_);
  row_ = {(state.sum() / sites + 1) / 2};
  const std::vector<double> fractions = values_of_columns(phases, lattice_->dimension);
  row_.insert(row_.end(), fractions.begin(), fractions.end());
  require_finite("energy", state.energy());
  row_.insert(row_.end(), {state.energy(), rms_area(state.sigma())});
  assert(row_.size() == exchange_columns().size());
  plane_ = composition_profile(*lattice_, state.sigma(), false);
  measured_ = true;
}

double ExchangeObserver::rms_area(const Occupation& sigma) const {
  if (displacements_ == nullptr || interior_.empty()) return nan;
  const double rms = area_moments(area_deviations(*lattice_, displacements_->solve(sigma), interior_)).rms();
  require_finite("rms_area", rms);
  return rms;
}

void ExchangeObserver::save(StateWriter& writer) const {
  writer.put(static_cast<std::uint64_t>(observed_));
  writer.put(static_cast<std::uint64_t>(snapped_));
  writer.put(values_);
  writer.put(profile_);
  writer.put(snapshots_);
}

void ExchangeObserver::load(StateReader& reader) {
  observed_ = reader.get_at_most(times_.size());
  snapped_ = reader.get_at_most(snapshot_times_.size());
  values_ = reader.get_measured_like(values_);
  profile_ = reader.get_measured_like(profile_);
  snapshots_ = reader.get_like(snapshots_);
  forget();
}

}  // namespace nxmc
