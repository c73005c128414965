// Preloaded into a rank: records every change of the files in the directory $NXMC_RECORD_DIRECTORY (not below it) into
// the file $NXMC_RECORD_FILE. See recording.hpp. Also makes stderr a terminal, so that progress is said often.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "recording.hpp"

namespace {

using nxmc::testing_tools::Action;
using nxmc::testing_tools::RecordHead;

template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

/// A recording with gaps proves nothing: better no run at all.
const char* setting(const char* name) {
  const char* const value = std::getenv(name);
  if (value == nullptr) std::abort();
  return value;
}

const std::string& directory() {
  static const std::string path = setting("NXMC_RECORD_DIRECTORY");
  return path;
}

int recording_file() {
  static const int file = static_cast<int>(
      ::syscall(SYS_openat, AT_FDCWD, setting("NXMC_RECORD_FILE"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  return file;
}

void append(RecordHead head, std::string_view name, std::string_view bytes) {
  const int error = errno;
  head.thread = static_cast<std::int32_t>(::syscall(SYS_gettid));
  head.name_length = static_cast<std::uint32_t>(name.size());
  head.length = bytes.size();
  std::string record(reinterpret_cast<const char*>(&head), sizeof head);
  record.append(name).append(bytes);
  if (::syscall(SYS_write, recording_file(), record.data(), record.size()) != static_cast<long>(record.size()))
    std::abort();
  errno = error;
}

std::string path_of(int descriptor) {
  const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
  std::array<char, 4096> path{};
  const ssize_t length = ::readlink(link.c_str(), path.data(), path.size());
  return length > 0 ? std::string(path.data(), static_cast<std::size_t>(length)) : std::string();
}

/// The name of a path that lies in the directory.
std::optional<std::string> name_in_directory(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos || path.substr(0, slash) != directory()) return std::nullopt;
  return path.substr(slash + 1);
}

/// As given to a system call, relative paths included.
std::optional<std::string> name_in_directory(int base, const char* path) {
  if (*path == '/') return name_in_directory(std::string(path));
  std::string from = base == AT_FDCWD ? std::string() : path_of(base);
  if (base == AT_FDCWD) {
    std::array<char, 4096> here{};
    if (::getcwd(here.data(), here.size()) != nullptr) from = here.data();
  }
  std::string_view rest = path;
  while (rest.starts_with("./")) rest.remove_prefix(2);
  return name_in_directory(from + "/" + std::string(rest));
}

std::uint64_t inode_of(int descriptor) {
  struct stat about {};
  return ::fstat(descriptor, &about) == 0 ? about.st_ino : 0;
}

std::int64_t size_of(int descriptor) {
  struct stat about {};
  return ::fstat(descriptor, &about) == 0 ? about.st_size : 0;
}

/// The inode of a descriptor that is a file of the directory, or the directory itself; 0 for all others.
std::uint64_t recorded_inode(int descriptor) {
  const int error = errno;
  const std::string path = path_of(descriptor);
  const bool recorded = path == directory() || name_in_directory(path).has_value();
  const std::uint64_t inode = recorded ? inode_of(descriptor) : 0;
  errno = error;
  return inode;
}

void record_change(Action action, std::uint64_t inode, std::int64_t offset, std::string_view bytes = {}) {
  append({.action = action, .inode = inode, .offset = offset}, {}, bytes);
}

void record_written(int descriptor, std::int64_t offset, const void* bytes, ssize_t written) {
  if (written <= 0) return;
  if (const auto inode = recorded_inode(descriptor))
    record_change(Action::write, inode, offset, {static_cast<const char*>(bytes), static_cast<std::size_t>(written)});
}

std::string concatenate(const iovec* pieces, int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
  return bytes;
}

/// Opens in a way that tells whether the file is new.
template <class Open>
int record_open(int base, const char* path, int flags, const Open& open_with) {
  const auto name = name_in_directory(base, path);
  if (!name) return open_with(flags);
  if ((flags & O_CREAT) != 0) {
    const int created = open_with(flags | O_EXCL);
    if (created >= 0) append({.action = Action::create, .inode = inode_of(created)}, *name, {});
    if (created >= 0 || (flags & O_EXCL) != 0 || errno != EEXIST) return created;
  }
  const int opened = open_with(flags & ~O_CREAT);
  if (opened >= 0 && (flags & O_TRUNC) != 0) record_change(Action::resize, inode_of(opened), 0);
  return opened;
}

template <class Sync>
int record_sync(int descriptor, const Sync& sync) {
  const auto inode = recorded_inode(descriptor);
  if (inode == 0) return sync();
  record_change(Action::sync_begin, inode, 0);
  const int result = sync();
  if (result == 0) record_change(Action::sync_end, inode, 0);
  return result;
}

void record_names(Action action, const std::optional<std::string>& from, const std::optional<std::string>& to) {
  if (from) append({.action = action}, *from, to.value_or(""));
}

}  // namespace

extern "C" {

int isatty(int descriptor) {
  static auto* const next = real<int(int)>("isatty");
  return descriptor == STDERR_FILENO ? 1 : next(descriptor);
}

size_t fwrite(const void* bytes, size_t size, size_t count, FILE* stream) {
  static auto* const next = real<size_t(const void*, size_t, size_t, FILE*)>("fwrite");
  const size_t written = next(bytes, size, count, stream);
  if (stream == stderr) append({.action = Action::report}, {}, {static_cast<const char*>(bytes), size * count});
  return written;
}

int openat(int base, const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return record_open(base, path, flags,
                     [&](int how) { return static_cast<int>(::syscall(SYS_openat, base, path, how, mode)); });
}

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return record_open(AT_FDCWD, path, flags,
                     [&](int how) { return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, how, mode)); });
}

