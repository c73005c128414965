// What the samples of equilibrium chains tell of how far the averages of their point can be believed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/phase/verdict.hpp"

namespace nxmc {

/// An order parameter along the samples of a chain.
struct SampledSeries {
  std::uint64_t job = 0;    ///< row of the archive
  std::uint64_t every = 0;  ///< measured sweeps from one sample to the next
  std::vector<double> x;
};

/// Of Vehtari et al., Bayesian Anal. 16, 667 (2021).
inline constexpr double largest_r_hat = 1.05;

/// Split R-hat over chains, cut to the length of the shortest; NaN where that is too short to tell.
double r_hat_of(std::span<const std::span<const double>> chains);

/// The two states of a point, between which chains cross.
struct Sides {
  double low = 0;   ///< x at most this: in the state of small x
  double high = 0;  ///< x at least this: in the other
};
/// From the deepest valley of the histogram over all chains, a quarter of the distance between the means of its two
/// sides to either side of it. Nothing where the histogram has one peak.
/// \param sites  whose fraction x is
std::optional<Sides> sides_of(std::span<const SampledSeries> chains, std::size_t sites);

struct ChainEvidence {
  std::uint64_t job = 0;                                        ///< row of the archive
  double crossings = std::numeric_limits<double>::quiet_NaN();  ///< NaN where its point has one state, and on ladders
  /// Measured sweeps at its beginning that still remember its start, as its samples tell; see equilibrated_part. Of the
  /// order parameter that remembers it longest.
  double unequilibrated = 0;
};

struct PointEvidence {
  double r_hat = std::numeric_limits<double>::quiet_NaN();  ///< over its chains; NaN where they are too short
  double independent = 0;                                   ///< samples that the worst chain is worth at least
  std::vector<ChainEvidence> chains;                        ///< those that have samples, if the core has an interior
  double round_trips = 0;                                   ///< of the ladders that its chains are rungs of
  /// Of a window the least of its chains; NaN where it is none.
  double coverage = std::numeric_limits<double>::quiet_NaN();

  /// Of all chains; NaN where the point has one state.
  double crossings() const;
  /// By more than `largest_r_hat`, and than noise of so few samples explains.
  bool chains_disagree() const;
};

/// By one order parameter. \param sites  whose fraction it is
PointEvidence evidence_of(std::span<const SampledSeries> chains, std::size_t sites);

/// By several order parameters of the same chains: the largest R-hat, of those in which chains disagree if there are
/// any; the fewest crossings of those that have two states. \pre not empty
PointEvidence combined(std::span<const PointEvidence> by_order_parameter);

/// Of chains of one point, by the order parameters of its dimension. Reads their samples. \throws ArchiveError
PointEvidence evidence_of(const Archive& archive, std::span<const std::uint64_t> jobs, std::size_t threads);

/// So many passages between the states prove as much as contrasting starts do, and so many round trips of
/// configurations through a ladder, which forget on their way where they came from.
inline constexpr double enough_crossings = 10;
inline constexpr double enough_round_trips = 10;

/// Sum of what is counted of ladders as wholes. \param column  "round_trips" or "restarts" \param jobs  each a rung of
/// another ladder, or of none \throws ArchiveError
double sum_over_ladders(const Archive& archive, std::string_view column, std::vector<std::uint64_t> jobs);

/// Of the mean of visits in a window: what was seen less often was hardly seen at all.
inline constexpr double least_coverage = 0.05;

/// A verdict that averages have led to: metastable where chains disagree by more than `largest_r_hat` and than noise
/// explains, short where noise does, or where a window of a flat histogram was not covered or not passed by enough
/// round trips; converged where one start was enough.
Verdict with_evidence(Verdict of_averages, const PointEvidence& evidence);

}  // namespace nxmc
