// Patterns as rows: their peaks, their course, I(Q) and pair distributions.
#pragma once

#include <vector>

#include "nxmc/archive/data_file.hpp"
#include "nxmc/query/table.hpp"
#include "nxmc/scattering/pair_distribution.hpp"
#include "nxmc/scattering/reflections.hpp"
#include "scatterers.hpp"

namespace nxmc {

struct ComputedPattern {
  Scatterer of;  ///< without its pairs
  double configurations = 0;
  Pattern pattern;
  std::vector<Peak> peaks;
  std::vector<double> structure_function;  ///< [Q] S(Q), without corrections
  std::vector<double> radial;              ///< [r]
  std::vector<double> reduced;             ///< [r] G(r)
};

struct ComputedPatterns {
  std::vector<Reflection> reflections;  ///< of the peaks of each
  DistanceGrid distances;
  std::vector<ComputedPattern> all{};
};

/// A row for each reflection of each pattern.
Table table_of_peaks(const ComputedPatterns& patterns);
/// A row for each pattern.
Table table_of_courses(const ComputedPatterns& patterns);
/// A row for each Q of each pattern.
Table table_of_intensities(const ComputedPatterns& patterns);
/// A row for each distance of each pattern.
Table table_of_distributions(const ComputedPatterns& patterns);

/// All of them: /q and /r, /intensity and others of shape [pattern][Q] or [pattern][r], /pattern/… with what each is of
/// and its peaks.
std::vector<DataArray> arrays_of(const ComputedPatterns& patterns);

}  // namespace nxmc
