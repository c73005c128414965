// The datasets of an archive as rows of jobs and kernels: what both readers and writers see of the file. Protocol,
// checksums and messages are theirs.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "checksum.hpp"
#include "hdf5.hpp"
#include "layout.hpp"
#include "translation.hpp"

namespace nxmc {

/// What goes into the result table of a job's method.
struct TableRow {
  std::vector<double> values;
  std::vector<double> summary;
};

/// A payload as it was read.
struct Payload {
  std::vector<double> profile;
  std::vector<std::uint8_t> configurations;
  std::vector<std::uint8_t> final_state;

  PayloadView view() const { return {profile, configurations, final_state}; }
};

/// The names of a row, which go into its checksum.
struct RowName {
  Identity identity;
  Identity observation;
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the 0 that results are compared with for a pointer
  friend auto operator<=>(const RowName&, const RowName&) = default;
};

/// /status of consecutive jobs, column by column.
struct StatusBlock {
  std::vector<std::uint8_t> raw_state;
  std::vector<std::uint32_t> generation;
  std::vector<std::uint32_t> pieces;
  std::vector<double> started;
  std::vector<double> finished;
  std::vector<double> wall_seconds;
  std::vector<std::int32_t> numerics;
  hdf5::FixedTexts program_version;
  hdf5::FixedTexts host;
  hdf5::FixedTexts reason;
  std::vector<std::uint64_t> payload_checksum;
  std::vector<std::uint64_t> checksum;

  StatusFields operator[](std::size_t i) const;
};

/// Every dataset that changes while a campaign runs.
std::vector<hdf5::Description> mutable_datasets(const Layout& layout);

class Tables {
 public:
  explicit Tables(hdf5::File file);

  const hdf5::File& file() const { return file_; }
  /// Closes the file with errors reported. Nothing else may be called afterwards.
  void close();

  std::uint64_t jobs() const { return state_.rows(); }
  std::size_t kernels() const { return seals_ ? seals_->rows() : 0; }
  // Constant columns are read when first asked for, and kept.
  const std::vector<Placement>& placements() const;
  const std::vector<Identity>& identities() const;
  const std::vector<Identity>& observations() const;
  /// Of consecutive jobs, without reading and keeping those of all.
  std::vector<Placement> read_placements(std::uint64_t first, std::uint64_t count) const;
  std::vector<RowName> read_names(std::uint64_t first, std::uint64_t count) const;
  /// The same of one job, valid until one of another stretch is asked for. Neighbours are asked for one after the
  /// other: they are read in stretches that begin at multiples of their length.
  static constexpr std::uint64_t stretch = 4096;
  const Placement& placement(std::uint64_t job) const;
  const RowName& name(std::uint64_t job) const;
  const std::vector<ArchiveKernel>& kernel_entries() const;
  std::vector<Identity> read_identities(const std::string& column) const;
  std::vector<double> times(std::int32_t group) const;
  std::vector<double> snapshot_times(const Placement& place) const;
  std::size_t count_times(std::int64_t group) const;
  /// Whose results a row of a table has; nullopt where there is no such row. \param times  as in Placement
  std::optional<std::int64_t> job_at(std::int64_t times, std::int64_t row) const;
  /// Of all tables together.
  std::uint64_t result_rows() const;
  std::size_t equilibrium_width() const { return equilibrium_ ? equilibrium_->row_size() : 0; }

  /// As they are in the file: a damaged one may be no state at all.
  std::vector<std::uint8_t> raw_states(std::uint64_t first, std::uint64_t count) const;
  /// Everything in /status but the states, which have to be read before and are passed on.
  StatusBlock status_block(std::uint64_t first, std::span<const std::uint8_t> raw_states) const;
  std::vector<StatusRow> status(std::uint64_t first, std::span<const std::uint8_t> raw_states) const;

  std::vector<std::uint64_t> payload_checksums(std::uint64_t first, std::uint64_t count) const {
    return payload_checksum_.read_rows<std::uint64_t>(first, count);
  }
  // The heaps that payloads are in.
  const std::optional<hdf5::Dataset>& profiles() const { return profiles_; }
  const std::optional<hdf5::Dataset>& snapshot_bits() const { return snapshots_; }
  const std::optional<hdf5::Dataset>& final_states() const { return final_states_; }

  std::vector<std::uint32_t> generations() const { return generation_.read<std::uint32_t>(); }

