// One writer for each archive: the file `<archive>.claim` says who it is.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace nxmc {

/// Holds the right to write to an archive, from construction to destruction. Rank 0 takes it before it creates, extends
/// or opens the archive. A claim whose process is dead on this host is taken over; one of another host is believed.
class Claim {
 public:
  /// \throws ArchiveError that names the owner, when somebody else writes to the archive
  explicit Claim(const std::filesystem::path& archive);
  ~Claim();
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;

 private:
  std::filesystem::path file_;
  std::string owner_;
};

/// Who writes to an archive.
struct ClaimOwner {
  std::string host;
  long process = 0;
  double since = 0;  ///< seconds since 1970
};

/// nullopt when nobody does, or the process that did is dead on this host.
std::optional<ClaimOwner> claim_owner(const std::filesystem::path& archive);

}  // namespace nxmc
