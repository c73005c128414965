// The crystal as a network of springs: the sparse matrices D, C and S of its elastic energy.
//
// A spring between R and R' = R + alpha has natural length l_AB + (Delta/2)(sigma_R + sigma_R'); lengths are measured
// from the crystal of the mean composition, so that sigma stands as delta = sigma - mean, and displacements in units of
// Delta/2. Eq. 4 with its prefactor 2 and one term per bond is then, in units of epsilon,
//
//     E(u, delta) = 1/2 sum_bonds w [ alpha.(u_R - u_R') + (delta_R + delta_R') ]^2
//                 = 1/2 ( u^T D u - 2 u^T C delta + delta^T 4S delta )
//
// with w = 1, or K_shell/K when both ends are in the shell, and
//
//     D = sum_bonds w alpha alpha   (+ on diagonal blocks, - off)
//     C[R,R]  = -sum_alpha w alpha,     C[R,R']  = -w alpha   (equal signs: Eq. 8 of the paper prints them opposite)
//     4S[R,R] =  sum_alpha w,           4S[R,R'] =  w
//
// Its minimum is at u = D^+ C delta, where E = 1/2 delta^T (4S - C^T D^+ C) delta: V = 4S - C^T D^+ C.
//
// D has the rigid motions as null space. C delta is orthogonal to them (every bond pulls its ends with opposite central
// forces), so a solution exists, and fixing 3 (6) displacement components that no rigid motion leaves alone selects one
// exactly; C^T, being blind to rigid motions, does not see which.
#pragma once

#include <Eigen/SparseCore>
#include <cstdint>
#include <vector>

#include "nxmc/lattice/lattice.hpp"

namespace nxmc {

using SparseMatrix = Eigen::SparseMatrix<double, Eigen::ColMajor, std::int64_t>;

/// Displacement component x of site i is unknown number d * place[i] + x.
struct SpringNetwork {
  std::vector<std::int64_t> place;  ///< [N] rank of the site in the order of elimination
  SparseMatrix stiffness;  ///< lower triangle of D, with rows and columns of fixed components those of the identity
  SparseMatrix coupling;   ///< C (dN x N), with rows of fixed components zero
};

/// \throws std::invalid_argument unless the stiffness is positive and finite
SpringNetwork make_spring_network(const Lattice& lattice, double shell_stiffness);

/// w of the bond between i and j.
double bond_weight(const Lattice& lattice, double shell_stiffness, Site i, Site j);

}  // namespace nxmc
