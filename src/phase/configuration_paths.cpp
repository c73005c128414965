#include "configuration_paths.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "nxmc/statistics/autocorrelation.hpp"
#include "nxmc/statistics/between_chains.hpp"

namespace nxmc {
namespace {

/// A ladder by the configurations that pass through it.
struct PassedLadder {
  std::set<SampledState> states;
  /// [configuration] its samples: when each was taken, and its number
  std::map<ConfigurationNumber, std::vector<std::pair<std::uint64_t, std::size_t>>> paths;
};

/// The same for rungs at one place. Windows learn weights of their own, by which they differ little.
SampledState place_of_rung(SampledState state) {
  if (state.levelling) state.levelling->eta.clear();
  return state;
}

void add_rung(const SampledChain& rung, const SampledState& state, PassedLadder& ladder) {
  ladder.states.insert(place_of_rung(state));
  for (std::size_t n = 0; n < rung.count; ++n)
    ladder.paths[rung.configurations[n]].emplace_back((n + 1) * rung.every, rung.first + n);
}

std::vector<std::size_t> numbers_in_order(std::vector<std::pair<std::uint64_t, std::size_t>> path) {
  std::ranges::sort(path);
  std::vector<std::size_t> numbers;
  numbers.reserve(path.size());
  for (const auto& [time, number] : path) numbers.push_back(number);
  return numbers;
}

/// A quantity along each path.
std::vector<std::vector<double>> along_paths(std::span<const BootstrapChain> paths, std::span<const double> quantity) {
  std::vector<std::vector<double>> values;
  for (const BootstrapChain& path : paths) {
    std::vector<double>& along = values.emplace_back();
    along.reserve(path.at.size());
    for (const std::size_t number : path.at) along.push_back(quantity[number]);
  }
  return values;
}

bool all_alike(const std::vector<std::vector<double>>& values) {
  const auto known = std::ranges::find_if(values, [](const auto& along) { return !along.empty(); });
  return known == values.end() || std::ranges::all_of(values, [&](const std::vector<double>& along) {
           return std::ranges::all_of(along, [&](double value) { return value == known->front(); });
         });
}

/// Where a path never changes and others differ from it, all that it is worth is one value.
double memory_of(const std::vector<double>& along) {
  const double memory = autocorrelation_time(along);
  return std::isnan(memory) ? static_cast<double>(along.size()) / 2 : memory;
}

double mean_memory(const std::vector<std::vector<double>>& values) {
  double sum = 0;
  for (const std::vector<double>& along : values) sum += memory_of(along);
  return sum / static_cast<double>(values.size());
}

/// One way tells too little of how long it remembers: the mean over those that are pooled, or what explains how much
/// they differ, if that is longer.
void share_memory(std::span<BootstrapChain> paths, const std::vector<std::span<const double>>& quantities) {
  double longest = 0.5;
  for (const std::span<const double> quantity : quantities) {
    const std::vector<std::vector<double>> values = along_paths(paths, quantity);
    if (all_alike(values)) continue;
    const std::vector<std::span<const double>> views(values.begin(), values.end());
    longest = std::fmax(std::max(longest, mean_memory(values)), autocorrelation_time_between(views));
  }
  for (BootstrapChain& path : paths) path.autocorrelation_time = longest;
}

}  // namespace

std::vector<BootstrapChain> along_configurations(const SampleSet& samples, std::span<const BootstrapChain> chains,
                                                 const std::vector<std::span<const double>>& quantities) {
  std::vector<BootstrapChain> all;
  std::map<std::size_t, PassedLadder> ladders;
  for (std::size_t c = 0; c < chains.size(); ++c) {
    const SampledChain& chain = samples.chains[c];
    if (chain.ladder) {
      add_rung(chain, samples.states[chain.state], ladders[*chain.ladder]);
      continue;
    }
    all.push_back(chains[c]);
    all.back().at.resize(chain.count);
    std::iota(all.back().at.begin(), all.back().at.end(), chain.first);
  }
  std::map<std::set<SampledState>, std::vector<BootstrapChain>> pools;
  for (auto& [number, ladder] : ladders) {
    for (auto& [configuration, path] : ladder.paths) {
      BootstrapChain& one = pools[ladder.states].emplace_back();
      one.at = numbers_in_order(std::move(path));
      one.samples = one.at.size();
    }
  }
  std::size_t state = samples.states.size();
  for (auto& [states, paths] : pools) {
    share_memory(paths, quantities);
    for (BootstrapChain& path : paths) path.state = state;
    std::ranges::move(paths, std::back_inserter(all));
    ++state;
  }
  return all;
}

std::vector<double> independent_samples_of(std::span<const BootstrapChain> paths, std::size_t samples) {
  std::vector<double> counts(samples);
  for (const BootstrapChain& path : paths)
    for (const std::size_t n : path.at) counts[n] = 1 / (2 * path.autocorrelation_time);
  return counts;
}

}  // namespace nxmc
