// What stands in a claim, for people (`cat`) and for other runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "nxmc/archive/claim.hpp"

namespace nxmc {

/// Room for the ranks of any node; what is longer is not a claim.
inline constexpr std::size_t longest_claim = std::size_t{1} << 20U;

/// A run that writes, or wrote, to an archive.
struct Owner {
  std::string host;
  std::string boot;                 ///< changes when the host starts anew
  std::uint64_t pid_namespace = 0;  ///< containers on one host number their processes apart; 0 when not known
  std::vector<RankProcess> here;    ///< ranks in that namespace of that host, rank 0 in front
  std::uint64_t ranks = 1;          ///< everywhere
  std::string slurm_cluster;
  std::string slurm_job;  ///< empty outside of Slurm
  std::uint64_t slurm_restarts = 0;
  double since = 0;  ///< seconds since 1970
  /// False until it is certain that nobody else can still write to the files under their names: whoever comes next has
  /// to begin with a copy.
  bool owns_files = false;
  /// The run is over, though some of its ranks may come back.
  bool left = false;
  std::uint64_t beat = 0;             ///< advances while the run lives
  std::optional<std::uint64_t> busy;  ///< ranks with work to do; nullopt while kernels are built
  std::string nonce;
  std::string text;  ///< as it was read

  long pid() const { return here.empty() ? 0 : here.front().pid; }
};

std::string to_text(const Owner& owner);

/// Where in the text the owner keeps changing it.
struct ChangingFields {
  std::uint64_t beat = 0;
  std::uint64_t files = 0;
};
ChangingFields find_changing_fields(const std::string& text);
/// Always as long, and two lines, so that both are written at once.
std::string text_of_beat(std::uint64_t beat, std::optional<std::uint64_t> busy);
std::string text_of_files(bool owns_files);
std::string text_of_leaving();

/// What is in a claim; nullopt when there is none. Of a claim that is only half written, or not understood, as much as
/// there is; its nonce then says which file it is. \throws ArchiveError when it cannot be read
std::optional<Owner> read_owner(const std::filesystem::path& claim);

/// "process 17 on node3, since 2026-11-21 11:42:41"
std::string describe(const Owner& owner);

}  // namespace nxmc
