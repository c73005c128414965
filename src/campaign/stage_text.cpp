#include "nxmc/campaign/stage_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "nxmc/yaml/numbers.hpp"

namespace nxmc {
namespace {

constexpr std::string_view last = "then";
constexpr std::string_view others = "until ";
constexpr std::string_view no_exchange = "exchange off";
constexpr std::string_view between_stages = " | ";

struct Number {
  std::string_view name;
  std::optional<double> ExchangeStage::*member;
};
constexpr std::array<Number, 4> numbers{{{"temperature ", &ExchangeStage::temperature},
                                         {"delta_mu ", &ExchangeStage::delta_mu},
                                         {"rates.exchange ", &ExchangeStage::exchange_rate},
                                         {"rates.diffusion ", &ExchangeStage::diffusion_rate}}};

std::string to_string(const ExchangeStage& stage) {
  std::vector<std::string> words;
  if (!stage.exchange) words.emplace_back(no_exchange);
  for (const Number& number : numbers)
    if (const auto& value = stage.*number.member)
      words.push_back(fmt::format("{}{}", number.name, canonical_decimal(*value)));
  std::string text = stage.until == ExchangeStage().until ? std::string(last)
                                                          : fmt::format("{}{}", others, canonical_decimal(stage.until));
  if (!words.empty()) text += fmt::format(": {}", fmt::join(words, ", "));
  return text;
}

/// Cuts the text behind the first separator, and gives what stood before it.
std::string_view take(std::string_view& text, std::string_view separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + separator.size(), text.size()));
  return part;
}

std::optional<double> read_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool read = error == std::errc() && end == text.data() + text.size() && std::isfinite(value);
  return read ? std::optional(value) : std::nullopt;
}

/// "temperature 0.3"
bool read_word(std::string_view word, ExchangeStage& stage) {
  if (word == no_exchange) {
    stage.exchange = false;
    return true;
  }
  for (const Number& number : numbers) {
    if (!word.starts_with(number.name)) continue;
    stage.*number.member = read_number(word.substr(number.name.size()));
    return (stage.*number.member).has_value();
  }
  return false;
}

std::optional<ExchangeStage> read_stage(std::string_view text) {
  ExchangeStage stage;
  const std::string_view when = take(text, ": ");
  if (when.starts_with(others)) {
    const auto until = read_number(when.substr(others.size()));
    if (!until) return std::nullopt;
    stage.until = *until;
  } else if (when != last) {
    return std::nullopt;
  }
  while (!text.empty())
    if (!read_word(take(text, ", "), stage)) return std::nullopt;
  return stage;
}

}  // namespace

std::string to_string(const StageList& stages) {
  std::string text;
  for (const ExchangeStage& stage : stages.all())
    text += (text.empty() ? "" : std::string(between_stages)) + to_string(stage);
  return text;
}

StageList parse_stages(std::string_view text) {
  std::vector<ExchangeStage> stages;
  for (std::string_view rest = text; !rest.empty();) {
    const auto stage = read_stage(take(rest, between_stages));
    const double before = stages.empty() ? 0 : stages.back().until;
    if (!stage || !(stage->until > before)) throw std::invalid_argument(fmt::format("'{}' is no list of stages", text));
    stages.push_back(*stage);
  }
  if (stages.empty()) return {};
  StageList list = stages.back().until == ExchangeStage().until ? StageList(std::move(stages)) : StageList();
  // Of two texts for the same stages one is none.
  if (to_string(list) != text) throw std::invalid_argument(fmt::format("'{}' is no list of stages", text));
  return list;
}

}  // namespace nxmc
