// What is constant in an archive: its jobs, where each one's results go, its kernels, and how large every dataset is.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/observe/quantities.hpp"

namespace nxmc {

inline constexpr std::uint64_t page_bytes = 4096;
/// Kernels above this are known by their digest only.
inline constexpr std::uint64_t largest_stored_kernel_bytes = std::uint64_t{64} << 20U;

/// A stretch of one of the archive's one-dimensional heaps, in elements.
struct HeapExtent {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// Where the results of a job are.
struct Placement {
  std::int32_t times = -1;            ///< exchange: k of /exchange/<k>; -1 for equilibrium
  std::uint64_t row = 0;              ///< in the table of its method
  HeapExtent profile;                 ///< in /profiles/values
  std::uint64_t snapshots = 0;        ///< number of them
  std::uint64_t samples = 0;          ///< number of them, behind the snapshots
  std::uint64_t sample_every = 0;     ///< measured sweeps; 0 when none are kept
  std::uint64_t snapshot_bytes = 0;   ///< of one snapshot or sample
  std::uint64_t snapshot_offset = 0;  ///< in /snapshots/bits
  std::uint64_t snapshot_at = 0;      ///< index of the first one's time or sweep in /snapshots/at
  HeapExtent final_state;             ///< in /equilibrium/final_states

  /// In /snapshots/bits, snapshots and samples.
  HeapExtent configurations() const {
    return {.offset = snapshot_offset, .length = (snapshots + samples) * snapshot_bytes};
  }
  std::uint64_t payload_bytes() const {
    return profile.length * sizeof(double) + configurations().length + final_state.length;
  }
  bool has_large_payload() const { return payload_bytes() > largest_travelling_payload; }
};

/// All that is constant about a job.
struct ArchiveRow {
  Identity identity;
  Identity observation;
  Identity continuation;
  std::string scans;  ///< names joined by commas
  Physics physics;
  std::uint32_t replica = 0;
  std::uint64_t sites = 0;
  std::uint64_t core_sites = 0;
  std::int32_t kernel = -1;
  std::uint64_t equilibration_sweeps = 0;
  std::uint64_t measured_sweeps = 0;
  std::uint64_t phases_every = 0;
  std::uint64_t areas_every = 0;
  std::uint64_t max_events = 0;
  double predicted_seconds = 0;
  bool spare = false;  ///< JobState::spare to begin with
  bool exploratory = false;
  Placement place;
};

/// All that is constant about a kernel.
struct ArchiveKernel {
  Identity identity;
  KernelSpec spec;
  std::uint64_t sites = 0;
  std::uint64_t representatives = 0;
  HeapExtent values;  ///< in /kernels/rows; empty when only the digest is kept
};

/// Observation times that exchange jobs share, and how many jobs have them.
struct TimesGroup {
  std::vector<double> times;
  std::vector<std::int64_t> jobs;  ///< job of each row
};

/// What is in the columns of result tables.
struct ResultColumns {
  std::vector<Quantity> equilibrium;
  std::vector<Quantity> exchange;
  std::vector<Quantity> exchange_summary;
};

/// Those of this version; archives of older ones may have fewer.
ResultColumns present_columns();

struct Layout {
  std::string campaign;
  std::string text;
  std::uint64_t seed = 0;
  Provenance provenance;
  std::vector<std::string> scans;
  std::vector<ArchiveRow> rows;
  std::vector<ArchiveKernel> kernels;
  std::vector<std::int64_t> equilibrium_jobs;  ///< job of each row of /equilibrium
  std::vector<TimesGroup> exchange;
  std::vector<double> snapshot_at;
  std::uint64_t profile_doubles = 0;
  std::uint64_t snapshot_bytes = 0;
  std::uint64_t final_state_bytes = 0;
  std::uint64_t kernel_doubles = 0;
  ResultColumns columns;
};

/// Puts jobs and kernels in their places, one after the other.
class LayoutBuilder {
 public:
  LayoutBuilder(const Plan& plan, const Provenance& provenance);

  void add_kernel(ArchiveKernel kernel);
  /// \param row  its `place` says only how much room it needs: lengths and counts
  void add_row(ArchiveRow row, const std::vector<double>& times, const std::vector<double>& snapshot_at);
  const Layout& layout() const { return layout_; }
  Layout finish();

 private:
  void place_in_table(Placement& place, const std::vector<double>& times);
  void place_payload(Placement& place);
  std::int32_t times_group(const std::vector<double>& times);
  std::uint64_t place_of_snapshot_times(const std::vector<double>& at);

  Layout layout_;
  std::map<std::vector<double>, std::int32_t> times_groups_;
  std::map<std::vector<double>, std::uint64_t> snapshot_at_;
};

/// The room that what a job leaves behind needs with this version: lengths and counts of a placement.
Placement room_for(const Physics& physics, const Schedule& schedule);

/// Jobs and kernels of a plan, in its order. \param adjust  may change how much room a row gets before it has a place
LayoutBuilder lay_out(const Plan& plan, const Provenance& provenance, const std::function<void(ArchiveRow&)>& adjust);

}  // namespace nxmc
