// See durable_file.hpp.
#include "durable_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "file_form.hpp"
#include "nxmc/archive/archive.hpp"
#include "nxmc/campaign/amounts.hpp"
#include "system_errors.hpp"

namespace nxmc {

namespace {

std::filesystem::path directory_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

[[noreturn]] void fail_to(const char* action, const std::filesystem::path& path, int error) {
  switch (error) {
    case ELOOP:
      refuse_file(path, "its symbolic links lead in a circle", "Remove the link, or give the name of the file itself.");
    case ENAMETOOLONG:
      refuse_file(path, "its name is too long for the file system", "Choose a shorter one.");
    default:
      refuse_file(path, fmt::format("cannot {} it: {}", action, words_of_errno(error)), remedy_of_errno(error));
  }
}

[[noreturn]] void fail_to_open(const std::filesystem::path& path, int error) {
  switch (error) {
    case ENOENT:
      refuse_file(path, "there is no such file", "Check the name; `nxmc run CAMPAIGN --archive FILE` creates one.");
    case EACCES:
    case EPERM:
      refuse_file(path, "no permission to open it", "Ask its owner, or `chmod` it.");
    case EROFS:
      refuse_file(path, "it is on a read-only file system", "Copy it to where you can write.");
    case EISDIR:
      refuse_file(path, "is a directory, not an archive", "Give the name of an archive file.");
    default:
      fail_to("open", path, error);
  }
}

[[noreturn]] void fail_disk_too_small(const std::filesystem::path& target, std::uint64_t needed,
                                      std::uint64_t available) {
  refuse_file(target,
              fmt::format("the disk is too small: the archive needs {} and {} are free",
                          readable_bytes(static_cast<double>(needed)), readable_bytes(static_cast<double>(available))),
              "Free some space, or choose another place with --archive.");
}

/// A client of a network file system may go on taking a name for a file that another host has replaced or removed, and
/// only say that this one is gone, for as long as somebody has it open. A look at the directory tells it what its names
/// mean by now. \returns whether this one is still among them; sets errno if not
bool refresh_name(const std::filesystem::path& path) {
  std::error_code error;
  bool found = false;
  std::filesystem::directory_iterator name(directory_of(path), error);
  for (const std::filesystem::directory_iterator end; name != end; name.increment(error))
    found = found || name->path().filename() == path.filename();
  errno = error ? error.value() : ENOENT;
  return found;
}

/// As open(2) does. O_NONBLOCK: opening a pipe must not wait for a writer.
int open_name(const std::filesystem::path& path, int flags, unsigned mode = 0) {
  const auto open = [&] { return ::open(path.c_str(), flags | O_CLOEXEC | O_NONBLOCK, mode); };
  const int descriptor = open();
  if (descriptor >= 0 || errno != ESTALE) return descriptor;
  return refresh_name(path) ? open() : -1;
}

/// As stat(2) does. What a name leads to should have at least that one.
int look_at_name(const std::filesystem::path& path, struct stat& about) {
  const int result = ::stat(path.c_str(), &about);
  const bool outdated = result == 0 ? about.st_nlink == 0 : errno == ESTALE;
  if (!outdated) return result;
  return refresh_name(path) ? ::stat(path.c_str(), &about) : -1;
}

/// Of renameat2(2), which not every file system has (network file systems mostly do not).
bool means_unsupported(int error) { return error == EINVAL || error == ENOSYS || error == ENOTSUP; }

/// Renames unless `to` exists. Returns 0 or an errno.
int rename_without_replacing(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (!means_unsupported(errno)) return errno;
  if (::link(from.c_str(), to.c_str()) != 0) return errno;
  return ::unlink(from.c_str()) == 0 ? 0 : errno;
}

/// Exchanges two names; false where the file system cannot.
bool exchange_names(const std::filesystem::path& one, const std::filesystem::path& other) {
  if (::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) == 0) return true;
  if (!means_unsupported(errno)) fail_to("rename the finished file to", other, errno);
  return false;
}

}  // namespace

void sync_directory_of(const std::filesystem::path& file) {
  const Descriptor directory(directory_of(file), O_RDONLY | O_DIRECTORY);
  if (::fsync(directory.number()) != 0) fail_to("make durable", directory.path(), errno);
}

namespace {

/// Where a symbolic link leads; nullopt for everything else, and for what is not there or cannot be looked at.
std::optional<std::filesystem::path> target_of_link(const std::filesystem::path& name) {
  std::error_code error;
  if (!std::filesystem::is_symlink(std::filesystem::symlink_status(name, error))) return {};
  const std::filesystem::path target = std::filesystem::read_symlink(name, error);
  if (error) return {};
  return target.is_absolute() ? target : name.parent_path() / target;
}

}  // namespace

std::filesystem::path without_link(const std::filesystem::path& file) {
  constexpr int most_links = 40;  // as many as Linux follows
  std::filesystem::path name = file;
  for (int i = 0; i <= most_links; ++i) {
    const std::optional<std::filesystem::path> target = target_of_link(name);
    if (!target) return name;
    name = *target;
  }
  fail_to("open", file, ELOOP);
}

