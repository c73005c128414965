// What is recorded of an exchange trajectory at its observation times.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "chain_state.hpp"
#include "nxmc/engine/record.hpp"
#include "nxmc/model/hamiltonian.hpp"
#include "pending_areas.hpp"

namespace nxmc {

class ExchangeObserver {
 public:
  ExchangeObserver(const Crystal& crystal, const Physics& physics, const Schedule& schedule);

  /// Records the state for every observation and snapshot time up to and including `time`.
  void observe_until(double time, const State& state);
  /// Has to be called when the state changes. Observations between two changes share one measurement.
  void forget() { measured_ = false; }
  /// True when nothing is left to record.
  bool complete() const;
  /// Fills in the areas that were not measured so far. \throws std::runtime_error when they leave the range of double
  /// precision
  void measure_areas();

  /// \pre measure_areas() was called last
  /// Observations that were not reached are NaN, snapshots that were not reached have no bit set.
  const std::vector<double>& values() const { return values_; }
  const std::vector<double>& profile() const { return profile_; }
  const std::vector<std::uint8_t>& snapshots() const { return snapshots_; }

  void save(StateWriter& writer) const;
  void load(StateReader& reader);

 private:
  void measure(const State& state);
  /// Observations, one after the other, of one configuration.
  struct Observations {
    std::size_t begin;
    std::size_t end;
  };

  const Lattice* lattice_;
  bool phases_;
  bool profiles_;
  bool energies_;
  std::vector<double> times_;
  std::vector<double> snapshot_times_;
  std::vector<Site> interior_;
  std::size_t observed_ = 0;
  std::size_t snapped_ = 0;
  std::vector<double> values_;
  std::vector<double> profile_;
  std::vector<std::uint8_t> snapshots_;
  bool measured_ = false;
  std::vector<double> row_;    // of the present state, if measured_
  std::vector<double> plane_;  // its composition profile
  PendingAreas areas_;
  std::vector<Observations> without_areas_;  // of the configurations in areas_
};

}  // namespace nxmc
