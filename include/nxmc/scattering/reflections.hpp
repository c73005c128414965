// Peaks of powder patterns: where they are, how high and how wide.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nxmc/scattering/debye.hpp"

namespace nxmc {

/// One that a face-centred cubic lattice has, and where to look for it.
struct Reflection {
  std::array<int, 3> hkl{};
  double from = 0;  ///< 1/angstrom
  double to = 0;
};
std::string name_of(const Reflection& reflection);  ///< "111"

/// Those of lattices with edges between two, whose peaks lie in the grid: 5 % beyond where they are in the bulk,
/// because peaks of core and shell shift each other, but nearer to it than to the next ones.
std::vector<Reflection> fcc_reflections(double smallest_edge, double largest_edge, const QGrid& grid);

/// The largest value in its window, that of the parabola through it and its neighbours.
struct PeakMaximum {
  double q = 0;
  double intensity = 0;
};

/// Pseudo-Voigt function above a background: height [eta L + (1 - eta) G], both of the same width and height 1.
struct PeakShape {
  double q = 0;
  double height = 0;
  double width = 0;  ///< at half height, 1/angstrom
  double area = 0;
  double eta = 0;     ///< 0: Gauss, 1: Lorentz
  double misfit = 0;  ///< root mean square of pattern - fit over the range of the fit, in units of the height
};

struct Peak {
  Reflection reflection;
  std::optional<PeakMaximum> maximum;  ///< nothing where the largest value is at an end of its window: no peak
  std::optional<PeakShape> shape;      ///< nothing where the fit did not converge, left the window, or misses by
                                       ///< more than 0.3 of the height
};

/// Least squares by Levenberg and Marquardt (MINPACK, as Eigen has it). Peaks that overlap, less than six widths from
/// each other, are fitted together, over a straight background, from two and a half widths before the first to as much
/// behind the last.
std::vector<Peak> find_peaks(const Pattern& pattern, std::span<const Reflection> reflections);

}  // namespace nxmc
