// `nxmc status --html`: how far a campaign is, as a page.
#pragma once

#include <chrono>

#include "commands.hpp"

namespace nxmc {

/// Writes the page, with --watch again and again until the campaign is done, or nobody wants it any more.
ExitCode write_status_page(const StatusArguments& arguments, std::chrono::duration<double> every,
                           const GlobalOptions& global);

}  // namespace nxmc
