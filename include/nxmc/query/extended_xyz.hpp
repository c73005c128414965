// Configurations for OVITO, VMD and ASE, in extended XYZ.
#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/elastic/displacements.hpp"
#include "nxmc/lattice/lattice.hpp"

namespace nxmc {

/// What frames say of a configuration.
struct XyzStyle {
  std::string a = "Pb";  ///< what A is called: an element, because readers know no other species
  std::string b = "Cd";
  std::string clock = "time";                   ///< what `Snapshot::at` counts, a key of the comment: "time" or "sweep"
  const DisplacementSolver* relaxed = nullptr;  ///< displaces the sites; nullptr leaves them on the perfect lattice
  double mismatch = 0;                          ///< that of `relaxed`, for the comment
};

/// One frame per snapshot, lengths in lattice spacings: species, pos (relaxed: lattice + displacement, and
/// `displacement` itself), layer (1 = surface) and phase, the plaquette order parameter of Eq. 13 (U1 = 2, S1 = 1,
/// none = 0, S2 = -1, U2 = -2; 0 on the boundary, where it is not defined). The comment says what A and B are called;
/// the cell is the same in all frames, one spacing wider than the crystal on each side and not periodic.
class ExtendedXyzPrinter {
 public:
  /// \pre `out` and `lattice` live as long
  ExtendedXyzPrinter(std::ostream& out, const Lattice& lattice, XyzStyle style);

  /// False when nobody listens any more.
  bool print(const Snapshot& snapshot);

 private:
  void print_site(const Occupation& sigma, std::size_t i, const std::vector<double>& u);

  std::ostream& out_;
  const Lattice& lattice_;
  XyzStyle style_;
  std::string cell_;
  std::string line_;
};

}  // namespace nxmc
