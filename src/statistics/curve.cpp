#include "nxmc/statistics/curve.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

namespace nxmc {
namespace {

using Function = std::function<double(double)>;

constexpr int sections = 34;  // to 10^-7

bool is_higher(double value, double than) { return value > than || std::isnan(than); }

/// Index of the largest value; NaN are passed over.
std::optional<std::size_t> highest(std::span<const double> values) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isnan(values[i]) && (!best || values[i] > values[*best])) best = i;
  return best;
}

/// Narrows [low, high] about the larger values of a function that has one maximum there.
Maximum golden_sections(const Function& f, double low, double high) {
  const double golden = (std::sqrt(5.0) - 1) / 2;
  double left = high - golden * (high - low);
  double right = low + golden * (high - low);
  double at_left = f(left);
  double at_right = f(right);
  for (int section = 0; section < sections; ++section) {
    if (is_higher(at_left, at_right)) {
      high = right;
      right = left;
      at_right = at_left;
      left = high - golden * (high - low);
      at_left = f(left);
    } else {
      low = left;
      left = right;
      at_left = at_right;
      right = low + golden * (high - low);
      at_right = f(right);
    }
  }
  return is_higher(at_left, at_right) ? Maximum{left, at_left, false} : Maximum{right, at_right, false};
}

}  // namespace

std::optional<Maximum> maximum(const Function& f, double low, double high, std::size_t points) {
  assert(low < high && points >= 3);
  std::vector<double> places;
  std::vector<double> values;
  for (std::size_t i = 0; i < points; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(points - 1);
    places.push_back(i + 1 == points ? high : low + share * (high - low));
    values.push_back(f(places.back()));
  }
  const std::optional<std::size_t> best = highest(values);
  if (!best) return std::nullopt;

  const std::size_t left = *best == 0 ? 0 : *best - 1;
  const std::size_t right = std::min(*best + 1, points - 1);
  Maximum refined = golden_sections(f, places[left], places[right]);
  if (!is_higher(refined.height, values[*best])) refined = {places[*best], values[*best], false};
  refined.at_end = std::min(refined.place - low, high - refined.place) <= 1e-6 * (high - low);
  return refined;
}

std::optional<double> root(const Function& f, double low, double high) {
  assert(low < high);
  const double precision = 1e-12 * (high - low);
  double at_low = f(low);
  double at_high = f(high);
  if (at_low == 0) return low;
  if (at_high == 0) return high;
  if (std::isnan(at_low) || std::isnan(at_high) || (at_low < 0) == (at_high < 0)) return std::nullopt;

  int moved_low = 0;  // 1: the last step moved the lower end, -1: the upper one
  for (int step = 1; high - low > precision; ++step) {
    const double chord = low - at_low * (high - low) / (at_high - at_low);
    const bool usable = step % 4 != 0 && chord > low && chord < high;
    const double x = usable ? chord : low + (high - low) / 2;
    if (!(x > low && x < high)) break;  // neighbouring numbers
    const double value = f(x);
    if (std::isnan(value)) return std::nullopt;
    if (value == 0) return x;
    const bool moves_low = (value < 0) == (at_low < 0);
    (moves_low ? low : high) = x;
    (moves_low ? at_low : at_high) = value;
    // Illinois: the value of an end that stays twice counts half, so that both ends move.
    if (moves_low && moved_low == 1) at_high /= 2;
    if (!moves_low && moved_low == -1) at_low /= 2;
    moved_low = moves_low ? 1 : -1;
  }
  return low + (high - low) / 2;
}

}  // namespace nxmc
