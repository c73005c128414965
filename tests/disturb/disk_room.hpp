// How much a disk still takes before it is full or broken: counters in a file that the test and full_disk.so in every
// rank map together.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <stdexcept>

namespace nxmc::testing_tools {

struct RoomCounters {
  std::atomic<std::int64_t> bytes;         ///< that can be written
  std::atomic<std::int64_t> reservations;  ///< calls of fallocate that succeed
  std::atomic<std::int64_t> syncs;         ///< calls of fsync and fdatasync that succeed
  std::atomic<std::int64_t> refusals;      ///< calls that failed
};

inline RoomCounters* map_room(const char* file) {
  const int descriptor = ::open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0 || ftruncate(descriptor, sizeof(RoomCounters)) != 0)
    throw std::runtime_error("cannot create the counters of a disk");
  void* memory = mmap(nullptr, sizeof(RoomCounters), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  ::close(descriptor);
  if (memory == MAP_FAILED) throw std::runtime_error("cannot map the counters of a disk");
  return static_cast<RoomCounters*>(memory);
}

/// As much of everything as anybody can want, unless a test takes some away.
class DiskRoom {
 public:
  static constexpr std::int64_t plenty = std::int64_t{1} << 60;
  explicit DiskRoom(const std::filesystem::path& file) : counters_(map_room(file.c_str())) {
    counters_->bytes = counters_->reservations = counters_->syncs = plenty;
    counters_->refusals = 0;
  }
  ~DiskRoom() { munmap(counters_, sizeof(RoomCounters)); }
  DiskRoom(const DiskRoom&) = delete;
  DiskRoom& operator=(const DiskRoom&) = delete;
  RoomCounters& counters() { return *counters_; }

 private:
  RoomCounters* counters_;
};

}  // namespace nxmc::testing_tools
