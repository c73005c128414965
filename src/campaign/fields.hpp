// Reading the parts that many keys are made of: mappings with known keys, words, lists and ranges of numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nxmc/yaml/document.hpp"
#include "nxmc/yaml/fields.hpp"
#include "nxmc/yaml/numbers.hpp"
#include "nxmc/yaml/problems.hpp"

namespace nxmc {

inline constexpr DocumentKind campaign_document{.name = "campaign",
                                                .beginning = "'name:' (see campaigns/quickstart.yaml)",
                                                .sharing = "put what scans share under 'defaults', or repeat it"};

/// One problem for each key of the mapping that is not in `known`, with the nearest word.
void refuse_unknown_keys(const YamlNode& map, std::span<const std::string_view> known, Problems& problems);

/// Nothing also where it is the word that stands for a number which follows from others ("auto", the first of
/// words_of_key(key)).
std::optional<std::uint64_t> read_count_or_word(const YamlNode& node, const NumberRule& rule, std::string_view key,
                                                Problems& problems);

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
