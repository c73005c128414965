// Nearest words and word lists for messages.
#include "nxmc/yaml/words.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <vector>

namespace nxmc {
namespace {

/// Longer texts are no typing errors, and the distance costs the product of the lengths.
constexpr std::size_t longest_word = 64;

/// Of the letters that keys are made of, whatever the locale.
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Optimal string alignment: rows of the usual table, the two before the current one kept.
  std::vector<std::size_t> before_last;
  std::vector<std::size_t> last(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::vector<std::size_t> row(b.size() + 1);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last = std::move(last);
    last = std::move(row);
  }
  return last.back();
}

std::optional<std::string_view> nearest_word(std::string_view typed, std::span<const std::string_view> words) {
  if (typed.size() > longest_word) return std::nullopt;
  // f_u is f_U, and not f_0.
  const auto same_letters = std::ranges::find_if(
      words, [&](std::string_view word) { return std::ranges::equal(typed, word, {}, lower, lower); });
  if (same_letters != words.end()) return *same_letters;
  std::optional<std::string_view> nearest;
  std::size_t smallest = std::numeric_limits<std::size_t>::max();
  for (const std::string_view word : words) {
    const std::size_t tolerated = 1 + std::min(typed.size(), word.size()) / 4;
    if (std::max(typed.size(), word.size()) > std::min(typed.size(), word.size()) + tolerated) continue;
    const std::size_t distance = edit_distance(typed, word);
    if (distance <= tolerated && distance < smallest) {
      smallest = distance;
      nearest = word;
    }
  }
  return nearest;
}

std::string suggestion(std::string_view typed, std::span<const std::string_view> words, std::string_view list_intro) {
  if (const auto word = nearest_word(typed, words)) return fmt::format("did you mean '{}'?", *word);
  return fmt::format("{} {}", list_intro, fmt::join(words, ", "));
}

std::string alternatives(std::span<const std::string_view> words) {
  std::string text;
  for (std::size_t k = 0; k < words.size(); ++k) {
    if (k > 0) text += k + 1 == words.size() ? " or " : ", ";
    text += fmt::format("'{}'", words[k]);
  }
  return text;
}

}  // namespace nxmc
