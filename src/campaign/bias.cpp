#include "bias.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "bounds.hpp"
#include "fields.hpp"
#include "ladder.hpp"
#include "nxmc/campaign/plan.hpp"
#include "nxmc/campaign/schema.hpp"
#include "nxmc/engine/window_weights.hpp"
#include "nxmc/yaml/numbers.hpp"
#include "points.hpp"

namespace nxmc {
namespace {

/// Chains cross a window sooner than configurations wander through as many narrow ones by exchanges: cores of 721 sites
/// made 76 round trips through 3 windows, and 9 through 15, in as many sweeps of each.
constexpr double sites_per_step = 64;
constexpr double fewest_windows = 2;
constexpr double most_windows = 16;

double read_end(const YamlNode& node, std::string_view key, double otherwise, Problems& problems) {
  const Entry end = find_entry(node, key);
  return end ? read_number(*end.value, fraction_bounds, problems).value_or(otherwise) : otherwise;
}

std::size_t sites_of(const ScanBias& bias, Physics physics) {
  physics.window = Window{.along = bias.along, .from = bias.from, .to = bias.to};
  return sites_of_window(physics);
}

/// They overlap by half, so that the step from one to the next is half of a window, and has a site at least.
int number_of_windows(const ScanBias& bias, std::size_t sites) {
  const double span = (bias.to - bias.from) * static_cast<double>(sites);
  const double most = std::max(fewest_windows, std::floor(span) - 1);
  const double wanted =
      bias.windows > 0 ? bias.windows : std::clamp(std::round(span / sites_per_step) - 1, fewest_windows, most_windows);
  return static_cast<int>(std::min(wanted, most));
}

std::vector<Window> windows_of(const ScanBias& bias, std::size_t sites) {
  const int count = number_of_windows(bias, sites);
  const auto edge = [&](int k) { return round_to_12_digits(bias.from + (bias.to - bias.from) * k / (count + 1)); };
  std::vector<Window> windows;
  windows.reserve(static_cast<std::size_t>(count));
  for (int k = 0; k < count; ++k)
    windows.push_back({.along = bias.along, .from = edge(k), .to = k + 1 == count ? bias.to : edge(k + 2)});
  return windows;
}

bool has_no_interior(const LatticeSpec& spec) {
  try {
    return count_inner_core_sites(spec) == 0;
  } catch (const std::invalid_argument&) {
    return false;  // what is no crystal is refused for that
  }
}

bool any_without_interior(const ScanBias& bias, const Grid& grid) {
  bool any = false;
  constexpr std::array keys{AxisKey::lattice, AxisKey::size};
  if (bias.along != OrderParameter::f_U || !grid.is_sound(keys)) return false;
  for_each_combination(grid, keys, [&](const Selection& selection) {
    const auto& edges = std::get<Edges>(selected(selection, AxisKey::size)->value);
    const auto& word = std::get<std::string>(selected(selection, AxisKey::lattice)->value);
    if (!takes_sizes(word, Boundary::free, edges.given)) return;  // of the bulk all sites are inner ones
    any = any || has_no_interior(lattice_of(word, edges, 1, {}));
  });
  return any;
}

}  // namespace

std::optional<ScanBias> read_bias(const YamlNode& node, Problems& problems) {
  if (!expect_map(node, "a mapping with 'along': {along: f_U}", problems)) return std::nullopt;
  const std::size_t before = problems.count();
  refuse_unknown_keys(node, keys_of_section("bias"), problems);
  ScanBias bias;
  if (const Entry along = find_entry(node, "along"))
    bias.along = order_parameter_named(read_word(*along.value, words_of_key("bias.along"), problems).value_or(""))
                     .value_or(bias.along);
  else
    problems.add(node.place, node.path, "lacks 'along' (what is levelled: f_U, or c with 'ensemble: semigrand')");
  bias.from = read_end(node, "from", 0, problems);
  bias.to = read_end(node, "to", bias.along == OrderParameter::c ? 1 : highest_f_u, problems);
  if (const Entry windows = find_entry(node, "windows"))
    bias.windows =
        static_cast<int>(read_count_or_word(*windows.value, windows_bounds, "windows", problems).value_or(0));
  if (const Entry every = find_entry(node, "exchange_every"))
    bias.exchange_every =
        read_count_or_word(*every.value, positive_count_bounds, "exchange_every", problems).value_or(0);
  if (problems.count() == before && !(bias.from < bias.to))
    problems.add(node.place, node.path,
                 fmt::format("from {} to {} there is nothing: 'from' must be below 'to'", canonical_decimal(bias.from),
                             canonical_decimal(bias.to)));
  return problems.count() > before ? std::nullopt : std::optional(bias);
}

void check_bias(const YamlNode& node, const Scan& scan, Ensemble ensemble, const Grid& grid, Problems& problems) {
  const auto add = [&](std::string message) {
    if (!message.empty()) problems.add(node.place, node.path, std::move(message));
  };
  if (scan.until || scan.refine || scan.ladder)
    add(
        fmt::format("a scan has 'bias' or '{}': windows exchange configurations as a ladder of their own, and go on "
                    "together, for longer with more measured_sweeps",
                    scan.until    ? "until"
                    : scan.refine ? "refine"
                                  : "ladder"));
  if (scan.bias->along == OrderParameter::c && ensemble != Ensemble::semigrand)
    add("the composition is fixed: c is levelled with 'ensemble: semigrand' only");
  if (scan.bias->along == OrderParameter::f_U && ensemble == Ensemble::semigrand)
    add("f_U is levelled at a fixed composition; where that fluctuates, level it: 'along: c'");
  if (scan.schedule.equilibration_sweeps == 0) add("weights are learnt in 'equilibration_sweeps', and there are none");
  if (scan.schedule.samples.at_most == 0)
    add("answers come from the samples of chains, which 'samples: none' does not keep: their averages are those of the "
        "levelled distribution");
  if (any_without_interior(*scan.bias, grid)) add("cores so small have no interior, and so no f_U");
  const std::uint64_t sweeps = scan.schedule.equilibration_sweeps + scan.schedule.measured_sweeps;
  if (scan.bias->exchange_every >= sweeps)
    add(fmt::format("exchanges after every {} sweeps of {} are none", scan.bias->exchange_every, sweeps));
}

void open_windows(const ScanBias& bias, std::vector<Point>& points) {
  std::vector<Point> all;
  for (const Point& point : points) {
    for (const Window& window : windows_of(bias, sites_of(bias, point.physics))) {
      all.push_back(point);
      all.back().physics.window = window;
    }
  }
  points = std::move(all);
  name_ladders(points, bias.exchange_every, [](Physics physics) {
    physics.window.reset();
    return physics;
  });
}

}  // namespace nxmc
