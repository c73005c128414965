// `nxmc prune`: a copy of an archive without what is not wanted any more.
#include <fmt/format.h>

#include <string>

#include "commands.hpp"
#include "nxmc/archive/compose.hpp"
#include "nxmc/phase/requested_columns.hpp"
#include "nxmc/query/selected_jobs.hpp"
#include "output.hpp"

namespace nxmc {

ExitCode prune(const PruneArguments& arguments, const GlobalOptions& global) {
  require_no_requested_columns(arguments.where);
  check_job_condition(arguments.where);  // a slip is found before anything is read
  const Archive archive = Archive::open(arguments.from);
  require_new_file(arguments.to);
  const Remainder rest = without_jobs(archive, arguments.where);
  for (const std::string& text : rest.hints) hint(global, text);
  if (rest.concerned == 0)
    throw ArchiveError(fmt::format("{}: no job fulfils the condition, so {} would be a mere copy and was not written",
                                   arguments.from, arguments.to));
  const ComposedArchive made = prune_archive(archive, rest.scans, arguments.to);
  if (made.damaged > 0) warn(global, words_for_damaged(made.damaged));
  print_to_stdout([&](std::ostream& out) {
    out << fmt::format("{}: {} of {} jobs, {} of them with results\n", arguments.to, made.jobs, archive.jobs(),
                       made.with_results);
  });
  return ExitCode::done;
}

}  // namespace nxmc
