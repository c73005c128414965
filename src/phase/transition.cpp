#include "nxmc/phase/transition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "energy_path.hpp"
#include "fraction_histogram.hpp"
#include "nxmc/statistics/crossings.hpp"
#include "nxmc/statistics/curve.hpp"
#include "reweighting_impl.hpp"

namespace nxmc {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// What one solution of MBAR says along the path.
class Curve {
 public:
  Curve(const Reweighting::Impl& samples, const EnergyPath& path, const Mbar& mbar)
      : samples_(samples), path_(path), mbar_(mbar) {}

  MbarTarget at(double place) const { return mbar_.target(path_.reduced(place)); }

  double mean(double place) const { return at(place).expectation(samples_.f_U()); }
  double variance(double place) const {
    const MbarTarget weights = at(place);
    if (weights.overlap < least_overlap) return nan;
    const double mean = weights.expectation(samples_.f_U());
    return weights.expectation(samples_.united_squares) - mean * mean;
  }
  /// Weight of what has f_U above the split.
  double weight_above(double place, double split) const { return sides(at(place), split, samples_.f_U()).weight; }

  struct Sides {
    double weight = 0;  ///< of the upper one
    double upper = 0;   ///< mean of a quantity there
    double lower = 0;
  };
  Sides sides(const MbarTarget& weights, double split, std::span<const double> quantity) const {
    Sides sides;
    double below = 0;
    const std::span<const double> f_U = samples_.f_U();
    for (std::size_t n = 0; n < f_U.size(); ++n) {
      const double p = weights.probability[n];
      (f_U[n] > split ? sides.weight : below) += p;
      (f_U[n] > split ? sides.upper : sides.lower) += p * quantity[n];
    }
    sides.upper = sides.weight > 0 ? sides.upper / sides.weight : nan;
    sides.lower = below > 0 ? sides.lower / below : nan;
    return sides;
  }
  const EnergyPath& path() const { return path_; }
  std::span<const double> f_U() const { return samples_.f_U(); }
  std::size_t interior_sites() const { return samples_.interior_sites; }

 private:
  const Reweighting::Impl& samples_;
  const EnergyPath& path_;
  const Mbar& mbar_;
};

std::optional<double> equal_weight(const Curve& curve, double split, double low, double high) {
  return root([&](double place) { return curve.weight_above(place, split) - 0.5; }, low, high);
}

/// The histogram of f_U at a place.
States states_at(const Curve& curve, double place) {
  const MbarTarget weights = curve.at(place);
  return states_of(fraction_histogram(curve.f_U(), weights.probability, curve.interior_sites()),
                   weights.effective_samples);
}

/// The places and heights that are compared between resampled sets.
struct Numbers {
  double equal_weight = nan;
  double variance_peak = nan;
  double peak_height = nan;
  double jump_f_U = nan;
  double jump_energy = nan;

