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
  const Answer found = answer(Archive::open(arguments.archive), arguments.query);
  for (const std::string& warning : found.warnings) warn(global, warning);
  print_to_stdout([&](std::ostream& out) { print_table(out, found.table, arguments.format, stdout_is_terminal()); });
  return ExitCode::done;
}

}  // namespace nxmc
