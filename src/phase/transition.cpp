#include "nxmc/phase/transition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <utility>

#include "energy_path.hpp"
#include "fraction_histogram.hpp"
#include "line_of_states.hpp"
#include "nxmc/phase/nan.hpp"
#include "nxmc/statistics/crossings.hpp"
#include "nxmc/statistics/curve.hpp"
#include "nxmc/statistics/free_energy.hpp"
#include "nxmc/statistics/peak_height.hpp"
#include "order_curve.hpp"
#include "reweighting_impl.hpp"

namespace nxmc {

namespace {

/// Of a variance of fractions, a difference of their squares: where x never changes, that is what is left of it. One
/// site that differs in one of 10^6 samples gives more.
constexpr double largest_rounding = 1e-15;

constexpr const char* no_overlap_within_line = "no overlap between the points: measure between them";

std::optional<double> equal_weight(const OrderCurve& curve, double split, double low, double high) {
  return root([&](double place) { return curve.weight_above(place, split) - 0.5; }, low, high);
}

Histogram histogram_at(const OrderCurve& curve, const MbarTarget& weights) {
  return fraction_histogram(curve.values(), weights.probability, curve.sites());
}

States states_at(const OrderCurve& curve, double place) {
  const MbarTarget weights = curve.at(place);
  return states_of(histogram_at(curve, weights), weights.effective_samples);
}

/// Where the two sides of x are told apart that differ most (Lloyd's algorithm for two means, in one dimension),
/// whether there is a valley between them or not.
double halfway_between_sides(const OrderCurve& curve, double place) {
  constexpr int most_steps = 50;
  const MbarTarget weights = curve.at(place);
  double split = weights.expectation(curve.values());
  for (int step = 0; step < most_steps; ++step) {
    const OrderCurve::Sides x = curve.sides(weights, split, curve.values());
    const double halfway = (x.upper + x.lower) / 2;
    if (std::isnan(halfway) || halfway == split) break;
    split = halfway;
  }
  return split;
}

TwoPeaks peaks_at(const OrderCurve& curve, double place, std::size_t valley) {
  const Histogram histogram = histogram_at(curve, curve.at(place));
  return {bins_of_peak(histogram.share, {0, valley}),
          bins_of_peak(histogram.share, {valley, histogram.share.size() - 1}), valley};
}

std::optional<double> equal_height(const OrderCurve& curve, const TwoPeaks& peaks, double low, double high) {
  return root(
      [&](double place) {
        const Histogram histogram = histogram_at(curve, curve.at(place));
        return std::log(peak_height(histogram, peaks.upper) / peak_height(histogram, peaks.lower));
      },
      low, high);
}

/// The places and heights that are compared between resampled sets.
struct Numbers {
  double equal_weight = nan;
  double equal_height = nan;
  double variance_peak = nan;
  double peak_height = nan;
  double barrier = nan;
  double lower_side = nan;
  double upper_side = nan;
  double lower_spinodal = nan;
  double upper_spinodal = nan;
  double jump_energy = nan;

