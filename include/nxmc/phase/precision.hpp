// Whether the points of scans with `until` are known as precisely as they ask.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/phase/points.hpp"
#include "nxmc/phase/verdict.hpp"
#include "nxmc/schedule/campaign_changes.hpp"
#include "nxmc/schedule/rounds.hpp"
#include "nxmc/statistics/series.hpp"

namespace nxmc {

/// An average over the chains of a point, beside what is asked of it.
struct KnownTarget {
  std::string quantity;
  Estimate average{};      ///< as of a query that averages over replicas and starts
  double asked_error = 0;  ///< absolute
  bool is_met() const { return average.error <= asked_error; }
};

struct Precision {
  std::vector<KnownTarget> targets;
  Verdict verdict = Verdict::too_short;
  /// All targets are met by averages that can be believed. Looking at results that have become precise by chance would
  /// make error bars too small; looking only where lengths have doubled keeps that small (`-R LongPrecisionCoverage`).
  bool is_met() const;
};

/// Over all chains of a point, with the error that queries show of it.
Estimate average_of(std::span<const ChainResult> chains, const std::string& quantity);
/// As queries show it. \pre chains of one point and length, not empty
Verdict verdict_of(std::span<const ChainResult> chains);

/// The same, with a look at the samples of the chains. \throws ArchiveError
/// \param known  the rows of the archive
Verdict verdict_by_samples(const Archive& archive, const NameIndex& known, std::span<const ChainResult> chains,
                           std::size_t threads);

/// \pre chains of one point and length, not empty
Precision precision_of(const Until& until, std::span<const ChainResult> chains);

/// The rule of `Rounds`.
bool is_precise(const Until& until, std::span<const ChainResult> chains);

/// The rule of `FindDoubtful`: precise points whose chains are not converged when their samples are looked at. Reads
/// these, on all processors. \throws ArchiveError
std::vector<std::size_t> doubtful_points(const Archive& archive, const Rounds& rounds);

struct PointPrecision {
  std::string where;  ///< its parameters as far as points differ: "size == 8 and shell_stiffness == 6.5"
  PointStanding standing = PointStanding::going_on;
  std::uint64_t measured_sweeps = 0;  ///< of the chains that all have results; 0: none yet
  std::uint64_t at_most = 0;
  Precision precision;  ///< of these; without targets where there are none yet
};

/// Of all points of the campaign that an archive was last written for, in the order of its scans. Empty where this
/// version does not understand the campaign. \throws ArchiveError
/// \param evidence  with samples a point is precise if the run thinks so
std::vector<PointPrecision> precision_of_points(const Archive& archive, Evidence evidence);

}  // namespace nxmc
