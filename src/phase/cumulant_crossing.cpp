#include "cumulant_crossing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "nxmc/statistics/block_bootstrap.hpp"
#include "nxmc/statistics/curve.hpp"

namespace nxmc {
namespace {

constexpr double share_of_peak_within_width = 0.5;
/// Of a search for what functions do between two places.
constexpr std::size_t looks = 33;
/// Of resampled sets, that have a crossing which is more than noise.
constexpr double most_of_sets = 0.95;

/// Between `low` and `high` the difference of two cumulants changes its sign; it is largest there, on both sides of the
/// change.
struct SignChange {
  double low;
  double high;
};

struct Look {
  double place;
  double difference;
};

bool same_sign(const Look& a, const Look& b) {
  return !std::isnan(a.difference) && !std::isnan(b.difference) && (a.difference < 0) == (b.difference < 0);
}

/// The place of the largest difference of the looks from `from` on, in steps, that have the sign of the first.
double largest_on_its_side(std::span<const Look> all, std::size_t from, std::ptrdiff_t step) {
  Look largest = all[from];
  for (auto k = static_cast<std::ptrdiff_t>(from); k >= 0 && k < std::ssize(all); k += step) {
    const Look& look = all[static_cast<std::size_t>(k)];
    if (!same_sign(look, all[from])) break;
    if (std::abs(look.difference) > std::abs(largest.difference)) largest = look;
  }
  return largest.place;
}

std::vector<SignChange> sign_changes(std::span<const Look> all) {
  std::vector<SignChange> changes;
  for (std::size_t k = 1; k < all.size(); ++k) {
    if (same_sign(all[k - 1], all[k]) || std::isnan(all[k - 1].difference) || std::isnan(all[k].difference)) continue;
    changes.push_back({largest_on_its_side(all, k - 1, -1), largest_on_its_side(all, k, 1)});
  }
  return changes;
}

class CrossingSearch {
 public:
  CrossingSearch(CurvesOfSize& smaller, CurvesOfSize& larger, std::size_t threads)
      : smaller_(smaller), larger_(larger), threads_(threads), x_(to_string(smaller.transition().of)) {}

  CumulantCrossing find() {
    CumulantCrossing found;
    for (const CurvesOfSize* size : {&smaller_, &larger_}) {
      if (size->orders_below() || !std::isnan(size->transition().variance_peak.mean)) continue;
      found.remark =
          fmt::format("no crossing of cumulants: var {} of {} has no peak within its range", x_, size->name());
      return found;
    }
    const CurvesOfSize::Range of_smaller = smaller_.width();
    const CurvesOfSize::Range of_larger = larger_.width();
    const double low = std::max(of_smaller.low, of_larger.low);
    const double high = std::min(of_smaller.high, of_larger.high);
    if (!(low < high)) {
      found.remark = words_of_distance(of_smaller, of_larger);
      return found;
    }
    search(low, high, found);
    return found;
  }

 private:
  double difference(const Mbar& of_smaller, const Mbar& of_larger, double place) const {
    return smaller_.cumulant(of_smaller, place) - larger_.cumulant(of_larger, place);
  }

  std::string words_of_distance(const CurvesOfSize::Range& of_smaller, const CurvesOfSize::Range& of_larger) const {
    return fmt::format(
        "no crossing of cumulants: var {} is above half of its peak from {:.6g} to {:.6g} in {} and from {:.6g} to "
        "{:.6g} in {}{}, so that no place belongs to both transitions",
        x_, of_smaller.low, of_smaller.high, smaller_.name(), of_larger.low, of_larger.high, larger_.name(),
        of_smaller.cut || of_larger.cut ? " (as far as samples reach)" : "");
  }

  void search(double low, double high, CumulantCrossing& found) {
    std::vector<Look> all;
    for (std::size_t k = 0; k < looks; ++k) {
      const double share = static_cast<double>(k) / static_cast<double>(looks - 1);
      const double place = low + share * (high - low);
      all.push_back({place, difference(smaller_.solution(), larger_.solution(), place)});
    }
    const std::vector<SignChange> changes = sign_changes(all);
    if (changes.empty()) {
      const auto seen = std::ranges::find_if(all, [](const Look& look) { return !std::isnan(look.difference); });
      found.remark =
          seen == all.end()
              ? fmt::format("no crossing of cumulants: from {:.6g} to {:.6g} samples do not overlap", low, high)
              : fmt::format(
                    "no crossing of cumulants from {:.6g} to {:.6g}{}: that of {} is the larger one throughout", low,
                    high,
                    smaller_.orders_below() || larger_.orders_below() ? "" : ", within the width of both transitions",
                    seen->difference > 0 ? smaller_.name() : larger_.name());
      return;
    }
    choose(measured(changes), changes.size(), found);
  }

