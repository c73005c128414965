#include "nxmc/run/run.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <limits>
#include <memory>
#include <new>
#include <numeric>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "ladder_team.hpp"
#include "mpi_session.hpp"
#include "nxmc/archive/claim.hpp"
#include "nxmc/archive/clock.hpp"
#include "nxmc/archive/writer.hpp"
#include "nxmc/campaign/amounts.hpp"
#include "nxmc/campaign/hints.hpp"
#include "nxmc/elastic/abandoned.hpp"
#include "nxmc/elastic/blas.hpp"
#include "nxmc/node/environment.hpp"
#include "nxmc/node/memory_limits.hpp"
#include "nxmc/run/launcher.hpp"
#include "nxmc/schedule/campaign_changes.hpp"
#include "nxmc/schedule/kernel_groups.hpp"
#include "nxmc/schedule/node_memory.hpp"
#include "nxmc/slurm/job.hpp"
#include "nxmc/yaml/shown.hpp"
#include "pulse.hpp"
#include "resume.hpp"
#include "scheduler.hpp"
#include "shared_kernels.hpp"
#include "slurm_limit_watch.hpp"
#include "stop.hpp"
#include "timesheet.hpp"
#include "vigil.hpp"
#include "watchdog.hpp"
#include "worker.hpp"

namespace nxmc {

namespace {

/// "%*" of the log's pattern: names of files, hosts and campaigns must not command the terminal.
class ShownMessage final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm& /*time*/, spdlog::memory_buf_t& line) override {
    const std::string text = shown({message.payload.data(), message.payload.size()});
    line.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<ShownMessage>(); }
};

void set_up_log(const std::string& level, int rank) {
  auto logger = spdlog::stderr_color_mt("nxmc");
  auto pattern = std::make_unique<spdlog::pattern_formatter>();
  pattern->add_flag<ShownMessage>('*').set_pattern(rank == 0 ? "%H:%M:%S %^%l%$ %*"
                                                             : fmt::format("%H:%M:%S %^%l%$ [rank {}] %*", rank));
  logger->set_formatter(std::move(pattern));
  const auto wanted = spdlog::level::from_str(level);
  logger->set_level(rank == 0 ? wanted : std::max(wanted, spdlog::level::warn));
  spdlog::set_default_logger(std::move(logger));
}

/// Every line begins with the program's name: a campaign file can have several problems.
void print_error(const std::string& message) {
  std::istringstream lines(message);
  for (std::string line; std::getline(lines, line);) fmt::print(stderr, "nxmc: {}\n", shown(line));
  std::fflush(stderr);
}

std::string text_of(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return not_enough_memory();
  const auto* const of_system = dynamic_cast<const std::system_error*>(&error);
  if (of_system != nullptr && of_system->code() == std::errc::resource_unavailable_try_again)
    return "no further thread can be started: raise the limits 'ulimit -u' and 'ulimit -v', or ask whoever has set "
           "them";
  return error.what();
}

/// The tightest node, with most ranks, and the tightest process.
NodeMemory memory_of_nodes(const RunOptions& options, const Communicator& node, bool in_slurm) {
  int ranks = node.size();
  // What is free does not count the programs, which are there by now.
  const double most = in_slurm ? share_of_available * memory_by_slurm() : std::numeric_limits<double>::infinity();
  double bytes = options.memory_bytes.value_or(std::min(default_node_memory() + program_bytes(ranks), most));
  const ProcessRoom room = room_for_campaign();
  std::array<double, 3> least{bytes, room.address_space, room.data};
  check_mpi(
      MPI_Allreduce(MPI_IN_PLACE, least.data(), static_cast<int>(least.size()), MPI_DOUBLE, MPI_MIN, MPI_COMM_WORLD),
      "MPI_Allreduce");
  check_mpi(MPI_Allreduce(MPI_IN_PLACE, &ranks, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD), "MPI_Allreduce");
  return within({least[1], least[2]}, {least[0], ranks});
}

/// Whether BLAS has its buffer on every rank. Collective.
bool start_blas_everywhere() {
  int can = blas_can_start() ? 1 : 0;
  if (can != 0) start_blas();
  check_mpi(MPI_Allreduce(MPI_IN_PLACE, &can, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD), "MPI_Allreduce");
  return can != 0;
}

std::string how_to_go_on(const RunOptions& options) {
  return fmt::format("The same command goes on: nxmc run {} --archive {}", options.campaign.string(),
                     options.archive.string());
}

/// \see is_slurm_step
bool next_start_of_the_job_writes(const RunOptions& options) {
  if (!is_slurm_step()) return false;
  try {
    const SlurmStart mine = this_slurm_start();
    const std::optional<ClaimOwner> owner = claim_owner(options.archive);
    return owner && owner->slurm_job == mine.job && owner->slurm_restarts > mine.restarts;
  } catch (const ArchiveError&) {
    return false;
  }
}

/// "rank 1 on n2" of every rank. Collective over the world.
std::vector<std::string> names_of_ranks(const MpiSession& mpi) {
  constexpr std::size_t longest = 64;
  std::vector<char> hosts(longest * static_cast<std::size_t>(mpi.size()), '\0');
  std::array<char, longest> mine{};
  host_name().copy(mine.data(), longest - 1);
  check_mpi(MPI_Allgather(mine.data(), longest, MPI_CHAR, hosts.data(), longest, MPI_CHAR, MPI_COMM_WORLD),
            "MPI_Allgather");
  std::vector<std::string> names;
  for (std::size_t rank = 0; rank * longest < hosts.size(); ++rank)
    names.push_back(fmt::format("rank {} on {}", rank, &hosts[rank * longest]));
  return names;
}

