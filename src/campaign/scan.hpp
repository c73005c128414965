// One scan: its keys read and checked, its points made.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "axes.hpp"
#include "document.hpp"
#include "problems.hpp"

namespace nxmc {

/// More jobs than that in one campaign are a mistake; an archive could hold them, a reader's patience not.
inline constexpr double most_jobs = 1e7;

/// The mapping under `defaults`, and which of its keys a scan has asked for.
struct Defaults {
  const YamlNode* node = nullptr;  ///< nullptr without defaults
  std::set<std::string, std::less<>> used;
};

/// A scan whose axes are not expanded yet.
struct ScanDraft {
  Scan scan;  ///< without points
  Grid grid;
  Physics fixed;  ///< what is no axis

  double jobs() const { return count_points(grid) * scan.replicas; }
};

/// \returns nothing when the scan has problems
std::optional<ScanDraft> read_scan(const YamlNode& node, Defaults& defaults, Problems& problems);

/// The scan with its points, in the order of the cross product.
Scan expand(ScanDraft draft);

}  // namespace nxmc