std::optional<std::uint64_t> inode_of(const std::filesystem::path& path) {
  struct stat about {};
  if (look_at_name(path, about) == 0) return about.st_ino;
  if (errno != ENOENT && errno != ENOTDIR) fail_to("look at", path, errno);
  return {};
}

bool archive_exists(const std::filesystem::path& file) { return inode_of(file).has_value(); }

std::string new_nonce() {
  std::uint64_t bits = 0;
  if (::getrandom(&bits, sizeof bits, 0) != sizeof bits)
    throw ArchiveError(
        fmt::format("no random numbers: {}. Ask the administrator of this host.", words_of_errno(errno)));
  return fmt::format("{:016x}", bits);
}

bool is_nonce(const std::string& text) {
  return text.size() == 16 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

bool remove_if_same(const std::filesystem::path& path, std::uint64_t inode) {
  if (inode_of(path) != inode) return false;
  const std::filesystem::path aside = fmt::format("{}.{}.tmp", path.string(), new_nonce());
  if (::rename(path.c_str(), aside.c_str()) != 0) {
    if (errno == ENOENT) return false;
    fail_to("remove", path, errno);
  }
  if (inode_of(aside) == inode) {
    if (::unlink(aside.c_str()) != 0) fail_to("remove", aside, errno);
    return true;
  }
  // Who is in the way now, if anybody, came later than the one that was moved aside.
  if (const int error = rename_without_replacing(aside, path); error == EEXIST)
    ::unlink(aside.c_str());
  else if (error != 0)
    fail_to("give its name back to", path, error);
  return false;
}

std::uint64_t free_bytes(const std::filesystem::path& path) {
  struct statvfs room {};
  if (::statvfs(path.c_str(), &room) != 0) fail_to("find the free space at", path, errno);
  return static_cast<std::uint64_t>(room.f_bavail) * room.f_frsize;
}

Descriptor::Descriptor(const std::filesystem::path& path, int flags, unsigned mode)
    : path_(path), descriptor_(open_name(path, flags, mode)) {
  if (descriptor_ < 0) fail_to_open(path, errno);
}

Descriptor::Descriptor(int descriptor, std::filesystem::path path) : path_(std::move(path)), descriptor_(descriptor) {}

std::optional<Descriptor> Descriptor::open_if_exists(const std::filesystem::path& path, int flags) {
  const int descriptor = open_name(path, flags);
  if (descriptor >= 0) return Descriptor(descriptor, path);
  if (errno != ENOENT) fail_to_open(path, errno);
  return {};
}

std::optional<Descriptor> Descriptor::create_exclusively(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor >= 0) return Descriptor(descriptor, path);
  if (errno != EEXIST) fail_to("create", path, errno);
  return {};
}

