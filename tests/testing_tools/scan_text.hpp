// The smallest campaign around the keys of one scan.
#pragma once

#include <string>

namespace nxmc::testing_tools {

/// \param top  lines of further keys of the campaign
inline std::string text_of_scan(const std::string& scan, const std::string& top = "") {
  return "name: x\n" + top + "scans:\n  - {name: s, " + scan + "}\n";
}

}  // namespace nxmc::testing_tools
