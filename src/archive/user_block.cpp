// See user_block.hpp.
#include "user_block.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include "durable_file.hpp"
#include "nxmc/archive/archive.hpp"

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
static_assert(sizeof(hdf5::FileRange) == 16);

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& problem, const std::string& remedy) {
  throw ArchiveError(fmt::format("{}: {}. {}", file.string(), problem, remedy));
}

[[noreturn]] void fail_damaged(const std::filesystem::path& file, const std::string& problem) {
  fail(file, "is damaged: " + problem,
       "Restore it from a copy; without one, run the campaign again with another --archive.");
}

class Digest {
 public:
  Digest() : state_(XXH3_createState(), XXH3_freeState) {
    if (state_ == nullptr || XXH3_64bits_reset(state_.get()) != XXH_OK) throw std::bad_alloc();
  }
  void add(const void* bytes, std::size_t length) { XXH3_64bits_update(state_.get(), bytes, length); }
  /// Bytes first … last-1 of a file.
  void add(const Descriptor& file, std::uint64_t first, std::uint64_t last) {
    while (first < last) {
      const std::size_t length = std::min<std::uint64_t>(last - first, buffer_.size());
      file.read(first, buffer_.data(), length);
      add(buffer_.data(), length);
      first += length;
    }
  }
  std::uint64_t value() const { return XXH3_64bits_digest(state_.get()); }

 private:
  std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state_;
  std::vector<char> buffer_ = std::vector<char>(std::size_t{1} << 20U);
};

std::vector<char> block_bytes(const Header& header, const std::vector<hdf5::FileRange>& ranges) {
  std::vector<char> block(header.block_size, '\0');
  std::memcpy(block.data(), &header, sizeof header);
  if (!ranges.empty())
    std::memcpy(block.data() + sizeof header, ranges.data(), ranges.size() * sizeof(hdf5::FileRange));
  return block;
}

std::uint64_t digest_of(const Descriptor& file, std::vector<char> block, const std::vector<hdf5::FileRange>& ranges,
                        std::uint64_t file_size) {
  std::memset(block.data() + offsetof(Header, digest), 0, sizeof(Header::digest));
  Digest digest;
  digest.add(block.data(), block.size());
  std::uint64_t position = block.size();
  for (const hdf5::FileRange& range : ranges) {
    digest.add(file, position, range.offset);
    position = range.offset + range.length;
  }
  digest.add(file, position, file_size);
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
    fail(path, "cannot be examined: " + words_of_errno(errno), "Check the file system.");
  if (S_ISDIR(about.st_mode)) fail(path, "is a directory, not an archive", "Give the name of an archive file.");
  if (!S_ISREG(about.st_mode)) fail(path, "is not a regular file", "Give the name of an archive file.");
  return file;
}

Header read_header(const Descriptor& file) {
  const std::filesystem::path& path = file.path();
  const std::uint64_t size = file.size();
  if (size == 0) fail(path, "is empty", "Remove it and run the campaign again; archives are never empty.");
  Header header;
  file.read(0, &header, std::min<std::uint64_t>(size, sizeof header));
  if (header.magic != magic) {
    if (begins_hdf5(file, size))
      fail(path, "is an HDF5 file of another program, not an nxmc archive",
           "Give the name of a file that `nxmc run` wrote.");
    fail(path, "is not an nxmc archive", "Give the name of a file that `nxmc run` wrote.");
  }
  if (size < sizeof header) fail_damaged(path, fmt::format("only {} bytes of it are left", size));
  if (header.format != static_cast<std::uint32_t>(archive_format))
    fail(path, fmt::format("has archive format {}, but this nxmc reads format {}", header.format, archive_format),
         "Use the nxmc version that wrote it.");
  if (size < header.file_size)
    fail(path, fmt::format("is truncated: it has {} of {} bytes", size, header.file_size),
         "Copy it again from where it is complete.");
  if (size > header.file_size) fail_damaged(path, fmt::format("it has {} bytes instead of {}", size, header.file_size));
  return header;
}

bool plausible(const Header& h) {
  return std::has_single_bit(h.block_size) && h.block_size >= smallest_block && h.block_size <= largest_block &&
         h.block_size <= h.file_size && h.ranges <= (h.block_size - sizeof(Header)) / sizeof(hdf5::FileRange);
}

std::optional<std::vector<hdf5::FileRange>> ranges_of(const Header& header, const std::vector<char>& block) {
  std::vector<hdf5::FileRange> ranges(header.ranges);
  if (!ranges.empty())
    std::memcpy(ranges.data(), block.data() + sizeof header, ranges.size() * sizeof(hdf5::FileRange));
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

}  // namespace

std::uint64_t user_block_size(std::size_t ranges) {
  return std::max(smallest_block, std::bit_ceil(sizeof(Header) + ranges * sizeof(hdf5::FileRange)));
}

void seal_user_block(const std::filesystem::path& file, std::uint64_t block_size, bool packed,
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
  header.digest = digest_of(descriptor, block_bytes(header, ranges), ranges, header.file_size);
  const std::vector<char> block = block_bytes(header, ranges);
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
  if (digest_of(file, std::move(block), *ranges, header.file_size) != header.digest)
    fail_damaged(path, "bytes that never change have changed (the digest of its metadata is wrong)");
  return {
      .packed = (header.flags & packed_flag) != 0, .file_size = header.file_size, .mutable_ranges = std::move(*ranges)};
}

}  // namespace nxmc
