#include "nxmc/phase/points.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "nxmc/query/query.hpp"

namespace nxmc {
namespace {

const std::vector<std::string>& parameters() {
  static const std::vector<std::string> names{"lattice",     "size",        "shell_layers", "shell_stiffness",
                                              "temperature", "composition", "interaction",  "hamiltonian"};
  return names;
}

/// Chains of one length from one start at one point, averaged.
struct Row {
  std::vector<std::string> point;  ///< [parameter]
  StartAverage average;
};

Query averages_of(const std::string& where) {
  const std::string equilibrium = "method == equilibrium";
  Query query{.rows = RowKind::jobs,
              .where = where.empty() ? equilibrium : fmt::format("({}) and {}", where, equilibrium),
              .columns = {},
              .group_by = parameters()};
  query.group_by.insert(query.group_by.end(), {"start", "measured_sweeps"});
  query.columns = query.group_by;
  query.columns.insert(query.columns.end(), {"f_U", "f_U_err", "tau_int"});
  return query;
}

std::vector<Row> read_rows(const Archive& archive, const std::string& where) {
  std::vector<Row> rows;
  Answer answer(archive, averages_of(where));
  answer.visit([&](const Block& block) {
    const auto at = [&](const std::string& name, std::size_t row) {
      const BlockColumn found = find_column(block, name);
      return std::pair(found.column, found.of_jobs ? std::size_t{block.job_of_row[row]} : row);
    };
    const auto number = [&](const std::string& name, std::size_t row) {
      const auto [column, place] = at(name, row);
      return number_at(*column, place);
    };
    for (std::size_t row = 0; row < block.rows.rows; ++row) {
      if (is_missing(*at("f_U", row).first, at("f_U", row).second)) continue;
      Row read;
      for (const std::string& name : parameters()) {
        const auto [column, place] = at(name, row);
        read.point.push_back(text_at(*column, place));
      }
      const auto [start, place] = at("start", row);
      read.average = {.start = text_at(*start, place),
                      .mean = number("f_U", row),
                      .error = number("f_U_err", row),
                      .autocorrelation_times = number("measured_sweeps", row) / number("tau_int", row)};
      rows.push_back(std::move(read));
    }
    return true;
  });
  return rows;
}

/// Parameters that have several values.
std::vector<std::size_t> varied(const std::vector<Row>& rows) {
  std::vector<std::size_t> several;
  for (std::size_t k = 0; k < parameters().size(); ++k)
    if (std::ranges::any_of(rows, [&](const Row& row) { return row.point[k] != rows.front().point[k]; }))
      several.push_back(k);
  return several;
}

std::string condition_on(const std::vector<std::string>& point, const std::vector<std::size_t>& varied) {
  std::string condition;
  for (const std::size_t k : varied)
    condition += fmt::format("{}{} == {}", condition.empty() ? "" : " and ", parameters()[k], point[k]);
  return condition;
}

}  // namespace

std::vector<JudgedPoint> judge_points(const Archive& archive, const std::string& where) {
  const std::vector<Row> rows = read_rows(archive, where);
  const std::vector<std::size_t> distinguishing = varied(rows);
  std::vector<JudgedPoint> points;
  // Rows are sorted by the parameters, so that those of a point follow each other.
  for (auto first = rows.begin(); first != rows.end();) {
    const auto last = std::find_if(first, rows.end(), [&](const Row& row) { return row.point != first->point; });
    std::vector<StartAverage> averages;
    std::transform(first, last, std::back_inserter(averages), [](const Row& row) { return row.average; });
    points.push_back({condition_on(first->point, distinguishing), judge(averages)});
    first = last;
  }
  return points;
}

}  // namespace nxmc
