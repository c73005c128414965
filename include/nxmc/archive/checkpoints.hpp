// State of unfinished jobs, in one file beside the archive: X.h5.checkpoints. Whatever happens to it, the archive is
// whole; without it unfinished jobs begin anew.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <vector>

#include "nxmc/random/stream.hpp"

namespace nxmc {

/// What a checkpoint says of its job, beside the state itself.
struct CheckpointLabel {
  Identity identity;
  Identity observation;
  Identity continuation;
  std::int32_t numerics = 0;
  std::uint32_t pieces = 0;  ///< in how many runs it was computed so far
  double started = 0;        ///< seconds since 1970
  double wall_seconds = 0;   ///< computing time so far
};

/// Place of a job's checkpoints: a pair of slots, written by turns, so that one of them is always whole.
struct CheckpointLane {
  std::uint32_t lane = 0;
  std::uint64_t generation = 0;
  CheckpointLabel label;
};

/// A checkpoint as it was written.
struct Checkpoint {
  CheckpointLabel label;
  std::vector<std::byte> state;  ///< empty when there is none, or its checksum is wrong
};

/// One rank's access to the file. Ranks write to different lanes and never wait for each other.
class CheckpointFile {
 public:
  /// Opens or creates the file of an archive, durably. What a file of another `archive_token` holds is worthless: it
  /// begins anew. \throws ArchiveError when it cannot be opened
  CheckpointFile(const std::filesystem::path& archive, Identity archive_token);
  /// Opens the file that another rank has opened. \throws ArchiveError when the name refers to another one
  CheckpointFile(const std::filesystem::path& archive, Identity archive_token, std::uint64_t inode);
  ~CheckpointFile();
  CheckpointFile(const CheckpointFile&) = delete;
  CheckpointFile& operator=(const CheckpointFile&) = delete;

  /// Which file this is, for the other ranks.
  std::uint64_t inode() const;
  /// Removes its name, unless that refers to another file by now.
  void remove() const;

  /// X.h5.checkpoints beside the archive itself, or what that is a link to.
  static std::filesystem::path name_for(const std::filesystem::path& archive);
  /// \throws ArchiveError when something else has the name, or it is a link that cannot be followed
  static void require_possible(const std::filesystem::path& archive);
  /// Largest state that a slot takes.
  static std::size_t capacity();

  /// Writes generation + 1 of a lane into the slot that does not hold generation; durable on return.
  /// Returns the new generation. \throws ArchiveError (disk full), leaving the other slot as it was
  std::uint64_t write(std::uint32_t lane, std::uint64_t generation, const CheckpointLabel& label,
                      std::span<const std::byte> state);
  /// Makes a lane worthless, durably: its job begins anew.
  void clear(std::uint32_t lane);
  /// What a lane holds of a generation.
  Checkpoint read(std::uint32_t lane, std::uint64_t generation) const;
  /// The highest valid generation of every lane that has one, checksums verified.
  std::vector<CheckpointLane> lanes() const;

 private:
  int file_;
  std::filesystem::path name_;
  Identity token_;
};

/// What the newest checkpoint of each lane says of its job, whether the state itself is whole or not: quick enough for
/// a progress display. Empty where there is no file.
std::vector<CheckpointLabel> checkpoint_labels(const std::filesystem::path& archive);

/// What the checksums say about the file of checkpoints beside an archive.
struct CheckpointCheck {
  std::uint32_t jobs = 0;           ///< that can go on
  std::uint32_t from_older = 0;     ///< of these, from the checkpoint before the last: that one is not whole
  std::uint32_t without_whole = 0;  ///< lanes that had checkpoints, but none is whole
};

/// Nothing where there is no file. A slot that is not whole is damaged, or its writing was cut short by the end of a
/// run: nothing can tell, and nothing is lost but time.
CheckpointCheck check_checkpoints(const std::filesystem::path& archive);

/// Copies the whole slots of a file of checkpoints, whoever's they are, to the same places of a new file.
void copy_checkpoints(const std::filesystem::path& from, const std::filesystem::path& to,
                      const std::function<void()>& between_slots);

}  // namespace nxmc
