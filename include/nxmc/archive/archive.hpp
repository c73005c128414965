// Reading an archive. Plain serial HDF5: works on a login node, from a laptop, and while a campaign writes.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "nxmc/campaign/plan.hpp"
#include "nxmc/elastic/kernel.hpp"

namespace nxmc {

inline constexpr int archive_format = 6;
/// Still read, written to and extended; an extended archive has the present format.
inline constexpr int oldest_archive_format = 1;

/// What a job leaves behind beside its results (profile, configurations, final state). Above this size the worker
/// writes it itself, into pages that it shares with nobody; less than that travels to rank 0.
inline constexpr std::uint64_t largest_travelling_payload = std::uint64_t{64} * 1024;

/// An archive that cannot be used, with its file name, the reason and what to do.
class ArchiveError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// As /status/state says it. Any two differ in two bits or more: no flipped bit turns one into another.
/// A spare job goes on from another one, and has not been asked for so far: see Job::conditional.
enum class JobState : std::uint8_t { waiting = 0, running = 3, done = 5, truncated = 6, failed = 9, spare = 10 };
inline constexpr std::array all_job_states{JobState::waiting,   JobState::running, JobState::done,
                                           JobState::truncated, JobState::failed,  JobState::spare};
std::string_view to_string(JobState state);
/// done or truncated: the row holds results
inline bool has_results(JobState state) { return state == JobState::done || state == JobState::truncated; }

/// Who created an archive, with what, when.
struct Provenance {
  std::string program_version;
  std::string git_hash;
  std::string libraries;  ///< "HDF5 1.10.8, Open MPI 4.1.4, …"
  std::string host;
  std::string user;
  double created = 0;  ///< seconds since 1970
};

/// A run that worked on an archive.
struct RunRecord {
  double started = 0;  ///< seconds since 1970
  std::uint32_t ranks = 1;
  std::string host;                  ///< of rank 0; 64 bytes are kept
  std::string program_version;       ///< 32 bytes are kept
  std::string slurm_job;             ///< SLURM_JOB_ID; empty outside of Slurm
  std::uint32_t slurm_restarts = 0;  ///< how often that job had been requeued by then
};

/// Where a job stands.
struct JobStatus {
  JobState state = JobState::waiting;
  std::uint32_t generation = 0;  ///< how often results of the row were given up; kept by the archive
  std::uint32_t pieces = 0;      ///< in how many runs it was computed
  double started = 0;            ///< seconds since 1970, of its first piece
  double finished = 0;
  double wall_seconds = 0;      ///< computing time
  std::int32_t numerics = 0;    ///< numerics version of the results
  std::string program_version;  ///< that finished it; 32 bytes are kept
  std::string host;             ///< where it was finished; 64 bytes are kept
  std::string reason;           ///< why it failed; 160 bytes are kept
};

/// Jobs that stand one after the other.
struct JobRange {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

/// How computing went of some jobs, column by column.
struct JobTimings {
  std::vector<JobState> state;
  std::vector<std::uint32_t> pieces;
  std::vector<double> started;
  std::vector<double> finished;
  std::vector<double> wall_seconds;
};

/// A named column with one value per job, as `query` shows it.
struct Column {
  std::string name;
  std::string unit;
  std::string description;
  std::variant<std::vector<double>, std::vector<std::int64_t>, std::vector<std::string>> values;
};

/// Result columns of the rows of one method. A row without results, or whose checksum is wrong, is NaN.
/// An archive of an older version has the columns of this one, too: what it lacks is the sum of its parts, or NaN.
struct EquilibriumResults {
  std::vector<std::string> columns;
  std::vector<double> values;  ///< [row in method][column]
};
struct ExchangeResults {
  std::vector<std::string> columns;
  std::vector<double> times;    ///< [time]
  std::vector<double> values;   ///< [time][column]
  std::vector<double> summary;  ///< exchange_summary_columns()
};

/// What a job with results has left in the archive; valid only while a visitor is at it.
struct VisitedResults {
  std::span<const double> times;    ///< [time]; empty for equilibrium
  std::span<const double> values;   ///< [column] of equilibrium_columns(), or [time][column] of exchange_columns()
  std::span<const double> summary;  ///< exchange_summary_columns(); empty for equilibrium
  std::uint32_t pieces = 0;
  double started = 0;
  double finished = 0;
  double wall_seconds = 0;
  std::string_view host;
  std::string_view program_version;
};

/// One configuration that was kept.
struct Snapshot {
  double at;  ///< time, or sweeps since the start of equilibration
  Occupation sigma;
};

/// Configurations that an equilibrium chain has kept after every so many measured sweeps.
struct Samples {
  std::uint64_t every = 0;  ///< measured sweeps
  std::uint64_t count = 0;
  std::uint64_t bytes_of_one = 0;  ///< ceil(N/8)
  std::vector<std::uint8_t> bits;  ///< [sample][byte]; bit i%8 of byte i/8 is set where site i is A
};

/// One thing `verify` found.
struct Damage {
  std::string where;  ///< "row 17 (job 0123…)", "kernel 2", "metadata"
  std::string what;
  std::optional<std::uint64_t> job;   ///< row that `run` computes again
  std::optional<std::size_t> kernel;  ///< kernel that `run` builds again; without either the whole file is unusable
};

class Archive {
 public:
  /// Opens for reading, after checking user block, format, digest of the metadata, length, and that every index, length
  /// and word of what never changes is one that there can be.
  /// \throws ArchiveError: missing, a directory, unreadable, no HDF5, another program's HDF5, another format,
  /// truncated, damaged
  static Archive open(const std::filesystem::path& file);
  ~Archive();
  Archive(Archive&&) noexcept;
  Archive& operator=(Archive&&) noexcept;

