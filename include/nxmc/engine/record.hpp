// What a finished chain leaves behind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "nxmc/elastic/displacements.hpp"
#include "nxmc/elastic/kernel.hpp"
#include "nxmc/engine/parameters.hpp"

namespace nxmc {

/// The crystal that a chain runs on; everything outlives the chain.
struct Crystal {
  const Lattice* lattice = nullptr;
  const Kernel* kernel = nullptr;                     ///< nullptr without elastic interaction
  const DisplacementSolver* displacements = nullptr;  ///< nullptr when no areas are asked for
};

/// Sizes of a record, known before the chain runs.
struct RecordShape {
  std::size_t values = 0;          ///< doubles
  std::size_t summary = 0;         ///< doubles
  std::size_t profile = 0;         ///< doubles
  std::size_t snapshots = 0;       ///< number of snapshots
  std::size_t samples = 0;         ///< number of samples
  std::size_t snapshot_bytes = 0;  ///< bytes of one configuration: ceil(N/8)
  std::size_t final_state = 0;     ///< bytes; 0 for exchange

  std::size_t configuration_bytes() const { return (snapshots + samples) * snapshot_bytes; }
};
RecordShape record_shape(const Physics& physics, const Schedule& schedule);

/// Numbers that do not exist (areas not asked for, times after a truncation, error bars of one sample) are NaN.
struct Record {
  std::vector<double> values;   ///< equilibrium: equilibrium_columns(); exchange: times x exchange_columns(), row-major
  std::vector<double> summary;  ///< exchange: exchange_summary_columns(); equilibrium: empty
  std::vector<double> profile;  ///< 3D only. exchange: times x planes; equilibrium: planes x {mean, error}
  /// The snapshots, then the samples, one after the other; bit i%8 of byte i/8 is set where site i is A.
  std::vector<std::uint8_t> configurations;
  /// Equilibrium: EquilibriumChain::save() at the end without samples, from which a longer chain goes on; exchange:
  /// empty.
  std::vector<std::uint8_t> final_state;
  bool truncated = false;
};

std::vector<std::uint8_t> pack_bits(const Occupation& sigma);
Occupation unpack_bits(const std::vector<std::uint8_t>& bits, std::size_t sites);

}  // namespace nxmc
