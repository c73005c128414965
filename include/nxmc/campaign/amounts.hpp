// Amounts as people write them.
#pragma once

#include <string>

namespace nxmc {

/// 1536 MiB as "1.5 GiB".
std::string readable_bytes(double bytes);
/// 5400 s as "1 h 30 min".
std::string readable_duration(double seconds);

}  // namespace nxmc
