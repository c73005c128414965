// The fractions of sites by which phases on both sides of a transition are told apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace nxmc {

enum class OrderParameter : std::uint8_t {
  f_U,  ///< in pure A or pure B: large where the core is unstructured
  f_C   ///< in columns: large where a core in 3D has them
};
/// The name of its column.
std::string_view to_string(OrderParameter parameter);
/// Nothing if none is called so.
std::optional<OrderParameter> order_parameter_named(std::string_view word);

/// Which of fraction_columns() it is.
std::size_t column_of(OrderParameter parameter);

/// Those that crystals of this dimension have; the last one tells more. In 3D columns grow where U has long gone:
/// f_U is below 0.03 already where f_C of a cube changes most.
std::span<const OrderParameter> order_parameters_of(int dimension);
/// The one that tells more.
OrderParameter main_order_parameter(int dimension);

}  // namespace nxmc
