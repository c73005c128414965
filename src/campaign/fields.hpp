// Reading the parts that many keys are made of: mappings with known keys, words, lists and ranges of numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "document.hpp"
#include "numbers.hpp"
#include "problems.hpp"

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

/// One problem for each key of the mapping that is not in `known`, with the nearest word.
void refuse_unknown_keys(const YamlNode& map, std::span<const std::string_view> known, Problems& problems);

std::optional<std::string> read_word(const YamlNode& node, std::span<const std::string_view> words, Problems& problems);

/// Nothing also where it is the word that stands for a number which follows from others ("auto", the first of
/// words_of_key(key)).
std::optional<std::uint64_t> read_count_or_word(const YamlNode& node, const NumberRule& rule, std::string_view key,
                                                Problems& problems);

/// A name for people, file listings and queries: 1 to 64 printable characters without spaces at its ends.
std::optional<std::string> read_name(const YamlNode& node, Problems& problems);

struct LocatedNumber {
  double value = 0;
  const YamlNode* node = nullptr;  ///< what it stands in: the number itself, or a range
};

/// A number, a list of numbers, {from, to, step} or {from, to, points, scale}. Values that are wrong are left out, with
/// a problem.
std::vector<LocatedNumber> read_numbers(const YamlNode& node, const NumberRule& rule, Problems& problems);

/// read_numbers for values that must ascend strictly (times).
std::vector<double> read_ascending_numbers(const YamlNode& node, const NumberRule& rule, Problems& problems);

}  // namespace nxmc