  /// The places first, whose absence is told; what else is between two peaks comes last.
  static constexpr std::size_t told = 8;
  std::vector<double> list() const {
    return {equal_weight, equal_height,   variance_peak, peak_height,
            lower_side,   upper_side,     jump_energy,   upper_side - lower_side,
            barrier,      lower_spinodal, upper_spinodal};
  }
};

/// What is looked for in each resampled set alike.
struct TwoSides {
  std::optional<double> split;    ///< nullopt where they cannot be told apart
  std::optional<TwoPeaks> peaks;  ///< nullopt where there are no two
};

Numbers measure(const OrderCurve& curve, const TwoSides& sides, double low, double high) {
  Numbers numbers;
  const auto peak = maximum([&](double place) { return curve.variance(place); }, low, high);
  if (peak && !peak->at_end) {
    numbers.variance_peak = peak->place;
    numbers.peak_height = peak->height;
  }
  if (sides.peaks) {
    numbers.equal_height = equal_height(curve, *sides.peaks, low, high).value_or(nan);
    if (!std::isnan(numbers.equal_height)) {
      const Histogram histogram = histogram_at(curve, curve.at(numbers.equal_height));
      numbers.barrier = nxmc::barrier(histogram, *sides.peaks);
      numbers.lower_spinodal = spinodal(histogram, sides.peaks->lower, sides.peaks->valley);
      numbers.upper_spinodal = spinodal(histogram, sides.peaks->upper, sides.peaks->valley);
    }
  }
  if (!sides.split) return numbers;
  const std::optional<double> place = equal_weight(curve, *sides.split, low, high);
  if (!place) return numbers;
  numbers.equal_weight = *place;
  const MbarTarget weights = curve.at(*place);
  const OrderCurve::Sides x = curve.sides(weights, *sides.split, curve.values());
  const OrderCurve::Sides energy = curve.sides(weights, *sides.split, curve.path().energies(*place));
  numbers.lower_side = x.lower;
  numbers.upper_side = x.upper;
  numbers.jump_energy = energy.upper - energy.lower;
  return numbers;
}

std::uint64_t count_crossings(const SampleSet& samples, std::span<const double> x, const LineOfStates& line,
                              LineAxis axis, double split, double jump) {
  std::uint64_t sum = 0;
  for (const SampledChain& chain : samples.chains) {
    if (chain.ladder) continue;  // its configurations come and go
    SampledState state = samples.states[chain.state];
    along(state, axis) = 1;
    if (state != line.others) continue;
    sum += crossings(x.subspan(chain.first, chain.count), split - jump / 4, split + jump / 4);
  }
  return sum;
}

TransitionOrder order_of(std::size_t peaks) {
  if (peaks > 2) return TransitionOrder::several;
  return peaks == 2 ? TransitionOrder::first : TransitionOrder::rounded;
}

/// Before anything is known of it.
Transition unknown_transition(OrderParameter of, const LineOfStates& line) {
  return {.of = of,
          .others = line.others,
          .low = line.places.front(),
          .high = line.places.back(),
          .from = line.places.front(),
          .to = line.places.back(),
          .equal_weight = {nan, nan},
          .equal_height = {nan, nan},
          .variance_peak = {nan, nan},
          .peak_height = {nan, nan},
          .barrier = {nan, nan},
          .lower_side = {nan, nan},
          .upper_side = {nan, nan},
          .lower_spinodal = {nan, nan},
          .upper_spinodal = {nan, nan},
          .jump = {nan, nan},
          .jump_energy = {nan, nan},
          .remark = {}};
}

struct Range {
  double low;
  double high;
};

bool is_positive(LineAxis axis) { return axis == LineAxis::shell_stiffness || axis == LineAxis::temperature; }

/// From flat histograms at one place: as far as their samples tell, to one side.
double reach_of(Reweighting::Impl& samples, const Mbar& mbar, SampledState state, LineAxis axis, double step) {
  constexpr int most_doublings = 12;
  const double from = along(state, axis);
  double reached = from;
  for (int k = 0; k < most_doublings; ++k, step *= 2) {
    along(state, axis) = from + step;
    if (is_positive(axis) && along(state, axis) <= from / 4) break;
    if (mbar.target(samples.energies.reduced(state)).overlap < least_overlap) break;
    reached = from + step;
  }
  return reached;
}

/// In which a transition is looked for.
Range range_of(Reweighting::Impl& samples, const Mbar& mbar, LineAxis axis, const LineOfStates& line, Stretch stretch) {
  constexpr double first_step = 0.01;
  const Range measured{line.places[stretch.first], line.places[stretch.last]};
  if (measured.low < measured.high) return measured;
  SampledState state = line.others;
  along(state, axis) = measured.low;
  const double step = first_step * (is_positive(axis) ? measured.low : state.temperature);
  return {reach_of(samples, mbar, state, axis, -step), reach_of(samples, mbar, state, axis, step)};
}

/// Along one stretch of a line.
class TransitionSearch {
 public:
  TransitionSearch(Reweighting::Impl& samples, const Mbar& mbar, const OrderedSamples& ordered,
                   const TransitionSought& sought, const LineOfStates& line, Stretch stretch)
      : samples_(samples),
        mbar_(mbar),
        ordered_(ordered),
        axis_(sought.axis),
        split_(sought.split),
        line_(line),
        stretch_(stretch),
        range_(range_of(samples, mbar, sought.axis, line, stretch)),
        low_(range_.low),
        high_(range_.high),
        path_(samples.energies, line.others, axis_, low_, high_),
        peak_(maximum([&](double place) { return curve().variance(place); }, low_, high_)) {}

