#include "nxmc/phase/targets.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <functional>
#include <iterator>
#include <optional>
#include <string_view>

#include "nxmc/campaign/plan.hpp"
#include "nxmc/query/table.hpp"

namespace nxmc {

namespace {

constexpr std::size_t most_values = 10'000;
constexpr const char* remedy =
    "write for example 'shell_stiffness=10.82, temperature=[0.2, 0.21]' or "
    "'shell_stiffness=10:11:0.1'";

[[noreturn]] void refuse(const std::string& what) { throw QueryError(fmt::format("--at: {}; {}", what, remedy)); }

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

/// At separators that are not within brackets.
std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t k = 0; k <= text.size(); ++k) {
    if (k < text.size() && text[k] == '[') ++depth;
    if (k < text.size() && text[k] == ']') --depth;
    if (k < text.size() && (text[k] != separator || depth > 0)) continue;
    parts.push_back(trimmed(text.substr(begin, k - begin)));
    begin = k + 1;
  }
  return parts;
}

double number(std::string_view name, std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
    refuse(fmt::format("'{}' of {} is no number", text, name));
  return value;
}

/// from, from + step, … up to `to`, each the nearest short decimal: 10:11:0.1 has 10.3, not 10.299999999999999.
std::vector<double> range(std::string_view name, const std::vector<std::string_view>& parts) {
  const double from = number(name, parts[0]);
  const double to = number(name, parts[1]);
  const double step = number(name, parts[2]);
  constexpr double slack = 1e-9;
  const double steps = (to - from) / step;
  if (!(step != 0 && steps >= 0))
    refuse(fmt::format("the range {} of {} never reaches its end", fmt::join(parts, ":"), name));
  if (steps > most_values)
    refuse(fmt::format("the range {} of {} has more than {} values", fmt::join(parts, ":"), name, most_values));
  std::vector<double> values;
  const auto last = static_cast<std::size_t>(steps + slack);
  for (std::size_t k = 0; k <= last; ++k)
    values.push_back(std::stod(canonical_decimal(from + static_cast<double>(k) * step)));
  return values;
}

std::vector<std::string_view> words(std::string_view name, std::string_view text) {
  if (!text.starts_with('[')) return {text};
  if (!text.ends_with(']')) refuse(fmt::format("the list of {} has no ']'", name));
  return split(text.substr(1, text.size() - 2), ',');
}

std::vector<double> numbers(std::string_view name, std::string_view text) {
  const std::vector<std::string_view> parts = split(text, ':');
  if (parts.size() == 3) return range(name, parts);
  std::vector<double> values;
  for (const std::string_view word : words(name, text)) values.push_back(number(name, word));
  return values;
}

void require(bool condition, std::string_view name, std::string_view rule) {
  if (!condition) refuse(fmt::format("{} must be {}", name, rule));
}

std::vector<Hamiltonian> hamiltonians(std::string_view text) {
  std::vector<Hamiltonian> values;
  for (const std::string_view word : words("hamiltonian", text)) {
    if (word != "exact" && word != "published") refuse(fmt::format("'{}' is no Hamiltonian: exact or published", word));
    values.push_back(word == "exact" ? Hamiltonian::exact : Hamiltonian::published);
  }
  return values;
}

template <class T>
void assign(std::vector<T>& target, std::vector<T> values, std::string_view name) {
  if (!target.empty()) refuse(fmt::format("{} is given twice", name));
  target = std::move(values);
}

void read_numbers(Targets& targets, std::string_view name, std::string_view text) {
  const std::vector<double> values = numbers(name, text);
  const bool positive = std::ranges::all_of(values, [](double value) { return value > 0; });
  if (name == "shell_stiffness") {
    require(positive && std::ranges::max(values) <= 1e6 && std::ranges::min(values) >= 1e-6, name, "from 1e-6 to 1e6");
    assign(targets.shell_stiffness, values, name);
  } else if (name == "temperature") {
    require(positive, name, "positive");
    assign(targets.temperature, values, name);
  } else if (name == "elastic") {
    require(std::ranges::all_of(values, [](double value) { return value >= 0; }), name, "0 or positive");
    assign(targets.elastic, values, name);
  } else if (name == "delta_mu") {
    assign(targets.delta_mu, values, name);
  } else {
    assign(targets.ising, values, name);
  }
}

void read_item(Targets& targets, std::string_view item) {
  const std::size_t equals = item.find('=');
  if (equals == std::string_view::npos) refuse(fmt::format("'{}' is no 'parameter=value'", item));
  const std::string name(trimmed(item.substr(0, equals)));
  const std::string_view text = trimmed(item.substr(equals + 1));
  static const std::vector<std::string> names{"shell_stiffness", "temperature", "delta_mu",
                                              "elastic",         "ising",       "hamiltonian"};
  if (std::ranges::find(names, name) == names.end()) {
    const std::string nearest = nearest_word(name, names);
    refuse(fmt::format("configurations cannot be reweighted in '{}', but in {}{}", name, fmt::join(names, ", "),
                       nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest)));
  }
  if (text.empty()) refuse(fmt::format("{} has no value", name));
  if (name == "hamiltonian")
    assign(targets.hamiltonian, hamiltonians(text), name);
  else
    read_numbers(targets, name, text);
}

template <class T, class Set>
std::vector<SampledState> with_each(const std::vector<SampledState>& states, const std::vector<T>& values, Set set) {
  if (values.empty()) return states;
  std::vector<SampledState> all;
  for (const SampledState& state : states) {
    for (const T& value : values) {
      all.push_back(state);
      set(all.back(), value);
    }
  }
  return all;
}

}  // namespace

Targets parse_targets(const std::string& text) {
  Targets targets;
  if (trimmed(text).empty()) refuse("nothing is asked for");
  for (const std::string_view item : split(text, ',')) read_item(targets, item);
  return targets;
}

std::vector<SampledState> states_at(const Targets& targets, const SampleSet& samples) {
  if (samples.composition && !targets.delta_mu.empty()) return {};
  std::vector<SampledState> states;
  std::ranges::transform(samples.states, std::back_inserter(states), without_levelling);
  states = with_each(states, targets.shell_stiffness, [](SampledState& s, double value) { s.shell_stiffness = value; });
  states = with_each(states, targets.temperature, [](SampledState& s, double value) { s.temperature = value; });
  states = with_each(states, targets.delta_mu, [](SampledState& s, double value) { s.delta_mu = value; });
  states = with_each(states, targets.elastic, [](SampledState& s, double value) { s.interaction.elastic = value; });
  states = with_each(states, targets.ising, [](SampledState& s, double value) { s.interaction.ising = value; });
  states = with_each(states, targets.hamiltonian, [](SampledState& s, Hamiltonian value) { s.hamiltonian = value; });
  // Its flips follow no energy, by which samples could be weighed.
  if (!samples.composition)
    std::erase_if(states, [](const SampledState& state) { return state.hamiltonian == Hamiltonian::published; });
  std::ranges::sort(states);
  states.erase(std::unique(states.begin(), states.end()), states.end());
  return states;
}

}  // namespace nxmc
