// What stands in a claim: shown by `status`, and followed by a run that comes next.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "claim_text.hpp"
#include "durable_file.hpp"
#include "harness.hpp"
#include "nxmc/archive/archive.hpp"
#include "nxmc/archive/claim.hpp"
#include "nxmc/archive/clock.hpp"
#include "program.hpp"

namespace {

using namespace nxmc;
using Path = std::filesystem::path;

/// Instead of a wait.
struct Interrupted {};

/// A requeued Slurm job: whoever has its name is its own earlier start, and is followed without waiting.
void become_requeued_job() {
  setenv("SLURM_JOB_ID", "12", 1);
  setenv("SLURM_CLUSTER_NAME", "fuzzed", 1);
  setenv("SLURM_RESTART_COUNT", "2", 1);
}

void look_at(const Path& archive, const Path& claim) {
  if (const auto owner = read_owner(claim)) {
    describe(*owner);
    fuzz::require(is_nonce(owner->nonce), "whoever claims can be told from others");
  }
  if (const auto owner = claim_owner(archive)) readable_time(owner->since);
}

void follow(const Path& archive) {
  ClaimOptions options;
  options.stale_after = std::chrono::seconds(0);
  options.interrupt = [] { throw Interrupted(); };
  Claim claim(archive, options);
  claim.require_ours();
  claim.release();
}

void remove_all_in(const Path& directory) {
  for (const auto& entry : std::filesystem::directory_iterator(directory)) std::filesystem::remove_all(entry.path());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const testing_tools::TemporaryDirectory directory;
  static const Path archive = directory / "fuzzed.h5";
  static const Path claim = directory / "fuzzed.h5.claim";
  static const bool requeued = (become_requeued_job(), true);
  fuzz::require(requeued, "it is a Slurm job");
  remove_all_in(directory.path());
  testing_tools::write_file(claim, std::string(fuzz::text_of({data, size})));
  try {
    look_at(archive, claim);
  } catch (const ArchiveError&) {
  }
  try {
    follow(archive);
    fuzz::require(!std::filesystem::exists(claim), "a claim that was followed and released is gone");
  } catch (const ArchiveError&) {
  } catch (const Interrupted&) {
  }
  return 0;
}
