// See user_block.hpp.
#include "user_block.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include "digest.hpp"
#include "durable_file.hpp"
#include "nxmc/archive/archive.hpp"
#include "system_errors.hpp"

namespace nxmc {

namespace {

static_assert(std::endian::native == std::endian::little,
              "archives are little-endian, and so are all machines they run on");

// Like PNG's: a byte above 127 and both kinds of line ends, so that a transfer as text is noticed.
constexpr std::array<char, 16> magic{'\x89', 'n', 'x', 'm', 'c', ' ',  'a',  'r',
                                     'c',    'h', 'i', 'v', 'e', '\r', '\n', '\x1a'};
constexpr std::array<char, 8> hdf5_signature{'\x89', 'H', 'D', 'F', '\r', '\n', '\x1a', '\n'};
constexpr std::uint64_t smallest_block = 4096;
constexpr std::uint64_t largest_block = std::uint64_t{1} << 24U;
constexpr std::uint32_t packed_flag = 1;

struct Header {
  std::array<char, 16> magic{};
  std::uint32_t format = 0;
  std::uint32_t flags = 0;
  std::uint64_t block_size = 0;
  std::uint64_t file_size = 0;
  std::uint64_t ranges = 0;
  std::uint64_t digest = 0;
};
static_assert(sizeof(Header) == 56);

/// Behind the header, since format 2.
struct Seals {
  std::uint64_t contents = 0;
  std::uint64_t block = 0;
};
static_assert(sizeof(Seals) == 16);
constexpr std::uint32_t first_format_with_seals = 2;
static_assert(sizeof(hdf5::FileRange) == 16);

/// Adds stretches of a file to a digest.
class StretchesOfFile {
 public:
  StretchesOfFile(const Descriptor& file, Digest& digest) : file_(file), digest_(digest) {}
  /// Bytes first … last-1.
  void add(std::uint64_t first, std::uint64_t last) {
    while (first < last) {
      const std::size_t length = std::min<std::uint64_t>(last - first, most_at_once);
      if (buffer_.size() < length) buffer_.resize(length);
      file_.read(first, buffer_.data(), length);
      digest_.add_bytes(buffer_.data(), length);
      first += length;
    }
  }

