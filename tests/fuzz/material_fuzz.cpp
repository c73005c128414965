// Material files, from text to the units of the model.
#include <algorithm>
#include <cmath>
#include <string>

#include "harness.hpp"
#include "nxmc/material/material.hpp"
#include "nxmc/material/model_units.hpp"

namespace {

using namespace nxmc;

void check(const PairProperties& pair) {
  for (const ModelUnits& units : {pair.cubic, pair.triangular}) {
    fuzz::require(std::isfinite(units.epsilon.value) && units.epsilon.value >= 0, "epsilon is an energy");
    fuzz::require(std::isfinite(units.k.value) && units.k.value > 0, "springs pull");
    fuzz::require(!units.J || std::isfinite(units.J->value), "J is an energy");
  }
}

/// Only what a terminal and a log can show.
void check_message(const MaterialError& error) {
  fuzz::require(!error.problems().empty(), "an error names its problems");
  const std::string text = error.what();
  const bool plain = std::none_of(text.begin(), text.end(), [](char c) {
    const auto code = static_cast<unsigned char>(c);
    return (code < 0x20 && c != '\n') || code == 0x7F;
  });
  fuzz::require(plain, "messages have no control characters");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const Material material = parse_material(std::string(fuzz::text_of({data, size})), "fuzzed.yaml");
    check(properties_of(material));
    hints(material);
  } catch (const MaterialError& error) {
    check_message(error);
  }
  return 0;
}
