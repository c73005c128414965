// Pages that the Python program report.py writes.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace nxmc {

/// \throws UsageError  unless it ends as a page does: .html or .htm
void require_page_name(const std::string& file);

/// See run_python_program. The page is replaced by the new one as a whole.
/// \param renewed_every  after so long browsers load it again
/// \returns whether it has been written
bool write_page(const std::vector<std::string>& archives, const std::string& page,
                std::optional<std::chrono::seconds> renewed_every);

}  // namespace nxmc