  const std::filesystem::path& file() const;
  /// False when its name refers to another file by now, or to none. Asks the server of a network file system anew, so
  /// that what is read next is what other hosts have written.
  bool is_current() const;
  /// True for a compressed copy, which cannot be written to.
  bool packed() const;
  std::string campaign() const;
  std::string campaign_text() const;
  std::uint64_t seed() const;
  Provenance provenance() const;
  /// In the order of their starts; empty for archives of versions that did not count their runs.
  std::vector<RunRecord> runs() const;
  std::vector<std::string> scans() const;

  std::uint64_t jobs() const;
  /// The columns job scan method lattice size … numerics state, one value per job.
  std::vector<Column> job_columns() const;
  /// The same of one of them, for some jobs.
  /// \param name  of such a column, or of any other dataset in /jobs
  Column job_column(const std::string& name, JobRange jobs) const;
  static std::span<const std::string_view> job_column_names();
  /// Names, units, meanings and types of these columns, without values: the same for every archive.
  static std::vector<Column> describe_job_columns();
  std::vector<Identity> identities() const;
  std::vector<Identity> observations() const;
  /// Of some jobs, without keeping those of all.
  std::vector<std::pair<Identity, Identity>> identities_and_observations(JobRange jobs) const;
  std::vector<Identity> continuations() const;
  std::vector<std::uint64_t> measured_sweeps() const;  ///< 0 for exchange
  /// For each row the one that measures the same chain for the next larger number of sweeps; nullopt for the longest.
  std::vector<std::optional<std::uint64_t>> longer_chains() const;
  /// Rows that answers leave out: those whose chain has results for more sweeps, because averages would count their
  /// samples twice, spare ones, and those of rounds in which ladders place their rungs.
  std::vector<bool> superseded() const;
  std::vector<Method> methods() const;
  std::vector<Method> methods(JobRange jobs) const;
  std::vector<JobStatus> status() const;
  std::vector<JobStatus> status(JobRange jobs) const;
  JobTimings timings(JobRange jobs) const;
  std::vector<JobState> states() const;  ///< only the states: quick enough for a progress display
  /// Computing time of a job on one core, as it was planned.
  double predicted_seconds(std::uint64_t job) const;

