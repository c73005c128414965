// The manual, page by page.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "roff.hpp"

namespace nxmc {

struct Page {
  std::string file;  ///< below share/man: "man1/nxmc-run.1"
  std::string text;
};

/// nxmc(1), one page for each command, and nxmc-campaign(5).
std::vector<Page> man_pages(const CLI::App& app, const Edition& edition);

}  // namespace nxmc
