// What stands in front of the HDF5 part of an archive. It is checked before HDF5 sees the file.
#include <fcntl.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "durable_file.hpp"
#include "harness.hpp"
#include "hdf5.hpp"
#include "nxmc/archive/archive.hpp"
#include "program.hpp"
#include "user_block.hpp"

namespace {

using namespace nxmc;

constexpr std::size_t smallest_file = 8192;

// As user_block.hpp describes it.
constexpr std::size_t place_of_format = 16;
constexpr std::size_t place_of_block_size = 24;
constexpr std::size_t place_of_file_size = 32;
constexpr std::size_t place_of_count = 40;
constexpr std::size_t place_of_digest = 48;
constexpr std::size_t place_of_seals = 56;
constexpr std::size_t place_of_block_digest = 64;
constexpr std::size_t place_of_ranges = 72;

/// What would hardly be guessed, and is put in its place where the input asks for it.
enum Help : std::uint8_t { magic_and_format = 1, length_of_file = 2, digest_of_file = 4, digest_of_block = 8 };

template <class T>
T number_at(const std::string& bytes, std::size_t place) {
  T value{};
  std::memcpy(&value, bytes.data() + place, sizeof value);
  return value;
}

template <class T>
void put(std::string& bytes, std::size_t place, const T& value) {
  std::memcpy(bytes.data() + place, &value, sizeof value);
}

std::size_t length_of_block(const std::string& bytes) {
  return std::min<std::uint64_t>(number_at<std::uint64_t>(bytes, place_of_block_size), bytes.size());
}

std::uint64_t digest_of_user_block(std::string bytes) {
  put(bytes, place_of_block_digest, std::uint64_t{0});
  return XXH3_64bits(bytes.data(), length_of_block(bytes));
}

/// Of all bytes outside of the ranges, as far as these make sense.
std::uint64_t digest_of(std::string bytes) {
  put(bytes, place_of_digest, std::uint64_t{0});
  put(bytes, place_of_seals, std::array<std::uint64_t, 2>{});
  std::size_t position = length_of_block(bytes);
  std::string covered = bytes.substr(0, position);
  const std::size_t room = (std::max(position, place_of_ranges) - place_of_ranges) / sizeof(hdf5::FileRange);
  const std::size_t count = std::min<std::uint64_t>(number_at<std::uint64_t>(bytes, place_of_count), room);
  for (std::size_t i = 0; i < count; ++i) {
    const auto range = number_at<hdf5::FileRange>(bytes, place_of_ranges + i * sizeof(hdf5::FileRange));
    if (range.offset < position || range.offset > bytes.size() || range.length > bytes.size() - range.offset) break;
    covered += bytes.substr(position, range.offset - position);
    position = range.offset + range.length;
  }
  covered += bytes.substr(position);
  return XXH3_64bits(covered.data(), covered.size());
}

std::string file_of(std::uint8_t help, std::string_view content) {
  constexpr char magic[] = "\x89nxmc archive\r\n\x1a";
  std::string bytes(content);
  bytes.resize(std::max(bytes.size(), smallest_file), '\0');
  if ((help & magic_and_format) != 0) {
    std::memcpy(bytes.data(), magic, place_of_format);
    put(bytes, place_of_format, static_cast<std::uint32_t>(archive_format));
  }
  if ((help & length_of_file) != 0) put(bytes, place_of_file_size, std::uint64_t{bytes.size()});
  if ((help & digest_of_file) != 0) put(bytes, place_of_digest, digest_of(bytes));
  if ((help & digest_of_block) != 0) put(bytes, place_of_block_digest, digest_of_user_block(bytes));
  return bytes;
}

void check(const UserBlock& block, std::size_t size) {
  fuzz::require(!block.as_sealed || block.file_size == size, "the file has the length that it says");
  fuzz::require(block.as_sealed || block.contents, "only a table of contents can tell additions from damage");
  std::uint64_t position = 0;
  for (const hdf5::FileRange& range : block.mutable_ranges) {
    fuzz::require(range.offset >= position && range.offset <= size && range.length <= size - range.offset,
                  "ranges ascend, within the file");
    position = range.offset + range.length;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const testing_tools::TemporaryDirectory directory;
  static const Descriptor file(directory / "fuzzed.h5", O_RDWR | O_CREAT);
  fuzz::Input input(data, size);
  const auto help = input.number<std::uint8_t>();
  const std::string bytes = file_of(help, fuzz::text_of(input.rest()));
  std::filesystem::resize_file(file.path(), bytes.size());
  file.write(0, bytes.data(), bytes.size());
  try {
    check(check_user_block(file.path()), bytes.size());
    Archive::open(file.path());
  } catch (const ArchiveError&) {
  }
  return 0;
}
