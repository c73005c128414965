// Pictures of answers, which the Python program plot.py draws.
#pragma once

#include <string>
#include <vector>

namespace nxmc {

/// \throws UsageError  unless it ends as a picture does: PNG, PDF or SVG
void require_picture_name(const std::string& file);

/// Starts plot.py of this program's installation, or of the sources that it was built from, and waits for it. What it
/// prints, its reasons not to draw included, is the command's. A signal that ends this program ends plot.py first.
/// \param words  after the archive; which program to ask is added
/// \returns whether it has drawn \throws std::runtime_error  if it is not there, cannot be started, or was killed
bool draw_picture(const std::string& archive, std::vector<std::string> words);

}  // namespace nxmc
