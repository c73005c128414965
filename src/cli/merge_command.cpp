// `nxmc merge`: archives of one campaign that were computed apart become one.
#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <vector>

#include "commands.hpp"
#include "nxmc/archive/compose.hpp"
#include "output.hpp"

namespace nxmc {

std::string words_for_damaged(std::uint64_t jobs) {
  return jobs == 1 ? "1 job is damaged: it was copied without its results, and 'nxmc run' computes it again"
                   : fmt::format(
                         "{} jobs are damaged: they were copied without their results, and 'nxmc run' computes "
                         "them again",
                         jobs);
}

ExitCode merge(const MergeArguments& arguments, const GlobalOptions& global) {
  constexpr std::size_t fewest = 3;
  if (arguments.files.size() < fewest)
    throw UsageError("at least two archives and a name for the new one are needed: nxmc merge A.h5 B.h5 OUT.h5");
  const std::string& to = arguments.files.back();
  require_new_file(to);
  const std::vector<std::filesystem::path> from(arguments.files.begin(), arguments.files.end() - 1);
  const ComposedArchive made = merge_archives(from, to);
  if (made.damaged > 0) warn(global, words_for_damaged(made.damaged));
  print_to_stdout([&](std::ostream& out) {
    out << fmt::format(
        "{}: {} jobs, {} of them with results; {} were found in several of the archives, with the same bits\n", to,
        made.jobs, made.with_results, made.in_several);
  });
  return ExitCode::done;
}

}  // namespace nxmc
