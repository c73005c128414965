#include "job_runner.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <new>
#include <type_traits>
#include <utility>

#include "job_rungs.hpp"
#include "nxmc/archive/clock.hpp"

namespace nxmc {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::size_t payload_bytes(const Record& record) {
  return record.profile.size() * sizeof(double) + record.configurations.size() + record.final_state.size();
}

/// Calls f with the chain that the variant holds, if any.
template <class Variant, class F>
void visit_chain(Variant& chain, F f) {
  std::visit(
      [&](auto& held) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(held)>, std::monostate>) f(held);
      },
      chain);
}

Record record_of(const Ladder& ladder, std::size_t rung) { return ladder.record(rung); }
template <class OneChain>
Record record_of(const OneChain& chain, std::size_t /*the only one*/) {
  return chain.record();
}

}  // namespace

Crystal CrystalStore::crystal(const Job& job) {
  Crystal crystal;
  if (job.kernel >= 0) {
    const auto kernel = static_cast<std::size_t>(job.kernel);
    crystal.lattice = &kernels_->lattice(kernel);
    crystal.kernel = &kernels_->kernel(kernel);
  } else {
    crystal.lattice = &lattice_without_kernel(job.physics->lattice);
  }
  if (needs_displacements(job)) {
    auto& solver = displacements_[{job.physics->lattice, job.physics->shell_stiffness}];
    if (!solver) solver = std::make_unique<DisplacementSolver>(*crystal.lattice, job.physics->shell_stiffness);
    crystal.displacements = solver.get();
  }
  return crystal;
}

const Lattice& CrystalStore::lattice_without_kernel(const LatticeSpec& spec) {
  if (!lattice_without_kernel_ || lattice_without_kernel_->spec != spec) {
    lattice_without_kernel_.reset();
    lattice_without_kernel_ = make_lattice_without_symmetry(spec);
  }
  return *lattice_without_kernel_;
}

RunningJob::RunningJob(const WorkContext& context, std::uint64_t index)
    : context_(&context), job_(&context.plan.jobs[index]), index_(index), jobs_(context.jobs_of(index)) {
  assert(leads(*job_));
  status_.state = JobState::running;
  status_.pieces = 1;
  status_.numerics = numerics_version;
  status_.program_version = context.origin.program_version;
  status_.host = context.origin.host;
  status_.started = seconds_since_1970();
}

bool RunningJob::advance(CrystalStore& crystals, std::chrono::duration<double> time_slice) {
  assert(!finished_);
  const auto start = Clock::now();
  bool has_worked = true;
  try {
    if (std::holds_alternative<std::monostate>(chain_)) build(crystals);
    has_worked = work(time_slice);
  } catch (const std::bad_alloc&) {
    fail("not enough memory");
  } catch (const std::exception& error) {
    fail(error.what());
  }
  if (has_worked) status_.wall_seconds += seconds_since(start);
  status_.wall_seconds += context_->team.lead().take_seconds_of_helpers();
  const bool may_be_kept = !finished_ && !context_->team.lead().has_stretch();
  if (may_be_kept && context_->checkpointer.due()) checkpoint();
  return has_worked;
}

void RunningJob::build(CrystalStore& crystals) {
  make_chain(crystals);
  if (!resume_from_checkpoint(crystals)) go_on_from_shorter_chain(crystals);
}

void RunningJob::make_chain(CrystalStore& crystals) {
  if (job_->ladder >= 0) {
    std::vector<Rung> rungs;
    rungs.reserve(jobs_.size());
    for (const std::uint64_t job : jobs_) rungs.push_back(rung_of(*context_, crystals, job));
    chain_.emplace<Ladder>(rungs, exchanges_of(*context_, index_));
  } else if (job_->physics->method == Method::exchange) {
    chain_.emplace<ExchangeChain>(crystals.crystal(*job_), *job_->physics, *job_->schedule,
                                  stream_of(*context_, index_));
  } else {
    chain_.emplace<EquilibriumChain>(crystals.crystal(*job_), *job_->physics, schedule_of(*context_, index_),
                                     stream_of(*context_, index_));
  }
}

bool RunningJob::resume_from_checkpoint(CrystalStore& crystals) {
  const auto state = context_->checkpointer.begin(index_);
  if (state.empty()) return false;
  try {
    visit_chain(chain_, [&](auto& chain) { chain.load(state); });
  } catch (const std::exception& error) {
    spdlog::warn("job {} begins anew: {}", to_string(job_->identity), error.what());
    make_chain(crystals);
    return false;
  }
  const CheckpointLabel& label = context_->checkpointer.label();
  count_earlier_pieces(label.pieces, label.started, label.wall_seconds);
  return true;
}

void RunningJob::go_on_from_shorter_chain(CrystalStore& crystals) {
  if (!context_->continued.contains(index_)) return;
  try {
    std::vector<FinalState> ends;
    double wall_seconds = 0;
    for (const std::uint64_t job : jobs_) {
      ends.push_back(context_->writer.read_final_state(context_->continued.at(job)));
      wall_seconds += ends.back().status.wall_seconds;
    }
    continue_from(ends);
    count_earlier_pieces(ends.front().status.pieces, ends.front().status.started, wall_seconds);
  } catch (const std::exception& error) {
    spdlog::warn("job {} does not go on from its shorter chain, but begins anew: {}", to_string(job_->identity),
                 error.what());
    make_chain(crystals);
  }
}

