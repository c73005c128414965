#include "job_runner.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <new>
#include <type_traits>
#include <utility>

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
    : context_(&context), job_(&context.plan.jobs[index]), index_(index) {
  status_.state = JobState::running;
  status_.pieces = 1;
  status_.numerics = numerics_version;
  status_.program_version = context.origin.program_version;
  status_.host = context.origin.host;
  status_.started = seconds_since_1970();
}

void RunningJob::advance(CrystalStore& crystals, std::chrono::duration<double> time_slice) {
  assert(!finished_);
  const auto start = Clock::now();
  try {
    if (std::holds_alternative<std::monostate>(chain_)) build(crystals);
    work(time_slice);
  } catch (const std::bad_alloc&) {
    fail("not enough memory");
  } catch (const std::exception& error) {
    fail(error.what());
  }
  status_.wall_seconds += seconds_since(start);
  if (!finished_ && context_->checkpointer.due()) checkpoint();
}

void RunningJob::build(CrystalStore& crystals) {
  const Stream stream(context_->plan.seed, job_->identity);
  const Crystal crystal = crystals.crystal(*job_);
  if (job_->physics->method == Method::exchange) {
    chain_.emplace<ExchangeChain>(crystal, *job_->physics, *job_->schedule, stream);
  } else {
    Schedule schedule = *job_->schedule;
    schedule.samples = context_->writer.sampling(context_->rows[index_]);
    chain_.emplace<EquilibriumChain>(crystal, *job_->physics, schedule, stream);
  }
  if (!resume_from_checkpoint()) go_on_from_shorter_chain();
}

bool RunningJob::resume_from_checkpoint() {
  const auto state = context_->checkpointer.begin(index_);
  if (state.empty()) return false;
  try {
    visit_chain(chain_, [&](auto& chain) { chain.load(state); });
  } catch (const std::exception& error) {
    spdlog::warn("job {} begins anew: {}", to_string(job_->identity), error.what());
    return false;
  }
  const CheckpointLabel& label = context_->checkpointer.label();
  count_earlier_pieces(label.pieces, label.started, label.wall_seconds);
  return true;
}

void RunningJob::go_on_from_shorter_chain() {
  const auto row = context_->continued.find(index_);
  if (row == context_->continued.end()) return;
  try {
    const FinalState end = context_->writer.read_final_state(row->second);
    std::get<EquilibriumChain>(chain_).continue_from(end.bytes, {end.sample_every, end.samples});
    count_earlier_pieces(end.status.pieces, end.status.started, end.status.wall_seconds);
  } catch (const std::exception& error) {
    spdlog::warn("job {} does not go on from its shorter chain, but begins anew: {}", to_string(job_->identity),
                 error.what());
  }
}

void RunningJob::count_earlier_pieces(std::uint32_t pieces, double started, double wall_seconds) {
  status_.pieces = pieces + 1;
  status_.started = started;
  status_.wall_seconds += wall_seconds;
}

void RunningJob::checkpoint() const {
  if (finished_) return;
  const CheckpointLabel label{.identity = job_->identity,
                              .observation = job_->observation,
                              .continuation = job_->continuation,
                              .numerics = status_.numerics,
                              .pieces = status_.pieces,
                              .started = status_.started,
                              .wall_seconds = status_.wall_seconds};
  visit_chain(chain_, [&](const auto& chain) { context_->checkpointer.save(label, chain.save()); });
}

void RunningJob::work(std::chrono::duration<double> time_slice) {
  visit_chain(chain_, [&](auto& chain) {
    const auto start = Clock::now();
    for (double spent = 0; !chain.finished() && spent < time_slice.count(); spent = seconds_since(start)) {
      // Small steps until the speed is known, then a quarter of the slice at a time.
      const auto steps = static_cast<std::uint64_t>(std::clamp(steps_per_second_ * time_slice.count() / 4, 1.0, 1e12));
      const auto step_start = Clock::now();
      const std::uint64_t done = chain.advance(steps);
      steps_per_second_ = static_cast<double>(done) / std::max(1e-9, seconds_since(step_start));
    }
    if (!chain.finished()) return;
    record_ = chain.record();
    status_.state = record_.truncated ? JobState::truncated : JobState::done;
    finished_ = true;
  });
  if (finished_) chain_.emplace<std::monostate>();
}

void RunningJob::fail(const std::string& reason) {
  chain_.emplace<std::monostate>();
  record_ = Record{};
  status_.state = JobState::failed;
  status_.reason = reason;
  finished_ = true;
}

CompletedJob RunningJob::complete() {
  assert(finished_);
  status_.finished = seconds_since_1970();
  const std::uint64_t row = context_->rows[index_];
  CompletedJob completed{row, status_, std::move(record_)};
  if (payload_bytes(completed.record) > largest_travelling_payload) {
    completed.payload_checksum = context_->writer.write_payload(row, completed.record);
    completed.payload_written = true;
    completed.record.profile = {};
    completed.record.configurations = {};
    completed.record.final_state = {};
  }
  return completed;
}

}  // namespace nxmc
