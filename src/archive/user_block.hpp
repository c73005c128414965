// The user block in front of the HDF5 part: what the file is, how long it is, and a digest of every byte that does not
// change while a campaign runs. It is checked before HDF5 sees the file, because HDF5 does not notice most flipped bits
// of metadata.
//
// Little-endian: magic[16]; u32 format; u32 flags; u64 bytes of the user block; u64 bytes of the file; u64 number of
// mutable ranges; u64 XXH3-64 digest (of the user block with this field zero, then of all bytes outside mutable
// ranges); since format 2 u64 digest of the table of contents (contents.hpp) and u64 XXH3-64 of the user block with
// this field zero, both of which count as zero in the digest before; then {u64 offset, u64 length} of each mutable
// range, ascending.
//
// When the digest of the file is wrong but that of the user block is right, and the file is as long as HDF5 says,
// another program may have added something: since format 2 the table of contents tells.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "hdf5.hpp"

namespace nxmc {

struct UserBlock {
  bool packed = false;    ///< a compressed copy, never written again: nothing in it is mutable
  bool as_sealed = true;  ///< else only the table of contents can tell whether the archive is what it was
  std::optional<std::uint64_t> contents;  ///< digest of the table of contents
  std::uint64_t file_size = 0;
  std::vector<hdf5::FileRange> mutable_ranges;  ///< ascending, disjoint
};

/// Bytes that a user block with so many ranges takes: a power of two, at least 4096.
std::uint64_t user_block_size(std::size_t ranges);

/// Computes the digest of a complete file and writes its user block of `block_size` bytes.
/// \param contents  digest of the table of contents
void seal_user_block(const std::filesystem::path& file, std::uint64_t block_size, bool packed, std::uint64_t contents,
                     std::vector<hdf5::FileRange> mutable_ranges);

/// Checks that the file is an archive of a known format, and reads every byte that the digest covers.
/// \throws ArchiveError that says what the file is instead, or how it is damaged, and what to do
UserBlock check_user_block(const std::filesystem::path& file);

/// \throws ArchiveError that says so, what the problem is, and what to do
[[noreturn]] void fail_damaged(const std::filesystem::path& file, const std::string& problem);

}  // namespace nxmc
