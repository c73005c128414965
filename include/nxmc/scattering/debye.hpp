// Powder patterns by Debye's equation, I(Q) = sum_ij f_i f_j* sin(Q r_ij) / (Q r_ij) (Ann. Phys. 351, 809, 1915).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "nxmc/scattering/pair_histogram.hpp"

namespace nxmc {

/// Equally spaced, 1/angstrom. \pre first >= 0, step > 0
struct QGrid {
  double first = 0;
  double step = 0.005;
  std::size_t points = 0;
  double at(std::size_t k) const { return first + static_cast<double>(k) * step; }
};

/// Sums over pairs, from which patterns follow for any form factors.
struct PairSums {
  QGrid grid;
  double configurations = 1;
  std::map<int, double> atoms;  ///< of each element
  /// [Q] sum of sin(Qr) / (Qr) over pairs of two elements, each pair once
  std::map<std::pair<int, int>, std::vector<double>> sums;
  /// [Q] by how much binning can have changed these sums at most
  std::map<std::pair<int, int>, std::vector<double>> errors;
};

/// The same for any number of threads.
PairSums pair_sums(const PairHistogram& histogram, const QGrid& grid, std::size_t threads);

/// Debye's equation is the average over all orientations, in which what is called the Lorentz factor of powders is
/// contained; `lorentz_polarisation` is what programs for single reflections multiply with, (1 + cos^2 2theta) /
/// (sin^2 theta cos theta).
enum class Correction : std::uint8_t { none, polarisation, lorentz_polarisation };

struct BeamAndMotion {
  double wavelength = 1.5406;  ///< angstrom; Cu K alpha 1
  Correction correction = Correction::none;
  bool anomalous = false;   ///< f' and f'' at this wavelength
  double debye_waller = 0;  ///< B = 8 pi^2 <u^2> of all elements that have none of their own, square angstrom
  std::map<int, double> debye_wallers;  ///< B of an element
};

/// Of one configuration, or the mean of several. Electron units: I(0) = (sum of f)^2.
struct Pattern {
  QGrid grid;
  std::vector<double> intensity;       ///< [Q]
  std::vector<double> error;           ///< [Q] that binning can have made at most
  std::vector<double> self;            ///< [Q] sum_i |f_i|^2, what remains of uncorrelated atoms
  std::vector<double> mean_amplitude;  ///< [Q] |mean of f_i|^2, of one atom at rest
  double atoms = 0;                    ///< of one configuration, on average
};

/// \throws std::invalid_argument  for Q that the wavelength does not reach where a correction is asked for, and beyond
/// what is tabulated of form factors
Pattern debye_pattern(const PairSums& sums, const BeamAndMotion& settings);

/// Total scattering structure function S(Q) = 1 + (I/N - <|f|^2>) / |<f>|^2 (Faber and Ziman), [Q].
/// Motion damps S - 1, since f are those of atoms at rest.
/// \pre without corrections
std::vector<double> structure_function(const Pattern& pattern);

}  // namespace nxmc
