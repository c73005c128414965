// Numbers of hours and of jobs as people read them: without powers of ten.
#pragma once

#include <string>

namespace nxmc {

inline constexpr double seconds_of_hour = 3600;

/// Three significant digits, and every digit before the point: "0.0123", "45.6", "2713".
std::string readable_number(double value);
/// Hours to a hundredth, from 100 on to one: "12.35", "2713"; "0" only for nothing at all.
std::string readable_core_hours(double seconds);

}  // namespace nxmc
