#include "nxmc/engine/equilibrium.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "chain_state.hpp"
#include "equilibrium_observer.hpp"
#include "equilibrium_state.hpp"
#include "finite.hpp"
#include "nxmc/arithmetic/exp_log.hpp"
#include "nxmc/engine/composition.hpp"
#include "nxmc/engine/window_weights.hpp"
#include "nxmc/observe/phases.hpp"
#include "nxmc/observe/quantities.hpp"
#include "swap_sieve.hpp"

namespace nxmc {

namespace {

/// The axis along which the core is longest; the first of several.
std::size_t longest_axis(const Lattice& lattice) {
  const auto extent = [&](std::size_t axis) {
    const auto by_position = [&](Site i, Site j) {
      return lattice.position[static_cast<std::size_t>(i)][axis] < lattice.position[static_cast<std::size_t>(j)][axis];
    };
    const auto [low, high] = std::minmax_element(lattice.core.begin(), lattice.core.end(), by_position);
    return lattice.position[static_cast<std::size_t>(*high)][axis] -
           lattice.position[static_cast<std::size_t>(*low)][axis];
  };
  const std::array extents{extent(0), extent(1), extent(2)};
  return static_cast<std::size_t>(std::max_element(extents.begin(), extents.end()) - extents.begin());
}

/// Core sites in the order in which they become A: shuffled, or along the longest axis (ties in the order of sites).
std::vector<Site> filling_order(const Lattice& lattice, Start start, Stream& stream) {
  std::vector<Site> order = lattice.core;
  if (order.empty()) return order;
  if (start == Start::random) {
    for (std::size_t k = order.size() - 1; k > 0; --k) std::swap(order[k], order[stream.below(k + 1)]);
    return order;
  }
  const std::size_t axis = longest_axis(lattice);
  std::stable_sort(order.begin(), order.end(), [&](Site i, Site j) {
    return lattice.position[static_cast<std::size_t>(i)][axis] < lattice.position[static_cast<std::size_t>(j)][axis];
  });
  return order;
}

double starting_composition(const Physics& physics) {
  if (physics.start == Start::all_a) return 1;
  return physics.start == Start::all_b ? 0 : physics.composition;
}

Occupation initial_occupation(const Lattice& lattice, const Physics& physics, Stream& stream) {
  Occupation sigma(lattice.sites(), lattice.spec.shell_of_a ? Spin{1} : Spin{-1});
  if (lattice.spec.shell_of_a)
    for (const Site i : lattice.core) sigma[static_cast<std::size_t>(i)] = -1;
  const std::vector<Site> order = filling_order(lattice, physics.start, stream);
  const auto filled =
      static_cast<std::size_t>(sites_of_a(starting_composition(physics), static_cast<double>(order.size())));
  for (std::size_t k = 0; k < filled; ++k) sigma[static_cast<std::size_t>(order[k])] = 1;
  return sigma;
}

/// The shell has none.
std::int64_t count_of_a(const State& state) {
  return (static_cast<std::int64_t>(state.lattice().sites()) + state.sum()) / 2;
}

}  // namespace

struct EquilibriumChain::Chain {
  Chain(const Crystal& crystal, const Physics& physics, const Schedule& plan, const Stream& random);

  std::uint64_t all_sweeps() const { return schedule.equilibration_sweeps + schedule.measured_sweeps; }
  bool finished() const { return sweeps == all_sweeps(); }
  std::uint64_t advance(std::uint64_t limit);
  std::uint64_t sweep();
  void follow_phases_if_worthwhile();
  std::uint64_t swaps(std::size_t attempts);
  std::uint64_t plain_attempts(std::size_t attempts);
  std::uint64_t sieved_attempts(std::size_t attempts);
  std::uint64_t flips_and_swaps();
  std::uint64_t levelled_swaps();
  bool keep_level(std::int64_t before);
  std::size_t attempts_of_a_stride() const;
  struct Tried {
    std::size_t attempts;
    bool moved;  // by the last of them
  };
  Tried try_until_accepted(std::size_t words);
  bool attempt();
  bool attempt_flip();
  void swap(Site i, Site j);
  std::int64_t count_of_window() const;
  std::int64_t count_of_window(const State& of) const;
  double reduced_energy(const State& of) const;
  double weight_gained_by_flip(Site i) const;
  void note_place_in_window();
  double look_at(const Occupation& other);
  void take_over();
  double acceptance() const;