/// Ranks give each other signs of life from now on, where this MPI allows it. Collective over the world.
std::unique_ptr<Pulse> start_pulse(const MpiSession& mpi, Vigil& vigil, MainThread& main_thread) {
  if (mpi.size() == 1) return nullptr;
  if (!mpi.threads_may_send()) {
    if (mpi.rank() == 0)
      spdlog::info("this MPI lets no threads send messages: a rank that hangs is noticed by the time limit only");
    else
      vigil.keep_deadline(std::numeric_limits<double>::infinity());
    return nullptr;
  }
  vigil.know_ranks(names_of_ranks(mpi), static_cast<std::size_t>(mpi.rank()), steady_seconds());
  return std::make_unique<Pulse>(mpi, vigil, main_thread);
}

void keep(const TimeLimit& limit, Vigil& vigil) {
  const auto end = limit.last_moment();
  vigil.keep_deadline(end ? std::chrono::duration<double>(end->time_since_epoch()).count()
                          : std::numeric_limits<double>::infinity());
}

/// What rank 0 found, on every rank.
bool as_rank_0(bool found) {
  int flag = found ? 1 : 0;
  check_mpi(MPI_Bcast(&flag, 1, MPI_INT, 0, MPI_COMM_WORLD), "MPI_Bcast");
  return flag != 0;
}

ExitCode as_rank_0(ExitCode code) {
  int number = static_cast<int>(code);
  check_mpi(MPI_Bcast(&number, 1, MPI_INT, 0, MPI_COMM_WORLD), "MPI_Bcast");
  return static_cast<ExitCode>(number);
}

void tell_limit(const SlurmJob& job) {
  if (!job.why_left_over.empty())
    spdlog::warn(
        "the environment names Slurm job {}, but {}: what is left over from it is ignored ('unset SLURM_JOB_ID' "
        "does away with it)",
        job.id, job.why_left_over);
  else if (!job.why_unknown.empty())
    spdlog::info("when Slurm job {} ends is not known ({}): without --time-limit, this run keeps no limit", job.id,
                 job.why_unknown);
  else if (job.ends)
    spdlog::info("Slurm job {} ends in {}; this run stops in time before", job.id,
                 readable_duration(std::max(0.0, seconds_left(job))));
}

bool is_left_over(const std::optional<SlurmJob>& job) { return job && !job->why_left_over.empty(); }

/// The limit of the Slurm job that rank 0 found itself in, on every rank.
TimeLimit share_slurm_limit(const std::optional<SlurmJob>& job) {
  const std::string id = broadcast(job ? job->id : std::string(), MPI_COMM_WORLD);
  double left = job ? seconds_left(*job) : std::numeric_limits<double>::infinity();
  check_mpi(MPI_Bcast(&left, 1, MPI_DOUBLE, 0, MPI_COMM_WORLD), "MPI_Bcast");
  return TimeLimit::of_slurm_job(id, left);
}

/// Kept up to date on rank 0.
std::unique_ptr<SlurmLimitWatch> watch_slurm_limit(const std::optional<SlurmJob>& job, TimeLimit& limit, Vigil& vigil) {
  if (!job) return nullptr;
  return std::make_unique<SlurmLimitWatch>(*job, limit, [&](const SlurmJob& now) {
    keep(limit, vigil);
    if (now.ends)
      spdlog::info("Slurm job {} ends in {} now; this run stops in time before", now.id,
                   readable_duration(std::max(0.0, seconds_left(now))));
    else
      spdlog::info("Slurm job {} has no time limit any more", now.id);
  });
}

/// While the claim of another run is watched, which can take a minute, this one may have to stop.
class StoppedEarly : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The ranks that can see each other's processes, for the first rank of the node.
std::vector<RankProcess> ranks_beside_rank_0(const Communicator& node) {
  const RankProcess me = this_process();
  std::array<std::uint64_t, 3> mine{static_cast<std::uint64_t>(me.pid), me.started, this_pid_namespace()};
  std::vector<std::uint64_t> all(mine.size() * static_cast<std::size_t>(node.size()));
  check_mpi(MPI_Gather(mine.data(), static_cast<int>(mine.size()), MPI_UINT64_T, all.data(),
                       static_cast<int>(mine.size()), MPI_UINT64_T, 0, node.get()),
            "MPI_Gather");
  std::vector<RankProcess> visible;
  for (std::size_t at = 0; at < all.size(); at += mine.size())
    if (all[at + 2] == mine[2]) visible.push_back({static_cast<long>(all[at]), all[at + 1]});
  return visible;
}

/// The steps of a run, the same on every rank.
class Run {
 public:
  Run(const RunOptions& options, const MpiSession& mpi, bool in_slurm, TimeLimit& limit, Vigil& vigil,
      MainThread& main_thread, Timesheet::Clock::time_point start)
      : options_(options),
        mpi_(mpi),
        in_slurm_(in_slurm),
        limit_(limit),
        vigil_(vigil),
        main_thread_(main_thread),
        timesheet_(start),
        node_(Communicator::ranks_of_this_node(MPI_COMM_WORLD)),
        leaders_(Communicator::node_leaders(MPI_COMM_WORLD, node_)) {}

