// Files that survive: descriptors, reserved space, and new files that appear under their name only when they are
// complete.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace nxmc {

/// Owner of a file descriptor. Messages start with the file's name.
class Descriptor {
 public:
  /// \param mode  of a file that is created, which the umask narrows
  /// \throws ArchiveError with the reason in the user's words
  Descriptor(const std::filesystem::path& path, int flags, unsigned mode = 0666);
  /// nullopt when there is no such file.
  static std::optional<Descriptor> open_if_exists(const std::filesystem::path& path, int flags);
  /// Creates the file; nullopt when the name is taken.
  static std::optional<Descriptor> create_exclusively(const std::filesystem::path& path);
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&&) = delete;

  /// Makes everything written to the file so far durable, by whichever descriptor it was written.
  void sync_data() const;
  std::uint64_t size() const;
  /// Tells the file from others of its file system, also from another host.
  std::uint64_t inode() const;
  /// Reads exactly `length` bytes. \throws ArchiveError when the file is shorter
  void read(std::uint64_t offset, void* bytes, std::size_t length) const;
  /// Everything up to the end, wherever that is by then, but at most so many bytes.
  std::string read_text(std::size_t most) const;
  void write(std::uint64_t offset, const void* bytes, std::size_t length) const;
  int number() const { return descriptor_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  Descriptor(int descriptor, std::filesystem::path path);
  std::filesystem::path path_;
  int descriptor_;
};

/// \throws ArchiveError "FILE: problem. Remedy"
[[noreturn]] void refuse_file(const std::filesystem::path& file, const std::string& problem, const std::string& remedy);

/// Bytes that this user can still write where `path` lies.
std::uint64_t free_bytes(const std::filesystem::path& path);

/// The file that a symbolic link leads to, over other links, whether it is there or not: whoever means the same file
/// shall find the same files beside it. \throws ArchiveError for links that lead in a circle
std::filesystem::path without_link(const std::filesystem::path& file);

/// What `path` refers to; nullopt when it refers to nothing.
std::optional<std::uint64_t> inode_of(const std::filesystem::path& path);

/// Sixteen random hexadecimal digits: no two processes ever get the same.
std::string new_nonce();
bool is_nonce(const std::string& text);

/// Makes names that were given in the directory of `file` durable.
void sync_directory_of(const std::filesystem::path& file);

/// Removes the name of a file, if it still refers to that file. To look and to remove are two steps; therefore it is
/// given another name first, and gets its own back when it turns out to be somebody else's. Returns whether it was
/// removed.
bool remove_if_same(const std::filesystem::path& path, std::uint64_t inode);

/// A file under construction, `<target>.<nonce>.tmp`. It disappears with this object unless it was published. One that
/// takes the place of another gets its permissions, owner, group and attributes; a new one follows the umask.
class UnfinishedFile {
 public:
  /// \throws ArchiveError when the directory is missing or cannot be written to
  explicit UnfinishedFile(const std::filesystem::path& target);
  ~UnfinishedFile();
  UnfinishedFile(const UnfinishedFile&) = delete;
  UnfinishedFile& operator=(const UnfinishedFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// Before anybody has the file: fails if it cannot have so many bytes. HDF5 does not survive a full disk, so it
  /// should not meet one. \throws ArchiveError that says how much is needed and how much is free
  void require_space(std::uint64_t bytes) const;
  /// Takes the space of a file whose length somebody else manages, so that no later write can find the disk full. Where
  /// a file system cannot do that, it compares with what is free. \throws like require_space
  void reserve_space(std::uint64_t bytes) const;
  /// Durable under its name on return. \throws ArchiveError when the name is taken by then
  void publish_as_new();
  /// The same, in place of what had the name when this object was made. \throws ArchiveError when it refers to
  /// something else by then
  void publish_instead();
  /// The same; false, and nothing changed, when the name refers to something else than `replaced` by then.
  bool publish_instead_of(std::uint64_t replaced);

  /// True for the names that files under construction for `target` have, of whichever process.
  static bool is_one(const std::string& name, const std::filesystem::path& target);

 private:
  void sync() const;
  void published();
  void allocate(int mode, std::uint64_t bytes) const;
  std::filesystem::path target_;
  std::filesystem::path path_;
  std::optional<std::uint64_t> replaced_;
  bool published_ = false;
};

/// \throws ArchiveError when something has that name
void require_absent(const std::filesystem::path& file);

}  // namespace nxmc
