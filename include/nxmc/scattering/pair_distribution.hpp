// How often atoms are so far apart: what patterns contain, in real space.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "nxmc/scattering/debye.hpp"

namespace nxmc {

/// Equally spaced, angstrom; of bins the centres.
struct DistanceGrid {
  double step = 0.02;
  std::size_t points = 0;
  double at(std::size_t k) const { return (static_cast<double>(k) + 0.5) * step; }
};

/// Radial distribution function R(r) = sum_{i != j} f_i f_j delta(r - r_ij) / (N <f>^2) in 1/angstrom, with f = Z, as
/// means over bins: R dr is how many atoms a mean atom has at r. \pre step is at least PairHistogram::bin_width
std::vector<double> radial_distribution(const PairHistogram& histogram, const DistanceGrid& grid);

/// How S(Q) ends at the largest Q: suddenly, which makes ripples, or multiplied by sin(pi Q / Qmax) / (pi Q / Qmax)
/// (Lorch 1969).
enum class QEnd : std::uint8_t { sudden, lorch };

/// Reduced pair distribution function G(r) = 2/pi int Q (S(Q) - 1) sin(Qr) W(Q) dQ in 1/angstrom^2, over the Q of the
/// pattern, by the trapezoidal rule. From Q = 0 on it is R(r) / r; from a Q beyond small angles it is that less 4 pi r
/// rho_0 gamma_0(r), the shape of the crystal, as experiments measure it (Farrow and Billinge, Acta Cryst. A 65, 232,
/// 2009). \pre the pattern has no corrections
std::vector<double> reduced_pair_distribution(const Pattern& pattern, const DistanceGrid& grid, QEnd end);

}  // namespace nxmc