  ExitCode execute() {
    blas_runs_ = start_blas_everywhere();  // before its room is counted as free
    const NodeMemory memory = memory_of_nodes(options_, node_, in_slurm_);
    ranks_here_ = ranks_beside_rank_0(node_);
    if (const ExitCode prepared = prepare(memory); prepared != ExitCode::done) return prepared;
    for (;;) {
      share_preparations();
      auto groups = group_kernels(plan_, agenda_.pending, with_plan(memory, plan_));
      add_damaged_kernels(groups);
      if (const std::optional<ExitCode> end = open_and_work(groups, memory)) return *end;
    }
  }

 private:
  bool is_rank_0() const { return mpi_.rank() == 0; }

  /// Rank 0 reads, plans and opens; its errors are the user's, and every rank learns that there was one.
  ExitCode prepare(const NodeMemory& memory) {
    ExitCode code = ExitCode::done;
    if (is_rank_0()) {
      try {
        read_and_plan(memory);
      } catch (const StoppedEarly& stop) {
        print_error(stop.what());
        code = ExitCode::resumable;
      } catch (const std::exception& error) {
        print_refusal(error);
        code = ExitCode::error;
      }
    }
    return as_rank_0(code);
  }

  /// When another run has taken over, that is the reason for whatever went wrong.
  void print_refusal(const std::exception& error) const {
    if (claim_ && !claim_is_ours()) return;
    print_error(text_of(error));
  }

  /// Says why not, but once.
  bool claim_is_ours() const {
    try {
      claim_->require_ours();
      return true;
    } catch (const ClaimLost&) {
      return false;
    }
  }

  void read_and_plan(const NodeMemory& memory) {
    campaign_ = read_campaign(
        options_.campaign, [this] { stop_if_asked(); },
        archived_text(options_.archive, [](const std::string& sentence) { spdlog::warn("{}", sentence); }));
    for (const std::string& hint : hints(campaign_)) spdlog::warn("hint: {}", hint);
    plan_ = make_plan(campaign_);
    if (!plan_.kernels.empty() && !blas_runs_) throw std::runtime_error(blas_cannot_start);
    // What no node can hold is refused before anything is written. Where there is an archive, only what is left counts.
    if (!archive_exists(options_.archive)) group_kernels(plan_, all_jobs(), with_plan(memory, plan_));
    claim_ = std::make_unique<Claim>(options_.archive, claim_options());
    if (archive_exists(options_.archive)) {
      if (may_choose_more()) placed_ = options_.find_placed(Archive::open(options_.archive), campaign_);
      if (!placed_.empty()) plan_ = make_plan(campaign_, placed_);
    }
    agenda_ = prepare_archive(options_, campaign_, plan_, provenance(), [this] { claim_->require_ours(); });
    group_kernels(plan_, agenda_.pending, with_plan(memory, plan_));
    const Archive archive = Archive::open(options_.archive);
    token_ = checkpoint_token(archive);
  }

  ClaimOptions claim_options() {
    ClaimOptions claim;
    claim.ranks = static_cast<std::uint64_t>(mpi_.size());
    claim.ranks_here = ranks_here_;
    claim.interrupt = [this] { stop_if_asked(); };
    claim.say = [](const std::string& sentence) { spdlog::info("{}", sentence); };
    claim.on_loss = [this](const std::string& message) {
      print_error(message);
      replaced_ = true;
      if (!is_slurm_step()) MpiSession::abort_after(vigil_.patience().at_stop, static_cast<int>(ExitCode::error));
    };
    return claim;
  }

  std::optional<std::string> reason_to_stop() const {
    auto reason = received_stop_signal();
    if (!reason && limit_.reached()) reason = limit_.name();
    return reason;
  }

  void stop_if_asked() const {
    if (const auto reason = reason_to_stop())
      throw StoppedEarly(
          fmt::format("stopped by {} before it began; the same command begins again: nxmc run {} --archive {}", *reason,
                      options_.campaign.string(), options_.archive.string()));
  }

  std::vector<std::uint64_t> all_jobs() const {
    std::vector<std::uint64_t> all(plan_.jobs.size());
    std::iota(all.begin(), all.end(), 0);
    return all;
  }

  Provenance provenance() const {
    Provenance made;
    made.program_version = options_.program_version;
    made.git_hash = options_.git_hash;
    made.libraries = fmt::format("{}, {}", MpiSession::library_version(), options_.libraries);
    made.host = host_name();
    made.user = user_name();
    made.created = seconds_since_1970();
    return made;
  }

  RunRecord record_of_this_run() const {
    const SlurmStart slurm = in_slurm_ ? this_slurm_start() : SlurmStart{};
    return {.started = seconds_since_1970(),
            .ranks = static_cast<std::uint32_t>(mpi_.size()),
            .host = host_name(),
            .program_version = origin().program_version,
            .slurm_job = slurm.job,
            .slurm_restarts = slurm.restarts};
  }

  /// The version as builds of one release are told apart: 0.1.0+be5fc51a1c2d.
  Origin origin() const { return {fmt::format("{}+{}", options_.program_version, options_.git_hash), host_name()}; }

