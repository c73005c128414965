// Which rows of an archive are rungs of one ladder.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "nxmc/archive/archive.hpp"

namespace nxmc {

/// Rungs that exchanged configurations share all of it.
struct LadderName {
  Identity ladder;
  Identity observation;
  std::int64_t replica = 0;
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the 0 that results are compared with for a pointer
  friend auto operator<=>(const LadderName&, const LadderName&) = default;
};

/// Read once, in memory that grows with the rungs of an archive and not with its other jobs.
class LadderNames {
 public:
  explicit LadderNames(const Archive& archive);

  bool empty() const { return names_.empty(); }
  /// nullopt for a job that is on no ladder.
  std::optional<LadderName> of(std::uint64_t row) const;
  /// Rows of all rungs that the archive has, ascending.
  const std::map<LadderName, std::vector<std::uint64_t>>& ladders() const { return ladders_; }

 private:
  std::map<std::uint64_t, LadderName> names_;
  std::map<LadderName, std::vector<std::uint64_t>> ladders_;
};

}  // namespace nxmc
