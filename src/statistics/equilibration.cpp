#include "nxmc/statistics/equilibration.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "nxmc/statistics/autocorrelation.hpp"

namespace nxmc {
namespace {

constexpr std::size_t most_values = 1024;
constexpr std::size_t places = 64;
constexpr std::size_t fewest_left = 4;  // of which a correlation can be seen
constexpr double share_of_most = 0.9;

std::size_t bin_length_for(std::size_t count) {
  std::size_t length = 1;
  while (count / length >= most_values) length *= 2;
  return length;
}

/// Means over bins of equal length, of which the last may be shorter.
std::vector<double> binned(std::span<const double> values, std::size_t length) {
  std::vector<double> means;
  means.reserve(values.size() / length + 1);
  for (std::size_t first = 0; first < values.size(); first += length) {
    const auto bin = values.subspan(first, std::min(length, values.size() - first));
    double sum = 0;
    for (const double value : bin) sum += value - bin.front();
    means.push_back(bin.front() + sum / static_cast<double>(bin.size()));
  }
  return means;
}

/// Effective samples of a part of the series.
double worth(std::span<const double> values) {
  const double effective = effective_samples(values);
  return std::isnan(effective) ? static_cast<double>(values.size()) : effective;
}

}  // namespace

Equilibration equilibrated_part(std::span<const double> values) {
  if (values.size() < fewest_left) return {0, worth(values)};
  const std::size_t length = bin_length_for(values.size());
  const std::vector<double> bins = binned(values, length);

  std::vector<std::size_t> cuts;
  for (std::size_t place = 0; place < places; ++place) {
    const std::size_t cut = place * bins.size() / places;
    if (bins.size() - cut >= fewest_left && (cuts.empty() || cut > cuts.back())) cuts.push_back(cut);
  }
  std::vector<double> worths;
  worths.reserve(cuts.size());
  for (const std::size_t cut : cuts) worths.push_back(worth(std::span(bins).subspan(cut)));

  const double enough = share_of_most * *std::ranges::max_element(worths);
  const auto first = std::ranges::find_if(worths, [&](double w) { return w >= enough; }) - worths.begin();
  const std::size_t discarded = cuts[static_cast<std::size_t>(first)] * length;
  return {discarded, worth(values.subspan(discarded))};
}

}  // namespace nxmc