  void share_preparations() {
    const std::string text = broadcast(campaign_.text, MPI_COMM_WORLD);
    share_placed_points();
    if (!is_rank_0()) plan_ = make_plan(parse_campaign(text, options_.campaign.string()), placed_);
    agenda_.rows = broadcast(std::move(agenda_.rows), MPI_COMM_WORLD);
    agenda_.kernel_rows = broadcast(std::move(agenda_.kernel_rows), MPI_COMM_WORLD);
    agenda_.pending = broadcast(std::move(agenda_.pending), MPI_COMM_WORLD);
    agenda_.damaged_kernels = broadcast(std::move(agenda_.damaged_kernels), MPI_COMM_WORLD);
    share_continued();
    agenda_.continued.merge(rows_before_later_rounds(plan_, agenda_));
    const auto token = broadcast(std::vector<std::uint64_t>{token_.high, token_.low}, MPI_COMM_WORLD);
    token_ = {token[0], token[1]};
  }

  void share_placed_points() {
    constexpr std::size_t width = 6;
    std::vector<std::uint64_t> numbers;
    for (const PlacedPoint& point : placed_)
      numbers.insert(numbers.end(), {point.scan, point.point, std::bit_cast<std::uint64_t>(point.place),
                                     point.measured_sweeps, point.ladder.high, point.ladder.low});
    numbers = broadcast(std::move(numbers), MPI_COMM_WORLD);
    placed_.clear();
    for (std::size_t k = 0; k < numbers.size(); k += width)
      placed_.push_back({.scan = numbers[k],
                         .point = numbers[k + 1],
                         .place = std::bit_cast<double>(numbers[k + 2]),
                         .measured_sweeps = numbers[k + 3],
                         .ladder = {.high = numbers[k + 4], .low = numbers[k + 5]}});
  }

  void share_continued() {
    if (!is_rank_0()) agenda_.continued.clear();
    std::vector<std::uint64_t> pairs;
    for (const auto& [job, row] : agenda_.continued) pairs.insert(pairs.end(), {job, row});
    pairs = broadcast(std::move(pairs), MPI_COMM_WORLD);
    for (std::size_t k = 0; k < pairs.size(); k += 2) agenda_.continued[pairs[k]] = pairs[k + 1];
  }

  /// Kernels that are to be repaired though no job needs them any more.
  void add_damaged_kernels(std::vector<KernelGroup>& groups) const {
    for (const std::uint64_t k : agenda_.damaged_kernels) {
      const auto builds = [k](const KernelGroup& group) {
        return std::ranges::find(group.kernels, k) != group.kernels.end();
      };
      if (std::ranges::none_of(groups, builds)) groups.push_back({{k}, {}, {}});
    }
  }

  /// An archive that cannot be opened for writing is a mistake that every rank meets: one of them says so. nullopt when
  /// the campaign has placed further points, which are prepared.
  std::optional<ExitCode> open_and_work(const std::vector<KernelGroup>& groups, const NodeMemory& memory) {
    std::optional<ArchiveWriter> writer;
    try {
      writer.emplace(options_.archive, MPI_COMM_WORLD);
    } catch (const ArchiveError& error) {
      if (is_rank_0()) print_refusal(error);
      return ExitCode::error;
    }
    return work(groups, *writer, memory);
  }

  std::optional<ExitCode> work(const std::vector<KernelGroup>& groups, ArchiveWriter& writer,
                               const NodeMemory& memory) {
    enter(Stage::together, "files were opened");
    const auto opened = open_checkpoints();
    if (!opened) return end_as_replaced(writer);
    CheckpointFile& checkpoints = *opened;
    // Every file is open now: whoever takes over from here on replaces those by copies.
    if (!as_rank_0(!is_rank_0() || guards(writer))) return end_as_replaced(writer);
    CheckpointPlan checkpoint_plan = share_checkpoint_plan(checkpoints);
    Checkpointer checkpointer(checkpoints, checkpoint_plan, mpi_.rank(),
                              std::chrono::duration<double>(options_.checkpoint_seconds));
    const std::vector<std::vector<std::uint64_t>> ladders = rungs_of_ladders(plan_);
    LadderTeam team(MPI_COMM_WORLD);
    const WorkContext context{plan_,          ladders,      agenda_.rows, agenda_.continued,
                              MPI_COMM_WORLD, writer,       checkpointer, origin(),
                              timesheet_,     main_thread_, team};
    std::unique_ptr<Scheduler> scheduler;
    if (is_rank_0()) {
      if (!agenda_.reset.empty()) writer.reset(agenda_.reset);
      if (!groups.empty() && !std::exchange(is_recorded_, true)) writer.record_run(record_of_this_run());
      scheduler = std::make_unique<Scheduler>(context, limit_, vigil_, replaced_, agenda_.counts, *agenda_.rounds,
                                              mpi_.size(), [this](std::uint64_t busy) { claim_->show_busy(busy); });
      announce(groups, checkpoint_plan);
    }
    timesheet_.ready();
    bool complete = true;
    for (const KernelGroup& group : groups) {
      if (!options_.time_limit_seconds) share_moved_limit();
      complete = as_rank_0(!is_rank_0() || !scheduler->must_stop()) &&
                 work_on(group, context, scheduler.get(), {checkpoints, checkpoint_plan});
      if (!complete) break;
    }
    if (is_rank_0() && !complete) writer.reset(writer.running());
    enter(Stage::together, "files were closed");
    writer.close();
    tell_use_of_time(writer.seconds() + checkpointer.seconds());
    enter(Stage::together, "the end was decided");
    std::optional<ExitCode> end = ExitCode::done;
    if (is_rank_0()) end = conclude(*scheduler, complete, checkpoints, memory);
    if (!as_rank_0(end.has_value())) return std::nullopt;
    return as_rank_0(end.value_or(ExitCode::done));
  }

