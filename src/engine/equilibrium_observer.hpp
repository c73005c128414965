// What is measured along an equilibrium chain, and what comes of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "chain_state.hpp"
#include "nxmc/engine/record.hpp"
#include "nxmc/engine/sampling.hpp"
#include "nxmc/model/hamiltonian.hpp"
#include "nxmc/observe/phases.hpp"
#include "nxmc/statistics/series.hpp"
#include "pending_areas.hpp"

namespace nxmc {

class EquilibriumObserver {
 public:
  EquilibriumObserver(const Crystal& crystal, const Physics& physics, const Schedule& schedule);

  /// Measures what is due after the given sweep, counted from 1 at the end of equilibration.
  /// \param phases  of `state`; null where they have to be counted
  void measure(std::uint64_t measured_sweep, const State& state, const PhaseCounter* phases);
  /// Keeps the configuration if the schedule names this sweep, counted from the start of equilibration.
  void take_snapshot(std::uint64_t sweep, const State& state);

  /// Adds the areas that were not measured so far. \throws std::runtime_error when they leave the range of double
  /// precision
  void measure_areas();

  /// \pre measure_areas() was called last \param acceptance  accepted fraction of all attempts
  std::vector<double> values(double acceptance) const;
  std::vector<double> profile() const;
  /// The snapshots, then the samples.
  std::vector<std::uint8_t> configurations() const;

  /// Everything but the samples. \pre measure_areas() was called last
  void save(StateWriter& writer) const;
  void load(StateReader& reader);
  /// Nothing when none are kept. \param measured_sweeps  done so far
  void save_samples(StateWriter& writer, std::uint64_t measured_sweeps) const;
  void load_samples(StateReader& reader, std::uint64_t measured_sweeps);
  /// Those that were kept between two sweeps.
  void save_samples_since(StateWriter& writer, std::uint64_t earlier, std::uint64_t measured_sweeps) const;
  void load_samples_since(StateReader& reader, std::uint64_t earlier, std::uint64_t measured_sweeps);
  /// Takes over those that this chain would have kept in its first `measured_sweeps`.
  /// \throws std::runtime_error when they are not among those of `earlier`
  void adopt_samples(const KeptSamples& earlier, std::uint64_t measured_sweeps);

 private:
  void measure_phases(const State& state, const PhaseCounter* counted);
  void keep_sample(std::uint64_t measured_sweep, const State& state);
  std::size_t bytes_of_samples(std::uint64_t measured_sweeps) const;
  std::size_t component_of(Phase phase) const;
  Estimate fraction(const FractionColumn& column) const;
  bool semigrand() const { return ensemble_ == Ensemble::semigrand; }

  const Lattice* lattice_;
  Ensemble ensemble_;
  std::uint64_t phases_every_;
  std::uint64_t areas_every_;
  std::vector<std::uint64_t> snapshot_sweeps_;
  std::vector<Site> interior_;
  std::size_t snapped_ = 0;
  std::vector<std::uint8_t> snapshots_;
  std::uint64_t sample_every_;    // 0: none are kept
  std::size_t sample_bytes_ = 0;  // of one
  std::vector<std::uint8_t> samples_;
  std::span<const Phase> phases_;  // that there are
  std::vector<double> sample_;     // workspace
  Series fractions_;               // of these phases, f_U, f_U^2, energy; where it fluctuates c, c^2
  PendingAreas pending_areas_;
  Series areas_;   // mean and mean square of Delta A over the interior
  Series planes_;  // composition profile; one unused component in 2D
  std::size_t plane_count_;
};

}  // namespace nxmc
