#include "nxmc/schedule/rung_shares.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>

namespace nxmc {

namespace {

using Shares = std::vector<std::size_t>;

// What a pair of rungs of two parties costs these, twice for two letters each, at every second exchange.
constexpr double seconds_of_letters = 5e-6;
constexpr double nearly_as_good = 1.03;

/// From one exchange to the next.
double seconds_of(const Shares& shares, std::span<const double> seconds, std::size_t parties) {
  std::vector<double> of_party(parties);
  for (std::size_t rung = 0; rung < seconds.size(); ++rung) of_party[shares[rung]] += seconds[rung];
  for (std::size_t rung = 0; rung + 1 < seconds.size(); ++rung) {
    if (shares[rung] == shares[rung + 1]) continue;
    of_party[shares[rung]] += seconds_of_letters / 2;
    of_party[shares[rung + 1]] += seconds_of_letters / 2;
  }
  return *std::ranges::max_element(of_party);
}

bool uses_all(const Shares& shares, std::size_t parties) {
  std::vector<bool> used(parties);
  for (const std::size_t party : shares) {
    if (party >= parties) return false;
    used[party] = true;
  }
  return std::ranges::all_of(used, [](bool is) { return is; });
}

/// The longest first, each to who has least.
Shares scattered(std::span<const double> seconds, std::size_t parties) {
  Shares order(seconds.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return seconds[a] > seconds[b]; });
  Shares shares(seconds.size());
  std::vector<double> of_party(parties);
  for (std::size_t k = 0; k < order.size(); ++k) {
    const auto least =
        k < parties ? k : static_cast<std::size_t>(std::ranges::min_element(of_party) - of_party.begin());
    shares[order[k]] = least;
    of_party[least] += seconds[order[k]];
  }
  return shares;
}

/// Neighbours, each party until it has its part of what is left.
Shares in_rows(std::span<const double> seconds, std::size_t parties) {
  Shares shares(seconds.size());
  double left = std::accumulate(seconds.begin(), seconds.end(), 0.0);
  std::size_t rung = 0;
  for (std::size_t party = 0; party < parties; ++party) {
    const std::size_t others = parties - party - 1;
    const double part = left / static_cast<double>(others + 1);
    double taken = 0;
    do {
      taken += seconds[rung];
      shares[rung++] = party;
    } while (rung + others < seconds.size() && (others == 0 || taken + seconds[rung] / 2 <= part));
    left -= taken;
  }
  return shares;
}

}  // namespace

std::vector<std::size_t> share_rungs(std::span<const double> seconds, std::size_t parties,
                                     const std::vector<std::size_t>& before) {
  assert(0 < parties && parties <= seconds.size());
  Shares best = in_rows(seconds, parties);
  Shares other = scattered(seconds, parties);
  if (seconds_of(other, seconds, parties) < seconds_of(best, seconds, parties)) best = std::move(other);
  const bool is_possible = before.size() == seconds.size() && uses_all(before, parties);
  const double longest = nearly_as_good * seconds_of(best, seconds, parties);
  return is_possible && seconds_of(before, seconds, parties) <= longest ? before : best;
}

}  // namespace nxmc
