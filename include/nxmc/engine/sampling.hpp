// Which configurations of an equilibrium chain are kept for reweighting, and how many.
#pragma once

#include <cstdint>
#include <span>

#include "nxmc/engine/parameters.hpp"

namespace nxmc {

/// A chain keeps its configurations after the measured sweeps every, 2 every, …, count * every.
struct SampleTimes {
  std::uint64_t every = 0;  ///< measured sweeps; 0 when nothing is kept
  std::uint64_t count = 0;
};

/// What another chain kept.
struct KeptSamples {
  std::uint64_t every = 0;             ///< as in SampleTimes
  std::span<const std::uint8_t> bits;  ///< one after the other, as in Record::configurations
};

/// Sweeps in which a chain forgets a configuration within one phase, to within a factor of about 3: the inverse of the
/// share of swaps that are accepted, exp(-w / k_BT) with w = V(k -> 0) / 4 in units of epsilon (1 in 2D, 4.1 in 3D) and
/// 2 J for the Ising part. Hexagons at 0.2 accept 0.3 to 0.8 %, cubes at 1.5 about 5 %.
double predicted_decorrelation(const Physics& physics);

/// The interval is that of the schedule, or 1, 2 or 5 times a power of ten near half of the predicted decorrelation, on
/// ladders that of exchanges, doubled until no more than `at_most` configurations are kept. So a chain that is made
/// longer keeps a part of what it had, or all of it, and goes on. \pre an equilibrium schedule
SampleTimes sample_times(const Physics& physics, const Schedule& schedule);

}  // namespace nxmc
