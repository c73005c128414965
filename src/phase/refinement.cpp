#include "nxmc/phase/refinement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "energy_path.hpp"
#include "found_place.hpp"
#include "nxmc/observe/order_parameter.hpp"
#include "nxmc/phase/evidence.hpp"
#include "nxmc/phase/parameters.hpp"
#include "nxmc/phase/reweighting.hpp"
#include "nxmc/phase/transition.hpp"
#include "refined_line.hpp"

namespace nxmc {
namespace {

/// Less than that the order parameter does not change at a transition.
constexpr double least_change = 0.02;

/// The value that stands for it in campaign files and names.
double with_12_digits(double value) { return std::stod(canonical_decimal(value)); }

class LineRefiner {
 public:
  /// \param x  the order parameter, of which the points have the averages
  LineRefiner(const Archive& archive, const Campaign& campaign, const RefinedLine& line, OrderParameter x,
              std::vector<PointOnLine> points, std::size_t threads)
      : archive_(archive),
        scan_(campaign.scans[line.scan]),
        refine_(*scan_.refine),
        line_(line),
        x_(x),
        points_(std::move(points)),
        threads_(threads) {}

  Refinement decide() {
    if (const std::string reason = why_there_is_none(); !reason.empty()) return ended(reason);
    look_between(middle_of_change());
    std::optional<Transition> transition = transition_in_window();
    // var x is largest where x is smaller than in the middle: the neighbours of the transition are what counts.
    std::set<std::size_t> seen{left_};
    while (transition) {
      const std::size_t before = left_;
      const std::size_t next = interval_to_look_at(*transition);
      if (next == before) break;
      look_between(next);
      if (!seen.insert(next).second) {  // each sends to the other: both together
        first_ = std::min(first_, before > 0 ? before - 1 : before);
        last_ = std::min(std::max(last_, before + 2), points_.size() - 1);
        transition = transition_in_window();
        break;
      }
      transition = transition_in_window();
    }
    // With a split the sides are told apart also where var x goes on growing beyond them.
    if (transition && !refine_.split && !std::isnan(transition->towards))
      return width() > least_width() || !is_end_of_line(transition->towards) ? halve(transition)
                                                                             : ended(transition->remark);
    if (!transition || std::isnan(place_of(*transition).mean)) return halve(transition);
    const bool believed = transition->r_hat <= largest_r_hat && neighbours_are_converged();
    if (believed && !transition->holds_for_some_only && place_of(*transition).error <= refine_.tolerance &&
        is_near_a_point(*transition)) {
      Refinement end = ended(fmt::format("{} = {}", name(), words_for(*transition)));
      end.found = true;
      return end;
    }
    return look_closer(*transition, believed);
  }

 private:
  std::string_view name() const { return to_string(refine_.along); }

  Refinement ended(std::string words) const {
    return {.where = {}, .words = std::move(words), .found = false, .next = {}};
  }

  Refinement with(std::string words, std::vector<PlacedPoint> next) const {
    return {.where = {}, .words = std::move(words), .found = false, .next = std::move(next)};
  }

  std::string why_there_is_none() const {
    const PointOnLine& low = points_.front();
    const PointOnLine& high = points_.back();
    if (std::isnan(low.x.mean) || std::isnan(high.x.mean))
      return fmt::format("{} is not known: the core has no interior sites, or an older nxmc measured it",
                         to_string(x_));
    const double change = std::abs(low.x.mean - high.x.mean);
    const std::string ends = fmt::format("{} is {:.3g} at {} = {:.6g} and {:.3g} at {:.6g}", to_string(x_), low.x.mean,
                                         name(), low.place, high.x.mean, high.place);
    if (refine_.split && (low.x.mean - *refine_.split) * (high.x.mean - *refine_.split) > 0)
      return fmt::format("{}: it does not pass {:g} between them", ends, *refine_.split);
    if (change > std::max(least_change, most_errors_apart * std::hypot(low.x.error, high.x.error))) return "";
    return ends + ": there is no transition between them";
  }

