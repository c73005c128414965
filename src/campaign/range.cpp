// {from, to, step} and {from, to, points, scale}.
#include "range.hpp"

#include <fmt/format.h>

#include <cassert>
#include <cmath>
#include <optional>
#include <string>

#include "bounds.hpp"
#include "fields.hpp"
#include "nxmc/arithmetic/exp_log.hpp"
#include "nxmc/campaign/plan.hpp"
#include "nxmc/campaign/schema.hpp"

namespace nxmc {
namespace {

struct Ends {
  double from;
  double to;
};

void add(const YamlNode& node, const std::string& message, Problems& problems) {
  problems.add(node.place, node.path, message);
}

std::optional<Ends> read_ends(const YamlNode& map, const NumberRule& rule, Problems& problems) {
  const Entry from = find_entry(map, "from");
  const Entry to = find_entry(map, "to");
  if (!from || !to) {
    add(map, fmt::format("a range needs '{}'", from ? "to" : "from"), problems);
    return std::nullopt;
  }
  const auto low = read_unrounded(*from.value, rule, problems);
  const auto high = read_unrounded(*to.value, rule, problems);
  if (!low || !high) return std::nullopt;
  return Ends{*low, *high};
}

std::optional<std::size_t> count_steps(const YamlNode& step_node, const Ends& ends, double step, Problems& problems) {
  constexpr double tolerance = 1e-9;  // of a step
  const auto text = [](double value) { return canonical_decimal(value); };
  if (step == 0) {
    add(step_node, "a step of 0 never arrives", problems);
    return std::nullopt;
  }
  const double steps = (ends.to - ends.from) / step;
  if (steps < 0) {
    add(step_node, fmt::format("leads away from 'to'; use {}", text(-step)), problems);
    return std::nullopt;
  }
  if (steps + 1 > most_values_of_an_axis) {
    add(step_node, fmt::format("makes {:.4g} values; at most {}", steps + 1, most_values_of_an_axis), problems);
    return std::nullopt;
  }
  const double nearest = std::round(steps);
  if (std::abs(steps - nearest) > tolerance) {
    const double below = ends.from + std::floor(steps) * step;
    const double above = ends.from + std::ceil(steps) * step;
    add(step_node,
        fmt::format(
            "does not divide the range from {} to {}: it leads to {} and then to {}; change 'step', or set 'to' to "
            "one of them",
            text(ends.from), text(ends.to), text(below), text(above)),
        problems);
    return std::nullopt;
  }
  return static_cast<std::size_t>(nearest);
}

std::vector<double> read_steps(const YamlNode& map, const Ends& ends, const YamlNode& step_node, bool fraction,
                               Problems& problems) {
  if (const Entry scale = find_entry(map, "scale")) {
    add(*scale.value, "'scale' goes with 'points', not with 'step'", problems);
    return {};
  }
  const auto step = read_unrounded(step_node, {.allowed = "a number", .fraction = fraction}, problems);
  if (!step) return {};
  const auto steps = count_steps(step_node, ends, *step, problems);
  if (!steps) return {};
  std::vector<double> values;
  for (std::size_t k = 0; k < *steps; ++k) values.push_back(ends.from + static_cast<double>(k) * *step);
  values.push_back(ends.to);
  return values;
}

/// Logarithms by portable functions: the last bit of a value must not depend on the machine that planned the campaign.
double between(const Ends& ends, double fraction, bool logarithmic) {
  if (!logarithmic) return ends.from + (ends.to - ends.from) * fraction;
  const double from = portable_log(ends.from);
  const double to = portable_log(ends.to);
  return portable_exp(from + (to - from) * fraction);
}

std::optional<bool> read_scale(const YamlNode& map, const Ends& ends, Problems& problems) {
  const Entry scale = find_entry(map, "scale");
  if (!scale) return false;
  const auto word = read_word(*scale.value, words_of_key("scale"), problems);
  if (!word) return std::nullopt;
  const bool logarithmic = *word == "log";
  if (logarithmic && (ends.from <= 0 || ends.to <= 0)) {
    add(*scale.value, "a logarithmic range needs both ends above 0", problems);
    return std::nullopt;
  }
  return logarithmic;
}

std::vector<double> read_points(const YamlNode& map, const Ends& ends, const YamlNode& points_node,
                                Problems& problems) {
  const auto points = read_count(points_node, points_bounds, problems);
  const auto logarithmic = read_scale(map, ends, problems);
  if (!points || !logarithmic) return {};
  const bool single = ends.from == ends.to;
  if (single != (*points == 1)) {
    add(points_node,
        single ? "'from' equals 'to': that is 1 point" : "1 point cannot be both 'from' and 'to'; use 2 or more",
        problems);
    return {};
  }
  std::vector<double> values{ends.from};
  for (std::uint64_t k = 1; k + 1 < *points; ++k) {
    values.push_back(between(ends, static_cast<double>(k) / static_cast<double>(*points - 1), *logarithmic));
  }
  if (!single) values.push_back(ends.to);
  return values;
}

std::vector<double> read_values(const YamlNode& map, const Ends& ends, bool fraction, Problems& problems) {
  const Entry step = find_entry(map, "step");
  const Entry points = find_entry(map, "points");
  if (bool(step) == bool(points)) {
    add(map, step ? "a range has either 'step' or 'points', not both" : "a range needs 'step' or 'points'", problems);
    return {};
  }
  return step ? read_steps(map, ends, *step.value, fraction, problems)
              : read_points(map, ends, *points.value, problems);
}

bool are_allowed(const YamlNode& map, const std::vector<double>& values, const NumberRule& rule, Problems& problems) {
  for (std::size_t k = 0; k < values.size(); ++k) {
    if (!rule.admits(values[k])) {
      add(map, fmt::format("the range contains {}, which must be {}", canonical_decimal(values[k]), rule.allowed),
          problems);
      return false;
    }
    if (k > 0 && values[k] == values[k - 1]) {
      add(map, "neighbouring values agree in 12 significant digits; use fewer", problems);
      return false;
    }
  }
  return true;
}

}  // namespace

std::vector<double> read_range(const YamlNode& map, const NumberRule& rule, Problems& problems) {
  assert(map.is_map());
  refuse_unknown_keys(map, keys_of_section("range"), problems);
  const auto ends = read_ends(map, rule, problems);
  if (!ends) return {};
  std::vector<double> values = read_values(map, *ends, rule.fraction, problems);
  for (double& value : values) value = round_to_12_digits(value);
  return are_allowed(map, values, rule, problems) ? values : std::vector<double>{};
}

}  // namespace nxmc
