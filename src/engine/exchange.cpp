#include "nxmc/engine/exchange.hpp"

#include <cassert>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "chain_state.hpp"
#include "exchange_observer.hpp"
#include "finite.hpp"
#include "nxmc/engine/exchange_rates.hpp"
#include "nxmc/observe/quantities.hpp"

namespace nxmc {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

Occupation all_a(const Crystal& crystal) { return Occupation(crystal.lattice->sites(), Spin{1}); }

/// Where a trajectory is in time. The present state holds from `time` until `next_event`.
struct Progress {
  double time = 0;  // of the last move
  double next_event = infinity;
  std::uint64_t events = 0;
  std::uint32_t stage = 0;
  bool finished = false;
  bool truncated = false;
};

/// A byte that tells whether ions are still exchanged is all that `exchange_until` needs.
void write_stage(StateWriter& writer, std::uint32_t stage, bool listed) {
  if (listed)
    writer.put(stage);
  else
    writer.put(static_cast<std::uint8_t>(stage == 0));
}

std::uint32_t read_stage(StateReader& reader, bool listed) {
  if (listed) return reader.get<std::uint32_t>();
  return reader.get<std::uint8_t>() != 0 ? 0 : 1;
}

void write_progress(StateWriter& writer, const Progress& p, bool stages_listed) {
  writer.put(p.time);
  writer.put(p.next_event);
  writer.put(p.events);
  write_stage(writer, p.stage, stages_listed);
  writer.put(static_cast<std::uint8_t>(p.finished));
  writer.put(static_cast<std::uint8_t>(p.truncated));
}

Progress read_progress(StateReader& reader, bool stages_listed) {
  Progress p;
  p.time = reader.get<double>();
  p.next_event = reader.get<double>();
  p.events = reader.get<std::uint64_t>();
  p.stage = read_stage(reader, stages_listed);
  p.finished = reader.get<std::uint8_t>() != 0;
  p.truncated = reader.get<std::uint8_t>() != 0;
  return p;
}

/// Whether a trajectory can be there, in a state in which something can move or not, at the end of what is observed or
/// not.
bool is_possible(const Progress& p, bool any_move, bool at_end) {
  const bool forward = p.time >= 0 && p.time < infinity && p.next_event >= p.time;  // false for NaN
  return forward && (any_move || p.next_event == infinity) && (at_end || !p.finished);
}

}  // namespace

// The time of the next event is drawn as soon as a state is entered, and which move it is when the time has come.
struct ExchangeChain::Chain {
  Chain(const Crystal& crystal, Physics parameters, const Schedule& schedule, const Stream& random);

  std::uint64_t advance(std::uint64_t limit);
  bool observe();
  void enter_next_stage();
  bool execute_next_event();
  void execute(const Move& move);
  void draw_next_event(double from);

  std::vector<std::byte> save();
  void load(std::span<const std::byte> bytes);

  Physics physics;
  std::vector<ExchangeStage> stages;
  StateHeader header;
  std::uint64_t max_events;
  Stream stream;
  State state;
  ExchangeRates rates;
  ExchangeObserver observer;
  Progress progress;
  double stage_end;
};

namespace {

/// Rates of a stage, whose drive `state` gets. Those of a job without stages are the same to the bit.
ExchangeRates rates_in(const ExchangeStage& stage, const Physics& job, State& state) {
  const Physics physics = physics_in(stage, job);
  state.set_delta_mu(physics.delta_mu);
  ExchangeRates rates(state, physics);
  if (!stage.exchange) rates.stop_exchange(state);
  return rates;
}

}  // namespace

ExchangeChain::Chain::Chain(const Crystal& crystal, Physics parameters, const Schedule& schedule, const Stream& random)
    : physics(std::move(parameters)),
      stages(stages_of(physics)),
      header(state_header(physics, crystal.kernel, schedule, random)),
      max_events(schedule.max_events),
      stream(random),
      state(*crystal.lattice, crystal.kernel, physics.interaction, physics.delta_mu, physics.hamiltonian,
            all_a(crystal)),
      rates(rates_in(stages.front(), physics, state)),
      observer(crystal, physics, schedule),
      stage_end(stages.front().until) {
  assert(physics.method == Method::exchange);
  draw_next_event(0);
}

/// Events until the last observation is made. Cost per event: O(N) with elastic interaction, O(Z^2 + log N) without.
std::uint64_t ExchangeChain::Chain::advance(std::uint64_t limit) {
  std::uint64_t done = 0;
  while (!observe() && done < limit) {
    if (execute_next_event()) ++done;
  }
  return done;
}

