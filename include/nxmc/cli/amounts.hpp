// Durations and amounts of memory as users write them.
#pragma once

#include <string>

namespace nxmc {

/// Seconds of "90s", "55m", "2h", "1d", "1h30m" or one of Slurm's forms MM:SS, HH:MM:SS, D-HH, D-HH:MM, D-HH:MM:SS.
/// A bare number is refused: to some it is minutes, to others seconds.
/// \throws std::invalid_argument with reason and remedy
double parse_duration(const std::string& text);

/// Bytes of "500M", "16G", "1.5GiB" or "2TB"; K, M, G and T are powers of 1024, as in Slurm.
/// \throws std::invalid_argument with reason and remedy
double parse_bytes(const std::string& text);

}  // namespace nxmc
