// Histograms of a fraction of sites, and the two states that they show.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "nxmc/statistics/histogram.hpp"
#include "nxmc/statistics/peaks.hpp"

namespace nxmc {

/// A fraction of so many sites is a multiple of 1 / sites: bins that hold as many of these values each, or else some
/// would be higher than their neighbours for that alone. At most 24 bins, from 0 to the largest value.
/// \param weights  as of `histogram` \pre values is not empty, all are from 0 to 1
Histogram fraction_histogram(std::span<const double> values, std::span<const double> weights, std::size_t sites);

/// Peaks of a histogram beyond its noise, and the deepest valley between them.
struct States {
  std::size_t peaks = 0;
  std::optional<double> valley;
  std::size_t valley_bin = 0;  ///< where there is one
};
States states_of(const Histogram& histogram, const ErrorOfDifference& error);
/// Of as many independent values.
States states_of(const Histogram& histogram, double effective_samples);

}  // namespace nxmc
