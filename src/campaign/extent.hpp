// How much a campaign asks for, before any of it is unfolded: what is refused for being too much shall cost nothing.
#pragma once

#include <cstddef>

#include "nxmc/yaml/document.hpp"
#include "nxmc/yaml/problems.hpp"

namespace nxmc {

/// More jobs than that in one campaign are a mistake; an archive could hold them, a reader's patience not.
inline constexpr double most_jobs = 1e7;

/// All scans together: the times and sweeps at which they are observed are held by every rank.
inline constexpr double most_observations = 5e6;

/// Of one scan. Exact for a scan without mistakes; what is wrong counts as a single value.
struct Extent {
  double points = 1;  ///< of its axes
  double replicas = 1;
  double values = 0;        ///< of all its axes, which are unfolded one by one
  double observations = 0;  ///< times, and when snapshots are kept

  double jobs() const { return points * replicas; }
};

/// \param defaults  nullptr without
Extent extent_of(const YamlNode& scan, const YamlNode* defaults);

}  // namespace nxmc
