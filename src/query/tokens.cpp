#include "tokens.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <utility>

#include "nxmc/query/table.hpp"

namespace nxmc {
namespace {

constexpr std::array<std::string_view, 4> keywords{"and", "or", "not", "in"};
constexpr std::array<std::string_view, 7> comparisons{"==", "!=", "<", "<=", ">", ">=", "="};

template <class Words>
bool is_among(const Words& words, std::string_view text) {
  return std::ranges::find(words, text) != words.end();
}

bool is_word_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("_.+-:").find(c) != std::string_view::npos;
}

class Scanner {
 public:
  explicit Scanner(const std::string& text) : text_(text) {}

  Token next() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
    const std::size_t begin = at_;
    if (begin == text_.size()) return {Token::Kind::end, "the end", begin + 1};
    if (text_[begin] == '"' || text_[begin] == '\'') return quoted();
    if (is_word_character(text_[begin])) return word();
    return symbol();
  }

 private:
  Token quoted() {
    const std::size_t begin = at_;
    const std::size_t end = text_.find(text_[begin], begin + 1);
    if (end == std::string::npos) fail_at(begin + 1, "the quote that opens here is never closed");
    at_ = end + 1;
    return {Token::Kind::quoted, text_.substr(begin + 1, end - begin - 1), begin + 1};
  }

  Token word() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_word_character(text_[at_])) ++at_;
    return {Token::Kind::word, text_.substr(begin, at_ - begin), begin + 1};
  }

  Token symbol() {
    const std::size_t begin = at_;
    for (const std::string_view known : {"==", "!=", "<=", ">=", "&&", "||"}) {
      if (text_.compare(begin, 2, known) == 0) {
        at_ += 2;
        return {Token::Kind::symbol, std::string(known), begin + 1};
      }
    }
    ++at_;
    return {Token::Kind::symbol, text_.substr(begin, 1), begin + 1};
  }

  const std::string& text_;
  std::size_t at_ = 0;
};

bool is_of_condition(const Token& token) {
  if (token.kind == Token::Kind::word) return is_among(keywords, token.text);
  return token.kind == Token::Kind::symbol && is_among(comparisons, token.text);
}

bool is_signed(const Token& token) {
  return token.kind == Token::Kind::word && (token.text.front() == '+' || token.text.front() == '-');
}

/// What a formula in parentheses is followed by: an operator or a comparison.
bool goes_on_with(const Token& token) {
  if (is_signed(token)) return true;
  return token.kind == Token::Kind::symbol &&
         (token.text == "*" || token.text == "/" || is_among(comparisons, token.text));
}

}  // namespace

std::optional<double> to_number(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || std::isnan(value)) return std::nullopt;
  return value;
}

void fail_at(std::size_t position, const std::string& reason) {
  throw QueryError(fmt::format("position {} of the condition: {}", position, reason));
}

Tokens::Tokens(const std::string& text) {
  Scanner scanner(text);
  std::vector<std::size_t> open;
  do {
    tokens_.push_back(scanner.next());
    const Token& token = tokens_.back();
    comparisons_.push_back((comparisons_.empty() ? 0 : comparisons_.back()) + (is_of_condition(token) ? 1 : 0));
    closing_.push_back(0);
    if (token.kind != Token::Kind::symbol) continue;
    if (token.text == "(") open.push_back(tokens_.size() - 1);
    if (token.text != ")" || open.empty()) continue;
    closing_[open.back()] = tokens_.size() - 1;
    open.pop_back();
  } while (tokens_.back().kind != Token::Kind::end);
}

Token Tokens::take() {
  Token taken = current();
  step();
  return taken;
}

bool Tokens::is_symbol(std::string_view text) const {
  return current().kind == Token::Kind::symbol && current().text == text;
}

bool Tokens::is_word(std::string_view text) const {
  return current().kind == Token::Kind::word && current().text == text;
}

bool Tokens::is_keyword() const { return current().kind == Token::Kind::word && is_among(keywords, current().text); }

bool Tokens::has_sign() const { return is_signed(current()); }

bool Tokens::opens_formula() const {
  const std::size_t closed = closing_[at_];
  if (!is_symbol("(") || closed <= at_ + 1) return false;
  return comparisons_[closed] == comparisons_[at_] && goes_on_with(tokens_[closed + 1]);
}

}  // namespace nxmc