  /// Slurm's limit, which rank 0 alone follows. Collective over the world.
  void share_moved_limit() {
    double left = limit_.seconds_until_stop();
    check_mpi(MPI_Bcast(&left, 1, MPI_DOUBLE, 0, MPI_COMM_WORLD), "MPI_Bcast");
    if (!is_rank_0()) limit_.stop_in(left);
  }

  /// All ranks open the file that rank 0 opens or creates, and nobody goes on before all have. nullptr on all ranks
  /// when this run was replaced.
  std::unique_ptr<CheckpointFile> open_checkpoints() const {
    if (!as_rank_0(!is_rank_0() || claim_is_ours())) return nullptr;
    std::unique_ptr<CheckpointFile> file;
    std::vector<std::uint64_t> inode;
    if (is_rank_0()) {
      file = std::make_unique<CheckpointFile>(options_.archive, token_);
      inode = {file->inode()};
    }
    inode = broadcast(std::move(inode), MPI_COMM_WORLD);
    std::string problem;
    try {
      if (!file) file = std::make_unique<CheckpointFile>(options_.archive, token_, inode.front());
    } catch (const ArchiveError& error) {
      problem = error.what();
    }
    int well = problem.empty() ? 1 : 0;
    check_mpi(MPI_Allreduce(MPI_IN_PLACE, &well, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD), "MPI_Allreduce");
    // A rank that finds other files than rank 0 did sees what a replacement of this run looks like.
    if (well == 0 && !as_rank_0(!is_rank_0() || claim_is_ours())) return nullptr;
    check_mpi(MPI_Barrier(MPI_COMM_WORLD), "MPI_Barrier");
    if (!problem.empty()) throw ArchiveError(problem);
    return file;
  }

  bool guards(const ArchiveWriter& writer) const {
    try {
      claim_->guard(writer.inode());
      return true;
    } catch (const ClaimLost&) {
      return false;
    } catch (const ArchiveError& error) {
      print_error(error.what());
      return false;
    }
  }

  /// In good order, and not by MPI_Abort: srun would take that for a wish to end the step of this number, which may be
  /// one of the successor by now. Collective over the world.
  static ExitCode end_as_replaced(ArchiveWriter& writer) {
    writer.close();
    return ExitCode::error;
  }

  /// \param seconds_here  that this rank spent on writing results, kernels and checkpoints
  void tell_use_of_time(double seconds_here) const {
    const Timesheet::Shares here = timesheet_.shares();
    std::array<double, 5> seconds{here.total, here.starting, here.working, here.idle_at_end, seconds_here};
    const std::array<double, 5> mine = seconds;
    check_mpi(
        MPI_Reduce(mine.data(), seconds.data(), static_cast<int>(mine.size()), MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD),
        "MPI_Reduce");
    if (!is_rank_0()) return;
    const auto [total, starting, working, idle_at_end, saving] = seconds;
    spdlog::info("writing results and checkpoints took {:.2f} % of the time of all ranks", 100 * saving / total);
    spdlog::info("of this time {:.1f} % was work, {:.1f} % start-up, {:.1f} % without work at the end",
                 100 * working / total, 100 * starting / total, 100 * idle_at_end / total);
  }

  CheckpointPlan share_checkpoint_plan(CheckpointFile& checkpoints) const {
    std::vector<std::uint64_t> numbers;
    if (is_rank_0()) numbers = to_numbers(plan_checkpoints(checkpoints, plan_, agenda_, mpi_.size()));
    return checkpoint_plan_from(broadcast(std::move(numbers), MPI_COMM_WORLD));
  }

  struct Checkpoints {
    CheckpointFile& file;
    CheckpointPlan& plan;
  };

  bool work_on(const KernelGroup& group, const WorkContext& context, Scheduler* scheduler,
               const Checkpoints& checkpoints) {
    if (is_rank_0()) claim_->show_busy(std::nullopt);
    enter(Stage::together, "kernels were prepared");
    std::vector<std::uint64_t> foreign;  // kernels that came out with other bits than those of the archive
    KernelTally tally;
    const SharedKernels kernels(
        plan_, group.kernels, {MPI_COMM_WORLD, node_, leaders_},
        [&](std::size_t k, const SharedKernels::Symmetry& symmetry, std::span<double> rows) {
          const Timesheet::Work work(timesheet_);
          const Obtained obtained = obtain_kernel(k, symmetry, context.writer, rows);
          if (obtained == Obtained::foreign) foreign.push_back(k);
          ++(obtained == Obtained::read ? tally.read : tally.built);
        },
        [&] { return must_stop_here(); });
    if (kernels.abandoned()) {
      const std::string reason = why_another_rank_stops();
      if (scheduler != nullptr && !scheduler->must_stop()) scheduler->stop(reason);
      return false;
    }
    tell_kernels(tally, kernels);
    forget_states(foreign, context, checkpoints);
    if (kernels.in_file() && is_rank_0()) {
      spdlog::info("/dev/shm is too small for the kernels: they are shared through a mapped temporary file instead");
    }
    CrystalStore crystals(kernels);
    enter(Stage::apart, "jobs were computed");
    const bool complete = scheduler != nullptr ? scheduler->run(group, crystals) : work_for_rank_0(context, crystals);
    if (scheduler != nullptr && !scheduler->left_behind().empty()) end_without_silent_ranks(*scheduler, context.writer);
    enter(Stage::together, "kernels were given up");
    context.team.end_group();
    return complete;
  }