void RunningJob::continue_from(const std::vector<FinalState>& ends) {
  if (auto* const chain = std::get_if<EquilibriumChain>(&chain_)) {
    chain->continue_from(ends.front().bytes, {ends.front().sample_every, ends.front().samples});
    return;
  }
  std::vector<RungEnd> rungs;
  rungs.reserve(ends.size());
  for (const FinalState& end : ends) rungs.push_back({end.bytes, {end.sample_every, end.samples}});
  std::get<Ladder>(chain_).continue_from(rungs);
}

void RunningJob::count_earlier_pieces(std::uint32_t pieces, double started, double wall_seconds) {
  status_.pieces = pieces + 1;
  status_.started = started;
  status_.wall_seconds += wall_seconds;
}

void RunningJob::checkpoint() {
  if (finished_) return;
  if (std::holds_alternative<Ladder>(chain_)) context_->team.lead().abandon();
  const CheckpointLabel label{.identity = job_->identity,
                              .observation = job_->observation,
                              .continuation = job_->continuation,
                              .numerics = status_.numerics,
                              .pieces = status_.pieces,
                              .started = status_.started,
                              .wall_seconds = status_.wall_seconds};
  std::vector<std::byte> state;
  try {
    visit_chain(chain_, [&](const auto& chain) { state = chain.save(); });
  } catch (const std::bad_alloc&) {
    return fail("not enough memory");
  } catch (const std::exception& error) {  // of areas, which wait until a chain is saved
    return fail(error.what());
  }
  context_->checkpointer.save(label, state);
}

bool RunningJob::work(std::chrono::duration<double> time_slice) {
  auto* const ladder = std::get_if<Ladder>(&chain_);
  if (ladder != nullptr && context_->team.lead().has_help(index_)) return work_together(*ladder, time_slice);
  work_alone(time_slice);
  return true;
}

void RunningJob::work_alone(std::chrono::duration<double> time_slice) {
  bool at_end = false;
  visit_chain(chain_, [&](auto& chain) {
    const auto start = Clock::now();
    for (double spent = 0; !chain.finished() && spent < time_slice.count(); spent = seconds_since(start)) {
      // Small steps until the speed is known, then a quarter of the slice at a time.
      const auto steps = static_cast<std::uint64_t>(std::clamp(steps_per_second_ * time_slice.count() / 4, 1.0, 1e12));
      const auto step_start = Clock::now();
      const std::uint64_t done = chain.advance(steps);
      steps_per_second_ = static_cast<double>(done) / std::max(1e-9, seconds_since(step_start));
    }
    at_end = chain.finished();
  });
  if (at_end) finish();
}

/// False when all wait for others.
bool RunningJob::work_together(Ladder& ladder, std::chrono::duration<double> time_slice) {
  const auto start = Clock::now();
  LadderLead& lead = context_->team.lead();
  if (!lead.has_stretch()) {
    if (ladder.finished()) {
      finish();
      return true;
    }
    lead.begin(ladder, index_);
  }
  bool has_worked = false;
  for (bool moves = true; moves && lead.has_stretch() && seconds_since(start) < time_slice.count();) {
    moves = lead.advance();
    has_worked = has_worked || moves;
    context_->team.receive_if_due();
  }
  if (!lead.has_stretch() && ladder.finished()) finish();
  return has_worked;
}

void RunningJob::finish() {
  visit_chain(chain_, [&](const auto& chain) {
    for (std::size_t k = 0; k < jobs_.size(); ++k) records_.push_back(record_of(chain, k));
  });
  status_.state = records_.front().truncated ? JobState::truncated : JobState::done;
  finished_ = true;
  chain_.emplace<std::monostate>();
}

void RunningJob::fail(const std::string& reason) {
  context_->team.lead().forget_stretch();
  chain_.emplace<std::monostate>();
  records_.assign(jobs_.size(), Record{});
  status_.state = JobState::failed;
  status_.reason = reason;
  finished_ = true;
}

/// Rungs share the time that they took together.
std::vector<CompletedJob> RunningJob::complete() {
  assert(finished_);
  status_.finished = seconds_since_1970();
  status_.wall_seconds /= static_cast<double>(jobs_.size());
  std::vector<CompletedJob> completed;
  for (std::size_t k = 0; k < jobs_.size(); ++k) {
    const std::uint64_t row = context_->rows[jobs_[k]];
    CompletedJob& job = completed.emplace_back(CompletedJob{row, status_, std::move(records_[k])});
    if (payload_bytes(job.record) <= largest_travelling_payload) continue;
    job.payload_checksum = context_->writer.write_payload(row, job.record);
    job.payload_written = true;
    job.record.profile = {};
    job.record.configurations = {};
    job.record.final_state = {};
  }
  return completed;
}

}  // namespace nxmc
