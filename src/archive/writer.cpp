// The commit protocol: what a row says is made durable before the one byte that seals it, and that before anybody hears
// of it. All transfers are independent: collective ones pass through code of Open MPI 4 that can corrupt them, and
// would make ranks wait for each other.
#include "nxmc/archive/writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <regex>
#include <set>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include "durable_file.hpp"
#include "integrity.hpp"
#include "open.hpp"
#include "run_history.hpp"
#include "tables.hpp"

namespace nxmc {

namespace {

void check_mpi(int code, const char* call) {
  if (code == MPI_SUCCESS) return;
  std::string reason(MPI_MAX_ERROR_STRING, '\0');
  int length = 0;
  if (MPI_Error_string(code, reason.data(), &length) != MPI_SUCCESS) length = 0;
  reason.resize(static_cast<std::size_t>(length));
  throw ArchiveError(fmt::format(
      "{} failed: {}. This is a fault of the MPI installation or of a node; start the run again.", call, reason));
}

/// Open MPI tries out locks on X.h5.locktest.RANK when it opens X.h5, and on several nodes keeps X.h5-ID-PID.lock open.
/// Runs that were killed leave them, and nobody needs them after the file is closed.
void remove_lock_files(const std::filesystem::path& archive) {
  static const std::regex tails(R"(\.locktest\.\d+|-\d+-\d+\.lock)");
  const std::string name = archive.filename();
  const auto directory = archive.has_parent_path() ? archive.parent_path() : std::filesystem::path(".");
  std::vector<std::filesystem::path> found;
  std::error_code error;  // what cannot be read or removed does no harm
  for (std::filesystem::directory_iterator file(directory, error), end; !error && file != end; file.increment(error)) {
    const std::string other = file->path().filename();
    if (other.starts_with(name) && std::regex_match(other.substr(name.size()), tails)) found.push_back(file->path());
  }
  for (const std::filesystem::path& file : found) std::filesystem::remove(file, error);
}

/// A communicator of its own, whose errors come back as codes.
class Communicator {
 public:
  explicit Communicator(MPI_Comm parent) {
    check_mpi(MPI_Comm_dup(parent, &comm_), "MPI_Comm_dup");
    check_mpi(MPI_Comm_set_errhandler(comm_, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    check_mpi(MPI_Comm_rank(comm_, &rank_), "MPI_Comm_rank");
    check_mpi(MPI_Comm_size(comm_, &size_), "MPI_Comm_size");
  }
  ~Communicator() { MPI_Comm_free(&comm_); }
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;

  MPI_Comm get() const { return comm_; }
  int rank() const { return rank_; }
  int size() const { return size_; }

 private:
  MPI_Comm comm_ = MPI_COMM_NULL;
  int rank_ = 0;
  int size_ = 1;
};

/// Throws on every rank what the lowest failing rank has to say; returns when none failed. Collective.
void agree(const Communicator& comm, std::string error) {
  int failing = error.empty() ? comm.size() : comm.rank();
  check_mpi(MPI_Allreduce(MPI_IN_PLACE, &failing, 1, MPI_INT, MPI_MIN, comm.get()), "MPI_Allreduce");
  if (failing == comm.size()) return;
  auto length = static_cast<int>(error.size());
  check_mpi(MPI_Bcast(&length, 1, MPI_INT, failing, comm.get()), "MPI_Bcast");
  error.resize(static_cast<std::size_t>(length));
  check_mpi(MPI_Bcast(error.data(), length, MPI_CHAR, failing, comm.get()), "MPI_Bcast");
  throw ArchiveError(error);
}

/// Runs `action` on each rank, and then fails on all of them or on none.
void together(const Communicator& comm, const std::function<void()>& action) {
  std::string error;
  try {
    action();
  } catch (const std::exception& e) {
    error = e.what();
    if (error.empty()) error = "unknown error";
  }
  agree(comm, std::move(error));
}

hdf5::File open_parallel(const std::filesystem::path& file, const Communicator& comm) {
  const hdf5::Handle access = hdf5::access_properties();
  hdf5::check(H5Pset_fapl_mpio(access.id(), comm.get(), MPI_INFO_NULL), file.string(), "open it with MPI");
  return hdf5::File::open(file, access);
}

/// Adds its lifetime to a sum.
class Stopwatch {
 public:
  explicit Stopwatch(double& seconds) : seconds_(seconds) {}
  ~Stopwatch() { seconds_ += std::chrono::duration<double>(Clock::now() - start_).count(); }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  using Clock = std::chrono::steady_clock;
  double& seconds_;
  Clock::time_point start_ = Clock::now();
};

/// For mistakes that would destroy results: checked in every build.
void require(bool condition, const char* rule) {
  if (!condition) throw std::logic_error(rule);
}

std::vector<const CompletedJob*> by_row(std::span<const CompletedJob> jobs) {
  std::vector<const CompletedJob*> ordered;
  ordered.reserve(jobs.size());
  for (const CompletedJob& completed : jobs) ordered.push_back(&completed);
  std::ranges::sort(ordered, {}, [](const CompletedJob* completed) { return completed->job; });
  return ordered;
}

}  // namespace

struct ArchiveWriter::Impl {
  Impl(std::filesystem::path path, MPI_Comm parent) : file(std::move(path)), comm(parent) {
    together(comm, [&] { open_descriptor(); });
    inode = share_of_rank_0(descriptor->inode());
    together(comm, [&] { require_same_file(descriptor->inode()); });
    together(comm, [&] { tables.emplace(open_parallel(file, comm)); });
    // HDF5 opens by name: before and after, this has to be the name of that file.
    together(comm, [&] { require_same_file(inode_of(file)); });
    together(comm, [&] {
      if (comm.rank() != 0) return;
      raw_states = tables->raw_states(0, tables->jobs());
      generations = tables->generations();
    });
  }

