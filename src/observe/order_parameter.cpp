#include "nxmc/observe/order_parameter.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "nxmc/observe/phases.hpp"

namespace nxmc {
namespace {

constexpr std::array all_order_parameters{OrderParameter::f_U, OrderParameter::f_S, OrderParameter::f_C,
                                          OrderParameter::c};

bool is_flat_bulk(const LatticeSpec& lattice) { return lattice.periodic() && dimension_of(lattice) == 2; }

}  // namespace

std::string_view to_string(OrderParameter parameter) {
  switch (parameter) {
    case OrderParameter::f_S:
      return "f_S";
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

std::span<const OrderParameter> order_parameters() { return all_order_parameters; }

std::vector<OrderParameter> order_parameters_of(const LatticeSpec& lattice, CoreComposition composition) {
  std::vector<OrderParameter> parameters{OrderParameter::f_U};
  if (is_flat_bulk(lattice)) parameters.push_back(OrderParameter::f_S);
  if (dimension_of(lattice) == 3) parameters.push_back(OrderParameter::f_C);
  if (composition == CoreComposition::fluctuating) parameters.push_back(OrderParameter::c);
  return parameters;
}

OrderParameter main_order_parameter(const LatticeSpec& lattice) {
  if (is_flat_bulk(lattice)) return OrderParameter::f_S;
  return dimension_of(lattice) == 3 ? OrderParameter::f_C : OrderParameter::f_U;
}

}  // namespace nxmc
