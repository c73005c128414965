// Text of others on its way to a terminal.
#pragma once

#include <string>
#include <string_view>

namespace nxmc {

/// Names of files, hosts and campaigns, and whatever else others wrote, as it may be printed: control characters are
/// escaped ("\n", "\x1b", "\u202e"), and so are bytes that are no UTF-8. Everything else stays as it is.
std::string shown(std::string_view text);

}  // namespace nxmc