  /// Of several stretches the one whose var x has the highest peak, and if none has one, the one where it is largest.
  bool shows_less_than(const TransitionSearch& other) const { return shown() < other.shown(); }

  Transition find(OrderParameter of) const {
    Transition found = unknown_transition(of, line_);
    if (!peak_) {
      found.remark = no_overlap_within_line;
      return found;
    }
    found.low = low_;
    found.high = high_;
    if (peak_->height <= largest_rounding) {
      found.remark = fmt::format("{} never changes", ordered_.name);
      return found;
    }
    if (peak_->at_end) {
      found.towards = peak_->place;
      found.remark = words_for_end();
    } else if (const std::optional<std::size_t> gap = wider_gap()) {
      found.unseen = line_.places[*gap];
      found.remark =
          fmt::format("{} changes more between {} = {:.6g} and {:.6g}, which have no overlap: measure between them",
                      ordered_.name, to_string(axis_), found.unseen, line_.places[*gap + 1]);
      return found;
    }
    const TwoSides sides = choose_sides(curve(), *peak_, found);
    measure_with_errors(sides, found);
    const bool apart = sides.split.has_value();
    if (!apart && found.remark.empty()) {
      std::string value(ordered_.name);
      value.front() = static_cast<char>(std::toupper(value.front()));  // --split F_U
      found.remark =
          fmt::format("the histogram of {} has no valley, so that its sides cannot be told apart: --split {} does",
                      ordered_.name, value);
    }
    const double balanced = found.equal_weight.mean;
    if (std::isnan(balanced) && found.remark.empty())
      found.remark = fmt::format("the sides of {} = {:.3g} never carry the same weight within the range", ordered_.name,
                                 found.split);
    const double place = std::isnan(balanced) ? peak_->place : balanced;
    if (sides.peaks && std::isnan(found.equal_height.mean) && found.remark.empty())
      found.remark = "the two peaks of the histogram are nowhere equally high within the range";
    note_neighbours(place, found);
    found.r_hat = samples_.r_hat_of(curve().at(place));
    if (!apart) found.split = nan;
    const double jump = std::isnan(found.jump.mean) ? 0.1 : found.jump.mean;
    if (apart) found.crossings = count_crossings(samples_.samples, ordered_.values, line_, axis_, found.split, jump);
    return found;
  }

 private:
  OrderCurve curve() const { return {ordered_, path_, mbar_}; }

  /// Whether var x has a peak, and how large it becomes.
  std::pair<bool, double> shown() const {
    return peak_ ? std::pair{!peak_->at_end, peak_->height} : std::pair{false, -1.0};
  }

  /// At an end of the range, or of what hangs together.
  std::string words_for_end() const {
    const bool low_end = peak_->place < (low_ + high_) / 2;
    const bool last = low_end ? stretch_.first == 0 : stretch_.last + 1 == line_.places.size();
    if (last && low_end && ordered_.name == to_string(OrderParameter::c) && axis_ == LineAxis::temperature)
      return fmt::format(
          "var c grows as far as temperature = {:.6g}: if A and B part below one, cumulants of two sizes "
          "cross there (--compare-sizes)",
          peak_->place);
    if (last)
      return fmt::format("var {} is largest at {} = {:.6g}, the end of the range: measure beyond it", ordered_.name,
                         to_string(axis_), peak_->place);
    const double beyond = low_end ? line_.places[stretch_.first - 1] : line_.places[stretch_.last + 1];
    return fmt::format("var {} is largest at {} = {:.6g}, which has no overlap with {:.6g}: measure between them",
                       ordered_.name, to_string(axis_), peak_->place, beyond);
  }

  /// Of the samples of one place alone.
  double measured_mean(std::size_t place) const {
    double sum = 0;
    double count = 0;
    for (std::size_t n = 0; n < samples_.state_of.size(); ++n) {
      if (samples_.state_of[n] != line_.states[place]) continue;
      sum += ordered_.values[n];
      count += 1;
    }
    return sum / count;
  }

