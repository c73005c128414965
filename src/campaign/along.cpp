#include "along.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "fields.hpp"
#include "nxmc/campaign/schema.hpp"

namespace nxmc {

AxisKey key_of(LineAxis axis) {
  switch (axis) {
    case LineAxis::temperature:
      return AxisKey::temperature;
    case LineAxis::delta_mu:
      return AxisKey::delta_mu;
    case LineAxis::ising:
      return AxisKey::interaction;
    case LineAxis::shell_stiffness:
      break;
  }
  return AxisKey::shell_stiffness;
}

namespace {

/// Of bonds alone a stronger interaction is a lower temperature.
std::string why_no_line_of_bonds(const Axis* interactions, std::string_view what) {
  const auto elastic = [](const AxisValue& value) { return std::get<Interaction>(value.value).elastic; };
  if (interactions == nullptr || interactions->values.size() < 2)
    return fmt::format(
        "'ising' needs two values at least, {}: interaction: [{{elastic: 1, ising: 0}}, {{elastic: 1, ising: 0.3}}]",
        what);
  if (!interactions->sound) return "";
  if (std::ranges::any_of(interactions->values, [&](const AxisValue& value) { return elastic(value) == 0; }))
    return "'ising' is the strength of bonds beside an elastic energy: without that vary the temperature";
  if (std::ranges::any_of(interactions->values,
                          [&](const AxisValue& value) { return elastic(value) != elastic(interactions->values[0]); }))
    return "the interactions differ in 'elastic', too: along 'ising' they differ in that alone";
  return "";
}

}  // namespace

std::string why_no_line(LineAxis axis, Ensemble ensemble, const Grid& grid, std::string_view what) {
  const Axis* const values = grid.find(key_of(axis));
  if (axis == LineAxis::ising) return why_no_line_of_bonds(values, what);
  if (values != nullptr && (!values->sound || values->values.size() >= 2)) return "";
  if (values == nullptr && axis == LineAxis::delta_mu) {
    if (ensemble == Ensemble::semigrand) return "";  // it needs one in any case
    return fmt::format(
        "'delta_mu' is no axis at a fixed composition; add 'ensemble: semigrand', and two values of it, {}", what);
  }
  return fmt::format("'{}' needs two values at least, {}", to_string(axis), what);
}

namespace {

Entry find_along(const YamlNode& map, Problems& problems) {
  const Entry along = find_entry(map, "along");
  if (!along)
    problems.add(map.place, map.path, "lacks 'along' (the axis: shell_stiffness, temperature, delta_mu or ising)");
  return along;
}

std::optional<LineAxis> read_axis(const YamlNode& node, Problems& problems) {
  const auto word = read_word(node, words_of_key("along"), problems);
  return word ? line_axis_named(*word) : std::nullopt;
}

}  // namespace

std::optional<LineAxis> read_along(const YamlNode& map, Problems& problems) {
  const Entry along = find_along(map, problems);
  return along ? read_axis(*along.value, problems) : std::nullopt;
}

std::vector<LineAxis> read_one_or_two_along(const YamlNode& map, Problems& problems) {
  const Entry along = find_along(map, problems);
  if (!along) return {};
  std::vector<LineAxis> axes;
  const auto add = [&](const YamlNode& node) {
    if (const auto axis = read_axis(node, problems)) axes.push_back(*axis);
  };
  if (!along.value->is_list()) {
    add(*along.value);
    return axes;
  }
  for (const auto& item : along.value->items) add(*item);
  std::ranges::sort(axes);
  if (along.value->items.size() != 2 || (axes.size() == 2 && axes.front() == axes.back())) {
    problems.add(along.value->place, along.value->path, "a ladder is along one axis, or two that differ");
    return {};
  }
  return axes.size() == 2 ? axes : std::vector<LineAxis>();
}

}  // namespace nxmc
