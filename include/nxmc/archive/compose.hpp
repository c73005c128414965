// New archives of jobs that others have: pruned and merged ones. What is read may be written to meanwhile, and stays as
// it is; the new file appears under its name only when it is complete, and a campaign can go on from it. The state of
// unfinished jobs stays behind in the checkpoints: they begin anew.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "nxmc/archive/archive.hpp"

namespace nxmc {

/// What is in an archive that was made of others.
struct ComposedArchive {
  std::uint64_t jobs = 0;
  std::uint64_t with_results = 0;
  std::uint64_t in_several = 0;  ///< jobs with results in more than one source, which agree bit by bit
  std::uint64_t damaged = 0;     ///< jobs whose results were not copied, because their checksums are wrong
};

/// Writes an archive of the jobs that stay in some scan.
/// \param scans  for each job the names of the scans that it stays in, joined by commas; empty: it is left out
/// \throws ArchiveError when no job is left, `to` exists or cannot be created, or another file has the name of `from`
/// by now
ComposedArchive prune_archive(const Archive& from, const std::vector<std::string>& scans,
                              const std::filesystem::path& to);

/// Joins archives of one campaign that were computed apart. A job that several of them have gets the results of the
/// first one that has any.
/// \throws ArchiveError when they are of different campaigns (name, seed), their kernels have other digits, results of
/// one job differ in any bit, or `to` exists or cannot be created
ComposedArchive merge_archives(const std::vector<std::filesystem::path>& from, const std::filesystem::path& to);

}  // namespace nxmc
