// How a campaign differs from the one that an archive was written for: what came, what went, which chains go on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/campaign/campaign.hpp"
#include "nxmc/campaign/plan.hpp"

namespace nxmc {

/// Name of a row: identity and observation.
using RowKey = std::pair<Identity, Identity>;

/// Numbers (rows of an archive, jobs of a plan) by name. A name can have several.
class NameIndex {
 public:
  struct Entry {
    RowKey name;
    std::uint64_t number = 0;
  };
  explicit NameIndex(std::vector<Entry> entries);

  /// The first one with this name.
  std::optional<std::uint64_t> find(const RowKey& name) const;
  /// All with this name.
  std::span<const Entry> all(const RowKey& name) const;
  /// By name, then number.
  std::span<const Entry> entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
};

NameIndex rows_by_name(const Archive& archive);

/// The campaign that the archive was last written for; nullopt where this program no longer reads it.
std::optional<Campaign> archived_campaign(const Archive& archive);

/// The text of a file that a campaign names and that is not there any more, of a material or a list of sites, from the
/// archive of the campaign; empty where there is no such archive, or it has none of this name.
/// \param say  told which is taken
TextOfFile archived_text(const std::filesystem::path& archive,
                         const std::function<void(const std::string& sentence)>& say);

struct CampaignChanges {
  std::uint64_t added = 0;     ///< jobs that the archive does not know, and no chain in it leads to
  std::uint64_t removed = 0;   ///< rows that the campaign no longer asks for, and that no job goes on from
  std::uint64_t extended = 0;  ///< jobs that the archive does not know, but a shorter chain of
  std::uint64_t spare = 0;     ///< conditional jobs that the archive does not know
  bool scans_renamed = false;  ///< jobs belong to other scans, or scans have other names
};

CampaignChanges compare(const Archive& archive, const Plan& plan);

/// For jobs of the plan that have no results: the row of the longest shorter chain that has, and is not among those
/// given up. Of a ladder all rungs go on from one shorter ladder, or none does.
std::map<std::uint64_t, std::uint64_t> rows_to_continue(const Archive& archive, const Plan& plan,
                                                        const std::vector<std::uint64_t>& pending,
                                                        const std::set<std::uint64_t>& given_up);

/// Why an archive is not written to when a scan has lost jobs and gained others at once, which usually is a slip: the
/// first parameter that has values on each side which the other lacks, with both values, lines, and what to do. Nothing
/// when there is no reason: dropping one scan and adding another changes no value.
std::optional<std::string> find_conflict(const Archive& archive, const Campaign& campaign, const Plan& plan,
                                         const CampaignChanges& changes);

/// How the campaign has changed; refused where that usually is a slip. \throws ArchiveError with the reason: a
/// compressed copy, another campaign or seed, values that were changed
CampaignChanges acceptable_changes(const Archive& archive, const Campaign& campaign, const Plan& plan,
                                   bool allow_removed);

}  // namespace nxmc
