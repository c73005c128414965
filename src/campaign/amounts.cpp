#include "nxmc/campaign/amounts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "nxmc/campaign/core_hours.hpp"

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

std::string readable_number(double value) {
  return std::abs(value) >= 100 ? fmt::format("{:.0f}", value) : fmt::format("{:.3g}", value);
}

std::string readable_core_hours(double seconds) {
  constexpr double least_shown = 0.01;
  constexpr double coarse = 100;
  const double hours = seconds / 3600;
  if (!(hours > 0)) return "0";
  return hours >= coarse ? fmt::format("{:.0f}", hours) : fmt::format("{:.2f}", std::max(least_shown, hours));
}

std::string readable_rate(double jobs_per_second) {
  const double per_hour = 3600 * jobs_per_second;
  if (jobs_per_second >= 1) return readable_number(jobs_per_second) + " jobs/s";
  return per_hour >= 1 ? readable_number(per_hour) + " jobs/h" : readable_number(24 * per_hour) + " jobs/day";
}

double percent_of(double part, double whole) {
  if (part >= whole) return whole > 0 ? 100 : 0;
  return std::min(99.9, std::round(1000 * part / whole) / 10);
}

}  // namespace nxmc
