// One writer for each archive: the file `<archive>.claim` says who it is, on local and on shared file systems.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nxmc/archive/archive.hpp"

namespace nxmc {

/// A process, told from others that had its number before.
struct RankProcess {
  long pid = 0;
  std::uint64_t started = 0;  ///< clock ticks since the host started; 0 when not known
};

RankProcess this_process();
/// The processes that can see each other by their numbers: 0 when not known.
std::uint64_t this_pid_namespace();

/// How often a claim shows that its owner lives.
inline constexpr std::chrono::duration<double> claim_beat = std::chrono::seconds(5);
/// How long a claim whose owner cannot be seen must stand still until the owner counts as gone.
inline constexpr std::chrono::duration<double> stale_claim = std::chrono::seconds(60);

/// Somebody else has become the writer.
class ClaimLost : public ArchiveError {
  using ArchiveError::ArchiveError;
};

struct ClaimOptions {
  std::uint64_t ranks = 1;
  /// The ranks that share host and pid namespace with this one, which is in front; empty: this process alone.
  std::vector<RankProcess> ranks_here;
  /// How often the claim shows that its owner lives.
  std::chrono::duration<double> beat_every = claim_beat;
  std::chrono::duration<double> stale_after = stale_claim;
  /// Called again and again while construction takes its time; throws to give up.
  std::function<void()> interrupt;
  /// Told what is being waited for, or was done, in a sentence.
  std::function<void(const std::string&)> say;
  /// Called once when somebody else has become the writer, from any thread; all ranks should end then.
  std::function<void(const std::string&)> on_loss;
};

/// The right to write to an archive. Rank 0 takes it before it creates, extends or opens the archive.
///
/// A claim whose owner is certainly dead is taken over as it is. An owner that only seems dead (another host, a stopped
/// process) may come back and go on writing: then archive and checkpoints are replaced by copies, and it writes to
/// files that no longer have a name. It learns that when it looks, which it does with every beat, and before it
/// renames, removes or reports anything.
class Claim {
 public:
  /// Returns as the only writer, with the files under their names written by nobody else.
  /// \throws ArchiveError that names the owner when somebody else writes to the archive
  explicit Claim(const std::filesystem::path& archive, ClaimOptions options = {});
  /// Releases the claim, unless guard() was called, release() was not, and there are other ranks: they may be writing
  /// still.
  ~Claim();
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;

  /// \throws ClaimLost with the new writer's name when this one has been replaced
  void require_ours();
  /// From now on the archive's name must refer to this file, which the ranks have opened; checks that it does and that
  /// the claim is still ours. To be called before the first byte is written.
  void guard(std::uint64_t inode);
  /// The file may be replaced by this run itself, until guard() names the new one. After all ranks have closed it.
  void stop_guarding();
  /// Shown to others with the next beat: how many ranks have work to do; nullopt where that cannot be said.
  void show_busy(std::optional<std::uint64_t> ranks);
  /// After all ranks have closed the archive.
  void release();
  /// Instead of release(), when some rank may have the archive open still: whoever comes next need not wait for a sign
  /// of life, but begins with copies of the files.
  void leave_to_next_run();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Who writes to an archive.
struct ClaimOwner {
  std::string host;  ///< empty when the claim does not tell
  long process = 0;  ///< 0 when it does not tell
  double since = 0;  ///< seconds since 1970; 0 when it does not tell
  std::uint64_t ranks = 1;
  std::optional<std::uint64_t> busy;  ///< ranks with work to do, some seconds ago; nullopt when not known
  std::string slurm_job;              ///< empty outside of Slurm
  std::uint64_t slurm_restarts = 0;
  bool dead = false;       ///< certainly, as far as it can be seen from this host
  std::uint64_t beat = 0;  ///< advances every few seconds while the run lives
  /// Seconds since it did, as the clocks of this host and of the file system tell; nullopt when not known.
  std::optional<double> quiet;

  /// Its claim has stood still for so long that somebody else may follow it.
  bool gives_no_sign_of_life() const { return quiet && *quiet >= stale_claim.count(); }
};

/// "process 4711 on n17"; what a claim does not tell is said to be unknown.
std::string name_of(const ClaimOwner& owner);

/// nullopt when nobody claims the archive.
std::optional<ClaimOwner> claim_owner(const std::filesystem::path& archive);

}  // namespace nxmc
