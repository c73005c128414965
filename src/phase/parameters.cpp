#include "nxmc/phase/parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "nxmc/campaign/plan.hpp"
#include "nxmc/lattice/lattice.hpp"

namespace nxmc {

const std::vector<std::string>& parameters_of_points() {
  static const std::vector<std::string> names{"lattice",     "size",        "shell_layers", "shell_stiffness",
                                              "temperature", "composition", "delta_mu",     "interaction",
                                              "hamiltonian", "bias",        "window_from",  "window_to"};
  return names;
}

std::vector<std::string> words_of_parameters(const Physics& physics) {
  return {lattice_word(physics.lattice),
          size_word(physics.lattice),
          fmt::format("{}", physics.lattice.shell_layers),
          canonical_decimal(physics.shell_stiffness),
          canonical_decimal(physics.temperature),
          is_semigrand(physics) ? "" : canonical_decimal(physics.composition),
          is_semigrand(physics) ? canonical_decimal(physics.delta_mu) : "",
          to_string(physics.interaction),
          std::string(to_string(physics.hamiltonian)),
          physics.window ? std::string(to_string(physics.window->along)) : "",
          physics.window ? canonical_decimal(physics.window->from) : "",
          physics.window ? canonical_decimal(physics.window->to) : ""};
}

namespace {

bool has(const std::vector<std::string>& words, const char* parameter) {
  const auto place = std::ranges::find(parameters_of_points(), parameter) - parameters_of_points().begin();
  return !words[static_cast<std::size_t>(place)].empty();
}

}  // namespace

bool has_reservoir(const std::vector<std::string>& words) { return has(words, "delta_mu"); }
bool has_window(const std::vector<std::string>& words) { return has(words, "bias"); }

std::vector<std::size_t> differing_parameters(const std::vector<std::vector<std::string>>& points) {
  std::vector<std::size_t> several;
  for (std::size_t k = 0; k < parameters_of_points().size(); ++k)
    if (std::ranges::any_of(points, [&](const auto& point) { return point[k] != points.front()[k]; }))
      several.push_back(k);
  return several;
}

std::vector<std::size_t> parameters_but(const std::string& name) {
  std::vector<std::size_t> others;
  for (std::size_t k = 0; k < parameters_of_points().size(); ++k)
    if (parameters_of_points()[k] != name) others.push_back(k);
  assert(others.size() + 1 == parameters_of_points().size());
  return others;
}

std::string condition_on(const std::vector<std::size_t>& chosen, const std::vector<std::string>& words) {
  std::string condition;
  for (const std::size_t k : chosen) {
    if (words[k].empty()) continue;
    condition += fmt::format("{}{} == {}", condition.empty() ? "" : " and ", parameters_of_points()[k], words[k]);
  }
  return condition;
}

}  // namespace nxmc
