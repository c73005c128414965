// One scan: its keys read and checked, its points made.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "axes.hpp"
#include "extent.hpp"
#include "nxmc/yaml/document.hpp"
#include "nxmc/yaml/problems.hpp"
#include "physical.hpp"
#include "points.hpp"
#include "site_file.hpp"
#include "stages.hpp"

namespace nxmc {

/// The mapping under `defaults`, and which of its keys a scan has asked for.
struct Defaults {
  const SiteTexts* sites = nullptr;           ///< what files that scans name hold
  const YamlNode* node = nullptr;             ///< nullptr without defaults
  std::set<std::string_view> probably_meant;  ///< keys of a scan that misspelt ones stand for
  std::set<std::string, std::less<>> used;
};

/// The keys of a scan that unknown keys of a mapping stand for, as far as can be guessed.
std::set<std::string_view> keys_probably_meant(const YamlNode& map);

/// A scan whose axes are not expanded yet.
struct ScanDraft {
  Scan scan;  ///< without points
  Grid grid;
  Physics fixed;                     ///< what is no axis
  std::vector<CoveredFacet> facets;  ///< none: all
  SiteList sites;                    ///< the crystal, where it is no shape
  ScanUnits units;
  std::vector<WrittenStage> stages{};

  double jobs() const {
    return count_points(grid) * scan.replicas * static_cast<double>(lengths_of_chains(scan).size());
  }
};

/// How closely a scan is looked at: how its values combine costs a walk through all of its points.
enum class Scrutiny : std::uint8_t { of_values, of_combinations };

/// \returns nothing when the scan has problems
std::optional<ScanDraft> read_scan(const YamlNode& node, Defaults& defaults, const MaterialOfCampaign& material,
                                   Scrutiny scrutiny, Problems& problems);

/// The scan with its points, in the order of the cross product.
Scan expand(ScanDraft draft);

}  // namespace nxmc