  std::vector<double> list() const { return {equal_weight, variance_peak, peak_height, jump_f_U, jump_energy}; }
};

/// \param split  nullopt where the sides cannot be told apart
Numbers measure(const Curve& curve, std::optional<double> split, double low, double high) {
  Numbers numbers;
  const auto peak = maximum([&](double place) { return curve.variance(place); }, low, high);
  if (peak && !peak->at_end) {
    numbers.variance_peak = peak->place;
    numbers.peak_height = peak->height;
  }
  if (!split) return numbers;
  const std::optional<double> place = equal_weight(curve, *split, low, high);
  if (!place) return numbers;
  numbers.equal_weight = *place;
  const MbarTarget weights = curve.at(*place);
  const Curve::Sides f_U = curve.sides(weights, *split, curve.f_U());
  const Curve::Sides energy = curve.sides(weights, *split, curve.path().energies(*place));
  numbers.jump_f_U = f_U.upper - f_U.lower;
  numbers.jump_energy = energy.upper - energy.lower;
  return numbers;
}

/// States that differ along the axis only.
struct Line {
  SampledState others;
  std::vector<double> places;  // ascending
};

std::vector<Line> lines_of(const std::vector<SampledState>& states, TransitionAxis axis) {
  std::vector<Line> lines;
  for (SampledState state : states) {
    const double place = std::exchange(along(state, axis), 1.0);
    const auto known = std::ranges::find(lines, state, &Line::others);
    Line& line = known == lines.end() ? lines.emplace_back(Line{state, {}}) : *known;
    line.places.push_back(place);
  }
  for (Line& line : lines) std::ranges::sort(line.places);
  std::erase_if(lines, [](const Line& line) { return line.places.size() < 2; });
  std::ranges::sort(lines, {}, &Line::others);
  return lines;
}

std::uint64_t count_crossings(const Reweighting::Impl& samples, const Line& line, TransitionAxis axis, double split,
                              double jump) {
  std::uint64_t sum = 0;
  for (const SampledChain& chain : samples.samples.chains) {
    SampledState state = samples.samples.states[chain.state];
    along(state, axis) = 1;
    if (state != line.others) continue;
    sum += crossings(samples.f_U().subspan(chain.first, chain.count), split - jump / 4, split + jump / 4);
  }
  return sum;
}

TransitionOrder order_of(std::size_t peaks) {
  if (peaks > 2) return TransitionOrder::several;
  return peaks == 2 ? TransitionOrder::first : TransitionOrder::rounded;
}

class TransitionSearch {
 public:
  TransitionSearch(Reweighting::Impl& samples, TransitionAxis axis, const Line& line)
      : samples_(samples),
        axis_(axis),
        line_(line),
        low_(line.places.front()),
        high_(line.places.back()),
        path_(samples.energies, line.others, axis, low_, high_) {}

  Transition find(std::optional<double> wanted_split) {
    Transition found{.others = line_.others,
                     .low = low_,
                     .high = high_,
                     .from = low_,
                     .to = high_,
                     .equal_weight = {nan, nan},
                     .variance_peak = {nan, nan},
                     .peak_height = {nan, nan},
                     .jump_f_U = {nan, nan},
                     .jump_energy = {nan, nan},
                     .remark = {}};
    if (std::isnan(samples_.f_U().front())) {
      found.remark = "the core has no interior sites, and so no f_U: take a larger one";
      return found;
    }
    const std::vector<double> ones(samples_.samples.samples(), 1);
    const Mbar mbar = samples_.solve(ones, {}, samples_.threads);
    const Curve curve(samples_, path_, mbar);
    const auto peak = maximum([&](double place) { return curve.variance(place); }, low_, high_);
    if (!peak) {
      found.remark = "no overlap between the points: measure between them";
      return found;
    }
    if (peak->at_end) {
      found.towards = peak->place;
      found.remark = fmt::format("var f_U is largest at {} = {:.6g}, the end of the range: measure beyond it",
                                 to_string(axis_), peak->place);
    }
    const bool apart = choose_split(curve, *peak, wanted_split, found);
    measure_with_errors(mbar, apart ? std::optional(found.split) : std::nullopt, found);
    if (!apart && found.remark.empty())
      found.remark = "the histogram of f_U has no valley, so that its sides cannot be told apart: --split F_U does";
    const double balanced = found.equal_weight.mean;
    if (std::isnan(balanced) && found.remark.empty())
      found.remark = fmt::format("the sides of f_U = {:.3g} never carry the same weight within the range", found.split);
    const double place = std::isnan(balanced) ? peak->place : balanced;
    note_neighbours(place, found);
    found.r_hat = samples_.r_hat_of(curve.at(place));
    if (!apart) found.split = nan;
    const double jump = std::isnan(found.jump_f_U.mean) ? 0.1 : found.jump_f_U.mean;
    if (apart) found.crossings = count_crossings(samples_, line_, axis_, found.split, jump);
    return found;
  }

