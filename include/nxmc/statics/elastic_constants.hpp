// Elastic constants with relaxed inner coordinates, from exact second derivatives.
#pragma once

#include <Eigen/Core>
#include <array>

#include "nxmc/statics/ions.hpp"
#include "nxmc/statics/potentials.hpp"

namespace nxmc::statics {

using Stiffness = Eigen::Matrix<double, 6, 6>;

/// C = C_clamped - Lambda D^-1 Lambda^T (Born and Huang), where C_clamped are second derivatives of the enthalpy with
/// respect to Lagrangian strains, per volume, Lambda the mixed ones with displacements, and D those with respect to
/// displacements. Under pressure these are the coefficients of stress against strain (C11 - P, C12 + P, C44 - P in
/// terms of those of the energy). \param ions      in equilibrium under the pressure \param pressure  eV/Å^3 \return
/// GPa, axes of the cell's Cartesian coordinates, Voigt's order xx, yy, zz, yz, zx, xy
Stiffness elastic_constants(const PairPotentials& potentials, const Ions& ions, double pressure = 0);

/// Of the crystal under hydrostatic pressure: 1/B is the sum of the upper left nine compliances (Reuss). GPa
double bulk_modulus(const Stiffness& stiffness);

/// Born's criterion: every strain costs energy. The lowest eigenvalue, GPa, of Mandel's matrix, which rotations leave
/// as it is.
double softest_strain(const Stiffness& stiffness);

/// The lowest curvature of the energy along displacements of ions that are not a shift of all, eV/Å^2, in a cell that
/// is so many times as long along each edge: phonons of the zone's centre and of the points in between that fit into
/// it.
double softest_displacement(const PairPotentials& potentials, const Ions& ions, const std::array<int, 3>& times);

}  // namespace nxmc::statics
