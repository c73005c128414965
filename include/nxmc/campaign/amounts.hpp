// Amounts as people write them.
#pragma once

#include <string>

namespace nxmc {

/// 1536 MiB as "1.5 GiB".
std::string readable_bytes(double bytes);
/// 5400 s as "1 h 30 min".
std::string readable_duration(double seconds);

/// "8.1 jobs/s", "23 jobs/h".
std::string readable_rate(double jobs_per_second);

/// To a tenth; 100 only for all of it.
double percent_of(double part, double whole);

}  // namespace nxmc