  // Reading every constant byte is one rank's work.
  void open_descriptor() {
    if (comm.rank() == 0 && open_checked(file).block.packed)
      throw ArchiveError(file.string() +
                         ": is a compressed copy, made for reading. Run with the archive that it was made from.");
    descriptor.emplace(file, O_RDWR);
  }

  std::uint64_t share_of_rank_0(std::uint64_t number) const {
    check_mpi(MPI_Bcast(&number, 1, MPI_UINT64_T, 0, comm.get()), "MPI_Bcast");
    return number;
  }

  void require_same_file(std::optional<std::uint64_t> found) const {
    if (found == inode) return;
    throw ArchiveError(fmt::format(
        "{}: rank {} finds another file of this name than rank 0. Either it is being replaced (look with `nxmc status` "
        "who writes to it), or the nodes do not share the file system that holds it.",
        file.string(), comm.rank()));
  }

  void sync() const { descriptor->sync_data(); }

  void require_rank_0() const { require(comm.rank() == 0, "only rank 0 may change the states of rows"); }

  void check_completed(const CompletedJob& completed) const {
    const std::uint64_t job = completed.job;
    const JobState state = completed.status.state;
    require(!is_sealed(raw_states.at(job)), "a committed row is never rewritten");
    require(has_results(state) || state == JobState::failed, "only ended jobs can be committed");
    if (!has_results(state)) return;
    const Tables::TableRowSize size = tables->size_of_results(job);
    require(completed.record.values.size() == size.values, "results have the planned size");
    require(completed.record.summary.size() == size.summary, "a summary has the planned size");
    if (!completed.payload_written) check_payload(tables->placements()[job], completed.record);
  }

  /// Before anything is written.
  void check_completed(std::span<const CompletedJob> jobs) const {
    std::set<std::uint64_t> numbers;
    for (const CompletedJob& completed : jobs) {
      check_completed(completed);
      require(numbers.insert(completed.job).second, "a job is committed once");
    }
  }

  static void check_payload(const Placement& place, const Record& record) {
    require(record.profile.size() == place.profile.length, "a profile has the planned length");
    require(record.configurations.size() == place.configurations().length, "configurations have the planned size");
    require(record.final_state.size() == place.final_state.length, "a final state has the planned size");
  }

  /// Hands over results, and the payload if it came along; returns the row of /status that seals them.
  StatusRow write_completed(const CompletedJob& completed, RowWriter& writer) const {
    const std::uint64_t job = completed.job;
    StatusRow row{.status = completed.status, .payload_checksum = completed.payload_checksum, .checksum = 0};
    row.status.generation = generations[job];
    std::span<const double> values;
    std::span<const double> summary;
    if (has_results(completed.status.state)) {
      const Record& record = completed.record;
      values = record.values;
      summary = record.summary;
      writer.results(job, values, summary);
      if (!completed.payload_written) {
        writer.payload(job, payload_of(record));
        row.payload_checksum = payload_checksum(payload_of(record));
      }
    }
    row.checksum = row_checksum(tables->identities()[job], tables->observations()[job], values, summary, row);
    return row;
  }

  void write_states(std::span<const std::uint64_t> jobs, const std::vector<JobState>& states) {
    tables->write_states(jobs, states);
    for (std::size_t i = 0; i < jobs.size(); ++i) raw_states[jobs[i]] = static_cast<std::uint8_t>(states[i]);
  }