  void enter(Stage stage, const std::string& doing) const { vigil_.enter(stage, doing, steady_seconds()); }

  /// Ranks that were started earlier reach the time limit earlier. Collective over the world.
  std::string why_another_rank_stops() const {
    int signalled = received_stop_signal() ? 1 : 0;
    check_mpi(MPI_Allreduce(MPI_IN_PLACE, &signalled, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD), "MPI_Allreduce");
    return signalled != 0 ? "a signal to one of the ranks" : limit_.name();
  }

  /// What one rank did for the kernels of a group.
  struct KernelTally {
    int built = 0;
    int read = 0;  // from the archive
  };

  /// Collective over the world.
  void tell_kernels(const KernelTally& here, const SharedKernels& kernels) const {
    const std::array<int, 4> mine{here.built, here.built > 0 ? 1 : 0, here.read, kernels.owns_copy() ? 1 : 0};
    std::array<int, 4> all{};
    check_mpi(MPI_Reduce(mine.data(), all.data(), static_cast<int>(all.size()), MPI_INT, MPI_SUM, 0, MPI_COMM_WORLD),
              "MPI_Reduce");
    const auto [built, builders, read, copies] = all;
    if (!is_rank_0() || copies == 0) return;
    std::vector<std::string> ways;
    if (built > 0) ways.push_back(fmt::format("{} built by {} rank{}", built, builders, builders == 1 ? "" : "s"));
    if (read > 0) ways.push_back(fmt::format("{} read from the archive", read));
    const std::string size = readable_bytes(static_cast<double>(kernels.bytes()));
    spdlog::info("kernels are ready: {}; {}", fmt::join(ways, ", "),
                 copies == 1 ? fmt::format("one copy of {}", size)
                             : fmt::format("{} copies of {}, one on each node", copies, size));
  }

  enum class Obtained : std::uint8_t { read, built, foreign };

  /// Others learn of a signal to one rank from the signs of life.
  bool must_stop_here() const {
    return received_stop_signal().has_value() || vigil_.is_asked_to_stop() || limit_.reached() || replaced_;
  }

  /// From the archive, so that every run of a campaign works with the same bits; else computed and put there.
  Obtained obtain_kernel(std::size_t k, const SharedKernels::Symmetry& symmetry, ArchiveWriter& writer,
                         std::span<double> rows) {
    const std::size_t row = agenda_.kernel_rows[k];
    if (const auto stored = writer.kernel(row)) {
      std::ranges::copy(stored->rows, rows.begin());
      return Obtained::read;
    }
    const KernelSpec& spec = plan_.kernels[k].spec;
    const ReducedKernelView built{
        rows, build_kernel(symmetry.lattice, symmetry.orbits, spec, rows, [this] { return must_stop_here(); })};
    const auto known = writer.kernel_digest(row);
    const bool foreign = known && *known != digest(built);
    if (foreign) {
      spdlog::warn(
          "the kernel of the {} {} has other bits than the one that this campaign began with: its unfinished jobs "
          "begin anew, and agree with the finished ones within rounding errors",
          spec.lattice.shape, size_name(spec.lattice));
    }
    writer.write_kernel(row, built);
    return foreign ? Obtained::foreign : Obtained::built;
  }

  /// A chain cannot go on with a kernel of other bits, nor a ladder one of whose rungs cannot. Collective over the
  /// world.
  void forget_states(const std::vector<std::uint64_t>& foreign_here, const WorkContext& context,
                     const Checkpoints& checkpoints) {
    std::vector<std::uint8_t> foreign(plan_.kernels.size(), 0);
    for (const std::uint64_t k : foreign_here) foreign[k] = 1;
    check_mpi(MPI_Allreduce(MPI_IN_PLACE, foreign.data(), static_cast<int>(foreign.size()), MPI_UINT8_T, MPI_MAX,
                            MPI_COMM_WORLD),
              "MPI_Allreduce");
    const auto has_foreign_kernel = [&](std::uint64_t job) {
      const int kernel = plan_.jobs[job].kernel;
      return kernel >= 0 && foreign[static_cast<std::size_t>(kernel)] != 0;
    };
    const auto is_foreign = [&](std::uint64_t job) {
      return std::ranges::any_of(context.jobs_of(job), has_foreign_kernel);
    };
    std::erase_if(agenda_.continued, [&](const auto& entry) { return is_foreign(entry.first); });
    std::erase_if(checkpoints.plan.unfinished, [&](const auto& entry) {
      if (!is_foreign(entry.first)) return false;
      if (is_rank_0()) checkpoints.file.clear(static_cast<std::uint32_t>(entry.second.lane));
      return true;
    });
  }

