// How often ranks look around while they work.
#pragma once

#include <chrono>

namespace nxmc {

/// How long a rank works before it looks at messages and signals.
inline constexpr std::chrono::milliseconds slice{10};

/// Results of jobs that together take less travel in one message, and are committed together.
inline constexpr std::chrono::milliseconds report_interval{50};

/// At least, between two looks at messages where jobs are shorter.
inline constexpr std::chrono::microseconds listen_interval{200};

/// Between two looks of a rank that has nothing to do.
inline constexpr std::chrono::microseconds rest_interval{100};

}  // namespace nxmc
