#include "nxmc/phase/points.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <span>
#include <thread>
#include <utility>

#include "chosen_chains.hpp"
#include "columns_on_request.hpp"
#include "equilibrium_rows.hpp"
#include "nxmc/phase/evidence.hpp"
#include "nxmc/phase/order_parameter.hpp"
#include "nxmc/phase/parameters.hpp"

namespace nxmc {
namespace {

/// Chains of one length from one start at one point, averaged.
struct AveragesOfStart {
  std::vector<std::string> point;      ///< [parameter]
  std::vector<StartAverage> averages;  ///< of each order parameter that their crystal has
};

Query averages_of(const std::string& where) {
  Query query{.rows = RowKind::jobs, .where = equilibria(where), .columns = {}, .group_by = parameters_of_points()};
  query.group_by.insert(query.group_by.end(), {"start", "measured_sweeps"});
  query.columns = query.group_by;
  for (const OrderParameter parameter : order_parameters_of(3)) {
    query.columns.emplace_back(to_string(parameter));
    query.columns.push_back(fmt::format("{}_err", to_string(parameter)));
  }
  query.columns.emplace_back("tau_int");
  return query;
}

/// How long chains are in autocorrelation times is known of f_U.
std::vector<StartAverage> averages_in(const Cells& cells) {
  std::vector<StartAverage> averages;
  for (const OrderParameter parameter : order_parameters_of(3)) {
    const std::string name(to_string(parameter));
    if (std::isnan(cells.number(name))) continue;
    averages.push_back({.start = cells.text("start"),
                        .mean = cells.number(name),
                        .error = cells.number(name + "_err"),
                        .autocorrelation_times = cells.number("measured_sweeps") / cells.number("tau_int")});
  }
  return averages;
}

/// By the order parameter that is known worst. \param rows  of one point
Verdict judge_point(std::span<const AveragesOfStart> rows) {
  Verdict worst = Verdict::converged;
  for (std::size_t k = 0; k < rows.front().averages.size(); ++k) {
    std::vector<StartAverage> of_one;
    for (const AveragesOfStart& row : rows)
      if (k < row.averages.size()) of_one.push_back(row.averages[k]);
    worst = std::max(worst, judge(of_one));
  }
  return worst;
}

std::vector<AveragesOfStart> read_rows(const Archive& archive, const std::string& where) {
  std::vector<AveragesOfStart> rows;
  visit_averages(archive, averages_of(where), [&](const Cells& cells) {
    rows.push_back({cells.texts(parameters_of_points()), averages_in(cells)});
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
void look_at_samples(const Archive& archive, const std::string& where, std::vector<VerdictOfPoint>& points) {
  const std::size_t threads = std::max(1U, std::thread::hardware_concurrency());
  std::map<Words, std::vector<std::uint64_t>> chains = chosen_chains(archive, where, {})[{}];
  for (auto& [point, verdict] : points) verdict = with_evidence(verdict, evidence_of(archive, chains[point], threads));
}

}  // namespace

std::vector<JudgedPoint> judge_points(const Archive& archive, const std::string& where, Evidence evidence) {
  const std::vector<AveragesOfStart> rows = read_rows(archive, where);
  std::vector<std::vector<std::string>> words;
  words.reserve(rows.size());
  for (const AveragesOfStart& row : rows) words.push_back(row.point);
  const std::vector<std::size_t> distinguishing = differing_parameters(words);
  std::vector<VerdictOfPoint> verdicts = judge_rows(rows);
  if (evidence == Evidence::samples) look_at_samples(archive, where, verdicts);
  std::vector<JudgedPoint> points;
  points.reserve(verdicts.size());
  for (const auto& [point, verdict] : verdicts) points.push_back({condition_on(distinguishing, point), verdict});
  return points;
}

namespace {

using VerdictOfCells = std::map<std::vector<std::string>, Verdict>;

/// Of each combination of the keys the worst of the points that its averages are of.
VerdictOfCells verdicts_of_groups(const Archive& archive, const Query& grouped, const VerdictOfCells& of_points) {
  Query query{.rows = RowKind::jobs,
              .where = equilibria(grouped.where),
              .columns = {},
              .group_by = joined_names(grouped.group_by, parameters_of_points())};
  query.columns = query.group_by;
  query.columns.emplace_back("f_U");
  VerdictOfCells worst;
  visit_averages(archive, query, [&](const Cells& cells) {
    const auto point = of_points.find(cells.texts(parameters_of_points()));
    if (point == of_points.end()) return;
    Verdict& verdict = worst.try_emplace(cells.texts(grouped.group_by), point->second).first->second;
    verdict = std::max(verdict, point->second);
  });
  return worst;
}

JoinedCells verdicts_for(const Archive& archive, const Query& query) {
  if (query.rows != RowKind::jobs)
    throw QueryError("'verdict' is a column of equilibrium jobs: of queries without --times and --profiles");
  const bool grouped = !query.group_by.empty();
  const std::string where = grouped ? query.where : std::string();
  std::vector<VerdictOfPoint> points = judge_rows(read_rows(archive, where));
  look_at_samples(archive, where, points);
  VerdictOfCells verdicts(points.begin(), points.end());
  if (grouped) verdicts = verdicts_of_groups(archive, query, verdicts);
  return {grouped ? query.group_by : parameters_of_points(),
          [known = std::move(verdicts)](const std::vector<std::string>& cells) -> JoinedCells::Cell {
            const auto found = known.find(cells);
            return found == known.end() ? std::string() : std::string(to_string(found->second));
          }};
}

}  // namespace

Table describe_all_columns() {
  Table table = describe_columns();
  for (const ColumnOnRequest& on_request : columns_on_request) {
    const std::map<std::string, std::string> line{
        {"column", on_request.name}, {"unit", on_request.unit == std::string("1") ? "" : on_request.unit},
        {"type", on_request.type},   {"role", on_request.role},
        {"rows", "--columns"},       {"meaning", on_request.meaning}};
    for (TableColumn& column : table.columns) {
      const auto found = line.find(column.name);
      std::get<std::vector<std::string>>(column.values).push_back(found == line.end() ? "" : found->second);
    }
    ++table.rows;
  }
  return table;
}

JoinedColumn verdict_column(const Archive& archive) {
  return {verdict_line.name, "", std::vector<std::string>(), verdict_line.meaning,
          [&archive](const Query& query) { return verdicts_for(archive, query); }};
}

}  // namespace nxmc