 private:
  static constexpr std::size_t most_at_once = std::size_t{1} << 20U;
  const Descriptor& file_;
  Digest& digest_;
  std::vector<char> buffer_;  // no larger than what was read through it
};

bool has_seals(const Header& header) { return header.format >= first_format_with_seals; }

std::size_t offset_of_ranges(const Header& header) { return sizeof(Header) + (has_seals(header) ? sizeof(Seals) : 0); }

std::vector<char> block_bytes(const Header& header, const Seals& seals, const std::vector<hdf5::FileRange>& ranges) {
  std::vector<char> block(header.block_size, '\0');
  std::memcpy(block.data(), &header, sizeof header);
  std::memcpy(block.data() + sizeof header, &seals, sizeof seals);
  if (!ranges.empty())
    std::memcpy(block.data() + offset_of_ranges(header), ranges.data(), ranges.size() * sizeof(hdf5::FileRange));
  return block;
}

std::uint64_t digest_of_block(std::vector<char> block) {
  std::memset(block.data() + sizeof(Header) + offsetof(Seals, block), 0, sizeof(Seals::block));
  Digest digest;
  digest.add_bytes(block.data(), block.size());
  return digest.value();
}

std::uint64_t digest_of_file(const Descriptor& file, const Header& header, std::vector<char> block,
                             const std::vector<hdf5::FileRange>& ranges) {
  const std::uint64_t file_size = header.file_size;
  std::memset(block.data() + offsetof(Header, digest), 0, sizeof(Header::digest));
  if (has_seals(header)) std::memset(block.data() + sizeof(Header), 0, sizeof(Seals));
  Digest digest;
  digest.add_bytes(block.data(), block.size());
  StretchesOfFile stretches(file, digest);
  std::uint64_t position = block.size();
  for (const hdf5::FileRange& range : ranges) {
    stretches.add(position, range.offset);
    position = range.offset + range.length;
  }
  stretches.add(position, file_size);
  return digest.value();
}

bool begins_hdf5(const Descriptor& file, std::uint64_t size) {
  std::array<char, 8> bytes{};
  for (std::uint64_t offset = 0; offset + bytes.size() <= size && offset <= largest_block;
       offset = offset == 0 ? 512 : 2 * offset) {
    file.read(offset, bytes.data(), bytes.size());
    if (bytes == hdf5_signature) return true;
  }
  return false;
}

Descriptor open_regular_file(const std::filesystem::path& path) {
  Descriptor file(path, O_RDONLY);
  struct stat about {};
  if (::fstat(file.number(), &about) != 0)
    refuse_file(path, "cannot be examined: " + words_of_errno(errno), "Check the file system.");
  if (S_ISDIR(about.st_mode)) refuse_file(path, "is a directory, not an archive", "Give the name of an archive file.");
  if (!S_ISREG(about.st_mode)) refuse_file(path, "is not a regular file", "Give the name of an archive file.");
  return file;
}

Header read_header(const Descriptor& file) {
  const std::filesystem::path& path = file.path();
  const std::uint64_t size = file.size();
  if (size == 0) refuse_file(path, "is empty", "Remove it and run the campaign again; archives are never empty.");
  Header header;
  file.read(0, &header, std::min<std::uint64_t>(size, sizeof header));
  if (header.magic != magic) {
    if (begins_hdf5(file, size))
      refuse_file(path, "is an HDF5 file of another program, not an nxmc archive",
                  "Give the name of a file that `nxmc run` wrote.");
    refuse_file(path, "is not an nxmc archive", "Give the name of a file that `nxmc run` wrote.");
  }
  if (size < sizeof header) fail_damaged(path, fmt::format("only {} bytes of it are left", size));
  if (header.format < static_cast<std::uint32_t>(oldest_archive_format) ||
      header.format > static_cast<std::uint32_t>(archive_format))
    refuse_file(path,
                fmt::format("has archive format {}, but this nxmc reads formats {} to {}", header.format,
                            oldest_archive_format, archive_format),
                "Use the nxmc version that wrote it.");
  if (size < header.file_size)
    refuse_file(path, fmt::format("is truncated: it has {} of {} bytes", size, header.file_size),
                "Copy it again from where it is complete.");
  return header;
}

bool plausible(const Header& h) {
  return std::has_single_bit(h.block_size) && h.block_size >= smallest_block && h.block_size <= largest_block &&
         h.block_size <= h.file_size && h.ranges <= (h.block_size - offset_of_ranges(h)) / sizeof(hdf5::FileRange);
}

std::optional<std::vector<hdf5::FileRange>> ranges_of(const Header& header, const std::vector<char>& block) {
  std::vector<hdf5::FileRange> ranges(header.ranges);
  if (!ranges.empty())
    std::memcpy(ranges.data(), block.data() + offset_of_ranges(header), ranges.size() * sizeof(hdf5::FileRange));
  std::uint64_t position = header.block_size;
  for (const hdf5::FileRange& range : ranges) {
    if (range.offset < position || range.offset > header.file_size || range.length > header.file_size - range.offset)
      return {};
    position = range.offset + range.length;
  }
  return ranges;
}

std::vector<hdf5::FileRange> merged(std::vector<hdf5::FileRange> ranges) {
  std::erase_if(ranges, [](const hdf5::FileRange& r) { return r.length == 0; });
  std::ranges::sort(ranges, {}, &hdf5::FileRange::offset);
  std::vector<hdf5::FileRange> result;
  for (const hdf5::FileRange& range : ranges) {
    if (!result.empty() && result.back().offset + result.back().length == range.offset)
      result.back().length += range.length;
    else
      result.push_back(range);
  }
  return result;
}

Seals seals_of(const std::vector<char>& block) {
  Seals seals;
  std::memcpy(&seals, block.data() + sizeof(Header), sizeof seals);
  return seals;
}

/// The length that HDF5 believes a file to have: "end of file" in a superblock of version 2, which archives have.
std::uint64_t length_by_superblock(const Descriptor& file, std::uint64_t offset) {
  constexpr std::uint64_t place = 28;
  std::uint64_t length = 0;
  file.read(offset + place, &length, sizeof length);
  return length;
}

/// HDF5 programs leave the user block as it is, and a file that is as long as they say.
void require_possible_addition(const Descriptor& file, const Header& header) {
  const std::filesystem::path& path = file.path();
  if (!has_seals(header)) {
    if (file.size() > header.file_size)
      fail_damaged(path, fmt::format("it has {} bytes instead of {}", file.size(), header.file_size));
    fail_damaged(path, "bytes that never change have changed (the digest of its metadata is wrong)");
  }
  if (const std::uint64_t length = length_by_superblock(file, header.block_size); length != file.size())
    fail_damaged(path, fmt::format("it has {} bytes instead of {}", file.size(), length));
}

}  // namespace

std::uint64_t user_block_size(std::size_t ranges) {
  return std::max(smallest_block, std::bit_ceil(sizeof(Header) + sizeof(Seals) + ranges * sizeof(hdf5::FileRange)));
}

void fail_damaged(const std::filesystem::path& file, const std::string& problem) {
  refuse_file(file, "is damaged: " + problem,
              "Restore it from a copy; without one, run the campaign again with another --archive.");
}

void seal_user_block(const std::filesystem::path& file, std::uint64_t block_size, bool packed, std::uint64_t contents,
                     std::vector<hdf5::FileRange> mutable_ranges) {
  const std::vector<hdf5::FileRange> ranges = merged(std::move(mutable_ranges));
  assert(user_block_size(ranges.size()) <= block_size);
  const Descriptor descriptor(file, O_RDWR);
  Header header{.magic = magic,
                .format = static_cast<std::uint32_t>(archive_format),
                .flags = packed ? packed_flag : 0,
                .block_size = block_size,
                .file_size = descriptor.size(),
                .ranges = ranges.size(),
                .digest = 0};
  Seals seals{.contents = contents, .block = 0};
  header.digest = digest_of_file(descriptor, header, block_bytes(header, seals, ranges), ranges);
  seals.block = digest_of_block(block_bytes(header, seals, ranges));
  const std::vector<char> block = block_bytes(header, seals, ranges);
  descriptor.write(0, block.data(), block.size());
}

UserBlock check_user_block(const std::filesystem::path& path) {
  const Descriptor file = open_regular_file(path);
  const Header header = read_header(file);
  if (!plausible(header)) fail_damaged(path, "its first bytes contradict each other");
  std::vector<char> block(header.block_size);
  file.read(0, block.data(), block.size());
  std::optional<std::vector<hdf5::FileRange>> ranges = ranges_of(header, block);
  if (!ranges) fail_damaged(path, "its table of contents contradicts itself");
  if (has_seals(header) && digest_of_block(block) != seals_of(block).block)
    fail_damaged(path, "its first bytes have changed");
  const bool as_sealed =
      file.size() == header.file_size && digest_of_file(file, header, block, *ranges) == header.digest;
  if (!as_sealed) require_possible_addition(file, header);
  UserBlock found{.packed = (header.flags & packed_flag) != 0,
                  .as_sealed = as_sealed,
                  .contents = {},
                  .file_size = header.file_size,
                  .mutable_ranges = std::move(*ranges)};
  if (has_seals(header)) found.contents = seals_of(block).contents;
  return found;
}

}  // namespace nxmc
