#include "nxmc/archive/clock.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <ctime>

namespace nxmc {

double seconds_since_1970() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string readable_time(double seconds_since_1970) {
  constexpr double year_10000 = 253402300800;
  if (!(seconds_since_1970 > 0 && seconds_since_1970 < year_10000)) return "an unknown time";
  const auto time = static_cast<std::time_t>(seconds_since_1970);
  std::tm local{};
  if (::localtime_r(&time, &local) == nullptr) return "an unknown time";
  return fmt::format("{:%Y-%m-%d %H:%M:%S}", local);
}

}  // namespace nxmc
