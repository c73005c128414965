#include "nxmc/archive/checkpoints.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>

#include "durable_file.hpp"
#include "nxmc/archive/archive.hpp"

namespace nxmc {
namespace {

// Slots are far apart in a sparse file: unused space costs nothing.
constexpr std::size_t slot_bytes = std::size_t{64} << 20;
constexpr off_t most_lanes = off_t{1} << 20U;  // one for each rank, and those that earlier runs left
constexpr std::array<char, 8> slot_magic{'n', 'x', 'm', 'c', '-', 'c', 'p', '1'};

/// In front of every state. Written together with it: the checksums tell whether both arrived.
struct SlotHeader {
  std::array<char, 8> magic{};
  std::uint64_t generation = 0;
  Identity token;
  CheckpointLabel label;
  std::uint64_t length = 0;
  Identity state_checksum;
  std::uint64_t header_checksum = 0;  // of everything before it
};

Identity checksum(std::span<const std::byte> bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.high64, hash.low64};
}

std::uint64_t header_checksum(const SlotHeader& header) {
  return XXH3_64bits(&header, offsetof(SlotHeader, header_checksum));
}

off_t slot_offset(std::uint32_t lane, std::uint64_t generation) {
  return static_cast<off_t>((2 * std::size_t{lane} + (generation & 1U)) * slot_bytes);
}

[[noreturn]] void fail(const std::filesystem::path& name, const char* what) {
  throw ArchiveError(
      fmt::format("{}: cannot {}: {}. Free space or mend the permissions, then run the same command again",
                  name.string(), what, std::strerror(errno)));
}

void write_all(int file, std::span<const std::byte> bytes, off_t offset, const std::filesystem::path& name) {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(file, bytes.data(), bytes.size(), offset);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail(name, "write a checkpoint");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += written;
  }
}

/// False at the end of the file or on an error: then there is no checkpoint.
bool read_all(int file, std::span<std::byte> bytes, off_t offset) {
  while (!bytes.empty()) {
    const ssize_t got = pread(file, bytes.data(), bytes.size(), offset);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(got));
    offset += got;
  }
  return true;
}

/// Of a slot of whichever archive.
std::optional<SlotHeader> read_header(int file, off_t offset) {
  SlotHeader header;
  if (!read_all(file, std::as_writable_bytes(std::span(&header, 1)), offset)) return std::nullopt;
  const bool in_its_slot = (static_cast<std::size_t>(offset) / slot_bytes - header.generation) % 2 == 0;
  const bool valid = header.magic == slot_magic && header.header_checksum == header_checksum(header) && in_its_slot &&
                     header.length <= CheckpointFile::capacity();
  return valid ? std::optional(header) : std::nullopt;
}

std::optional<SlotHeader> read_header(int file, off_t offset, Identity token) {
  const auto header = read_header(file, offset);
  return header && header->token == token ? header : std::nullopt;
}

bool is_empty(int file, off_t offset) {
  std::array<std::byte, sizeof(SlotHeader)> bytes{};
  const bool there = read_all(file, bytes, offset);
  return !there || std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

std::optional<std::vector<std::byte>> read_state(int file, off_t offset, const SlotHeader& header) {
  std::vector<std::byte> state(header.length);
  const bool whole = read_all(file, state, offset + static_cast<off_t>(sizeof(SlotHeader))) &&
                     checksum(state) == header.state_checksum;
  return whole ? std::optional(std::move(state)) : std::nullopt;
}

/// Where data begins, from `offset` on; nullopt when only a hole follows. A file system that knows no holes calls
/// everything data.
std::optional<off_t> next_data(int file, off_t offset) {
  const off_t found = lseek(file, offset, SEEK_DATA);
  if (found < 0 && errno == ENXIO) return std::nullopt;
  return found < 0 ? offset : found;
}

/// Those that may hold something: holes are stepped over, so that a file costs what is in it, however long it is.
std::vector<std::uint32_t> lanes_of(int file, const std::filesystem::path& name) {
  struct stat info {};
  if (fstat(file, &info) != 0) fail(name, "read the size of the file of checkpoints");
  constexpr auto lane_bytes = static_cast<off_t>(2 * slot_bytes);
  const off_t end = std::min<off_t>(info.st_size, most_lanes * lane_bytes);
  std::vector<std::uint32_t> lanes;
  for (off_t at = 0; at < end; at = (at / lane_bytes + 1) * lane_bytes) {
    const std::optional<off_t> data = next_data(file, at);
    if (!data || *data >= end) break;
    at = *data;
    lanes.push_back(static_cast<std::uint32_t>(at / lane_bytes));
  }
  return lanes;
}

void copy_slot(int from, int to, off_t offset, const std::filesystem::path& name) {
  const auto header = read_header(from, offset);
  const auto state = header ? read_state(from, offset, *header) : std::nullopt;
  if (!state) return;
  write_all(to, *state, offset + static_cast<off_t>(sizeof(SlotHeader)), name);
  write_all(to, std::as_bytes(std::span(&*header, 1)), offset, name);
}

}  // namespace

