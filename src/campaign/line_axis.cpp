#include "line_axis.hpp"

#include "fields.hpp"
#include "nxmc/campaign/schema.hpp"

namespace nxmc {

AxisKey key_of(LineAxis axis) {
  return axis == LineAxis::temperature ? AxisKey::temperature : AxisKey::shell_stiffness;
}

std::optional<LineAxis> read_along(const YamlNode& map, Problems& problems) {
  const Entry along = find_entry(map, "along");
  if (!along) {
    problems.add(map.place, map.path, "lacks 'along' (the axis: shell_stiffness or temperature)");
    return std::nullopt;
  }
  const auto word = read_word(*along.value, words_of_key("along"), problems);
  for (const LineAxis axis : {LineAxis::shell_stiffness, LineAxis::temperature})
    if (word == to_string(axis)) return axis;
  return std::nullopt;
}

std::string_view to_string(LineAxis axis) { return axis == LineAxis::temperature ? "temperature" : "shell_stiffness"; }

double& along(Physics& physics, LineAxis axis) {
  return axis == LineAxis::temperature ? physics.temperature : physics.shell_stiffness;
}

double along(const Physics& physics, LineAxis axis) {
  return axis == LineAxis::temperature ? physics.temperature : physics.shell_stiffness;
}

Physics line_of(Physics physics, LineAxis axis) {
  along(physics, axis) = 1;
  physics.start = Start::random;
  physics.exchange_every = 0;
  physics.ladder = {};
  return physics;
}

}  // namespace nxmc
