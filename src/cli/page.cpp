#include "page.hpp"

#include <fmt/format.h>

#include <utility>

#include "commands.hpp"
#include "output.hpp"
#include "python_program.hpp"

namespace nxmc {

void require_page_name(const std::string& file) {
  const std::string ending = ending_of(file);
  if (ending != ".html" && ending != ".htm")
    throw UsageError(fmt::format("'{}' is no name of a page; end it in .html", file));
}

bool write_page(const std::vector<std::string>& archives, const std::string& page,
                std::optional<std::chrono::seconds> renewed_every) {
  std::vector<std::string> options{"--output=" + page};
  if (renewed_every) options.push_back(fmt::format("--refresh={}", renewed_every->count()));
  return run_python_program("report.py", std::move(options), archives);
}

}  // namespace nxmc
