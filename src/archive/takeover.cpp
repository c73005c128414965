// See takeover.hpp.
#include "takeover.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <vector>

#include "durable_file.hpp"
#include "nxmc/archive/archive.hpp"
#include "nxmc/archive/checkpoints.hpp"
#include "system_errors.hpp"

namespace nxmc {

namespace {

constexpr std::size_t piece_bytes = std::size_t{4} << 20U;

/// Where data begins and holes end, from `offset` on; the end of the file when there is none, or the file system does
/// not know holes and calls everything data.
std::uint64_t seek(const Descriptor& file, std::uint64_t offset, int what, std::uint64_t otherwise) {
  const off_t found = ::lseek(file.number(), static_cast<off_t>(offset), what);
  return found < 0 ? otherwise : static_cast<std::uint64_t>(found);
}

// Plain reading and writing: a copy that shares its blocks with the original, as copy_file_range(2) makes them, would
// need new ones with every write to it, and a later write could find the disk full.
void copy_data(const Descriptor& from, const Descriptor& to, std::uint64_t size,
               const std::function<void()>& interrupt) {
  std::vector<char> piece(piece_bytes);
  for (std::uint64_t at = seek(from, 0, SEEK_DATA, size); at < size; at = seek(from, at, SEEK_DATA, size)) {
    const std::uint64_t end = std::min(size, seek(from, at, SEEK_HOLE, size));
    while (at < end) {
      const std::size_t length = std::min<std::uint64_t>(piece.size(), end - at);
      from.read(at, piece.data(), length);
      to.write(at, piece.data(), length);
      at += length;
      interrupt();
    }
  }
}

void copy_file(const Descriptor& from, const UnfinishedFile& copy, const std::function<void()>& interrupt) {
  const std::uint64_t size = from.size();
  copy.require_space(size);
  const Descriptor to(copy.path(), O_RDWR | O_CREAT);
  if (::ftruncate(to.number(), static_cast<off_t>(size)) != 0)
    throw ArchiveError(fmt::format("{}: cannot copy its length to {}: {}. {}", from.path().string(),
                                   copy.path().string(), words_of_errno(errno), remedy_of_errno(errno)));
  copy_data(from, to, size, interrupt);
}

/// False when the archive's name has come to refer to another file meanwhile.
bool try_to_replace(const std::filesystem::path& archive, const std::filesystem::path& checkpoints,
                    const std::function<void()>& interrupt, const std::function<void()>& require_ours) {
  const std::optional<Descriptor> old = Descriptor::open_if_exists(archive, O_RDONLY);
  const std::optional<Descriptor> old_checkpoints = Descriptor::open_if_exists(checkpoints, O_RDONLY);
  if (!old) return true;
  UnfinishedFile copy(archive);
  copy_file(*old, copy, interrupt);
  std::optional<UnfinishedFile> copied_checkpoints;
  if (old_checkpoints) {
    copied_checkpoints.emplace(checkpoints);
    copy_checkpoints(checkpoints, copied_checkpoints->path(), interrupt);
  }
  require_ours();
  if (!copy.publish_instead_of(old->inode())) return false;
  return !copied_checkpoints || copied_checkpoints->publish_instead_of(old_checkpoints->inode());
}

}  // namespace

void replace_by_copies(const std::filesystem::path& archive, const std::function<void()>& interrupt,
                       const std::function<void()>& require_ours) {
  const std::filesystem::path checkpoints = CheckpointFile::name_for(archive);
  // An owner that lives still may replace (by an extended one) or remove a file once more before it learns of us.
  constexpr int attempts = 5;
  for (int i = 0; i < attempts; ++i)
    if (try_to_replace(archive, checkpoints, interrupt, require_ours)) return;
  throw ArchiveError(fmt::format("{}: somebody replaces it again and again. Look with `nxmc status` who writes to it.",
                                 archive.string()));
}

void remove_unfinished_files(const std::filesystem::path& archive) {
  for (const std::filesystem::path& target : {archive, CheckpointFile::name_for(archive)}) {
    const std::filesystem::path directory = target.has_parent_path() ? target.parent_path() : ".";
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(directory))
      if (UnfinishedFile::is_one(entry.path().filename().string(), target)) found.push_back(entry);
    for (const std::filesystem::path& file : found) std::filesystem::remove(file);
  }
}

}  // namespace nxmc