  /// The neighbours between which x passes the split, or the middle of its values at the ends: the first of them.
  std::size_t middle_of_change() const {
    const double middle = refine_.split.value_or((points_.front().x.mean + points_.back().x.mean) / 2);
    std::size_t left = 0;
    double largest = -1;
    for (std::size_t k = 0; k + 1 < points_.size(); ++k) {
      const double here = points_[k].x.mean - middle;
      const double there = points_[k + 1].x.mean - middle;
      if (here * there > 0 || std::abs(here - there) <= largest) continue;
      largest = std::abs(here - there);
      left = k;
    }
    return left;
  }

  std::size_t interval_of(double place) const {
    std::size_t left = 0;
    while (left + 2 < points_.size() && points_[left + 1].place <= place) ++left;
    return left;
  }

  /// The one that has the transition, or is nearer to it.
  std::size_t interval_to_look_at(const Transition& transition) const {
    if (!std::isnan(transition.unseen)) return nearest_point(transition.unseen);
    const Estimate& place = place_of(transition);
    if (!std::isnan(place.mean)) return interval_of(place.mean);
    if (std::isnan(transition.towards)) return left_;
    const std::size_t end = nearest_point(transition.towards);  // of what hangs together, which the window may exceed
    const bool up = transition.towards > points_[left_].place;
    return up ? std::min(end, points_.size() - 2) : end - (end > 0 ? 1 : 0);
  }

  std::size_t nearest_point(double place) const {
    const auto nearest = std::ranges::min_element(
        points_, {}, [place](const PointOnLine& point) { return std::abs(point.place - place); });
    return static_cast<std::size_t>(nearest - points_.begin());
  }

  bool is_end_of_line(double place) const { return place == points_.front().place || place == points_.back().place; }

  /// Samples of the two neighbours, and of those next to them.
  void look_between(std::size_t left) {
    left_ = left;
    first_ = left > 0 ? left - 1 : left;
    last_ = std::min(left + 2, points_.size() - 1);
  }

  double width() const { return points_[left_ + 1].place - points_[left_].place; }
  /// Neighbours that are nearer to each other do not become neighbours of other states.
  double least_width() const {
    constexpr double parts = 64;
    return std::min(refine_.tolerance, (points_.back().place - points_.front().place) / parts);
  }

  bool neighbours_are_converged() const {
    return std::all_of(points_.begin() + static_cast<std::ptrdiff_t>(left_),
                       points_.begin() + static_cast<std::ptrdiff_t>(left_) + 2,
                       [](const PointOnLine& point) { return point.verdict == Verdict::converged; });
  }

  std::optional<Transition> transition_in_window() const {
    const std::string where =
        fmt::format("{} and {} >= {} and {} <= {}", condition_on_line(scan_.points[line_.point].physics, refine_.along),
                    name(), canonical_decimal(points_[first_].place), name(), canonical_decimal(points_[last_].place));
    FoundSamples samples = read_samples(archive_, where);
    if (samples.sets.empty()) return std::nullopt;
    Reweighting reweighting(archive_, std::move(samples.sets.front()), threads_);
    if (!reaches_across(reweighting)) return std::nullopt;
    const std::vector<Transition> found = find_transitions(reweighting, {refine_.along, x_, refine_.split});
    return found.empty() ? std::nullopt : std::optional(found.front());
  }

  /// Whether the samples of the two neighbours tell about all states between them. Without that a peak of var x is
  /// where the samples of one of them end.
  bool reaches_across(Reweighting& reweighting) const {
    constexpr int parts = 8;
    std::vector<SampledState> between;
    for (int part = 1; part < parts; ++part) {
      SampledState& state = between.emplace_back(without_levelling(reweighting.samples().states.front()));
      along(state) = points_[left_].place + width() * part / parts;
    }
    return std::ranges::all_of(reweighting.at(between), [&](const ReweightedPoint& point) { return is_known(point); });
  }

