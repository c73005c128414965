// Pictures of answers, which the Python program plot.py draws.
#pragma once

#include <string>
#include <vector>

namespace nxmc {

/// \throws UsageError  unless it ends as a picture does: PNG, PDF or SVG
void require_picture_name(const std::string& file);

/// See run_python_program. \returns whether it has drawn
bool draw_picture(const std::string& archive, std::vector<std::string> options);

}  // namespace nxmc
