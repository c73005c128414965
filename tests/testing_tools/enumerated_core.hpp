// Every configuration of a small core, at one composition or at all, and exact averages over them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "engine_crystals.hpp"
#include "nxmc/model/energies.hpp"
#include "nxmc/observe/phases.hpp"

namespace nxmc::testing_tools {

class EnumeratedCore {
 public:
  /// \param a_sites  of the core that hold A; the shell is B
  EnumeratedCore(const LatticeSpec& spec, std::size_t a_sites) : spec_(spec), lattice_(make_lattice(spec)) {
    std::vector<int> occupied(lattice_.core.size(), 0);
    std::fill(occupied.end() - static_cast<std::ptrdiff_t>(a_sites), occupied.end(), 1);
    const std::vector<Site> interior = interior_of_core(lattice_);
    do add(occupied, interior);
    while (std::ranges::next_permutation(occupied).found);
    bonds_ = bond_sums(lattice_, packed());
  }
  /// At all compositions.
  explicit EnumeratedCore(const LatticeSpec& spec) : spec_(spec), lattice_(make_lattice(spec)) {
    const std::vector<Site> interior = interior_of_core(lattice_);
    std::vector<int> occupied(lattice_.core.size());
    for (std::uint64_t number = 0; number < std::uint64_t{1} << occupied.size(); ++number) {
      for (std::size_t k = 0; k < occupied.size(); ++k) occupied[k] = static_cast<int>(number >> k & 1U);
      add(occupied, interior);
    }
    bonds_ = bond_sums(lattice_, packed());
  }

  const std::vector<PhaseFractions>& phases() const { return phases_; }
  const std::vector<double>& bonds() const { return bonds_; }
  /// Fraction of A in the core.
  const std::vector<double>& compositions() const { return compositions_; }
  /// Sum of sigma over the whole crystal.
  double moment(std::size_t n) const {
    return 2 * compositions_[n] * static_cast<double>(lattice_.core.size()) - static_cast<double>(lattice_.sites());
  }
  /// What swaps follow, in epsilon.
  std::vector<double> elastic(double shell_stiffness, Hamiltonian hamiltonian) const {
    const OwnedKernel kernel({spec_, shell_stiffness, hamiltonian == Hamiltonian::exact});
    return elastic_energies(kernel.kernel(), hamiltonian, packed());
  }
  /// Energies with the term of a reservoir.
  std::vector<double> in_contact(std::vector<double> energies, double delta_mu) const {
    for (std::size_t n = 0; n < energies.size(); ++n) energies[n] -= delta_mu / 2 * moment(n);
    return energies;
  }
  /// Of each configuration; they add up to 1.
  std::vector<double> probabilities(double shell_stiffness, double temperature, double ising,
                                    Hamiltonian hamiltonian = Hamiltonian::exact) const {
    return probabilities(elastic(shell_stiffness, hamiltonian), temperature, ising);
  }
  std::vector<double> probabilities(const std::vector<double>& elastic, double temperature, double ising) const {
    std::vector<double> energies(elastic);
    for (std::size_t n = 0; n < energies.size(); ++n) energies[n] -= ising * bonds_[n];
    const double lowest = std::ranges::min(energies);
    double total = 0;
    for (double& energy : energies) total += energy = std::exp(-(energy - lowest) / temperature);
    for (double& weight : energies) weight /= total;
    return energies;
  }

 private:
  void add(const std::vector<int>& occupied, const std::vector<Site>& interior) {
    Occupation sigma(lattice_.sites(), -1);
    double a = 0;
    for (std::size_t k = 0; k < occupied.size(); ++k) {
      if (occupied[k] == 0) continue;
      sigma[static_cast<std::size_t>(lattice_.core[k])] = 1;
      a += 1;
    }
    const std::vector<std::uint8_t> one = pack_bits(sigma);
    bits_.insert(bits_.end(), one.begin(), one.end());
    phases_.push_back(phase_fractions(lattice_, sigma, interior));
    compositions_.push_back(a / static_cast<double>(occupied.size()));
  }
  PackedConfigurations packed() const { return {bits_, lattice_.sites()}; }

  LatticeSpec spec_;
  Lattice lattice_;
  std::vector<std::uint8_t> bits_;
  std::vector<PhaseFractions> phases_;
  std::vector<double> bonds_;
  std::vector<double> compositions_;
};

}  // namespace nxmc::testing_tools
