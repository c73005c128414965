#include "nxmc/phase/requested_columns.hpp"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <set>
#include <utility>

#include "columns_on_request.hpp"
#include "nxmc/query/columns.hpp"
#include "nxmc/query/condition.hpp"
#include "nxmc/query/ladder_traffic.hpp"

namespace nxmc {

std::vector<JoinedColumn> requested_columns(const Archive& archive) {
  const auto evidence = std::make_shared<KnownEvidence>(archive);
  std::vector<JoinedColumn> columns = evidence_columns(evidence);
  columns.push_back(verdict_column(evidence));
  columns.push_back(reason_column(archive));
  for (JoinedColumn& column : unit_columns(archive)) columns.push_back(std::move(column));
  return columns;
}

namespace {

void add_row(const DescribedColumn& described, const char* rows, Table& table) {
  const std::map<std::string, std::string> line{{"column", described.name},
                                                {"unit", described.unit == std::string("1") ? "" : described.unit},
                                                {"type", described.type},
                                                {"role", described.role},
                                                {"rows", rows},
                                                {"meaning", described.meaning}};
  for (TableColumn& column : table.columns) {
    const auto found = line.find(column.name);
    std::get<std::vector<std::string>>(column.values).push_back(found == line.end() ? "" : found->second);
  }
  ++table.rows;
}

}  // namespace

Table describe_all_columns() {
  Table table = describe_columns();
  for (const DescribedColumn& of_ladders : ladder_columns) add_row(of_ladders, "--ladders", table);
  for (const DescribedColumn& on_request : columns_on_request) add_row(on_request, "--columns", table);
  return table;
}

void require_no_requested_columns(const std::string& condition) {
  const std::set<std::string> compared =
      compared_columns(resolved(parse_condition(condition), columns_of(RowKind::jobs)));
  for (const DescribedColumn& column : columns_on_request)
    if (compared.contains(column.name))
      throw QueryError(
          fmt::format("'{}' follows from the results of all jobs, which this command changes: find the jobs with "
                      "'nxmc query', and choose them by parameters, scan or job",
                      column.name));
}

}  // namespace nxmc
