// The user block in front of the HDF5 part: what the file is, how long it is, and a digest of every byte that does not
// change while a campaign runs. It is checked before HDF5 sees the file, because HDF5 does not notice most flipped bits
// of metadata.
//
// Little-endian: magic[16]; u32 format; u32 flags; u64 bytes of the user block; u64 bytes of the file; u64 number of
// mutable ranges; u64 XXH3-64 digest (of the user block with this field zero, then of all bytes outside mutable
// ranges); then {u64 offset, u64 length} of each mutable range, ascending.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "hdf5.hpp"

namespace nxmc {

struct UserBlock {
  bool packed = false;  ///< a compressed copy, never written again: nothing in it is mutable
  std::uint64_t file_size = 0;
  std::vector<hdf5::FileRange> mutable_ranges;  ///< ascending, disjoint
};

/// Bytes that a user block with so many ranges takes: a power of two, at least 4096.
std::uint64_t user_block_size(std::size_t ranges);

/// Computes the digest of a complete file and writes its user block of `block_size` bytes.
void seal_user_block(const std::filesystem::path& file, std::uint64_t block_size, bool packed,
                     std::vector<hdf5::FileRange> mutable_ranges);

/// Checks that the file is an intact archive of this format; reads every byte that the digest covers.
/// \throws ArchiveError that says what the file is instead, or how it is damaged, and what to do
UserBlock check_user_block(const std::filesystem::path& file);

}  // namespace nxmc
