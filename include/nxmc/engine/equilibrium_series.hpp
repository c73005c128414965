// What an equilibrium chain measured, in the order in which it did: from the state in which it ended.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nxmc/engine/parameters.hpp"

namespace nxmc {

/// Averages over consecutive stretches of the measured sweeps, all of the same length but for the last, which may be
/// shorter. 256 to 511 of the same length, or one for each measurement of a chain with fewer; a longer chain has longer
/// ones. Weighted by their lengths they average to the columns of the same names of Record::values.
struct EquilibriumSeries {
  std::vector<std::uint64_t> sweep;       ///< [stretch] its last sweep, counted from the start of equilibration
  std::vector<std::uint64_t> bin_sweeps;  ///< [stretch] its length
  std::vector<double> values;             ///< [stretch][series_columns()]; NaN for phases that its dimension lacks
};

/// \param final_state  Record::final_state, of this version or an older one
/// \param schedule  of the chain: how many sweeps it took, and how often phases were measured
/// \throws std::runtime_error, with what is wrong about the state as the end of a sentence, if it is none of such a
/// chain
EquilibriumSeries series_of_chain(std::span<const std::uint8_t> final_state, const Schedule& schedule);

}  // namespace nxmc
