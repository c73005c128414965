// Mappings with known keys, words and lists of numbers.
#include "fields.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bounds.hpp"
#include "nxmc/campaign/schema.hpp"
#include "range.hpp"

namespace nxmc {
namespace {

bool contains(std::span<const std::string_view> words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

/// Where a key belongs that stands in the wrong section; empty when it belongs nowhere.
std::string proper_home(std::string_view key) {
  const auto top = keys_of_section("campaign");
  const auto scan = keys_of_section("scan");
  const auto defaults = keys_of_section("defaults");
  if (contains(scan, key) && !contains(defaults, key)) return "it belongs to a single scan";
  if (contains(scan, key)) return "it belongs to a scan or to 'defaults'";
  if (contains(top, key)) return "it belongs to the top of the file";
  return "";
}

std::optional<LocatedNumber> read_located_number(const YamlNode& node, const NumberRule& rule, Problems& problems) {
  const auto value = read_number(node, rule, problems);
  if (!value) return std::nullopt;
  return LocatedNumber{*value, &node};
}

std::vector<LocatedNumber> read_number_list(const YamlNode& list, const NumberRule& rule, Problems& problems) {
  std::vector<LocatedNumber> numbers;
  for (const auto& item : list.items) {
    if (item->is_map()) {
      problems.add(item->place, item->path, "a range cannot stand in a list; write its values out");
    } else if (const auto number = read_located_number(*item, rule, problems)) {
      numbers.push_back(*number);
    }
  }
  return numbers;
}

}  // namespace

void refuse_unknown_keys(const YamlNode& map, std::span<const std::string_view> known, Problems& problems) {
  refuse_unknown_keys(map, known, proper_home, problems);
}

std::optional<std::uint64_t> read_count_or_word(const YamlNode& node, const NumberRule& rule, std::string_view key,
                                                Problems& problems) {
  if (!node.quoted && node.text == words_of_key(key).front()) return std::nullopt;
  return read_count(node, rule, problems);
}

std::vector<LocatedNumber> read_numbers(const YamlNode& node, const NumberRule& rule, Problems& problems) {
  if (node.is_list() && node.items.empty()) {
    problems.add(node.place, node.path, "an empty list; give at least one value");
    return {};
  }
  if (node.is_list() && static_cast<double>(node.items.size()) > most_values_of_an_axis) {
    problems.add(node.place, node.path,
                 fmt::format("a list of {} values; at most {}", node.items.size(), most_values_of_an_axis));
    return {};
  }
  if (node.is_list()) return read_number_list(node, rule, problems);
  if (node.is_map()) {
    std::vector<LocatedNumber> numbers;
    for (const double value : read_range(node, rule, problems)) numbers.push_back({value, &node});
    return numbers;
  }
  const auto number = read_located_number(node, rule, problems);
  return number ? std::vector<LocatedNumber>{*number} : std::vector<LocatedNumber>{};
}

std::vector<double> read_ascending_numbers(const YamlNode& node, const NumberRule& rule, Problems& problems) {
  std::vector<double> values;
  for (const LocatedNumber& number : read_numbers(node, rule, problems)) {
    if (!values.empty() && number.value <= values.back()) {
      problems.add(number.node->place, number.node->path, "must ascend: each value larger than the one before");
      return {};
    }
    values.push_back(number.value);
  }
  return values;
}

}  // namespace nxmc
