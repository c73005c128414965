#include "nxmc/observe/order_parameter.hpp"

#include <algorithm>
#include <array>

#include "nxmc/observe/phases.hpp"

namespace nxmc {
namespace {

constexpr std::array all_order_parameters{OrderParameter::f_U, OrderParameter::f_C};

}  // namespace

std::string_view to_string(OrderParameter parameter) { return parameter == OrderParameter::f_C ? "f_C" : "f_U"; }

std::optional<OrderParameter> order_parameter_named(std::string_view word) {
  for (const OrderParameter parameter : all_order_parameters)
    if (to_string(parameter) == word) return parameter;
  return std::nullopt;
}

std::size_t column_of(OrderParameter parameter) {
  const auto columns = fraction_columns();
  return static_cast<std::size_t>(std::ranges::find(columns, to_string(parameter), &FractionColumn::name) -
                                  columns.begin());
}

std::span<const OrderParameter> order_parameters_of(int dimension) {
  const std::size_t count = dimension == 3 ? 2 : 1;
  return std::span(all_order_parameters).first(count);
}

OrderParameter main_order_parameter(int dimension) { return order_parameters_of(dimension).back(); }

}  // namespace nxmc