  TableRow results(std::uint64_t job) const;
  /// The tables with the results of jobs of such a Placement::times.
  const hdf5::Dataset& result_table(std::int32_t times) const;
  const hdf5::Dataset* summary_table(std::int32_t times) const;  ///< nullptr for equilibrium
  /// From the columns of that table to those of this version.
  const ColumnTranslation& translation(std::int32_t times) const;
  /// Numbers that a job's table rows take.
  struct TableRowSize {
    std::uint64_t values = 0;
    std::uint64_t summary = 0;
  };
  TableRowSize size_of_results(std::uint64_t job) const;
  /// Called for each job of a method, in the order of tables and rows; the tables are read in large blocks.
  using Visit = std::function<void(std::uint64_t job, std::span<const double> values, std::span<const double> summary)>;
  void visit_equilibrium(const Visit& visit) const;
  void visit_exchange(const Visit& visit) const;
  std::vector<double> profile(std::uint64_t job) const;
  std::vector<std::uint8_t> configurations(std::uint64_t job) const;
  std::vector<std::uint8_t> final_state(std::uint64_t job) const;
  /// All of a job's payload.
  Payload payload(std::uint64_t job) const { return {profile(job), configurations(job), final_state(job)}; }

  std::vector<double> kernel_values(std::size_t kernel) const;
  KernelSeal seal(std::size_t kernel) const;

  void write_states(std::span<const std::uint64_t> jobs, std::span<const JobState> states) const;
  /// Everything in /status but states and generations.
  void write_status(std::span<const std::uint64_t> jobs, std::span<const StatusRow> rows) const;
  void write_generations(std::span<const std::uint64_t> jobs, std::span<const std::uint32_t> generations) const;
  void write_payload(std::uint64_t job, const PayloadView& payload) const;
  void write_kernel_values(std::size_t kernel, std::span<const double> values) const;
  void write_seal(std::size_t kernel, const KernelSeal& seal) const;

 private:
  struct ExchangeTable {
    hdf5::Dataset results;
    hdf5::Dataset summary;
    std::vector<std::int64_t> jobs;
  };
  friend class RowWriter;
  static void visit_table(const hdf5::Dataset& results, const hdf5::Dataset* summaries,
                          const std::vector<std::int64_t>& jobs_of_rows, const Visit& visit);
  std::optional<hdf5::Dataset> open_if_there(const std::string& path) const;
  const ExchangeTable& exchange_table(const Placement& place) const;

  hdf5::File file_;
  hdf5::Dataset state_;
  hdf5::Dataset generation_;
  hdf5::Dataset pieces_;
  hdf5::Dataset started_;
  hdf5::Dataset finished_;
  hdf5::Dataset wall_seconds_;
  hdf5::Dataset numerics_;
  hdf5::Dataset program_version_;
  hdf5::Dataset host_;
  hdf5::Dataset reason_;
  hdf5::Dataset payload_checksum_;
  hdf5::Dataset checksum_;
  std::optional<hdf5::Dataset> equilibrium_;
  std::vector<std::int64_t> equilibrium_jobs_;
  std::vector<ExchangeTable> exchange_;
  std::optional<hdf5::Dataset> profiles_;
  std::optional<hdf5::Dataset> snapshots_;
  std::optional<hdf5::Dataset> final_states_;
  std::optional<hdf5::Dataset> kernel_rows_;
  std::optional<hdf5::Dataset> seals_;
  /// Constant columns of some consecutive jobs.
  template <class Entry>
  struct Stretch {
    std::uint64_t first = 0;
    std::vector<Entry> entries;
  };
  mutable Stretch<Placement> near_placements_;
  mutable Stretch<RowName> near_names_;
  mutable std::optional<ColumnTranslation> of_equilibrium_;
  mutable std::optional<ColumnTranslation> of_exchange_;
  mutable std::optional<std::vector<Placement>> placements_;
  mutable std::optional<std::vector<Identity>> identities_;
  mutable std::optional<std::vector<Identity>> observations_;
  mutable std::optional<std::vector<ArchiveKernel>> kernel_entries_;
};

/// Gathers rows of one dataset that stand side by side, and writes them in one transfer.
template <class T>
class JoinedRows {
 public:
  explicit JoinedRows(const hdf5::Dataset& dataset) : dataset_(&dataset) {}
  /// \param values  whole rows
  void add(std::uint64_t first, std::span<const T> values);
  void flush();

 private:
  const hdf5::Dataset* dataset_;
  std::uint64_t first_ = 0;
  std::uint64_t rows_ = 0;
  std::vector<T> values_;
};

/// Writes results and payloads of many jobs. Those of neighbours go in one transfer, so ascending jobs are quickest.
/// Nothing is in the file for certain before flush().
class RowWriter {
 public:
  explicit RowWriter(const Tables& tables);
  void results(std::uint64_t job, std::span<const double> values, std::span<const double> summary);
  void payload(std::uint64_t job, const PayloadView& payload);
  void flush();

 private:
  struct JoinedExchange {
    JoinedRows<double> results;
    JoinedRows<double> summary;
  };
  const Tables& tables_;
  std::optional<JoinedRows<double>> equilibrium_;
  std::vector<JoinedExchange> exchange_;
  std::optional<JoinedRows<double>> profiles_;
  std::optional<JoinedRows<std::uint8_t>> snapshots_;
  std::optional<JoinedRows<std::uint8_t>> final_states_;
};

}  // namespace nxmc