  /// Between this place and the next x changes by more than along the stretch, and by most.
  std::optional<std::size_t> wider_gap() const {
    if (line_.levelled) return std::nullopt;  // their means are those of windows
    const auto change = [&](std::size_t a, std::size_t b) { return std::abs(measured_mean(b) - measured_mean(a)); };
    std::optional<std::size_t> widest;
    double most = change(stretch_.first, stretch_.last);
    for (std::size_t k = 0; k + 1 < line_.places.size(); ++k) {
      if ((k >= stretch_.first && k < stretch_.last) || change(k, k + 1) <= most) continue;
      most = change(k, k + 1);
      widest = k;
    }
    return widest;
  }

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
    for (std::size_t k = 0; k < Numbers::told; ++k)
      if (!std::isnan(replicates.value(k))) fewest = std::min(fewest, replicates.finite(k));
    if (fewest == replicates.replicates()) return;
    found.holds_for_some_only = true;
    if (!found.remark.empty()) return;
    found.remark = fmt::format(
        "only {} of {} resampled sets have the transition within the range: its errors hold for those; measure beyond "
        "the range",
        fewest, replicates.replicates());
  }

  /// The valley where both sides weigh the same, as far as that place is known without it.
  TwoSides choose_sides(const OrderCurve& curve, const Maximum& peak, Transition& found) const {
    const States at_peak = states_at(curve, peak.place);
    found.split = split_.value_or(at_peak.valley.value_or(halfway_between_sides(curve, peak.place)));
    const std::optional<double> balanced = equal_weight(curve, found.split, low_, high_);
    const States states = balanced ? states_where_balanced(curve, *balanced, found.split) : at_peak;
    if (!split_ && states.valley) found.split = *states.valley;
    found.order = peak.at_end ? TransitionOrder::none : order_of(states.peaks);
    TwoSides sides;
    if (split_ || states.valley) sides.split = found.split;
    if (found.order == TransitionOrder::first)
      sides.peaks = choose_peaks(curve, balanced.value_or(peak.place), states.valley_bin);
    return sides;
  }

  /// What chains that switch rarely know worst is how much the two sides weigh, not how deep the valley between them
  /// is: so each resampled set is looked at where its own sides weigh the same.
  States states_where_balanced(const OrderCurve& curve, double place, double split) const {
    const Histogram histogram = histogram_at(curve, curve.at(place));
    const Replicates shares = of_resampled_sets([&](const OrderCurve& resampled) {
      const std::optional<double> balanced = equal_weight(resampled, split, low_, high_);
      return balanced ? histogram_at(resampled, resampled.at(*balanced)).share
                      : std::vector(histogram.share.size(), nan);
    });
    const bool known = 2 * shares.finite(0) >= shares.replicates();
    return states_of(histogram, [&](std::size_t i, std::size_t j) {
      const double error = shares.error_of_difference(i, j);
      return known && error > 0 ? error : nan;
    });
  }

  /// Where they are equally high, which is not quite where the valley was seen. All resampled sets have the same bins,
  /// so that heights are continuous functions of the place.
  TwoPeaks choose_peaks(const OrderCurve& curve, double place, std::size_t valley) const {
    const TwoPeaks peaks = peaks_at(curve, place, valley);
    return peaks_at(curve, equal_height(curve, peaks, low_, high_).value_or(place), valley);
  }

  /// \param derive  (curve of a resampled set) -> always as many values
  template <typename Derive>
  Replicates of_resampled_sets(const Derive& derive) const {
    const BlockBootstrap bootstrap(samples_.chains, bootstrap_replicates, resampling_stream());
    return bootstrap.derive(
        [&](std::span<const double> multiplicities) {
          const Mbar resampled = samples_.solve(multiplicities, mbar_.free_energies(), 1);
          return derive(OrderCurve(ordered_, path_, resampled));
        },
        samples_.threads);
  }

  void measure_with_errors(const TwoSides& sides, Transition& found) const {
    const Replicates replicates =
        of_resampled_sets([&](const OrderCurve& curve) { return measure(curve, sides, low_, high_).list(); });
    const std::array estimates{&found.equal_weight, &found.equal_height,   &found.variance_peak, &found.peak_height,
                               &found.lower_side,   &found.upper_side,     &found.jump_energy,   &found.jump,
                               &found.barrier,      &found.lower_spinodal, &found.upper_spinodal};
    for (std::size_t k = 0; k < estimates.size(); ++k)
      *estimates[k] = {replicates.value(k), std::isnan(replicates.value(k)) ? nan : replicates.error(k)};
    note_conditional_errors(replicates, found);
  }