/// Records what falls before the next event, of this stage and of further ones that begin before it. Returns
/// `finished`.
bool ExchangeChain::Chain::observe() {
  while (stage_end < progress.next_event) enter_next_stage();
  observer.observe_until(progress.next_event, state);
  progress.truncated = !observer.complete() && progress.events >= max_events;
  progress.finished = observer.complete() || progress.truncated;
  if (progress.finished) observer.measure_areas();
  return progress.finished;
}

/// The pending event is discarded and drawn anew: waiting times have no memory. What holds at the boundary is still
/// that of the stage that ends.
void ExchangeChain::Chain::enter_next_stage() {
  observer.observe_until(stage_end, state);
  const double now = stage_end;
  const ExchangeStage& next = stages[++progress.stage];
  stage_end = next.until;
  rates = rates_in(next, physics, state);
  observer.forget();
  draw_next_event(now);
}

/// Time passes, and the pending event happens. Returns false when it is one in which nothing does.
bool ExchangeChain::Chain::execute_next_event() {
  const std::optional<Move> move = rates.select(state, stream.uniform());
  if (move) {
    execute(*move);
    progress.time = progress.next_event;
    ++progress.events;
  }
  draw_next_event(progress.next_event);
  return move.has_value();
}

void ExchangeChain::Chain::execute(const Move& move) {
  if (move.partner == no_site) {
    state.flip(move.site);
  } else {
    state.swap(move.site, move.partner);
  }
  rates.follow(state, move);
  observer.forget();
}

/// Where nothing can move, or not before the end of time, the state holds for ever.
void ExchangeChain::Chain::draw_next_event(double from) {
  progress.next_event = rates.any_move() ? from + rates.waiting_time(stream.exponential()) : infinity;
}

std::vector<std::byte> ExchangeChain::Chain::save() {
  observer.measure_areas();
  StateWriter writer;
  put_header(writer, header);
  writer.put(pack_bits(state.sigma()));
  writer.put(stream.position());
  write_progress(writer, progress, !physics.stages.empty());
  observer.save(writer);
  return writer.take();
}

void ExchangeChain::Chain::load(std::span<const std::byte> bytes) {
  StateReader reader(bytes);
  check_header(reader, header);
  const auto bits = reader.get_like(pack_bits(state.sigma()));
  const auto position = reader.get<std::uint64_t>();
  const Progress loaded_progress = read_progress(reader, !physics.stages.empty());
  ExchangeObserver loaded_observer = observer;
  loaded_observer.load(reader);
  reader.finish();

  if (loaded_progress.stage >= stages.size()) StateReader::fail();
  State loaded_state = state;
  loaded_state.assign(unpack_bits(bits, state.sigma().size()));
  const ExchangeStage& stage = stages[loaded_progress.stage];
  ExchangeRates loaded_rates = rates_in(stage, physics, loaded_state);
  const bool at_end = loaded_observer.complete() || loaded_progress.events >= max_events;
  if (!is_possible(loaded_progress, loaded_rates.any_move(), at_end)) StateReader::fail();

  stream.seek(position);
  state = std::move(loaded_state);
  rates = std::move(loaded_rates);
  progress = loaded_progress;
  stage_end = stage.until;
  observer = std::move(loaded_observer);
}

ExchangeChain::ExchangeChain(const Crystal& crystal, const Physics& physics, const Schedule& schedule,
                             const Stream& stream)
    : chain_(std::make_unique<Chain>(crystal, physics, schedule, stream)) {}
ExchangeChain::~ExchangeChain() = default;
ExchangeChain::ExchangeChain(ExchangeChain&&) noexcept = default;
ExchangeChain& ExchangeChain::operator=(ExchangeChain&&) noexcept = default;

std::uint64_t ExchangeChain::advance(std::uint64_t events) { return chain_->advance(events); }
bool ExchangeChain::finished() const { return chain_->progress.finished; }
double ExchangeChain::time() const { return chain_->progress.time; }
std::uint64_t ExchangeChain::events() const { return chain_->progress.events; }
const Occupation& ExchangeChain::sigma() const { return chain_->state.sigma(); }

Record ExchangeChain::record() const {
  assert(finished());
  Record record;
  record.values = chain_->observer.values();
  record.summary = {static_cast<double>(chain_->progress.events), chain_->progress.time};
  assert(record.summary.size() == exchange_summary_columns().size());
  require_no_infinity(record.values, exchange_columns());
  require_no_infinity(record.summary, exchange_summary_columns());
  record.profile = chain_->observer.profile();
  record.configurations = chain_->observer.snapshots();
  record.truncated = chain_->progress.truncated;
  return record;
}

std::vector<std::byte> ExchangeChain::save() const { return chain_->save(); }
void ExchangeChain::load(std::span<const std::byte> state) { chain_->load(state); }

}  // namespace nxmc
