#include "line_axis.hpp"

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

std::string about_missing_axis(LineAxis axis, Ensemble ensemble, std::string_view what) {
  if (axis != LineAxis::delta_mu) return fmt::format("'{}' needs two values at least, {}", to_string(axis), what);
  if (ensemble == Ensemble::semigrand) return "";  // it needs one in any case
  return fmt::format(
      "'delta_mu' is no axis at a fixed composition; add 'ensemble: semigrand', and two values of it, {}", what);
}

std::optional<LineAxis> read_along(const YamlNode& map, Problems& problems) {
  const Entry along = find_entry(map, "along");
  if (!along) {
    problems.add(map.place, map.path, "lacks 'along' (the axis: shell_stiffness, temperature or delta_mu)");
    return std::nullopt;
  }
  const auto word = read_word(*along.value, words_of_key("along"), problems);
  for (const LineAxis axis : {LineAxis::shell_stiffness, LineAxis::temperature, LineAxis::delta_mu})
    if (word == to_string(axis)) return axis;
  return std::nullopt;
}

std::string_view to_string(LineAxis axis) { return to_string(key_of(axis)); }

namespace {

double Physics::*parameter_of(LineAxis axis) {
  switch (axis) {
    case LineAxis::temperature:
      return &Physics::temperature;
    case LineAxis::delta_mu:
      return &Physics::delta_mu;
    case LineAxis::shell_stiffness:
      break;
  }
  return &Physics::shell_stiffness;
}

}  // namespace

double& along(Physics& physics, LineAxis axis) { return physics.*parameter_of(axis); }
double along(const Physics& physics, LineAxis axis) { return physics.*parameter_of(axis); }

Physics line_of(Physics physics, LineAxis axis) {
  along(physics, axis) = 1;
  physics.start = Start::random;
  physics.exchange_every = 0;
  physics.ladder = {};
  return physics;
}

}  // namespace nxmc
