// Energies of the samples of a set in any state. Those under the last kernel of each kind are kept: states that follow
// each other in the order of their stiffness cost one kernel each, and no memory.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/lattice/lattice.hpp"
#include "nxmc/phase/sample_set.hpp"

namespace nxmc {

class SampleEnergies {
 public:
  /// \pre both outlive it
  SampleEnergies(const Archive& archive, const SampleSet& samples, std::size_t threads);

  /// [sample] what the chain's acceptance follows, over k_BT: u(x) of the state. \throws ArchiveError, std::bad_alloc
  std::vector<double> reduced(const SampledState& state);
  /// [sample] of the whole crystal, as in the column `energy`.
  std::vector<double> energies(const SampledState& state);
  const Lattice& lattice() const { return lattice_; }

 private:
  /// Elastic energies under a kernel, in epsilon.
  const std::vector<double>& elastic(double shell_stiffness, Hamiltonian hamiltonian);
  const std::vector<double>& bonds();
  /// [sample] sum of sigma
  const std::vector<double>& moments();
  std::vector<double> combined(const SampledState& state, Hamiltonian hamiltonian);

  const Archive* archive_;
  const SampleSet* samples_;
  std::size_t threads_;
  Lattice lattice_;
  Orbits orbits_;
  struct Elastic {
    double shell_stiffness = 0;
    std::vector<double> energies;
  };
  std::map<Hamiltonian, Elastic> last_;
  std::vector<double> bonds_;
  std::vector<double> moments_;
};

}  // namespace nxmc
