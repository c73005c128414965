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
      phases_(schedule.phases),
      profiles_(schedule.profile),
      energies_(schedule.energy),
      times_(schedule.times),
      snapshot_times_(schedule.snapshot_times),
      interior_(interior_of_crystal(*crystal.lattice)),
      areas_(crystal.lattice,
             schedule.areas && is_elastic(physics) && !interior_.empty() ? crystal.displacements : nullptr) {
  const RecordShape shape = record_shape(physics, schedule);
  values_.assign(shape.values, nan);
  profile_.assign(shape.profile, nan);
  snapshots_.assign(shape.snapshots * shape.snapshot_bytes, 0);
}

void ExchangeObserver::observe_until(double time, const State& state) {
  for (; observed_ < times_.size() && times_[observed_] <= time; ++observed_) {
    if (!measured_) measure(state);
    if (!without_areas_.empty()) without_areas_.back().end = observed_ + 1;
    write_row(row_, observed_, values_);
    if (profiles_) write_row(plane_, observed_, profile_);
  }
  for (; snapped_ < snapshot_times_.size() && snapshot_times_[snapped_] <= time; ++snapped_) {
    write_row(pack_bits(state.sigma()), snapped_, snapshots_);
  }
}

bool ExchangeObserver::complete() const { return observed_ == times_.size() && snapped_ == snapshot_times_.size(); }

void ExchangeObserver::measure(const State& state) {
  const auto sites = static_cast<double>(lattice_->sites());
  row_.assign(exchange_columns().size(), nan);
  row_.front() = (state.sum() / sites + 1) / 2;
  if (phases_) {
    const PhaseFractions phases = phase_fractions(*lattice_, state.sigma(), interior_);
    std::ranges::copy(values_of_columns(phases, lattice_->dimension), row_.begin() + 1);
  }
  if (energies_) {
    require_finite("energy", state.energy());
    row_[row_.size() - 2] = state.energy();
  }
  if (profiles_) plane_ = composition_profile(*lattice_, state.sigma(), false);
  measured_ = true;
  if (!areas_.can_measure()) return;
  areas_.add(state.sigma());
  without_areas_.push_back({observed_, observed_});
  if (areas_.full()) measure_areas();
}

/// The last of the configurations may be the present one, which later observations share.
void ExchangeObserver::measure_areas() {
  const std::vector<AreaMoments> moments = areas_.measure(interior_);
  for (std::size_t k = 0; k < moments.size(); ++k) {
    const double rms = moments[k].rms();
    require_finite("rms_area", rms);
    row_.back() = rms;
    for (std::size_t t = without_areas_[k].begin; t < without_areas_[k].end; ++t)
      values_[(t + 1) * row_.size() - 1] = rms;
  }
  without_areas_.clear();
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
  areas_.forget();
  without_areas_.clear();
  forget();
}

}  // namespace nxmc