std::filesystem::path CheckpointFile::name_for(const std::filesystem::path& archive) {
  return without_link(without_link(archive).string() + ".checkpoints");
}

void CheckpointFile::require_possible(const std::filesystem::path& archive) {
  const std::filesystem::path name = name_for(archive);
  struct stat info {};
  if (stat(name.c_str(), &info) == 0) {
    if (!S_ISREG(info.st_mode))
      throw ArchiveError(
          fmt::format("{}: is {}, where the checkpoints of unfinished jobs are kept. Rename or remove it",
                      name.string(), S_ISDIR(info.st_mode) ? "a directory" : "not a regular file"));
    return;
  }
  if (errno != ENOENT && errno != ENOTDIR) fail(name, "look at the file of checkpoints");
  const std::filesystem::path directory = name.has_parent_path() ? name.parent_path() : ".";
  if (stat(directory.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return;
  throw ArchiveError(
      fmt::format("{}.checkpoints: is a symbolic link to {}, but {} is no directory. Remove the link, or "
                  "create the directory",
                  without_link(archive).string(), name.string(), directory.string()));
}

std::size_t CheckpointFile::capacity() { return slot_bytes - sizeof(SlotHeader); }

CheckpointFile::CheckpointFile(const std::filesystem::path& archive, Identity archive_token)
    : file_(open(name_for(archive).c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666)),
      name_(name_for(archive)),
      token_(archive_token) {
  if (file_ < 0) fail(name_, "open the file of checkpoints");
  sync_directory_of(name_);
}

CheckpointFile::CheckpointFile(const std::filesystem::path& archive, Identity archive_token, std::uint64_t inode)
    : file_(open(name_for(archive).c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK)),
      name_(name_for(archive)),
      token_(archive_token) {
  if (file_ < 0) fail(name_, "open the file of checkpoints");
  if (this->inode() == inode) return;
  close(file_);
  throw ArchiveError(
      fmt::format("{}: was replaced while it was being opened. Look with `nxmc status` whether another "
                  "run writes to the archive; if not, run the same command again",
                  name_.string()));
}

CheckpointFile::~CheckpointFile() { close(file_); }

std::uint64_t CheckpointFile::inode() const {
  struct stat info {};
  if (fstat(file_, &info) != 0) fail(name_, "look at the file of checkpoints");
  return info.st_ino;
}

void CheckpointFile::remove() const { remove_if_same(name_, inode()); }

std::uint64_t CheckpointFile::write(std::uint32_t lane, std::uint64_t generation, const CheckpointLabel& label,
                                    std::span<const std::byte> state) {
  SlotHeader header;
  std::memset(static_cast<void*>(&header), 0, sizeof header);  // padding is part of the checksum
  header.magic = slot_magic;
  header.generation = generation + 1;
  header.token = token_;
  header.label = label;
  header.length = state.size();
  header.state_checksum = checksum(state);
  header.header_checksum = header_checksum(header);
  const off_t offset = slot_offset(lane, header.generation);
  write_all(file_, state, offset + static_cast<off_t>(sizeof header), name_);
  write_all(file_, std::as_bytes(std::span(&header, 1)), offset, name_);
  if (fdatasync(file_) != 0) fail(name_, "make a checkpoint durable");
  return header.generation;
}

void CheckpointFile::clear(std::uint32_t lane) {
  constexpr std::array<std::byte, sizeof(SlotHeader)> nothing{};
  for (const std::uint64_t slot : {0U, 1U}) write_all(file_, nothing, slot_offset(lane, slot), name_);
  if (fdatasync(file_) != 0) fail(name_, "clear a checkpoint");
}

Checkpoint CheckpointFile::read(std::uint32_t lane, std::uint64_t generation) const {
  const off_t offset = slot_offset(lane, generation);
  const auto header = read_header(file_, offset, token_);
  if (!header || header->generation != generation) return {};
  return {header->label, read_state(file_, offset, *header).value_or(std::vector<std::byte>{})};
}

std::vector<CheckpointLane> CheckpointFile::lanes() const {
  std::vector<CheckpointLane> found;
  for (const std::uint32_t lane : lanes_of(file_, name_)) {
    std::optional<CheckpointLane> best;
    for (const std::uint64_t slot : {0U, 1U}) {
      const auto header = read_header(file_, slot_offset(lane, slot), token_);
      if (!header || (best && best->generation > header->generation)) continue;
      if (read_state(file_, slot_offset(lane, slot), *header))
        best = CheckpointLane{lane, header->generation, header->label};
    }
    if (best) found.push_back(*best);
  }
  return found;
}

std::vector<CheckpointLabel> checkpoint_labels(const std::filesystem::path& archive) {
  const std::filesystem::path name = CheckpointFile::name_for(archive);
  CheckpointFile::require_possible(archive);
  const std::optional<Descriptor> file = Descriptor::open_if_exists(name, O_RDONLY);
  std::vector<CheckpointLabel> labels;
  if (!file) return labels;
  for (const std::uint32_t lane : lanes_of(file->number(), name)) {
    std::optional<SlotHeader> newest;
    for (const std::uint64_t slot : {0U, 1U}) {
      const auto header = read_header(file->number(), slot_offset(lane, slot));
      if (header && (!newest || header->generation > newest->generation)) newest = header;
    }
    if (newest) labels.push_back(newest->label);
  }
  return labels;
}

CheckpointCheck check_checkpoints(const std::filesystem::path& archive) {
  const std::filesystem::path name = CheckpointFile::name_for(archive);
  CheckpointCheck check;
  CheckpointFile::require_possible(archive);
  const std::optional<Descriptor> file = Descriptor::open_if_exists(name, O_RDONLY);
  if (!file) return check;
  for (const std::uint32_t lane : lanes_of(file->number(), name)) {
    int whole = 0;
    int broken = 0;
    for (const std::uint64_t slot : {0U, 1U}) {
      const off_t offset = slot_offset(lane, slot);
      if (is_empty(file->number(), offset)) continue;
      const auto header = read_header(file->number(), offset);
      ++(header && read_state(file->number(), offset, *header) ? whole : broken);
    }
    check.jobs += whole > 0 ? 1U : 0U;
    check.from_older += whole > 0 && broken > 0 ? 1U : 0U;
    check.without_whole += whole == 0 && broken > 0 ? 1U : 0U;
  }
  return check;
}

void copy_checkpoints(const std::filesystem::path& from, const std::filesystem::path& to,
                      const std::function<void()>& between_slots) {
  const Descriptor old(from, O_RDONLY);
  const Descriptor copy(to, O_RDWR | O_CREAT);
  for (const std::uint32_t lane : lanes_of(old.number(), from)) {
    for (const std::uint64_t slot : {0U, 1U}) copy_slot(old.number(), copy.number(), slot_offset(lane, slot), to);
    between_slots();
  }
}

}  // namespace nxmc
