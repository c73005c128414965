#include "nxmc/schedule/repairs.hpp"

#include <fmt/format.h>

namespace nxmc {

void note_damage(const Archive& archive, const Damage& damage, Repairs& repairs) {
  if (!damage.job && !damage.kernel)
    throw ArchiveError(fmt::format("{}: {}: {}. Restore the file from a copy, or use another --archive",
                                   archive.file().string(), damage.where, damage.what));
  if (damage.job) repairs.rows.insert(*damage.job);
  if (damage.kernel) repairs.kernels.insert(*damage.kernel);
}

}  // namespace nxmc
