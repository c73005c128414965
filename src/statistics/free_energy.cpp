#include "nxmc/statistics/free_energy.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace nxmc {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

double curvature(const std::vector<double>& f, std::size_t bin) { return f[bin - 1] - 2 * f[bin] + f[bin + 1]; }

std::size_t top_of(const Histogram& histogram, PeakBins peak) {
  const auto begin = histogram.share.begin();
  const auto top = std::max_element(begin + static_cast<std::ptrdiff_t>(peak.first),
                                    begin + static_cast<std::ptrdiff_t>(peak.last) + 1);
  return static_cast<std::size_t>(top - begin);
}

}  // namespace

std::vector<double> free_energies(const Histogram& histogram) {
  const double highest = std::ranges::max(histogram.share);
  std::vector<double> f;
  f.reserve(histogram.share.size());
  for (const double share : histogram.share) f.push_back(share > 0 ? std::log(highest / share) : nan);
  return f;
}

double barrier(const Histogram& histogram, const TwoPeaks& peaks) {
  const double valley = histogram.share[peaks.valley] / histogram.width();
  if (!(valley > 0)) return nan;
  return (std::log(peak_height(histogram, peaks.lower)) + std::log(peak_height(histogram, peaks.upper))) / 2 -
         std::log(valley);
}

double spinodal(const Histogram& histogram, PeakBins peak, std::size_t valley) {
  const std::vector<double> f = free_energies(histogram);
  const std::size_t last = f.size() - 1;
  const std::size_t top = std::clamp<std::size_t>(top_of(histogram, peak), 1, last - 1);
  const auto step = static_cast<std::ptrdiff_t>(top < valley ? 1 : -1);
  for (std::size_t bin = top; bin != valley;) {
    const auto next = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(bin) + step);
    if (next == 0 || next == last) return nan;
    const double here = curvature(f, bin);
    const double there = curvature(f, next);
    if (here > 0 && there <= 0)
      return histogram.centre(bin) + here / (here - there) * (histogram.centre(next) - histogram.centre(bin));
    bin = next;
  }
  return nan;
}

}  // namespace nxmc