  void announce(const std::vector<KernelGroup>& groups, const CheckpointPlan& checkpoints) const {
    std::size_t kernels = 0;
    for (const KernelGroup& group : groups) kernels += group.kernels.size();
    const Counts& counts = agenda_.counts;
    spdlog::info("campaign '{}': {} jobs, {} of them done{}, on {} rank{}; archive {}", plan_.campaign, counts.total,
                 counts.done, counts.failed > 0 ? fmt::format(", {} failed", counts.failed) : "", mpi_.size(),
                 mpi_.size() == 1 ? "" : "s", options_.archive.string());
    if (!checkpoints.unfinished.empty())
      spdlog::info("{} job{} from the last checkpoint", checkpoints.unfinished.size(),
                   checkpoints.unfinished.size() == 1 ? " goes on" : "s go on");
    if (kernels > 0) {
      spdlog::info("{} kernel{} in {} group{}", kernels, kernels == 1 ? "" : "s", groups.size(),
                   groups.size() == 1 ? "" : "s");
    }
  }

  /// A run that was replaced while it computed has nothing to say of the archive but that. nullopt when there is more
  /// to do.
  std::optional<ExitCode> conclude(const Scheduler& scheduler, bool complete, const CheckpointFile& checkpoints,
                                   const NodeMemory& memory) {
    if (!claim_is_ours()) return ExitCode::error;
    if (complete) checkpoints.remove();
    if (complete) {
      try {
        if (asks_for_more(scheduler.counts())) {
          begin_next_step(memory);
          return std::nullopt;
        }
      } catch (const StoppedEarly& stop) {
        claim_->release();
        print_error(stop.what());
        return ExitCode::resumable;
      } catch (const std::exception& error) {
        print_refusal(error);
        claim_->release();
        return ExitCode::error;
      }
    }
    claim_->release();
    return report(scheduler, complete);
  }

  bool may_choose_more() const {
    return std::ranges::any_of(campaign_.scans, [](const Scan& scan) { return placed_along(scan).has_value(); });
  }

  /// Decides by what is committed alone: a run that is stopped before the decision is decides the same again. Points
  /// are placed when all chains have ended, and none of them failed.
  bool asks_for_more(const Counts& counts) {
    if (!may_choose_more() && agenda_.rounds->points() == 0) return false;
    const auto stop_between_steps = [&] {
      if (const auto reason = reason_to_stop())
        throw StoppedEarly(fmt::format("stopped by {}: all {} jobs so far are done and safe. {}", *reason, counts.total,
                                       how_to_go_on(options_)));
    };
    stop_between_steps();
    const Archive archive = Archive::open(options_.archive);
    const bool more =
        chains_go_on(archive) || (may_choose_more() && counts.failed == 0 && place_further_points(archive));
    stop_between_steps();
    return more;
  }

  /// Whether those of points do that are precise by their averages, and not by their samples.
  bool chains_go_on(const Archive& archive) {
    const std::vector<std::uint64_t> asked = go_on_where_doubted(
        *agenda_.rounds, [&](const Rounds& known) { return options_.find_doubtful(archive, known); });
    if (!asked.empty())
      spdlog::info("{} chain{} on: samples doubt what averages say", asked.size(),
                   asked.size() == 1 ? " goes" : "s go");
    return !asked.empty();
  }

  /// Whether a scan that places points wants more of them, or longer chains.
  bool place_further_points(const Archive& archive) {
    refinements_ = options_.choose_next(archive, campaign_, placed_);
    const std::size_t before = placed_.size();
    for (const Refinement& refinement : refinements_) {
      if (refinement.next.empty()) continue;
      spdlog::info("{}: next {}", refinement.where, refinement.words);
      placed_.insert(placed_.end(), refinement.next.begin(), refinement.next.end());
    }
    std::ranges::sort(placed_);
    return placed_.size() > before;
  }

  /// Commits what was decided, with the rows that it needs.
  void begin_next_step(const NodeMemory& memory) {
    plan_ = make_plan(campaign_, placed_);
    claim_->require_ours();
    claim_->stop_guarding();
    RunOptions further = options_;
    further.redo = {};  // has been done
    further.retry_failed = false;
    agenda_ = prepare_archive(further, campaign_, plan_, provenance(), [this] { claim_->require_ours(); });
    group_kernels(plan_, agenda_.pending, with_plan(memory, plan_));
  }

  /// What waits for all ranks would wait for ever. Silent ones may write on, should they come back: the next run works
  /// with copies of the files that they have open.
  [[noreturn]] void end_without_silent_ranks(const Scheduler& scheduler, ArchiveWriter& writer) const {
    claim_->require_ours();
    writer.reset(writer.running());
    claim_->leave_to_next_run();
    vigil_.keep_deadline(std::numeric_limits<double>::infinity());
    report(scheduler, false);
    MpiSession::abort(static_cast<int>(ExitCode::resumable));
  }