int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return record_open(AT_FDCWD, path, flags,
                     [&](int how) { return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, how, mode)); });
}

ssize_t write(int descriptor, const void* bytes, size_t length) {
  static auto* const next = real<ssize_t(int, const void*, size_t)>("write");
  const ssize_t written = next(descriptor, bytes, length);
  if (written > 0 && recorded_inode(descriptor) != 0)
    record_written(descriptor, ::lseek(descriptor, 0, SEEK_CUR) - written, bytes, written);
  return written;
}

ssize_t pwrite(int descriptor, const void* bytes, size_t length, off_t offset) {
  static auto* const next = real<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  const ssize_t written = next(descriptor, bytes, length, offset);
  record_written(descriptor, offset, bytes, written);
  return written;
}

ssize_t pwrite64(int descriptor, const void* bytes, size_t length, off_t offset) {
  return pwrite(descriptor, bytes, length, offset);
}

ssize_t writev(int descriptor, const iovec* pieces, int count) {
  static auto* const next = real<ssize_t(int, const iovec*, int)>("writev");
  const ssize_t written = next(descriptor, pieces, count);
  if (written > 0 && recorded_inode(descriptor) != 0)
    record_written(descriptor, ::lseek(descriptor, 0, SEEK_CUR) - written, concatenate(pieces, count).data(), written);
  return written;
}

ssize_t pwritev(int descriptor, const iovec* pieces, int count, off_t offset) {
  static auto* const next = real<ssize_t(int, const iovec*, int, off_t)>("pwritev");
  const ssize_t written = next(descriptor, pieces, count, offset);
  record_written(descriptor, offset, concatenate(pieces, count).data(), written);
  return written;
}

ssize_t pwritev64(int descriptor, const iovec* pieces, int count, off_t offset) {
  return pwritev(descriptor, pieces, count, offset);
}

int ftruncate(int descriptor, off_t length) {
  static auto* const next = real<int(int, off_t)>("ftruncate");
  const int result = next(descriptor, length);
  if (const auto inode = recorded_inode(descriptor); inode != 0 && result == 0)
    record_change(Action::resize, inode, length);
  return result;
}

int ftruncate64(int descriptor, off_t length) { return ftruncate(descriptor, length); }

int fallocate(int descriptor, int mode, off_t offset, off_t length) {
  static auto* const next = real<int(int, int, off_t, off_t)>("fallocate");
  const std::int64_t before = size_of(descriptor);
  const int result = next(descriptor, mode, offset, length);
  const auto inode = recorded_inode(descriptor);
  if (inode != 0 && result == 0 && size_of(descriptor) > before)
    record_change(Action::reserve, inode, size_of(descriptor));
  return result;
}

int fallocate64(int descriptor, int mode, off_t offset, off_t length) {
  return fallocate(descriptor, mode, offset, length);
}

int fsync(int descriptor) {
  static auto* const next = real<int(int)>("fsync");
  return record_sync(descriptor, [&] { return next(descriptor); });
}

int fdatasync(int descriptor) {
  static auto* const next = real<int(int)>("fdatasync");
  return record_sync(descriptor, [&] { return next(descriptor); });
}

int renameat2(int from_base, const char* from, int to_base, const char* to, unsigned int flags) {
  const auto old_name = name_in_directory(from_base, from);
  const auto new_name = name_in_directory(to_base, to);
  const int result = static_cast<int>(::syscall(SYS_renameat2, from_base, from, to_base, to, flags));
  if (result == 0) record_names(Action::rename, old_name, new_name);
  return result;
}

int rename(const char* from, const char* to) { return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0); }

int link(const char* from, const char* to) {
  const int result = static_cast<int>(::syscall(SYS_link, from, to));
  if (result == 0) record_names(Action::link, name_in_directory(AT_FDCWD, from), name_in_directory(AT_FDCWD, to));
  return result;
}

int unlink(const char* path) {
  const auto name = name_in_directory(AT_FDCWD, path);
  const int result = static_cast<int>(::syscall(SYS_unlink, path));
  if (result == 0) record_names(Action::unlink, name, {});
  return result;
}

int remove(const char* path) {
  static auto* const next = real<int(const char*)>("remove");
  const auto name = name_in_directory(AT_FDCWD, path);
  const int result = next(path);
  if (result == 0) record_names(Action::unlink, name, {});
  return result;
}

void* mmap(void* address, size_t length, int protection, int flags, int descriptor, off_t offset) {
  const bool writes = (protection & PROT_WRITE) != 0 && (flags & MAP_SHARED) != 0 && descriptor >= 0;
  if (const auto inode = writes ? recorded_inode(descriptor) : 0) record_change(Action::shared_mapping, inode, offset);
  static auto* const next = real<void*(void*, size_t, int, int, int, off_t)>("mmap");
  return next(address, length, protection, flags, descriptor, offset);
}

void* mmap64(void* address, size_t length, int protection, int flags, int descriptor, off_t offset) {
  return mmap(address, length, protection, flags, descriptor, offset);
}

}  // extern "C"
