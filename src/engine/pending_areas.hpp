// Configurations whose local areas are to be measured: set aside as bits until there are as many as are solved for
// together. Their areas are the same whenever that happens, so that no state of a chain needs to have them: they are
// measured before it is saved.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "nxmc/engine/record.hpp"
#include "nxmc/observe/phases.hpp"

namespace nxmc {

class PendingAreas {
 public:
  /// \param solver  nullptr where no areas are asked for; outlives this, as the lattice does
  PendingAreas(const Lattice* lattice, const DisplacementSolver* solver) : lattice_(lattice), solver_(solver) {}

  /// False where there is nothing to measure with.
  bool can_measure() const { return solver_ != nullptr; }
  /// \pre can_measure()
  void add(const Occupation& sigma);
  /// Whether they should be measured now.
  bool full() const { return count_ > 0 && count_ >= solver_->at_a_time(); }
  bool empty() const { return count_ == 0; }
  /// Areas of the observed sites in all of them, in the order in which they were added; none is left.
  std::vector<AreaMoments> measure(std::span<const Site> observed);
  void forget();

 private:
  const Lattice* lattice_;
  const DisplacementSolver* solver_;
  std::size_t count_ = 0;
  std::vector<std::uint8_t> bits_;
};

}  // namespace nxmc
