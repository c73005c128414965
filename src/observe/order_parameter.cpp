#include "nxmc/observe/order_parameter.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "nxmc/observe/phases.hpp"

namespace nxmc {
namespace {

constexpr std::array all_order_parameters{OrderParameter::f_U, OrderParameter::f_C, OrderParameter::c};

}  // namespace

std::string_view to_string(OrderParameter parameter) {
  switch (parameter) {
    case OrderParameter::f_C:
      return "f_C";
    case OrderParameter::c:
      return "c";
    case OrderParameter::f_U:
      break;
  }
  return "f_U";
}

std::optional<OrderParameter> order_parameter_named(std::string_view word) {
  for (const OrderParameter parameter : all_order_parameters)
    if (to_string(parameter) == word) return parameter;
  return std::nullopt;
}

std::size_t column_of(OrderParameter parameter) {
  assert(parameter != OrderParameter::c);
  const auto columns = fraction_columns();
  return static_cast<std::size_t>(std::ranges::find(columns, to_string(parameter), &FractionColumn::name) -
                                  columns.begin());
}

std::vector<OrderParameter> order_parameters_of(int dimension, CoreComposition composition) {
  std::vector<OrderParameter> parameters{OrderParameter::f_U};
  if (dimension == 3) parameters.push_back(OrderParameter::f_C);
  if (composition == CoreComposition::fluctuating) parameters.push_back(OrderParameter::c);
  return parameters;
}

OrderParameter main_order_parameter(int dimension) {
  return dimension == 3 ? OrderParameter::f_C : OrderParameter::f_U;
}

}  // namespace nxmc
