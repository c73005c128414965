// The Python programs in tools/ that belong to this one: plot.py draws, report.py writes pages, kinetics.py fits.
#pragma once

#include <string>
#include <vector>

namespace nxmc {

/// Starts one of this program's installation, or of the sources that it was built from, and waits for it. What it
/// prints, its reasons not to draw included, is the command's. A signal that ends this program ends it first.
/// \param options   which program to ask is added
/// \param archives  behind the options and "--": their names may begin with a hyphen
/// \returns whether it has done what it was asked for
/// \throws std::runtime_error  if it is not there, cannot be started, or was killed
bool run_python_program(const std::string& name, std::vector<std::string> options,
                        const std::vector<std::string>& archives);

}  // namespace nxmc