 private:
  void note_neighbours(double place, Transition& found) const {
    const auto above = std::ranges::upper_bound(line_.places, place) - line_.places.begin();
    const auto last = static_cast<std::ptrdiff_t>(line_.places.size()) - 1;
    const auto place_at = [&](std::ptrdiff_t k) {
      return line_.places[static_cast<std::size_t>(std::clamp(k, std::ptrdiff_t{0}, last))];
    };
    found.from = place_at(above - 2);
    found.to = place_at(above + 1);
  }

  /// Values that some resampled sets do not have: what their errors are worth.
  static void note_conditional_errors(const Replicates& replicates, Transition& found) {
    std::size_t fewest = replicates.replicates();
    for (std::size_t k = 0; k < replicates.size(); ++k)
      if (!std::isnan(replicates.value(k))) fewest = std::min(fewest, replicates.finite(k));
    if (fewest == replicates.replicates()) return;
    found.holds_for_some_only = true;
    if (!found.remark.empty()) return;
    found.remark = fmt::format(
        "only {} of {} resampled sets have the transition within the range: its errors hold for those; measure beyond "
        "the range",
        fewest, replicates.replicates());
  }

  /// The valley where both sides weigh the same, which moves the place where they do: twice is enough.
  /// \returns whether there is one, or a split was given
  bool choose_split(const Curve& curve, const Maximum& peak, std::optional<double> wanted, Transition& found) const {
    found.split = wanted.value_or((curve.mean(low_) + curve.mean(high_)) / 2);
    double place = peak.place;
    States states = states_at(curve, place);
    for (int pass = 0; pass < 2; ++pass) {
      if (!wanted && states.valley) found.split = *states.valley;
      const std::optional<double> balanced = equal_weight(curve, found.split, low_, high_);
      if (!balanced) break;
      place = *balanced;
      states = states_at(curve, place);
    }
    if (!wanted && states.valley) found.split = *states.valley;
    found.order = peak.at_end ? TransitionOrder::none : order_of(states.peaks);
    return wanted || states.valley;
  }

  void measure_with_errors(const Mbar& mbar, std::optional<double> split, Transition& found) const {
    const BlockBootstrap bootstrap(samples_.chains, bootstrap_replicates, resampling_stream());
    const Replicates replicates = bootstrap.derive(
        [&](std::span<const double> multiplicities) {
          const Mbar resampled = samples_.solve(multiplicities, mbar.free_energies(), 1);
          return measure(Curve(samples_, path_, resampled), split, low_, high_).list();
        },
        samples_.threads);
    const std::array estimates{&found.equal_weight, &found.variance_peak, &found.peak_height, &found.jump_f_U,
                               &found.jump_energy};
    for (std::size_t k = 0; k < estimates.size(); ++k) *estimates[k] = {replicates.value(k), replicates.error(k)};
    note_conditional_errors(replicates, found);
  }

  Reweighting::Impl& samples_;
  TransitionAxis axis_;
  Line line_;
  double low_;
  double high_;
  EnergyPath path_;
};

}  // namespace

std::string_view to_string(TransitionAxis axis) {
  return axis == TransitionAxis::temperature ? "temperature" : "shell_stiffness";
}

std::optional<TransitionAxis> transition_axis_named(std::string_view word) {
  for (const TransitionAxis axis : {TransitionAxis::shell_stiffness, TransitionAxis::temperature})
    if (to_string(axis) == word) return axis;
  return std::nullopt;
}

std::string_view to_string(TransitionOrder order) {
  constexpr std::array<std::string_view, 4> words{"none", "rounded", "first", "several"};
  return words.at(static_cast<std::size_t>(order));
}

std::vector<Transition> find_transitions(Reweighting& reweighting, TransitionAxis axis, std::optional<double> split) {
  std::vector<Transition> transitions;
  for (const Line& line : lines_of(reweighting.impl().samples.states, axis))
    transitions.push_back(TransitionSearch(reweighting.impl(), axis, line).find(split));
  return transitions;
}

}  // namespace nxmc
