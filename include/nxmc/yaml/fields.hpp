// What keys of a file are made of: mappings with known keys, words and names.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "nxmc/yaml/document.hpp"
#include "nxmc/yaml/problems.hpp"

namespace nxmc {

/// A key of a mapping together with its value.
struct Entry {
  const YamlNode::Key* key = nullptr;
  const YamlNode* value = nullptr;
  explicit operator bool() const { return value != nullptr; }
};
Entry find_entry(const YamlNode& map, std::string_view key);

/// True when `node` is a mapping; a problem otherwise that says what was expected ("a mapping with 'phases' and
/// 'areas'").
bool expect_map(const YamlNode& node, std::string_view expected, Problems& problems);

/// Where a key belongs that stands in the wrong mapping ("it belongs to a scan"); empty when it belongs nowhere.
using HomeOfKey = std::function<std::string(std::string_view)>;

/// One problem for each key of the mapping that is not in `known`, with the nearest word.
void refuse_unknown_keys(const YamlNode& map, std::span<const std::string_view> known, const HomeOfKey& home_of,
                         Problems& problems);

std::optional<std::string> read_word(const YamlNode& node, std::span<const std::string_view> words, Problems& problems);

/// A name for people, file listings and queries: 1 to 64 printable characters without spaces at its ends.
std::optional<std::string> read_name(const YamlNode& node, Problems& problems);

}  // namespace nxmc
