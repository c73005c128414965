#include <fmt/format.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "columns_on_request.hpp"
#include "nxmc/campaign/campaign.hpp"
#include "nxmc/campaign/plan.hpp"
#include "nxmc/phase/placed_so_far.hpp"
#include "nxmc/query/query.hpp"
#include "nxmc/schedule/campaign_changes.hpp"

namespace nxmc {
namespace {

/// A row as two columns of queries name it: job and measured_sweeps.
using Name = std::pair<std::string, std::string>;

Name name_of(const Job& job) { return {to_string(job.identity), fmt::format("{}", job.schedule->measured_sweeps)}; }

/// Of all jobs of equilibrium scans; exchange has one job of each name, which is the campaign's.
class Reasons {
 public:
  Reasons(const Archive& archive, const Campaign& campaign) {
    const std::vector<PlacedPoint> placed = placed_so_far(archive, campaign);
    const Plan plan = make_plan(campaign, placed);
    for (const Job& job : make_plan(campaign).jobs) {
      if (!job.conditional) words_.emplace(name_of(job), "campaign");
      known_.insert(to_string(job.identity));
    }
    for (const Job& job : plan.jobs)
      words_.emplace(name_of(job), known_.contains(to_string(job.identity)) ? "longer" : word_for_placed(job));
  }

  std::string word_for(const std::vector<std::string>& cells) const {
    const auto found = words_.find({cells[0], cells[1]});
    if (found != words_.end()) return found->second;
    return known_.contains(cells[0]) ? "campaign" : "before";
  }

 private:
  /// Of chains that the campaign placed the first length is a placed point, and further ones are longer chains. Jobs of
  /// one chain come in the order of their lengths.
  std::string word_for_placed(const Job& job) {
    return placed_.insert(to_string(job.identity)).second ? "placed" : "longer";
  }

  std::map<Name, std::string> words_;
  std::set<std::string> known_;
  std::set<std::string> placed_;
};

/// Nothing where this version does not understand the campaign.
std::optional<Reasons> read_reasons(const Archive& archive) {
  const std::optional<Campaign> campaign = archived_campaign(archive);
  return campaign ? std::optional(Reasons(archive, *campaign)) : std::nullopt;
}

/// Read once for all queries.
class ShownReasons {
 public:
  explicit ShownReasons(const Archive& archive) : archive_(archive) {}

  JoinedCells of(const Query& query) {
    if (query.rows != RowKind::jobs || !query.group_by.empty())
      throw QueryError(
          "'reason' is a column of single jobs: of queries without --times, --profiles, --series and --group-by");
    if (!known_) known_ = std::make_shared<std::optional<Reasons>>(read_reasons(archive_));
    return {{"job", "measured_sweeps"}, [reasons = known_](const std::vector<std::string>& cells) -> JoinedCells::Cell {
              return *reasons ? (*reasons)->word_for(cells) : std::string();
            }};
  }

 private:
  const Archive& archive_;
  std::shared_ptr<const std::optional<Reasons>> known_;
};

}  // namespace

JoinedColumn reason_column(const Archive& archive) {
  return {reason_line.name,
          "",
          std::vector<std::string>(),
          reason_line.meaning,
          [shown = std::make_shared<ShownReasons>(archive)](const Query& query) { return shown->of(query); },
          {"campaign", "placed", "longer", "before"}};
}

}  // namespace nxmc