  Reweighting::Impl& samples_;
  const Mbar& mbar_;
  const OrderedSamples& ordered_;
  LineAxis axis_;
  std::optional<double> split_;
  const LineOfStates& line_;
  Stretch stretch_;
  Range range_;
  double low_;
  double high_;
  EnergyPath path_;
  std::optional<Maximum> peak_;  // of var x
};

/// Of flat histograms whose windows do not tell of each other.
std::optional<double> place_with_gap(const LineOfStates& line, const std::vector<Stretch>& stretches) {
  for (const Stretch& stretch : stretches) {
    const std::size_t next = stretch.last + 1;
    if (next < line.places.size() && line.places[next] == line.places[stretch.last]) return line.places[next];
  }
  return std::nullopt;
}

Transition transition_on(Reweighting::Impl& samples, const Mbar& mbar, const OrderedSamples& ordered,
                         const TransitionSought& sought, const LineOfStates& line, OrderParameter of) {
  std::vector<TransitionSearch> searches;
  const std::vector<Stretch> stretches = connected_stretches(line, mbar);
  if (const std::optional<double> place = place_with_gap(line, stretches)) {
    Transition unknown = unknown_transition(of, line);
    unknown.remark = fmt::format(
        "the windows at {} = {:.6g} do not tell of each other: raise equilibration_sweeps, in which they are covered, "
        "or measured_sweeps",
        to_string(sought.axis), *place);
    return unknown;
  }
  searches.reserve(stretches.size());
  for (const Stretch stretch : stretches) searches.emplace_back(samples, mbar, ordered, sought, line, stretch);
  const auto best = std::ranges::max_element(
      searches, [](const TransitionSearch& a, const TransitionSearch& b) { return a.shows_less_than(b); });
  if (best != searches.end()) return best->find(of);
  Transition unknown = unknown_transition(of, line);
  unknown.remark = no_overlap_within_line;
  return unknown;
}

/// The order parameter.
std::string why_there_is_none(const Reweighting::Impl& samples, const OrderedSamples& ordered) {
  if (ordered.name == to_string(OrderParameter::c))
    return "the composition is fixed, and tells no sides apart: leave --of out";
  return samples.interior_sites == 0
             ? fmt::format("the core has no interior sites, and so no {}: take a larger one", ordered.name)
             : fmt::format("in {}D there is no {}: leave --of out", samples.energies.lattice().dimension, ordered.name);
}

}  // namespace

OrderParameter order_parameter_along(LineAxis axis, const LatticeSpec& lattice) {
  return axis == LineAxis::delta_mu ? OrderParameter::c : main_order_parameter(lattice);
}

std::string_view to_string(TransitionOrder order) {
  constexpr std::array<std::string_view, 4> words{"none", "rounded", "first", "several"};
  return words.at(static_cast<std::size_t>(order));
}

std::vector<Transition> find_transitions(Reweighting& reweighting, const TransitionSought& sought) {
  Reweighting::Impl& samples = reweighting.impl();
  const OrderParameter of = sought.of.value_or(order_parameter_along(sought.axis, samples.energies.lattice().spec));
  const OrderedSamples ordered(samples, of);
  const std::vector<LineOfStates> lines = lines_of(samples.samples.states, sought.axis);
  std::vector<Transition> transitions;
  if (lines.empty()) return transitions;
  if (std::isnan(ordered.values.front())) {
    for (const LineOfStates& line : lines) {
      transitions.push_back(unknown_transition(of, line));
      transitions.back().remark = why_there_is_none(samples, ordered);
    }
    return transitions;
  }
  const std::vector<double> ones(samples.samples.samples(), 1);
  const Mbar mbar = samples.solve(ones, {}, samples.threads);
  for (const LineOfStates& line : lines) transitions.push_back(transition_on(samples, mbar, ordered, sought, line, of));
  return transitions;
}

}  // namespace nxmc
