// The words and symbols of a condition.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nxmc {

/// A word that is a number, a + in front included; NaN is none.
std::optional<double> to_number(std::string_view text);

/// \throws QueryError with the position, from 1
[[noreturn]] void fail_at(std::size_t position, const std::string& reason);

struct Token {
  enum class Kind : std::uint8_t { word, quoted, symbol, end };
  Kind kind = Kind::end;
  std::string text;
  std::size_t position = 1;
};

/// Words (numbers are words too: 10x10x50 and -20 alike), quoted strings and symbols, one after the other.
class Tokens {
 public:
  /// \throws QueryError for a quote that is never closed
  explicit Tokens(const std::string& text);

  const Token& current() const { return tokens_[at_]; }
  void step() { at_ += at_ + 1 < tokens_.size() ? 1 : 0; }
  Token take();

  bool is_symbol(std::string_view text) const;
  bool is_word(std::string_view text) const;
  /// Words that join conditions.
  bool is_keyword() const;
  /// A + or - that stands for itself, or in front of something.
  bool has_sign() const;
  /// Whether the parenthesis that opens here holds a formula, not a condition.
  bool opens_formula() const;

 private:
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::vector<std::size_t> closing_;      // [token] of a parenthesis that opens: where it is closed, or 0
  std::vector<std::size_t> comparisons_;  // [token] words and symbols of conditions up to it
};

}  // namespace nxmc
