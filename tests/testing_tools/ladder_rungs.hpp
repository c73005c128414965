// Ladders of small crystals, for tests of what moves them.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine_crystals.hpp"
#include "nxmc/engine/ladder.hpp"

namespace nxmc::testing_tools {

/// Rungs along the stiffness of the shell of a hexagon, or along temperature where there is one stiffness.
class Rungs {
 public:
  Rungs(const std::vector<double>& stiffnesses, const std::vector<double>& temperatures,
        Hamiltonian hamiltonian = Hamiltonian::exact, Start start = Start::random) {
    for (const double stiffness : stiffnesses)
      for (const double temperature : temperatures) {
        Physics physics;
        physics.method = Method::equilibrium;
        physics.lattice = hexagon(4, 1);
        physics.shell_stiffness = stiffness;
        physics.temperature = temperature;
        physics.hamiltonian = hamiltonian;
        physics.start = start;
        crystals_.push_back(std::make_unique<OwnedCrystal>(physics));
        rungs_.push_back({crystals_.back()->crystal(), physics, {}, replica_stream(100 + rungs_.size())});
      }
  }
  const std::vector<Rung>& rungs() const { return rungs_; }
  std::vector<Rung> with(const Schedule& schedule, std::uint64_t exchange_every) const {
    std::vector<Rung> rungs = rungs_;
    for (Rung& rung : rungs) {
      rung.schedule = schedule;
      rung.physics.exchange_every = exchange_every;
    }
    return rungs;
  }

 private:
  std::vector<std::unique_ptr<OwnedCrystal>> crystals_;
  std::vector<Rung> rungs_;
};

inline Schedule schedule_of(std::uint64_t equilibration, std::uint64_t measured) {
  Schedule schedule;
  schedule.equilibration_sweeps = equilibration;
  schedule.measured_sweeps = measured;
  return schedule;
}

inline Ladder make_ladder(const Rungs& rungs, const Schedule& schedule, std::uint64_t exchange_every = 5) {
  return {rungs.with(schedule, exchange_every), replica_stream(99)};
}

inline Schedule with_samples(Schedule schedule) {
  schedule.samples = {.every = 4, .at_most = 1000};
  return schedule;
}

}  // namespace nxmc::testing_tools
