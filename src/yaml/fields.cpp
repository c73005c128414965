// Mappings with known keys, words and names.
#include "nxmc/yaml/fields.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nxmc/yaml/words.hpp"
#include "text.hpp"

namespace nxmc {
namespace {

bool contains(std::span<const std::string_view> words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

/// Of UTF-8, in which all bytes of a character but the first are 0b10xxxxxx.
std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string child_path(const YamlNode& map, std::string_view key) {
  return map.path.empty() ? shortened(key) : fmt::format("{}.{}", map.path, shortened(key));
}

}  // namespace

Entry find_entry(const YamlNode& map, std::string_view key) {
  if (!map.is_map()) return {};
  const auto found = std::ranges::find(map.keys, key, &YamlNode::Key::name);
  if (found == map.keys.end()) return {};
  return {&*found, map.items[static_cast<std::size_t>(found - map.keys.begin())].get()};
}

bool expect_map(const YamlNode& node, std::string_view expected, Problems& problems) {
  if (node.is_map()) return true;
  problems.add(node.place, node.path, fmt::format("must be {}, not {}", expected, describe(node)));
  return false;
}

void refuse_unknown_keys(const YamlNode& map, std::span<const std::string_view> known, const HomeOfKey& home_of,
                         Problems& problems) {
  for (const YamlNode::Key& key : map.keys) {
    if (contains(known, key.name)) continue;
    const std::string home = home_of(key.name);
    const std::string message = home.empty() ? "unknown key; " + suggestion(key.name, known, "the keys here are")
                                             : fmt::format("'{}' cannot stand here; {}", key.name, home);
    problems.add(key.place, child_path(map, key.name), message);
  }
}

std::optional<std::string> read_word(const YamlNode& node, std::span<const std::string_view> words,
                                     Problems& problems) {
  if (node.is_text() && contains(words, node.text)) return node.text;
  std::string message = fmt::format("must be {}, not {}", alternatives(words), describe(node));
  const auto nearest = node.is_text() ? nearest_word(node.text, words) : std::nullopt;
  if (nearest) message += fmt::format("; did you mean '{}'?", *nearest);
  problems.add(node.place, node.path, message);
  return std::nullopt;
}

std::optional<std::string> read_name(const YamlNode& node, Problems& problems) {
  constexpr std::size_t longest = 64;
  const std::string& text = node.text;
  const bool readable = text.find_first_of("\t\r\n") == std::string::npos && !has_invisible_characters(text);
  const bool trimmed = !text.empty() && text.front() != ' ' && text.back() != ' ';
  if (node.is_text() && readable && trimmed && count_characters(text) <= longest) return text;
  problems.add(
      node.place, node.path,
      fmt::format("must be a name of 1 to {} visible characters on one line, not {}", longest, describe(node)));
  return std::nullopt;
}

}  // namespace nxmc
