// What record_writes.so writes down: every change of the files of one directory, in the order in which it happened, and
// what was said meanwhile. One record is one write to a file opened for appending, so that records of several processes
// have one order.
#pragma once

#include <cstdint>

namespace nxmc::testing_tools {

enum class Action : std::uint32_t {
  create,          ///< a new file under `name`
  write,           ///< `bytes` at `offset`; recorded when done
  resize,          ///< to `offset` bytes
  reserve,         ///< up to `offset` bytes; recorded only where it makes the file longer
  sync_begin,      ///< what was recorded before is to be durable …
  sync_end,        ///< … from here on
  rename,          ///< `name` becomes `bytes`
  link,            ///< `name` is `bytes` too
  unlink,          ///< `name` is gone
  report,          ///< `bytes` were printed to stderr
  shared_mapping,  ///< somebody mapped the file for writing: changes that no record tells
};

/// Followed by the name, then by the bytes.
struct RecordHead {
  std::uint32_t magic = expected_magic;
  Action action{};
  std::int32_t thread = 0;
  std::uint32_t name_length = 0;
  std::uint64_t inode = 0;
  std::int64_t offset = 0;
  std::uint64_t length = 0;

  static constexpr std::uint32_t expected_magic = 0x7265636f;
};

}  // namespace nxmc::testing_tools
