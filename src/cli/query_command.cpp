// `nxmc query`: results as tables.
#include <fmt/format.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "commands.hpp"
#include "nxmc/campaign/physical_units.hpp"
#include "nxmc/phase/requested_columns.hpp"
#include "nxmc/query/condition.hpp"
#include "nxmc/query/ladder_traffic.hpp"
#include "nxmc/query/print.hpp"
#include "nxmc/query/query.hpp"
#include "nxmc/schedule/campaign_changes.hpp"
#include "output.hpp"
#include "samples_for_answers.hpp"
#include "verdict_hints.hpp"

namespace nxmc {

namespace {

std::shared_ptr<const PhysicalUnits> physical_units_of(const Archive& archive) {
  const std::optional<Campaign> campaign = archived_campaign(archive);
  if (!campaign || !campaign->material)
    throw std::runtime_error(
        fmt::format("{}: its campaign names no material, and numbers stay in units of the model; leave --units out",
                    archive.file().string()));
  return std::make_shared<const PhysicalUnits>(*campaign);
}

/// What follows from rows in units of the model is not told beside physical ones.
void require_columns_of_rows(const Query& query, const std::vector<JoinedColumn>& joined) {
  std::set<std::string> named(query.columns.begin(), query.columns.end());
  if (!query.where.empty())
    named.merge(compared_columns(resolved(parse_condition(query.where), columns_of(query.rows))));
  for (const JoinedColumn& column : joined)
    if (named.contains(column.name))
      throw UsageError(
          fmt::format("--units: '{}' is told of rows in units of the model; leave one of the two out", column.name));
}

void tell(const Archive& archive, const Query& query, const Answer& found, const GlobalOptions& global) {
  for (const std::string& warning : found.warnings()) warn(global, warning);
  if (query.units != nullptr) {  // conditions are in other units than what else knows of jobs
    for (const std::string& text : found.hints()) hint(global, text);
    return;
  }
  if (const std::string doubled = warning_of_doubled_chains(archive, query); !doubled.empty()) warn(global, doubled);
  for (const std::string& text : found.hints()) hint(global, text);
  for (const std::string& text : verdict_hints(archive, query)) hint(global, text);
}

ExitCode show_columns(TableFormat format) {
  print_to_stdout([&](std::ostream& out) { print_table(out, describe_all_columns(), format, false); });
  return ExitCode::done;
}

ExitCode show_ladders(const Archive& archive, const QueryArguments& arguments, const GlobalOptions& global) {
  if (!arguments.query.group_by.empty())
    throw UsageError("--ladders: exchanges are not averaged; leave --group-by out");
  Table table = ladder_traffic(archive, {arguments.query.where, requested_columns(archive)});
  if (table.rows == 0)
    hint(global, "there are no such ladders whose rungs all have results; scans with the key 'ladder' make some");
  else if (!arguments.query.columns.empty())
    table = select_columns(table, arguments.query.columns);
  else if (arguments.format == TableFormat::table)
    table = without_empty_columns(table);
  print_to_stdout([&](std::ostream& out) { print_table(out, table, arguments.format, stdout_is_terminal()); });
  return ExitCode::done;
}

}  // namespace

ExitCode show_query(const QueryArguments& arguments, const GlobalOptions& global) {
  if (!arguments.query.where.empty())
    parse_condition(arguments.query.where);  // a slip is found also without an archive
  if (arguments.describe && arguments.archive.empty()) return show_columns(arguments.format);
  if (arguments.archive.empty()) throw UsageError("FILE is required");
  const Archive archive = open_archive(arguments.archive, global);
  if (arguments.describe) return show_columns(arguments.format);
  if (arguments.ladders && arguments.physical)
    throw UsageError("--ladders: rungs are told in units of the model; leave --units out");
  if (arguments.ladders) return show_ladders(archive, arguments, global);
  Query query = arguments.query;
  query.joined = requested_columns(archive);
  if (arguments.physical) {
    require_columns_of_rows(query, query.joined);
    query.joined.clear();
    query.units = physical_units_of(archive);
  }
  Answer found(archive, query);
  // Programs that read csv or json rely on the columns; people do not miss those that say nothing.
  TablePrinter printer(found.columns(), {.format = arguments.format,
                                         .show_units = stdout_is_terminal(),
                                         .leave_out_empty_columns = arguments.query.columns.empty()});
  if (printer.looks_first()) {
    found.visit([&](const Block& block) {
      printer.look(block);
      return true;
    });
    tell(archive, query, found, global);
  }
  std::size_t rows = 0;
  const bool all_printed = print_to_stdout([&](std::ostream& out) {
    printer.begin(out);
    found.visit([&](const Block& block) {
      rows += block.rows.rows;
      printer.print(out, block);
      return out.good();
    });
    printer.end(out);
  });
  if (!printer.looks_first() && all_printed) tell(archive, query, found, global);
  if (rows > 0 || arguments.physical) return ExitCode::done;
  if (const std::string words = words_on_hidden_chains(archive, {query.where, query.joined}); !words.empty())
    hint(global, words);
  return ExitCode::done;
}

}  // namespace nxmc