  /// [sign change] place and cumulant there
  Replicates measured(const std::vector<SignChange>& changes) {
    const std::size_t of_smaller = smaller_.samples().samples.samples();
    std::vector<BootstrapChain> chains = smaller_.samples().chains;
    const std::size_t states = 1 + std::ranges::max(chains, {}, &BootstrapChain::state).state;
    for (BootstrapChain chain : larger_.samples().chains) {
      chain.state += states;  // drawn on their own
      for (std::size_t& number : chain.at) number += of_smaller;
      chains.push_back(chain);
    }
    const Mbar& smaller_solution = smaller_.solution();
    const Mbar& larger_solution = larger_.solution();
    const BlockBootstrap bootstrap(chains, bootstrap_replicates, resampling_stream());
    return bootstrap.derive(
        [&](std::span<const double> multiplicities) {
          const Mbar a =
              smaller_.samples().solve(multiplicities.first(of_smaller), smaller_solution.free_energies(), 1);
          const Mbar b =
              larger_.samples().solve(multiplicities.subspan(of_smaller), larger_solution.free_energies(), 1);
          std::vector<double> values;
          for (const SignChange& change : changes) {
            const auto place = root([&](double at) { return difference(a, b, at); }, change.low, change.high);
            values.push_back(place.value_or(CumulantCrossing::nan));
            values.push_back(place ? smaller_.cumulant(a, *place) : CumulantCrossing::nan);
          }
          return values;
        },
        threads_);
  }

  /// That with the largest cumulant; where the composition orders, the first that cooling meets: far below it the
  /// cumulant of a size that is seldom in one of its halves falls again.
  void choose(const Replicates& replicates, std::size_t changes, CumulantCrossing& found) const {
    const std::size_t by = smaller_.orders_below() || larger_.orders_below() ? 0 : 1;
    const auto enough =
        static_cast<std::size_t>(std::ceil(most_of_sets * static_cast<double>(replicates.replicates())));
    std::optional<std::size_t> best;
    std::size_t most = 0;
    for (std::size_t k = 0; k < 2 * changes; k += 2) {
      most = std::max(most, replicates.finite(k));
      if (std::isnan(replicates.value(k)) || replicates.finite(k) < enough) continue;
      ++found.found;
      if (!best || replicates.value(k + by) > replicates.value(*best + by)) best = k;
    }
    if (!best) {
      found.remark = fmt::format(
          "no crossing of cumulants that noise does not explain: at most {} of {} resampled sets have it; lengthen the "
          "chains",
          most, replicates.replicates());
      return;
    }
    found.place = {replicates.value(*best), replicates.error(*best)};
    found.cumulant = {replicates.value(*best + 1), replicates.error(*best + 1)};
    found.holds_for_some_only = replicates.finite(*best) < replicates.replicates();
  }

  CurvesOfSize& smaller_;
  CurvesOfSize& larger_;
  std::size_t threads_;
  std::string_view x_;
};

}  // namespace

CurvesOfSize::CurvesOfSize(std::shared_ptr<Reweighting> reweighting, Transition transition, LineAxis axis)
    : reweighting_(std::move(reweighting)), transition_(std::move(transition)), axis_(axis) {}

std::string CurvesOfSize::name() const {
  const LatticeSpec& lattice = reweighting_->samples().lattice;
  return fmt::format("{} {}", lattice_word(lattice), size_word(lattice));
}

bool CurvesOfSize::orders_below() const {
  return transition_.of == OrderParameter::c && axis_ == LineAxis::temperature &&
         std::isnan(transition_.variance_peak.mean);
}

const Mbar& CurvesOfSize::solution() {
  if (!computed_) {
    EnergyPath path(samples().energies, transition_.others, axis_, transition_.low, transition_.high);
    const std::vector<double> ones(samples().samples.samples(), 1);
    computed_.emplace(Computed{OrderedSamples(samples(), transition_.of), std::move(path),
                               samples().solve(ones, {}, samples().threads)});
  }
  return computed_->mbar;
}

double CurvesOfSize::cumulant(const Mbar& mbar, double place) const {
  return OrderCurve(computed_->ordered, computed_->path, mbar).cumulant(place);
}

CurvesOfSize::Range CurvesOfSize::width() {
  solution();
  Range range{.low = transition_.low, .high = transition_.high, .cut = false};
  if (orders_below()) return range;
  range.low = end_of_width(transition_.low, range.cut);
  range.high = end_of_width(transition_.high, range.cut);
  return range;
}

/// From the peak towards an end of the range.
double CurvesOfSize::end_of_width(double end, bool& cut) const {
  const double peak = transition_.variance_peak.mean;
  const OrderCurve curve(computed_->ordered, computed_->path, computed_->mbar);
  const auto above_half = [&](double place) {
    return curve.variance(place) - share_of_peak_within_width * transition_.peak_height.mean;
  };
  double inside = peak;
  for (std::size_t k = 1; k < looks; ++k) {
    const double place = peak + static_cast<double>(k) / static_cast<double>(looks - 1) * (end - peak);
    const double value = above_half(place);
    if (std::isnan(value)) break;
    if (value < 0) return root(above_half, std::min(inside, place), std::max(inside, place)).value_or(inside);
    inside = place;
  }
  cut = true;
  return inside;
}

CumulantCrossing cross_cumulants(CurvesOfSize& smaller, CurvesOfSize& larger, std::size_t threads) {
  return CrossingSearch(smaller, larger, threads).find();
}

}  // namespace nxmc
