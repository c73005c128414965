// The fractions of sites by which what is on both sides of a transition is told apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace nxmc {

enum class OrderParameter : std::uint8_t {
  f_U,  ///< in pure A or pure B: large where the core is unstructured
  f_C,  ///< in columns: large where a core in 3D has them
  c     ///< of A in the core, where it fluctuates: large where the reservoir favours A
};
/// The name of its column.
std::string_view to_string(OrderParameter parameter);
/// Nothing if none is called so.
std::optional<OrderParameter> order_parameter_named(std::string_view word);

/// Which of fraction_columns() it is. \pre it is a fraction of phases: not c
std::size_t column_of(OrderParameter parameter);

enum class CoreComposition : std::uint8_t { fixed, fluctuating };

/// Those that crystals of this dimension have: f_U, in 3D f_C, and where the composition fluctuates c.
std::vector<OrderParameter> order_parameters_of(int dimension, CoreComposition composition);
/// Of phases, the one that tells more: in 3D columns grow where U has long gone, and f_U is below 0.03 already where
/// f_C of a cube changes most.
OrderParameter main_order_parameter(int dimension);

}  // namespace nxmc
