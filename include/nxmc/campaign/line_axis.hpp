// Axes along which states make up a line: points of a refined scan, the rungs of a ladder, what samples of both sides
// of a transition are reweighted to.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "nxmc/engine/parameters.hpp"

namespace nxmc {

/// `ising` is the strength of the Ising part beside an elastic one.
enum class LineAxis : std::uint8_t { shell_stiffness, temperature, delta_mu, ising };
inline constexpr std::array line_axes{LineAxis::shell_stiffness, LineAxis::temperature, LineAxis::delta_mu,
                                      LineAxis::ising};

std::string_view to_string(LineAxis axis);
/// Nothing if none is called so.
std::optional<LineAxis> line_axis_named(std::string_view word);

/// The value of the axis in a state.
double& along(Physics& physics, LineAxis axis);
double along(const Physics& physics, LineAxis axis);
/// What chains along an axis have in common: the state without its value there, without the start and without ladder.
Physics line_of(Physics physics, LineAxis axis);

}  // namespace nxmc