  std::filesystem::path file;
  Communicator comm;
  std::optional<Descriptor> descriptor;
  std::uint64_t inode = 0;
  std::optional<Tables> tables;
  // Rank 0: as they are in the file.
  std::vector<std::uint8_t> raw_states;
  std::vector<std::uint32_t> generations;
  double seconds = 0;  // of writing
};

ArchiveWriter::ArchiveWriter(const std::filesystem::path& file, MPI_Comm comm)
    : impl_(std::make_unique<Impl>(file, comm)) {}

// Closing is collective: a rank that leaves by an exception must not wait here for others that know nothing of it.
ArchiveWriter::~ArchiveWriter() {
  if (impl_->tables) static_cast<void>(impl_.release());
}

std::uint64_t ArchiveWriter::write_payload(std::uint64_t job, const Record& record) {
  const Stopwatch watch(impl_->seconds);
  Impl::check_payload(impl_->tables->placements().at(job), record);
  impl_->tables->write_payload(job, payload_of(record));
  impl_->sync();
  return payload_checksum(payload_of(record));
}

FinalState ArchiveWriter::read_final_state(std::uint64_t job) const {
  const Tables& tables = *impl_->tables;
  StatusRow row = tables.status(job, tables.raw_states(job, 1)).front();
  Payload payload = tables.payload(job);
  if (!has_results(row.status.state) || payload_checksum(payload.view()) != row.payload_checksum)
    throw ArchiveError("the checksum of its final state is wrong");
  const Placement& place = tables.placement(job);
  payload.configurations.erase(
      payload.configurations.begin(),
      payload.configurations.begin() + static_cast<std::ptrdiff_t>(place.snapshots * place.snapshot_bytes));
  return {.bytes = std::move(payload.final_state),
          .sample_every = place.sample_every,
          .samples = std::move(payload.configurations),
          .status = std::move(row.status)};
}

Sampling ArchiveWriter::sampling(std::uint64_t job) const {
  const Placement& place = impl_->tables->placements().at(job);
  return {.every = place.sample_every, .at_most = place.samples};
}

void ArchiveWriter::commit(std::span<const CompletedJob> jobs) {
  if (jobs.empty()) return;
  const Stopwatch watch(impl_->seconds);
  impl_->require_rank_0();
  impl_->check_completed(jobs);
  std::vector<std::uint64_t> numbers;
  std::vector<JobState> states;
  std::vector<StatusRow> rows;
  RowWriter writer(*impl_->tables);
  for (const CompletedJob* completed : by_row(jobs)) {
    numbers.push_back(completed->job);
    states.push_back(completed->status.state);
    rows.push_back(impl_->write_completed(*completed, writer));
  }
  writer.flush();
  impl_->tables->write_status(numbers, rows);
  impl_->sync();
  impl_->write_states(numbers, states);
  impl_->sync();
}

void ArchiveWriter::record_run(const RunRecord& run) {
  impl_->require_rank_0();
  append_to_run_history(impl_->tables->file(), run);
  impl_->sync();
}

void ArchiveWriter::mark_running(std::span<const std::uint64_t> jobs) {
  const Stopwatch watch(impl_->seconds);
  impl_->require_rank_0();
  for (const std::uint64_t job : jobs)
    require(!is_sealed(impl_->raw_states.at(job)), "a committed row is never rewritten");
  impl_->write_states(jobs, std::vector<JobState>(jobs.size(), JobState::running));
}

void ArchiveWriter::reset(std::span<const std::uint64_t> jobs) {
  impl_->require_rank_0();
  std::vector<std::uint64_t> given_up;
  std::vector<std::uint32_t> generations;
  for (const std::uint64_t job : jobs) {
    if (!is_sealed(impl_->raw_states.at(job))) continue;
    given_up.push_back(job);
    generations.push_back(++impl_->generations[job]);
  }
  impl_->write_states(jobs, std::vector<JobState>(jobs.size(), JobState::waiting));
  impl_->tables->write_generations(given_up, generations);
  impl_->sync();
}

void ArchiveWriter::write_kernel(std::size_t kernel, const ReducedKernelView& reduced) {
  const Stopwatch watch(impl_->seconds);
  const ArchiveKernel& entry = impl_->tables->kernel_entries().at(kernel);
  require(reduced.rows.size() == entry.representatives * entry.sites, "a kernel has the planned size");
  KernelSeal seal{.mark = seal_mark, .grid = reduced.grid, .digest = digest(reduced), .checksum = 0};
  seal.checksum = seal_checksum(entry.identity, seal);
  impl_->tables->write_kernel_values(kernel, reduced.rows);
  impl_->sync();
  impl_->tables->write_seal(kernel, seal);
  impl_->sync();
}

std::uint64_t ArchiveWriter::inode() const { return impl_->inode; }

std::optional<ReducedKernel> ArchiveWriter::kernel(std::size_t kernel) const {
  return intact_kernel(*impl_->tables, kernel);
}

std::optional<Identity> ArchiveWriter::kernel_digest(std::size_t kernel) const {
  const std::optional<KernelSeal> seal = intact_seal(*impl_->tables, kernel);
  return seal ? std::optional(seal->digest) : std::nullopt;
}

std::vector<std::uint64_t> ArchiveWriter::running() const {
  impl_->require_rank_0();
  std::vector<std::uint64_t> jobs;
  for (std::uint64_t job = 0; job < impl_->raw_states.size(); ++job)
    if (as_state(impl_->raw_states[job]) == JobState::running) jobs.push_back(job);
  return jobs;
}

double ArchiveWriter::seconds() const { return impl_->seconds; }

void ArchiveWriter::close() {
  if (!impl_->tables) return;
  together(impl_->comm, [&] { impl_->tables->close(); });
  impl_->tables.reset();
  if (impl_->comm.rank() == 0) remove_lock_files(impl_->file);
}

}  // namespace nxmc
