#include "nxmc/phase/points.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "columns_on_request.hpp"
#include "equilibrium_rows.hpp"
#include "nxmc/phase/evidence.hpp"
#include "nxmc/phase/parameters.hpp"

namespace nxmc {
namespace {

/// Chains of one length from one start at one point, averaged.
struct AveragesOfStart {
  std::vector<std::string> point;                                             ///< [parameter]
  std::array<std::optional<StartAverage>, judged_fractions.size()> averages;  ///< of those that their crystal has
};

Query averages_of(const Where& where) {
  Query query = equilibria(where);
  query.group_by = parameters_of_points();
  query.group_by.insert(query.group_by.end(), {"start", "measured_sweeps"});
  query.columns = query.group_by;
  for (const std::string_view fraction : judged_fractions) {
    query.columns.emplace_back(fraction);
    query.columns.push_back(fmt::format("{}_err", fraction));
  }
  query.columns.emplace_back("tau_int");
  return query;
}

/// How long chains are in autocorrelation times is known of f_U.
AveragesOfStart row_of(const Cells& cells) {
  AveragesOfStart row{.point = cells.texts(parameters_of_points()), .averages = {}};
  for (std::size_t k = 0; k < judged_fractions.size(); ++k) {
    const std::string name(judged_fractions[k]);
    if (std::isnan(cells.number(name))) continue;
    row.averages[k] = {.start = cells.text("start"),
                       .mean = cells.number(name),
                       .error = cells.number(name + "_err"),
                       .autocorrelation_times = cells.number("measured_sweeps") / cells.number("tau_int")};
  }
  return row;
}

/// Chains of flat histograms have weights of their own, so that their averages differ: each is judged by itself, and
/// what contrasting starts tell of others their round trips do.
Verdict judge_windows(std::span<const AveragesOfStart> rows) {
  Verdict worst = Verdict::converged;
  for (const AveragesOfStart& row : rows)
    for (const std::optional<StartAverage>& average : row.averages)
      if (average && judge(std::array{*average}) == Verdict::too_short) worst = Verdict::too_short;
  return worst;
}

/// \param rows  of one point
Verdict judge_point(std::span<const AveragesOfStart> rows) {
  if (has_window(rows.front().point)) return judge_windows(rows);
  PointAverages point;
  for (const AveragesOfStart& row : rows)
    for (std::size_t k = 0; k < point.size(); ++k)
      if (row.averages[k]) point[k].push_back(*row.averages[k]);
  return judge(point);
}

/// Points with chains of older versions, which have f_S without its error: that of an average would be the scatter of a
/// few chains, and three of such errors are nothing rare.
std::set<Words> points_of_old_chains(const Archive& archive, const Where& where) {
  Query query = equilibria(narrowed(where, "numerics < 4"));
  query.group_by = parameters_of_points();
  query.columns = joined_names(query.group_by, {"f_U", "c"});
  std::set<Words> points;
  visit_averages(archive, query, [&](const Cells& cells) { points.insert(cells.texts(parameters_of_points())); });
  return points;
}

std::vector<AveragesOfStart> read_rows(const Archive& archive, const Where& where) {
  const std::set<Words> old = points_of_old_chains(archive, where);
  std::vector<AveragesOfStart> rows;
  visit_averages(archive, averages_of(where), [&](const Cells& cells) {
    rows.push_back(row_of(cells));
    if (old.contains(rows.back().point))
      std::fill(rows.back().averages.begin() + 1, rows.back().averages.end(), std::nullopt);
  });
  return rows;
}

/// A point by its parameters, with its verdict.
using VerdictOfPoint = std::pair<std::vector<std::string>, Verdict>;

/// In the order of their parameters.
std::vector<VerdictOfPoint> judge_rows(const std::vector<AveragesOfStart>& rows) {
  std::vector<VerdictOfPoint> points;
  // Rows are sorted by the parameters, so that those of a point follow each other.
  for (auto first = rows.begin(); first != rows.end();) {
    const auto last =
        std::find_if(first, rows.end(), [&](const AveragesOfStart& row) { return row.point != first->point; });
    points.emplace_back(first->point, judge_point({first, last}));
    first = last;
  }
  return points;
}

/// What the samples of chains tell may be better or worse than what their averages do.
void look_at_samples(const EvidenceOfPoints& evidence, std::vector<VerdictOfPoint>& points) {
  const auto chosen = evidence.find({});
  if (chosen == evidence.end()) return;
  for (auto& [point, verdict] : points)
    if (const auto known = chosen->second.find(point); known != chosen->second.end())
      verdict = with_evidence(verdict, known->second);
}

}  // namespace

Evidence affordable_evidence(const Archive& archive) {
  constexpr std::uint64_t most_bytes =
      64 << 20;  // two seconds on two cores: `nxmc status` of 20 chains of 30 000 samples of 817 sites
  return archive.configuration_bytes() > most_bytes ? Evidence::averages : Evidence::samples;
}

std::vector<JudgedPoint> judge_points(const Archive& archive, const Where& where, Evidence evidence) {
  const std::vector<AveragesOfStart> rows = read_rows(archive, where);
  std::vector<std::vector<std::string>> words;
  words.reserve(rows.size());
  for (const AveragesOfStart& row : rows) words.push_back(row.point);
  const std::vector<std::size_t> distinguishing = differing_parameters(words);
  const std::vector<VerdictOfPoint> by_averages = judge_rows(rows);
  std::vector<VerdictOfPoint> verdicts = by_averages;
  if (evidence == Evidence::samples) look_at_samples(KnownEvidence(archive).of(where, {}), verdicts);
  std::vector<JudgedPoint> points;
  points.reserve(verdicts.size());
  for (std::size_t k = 0; k < verdicts.size(); ++k)
    points.push_back({condition_on(distinguishing, verdicts[k].first), verdicts[k].second, by_averages[k].second,
                      has_reservoir(verdicts[k].first), has_window(verdicts[k].first)});
  return points;
}

namespace {

using VerdictOfCells = std::map<std::vector<std::string>, Verdict>;

VerdictOfCells verdicts_of_points(KnownEvidence& evidence, const Where& where) {
  std::vector<VerdictOfPoint> points = judge_rows(read_rows(evidence.archive(), where));
  look_at_samples(evidence.of(where, {}), points);
  return {points.begin(), points.end()};
}

/// Of each combination of the keys the worst of the points that its averages are of.
VerdictOfCells verdicts_of_groups(KnownEvidence& evidence, const Query& grouped) {
  const Where where{grouped.where, grouped.joined};
  const VerdictOfCells of_points = verdicts_of_points(evidence, where);
  Query query = equilibria(where);
  query.group_by = joined_names(grouped.group_by, parameters_of_points());
  query.columns = query.group_by;
  query.columns.insert(query.columns.end(), {"f_U", "c"});
  VerdictOfCells worst;
  visit_averages(evidence.archive(), query, [&](const Cells& cells) {
    const auto point = of_points.find(cells.texts(parameters_of_points()));
    if (point == of_points.end()) return;
    Verdict& verdict = worst.try_emplace(cells.texts(grouped.group_by), point->second).first->second;
    verdict = std::max(verdict, point->second);
  });
  return worst;
}

/// Those of points are made once for all queries.
class ShownVerdicts {
 public:
  explicit ShownVerdicts(std::shared_ptr<KnownEvidence> evidence) : evidence_(std::move(evidence)) {}

