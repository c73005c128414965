// Binary compounds: two ions and a structure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace nxmc::statics {

/// The two species of a compound: indices into PairPotentials::species.
struct Pairing {
  std::size_t cation = 0, anion = 1;
};

/// Fm-3m (No. 225), F-43m (216), P6_3mc (186), Pm-3m (221) and P6_3/mmc (194).
enum class Structure : std::uint8_t { rocksalt, zincblende, wurtzite, caesium_chloride, honeycomb };
inline constexpr std::array<Structure, 5> all_structures{
    Structure::rocksalt, Structure::zincblende, Structure::wurtzite, Structure::caesium_chloride, Structure::honeycomb};
std::string_view to_string(Structure structure);  ///< "rock salt"
/// Whether it is described by a, c and u instead of by one constant.
bool is_hexagonal(Structure structure);

}  // namespace nxmc::statics
