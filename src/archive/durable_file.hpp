// Files that survive: descriptors, reserved space, and new files that appear under their name only when they are
// complete.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace nxmc {

/// Owner of a file descriptor. Messages start with the file's name.
class Descriptor {
 public:
  /// \throws ArchiveError with the reason in the user's words
  Descriptor(const std::filesystem::path& path, int flags);
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&&) = delete;

  /// Makes everything written to the file so far durable, by whichever descriptor it was written.
  void sync_data() const;
  std::uint64_t size() const;
  /// Reads exactly `length` bytes. \throws ArchiveError when the file is shorter
  void read(std::uint64_t offset, void* bytes, std::size_t length) const;
  void write(std::uint64_t offset, const void* bytes, std::size_t length) const;
  int number() const { return descriptor_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  int descriptor_;
};

/// "No space left on device" and its kin.
std::string words_of_errno(int error);

/// Bytes that this user can still write where `path` lies.
std::uint64_t free_bytes(const std::filesystem::path& path);

/// A file under construction, `<target>.tmp`. It disappears with this object unless it was published.
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
  /// The same, in place of what has the name.
  void publish_instead();

 private:
  void publish(bool replace);
  void allocate(int mode, std::uint64_t bytes) const;
  std::filesystem::path target_;
  std::filesystem::path path_;
  bool published_ = false;
};

/// \throws ArchiveError when something has that name
void require_absent(const std::filesystem::path& file);

}  // namespace nxmc
