// Writing to an archive from many ranks. Nothing is created or extended here: only raw data goes into preallocated
// datasets, by independent transfers, and is made durable with fdatasync on a descriptor that each rank owns.
#pragma once

#include <mpi.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/engine/record.hpp"

namespace nxmc {

/// A job that ended, on its way to rank 0.
struct CompletedJob {
  std::uint64_t job = 0;  ///< row in the archive
  JobStatus status;
  Record record;  ///< empty when failed
  /// The worker wrote profile, configurations and final state itself: `payload_checksum` is theirs.
  bool payload_written = false;
  std::uint64_t payload_checksum = 0;
};

/// The end of a chain, and what its row says of it.
struct FinalState {
  std::vector<std::uint8_t> bytes;  ///< Record::final_state
  std::uint64_t sample_every = 0;   ///< measured sweeps; 0 without samples
  std::vector<std::uint8_t> samples;
  JobStatus status;
};

/// Mistakes of the caller that would destroy results (committing a row twice, wrong sizes) throw std::logic_error in
/// every build; failures of disk or MPI throw ArchiveError. A rank that fails has to end all of them (MPI_Abort):
/// nothing that was reported done is lost by that.
class ArchiveWriter {
 public:
  /// Collective over `comm`. \throws ArchiveError on every rank when one rank cannot open the file
  ArchiveWriter(const std::filesystem::path& file, MPI_Comm comm);
  /// Without close() the file stays open, because closing would wait for all ranks.
  ~ArchiveWriter();
  /// Which file all ranks have opened, whatever its name refers to later.
  std::uint64_t inode() const;
  ArchiveWriter(const ArchiveWriter&) = delete;
  ArchiveWriter& operator=(const ArchiveWriter&) = delete;

  /// Writes profile, configurations and final state of a job from any rank; durable on return. Returns their checksum.
  /// For payloads above `largest_travelling_payload`, which have pages of their own; smaller ones share pages that only
  /// rank 0 may write, and travel in CompletedJob::record.
  std::uint64_t write_payload(std::uint64_t job, const Record& record);
  /// Any rank: what a finished equilibrium job leaves for longer chains. \throws ArchiveError when it is damaged
  FinalState read_final_state(std::uint64_t job) const;
  /// Any rank: the samples that the archive has room for; none where an older nxmc made it.
  Sampling sampling(std::uint64_t job) const;
  /// Rank 0: writes rows, syncs, seals their states, syncs. On return they are done for good.
  void commit(std::span<const CompletedJob> jobs);
  /// Rank 0: adds this run to those that worked on the archive; durable on return.
  void record_run(const RunRecord& run);
  /// Rank 0: shows jobs as running to readers; not durable, and worth nothing after a crash.
  void mark_running(std::span<const std::uint64_t> jobs);
  /// Rank 0: puts jobs back to waiting, durably (damaged rows, --redo, --retry-failed), and gives their results up.
  void reset(std::span<const std::uint64_t> jobs);
  /// Any rank: stores a kernel (values up to 64 MiB, else its digest), durable on return. One rank at a time for each
  /// kernel.
  void write_kernel(std::size_t kernel, const ReducedKernelView& reduced);
  /// As those of Archive, from the file that is written to.
  std::optional<ReducedKernel> kernel(std::size_t kernel) const;
  std::optional<Identity> kernel_digest(std::size_t kernel) const;
  /// Rank 0: the jobs that readers are shown as running.
  std::vector<std::uint64_t> running() const;
  /// That writing has taken this rank so far.
  double seconds() const;
  /// Collective: closes the file, with all errors reported.
  void close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace nxmc
