// Energies of many configurations of one crystal at once, under a kernel that need not be the one that they were drawn
// with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "nxmc/elastic/kernel.hpp"
#include "nxmc/lattice/lattice.hpp"
#include "nxmc/model/hamiltonian.hpp"

namespace nxmc {

/// Configurations one after the other, ceil(N/8) bytes each: bit i%8 of byte i/8 is set where site i is A.
struct PackedConfigurations {
  std::span<const std::uint8_t> bits;
  std::size_t sites = 0;

  std::size_t bytes_of_one() const { return (sites + 7) / 8; }
  std::size_t count() const { return sites == 0 ? 0 : bits.size() / bytes_of_one(); }
};

/// (1/2) sigma^T V sigma of each configuration, in epsilon. Of `published`, whose swaps follow an energy only where the
/// mean m of sigma is kept, that energy: (1/2) sigma^T V sigma - m sum_i (V 1 + V_ii)_i sigma_i with the unprojected V.
///
/// M sites being those that are not the same in all configurations, (M/6)^2 / 2 additions for each: the sum over two
/// groups of six sites each is looked up in a table of all 2^12 pairs of their occupants, made once for many
/// configurations (the "four Russians": Arlazarov et al., Sov. Math. Dokl. 11, 1209, 1970). The bits of a result depend
/// neither on `threads` nor on how many configurations there are, as long as the same sites vary.
/// \pre V has as many sites, and bits are whole configurations
std::vector<double> elastic_energies(const Kernel& V, Hamiltonian hamiltonian,
                                     const PackedConfigurations& configurations, std::size_t threads = 1);

/// sum_bonds sigma sigma' of each configuration: the Ising energy is -J times that.
std::vector<double> bond_sums(const Lattice& lattice, const PackedConfigurations& configurations,
                              std::size_t threads = 1);

}  // namespace nxmc
