// Taking the files of a run that may come back.
#pragma once

#include <filesystem>
#include <functional>

namespace nxmc {

/// Replaces archive and checkpoints by copies of their own: who has them open still writes to what they were before.
/// What it writes while they are copied can be in the copies in part; their checksums tell. `interrupt` is called again
/// and again, and may throw; `require_ours` before anything is replaced.
/// \throws ArchiveError when there is no room for the copy
void replace_by_copies(const std::filesystem::path& archive, const std::function<void()>& interrupt,
                       const std::function<void()>& require_ours);

/// Removes files under construction that earlier runs left.
void remove_unfinished_files(const std::filesystem::path& archive);

}  // namespace nxmc
