// What is in an archive and has to be computed again.
#pragma once

#include <cstdint>
#include <set>

#include "nxmc/archive/archive.hpp"

namespace nxmc {

struct Repairs {
  std::set<std::uint64_t> rows;
  std::set<std::uint64_t> kernels;  ///< places in the archive
};

/// \throws ArchiveError where neither a row nor a kernel is damaged, but the file as a whole
void note_damage(const Archive& archive, const Damage& damage, Repairs& repairs);

}  // namespace nxmc