  ExitCode report(const Scheduler& scheduler, bool complete) const {
    const Counts& counts = scheduler.counts();
    if (!complete) {
      print_error(fmt::format("stopped by {}: {} of {} jobs are done and safe{}{}. {}",
                              scheduler.stopped_by().value_or("request"), counts.done, counts.total,
                              scheduler.left_behind().empty() ? "" : ". ", fmt::join(scheduler.left_behind(), ", "),
                              how_to_go_on(options_)));
      return ExitCode::resumable;
    }
    if (counts.failed > 0) {
      print_error(
          fmt::format("{} of {} jobs failed; 'nxmc status {}' tells why, 'nxmc run … --retry-failed' tries them again",
                      counts.failed, counts.total, options_.archive.string()));
      return ExitCode::error;
    }
    if (counts.truncated > 0) {
      spdlog::warn("{} of {} jobs were ended by max_events; what they would have shown later is missing",
                   counts.truncated, counts.total);
    }
    tell_points();
    for (const Refinement& refinement : refinements_)
      spdlog::log(refinement.found ? spdlog::level::info : spdlog::level::warn, "{}: {}", refinement.where,
                  refinement.words);
    spdlog::info("all {} jobs are done; archive {}", counts.total, options_.archive.string());
    return ExitCode::done;
  }

  /// What `until` has come to.
  void tell_points() const {
    const Rounds& rounds = *agenda_.rounds;
    if (rounds.points() == 0) return;
    const std::size_t precise = rounds.count(PointStanding::precise);
    const std::string found =
        fmt::format("{} of {} points are known as precisely as 'until' asks", precise, rounds.points());
    if (precise == rounds.points())
      spdlog::info("{}", found);
    else
      spdlog::warn("{}; the others not after at_most sweeps: 'nxmc status {}' names them", found,
                   options_.archive.string());
  }

  const RunOptions& options_;
  const MpiSession& mpi_;
  bool in_slurm_;  // in a job that is not over
  TimeLimit& limit_;
  Vigil& vigil_;
  MainThread& main_thread_;
  Timesheet timesheet_;
  Communicator node_;
  Communicator leaders_;
  Campaign campaign_;
  std::vector<PlacedPoint> placed_;  // points that the campaign has placed itself
  std::vector<Refinement> refinements_;
  bool is_recorded_ = false;  // among the runs that worked on the archive
  Plan plan_;
  Agenda agenda_;
  Identity token_;  // of the archive's checkpoints
  std::vector<RankProcess> ranks_here_;
  bool blas_runs_ = false;  // on every rank
  std::atomic<bool> replaced_ = false;
  std::unique_ptr<Claim> claim_;  // whose thread uses what stands above
};

}  // namespace

namespace {

/// Slurm's job of this process, found before MPI starts where this may be rank 0; asked only once.
class SlurmEnvironment {
 public:
  const std::optional<SlurmJob>& job() {
    if (!asked_) job_ = this_slurm_job();
    asked_ = true;
    return job_;
  }

 private:
  bool asked_ = false;
  std::optional<SlurmJob> job_;
};

/// \returns whether to go on
bool tell(const std::optional<LaunchProblem>& problem, bool speaks, SlurmEnvironment& slurm) {
  // Numbers of tasks that a shell has kept from a job that is over say nothing of this process.
  if (!problem || (!rank_from_launcher() && is_left_over(slurm.job()))) return true;
  if (speaks) print_error(problem->message);
  return !problem->fatal;
}

}  // namespace

ExitCode run_campaign(const RunOptions& options) {
  const auto start = TimeLimit::Clock::now();
  install_stop_signals();
  const bool speaks = rank_from_launcher().value_or(0) == 0;  // MPI_Init changes the environment that tells
  SlurmEnvironment slurm;
  if (!tell(foresee_launch_problem(), speaks, slurm)) return ExitCode::error;
  require_room_for_mpi();
  MainThread main_thread;
  Vigil vigil(steady_seconds());
  if (options.time_limit_seconds) {
    keep(TimeLimit::asked_for(*options.time_limit_seconds, start), vigil);
  } else if (may_be_rank_0() && slurm.job() && !is_left_over(slurm.job())) {
    keep(TimeLimit::of_slurm_job(slurm.job()->id, seconds_left(*slurm.job())), vigil);
  }
  const Watchdog watchdog(vigil, how_to_go_on(options), [&options] { return next_start_of_the_job_writes(options); });
  const MpiSession mpi;
  install_stop_signals();
  set_up_log(options.log_level, mpi.rank());
  if (!tell(find_launch_problem(mpi.size()), speaks, slurm)) return ExitCode::error;
  try {
    std::optional<SlurmJob> job = mpi.rank() == 0 ? slurm.job() : std::nullopt;
    if (job && (is_left_over(job) || !options.time_limit_seconds)) tell_limit(*job);
    if (is_left_over(job)) job.reset();
    const bool in_slurm = as_rank_0(job.has_value());
    TimeLimit limit =
        options.time_limit_seconds ? TimeLimit::asked_for(*options.time_limit_seconds, start) : share_slurm_limit(job);
    keep(limit, vigil);
    const std::unique_ptr<Pulse> pulse = start_pulse(mpi, vigil, main_thread);
    const auto watch = options.time_limit_seconds ? nullptr : watch_slurm_limit(job, limit, vigil);
    const ExitCode code = Run(options, mpi, in_slurm, limit, vigil, main_thread, start).execute();
    if (pulse) pulse->leave();
    return code;
  } catch (const std::exception& error) {
    // The other ranks may wait for this one in a collective call: only ending all of them is safe.
    print_error(mpi.size() > 1 ? fmt::format("rank {}: {}", mpi.rank(), text_of(error)) : text_of(error));
    MpiSession::abort(static_cast<int>(ExitCode::error));
  }
}

}  // namespace nxmc
