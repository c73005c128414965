// See shown.hpp.
#include "nxmc/yaml/shown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

namespace nxmc {

namespace {

struct Character {
  std::uint32_t code = 0;
  std::size_t bytes = 0;  ///< 0: the text does not go on with a character of UTF-8
};

/// Bytes of a character that begins like this; 0 when none does.
std::size_t bytes_of_character(unsigned char first) {
  if (first < 0x80U) return 1;
  if (first >= 0xC2U && first < 0xE0U) return 2;
  if (first >= 0xE0U && first < 0xF0U) return 3;
  return first >= 0xF0U && first < 0xF5U ? 4 : 0;
}

Character first_character(std::string_view text) {
  constexpr std::array<unsigned, 5> bits_of_first{0, 0x7FU, 0x1FU, 0x0FU, 0x07U};
  constexpr std::array<std::uint32_t, 5> smallest{0, 0, 0x80U, 0x800U, 0x10000U};
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t bytes = bytes_of_character(byte(0));
  if (bytes == 0 || bytes > text.size()) return {};
  std::uint32_t code = byte(0) & bits_of_first[bytes];
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {};
    code = (code << 6U) | (byte(i) & 0x3FU);
  }
  const bool surrogate = code >= 0xD800U && code < 0xE000U;
  if (code < smallest[bytes] || code > 0x10FFFFU || surrogate) return {};
  return {code, bytes};
}

bool is_between(std::uint32_t code, std::uint32_t first, std::uint32_t last) { return code >= first && code <= last; }

/// Of terminals (C0, delete, C1), of lines, and of the direction in which text is shown.
bool governs_display(std::uint32_t code) {
  return code < 0x20U || is_between(code, 0x7FU, 0x9FU) || is_between(code, 0x200EU, 0x200FU) ||
         is_between(code, 0x2028U, 0x202EU) || is_between(code, 0x2066U, 0x2069U);
}

std::string escaped(std::uint32_t code) {
  switch (code) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return code < 0x80U ? fmt::format("\\x{:02x}", code) : fmt::format("\\u{:04x}", code);
  }
}

}  // namespace

std::string shown(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const Character next = first_character(text);
    const std::size_t bytes = std::max<std::size_t>(1, next.bytes);
    if (next.bytes == 0)
      fmt::format_to(std::back_inserter(result), "\\x{:02x}", static_cast<unsigned char>(text.front()));
    else if (governs_display(next.code))
      result += escaped(next.code);
    else
      result += text.substr(0, bytes);
    text.remove_prefix(bytes);
  }
  return result;
}

}  // namespace nxmc