  /// A single sample can carry all the weight of a state, and then says nothing of it.
  bool is_known(const ReweightedPoint& point) const {
    constexpr double enough_samples = 20;
    if (!point.overlaps() || point.effective_samples < enough_samples) return false;
    const auto x =
        std::ranges::find(reweighted_quantities(), to_string(x_), &Quantity::name) - reweighted_quantities().begin();
    const double error = point.values[static_cast<std::size_t>(x)].error;
    const double change = std::abs(points_[left_].x.mean - points_[left_ + 1].x.mean);
    return error <= std::max(change / 4, least_change);  // false where it is not known
  }

  /// What was predicted is not what was found, before chains have been there.
  bool is_near_a_point(const Transition& transition) const {
    const Estimate& place = place_of(transition);
    return distance_to_nearest(place.mean) <= std::max(4 * refine_.tolerance, 3 * place.error);
  }

  double& along(SampledState& state) const { return nxmc::along(state, refine_.along); }

  const Estimate& place_of(const Transition& transition) const { return nxmc::place_of(transition, refine_); }
  std::string words_for(const Transition& transition) const { return words_for_place(transition, refine_, x_); }

  std::size_t placed() const { return line_.chains.size() - line_.of_campaign.size(); }
  bool may_place() const { return placed() < static_cast<std::size_t>(refine_.at_most); }

  PlacedPoint at(double place, std::uint64_t sweeps) const { return {line_.scan, line_.point, place, sweeps}; }

  /// The samples of the neighbours do not reach each other yet.
  Refinement halve(const std::optional<Transition>& transition) const {
    const double place = with_12_digits((points_[left_].place + points_[left_ + 1].place) / 2);
    if (width() > least_width() && may_place() && !line_.chains.contains(place))
      return with(fmt::format("{} = {:.6g}, between {:.6g} and {:.6g}", name(), place, points_[left_].place,
                              points_[left_ + 1].place),
                  {at(place, scan_.schedule.measured_sweeps)});
    if (may_place() && may_go_on(neighbours()))
      return go_on(fmt::format("{:.6g} to {:.6g}", points_[left_].place, points_[left_ + 1].place), neighbours());
    return ended(fmt::format("between {} = {:.6g} and {:.6g}, not closer: {}", name(), points_[left_].place,
                             points_[left_ + 1].place,
                             !may_place()                                ? "at_most points are placed"
                             : transition && !transition->remark.empty() ? transition->remark
                                                                         : "samples do not reach"));
  }

  /// Chains that are not converged go on; where they are, further samples come from longer chains first, and from
  /// points in between when these keep no more samples.
  Refinement look_closer(const Transition& transition, bool believed) const {
    constexpr std::uint64_t enough_lengthening = 4;
    const bool brief = points_[left_].measured_sweeps < enough_lengthening * scan_.schedule.measured_sweeps ||
                       points_[left_ + 1].measured_sweeps < enough_lengthening * scan_.schedule.measured_sweeps;
    const std::optional<double> place = place_between(place_of(transition).mean);
    const bool far =
        (width() > 4 * refine_.tolerance && distance_to_nearest(place_of(transition).mean) > width() / 4) ||
        !is_near_a_point(transition);
    if (place && (far || (believed && !brief)))
      return with(fmt::format("{} = {:.6g}, {}", name(), *place,
                              *place == rounded(place_of(transition).mean) ? "where the transition is expected"
                                                                           : "beside the transition"),
                  {at(*place, std::min(points_[left_].measured_sweeps, points_[left_ + 1].measured_sweeps))});
    const bool disagree = transition.r_hat > largest_r_hat;
    const std::vector<std::size_t> further = disagree ? briefest_of_window() : neighbours();
    if (may_go_on(further)) return go_on(words_for(transition), further);
    return ended(fmt::format("{} = {}, not closer: chains of {} sweeps are {}", name(), words_for(transition),
                             points_[further.front()].measured_sweeps, disagree ? "metastable" : "not long enough"));
  }

