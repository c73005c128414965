// `nxmc query`: results as tables.
#include <map>
#include <string>
#include <vector>

#include "commands.hpp"
#include "nxmc/analyze/condition.hpp"
#include "nxmc/analyze/print.hpp"
#include "nxmc/analyze/query.hpp"
#include "output.hpp"

namespace nxmc {

ExitCode show_query(const QueryArguments& arguments, const GlobalOptions& global) {
  if (!arguments.query.where.empty())
    parse_condition(arguments.query.where);  // a slip is found also without an archive
  const Archive archive = Archive::open(arguments.archive);
  if (arguments.describe) {
    const Table columns = describe_columns(archive);
    print_to_stdout([&](std::ostream& out) { print_table(out, columns, arguments.format, false); });
    return ExitCode::done;
  }
  Answer found = answer(archive, arguments.query);
  for (const std::string& warning : found.warnings) warn(global, warning);
  for (const std::string& text : found.hints) hint(global, text);
  // Programs that read csv or json rely on the columns; people do not miss those that say nothing.
  const bool all_columns = arguments.format != TableFormat::table || !arguments.query.columns.empty();
  if (!all_columns) found.table = without_empty_columns(found.table);
  print_to_stdout([&](std::ostream& out) { print_table(out, found.table, arguments.format, stdout_is_terminal()); });
  return ExitCode::done;
}

}  // namespace nxmc
