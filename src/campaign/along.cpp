#include "along.hpp"

#include <fmt/format.h>

#include "fields.hpp"
#include "nxmc/campaign/schema.hpp"

namespace nxmc {

AxisKey key_of(LineAxis axis) {
  switch (axis) {
    case LineAxis::temperature:
      return AxisKey::temperature;
    case LineAxis::delta_mu:
      return AxisKey::delta_mu;
    case LineAxis::shell_stiffness:
      break;
  }
  return AxisKey::shell_stiffness;
}

std::string why_no_line(LineAxis axis, Ensemble ensemble, const Grid& grid, std::string_view what) {
  const Axis* const values = grid.find(key_of(axis));
  if (values != nullptr && (!values->sound || values->values.size() >= 2)) return "";
  if (values == nullptr && axis == LineAxis::delta_mu) {
    if (ensemble == Ensemble::semigrand) return "";  // it needs one in any case
    return fmt::format(
        "'delta_mu' is no axis at a fixed composition; add 'ensemble: semigrand', and two values of it, {}", what);
  }
  return fmt::format("'{}' needs two values at least, {}", to_string(axis), what);
}

std::optional<LineAxis> read_along(const YamlNode& map, Problems& problems) {
  const Entry along = find_entry(map, "along");
  if (!along) {
    problems.add(map.place, map.path, "lacks 'along' (the axis: shell_stiffness, temperature or delta_mu)");
    return std::nullopt;
  }
  const auto word = read_word(*along.value, words_of_key("along"), problems);
  return word ? line_axis_named(*word) : std::nullopt;
}

}  // namespace nxmc
