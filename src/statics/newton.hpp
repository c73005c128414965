// Minima of the enthalpy of ions along chosen changes, by Newton's method with exact second derivatives.
#pragma once

#include <Eigen/Core>

#include "nxmc/statics/ions.hpp"
#include "nxmc/statics/lattice_energy.hpp"
#include "nxmc/statics/potentials.hpp"

namespace nxmc::statics {

struct Minimum {
  Ions ions;
  double enthalpy = 0;   ///< eV per cell; the energy without pressure
  double energy = 0;     ///< eV per cell
  bool found = false;    ///< else ions fell into each other, or the cell flew apart, or no end was seen
  double curvature = 0;  ///< the lowest along the changes, eV/Å^2 where strains are worth the edge of a cube of this
                         ///< volume; < 0 at a saddle
  Eigen::VectorXd softest;  ///< the change that it belongs to, of length 1 Å
};

/// All displacements in a cell that stays, the first ion's being none: shifts of all ions change nothing.
Eigen::MatrixXd displacements(std::size_t ions);
/// The same and all strains.
Eigen::MatrixXd strains_and_displacements(std::size_t ions);

/// \param changes   independent columns of 6 + 3 n components (ions.hpp); the ions move along these only
/// \param pressure  eV/Å^3
/// Steps are those of Newton's method in the eigenvectors of the second derivatives, downhill along negative ones too,
/// within a radius of trust. Pairs within the cutoff are those of the last but one configuration: see LatticeEnergy.
Minimum minimise(const PairPotentials& potentials, Ions ions, const Eigen::MatrixXd& changes, double pressure = 0);

/// Adds those of pressure * volume. \pre derivatives belong to these ions
void add_pressure(const Ions& ions, double pressure, Derivatives& derivatives);

}  // namespace nxmc::statics
