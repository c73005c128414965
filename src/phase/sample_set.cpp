#include "nxmc/phase/sample_set.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "nxmc/engine/window_weights.hpp"
#include "nxmc/query/ladder_names.hpp"
#include "nxmc/query/selected_jobs.hpp"
#include "rows_of_chains.hpp"

namespace nxmc {

namespace {

struct FoundChain {
  std::uint64_t job = 0;
  SampledState state;
  std::optional<LadderName> ladder;
};

SampledState state_of(const Physics& physics) {
  return {.shell_stiffness = physics.shell_stiffness,
          .temperature = physics.temperature,
          .delta_mu = is_semigrand(physics) ? physics.delta_mu : 0,
          .interaction = physics.interaction,
          .hamiltonian = physics.hamiltonian,
          .levelling = std::nullopt};
}

/// \pre its chain has a window
Levelling levelling_of(const Archive& archive, std::uint64_t job, const Physics& physics) {
  Levelling levelling{.window = *physics.window, .eta = {}};
  archive.visit_final_states(std::array{job}, [&](std::uint64_t /*job*/, std::span<const std::uint8_t> state) {
    levelling.eta = weights_of_chain(physics, state).nodes();
  });
  return levelling;
}

std::vector<ConfigurationNumber> configurations_at_rung(const Archive& archive, std::uint64_t job,
                                                        std::uint64_t samples) {
  std::vector<ConfigurationNumber> configurations;
  archive.visit_final_states(std::array{job}, [&](std::uint64_t /*job*/, std::span<const std::uint8_t> state) {
    configurations = configurations_of_samples(state, samples);
  });
  return configurations;
}

std::vector<SampledState> distinct_states(const std::vector<FoundChain>& chains) {
  std::vector<SampledState> states;
  states.reserve(chains.size());
  for (const FoundChain& chain : chains) states.push_back(chain.state);
  std::ranges::sort(states);
  states.erase(std::unique(states.begin(), states.end()), states.end());
  return states;
}

SampleSet pool(const Archive& archive, const LatticeSpec& lattice, std::optional<double> composition,
               const std::vector<FoundChain>& chains) {
  SampleSet set{
      .lattice = lattice, .composition = composition, .states = distinct_states(chains), .chains = {}, .bits = {}};
  std::map<LadderName, std::size_t> ladders;
  for (const FoundChain& chain : chains) {
    const Samples samples = archive.samples(chain.job);
    const auto state = std::ranges::lower_bound(set.states, chain.state) - set.states.begin();
    set.chains.push_back({.job = chain.job,
                          .state = static_cast<std::size_t>(state),
                          .first = set.samples(),
                          .count = samples.count,
                          .every = samples.every,
                          .ladder = std::nullopt,
                          .configurations = {}});
    if (chain.ladder) {
      set.chains.back().ladder = ladders.try_emplace(*chain.ladder, ladders.size()).first->second;
      set.chains.back().configurations = configurations_at_rung(archive, chain.job, samples.count);
    }
    set.bits.insert(set.bits.end(), samples.bits.begin(), samples.bits.end());
  }
  return set;
}

}  // namespace

SampledState without_levelling(SampledState state) {
  state.levelling.reset();
  return state;
}

FoundSamples read_samples(const Archive& archive, const Where& where) {
  const std::vector<bool> superseded = archive.superseded();
  const std::vector<JobState> states = archive.states();
  std::map<std::pair<LatticeSpec, std::optional<double>>, std::vector<FoundChain>> chains;
  FoundSamples found;
  RowsOfChains rows(archive);
  for (const std::uint64_t job : jobs_where(archive, narrowed(where, "method == equilibrium"))) {
    if (superseded[job]) continue;
    if (!has_results(states[job])) {
      ++found.unfinished;
      continue;
    }
    if (!archive.has_samples(job)) {
      ++found.chains_without;
      continue;
    }
    rows.add(job);
  }
  const LadderNames ladders(archive);
  for (const std::uint64_t job : rows.ascending()) {
    const Physics physics = archive.physics(job);
    const std::optional<double> composition = is_semigrand(physics) ? std::nullopt : std::optional(physics.composition);
    SampledState state = state_of(physics);
    if (physics.window) state.levelling = levelling_of(archive, job, physics);
    chains[{physics.lattice, composition}].push_back({job, std::move(state), ladders.of(job)});
  }
  for (const auto& [crystal, of_crystal] : chains)
    found.sets.push_back(pool(archive, crystal.first, crystal.second, of_crystal));
  return found;
}

}  // namespace nxmc
