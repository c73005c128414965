// Nearest words and word lists for messages.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace nxmc {

/// Insertions, deletions, replacements and swaps of neighbouring characters that lead from one word to the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The word that `typed` was probably meant to be; nothing when all are far away.
std::optional<std::string_view> nearest_word(std::string_view typed, std::span<const std::string_view> words);

/// "did you mean 'size'?", or else the list of valid words: "the keys here are name, seed".
std::string suggestion(std::string_view typed, std::span<const std::string_view> words, std::string_view list_intro);

/// 'a', 'b' or 'c'
std::string alternatives(std::span<const std::string_view> words);

}  // namespace nxmc
