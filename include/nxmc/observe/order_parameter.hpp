// The fractions of sites by which what is on both sides of a transition is told apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "nxmc/lattice/lattice.hpp"

namespace nxmc {

enum class OrderParameter : std::uint8_t {
  f_U,  ///< in pure A or pure B: large where the core is unstructured
  f_S,  ///< in the superlattice, of crystals in 2D
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

/// All that there are, in the order in which they are shown.
std::span<const OrderParameter> order_parameters();
/// Those that chains of a crystal are to agree in: f_U, in 3D f_C, of the bulk in 2D f_S, and where the composition
/// fluctuates c.
std::vector<OrderParameter> order_parameters_of(const LatticeSpec& lattice, CoreComposition composition);
/// Of phases, the one that tells more: in 3D columns grow where U has long gone, and f_U is below 0.03 already where
/// f_C of a cube changes most; in the bulk in 2D the superlattice does.
OrderParameter main_order_parameter(const LatticeSpec& lattice);

}  // namespace nxmc
