#include "nxmc/campaign/line_axis.hpp"

#include "along.hpp"

namespace nxmc {

std::string_view to_string(LineAxis axis) { return to_string(key_of(axis)); }

std::optional<LineAxis> line_axis_named(std::string_view word) {
  for (const LineAxis axis : line_axes)
    if (word == to_string(axis)) return axis;
  return std::nullopt;
}

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
