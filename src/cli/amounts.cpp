#include "nxmc/cli/amounts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

namespace nxmc {
namespace {

constexpr double minute = 60;
constexpr double hour = 60 * minute;
constexpr double day = 24 * hour;
constexpr double longest_duration = 1e8;  // three years: what is longer is a slip, and would overflow a clock

bool starts_with_digit(std::string_view text) {
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) != 0;
}

/// Takes a plain decimal off the front of the text.
std::optional<double> take_number(std::string_view& text) {
  if (!starts_with_digit(text)) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

std::string_view take_letters(std::string_view& text) {
  const auto end = std::find_if(text.begin(), text.end(), [](unsigned char c) { return std::isalpha(c) == 0; });
  const auto length = static_cast<std::size_t>(end - text.begin());
  const std::string_view letters = text.substr(0, length);
  text.remove_prefix(length);
  return letters;
}

bool is_bare_number(std::string_view text) { return take_number(text) && text.empty(); }

std::optional<double> seconds_of_unit(std::string_view unit) {
  if (unit == "s" || unit == "sec") return 1;
  if (unit == "m" || unit == "min") return minute;
  if (unit == "h") return hour;
  if (unit == "d") return day;
  return std::nullopt;
}

/// "1h30m": numbers with units, added up.
std::optional<double> sum_of_units(std::string_view text) {
  double seconds = 0;
  while (!text.empty()) {
    const auto number = take_number(text);
    const auto unit = seconds_of_unit(take_letters(text));
    if (!number || !unit) return std::nullopt;
    seconds += *number * *unit;
  }
  return seconds;
}

/// Digits separated by ':', each but the first below `limit` of its place; nullopt if anything else is there.
std::optional<std::vector<double>> clock_fields(std::string_view text) {
  std::vector<double> fields;
  while (true) {
    const std::size_t colon = text.find(':');
    std::string_view field = text.substr(0, colon);
    if (field.find('.') != std::string_view::npos) return std::nullopt;
    const auto value = take_number(field);
    if (!value || !field.empty() || (!fields.empty() && *value >= 60)) return std::nullopt;
    fields.push_back(*value);
    if (colon == std::string_view::npos) return fields;
    text.remove_prefix(colon + 1);
  }
}

std::optional<double> slurm_duration(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) {
    const auto fields = clock_fields(text);
    if (!fields || fields->size() < 2 || fields->size() > 3) return std::nullopt;
    const auto& f = *fields;
    return f.size() == 2 ? f[0] * minute + f[1] : f[0] * hour + f[1] * minute + f[2];
  }
  const auto days = clock_fields(text.substr(0, dash));
  const auto fields = clock_fields(text.substr(dash + 1));
  if (!days || days->size() != 1 || !fields || fields->size() > 3 || fields->front() >= 24) return std::nullopt;
  constexpr std::array place{hour, minute, 1.0};
  double seconds = days->front() * day;
  for (std::size_t k = 0; k < fields->size(); ++k) seconds += (*fields)[k] * place[k];
  return seconds;
}

std::optional<double> bytes_of_unit(std::string_view unit) {
  constexpr std::string_view prefixes = "KMGT";
  if (unit.empty()) return std::nullopt;
  const std::size_t power = prefixes.find(static_cast<char>(std::toupper(static_cast<unsigned char>(unit.front()))));
  const std::string_view rest = unit.substr(1);
  if (power == std::string_view::npos || (!rest.empty() && rest != "B" && rest != "iB")) return std::nullopt;
  return static_cast<double>(std::uint64_t{1} << (10 * (power + 1)));
}

}  // namespace

double parse_duration(const std::string& text) {
  if (is_bare_number(text)) {
    throw std::invalid_argument(fmt::format("'{0}' has no unit; write {0}s, {0}m or {0}h", text));
  }
  auto seconds = sum_of_units(text);
  if (!seconds || text.empty()) seconds = slurm_duration(text);
  if (!seconds) {
    throw std::invalid_argument(fmt::format(
        "'{}' is no duration; write for example 90s, 55m, 2h, 1d, or as Slurm does 02:30:00 or 1-12:00", text));
  }
  if (!(*seconds > 0)) throw std::invalid_argument(fmt::format("'{}' is no time at all", text));
  if (*seconds > longest_duration) throw std::invalid_argument(fmt::format("'{}' is longer than three years", text));
  return *seconds;
}

double parse_bytes(const std::string& text) {
  if (is_bare_number(text)) {
    throw std::invalid_argument(fmt::format("'{0}' has no unit; write {0}M or {0}G", text));
  }
  std::string_view rest = text;
  const auto number = take_number(rest);
  const auto unit = bytes_of_unit(rest);
  if (!number || !unit) {
    throw std::invalid_argument(
        fmt::format("'{}' is no amount of memory; write for example 500M, 16G or 1.5GiB", text));
  }
  if (!(*number > 0)) throw std::invalid_argument(fmt::format("'{}' is no memory at all", text));
  return *number * *unit;
}

}  // namespace nxmc