  double distance_to_nearest(double place) const {
    return std::min(std::abs(points_[left_].place - place), std::abs(points_[left_ + 1].place - place));
  }

  /// Where no point is yet: the place itself, or else the middle of its neighbours.
  std::optional<double> place_between(double place) const {
    if (!may_place()) return std::nullopt;
    const double middle = with_12_digits((points_[left_].place + points_[left_ + 1].place) / 2);
    for (const double candidate : {rounded(place), middle})
      if (!line_.chains.contains(candidate) && distance_to_nearest(candidate) >= refine_.tolerance / 2)
        return candidate;
    return std::nullopt;
  }

  bool may_go_on(const std::vector<std::size_t>& points) const {
    return std::ranges::all_of(points, [&](std::size_t k) {
      return 2 * points_[k].measured_sweeps <= most_lengthening * scan_.schedule.measured_sweeps;
    });
  }
  std::vector<std::size_t> neighbours() const { return {left_, left_ + 1}; }
  /// The points with the shortest chains of those whose samples are reweighted: by chance they disagree most.
  std::vector<std::size_t> briefest_of_window() const {
    std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
    for (std::size_t k = first_; k <= last_; ++k) least = std::min(least, points_[k].measured_sweeps);
    std::vector<std::size_t> briefest;
    for (std::size_t k = first_; k <= last_; ++k)
      if (points_[k].measured_sweeps == least) briefest.push_back(k);
    return briefest;
  }

  /// \param so_far  what is known of the place
  Refinement go_on(const std::string& so_far, const std::vector<std::size_t>& points) const {
    std::vector<PlacedPoint> next;
    std::string places;
    for (const std::size_t k : points) {
      next.push_back(at(points_[k].place, 2 * points_[k].measured_sweeps));
      places += fmt::format("{}{:.6g}", places.empty() ? "" : ", ", points_[k].place);
    }
    const std::string words = fmt::format("{} = {} so far; chains at {} go on to {} sweeps", name(), so_far, places,
                                          next.back().measured_sweeps);
    return with(words, std::move(next));
  }

  /// To the decimal of the tolerance: short numbers in tables.
  double rounded(double place) const {
    const double unit = std::pow(10, std::floor(std::log10(refine_.tolerance)));
    return with_12_digits(std::round(place / unit) * unit);
  }

  const Archive& archive_;
  const Scan& scan_;
  const Refine& refine_;
  const RefinedLine& line_;
  OrderParameter x_;
  std::vector<PointOnLine> points_;
  std::size_t threads_;
  std::size_t left_ = 0;   // of the bracket
  std::size_t first_ = 0;  // of the points whose samples are reweighted …
  std::size_t last_ = 0;   // … and the last one
};

}  // namespace

std::vector<Refinement> refine(const Archive& archive, const Campaign& campaign, std::span<const PlacedPoint> placed,
                               std::size_t threads) {
  const Plan plan = make_plan(campaign, placed);
  std::vector<Refinement> all;
  for (const RefinedLine& line : refined_lines(archive, campaign, plan)) {
    const LatticeSpec& lattice = campaign.scans[line.scan].points[line.point].physics.lattice;
    const Refine& sought = *campaign.scans[line.scan].refine;
    const OrderParameter x = sought.of.value_or(order_parameter_along(sought.along, lattice));
    std::optional<std::vector<PointOnLine>> points = points_of(line, std::string(to_string(x)));
    Refinement found =
        points ? LineRefiner(archive, campaign, line, x, std::move(*points), threads).decide()
               : Refinement{.where = {}, .words = "some chains have no results", .found = false, .next = {}};
    found.where = name_of(campaign, line);
    all.push_back(std::move(found));
  }
  return all;
}

}  // namespace nxmc
