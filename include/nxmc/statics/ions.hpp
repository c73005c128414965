// Ions in a periodic cell.
#pragma once

#include <Eigen/Core>
#include <array>
#include <cstddef>
#include <vector>

namespace nxmc::statics {

struct Ions {
  Eigen::Matrix3d edges;             ///< Å, one edge of the cell in each column
  Eigen::Matrix3Xd positions;        ///< Å, one ion in each column; anywhere, not only within the cell
  std::vector<std::size_t> species;  ///< of each ion, an index into PairPotentials::species

  std::size_t count() const { return species.size(); }
  double volume() const;  ///< Å^3
};

/// Small changes of ions in their cell: six Lagrangian strains eta in Voigt's notation (xx, yy, zz, 2yz, 2zx, 2xy),
/// then the displacements x, y, z (Å) of each ion, measured before the strain: |r|^2 = (R + x)^T (1 + 2 eta) (R + x).
inline constexpr Eigen::Index strain_components = 6;

/// These ions after such a change, not rotated. \pre change has 6 + 3 n components, and 1 + 2 eta is positive
Ions deformed(const Ions& ions, const Eigen::VectorXd& change);

/// The same crystal in a cell that is so many times as long along each edge; ions of one copy follow each other.
Ions repeated(const Ions& ions, const std::array<int, 3>& times);

/// Voigt's basis of symmetric matrices: strain = sum over v of eta_v E_v.
const std::array<Eigen::Matrix3d, 6>& voigt_basis();

}  // namespace nxmc::statics
