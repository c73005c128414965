// The file of checkpoints: two slots by turns, of which one is always whole; nothing that is not whole is ever read.
#include "nxmc/archive/checkpoints.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <limits>
#include <random>

#include "nxmc/archive/archive.hpp"
#include "program.hpp"

namespace nxmc {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr Identity token{.high = 1, .low = 2};
constexpr off_t slot_bytes = off_t{64} << 20;

CheckpointLabel label_of(std::uint64_t job) {
  return {.identity = {.high = job, .low = 7},
          .observation = {.high = 3, .low = job},
          .continuation = {.high = 4, .low = job},
          .numerics = 1,
          .pieces = 2,
          .started = 1.5e9,
          .wall_seconds = 0.25};
}

std::vector<std::byte> state_of(std::uint64_t seed, std::size_t size = 300) {
  std::mt19937_64 random(seed);
  std::vector<std::byte> bytes(size);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

class Checkpoints : public testing::Test {
 protected:
  /// Flips a bit of the file, and flips it back when it goes.
  class Flip {
   public:
    Flip(const std::filesystem::path& file, off_t bit) : file_(::open(file.c_str(), O_RDWR)), bit_(bit) { flip(); }
    ~Flip() {
      flip();
      ::close(file_);
    }
    Flip(const Flip&) = delete;
    Flip& operator=(const Flip&) = delete;

   private:
    void flip() const {
      unsigned char byte = 0;
      EXPECT_EQ(::pread(file_, &byte, 1, bit_ / 8), 1);
      byte = static_cast<unsigned char>(byte ^ (1U << (bit_ % 8)));
      EXPECT_EQ(::pwrite(file_, &byte, 1, bit_ / 8), 1);
    }
    int file_;
    off_t bit_;
  };

  testing_tools::TemporaryDirectory directory_;
  std::filesystem::path archive_ = directory_ / "x.h5";
  std::filesystem::path file_ = directory_ / "x.h5.checkpoints";
};

TEST_F(Checkpoints, GiveBackTheLastGenerationOfEveryLane) {
  CheckpointFile file(archive_, token);
  EXPECT_THAT(file.lanes(), IsEmpty());
  EXPECT_EQ(file.write(0, 0, label_of(10), state_of(1)), 1U);
  EXPECT_EQ(file.write(0, 1, label_of(10), state_of(2)), 2U);
  EXPECT_EQ(file.write(0, 2, label_of(10), state_of(3)), 3U);
  EXPECT_EQ(file.write(5, 0, label_of(11), {}), 1U);
  const auto lanes = CheckpointFile(archive_, token).lanes();
  ASSERT_THAT(lanes, SizeIs(2));
  EXPECT_EQ(lanes[0].lane, 0U);
  EXPECT_EQ(lanes[0].generation, 3U);
  EXPECT_EQ(lanes[0].label.identity, label_of(10).identity);
  EXPECT_EQ(lanes[0].label.continuation, label_of(10).continuation);
  EXPECT_EQ(lanes[1].lane, 5U);
  EXPECT_EQ(file.read(0, 3).state, state_of(3));
  EXPECT_EQ(file.read(0, 2).state, state_of(2)) << "the slot before is as it was";
  EXPECT_THAT(file.read(0, 1).state, IsEmpty()) << "overwritten";
  EXPECT_EQ(file.read(0, 3).label.wall_seconds, 0.25);
}

TEST_F(Checkpoints, AreWorthlessForAnotherArchiveAndOnceTheyAreCleared) {
  CheckpointFile file(archive_, token);
  file.write(0, 0, label_of(10), state_of(1));
  file.write(0, 1, label_of(10), state_of(2));
  EXPECT_THAT(CheckpointFile(archive_, {.high = 1, .low = 3}).lanes(), IsEmpty());
  file.clear(0);
  EXPECT_THAT(file.lanes(), IsEmpty());
  EXPECT_EQ(check_checkpoints(archive_).jobs, 0U);
}

TEST_F(Checkpoints, AFlippedBitAnywhereLeadsToTheGenerationBefore) {
  CheckpointFile file(archive_, token);
  file.write(0, 0, label_of(10), state_of(1));
  file.write(0, 1, label_of(10), state_of(2));
  // Generation 2 is in the first slot. Its header is shorter than 200 bytes, the state has 300.
  const auto header_bytes = static_cast<off_t>(static_cast<std::size_t>(slot_bytes) - CheckpointFile::capacity());
  for (off_t bit = 0; bit < 8 * (header_bytes + 300); ++bit) {
    const Flip flip(file_, bit);
    const auto lanes = file.lanes();
    ASSERT_THAT(lanes, SizeIs(1)) << "bit " << bit;
    EXPECT_EQ(lanes.front().generation, 1U) << "bit " << bit;
    EXPECT_THAT(file.read(0, 2).state, IsEmpty()) << "bit " << bit;
    const CheckpointCheck check = check_checkpoints(archive_);
    EXPECT_EQ(check.jobs, 1U);
    EXPECT_EQ(check.from_older, 1U) << "bit " << bit;
  }
  EXPECT_EQ(file.lanes().front().generation, 2U);
  EXPECT_EQ(check_checkpoints(archive_).from_older, 0U);
}

TEST_F(Checkpoints, ALaneWithoutAWholeSlotIsCountedAndNotRead) {
  CheckpointFile file(archive_, token);
  file.write(0, 0, label_of(10), state_of(1));
  file.write(0, 1, label_of(10), state_of(2));
  const Flip first(file_, off_t{8} * 150);
  const Flip second(file_, 8 * (slot_bytes + 150));
  EXPECT_THAT(file.lanes(), IsEmpty());
  EXPECT_EQ(check_checkpoints(archive_).jobs, 0U);
  EXPECT_EQ(check_checkpoints(archive_).without_whole, 1U);
}

TEST_F(Checkpoints, AFileThatEndsTooEarlyHasNothingBehindItsEnd) {
  CheckpointFile file(archive_, token);
  file.write(0, 0, label_of(10), state_of(1));
  file.write(0, 1, label_of(10), state_of(2));
  file.write(1, 0, label_of(11), state_of(3, 5000));
  std::filesystem::resize_file(file_, static_cast<std::uintmax_t>(3 * slot_bytes + 1000));
  const auto lanes = file.lanes();
  ASSERT_THAT(lanes, SizeIs(1));
  EXPECT_EQ(lanes.front().generation, 2U);
  EXPECT_EQ(check_checkpoints(archive_).without_whole, 1U);
}

TEST_F(Checkpoints, ACheckpointInTheOtherSlotIsNone) {
  const std::filesystem::path name = CheckpointFile::name_for(archive_);
  CheckpointFile file(archive_, token);
  file.write(0, 0, label_of(5), state_of(5));
  std::vector<char> slot(1000);
  const int raw = ::open(name.c_str(), O_RDWR);
  ASSERT_EQ(::pread(raw, slot.data(), slot.size(), slot_bytes), ::ssize_t{436});
  ASSERT_EQ(::pwrite(raw, slot.data(), slot.size(), 0), ::ssize_t{1000});
  ::close(raw);
  EXPECT_THAT(file.lanes(), SizeIs(1));
  EXPECT_EQ(check_checkpoints(archive_).from_older, 1U);
  file.clear(0);
}

TEST_F(Checkpoints, AFileOfAnyLengthCostsWhatIsInIt) {
  const std::filesystem::path name = CheckpointFile::name_for(archive_);
  {
    CheckpointFile file(archive_, token);
    file.write(5, 0, label_of(5), state_of(5));
  }
  // As long as this file system lets it be, with something at its end.
  off_t length = std::numeric_limits<off_t>::max() / 4096 * 4096;
  while (::truncate(name.c_str(), length) != 0 && length > slot_bytes) length /= 2;
  CheckpointFile file(archive_, token);
  EXPECT_THAT(file.lanes(), SizeIs(1));
  EXPECT_THAT(checkpoint_labels(archive_), SizeIs(1));
  EXPECT_EQ(check_checkpoints(archive_).jobs, 1U);
  copy_checkpoints(name, archive_.string() + ".copy", [] {});
  EXPECT_EQ(std::filesystem::file_size(archive_.string() + ".copy") / (2 * slot_bytes), 5U);
}

TEST_F(Checkpoints, WhereThereIsNoFileThereIsNothingToCheck) {
  const CheckpointCheck check = check_checkpoints(archive_);
  EXPECT_EQ(check.jobs + check.from_older + check.without_whole, 0U);
}

}  // namespace
}  // namespace nxmc