  std::uint64_t measured() const { return measured_of(sweeps); }
  enum class Samples : std::uint8_t { with, without };
  std::vector<std::byte> save(Samples samples);
  /// \param samples  nullptr where they are part of the bytes
  void load(std::span<const std::byte> bytes, const KeptSamples* samples);
  std::vector<std::byte> save_since(std::uint64_t earlier);
  void load_since(std::uint64_t earlier, std::span<const std::byte> bytes);
  /// What chains have beside their observations.
  struct Progress {
    Occupation sigma;
    std::uint64_t position = 0;  // in the random stream
    std::uint64_t sweeps = 0;
    std::uint64_t accepted = 0;
    std::optional<WindowWeights> weights;
    std::uint64_t moves_made = 0;
    std::uint64_t attempts_made = 0;
  };
  void put_progress(StateWriter& writer) const;
  Progress get_progress(StateReader& reader) const;
  void go_on_from(const Progress& progress);
  std::uint64_t measured_of(std::uint64_t all) const { return all - std::min(all, schedule.equilibration_sweeps); }

  Schedule schedule;
  StateHeader header;
  Stream stream;
  const Lattice* lattice;
  double inverse_temperature;
  State state;
  std::optional<State> looked_at;
  std::optional<WindowWeights> weights;  // with a window
  OrderParameter window_along = OrderParameter::c;
  std::vector<std::pair<Site, Site>> stride;  // swaps made since its level was last looked at
  std::uint64_t moves_made = 0;               // by levelled swaps while weights were learnt, and in how many attempts
  std::uint64_t attempts_made = 0;
  SwapSieve sieve;
  bool sieving = true;
  std::uint64_t accepted_last = 0;  // in the sweep before
  SwapSieve::Flags open{};          // workspace
  std::size_t looking_ahead = SwapSieve::Flags{}.size();
  std::vector<Site> interior;
  PhaseCounter phases;
  bool following_phases = true;
  EquilibriumObserver observer;
  std::size_t final_state_bytes;
  bool semigrand;
  bool movable;  // A and B both present in the core, or to be had
  std::uint64_t sweeps = 0;
  std::uint64_t accepted = 0;  // in measured sweeps
};

EquilibriumChain::Chain::Chain(const Crystal& crystal, const Physics& physics, const Schedule& plan,
                               const Stream& random)
    : schedule(plan),
      header(state_header(physics, crystal.kernel, plan, random)),
      stream(random),
      lattice(crystal.lattice),
      inverse_temperature(1 / physics.temperature),
      state(*lattice, crystal.kernel, physics.interaction, is_semigrand(physics) ? physics.delta_mu : 0.0,
            physics.hamiltonian, initial_occupation(*lattice, physics, stream)),
      sieve(state, physics.temperature),
      interior(interior_of_core(*lattice)),
      phases(*lattice, state.sigma(), interior),
      observer(crystal, physics, plan),
      final_state_bytes(record_shape(physics, plan).final_state),
      semigrand(is_semigrand(physics)) {
  assert(physics.method == Method::equilibrium);
  assert(!semigrand || physics.hamiltonian == Hamiltonian::exact);  // published flips follow no energy
  if (physics.window) {
    weights.emplace(*physics.window, sites_of_window(physics));
    window_along = physics.window->along;
    assert(semigrand == (window_along == OrderParameter::c));
  }
  if (physics.interaction.ising != 0) state.keep_neighbour_sums();
  const auto core = static_cast<double>(lattice->core.size());
  const double a = sites_of_a(physics.composition, core);
  movable = semigrand || (0 < a && a < core);
  observer.take_snapshot(0, state);
}

std::uint64_t EquilibriumChain::Chain::advance(std::uint64_t limit) {
  std::uint64_t done = 0;
  for (; done < limit && !finished(); ++done) {
    const std::uint64_t accepted_now = movable ? sweep() : 0;
    ++sweeps;
    if (weights) note_place_in_window();
    if (sweeps > schedule.equilibration_sweeps) {
      accepted += accepted_now;
      observer.measure(measured(), state, following_phases ? &phases : nullptr);
    }
    observer.take_snapshot(sweeps, state);
  }
  if (finished()) observer.measure_areas();
  return done;
}

/// N_core attempts; returns how many were accepted. O(1) each, and O(N) if accepted. Both ways of swapping give the
/// same, bit for bit.
std::uint64_t EquilibriumChain::Chain::sweep() {
  follow_phases_if_worthwhile();
  if (semigrand) return accepted_last = flips_and_swaps();
  const bool worthwhile = sieve.worthwhile(accepted_last, lattice->core.size());
  if (worthwhile && !sieving) sieve.rebuild(state);
  sieving = worthwhile;
  return accepted_last = weights ? levelled_swaps() : swaps(lattice->core.size());
}

std::uint64_t EquilibriumChain::Chain::swaps(std::size_t attempts) {
  return sieving ? sieved_attempts(attempts) : plain_attempts(attempts);
}

/// Where swaps are accepted often, phases are counted when they are asked for.
void EquilibriumChain::Chain::follow_phases_if_worthwhile() {
  const std::uint64_t changed_bits = 2 * static_cast<std::uint64_t>(lattice->coordination) * accepted_last;
  const std::uint64_t between = schedule.phases_every;
  const bool needed = weights && window_along == OrderParameter::f_U;
  const bool worthwhile = needed || (between != 0 && changed_bits * between < 2 * interior.size());
  if (worthwhile && !following_phases) phases = PhaseCounter(*lattice, state.sigma(), interior);
  following_phases = worthwhile;
}

std::uint64_t EquilibriumChain::Chain::plain_attempts(std::size_t attempts) {
  std::uint64_t accepted_now = 0;
  for (std::size_t done = 0; done < attempts; ++done) accepted_now += attempt() ? 1 : 0;
  return accepted_now;
}

/// In turn: either kind keeps the distribution by itself. Flips change the composition, and swaps move what is there
/// where every flip costs much.
std::uint64_t EquilibriumChain::Chain::flips_and_swaps() {
  sieving = false;
  std::uint64_t accepted_now = 0;
  for (std::size_t done = 0; done < lattice->core.size(); ++done) {
    const bool moved = done % 2 == 0 ? attempt_flip() : attempt();
    accepted_now += moved ? 1 : 0;
  }
  return accepted_now;
}

std::uint64_t EquilibriumChain::Chain::sieved_attempts(std::size_t attempts) {
  std::uint64_t accepted_now = 0;
  for (std::size_t done = 0; done < attempts;) {
    const std::span<const std::uint64_t> ahead = stream.ahead();
    const std::size_t words = std::min({ahead.size(), attempts - done, looking_ahead});
    sieve.sort_out(ahead.first(words), open);
    const Tried tried = try_until_accepted(words);
    done += tried.attempts;
    accepted_now += tried.moved ? 1 : 0;
    // Where swaps are accepted often, looking far ahead is in vain.
    looking_ahead = tried.moved ? 4 : std::min(2 * looking_ahead, open.size());
  }
  return accepted_now;
}

/// Attempts from the next `words` words, up to the first that is accepted: from then on the sieve knows no more.
EquilibriumChain::Chain::Tried EquilibriumChain::Chain::try_until_accepted(std::size_t words) {
  for (std::size_t k = 0; k < words; ++k) {
    const auto next = static_cast<std::size_t>(std::find(&open[k], &open[words], std::uint8_t{1}) - open.data());
    stream.skip(next - k);
    if (next == words) break;
    k = next;
    const std::uint64_t following = stream.position() + 1;
    const bool moved = attempt();
    // A draw that took more than one word leaves the others to other proposals.
    if (moved || stream.position() != following) return {k + 1, moved};
  }
  return {words, false};
}

bool EquilibriumChain::Chain::attempt() {
  const auto n = static_cast<std::uint32_t>(lattice->core.size());
  const DistinctPair pair = stream.distinct_pair(n);
  const Site i = lattice->core[pair.first];
  const Site j = lattice->core[pair.second];
  if (state.sigma()[static_cast<std::size_t>(i)] == state.sigma()[static_cast<std::size_t>(j)]) return false;
  const double delta = state.swap_energy(i, j);
  if (delta > 0 && !stream.chance(portable_exp(-delta * inverse_temperature), pair, n)) return false;
  swap(i, j);
  if (weights) stride.emplace_back(i, j);
  return true;
}

bool EquilibriumChain::Chain::attempt_flip() {
  const Site i = lattice->core[stream.below(lattice->core.size())];
  const double cost = state.flip_energy(i) * inverse_temperature - weight_gained_by_flip(i);
  // A word for each attempt: whether it is needed does not depend on rounding.
  const double chance = stream.uniform();
  if (cost > 0 && chance >= portable_exp(-cost)) return false;
  state.flip(i);
  if (following_phases) phases.flip(i);
  return true;
}

void EquilibriumChain::Chain::swap(Site i, Site j) {
  state.swap(i, j);
  if (sieving) sieve.follow(state, i, j);
  if (!following_phases) return;
  phases.flip(i);
  phases.flip(j);
}

/// Of a configuration, as the window counts it.
std::int64_t EquilibriumChain::Chain::count_of_window() const {
  if (window_along == OrderParameter::f_U) return phases.united();
  return count_of_a(state);
}

/// Of another one, or where phases are not followed.
std::int64_t EquilibriumChain::Chain::count_of_window(const State& of) const {
  if (window_along == OrderParameter::f_U) return PhaseCounter(*lattice, of.sigma(), interior).united();
  return count_of_a(of);
}

/// 0 without a window.
double EquilibriumChain::Chain::weight_gained_by_flip(Site i) const {
  if (!weights) return 0;
  const std::int64_t count = count_of_window();
  return weights->eta(count - state.sigma()[static_cast<std::size_t>(i)]) - weights->eta(count);
}

/// Attempts as if there were no window, a stride of them at a time, which is taken back as a whole where its level says
/// so. Many equal steps that are reversible are reversible: what a stride does is a proposal that leaves the
/// distribution without weights as it is, and to accept it by the ratio of weights leaves the one with weights. Almost
/// all attempts are rejected by their energy, and their phases need not be counted.
std::uint64_t EquilibriumChain::Chain::levelled_swaps() {
  const std::size_t attempts = lattice->core.size();
  std::uint64_t accepted_now = 0;
  for (std::size_t done = 0; done < attempts;) {
    const std::size_t length = std::min(attempts_of_a_stride(), attempts - done);
    const std::int64_t before = count_of_window();
    stride.clear();
    const std::uint64_t moved = swaps(length);
    done += length;
    if (measured() == 0) {
      moves_made += moved;
      attempts_made += length;
    }
    if (moved > 0 && keep_level(before)) accepted_now += moved;
  }
  return accepted_now;
}

/// The stride, or where it began.
bool EquilibriumChain::Chain::keep_level(std::int64_t before) {
  const double gain = weights->eta(count_of_window()) - weights->eta(before);
  if (gain >= 0 || stream.uniform() < portable_exp(gain)) return true;
  for (; !stride.empty(); stride.pop_back()) swap(stride.back().first, stride.back().second);
  return false;
}

/// With about one move; the same for all strides of measured sweeps.
std::size_t EquilibriumChain::Chain::attempts_of_a_stride() const {
  constexpr std::uint64_t most = 256;
  return static_cast<std::size_t>(
      std::clamp<std::uint64_t>(attempts_made / std::max<std::uint64_t>(1, moves_made), 1, most));
}

void EquilibriumChain::Chain::note_place_in_window() {
  if (measured() > 0)
    weights->visit(count_of_window());
  else
    weights->learn(count_of_window());
}

double EquilibriumChain::Chain::look_at(const Occupation& other) {
  if (!looked_at) looked_at = state;
  looked_at->assign(other);
  return reduced_energy(*looked_at);
}

/// Less what its place in the window weighs.
double EquilibriumChain::Chain::reduced_energy(const State& of) const {
  return of.energy_of_swaps() * inverse_temperature - (weights ? weights->eta(count_of_window(of)) : 0);
}

void EquilibriumChain::Chain::take_over() {
  assert(looked_at && (semigrand || looked_at->sum() == state.sum()));
  std::swap(state, *looked_at);
  sieve.rebuild(state);
  following_phases = false;
}

double EquilibriumChain::Chain::acceptance() const {
  const auto attempts = static_cast<double>(schedule.measured_sweeps) * static_cast<double>(lattice->core.size());
  return attempts > 0 ? static_cast<double>(accepted) / attempts : std::numeric_limits<double>::quiet_NaN();
}

std::vector<std::byte> EquilibriumChain::Chain::save(Samples samples) {
  observer.measure_areas();
  StateWriter writer;
  put_progress(writer);
  observer.save(writer);
  if (samples == Samples::with) observer.save_samples(writer, measured());
  return writer.take();
}

void EquilibriumChain::Chain::load(std::span<const std::byte> bytes, const KeptSamples* samples) {
  StateReader reader(bytes);
  const Progress progress = get_progress(reader);
  EquilibriumObserver loaded_observer = observer;
  loaded_observer.load(reader);
  const std::uint64_t loaded_measured = measured_of(progress.sweeps);
  if (samples != nullptr)
    loaded_observer.adopt_samples(*samples, loaded_measured);
  else
    loaded_observer.load_samples(reader, loaded_measured);
  reader.finish();

  go_on_from(progress);
  observer = std::move(loaded_observer);
}

std::vector<std::byte> EquilibriumChain::Chain::save_since(std::uint64_t earlier) {
  observer.measure_areas();
  StateWriter writer;
  put_progress(writer);
  observer.save(writer);
  observer.save_samples_since(writer, measured_of(earlier), measured());
  return writer.take();
}

void EquilibriumChain::Chain::load_since(std::uint64_t earlier, std::span<const std::byte> bytes) {
  StateReader reader(bytes);
  const Progress progress = get_progress(reader);
  if (progress.sweeps < earlier) StateReader::fail();
  observer.load(reader);
  observer.load_samples_since(reader, measured_of(earlier), measured_of(progress.sweeps));
  reader.finish();
  go_on_from(progress);
}

void EquilibriumChain::Chain::put_progress(StateWriter& writer) const {
  put_header(writer, header);
  if (weights) {
    writer.put(weights->save());
    writer.put(moves_made);
    writer.put(attempts_made);
  }
  writer.put(pack_bits(state.sigma()));
  writer.put(stream.position());
  writer.put(sweeps);
  writer.put(accepted);
}

EquilibriumChain::Chain::Progress EquilibriumChain::Chain::get_progress(StateReader& reader) const {
  check_header(reader, header);
  Progress progress;
  progress.weights = weights;
  if (progress.weights) {
    progress.weights->load(reader.get_vector<double>());
    progress.moves_made = reader.get<std::uint64_t>();
    progress.attempts_made = reader.get<std::uint64_t>();
  }
  progress.sigma = unpack_bits(reader.get_like(pack_bits(state.sigma())), state.sigma().size());
  progress.position = reader.get<std::uint64_t>();
  progress.sweeps = reader.get_at_most(all_sweeps());
  progress.accepted = reader.get<std::uint64_t>();
  return progress;
}

void EquilibriumChain::Chain::go_on_from(const Progress& progress) {
  stream.seek(progress.position);
  state.assign(progress.sigma);
  sieve.rebuild(state);
  following_phases = false;
  sweeps = progress.sweeps;
  accepted = progress.accepted;
  weights = progress.weights;
  moves_made = progress.moves_made;
  attempts_made = progress.attempts_made;
}

EquilibriumChain::EquilibriumChain(const Crystal& crystal, const Physics& physics, const Schedule& schedule,
                                   const Stream& stream)
    : chain_(std::make_unique<Chain>(crystal, physics, schedule, stream)) {}
EquilibriumChain::~EquilibriumChain() = default;
EquilibriumChain::EquilibriumChain(EquilibriumChain&&) noexcept = default;
EquilibriumChain& EquilibriumChain::operator=(EquilibriumChain&&) noexcept = default;

std::uint64_t EquilibriumChain::advance(std::uint64_t sweeps) { return chain_->advance(sweeps); }
bool EquilibriumChain::finished() const { return chain_->finished(); }
std::uint64_t EquilibriumChain::sweeps() const { return chain_->sweeps; }
std::uint64_t EquilibriumChain::sweeps_left() const { return chain_->all_sweeps() - chain_->sweeps; }
const Occupation& EquilibriumChain::sigma() const { return chain_->state.sigma(); }
std::uint64_t EquilibriumChain::accepted() const { return chain_->accepted; }
double EquilibriumChain::reduced_energy() const { return chain_->reduced_energy(chain_->state); }
double EquilibriumChain::look_at(const Occupation& other) { return chain_->look_at(other); }
void EquilibriumChain::take_over() { chain_->take_over(); }

Record EquilibriumChain::record() const {
  assert(finished());
  Record record;
  record.values = chain_->observer.values(chain_->acceptance());
  if (chain_->weights) record.values[equilibrium_column("coverage")] = chain_->weights->coverage();
  require_no_infinity(record.values, equilibrium_columns());
  record.profile = chain_->observer.profile();
  record.configurations = chain_->observer.configurations();
  record.final_state = pack_final_state(chain_->save(Chain::Samples::without), chain_->final_state_bytes);
  return record;
}

std::vector<std::byte> EquilibriumChain::save() const { return chain_->save(Chain::Samples::with); }
void EquilibriumChain::load(std::span<const std::byte> state) { chain_->load(state, nullptr); }
std::vector<std::byte> EquilibriumChain::save_since(std::uint64_t sweeps) const { return chain_->save_since(sweeps); }
void EquilibriumChain::load_since(std::uint64_t sweeps, std::span<const std::byte> state) {
  chain_->load_since(sweeps, state);
}
void EquilibriumChain::continue_from(std::span<const std::uint8_t> final_state, const KeptSamples& samples) {
  chain_->load(unpack_final_state(final_state), &samples);
}

}  // namespace nxmc
