// Numbers of a file, by the rules of YAML 1.2 and without its traps.
#include "nxmc/yaml/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <system_error>

namespace nxmc {
namespace {

constexpr double largest_exact_integer = 0x1p53;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view without_sign(std::string_view text) {
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  return text;
}

/// [-+]? (digits [. digits?] | . digits) ([eE] [-+]? digits)?
bool has_form_of_a_number(std::string_view text) {
  text = without_sign(text);
  const auto take_digits = [&text] {
    const auto end = std::ranges::find_if_not(text, is_digit);
    const auto length = static_cast<std::size_t>(end - text.begin());
    text.remove_prefix(length);
    return length;
  };
  std::size_t digits = take_digits();
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    digits += take_digits();
  }
  if (digits == 0) return false;
  if (text.empty()) return true;
  if (text.front() != 'e' && text.front() != 'E') return false;
  text = without_sign(text.substr(1));
  return take_digits() > 0 && text.empty();
}

bool has_leading_zero(std::string_view text) {
  text = without_sign(text);
  return text.size() > 1 && text[0] == '0' && is_digit(text[1]);
}

std::optional<double> to_double(std::string_view text) {
  if (!has_form_of_a_number(text) || has_leading_zero(text)) return std::nullopt;
  if (text.front() == '+') text.remove_prefix(1);  // std::from_chars reads no plus sign
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string without(std::string_view text, char unwanted) {
  std::string result(text);
  std::erase(result, unwanted);
  return result;
}

std::string without_leading_zeros(std::string_view text) {
  const std::string sign = text.front() == '-' ? "-" : "";
  text = without_sign(text);
  while (text.size() > 1 && text[0] == '0' && is_digit(text[1])) text.remove_prefix(1);
  return sign + std::string(text);
}

/// Of "1/3"
std::optional<double> fraction_of(const YamlNode& node) {
  const std::string_view text = node.is_text() && !node.quoted ? std::string_view(node.text) : "";
  const std::size_t bar = text.find('/');
  if (bar == std::string_view::npos) return std::nullopt;
  const auto whole = [](std::string_view digits) {
    return std::ranges::all_of(digits, is_digit) ? to_double(digits) : std::nullopt;
  };
  const std::optional<double> above = whole(text.substr(0, bar));
  const std::optional<double> below = whole(text.substr(bar + 1));
  return above && below && *below > 0 ? std::optional(*above / *below) : std::nullopt;
}

/// What to write instead, where it can be guessed.
std::string remedy(const YamlNode& node) {
  const std::string_view text = node.text;
  const auto is_number = [](const std::string& guess) { return to_double(guess).has_value(); };
  if (node.quoted && to_double(text)) return "; remove the quotes";
  if (has_form_of_a_number(text) && has_leading_zero(text)) {
    return fmt::format("; write {} (a leading zero means octal to some readers)", without_leading_zeros(text));
  }
  const std::string_view digits = without_sign(text);
  if (digits.starts_with("0x") || digits.starts_with("0o")) return "; write it in decimal digits";
  if (const std::string guess = without(text, '_'); guess != text && is_number(guess)) {
    return fmt::format("; write {}", guess);
  }
  if (std::ranges::count(text, ',') == 1) {
    std::string guess(text);
    std::ranges::replace(guess, ',', '.');
    if (is_number(guess)) return fmt::format("; write {}", guess);
  }
  return "";
}

/// A number stands without quotes in a message, anything else as `describe` shows it.
std::string found(const YamlNode& node) {
  const bool number = node.is_text() && !node.quoted && to_double(node.text) && node.text.size() <= 40;
  return number ? node.text : describe(node);
}

void refuse(const YamlNode& node, std::string_view allowed, Problems& problems) {
  const std::string hint = node.is_text() ? remedy(node) : "";
  problems.add(node.place, node.path, fmt::format("must be {}, not {}{}", allowed, found(node), hint));
}

}  // namespace

bool NumberRule::admits(double value) const {
  if (or_zero && value == 0) return true;
  if (!std::isfinite(value) || value < low || value > high) return false;
  return !whole || value == std::floor(value);
}

std::string canonical_decimal(double value) {
  if (value == 0) return "0";  // also for -0
  std::array<char, 32> buffer{};
  const auto result =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::general, 12);
  return {buffer.data(), result.ptr};
}

double round_to_12_digits(double value) {
  const std::string text = canonical_decimal(value);
  double rounded = value;
  std::from_chars(text.data(), text.data() + text.size(), rounded);
  return rounded;
}

std::optional<double> number_of(const YamlNode& node) {
  return node.is_text() && !node.quoted ? to_double(node.text) : std::nullopt;
}

std::optional<double> read_unrounded(const YamlNode& node, const NumberRule& rule, Problems& problems) {
  std::optional<double> value = number_of(node);
  if (!value && rule.fraction) value = fraction_of(node);
  if (value && rule.admits(*value)) return value;
  refuse(node, rule.allowed, problems);
  return std::nullopt;
}

std::optional<double> read_number(const YamlNode& node, const NumberRule& rule, Problems& problems) {
  const std::optional<double> value = read_unrounded(node, rule, problems);
  return value && !rule.whole ? round_to_12_digits(*value) : value;
}

std::optional<std::uint64_t> read_count(const YamlNode& node, const NumberRule& rule, Problems& problems) {
  const std::optional<double> value = read_number(node, rule, problems);
  if (!value) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

std::optional<std::uint64_t> read_seed(const YamlNode& node, Problems& problems) {
  if (node.is_text() && !node.quoted && !has_leading_zero(node.text)) {
    const std::string& text = node.text;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size()) return value;
    // 1e5 and 20211228.0, as long as the double holds every digit
    const std::optional<double> real = to_double(text);
    if (real && *real >= 0 && *real <= largest_exact_integer && *real == std::floor(*real)) {
      return static_cast<std::uint64_t>(*real);
    }
  }
  refuse(node, "a whole number from 0 to 18446744073709551615", problems);
  return std::nullopt;
}

}  // namespace nxmc
