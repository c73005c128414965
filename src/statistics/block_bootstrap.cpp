#include "nxmc/statistics/block_bootstrap.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <utility>

#include "nxmc/arithmetic/chunks.hpp"

namespace nxmc {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

double longest_autocorrelation(std::span<const BootstrapChain> chains, const std::vector<std::size_t>& of_state) {
  double tau = 0.5;
  for (const std::size_t chain : of_state) tau = std::fmax(tau, chains[chain].autocorrelation_time);
  return tau;
}

/// L = 2 tau (n / tau)^(1/3): its bias, tau/L, and its noise, sqrt(2 L/n), are small together. Two blocks at least, and
/// none longer than the shortest chain, which could not tell what follows.
std::size_t block_length(double tau, std::size_t samples, std::size_t shortest_chain) {
  if (!(tau > 0.5)) return 1;
  const double wanted = std::ceil(2 * tau * std::cbrt(static_cast<double>(samples) / tau));
  const std::size_t most = std::max<std::size_t>(std::min(shortest_chain, samples / 2), 1);
  return wanted < static_cast<double>(most) ? static_cast<std::size_t>(wanted) : most;
}

}  // namespace

Replicates::Replicates(std::vector<double> values, std::vector<std::vector<double>> replicates)
    : values_(std::move(values)), replicates_(std::move(replicates)) {
  assert(std::ranges::all_of(replicates_, [&](const auto& replicate) { return replicate.size() == values_.size(); }));
}

std::size_t Replicates::finite(std::size_t k) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(replicates_, [k](const auto& replicate) { return std::isfinite(replicate[k]); }));
}

double Replicates::error(std::size_t k) const { return std::sqrt(covariance(k, k)); }

double Replicates::error_of_difference(std::size_t j, std::size_t k) const {
  std::vector<std::vector<double>> differences;
  differences.reserve(replicates_.size());
  for (const auto& replicate : replicates_) differences.push_back({replicate[k] - replicate[j]});
  return Replicates({values_[k] - values_[j]}, std::move(differences)).error(0);
}

double Replicates::covariance(std::size_t j, std::size_t k) const {
  std::vector<std::pair<double, double>> pairs;
  for (const auto& replicate : replicates_)
    if (std::isfinite(replicate[j]) && std::isfinite(replicate[k])) pairs.emplace_back(replicate[j], replicate[k]);
  if (pairs.size() < 2) return nan;
  // About the first pair, so that equal values have a covariance of exactly zero.
  const auto [origin_j, origin_k] = pairs.front();
  const auto n = static_cast<double>(pairs.size());
  double sum_j = 0;
  double sum_k = 0;
  for (auto& [of_j, of_k] : pairs) {
    sum_j += of_j -= origin_j;
    sum_k += of_k -= origin_k;
  }
  double products = 0;
  for (const auto& [of_j, of_k] : pairs) products += (of_j - sum_j / n) * (of_k - sum_k / n);
  return products / (n - 1);
}

BlockBootstrap::BlockBootstrap(std::span<const BootstrapChain> chains, std::size_t replicates, Stream stream) {
  std::vector<State> states;
  for (const BootstrapChain& chain : chains) {
    assert(chain.at.empty() || chain.at.size() == chain.samples);
    firsts_.push_back(samples_);
    at_.push_back(chain.at);
    counts_.push_back(chain.samples);
    samples_ += chain.samples;
    if (chain.samples == 0) continue;
    if (states.size() <= chain.state) states.resize(chain.state + 1);
    states[chain.state].chains.push_back(firsts_.size() - 1);
    states[chain.state].samples += chain.samples;
  }
  std::erase_if(states, [](const State& state) { return state.samples == 0; });
  for (State& state : states) plan_blocks(state, longest_autocorrelation(chains, state.chains));

  draws_.resize(replicates);
  for (auto& blocks : draws_)
    for (const State& state : states) draw(state, stream, blocks);
}

/// Of n samples, n (1 - L/n) (1 - (tau - 1/(4 tau)) / L) are drawn: the fewer, the larger the variance between
/// replicates. Whole chains are no pieces of something longer that hangs together: one of k is left out.
void BlockBootstrap::plan_blocks(State& state, double autocorrelation_time) const {
  std::size_t shortest = state.samples;
  for (const std::size_t chain : state.chains) shortest = std::min(shortest, counts_[chain]);
  state.block_length = block_length(autocorrelation_time, state.samples, shortest);
  const auto n = static_cast<double>(state.samples);
  const auto length = static_cast<double>(state.block_length);
  // Of exponential correlations; a block that is hardly longer than they reach would make the correction diverge.
  const bool whole_chains = state.chains.size() > 1 && state.block_length == shortest;
  const double cut = whole_chains ? 0 : std::min((autocorrelation_time - 0.25 / autocorrelation_time) / length, 0.5);
  state.drawn = std::max<std::size_t>(static_cast<std::size_t>(std::lround((n - length) * (1 - cut))), 1);
}

void BlockBootstrap::draw(const State& state, Stream& stream, std::vector<Block>& blocks) const {
  const double weight = static_cast<double>(state.samples) / static_cast<double>(state.drawn);
  for (std::size_t missing = state.drawn; missing > 0;) {
    std::uint64_t first = stream.below(state.samples);
    auto chain = state.chains.begin();
    for (; first >= counts_[*chain]; ++chain) first -= counts_[*chain];
    const std::size_t count = std::min(state.block_length, missing);
    blocks.push_back({*chain, static_cast<std::size_t>(first), count, weight});
    missing -= count;
  }
}

std::size_t BlockBootstrap::number_of(std::size_t chain, std::size_t sample) const {
  return at_[chain].empty() ? firsts_[chain] + sample : at_[chain][sample];
}

std::vector<double> BlockBootstrap::multiplicities(std::size_t replicate) const {
  std::vector<double> of_samples(samples_);
  for (const Block& block : draws_[replicate]) {
    for (std::size_t i = 0; i < block.count; ++i)
      of_samples[number_of(block.chain, (block.first + i) % counts_[block.chain])] += block.weight;
  }
  return of_samples;
}

Replicates BlockBootstrap::derive(const Derive& derive, std::size_t threads) const {
  std::vector<double> values = derive(std::vector<double>(samples_, 1.0));
  std::vector<std::vector<double>> replicates(draws_.size());
  in_parallel(draws_.size(), threads, [&](std::size_t r) { replicates[r] = derive(multiplicities(r)); });
  return {std::move(values), std::move(replicates)};
}

}  // namespace nxmc
