// Samples of equilibrium chains, pooled as far as they tell about each other: those of one crystal and composition, and
// those of one crystal whose composition fluctuates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/engine/ladder.hpp"
#include "nxmc/engine/parameters.hpp"
#include "nxmc/observe/order_parameter.hpp"
#include "nxmc/query/joined_column.hpp"

namespace nxmc {

/// How a chain was made to visit a window evenly: its weights, which it learnt by itself.
struct Levelling {
  Window window;
  std::vector<double> eta;  ///< [node] see WindowWeights
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the 0 that results are compared with for a pointer
  friend auto operator<=>(const Levelling&, const Levelling&) = default;
};

/// In what chains of one crystal may differ whose configurations are the same, with other probabilities.
struct SampledState {
  double shell_stiffness = 1;
  double temperature = 1;
  double delta_mu = 0;  ///< 0 where the composition is fixed
  Interaction interaction;
  Hamiltonian hamiltonian = Hamiltonian::exact;
  std::optional<Levelling> levelling = std::nullopt;  ///< nothing: as the crystal is distributed by itself
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the 0 that results are compared with for a pointer
  friend auto operator<=>(const SampledState&, const SampledState&) = default;
};

/// The same crystal as it is distributed by itself.
SampledState without_levelling(SampledState state);

struct SampledChain {
  std::uint64_t job = 0;    ///< row of the archive
  std::size_t state = 0;    ///< in SampleSet::states
  std::size_t first = 0;    ///< its first sample
  std::size_t count = 0;    ///< of its samples
  std::uint64_t every = 0;  ///< measured sweeps from one to the next
  /// In which it exchanged configurations, numbered from 0, and which of its configurations each sample is.
  std::optional<std::size_t> ladder = std::nullopt;
  std::vector<ConfigurationNumber> configurations{};
};

struct SampleSet {
  LatticeSpec lattice;
  std::optional<double> composition = 0.5;  ///< nothing where it fluctuates (semi-grand)
  std::vector<SampledState> states;         ///< ascending; each has samples
  std::vector<SampledChain> chains;         ///< in the order of their samples
  std::vector<std::uint8_t> bits;           ///< of all samples, as in Record::configurations

  CoreComposition kind_of_composition() const {
    return composition ? CoreComposition::fixed : CoreComposition::fluctuating;
  }
  std::size_t samples() const { return chains.empty() ? 0 : chains.back().first + chains.back().count; }
};

struct FoundSamples {
  std::vector<SampleSet> sets;       ///< in the order of crystals and compositions
  std::uint64_t chains_without = 0;  ///< that have results, but no samples
  std::uint64_t unfinished = 0;      ///< chains that have no results yet
};

/// Of equilibrium chains with results; of a chain that was made longer, or observed in several ways, those of the
/// longest. \param where  condition on jobs; empty: all \throws QueryError, ArchiveError
FoundSamples read_samples(const Archive& archive, const Where& where);

}  // namespace nxmc
