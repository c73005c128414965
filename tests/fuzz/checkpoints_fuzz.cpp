// Files of checkpoints whose bytes have been changed by somebody who can also make the checksums fit.
//
// An input is a row of slots: place, help, length, and what stands there (header, then state).
#include <fcntl.h>
#include <xxhash.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "durable_file.hpp"
#include "harness.hpp"
#include "nxmc/archive/archive.hpp"
#include "nxmc/archive/checkpoints.hpp"
#include "program.hpp"

namespace {

using namespace nxmc;
using Path = std::filesystem::path;

constexpr Identity token{.high = 0x6e786d63, .low = 7};
constexpr std::uint64_t slot_bytes = std::uint64_t{64} << 20U;

// The header of a slot, as checkpoints.cpp has it.
constexpr std::size_t place_of_token = 16;
constexpr std::size_t place_of_length = 104;
constexpr std::size_t place_of_state_checksum = 112;
constexpr std::size_t place_of_header_checksum = 128;
constexpr std::size_t header_bytes = 136;

/// What would hardly be guessed, and is put in its place where the input asks for it.
enum Help : std::uint8_t {
  magic = 1,
  this_archive = 2,
  length = 4,
  state_checksum = 8,
  header_checksum = 16,
  far = 32
};

template <class T>
void put(std::string& bytes, std::size_t place, const T& value) {
  std::memcpy(bytes.data() + place, &value, sizeof value);
}

/// A state that is long, but not too long, takes time and shows nothing.
std::uint64_t quick_length(const std::string& bytes) {
  constexpr std::uint64_t long_enough = std::uint64_t{1} << 16U;
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data() + place_of_length, sizeof length);
  return length > CheckpointFile::capacity() ? length : length % long_enough;
}

std::string slot_of(std::uint8_t help, std::string_view content) {
  std::string bytes(content);
  bytes.resize(std::max(bytes.size(), header_bytes), '\0');
  const std::uint64_t state = bytes.size() - header_bytes;
  if ((help & magic) != 0) bytes.replace(0, 8, "nxmc-cp1");
  if ((help & this_archive) != 0) put(bytes, place_of_token, token);
  put(bytes, place_of_length, (help & length) != 0 ? state : quick_length(bytes));
  if ((help & state_checksum) != 0) {
    const XXH128_hash_t hash = XXH3_128bits(bytes.data() + header_bytes, state);
    put(bytes, place_of_state_checksum, Identity{.high = hash.high64, .low = hash.low64});
  }
  if ((help & header_checksum) != 0)
    put(bytes, place_of_header_checksum, std::uint64_t{XXH3_64bits(bytes.data(), place_of_header_checksum)});
  return bytes;
}

/// Slots are sparse: also far behind there may be one.
std::uint64_t offset_of(std::uint8_t place, std::uint8_t help) {
  constexpr std::uint64_t far_away = std::uint64_t{1} << 42U;
  return (place % 8) * slot_bytes + ((help & far) != 0 ? far_away : 0);
}

void write_file(const Descriptor& file, fuzz::Input input) {
  std::filesystem::resize_file(file.path(), 0);
  while (!input.empty()) {
    const auto place = input.number<std::uint8_t>();
    const auto help = input.number<std::uint8_t>();
    const auto size = input.number<std::uint16_t>();
    const std::string bytes = slot_of(help, fuzz::text_of(input.bytes(size)));
    file.write(offset_of(place, help), bytes.data(), bytes.size());
  }
}

void read_lanes(const Path& archive) {
  CheckpointFile file(archive, token);
  for (const CheckpointLane& lane : file.lanes()) {
    const Checkpoint read = file.read(lane.lane, lane.generation);
    fuzz::require(read.label.identity == lane.label.identity, "a lane is read as it was found");
    file.write(lane.lane, lane.generation, read.label, read.state);
    fuzz::require(file.read(lane.lane, lane.generation + 1).state == read.state, "what was written is read");
    file.clear(lane.lane);
  }
  fuzz::require(file.lanes().empty(), "lanes that were cleared are free");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const testing_tools::TemporaryDirectory directory;
  static const Path archive = directory / "fuzzed.h5";
  static const Path copy = directory / "copy";
  static const Descriptor file(CheckpointFile::name_for(archive), O_RDWR | O_CREAT);
  write_file(file, {data, size});
  try {
    checkpoint_labels(archive);
    const CheckpointCheck check = check_checkpoints(archive);
    fuzz::require(check.from_older <= check.jobs, "older checkpoints are checkpoints");
    copy_checkpoints(file.path(), copy, [] {});
    std::filesystem::remove(copy);
    read_lanes(archive);
  } catch (const ArchiveError&) {
  }
  return 0;
}
