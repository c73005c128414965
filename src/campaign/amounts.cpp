#include "nxmc/campaign/amounts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace nxmc {

std::string readable_bytes(double bytes) {
  constexpr std::array units{"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  std::size_t unit = 0;
  for (; bytes >= 1024 && unit + 1 < units.size(); ++unit) bytes /= 1024;
  return unit == 0 ? fmt::format("{:.0f} {}", bytes, units[unit]) : fmt::format("{:.1f} {}", bytes, units[unit]);
}

std::string readable_duration(double seconds) {
  if (!(seconds < 1e10)) return "unknown";
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  const auto total = static_cast<long>(std::lround(seconds));
  if (total < 60) return fmt::format("{} s", total);
  if (total < 3600) return fmt::format("{} min {} s", total / 60, total % 60);
  if (total < 86400) return fmt::format("{} h {} min", total / 3600, total % 3600 / 60);
  return fmt::format("{} d {} h", total / 86400, total % 86400 / 3600);
}

std::string readable_rate(double jobs_per_second) {
  if (jobs_per_second >= 100) return fmt::format("{:.0f} jobs/s", jobs_per_second);
  return jobs_per_second >= 1 ? fmt::format("{:.3g} jobs/s", jobs_per_second)
                              : fmt::format("{:.3g} jobs/h", 3600 * jobs_per_second);
}

double percent_of(double part, double whole) {
  if (part >= whole) return whole > 0 ? 100 : 0;
  return std::min(99.9, std::round(1000 * part / whole) / 10);
}

}  // namespace nxmc
