// A file as text, before YAML: bytes that are none, tabs where YAML forbids them, and characters that only
// look like those that YAML, numbers and keys are made of.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "nxmc/yaml/problems.hpp"

namespace nxmc {

/// Bytes of the UTF-8 character at `offset`; 0 if there is no valid one (overlong forms and surrogates included).
std::size_t utf8_length(std::string_view text, std::size_t offset);

/// False, with a problem, when the bytes are not UTF-8 text. \param kind  what the file is: "campaign"
bool check_text(std::string_view text, std::string_view kind, Problems& problems);

/// Tabs before a key or value: YAML forbids them, yaml-cpp lets some pass and misjudges the level of the line.
bool check_indentation(std::string_view text, Problems& problems);

/// Lists and mappings within each other: more is a mistake, and would exhaust the stack.
inline constexpr std::size_t deepest_nesting = 32;

/// What is read stays within some tens of megabytes: no file comes near this number.
inline constexpr std::size_t most_values = 250'000;

/// False, with a problem, when brackets are open in each other hundreds of times, or when there are more of them than
/// values can be, wherever they stand: yaml-cpp would keep all of them before it tells of the first.
bool check_brackets(std::string_view text, std::string_view kind, Problems& problems);

std::string too_deep_message();
std::string too_many_values_message(std::string_view kind);

/// A character from a word processor or of another script: a no-break space, a typographic quote, a full-width colon.
struct Lookalike {
  std::size_t offset = 0;  ///< in bytes
  Place place;
  char32_t code = 0;
  bool visible = true;  ///< neither a kind of space nor without any width
  bool is_quote = false;
};

/// What it is, with its code point, and what to type instead.
std::string describe(const Lookalike& lookalike);

/// Those outside comments and quoted texts; of each kind the first of a line.
std::vector<Lookalike> find_lookalikes(std::string_view text);

/// True for characters that nobody can see: controls, and those that have no width or turn the direction of writing.
bool has_invisible_characters(std::string_view text);

}  // namespace nxmc
