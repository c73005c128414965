// What the samples of chains tell, read once for all columns of queries that are made from it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "chosen_chains.hpp"
#include "nxmc/archive/archive.hpp"
#include "nxmc/phase/evidence.hpp"
#include "nxmc/query/joined_column.hpp"

namespace nxmc {

/// [keys of the row][parameters of the point], of the chains that were chosen.
using EvidenceOfPoints = std::map<Words, std::map<Words, PointEvidence>>;

class KnownEvidence {
 public:
  /// \pre the archive outlives it
  explicit KnownEvidence(const Archive& archive) : archive_(archive) {}

  const Archive& archive() const { return archive_; }
  /// \param keys  columns of jobs; without any all rows have the same, empty keys \throws QueryError, ArchiveError
  const EvidenceOfPoints& of(const Where& where, const Words& keys);

 private:
  const Archive& archive_;
  std::map<std::pair<std::string, Words>, EvidenceOfPoints> known_;  // [condition, keys]
};

}  // namespace nxmc