Descriptor::~Descriptor() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Descriptor::Descriptor(Descriptor&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

void Descriptor::sync_data() const {
  if (::fdatasync(descriptor_) != 0) fail_to("make durable what was written to", path_, errno);
}

std::uint64_t Descriptor::size() const {
  struct stat about {};
  if (::fstat(descriptor_, &about) != 0) fail_to("get the size of", path_, errno);
  return static_cast<std::uint64_t>(about.st_size);
}

std::uint64_t Descriptor::inode() const {
  struct stat about {};
  if (::fstat(descriptor_, &about) != 0) fail_to("look at", path_, errno);
  return about.st_ino;
}

void Descriptor::read(std::uint64_t offset, void* bytes, std::size_t length) const {
  auto* place = static_cast<char*>(bytes);
  while (length > 0) {
    const ssize_t got = ::pread(descriptor_, place, length, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_to("read", path_, errno);
    if (got == 0) refuse_file(path_, "ends too early", "It is truncated: copy it again from where it is complete.");
    place += got;
    offset += static_cast<std::uint64_t>(got);
    length -= static_cast<std::size_t>(got);
  }
}

std::string Descriptor::read_text(std::size_t most) const {
  std::string text;
  std::array<char, 16384> piece{};
  while (text.size() < most) {
    const std::size_t wanted = std::min(piece.size(), most - text.size());
    const ssize_t got = ::pread(descriptor_, piece.data(), wanted, static_cast<off_t>(text.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_to("read", path_, errno);
    if (got == 0) break;
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
  return text;
}

void Descriptor::write(std::uint64_t offset, const void* bytes, std::size_t length) const {
  const auto* place = static_cast<const char*>(bytes);
  while (length > 0) {
    const ssize_t put = ::pwrite(descriptor_, place, length, static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail_to("write", path_, errno);
    place += put;
    offset += static_cast<std::uint64_t>(put);
    length -= static_cast<std::size_t>(put);
  }
}

void refuse_file(const std::filesystem::path& file, const std::string& problem, const std::string& remedy) {
  throw ArchiveError(fmt::format("{}: {}. {}", file.string(), problem, remedy));
}

void require_absent(const std::filesystem::path& file) {
  struct stat about {};
  if (::lstat(file.c_str(), &about) != 0) return;
  if (S_ISDIR(about.st_mode)) refuse_file(file, "is a directory", "Give the archive a file name in it.");
  refuse_file(file, "exists already", "Choose another name, or remove the file if it is not needed.");
}

UnfinishedFile::UnfinishedFile(const std::filesystem::path& target)
    : target_(target), path_(fmt::format("{}.{}.tmp", target.string(), new_nonce())) {
  const std::filesystem::path directory = directory_of(target);
  struct stat about {};
  if (::stat(directory.c_str(), &about) != 0) {
    if (errno == ENOENT)
      refuse_file(target, "its directory does not exist", fmt::format("Create it: mkdir -p {}", directory.string()));
    fail_to("look into the directory of", target, errno);
  }
  if (!S_ISDIR(about.st_mode))
    refuse_file(target, fmt::format("{} is not a directory", directory.string()), "Choose another --archive.");
  if (::faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) != 0)
    refuse_file(target, fmt::format("cannot create it: {}", words_of_errno(errno)),
                "Choose a directory that you can write to with --archive.");
  replaced_ = inode_of(target);
  // It gets what the replaced one has when it takes its place; until then nobody else shall read it.
  if (replaced_) Descriptor(path_, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
}

UnfinishedFile::~UnfinishedFile() {
  if (!published_) ::unlink(path_.c_str());
}

void UnfinishedFile::require_space(std::uint64_t bytes) const { allocate(0, bytes); }
void UnfinishedFile::reserve_space(std::uint64_t bytes) const { allocate(FALLOC_FL_KEEP_SIZE, bytes); }

// fallocate(2) itself: where a file system lacks it, posix_fallocate would write the whole file.
void UnfinishedFile::allocate(int mode, std::uint64_t bytes) const {
  const Descriptor file(path_, O_RDWR | O_CREAT);
  int failed = 0;
  do {
    failed = ::fallocate(file.number(), mode, 0, static_cast<off_t>(bytes));
  } while (failed != 0 && errno == EINTR);
  if (failed == 0) return;
  switch (errno) {
    case ENOSPC:
      fail_disk_too_small(target_, bytes, free_bytes(path_));
    case EDQUOT:
      refuse_file(
          target_,
          fmt::format("the archive needs {}, more than the quota leaves", readable_bytes(static_cast<double>(bytes))),
          "Free some space, or choose another place with --archive.");
    case EFBIG:
      refuse_file(target_,
                  fmt::format("the archive needs {}, more than a file may have here",
                              readable_bytes(static_cast<double>(bytes))),
                  "Raise the limit (ulimit -f), or choose another place with --archive.");
    case EOPNOTSUPP:
    case ENOSYS:
      if (const std::uint64_t available = free_bytes(path_); available < bytes)
        fail_disk_too_small(target_, bytes, available);
      return;
    default:
      fail_to("reserve the space of", target_, errno);
  }
}

bool UnfinishedFile::is_one(const std::string& name, const std::filesystem::path& target) {
  const std::string prefix = target.filename().string() + ".";
  if (!name.starts_with(prefix) || !name.ends_with(".tmp")) return false;
  const std::string between = name.substr(prefix.size());
  return between == "tmp" || is_nonce(between.substr(0, between.size() - 4));
}

void UnfinishedFile::sync() const {
  const Descriptor file(path_, O_RDWR);
  if (::fsync(file.number()) != 0) fail_to("make durable", path_, errno);
}

void UnfinishedFile::published() {
  published_ = true;
  sync_directory_of(target_);
}

void UnfinishedFile::publish_as_new() {
  sync();
  if (const int error = rename_without_replacing(path_, target_); error == EEXIST)
    require_absent(target_);
  else if (error != 0)
    fail_to("rename the finished file to", target_, error);
  published();
}

void UnfinishedFile::publish_instead() {
  if (!replaced_ || !publish_instead_of(*replaced_))
    refuse_file(target_, "was replaced while it was being extended",
                "Another run writes to it; look with `nxmc status`.");
}

// A process that is stopped between looking and renaming, and declared dead meanwhile, must not replace the file of its
// successor: where the file system can, the two files exchange their names, and exchange them back when the wrong one
// came out. What is left is a process that is killed between the two exchanges; where names cannot be exchanged, one
// that is stopped between looking and renaming for longer than it takes to be declared dead.
bool UnfinishedFile::publish_instead_of(std::uint64_t replaced) {
  const std::optional<Descriptor> present = Descriptor::open_if_exists(target_, O_RDONLY);
  if (!present) return false;
  keep_form(*present, Descriptor(path_, O_RDWR));
  sync();
  if (inode_of(target_) != replaced) return false;
  if (exchange_names(path_, target_)) {
    published_ = true;  // from now on path_ may be somebody else's file, which must not go with this object
    if (inode_of(path_) != replaced) {
      exchange_names(path_, target_);
      published_ = false;
      return false;
    }
    if (::unlink(path_.c_str()) != 0) fail_to("remove what was replaced,", path_, errno);
  } else if (::rename(path_.c_str(), target_.c_str()) != 0) {
    fail_to("rename the finished file to", target_, errno);
  }
  published();
  return true;
}

}  // namespace nxmc
