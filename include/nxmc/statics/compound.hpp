// Binary compounds: two ions and a structure.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace nxmc::statics {

/// The two species of a compound: indices into PairPotentials::species.
struct Pairing {
  std::size_t cation = 0, anion = 1;
};

enum class Structure { rock_salt, zinc_blende, wurtzite, caesium_chloride, honeycomb };
inline constexpr std::array<Structure, 5> all_structures{Structure::rock_salt, Structure::zinc_blende,
                                                         Structure::wurtzite, Structure::caesium_chloride,
                                                         Structure::honeycomb};

struct StructureNames {
  std::string_view name;         ///< "rock salt"
  std::string_view space_group;  ///< "Fm-3m (No. 225)"
  std::string_view shorthand;    ///< "RS"
};
const StructureNames& names(Structure structure);
bool hexagonal(Structure structure);  ///< has a and c; the others have a only

}  // namespace nxmc::statics
