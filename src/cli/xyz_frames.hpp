// Configurations of atoms that other programs wrote, in (extended) XYZ.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "nxmc/scattering/atoms.hpp"

namespace nxmc {

struct XyzFrame {
  Atoms atoms;                 ///< in the file's unit of length
  std::optional<double> time;  ///< `time`, else `sweep`, of the comment
  bool in_spacings = false;    ///< as `nxmc export` writes them: sites, in lattice spacings
  bool periodic = false;       ///< `pbc` has a T
};

/// Visits the frames one after the other. Of extended XYZ the columns that `Properties` calls species (or element,
/// symbol) and pos; else the first four: symbol, x, y, z. \param visit  of a frame and its number, from 1 on \throws
/// std::runtime_error  with file, line, reason and remedy: no atoms, fewer lines than announced, words that are no
/// elements, numbers that are none or not finite
void visit_xyz(const std::filesystem::path& file, const std::function<void(XyzFrame&&, std::size_t)>& visit);

}  // namespace nxmc