  /// One row per job of the archive (NaN for exchange jobs), columns of equilibrium_columns(), empty when no job is an
  /// equilibrium; reads state, then data, then checks the checksum.
  EquilibriumResults equilibrium() const;
  /// nullopt unless the job has valid results.
  std::optional<ExchangeResults> exchange(std::uint64_t job) const;
  /// Results of many jobs, one after the other, in memory that does not grow with their number. Jobs without valid
  /// results are visited too, with nullptr. \param jobs  ascending
  using ResultVisitor = std::function<void(std::uint64_t job, const VisitedResults* results)>;
  void visit_results(std::span<const std::uint64_t> jobs, const ResultVisitor& visit) const;
  /// The same of composition profiles; `profile` is empty where there is no valid one, `times` for equilibrium.
  using ProfileVisitor =
      std::function<void(std::uint64_t job, std::span<const double> profile, std::span<const double> times)>;
  void visit_profiles(std::span<const std::uint64_t> jobs, const ProfileVisitor& visit) const;
  /// The same of final states of equilibrium chains; `state` is Record::final_state, empty where there is no valid one.
  using FinalStateVisitor = std::function<void(std::uint64_t job, std::span<const std::uint8_t> state)>;
  void visit_final_states(std::span<const std::uint64_t> jobs, const FinalStateVisitor& visit) const;
  /// Composition profile as in Record::profile; empty where there is none.
  std::vector<double> profile(std::uint64_t job) const;
  std::vector<Snapshot> snapshots(std::uint64_t job) const;
  /// The same one by one, until `visit` returns false: in memory all of them are one bit for each site.
  void visit_snapshots(std::uint64_t job, const std::function<bool(const Snapshot&)>& visit) const;
  bool has_snapshots(std::uint64_t job) const;
  /// Configurations of the equilibrium of a job that can be averaged over, in the order in which the chain met them.
  /// Empty when it has no results, when its payload is damaged, or when it keeps none (archives before format 3).
  Samples samples(std::uint64_t job) const;
  /// Whether there are any, without looking for damage.
  bool has_samples(std::uint64_t job) const;
  /// What the snapshots and samples of all jobs take in the file, those included that are still to come.
  std::uint64_t configuration_bytes() const;
  /// The same one by one, as visit_snapshots.
  void visit_samples(std::uint64_t job, const std::function<bool(const Snapshot&)>& visit) const;
  /// What the job simulates, for rebuilding its lattice.
  Physics physics(std::uint64_t job) const;

  std::size_t kernels() const;
  Identity kernel_identity(std::size_t kernel) const;
  /// The stored kernel; nullopt if it is not there yet, only its digest is kept, or its checksum is wrong.
  std::optional<ReducedKernel> kernel(std::size_t kernel) const;
  /// Digest of the kernel that the archive's results were computed with; nullopt if it is not known yet.
  std::optional<Identity> kernel_digest(std::size_t kernel) const;

  /// Whether what this version leaves behind of a job has its place there: an archive of an older one may have other
  /// columns and other lengths. Where it has not, `extend_archive` makes room.
  bool has_room_for(const Job& job, std::uint64_t row) const;

  /// What other programs added to the file, each in words: "attribute 'note' of /", "dataset /analysis/peak". The
  /// archive passes over it. Empty for archives of format 1, which cannot tell additions from damage.
  std::vector<std::string> additions() const;
  /// What another program did to the file after nxmc made it, for people; empty when none wrote to it. Everything that
  /// nxmc wrote is as it was.
  std::string changes_by_others() const;

  /// Whether a job claims to have results, but these, its profile or its snapshots do not fit their checksums.
  bool damaged(std::uint64_t job) const;
  /// Reads everything and checks every checksum.
  std::vector<Damage> verify() const;

 private:
  Column stored_column(const std::string& name, JobRange jobs) const;
  struct Impl;
  explicit Archive(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Whether there is something of that name; links are followed. \throws ArchiveError when that cannot be told, as for
/// links that lead in a circle
bool archive_exists(const std::filesystem::path& file);

/// Creates the archive of a plan: every dataset preallocated, space reserved, durable under its name on return.
/// A symbolic link stays one: the file is made where it leads. \throws ArchiveError when the file exists, the directory
/// is missing or read-only, or the space does not suffice
void create_archive(const std::filesystem::path& file, const Plan& plan, const Provenance& provenance);

/// Replaces `file` by an archive of `plan` that keeps every row with results (also those that the plan no longer has,
/// after the plan's) and is intact, failed rows that the plan still has, and known kernels. By copy and rename: at any
/// instant the name refers to a complete archive. Nobody may be writing to it: `require_ours`, which throws when
/// somebody else may, is called once it is certain that no file is replaced but the one that is there now. \throws
/// ArchiveError when the archive cannot be used, or the space for the new one does not suffice
void extend_archive(const std::filesystem::path& file, const Plan& plan, const std::function<void()>& require_ours);

/// Compressed read-only copy for keeping, readable by h5py and by Archive. Works while a campaign writes.
/// \throws ArchiveError when `from` cannot be used, or `to` exists or cannot be created
void repack_archive(const std::filesystem::path& from, const std::filesystem::path& to);

/// Identity (XXH3-128) of a kernel's values and grid.
Identity digest(const ReducedKernelView& kernel);

}  // namespace nxmc
