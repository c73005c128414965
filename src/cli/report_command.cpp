// `nxmc report`: what archives say, as one page.
#include <utility>

#include "commands.hpp"
#include "page.hpp"

namespace nxmc {

ExitCode report(const ReportArguments& arguments, const GlobalOptions& global) {
  require_page_name(arguments.output);
  // What cannot be opened is told in the words of all commands.
  for (const std::string& file : arguments.archives) open_archive(file, global);
  return write_page(arguments.archives, arguments.output, {}) ? ExitCode::done : ExitCode::error;
}

}  // namespace nxmc
