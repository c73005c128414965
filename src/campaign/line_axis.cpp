#include "nxmc/campaign/line_axis.hpp"

#include "along.hpp"

namespace nxmc {

std::string_view to_string(LineAxis axis) { return axis == LineAxis::ising ? "ising" : to_string(key_of(axis)); }

std::optional<LineAxis> line_axis_named(std::string_view word) {
  for (const LineAxis axis : line_axes)
    if (word == to_string(axis)) return axis;
  return std::nullopt;
}

namespace {

/// \tparam P  Physics, or a constant one
template <class P>
auto& value_along(P& physics, LineAxis axis) {
  switch (axis) {
    case LineAxis::temperature:
      return physics.temperature;
    case LineAxis::delta_mu:
      return physics.delta_mu;
    case LineAxis::ising:
      return physics.interaction.ising;
    case LineAxis::shell_stiffness:
      break;
  }
  return physics.shell_stiffness;
}

}  // namespace

double& along(Physics& physics, LineAxis axis) { return value_along(physics, axis); }
double along(const Physics& physics, LineAxis axis) { return value_along(physics, axis); }

Physics line_of(Physics physics, LineAxis axis) {
  along(physics, axis) = 1;
  physics.start = Start::random;
  physics.exchange_every = 0;
  physics.ladder = {};
  return physics;
}

}  // namespace nxmc
