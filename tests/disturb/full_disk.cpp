// Preloaded into a rank: below the directory $NXMC_DISK, writing, reserving and syncing fail once the counters of
// $NXMC_DISK_ROOM are used up, as on a disk that is full or broken.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <string_view>

#include "disk_room.hpp"

namespace {

using nxmc::testing_tools::RoomCounters;

RoomCounters& room() {
  static const char* const file = std::getenv("NXMC_DISK_ROOM");
  static RoomCounters* const counters = nxmc::testing_tools::map_room(file == nullptr ? "" : file);
  return *counters;
}

bool is_on_the_disk(int descriptor) {
  static const char* const directory = std::getenv("NXMC_DISK");
  if (directory == nullptr) return false;
  std::array<char, 64> link{};
  std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", descriptor);
  std::array<char, 4096> path{};
  const ssize_t length = ::readlink(link.data(), path.data(), path.size());
  return length > 0 && std::string_view(path.data(), static_cast<std::size_t>(length)).starts_with(directory);
}

/// Takes an amount from a counter; false, with errno set, when there is not enough left.
bool take(std::atomic<std::int64_t>& counter, std::int64_t amount, int error) {
  if (counter.fetch_sub(amount) >= amount) return true;
  counter.store(0);
  ++room().refusals;
  errno = error;
  return false;
}

bool take_bytes(int descriptor, std::size_t bytes) {
  return !is_on_the_disk(descriptor) || take(room().bytes, static_cast<std::int64_t>(bytes), ENOSPC);
}

std::size_t total(const iovec* pieces, int count) {
  std::size_t bytes = 0;
  for (int i = 0; i < count; ++i) bytes += pieces[i].iov_len;
  return bytes;
}

template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

ssize_t write(int descriptor, const void* bytes, size_t length) {
  static auto* const next = real<ssize_t(int, const void*, size_t)>("write");
  return take_bytes(descriptor, length) ? next(descriptor, bytes, length) : -1;
}

ssize_t pwrite(int descriptor, const void* bytes, size_t length, off_t offset) {
  static auto* const next = real<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  return take_bytes(descriptor, length) ? next(descriptor, bytes, length, offset) : -1;
}

ssize_t pwrite64(int descriptor, const void* bytes, size_t length, off_t offset) {
  return pwrite(descriptor, bytes, length, offset);
}

ssize_t writev(int descriptor, const iovec* pieces, int count) {
  static auto* const next = real<ssize_t(int, const iovec*, int)>("writev");
  return take_bytes(descriptor, total(pieces, count)) ? next(descriptor, pieces, count) : -1;
}

ssize_t pwritev(int descriptor, const iovec* pieces, int count, off_t offset) {
  static auto* const next = real<ssize_t(int, const iovec*, int, off_t)>("pwritev");
  return take_bytes(descriptor, total(pieces, count)) ? next(descriptor, pieces, count, offset) : -1;
}

ssize_t pwritev64(int descriptor, const iovec* pieces, int count, off_t offset) {
  return pwritev(descriptor, pieces, count, offset);
}

int fallocate(int descriptor, int mode, off_t offset, off_t length) {
  static auto* const next = real<int(int, int, off_t, off_t)>("fallocate");
  if (is_on_the_disk(descriptor) && !take(room().reservations, 1, ENOSPC)) return -1;
  return next(descriptor, mode, offset, length);
}

int fallocate64(int descriptor, int mode, off_t offset, off_t length) {
  return fallocate(descriptor, mode, offset, length);
}

int fsync(int descriptor) {
  static auto* const next = real<int(int)>("fsync");
  return is_on_the_disk(descriptor) && !take(room().syncs, 1, EIO) ? -1 : next(descriptor);
}

int fdatasync(int descriptor) {
  static auto* const next = real<int(int)>("fdatasync");
  return is_on_the_disk(descriptor) && !take(room().syncs, 1, EIO) ? -1 : next(descriptor);
}

}  // extern "C"
