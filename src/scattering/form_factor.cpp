#include "nxmc/scattering/form_factor.hpp"

#include <fmt/format.h>
#include <xraylib.h>

#include <cassert>
#include <memory>
#include <numbers>
#include <stdexcept>

namespace nxmc {
namespace {

constexpr int last_element = 98;  // Cf: xraylib knows no form factors beyond

/// Calls one of xraylib's functions. \throws std::invalid_argument  with its reason
template <class Function, class... Arguments>
double value_of(int atomic_number, const char* what, Function function, Arguments... arguments) {
  xrl_error* error = nullptr;
  const double value = function(atomic_number, arguments..., &error);
  if (error == nullptr) return value;
  const std::unique_ptr<xrl_error, decltype(&xrl_error_free)> owner(error, xrl_error_free);
  throw std::invalid_argument(fmt::format("{} of {} is not tabulated there (xraylib: {})", what,
                                          element_symbol(atomic_number), error->message));
}

}  // namespace

int atomic_number(std::string_view symbol) {
  const int number = SymbolToAtomicNumber(std::string(symbol).c_str(), nullptr);
  return number <= last_element ? number : 0;
}

std::string element_symbol(int atomic_number) {
  assert(atomic_number >= 1 && atomic_number <= last_element);
  const std::unique_ptr<char, decltype(&xrlFree)> symbol(AtomicNumberToSymbol(atomic_number, nullptr), xrlFree);
  return symbol.get();
}

double form_factor(int atomic_number, double q) {
  constexpr double first_tabulated = 1e-6;  // xraylib knows 0 and what is beyond this, where f0 is that of 0
  const double s = q / (4 * std::numbers::pi);
  return value_of(atomic_number, "the form factor", FF_Rayl, s < first_tabulated ? 0.0 : s);
}

std::complex<double> anomalous_part(int atomic_number, double wavelength) {
  constexpr double hc = 12.398419843320026;  // keV angstrom
  const double energy = hc / wavelength;
  // xraylib gives f'' with the sign of the convention exp(+i k r).
  return {value_of(atomic_number, "f'", Fi, energy), -value_of(atomic_number, "f''", Fii, energy)};
}

}  // namespace nxmc
