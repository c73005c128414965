// What holds where a campaign says nothing, as far as it is not the default of a parameter itself.
#pragma once

#include <cstdint>

namespace nxmc {

inline constexpr std::uint64_t standard_sweeps = 100'000;
inline constexpr std::uint64_t standard_phases_every = 1;
inline constexpr std::uint64_t standard_areas_every = 100;

/// Observation times, evenly on a logarithmic scale.
struct StandardTimes {
  int points = 120;
  double from = 0;
  double to = 0;
};
/// Times over which an exchange runs from its first events to its end: strongly driven 3D crystals begin at about
/// 1e-32.
inline constexpr StandardTimes standard_times{.from = 1e-3, .to = 300};
inline constexpr StandardTimes standard_times_elastic_3d{.from = 1e-32, .to = 100};

}  // namespace nxmc
