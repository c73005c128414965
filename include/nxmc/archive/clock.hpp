// Times as archives and claims tell them: in seconds since 1970.
#pragma once

#include <string>

namespace nxmc {

/// Now.
double seconds_since_1970();

/// "2026-11-21 11:42:41", in local time; "an unknown time" for 0 and for what is none.
std::string readable_time(double seconds_since_1970);

}  // namespace nxmc
