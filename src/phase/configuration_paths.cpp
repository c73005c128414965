#include "configuration_paths.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "nxmc/statistics/autocorrelation.hpp"

namespace nxmc {
namespace {

/// A ladder by the configurations that pass through it.
struct PassedLadder {
  std::set<std::size_t> states;
  /// [configuration] its samples: when each was taken, and its number
  std::map<ConfigurationNumber, std::vector<std::pair<std::uint64_t, std::size_t>>> paths;
};

void add_rung(const SampledChain& rung, PassedLadder& ladder) {
  ladder.states.insert(rung.state);
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

double memory_of(const std::vector<std::size_t>& path, std::span<const double> quantity) {
  std::vector<double> values;
  values.reserve(path.size());
  for (const std::size_t number : path) values.push_back(quantity[number]);
  return autocorrelation_time(values);
}

/// One way tells too little of how long it remembers: the mean over those that are pooled.
void share_memory(std::span<BootstrapChain> paths, const std::vector<std::span<const double>>& quantities) {
  double longest = 0.5;
  for (const std::span<const double> quantity : quantities) {
    double sum = 0;
    double count = 0;
    for (const BootstrapChain& path : paths) {
      const double memory = memory_of(path.at, quantity);
      if (std::isnan(memory)) continue;
      sum += memory;
      count += 1;
    }
    if (count > 0) longest = std::max(longest, sum / count);
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
      add_rung(chain, ladders[*chain.ladder]);
      continue;
    }
    all.push_back(chains[c]);
    all.back().at.resize(chain.count);
    std::iota(all.back().at.begin(), all.back().at.end(), chain.first);
  }
  std::map<std::set<std::size_t>, std::vector<BootstrapChain>> pools;
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
