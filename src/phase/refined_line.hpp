// What a campaign knows along the axis that it refines.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/campaign/campaign.hpp"
#include "nxmc/campaign/plan.hpp"
#include "nxmc/phase/verdict.hpp"
#include "nxmc/statistics/series.hpp"

namespace nxmc {

/// A chain, as far as it has been measured.
struct LongestChain {
  const Job* job = nullptr;
  std::vector<double> values;  ///< empty: none
};

/// One combination of the other axes, of a scan that places points.
struct RefinedLine {
  std::uint64_t scan = 0;
  std::uint64_t point = 0;
  std::set<double> of_campaign;                               ///< places that the file asks for
  std::map<double, std::map<Identity, LongestChain>> chains;  ///< [place][identity]
};

/// A point on the line, with what is known of it.
struct PointOnLine {
  double place = 0;
  std::uint64_t measured_sweeps = 0;  ///< of the shortest of its chains
  Estimate x;                         ///< the order parameter that the line is refined by
  Verdict verdict = Verdict::too_short;
};

/// All of a campaign, with the results of their chains. \pre the plan outlives them \throws ArchiveError
std::vector<RefinedLine> refined_lines(const Archive& archive, const Campaign& campaign, const Plan& plan);

/// Ascending; nothing where a chain has no results. \param x  the name of its column
std::optional<std::vector<PointOnLine>> points_of(const RefinedLine& line, const std::string& x);

/// "scan 'name', size == 8": as far as the lines of a scan differ.
std::string name_of(const Campaign& campaign, const RefinedLine& line);

}  // namespace nxmc
