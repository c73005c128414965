#include "nxmc/statistics/block_bootstrap.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "nxmc/arithmetic/chunks.hpp"

namespace nxmc {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

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
  for (const BootstrapChain& chain : chains) {
    firsts_.push_back(samples_);
    counts_.push_back(chain.samples);
    samples_ += chain.samples;
  }
  std::vector<Pool> pools = pools_of(chains);
  for (Pool& pool : pools) {
    double tau = 0.5;
    for (const Strand& strand : pool.strands)
      for (const std::size_t chain : strand.chains) tau = std::fmax(tau, chains[chain].autocorrelation_time);
    plan_blocks(pool, tau);
  }
  draws_.resize(replicates);
  for (auto& blocks : draws_)
    for (const Pool& pool : pools) draw(pool, stream, blocks);
}

/// In the order of their states.
std::vector<BlockBootstrap::Pool> BlockBootstrap::pools_of(std::span<const BootstrapChain> chains) {
  std::map<std::pair<std::size_t, std::size_t>, Strand> ladders;  // by ladder and number of samples
  std::vector<Strand> strands;
  for (std::size_t c = 0; c < chains.size(); ++c) {
    const BootstrapChain& chain = chains[c];
    if (chain.samples == 0) continue;
    Strand& strand = chain.ladder ? ladders[{*chain.ladder, chain.samples}] : strands.emplace_back();
    strand.chains.push_back(c);
    strand.samples = chain.samples;
  }
  for (auto& [key, strand] : ladders) strands.push_back(std::move(strand));
  std::map<std::vector<std::size_t>, Pool> pools;  // by states
  for (Strand& strand : strands) {
    std::vector<std::size_t> states;
    for (const std::size_t chain : strand.chains) states.push_back(chains[chain].state);
    std::ranges::sort(states);
    Pool& pool = pools[states];
    pool.samples += strand.samples;
    pool.strands.push_back(std::move(strand));
  }
  std::vector<Pool> all;
  all.reserve(pools.size());
  for (auto& [states, pool] : pools) all.push_back(std::move(pool));
  return all;
}

/// Of n samples, n (1 - L/n) (1 - (tau - 1/(4 tau)) / L) are drawn: the fewer, the larger the variance between
/// replicates. Whole chains are no pieces of something longer that hangs together: one of k is left out.
void BlockBootstrap::plan_blocks(Pool& pool, double autocorrelation_time) {
  const std::size_t shortest = std::ranges::min(pool.strands, {}, &Strand::samples).samples;
  pool.block_length = block_length(autocorrelation_time, pool.samples, shortest);
  const auto n = static_cast<double>(pool.samples);
  const auto length = static_cast<double>(pool.block_length);
  // Of exponential correlations; a block that is hardly longer than they reach would make the correction diverge.
  const bool whole_chains = pool.strands.size() > 1 && pool.block_length == shortest;
  const double cut = whole_chains ? 0 : std::min((autocorrelation_time - 0.25 / autocorrelation_time) / length, 0.5);
  pool.drawn = std::max<std::size_t>(static_cast<std::size_t>(std::lround((n - length) * (1 - cut))), 1);
}

void BlockBootstrap::draw(const Pool& pool, Stream& stream, std::vector<Block>& blocks) {
  const double weight = static_cast<double>(pool.samples) / static_cast<double>(pool.drawn);
  for (std::size_t missing = pool.drawn; missing > 0;) {
    std::uint64_t first = stream.below(pool.samples);
    auto strand = pool.strands.begin();
    for (; first >= strand->samples; ++strand) first -= strand->samples;
    const std::size_t count = std::min(pool.block_length, missing);
    for (const std::size_t chain : strand->chains)
      blocks.push_back({chain, static_cast<std::size_t>(first), count, weight});
    missing -= count;
  }
}

std::vector<double> BlockBootstrap::multiplicities(std::size_t replicate) const {
  std::vector<double> of_samples(samples_);
  for (const Block& block : draws_[replicate]) {
    for (std::size_t i = 0; i < block.count; ++i)
      of_samples[firsts_[block.chain] + (block.first + i) % counts_[block.chain]] += block.weight;
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