  JoinedCells of(const Query& query) {
    if (query.rows != RowKind::jobs)
      throw QueryError(
          fmt::format("'verdict' is a column of equilibrium jobs: of queries without {}", options_of_rows));
    return {query.group_by.empty() ? parameters_of_points() : query.group_by,
            [known = verdicts_for(query)](const Words& cells) -> JoinedCells::Cell {
              const auto found = known->find(cells);
              return found == known->end() ? std::string() : std::string(to_string(found->second));
            }};
  }

 private:
  std::shared_ptr<const VerdictOfCells> verdicts_for(const Query& query) {
    if (!query.group_by.empty()) return std::make_shared<VerdictOfCells>(verdicts_of_groups(*evidence_, query));
    if (!of_points_) of_points_ = std::make_shared<VerdictOfCells>(verdicts_of_points(*evidence_, {}));
    return of_points_;
  }

  std::shared_ptr<KnownEvidence> evidence_;
  std::shared_ptr<const VerdictOfCells> of_points_;
};

}  // namespace

JoinedColumn verdict_column(const std::shared_ptr<KnownEvidence>& evidence) {
  std::vector<std::string> words;
  for (const Verdict verdict : {Verdict::converged, Verdict::one_start, Verdict::too_short, Verdict::metastable})
    words.emplace_back(to_string(verdict));
  return {verdict_line.name,
          "",
          std::vector<std::string>(),
          verdict_line.meaning,
          [shown = std::make_shared<ShownVerdicts>(evidence)](const Query& query) { return shown->of(query); },
          std::move(words)};
}

}  // namespace nxmc
