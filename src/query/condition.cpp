#include "nxmc/query/condition.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace nxmc {
namespace {

constexpr double relative_tolerance = 1e-9;
constexpr int deepest_nesting = 100;  // the parser recurses: without a limit a long row of '(' would exhaust the stack

std::optional<double> to_number(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || std::isnan(value)) return std::nullopt;
  return value;
}

struct Token {
  enum class Kind : std::uint8_t { word, quoted, symbol, end };
  Kind kind = Kind::end;
  std::string text;
  std::size_t position = 1;
};

[[noreturn]] void fail_at(std::size_t position, const std::string& reason) {
  throw QueryError(fmt::format("position {} of the condition: {}", position, reason));
}

bool is_word_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("_.+-:").find(c) != std::string_view::npos;
}

/// Cuts the text into words (numbers are words too: 10x10x50 and -20 alike), quoted strings and symbols.
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

std::optional<Comparison> to_comparison(const Token& token) {
  if (token.kind != Token::Kind::symbol) return std::nullopt;
  if (token.text == "==") return Comparison::equal;
  if (token.text == "!=") return Comparison::unequal;
  if (token.text == "<") return Comparison::less;
  if (token.text == "<=") return Comparison::less_equal;
  if (token.text == ">") return Comparison::greater;
  if (token.text == ">=") return Comparison::greater_equal;
  return std::nullopt;
}

/// a < b is b > a
Comparison mirrored(Comparison comparison) {
  switch (comparison) {
    case Comparison::less:
      return Comparison::greater;
    case Comparison::less_equal:
      return Comparison::greater_equal;
    case Comparison::greater:
      return Comparison::less;
    case Comparison::greater_equal:
      return Comparison::less_equal;
    default:
      return comparison;
  }
}

class Parser {
 public:
  explicit Parser(const std::string& text) : scanner_(text) { step(); }

  Condition whole() {
    if (token_.kind == Token::Kind::end) fail_at(1, "the condition is empty; write for example 'temperature < 0.3'");
    Condition condition = any_of(0);
    if (token_.kind != Token::Kind::end) fail_at(token_.position, after_condition());
    return condition;
  }

 private:
  void step() { token_ = scanner_.next(); }
  bool is_symbol(std::string_view text) const { return token_.kind == Token::Kind::symbol && token_.text == text; }
  bool is_keyword(std::string_view text) const { return token_.kind == Token::Kind::word && token_.text == text; }

  std::string after_condition() const {
    if (is_symbol("&&")) return "write 'and' instead of '&&'";
    if (is_symbol("||")) return "write 'or' instead of '||'";
    if (to_comparison(token_)) return "comparisons do not chain; write 'a < x and x < b'";
    return fmt::format("'and', 'or' or the end was expected, not '{}'", token_.text);
  }

  Condition any_of(int depth) { return joined(Condition::Kind::any_of, "or", &Parser::all_of, depth); }
  Condition all_of(int depth) { return joined(Condition::Kind::all_of, "and", &Parser::negated, depth); }

  Condition joined(Condition::Kind kind, std::string_view keyword, Condition (Parser::*parse_operand)(int), int depth) {
    Condition first = (this->*parse_operand)(depth);
    if (!is_keyword(keyword)) return first;
    Condition join;
    join.kind = kind;
    join.parts.push_back(std::move(first));
    while (is_keyword(keyword)) {
      step();
      join.parts.push_back((this->*parse_operand)(depth));
    }
    return join;
  }

  Condition negated(int depth) {
    if (depth > deepest_nesting) fail_at(token_.position, "the condition is nested too deeply");
    if (!is_keyword("not")) return parenthesised(depth);
    step();
    Condition negation;
    negation.kind = Condition::Kind::none_of;
    negation.parts.push_back(negated(depth + 1));
    return negation;
  }

  Condition parenthesised(int depth) {
    if (!is_symbol("(")) return comparison();
    const std::size_t opened = token_.position;
    step();
    Condition inner = any_of(depth + 1);
    if (!is_symbol(")")) {
      fail_at(token_.position, token_.kind == Token::Kind::end
                                   ? fmt::format("the parenthesis opened at position {} is never closed", opened)
                                   : after_condition());
    }
    step();
    return inner;
  }

  Condition comparison() {
    const Token left = operand("a column name");
    if (is_keyword("in")) return membership(left, Comparison::equal);
    if (is_keyword("not")) {
      step();
      if (!is_keyword("in")) fail_at(token_.position, "'in' was expected after 'not'");
      return membership(left, Comparison::unequal);
    }
    const std::optional<Comparison> relation = to_comparison(token_);
    if (!relation) fail_at(token_.position, no_comparison(left));
    step();
    const Token right = operand("a number or a word");
    const bool value_first = to_number(left.text).has_value() || left.kind == Token::Kind::quoted;
    const Token& column = value_first ? right : left;
    const Token& value = value_first ? left : right;
    if (column.kind == Token::Kind::quoted || to_number(column.text)) {
      fail_at(left.position, "one side of a comparison must be a column name");
    }
    return leaf(column, value_first ? mirrored(*relation) : *relation, {value.text});
  }

  std::string no_comparison(const Token& left) const {
    if (is_symbol("=")) return "write '==' to compare";
    return fmt::format("a comparison (== != < <= > >= in) was expected after '{}', not '{}'", left.text, token_.text);
  }

  Condition membership(const Token& column, Comparison comparison) {
    step();
    if (!is_symbol("[")) fail_at(token_.position, "a list was expected after 'in', as in [1, 2]");
    std::vector<std::string> values;
    do {
      step();
      values.push_back(operand("a number or a word").text);
    } while (is_symbol(","));
    if (!is_symbol("]")) fail_at(token_.position, fmt::format("',' or ']' was expected, not '{}'", token_.text));
    step();
    return leaf(column, comparison, std::move(values));
  }

  Token operand(std::string_view what) {
    const bool keyword = is_keyword("and") || is_keyword("or") || is_keyword("not") || is_keyword("in");
    if (keyword || (token_.kind != Token::Kind::word && token_.kind != Token::Kind::quoted)) {
      fail_at(token_.position, fmt::format("{} was expected, not '{}'", what, token_.text));
    }
    Token taken = token_;
    step();
    return taken;
  }

  static Condition leaf(const Token& column, Comparison comparison, std::vector<std::string> values) {
    Condition condition;
    condition.kind = Condition::Kind::comparison;
    condition.column = column.text;
    condition.position = column.position;
    condition.comparison = comparison;
    condition.values = std::move(values);
    return condition;
  }

  Scanner scanner_;
  Token token_;
};

bool holds(double a, Comparison comparison, double b) {
  const double scale = std::max(std::abs(a), std::abs(b));
  const bool same = a == b || (std::isfinite(scale) && std::abs(a - b) <= relative_tolerance * scale);
  switch (comparison) {
    case Comparison::equal:
      return same;
    case Comparison::unequal:
      return !same;
    case Comparison::less:
      return a < b && !same;
    case Comparison::less_equal:
      return a < b || same;
    case Comparison::greater:
      return a > b && !same;
    case Comparison::greater_equal:
      return a > b || same;
  }
  return false;
}

/// One comparison against all its values; `each` compares with one of them.
template <class Each>
bool holds_for_values(const Condition& condition, std::size_t values, Each each) {
  const auto none = condition.comparison == Comparison::unequal;
  for (std::size_t k = 0; k < values; ++k) {
    if (each(k) != none) return !none;
  }
  return none;
}

/// A row mask rather than a row list: masks join without sorting.
using Mask = std::vector<std::uint8_t>;

std::vector<double> numbers_of(const Condition& condition, const std::string& column) {
  std::vector<double> values;
  for (const std::string& text : condition.values) {
    const std::optional<double> value = to_number(text);
    if (!value) fail_at(condition.position, fmt::format("column '{}' holds numbers; '{}' is none", column, text));
    values.push_back(*value);
  }
  return values;
}

Mask compare_numbers(const TableColumn& column, const Condition& condition, std::size_t rows) {
  const std::vector<double> values = numbers_of(condition, column.name);
  Mask mask(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    const double cell = number_at(column, row);
    mask[row] = !std::isnan(cell) && holds_for_values(condition, values.size(), [&](std::size_t k) {
      return holds(cell, condition.comparison, values[k]);
    });
  }
  return mask;
}

bool word_holds(const std::string& cell, Comparison comparison, const std::string& value) {
  const std::optional<double> cell_number = to_number(cell);
  const std::optional<double> value_number = to_number(value);
  if (cell_number && value_number) return holds(*cell_number, comparison, *value_number);
  const std::vector<std::string> items = list_items(cell);
  const bool same = cell == value || std::find(items.begin(), items.end(), value) != items.end();
  if (comparison == Comparison::equal) return same;
  if (comparison == Comparison::unequal) return !same;
  return false;
}

Mask compare_words(const TableColumn& column, const Condition& condition, std::size_t rows) {
  const auto& cells = std::get<std::vector<std::string>>(column.values);
  Mask mask(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    if (row > 0 && cells[row] == cells[row - 1]) {  // as a rule
      mask[row] = mask[row - 1];
      continue;
    }
    mask[row] = !cells[row].empty() && holds_for_values(condition, condition.values.size(), [&](std::size_t k) {
      return word_holds(cells[row], condition.comparison, condition.values[k]);
    });
  }
  return mask;
}

Mask compare(const Block& block, const Condition& condition) {
  const auto [column, of_jobs] = find_column(block, condition.column);
  const std::size_t cells = of_jobs ? block.jobs.rows : block.rows.rows;
  Mask mask = is_text(*column) ? compare_words(*column, condition, cells) : compare_numbers(*column, condition, cells);
  if (!of_jobs) return mask;
  Mask of_rows(block.rows.rows);
  for (std::size_t row = 0; row < of_rows.size(); ++row) of_rows[row] = mask[block.job_of_row[row]];
  return of_rows;
}

Mask evaluate(const Block& block, const Condition& condition) {
  if (condition.kind == Condition::Kind::comparison) return compare(block, condition);
  const bool all = condition.kind == Condition::Kind::all_of;
  Mask joined(block.rows.rows, all ? 1 : 0);
  for (const Condition& part : condition.parts) {
    const Mask mask = evaluate(block, part);
    for (std::size_t row = 0; row < joined.size(); ++row)
      joined[row] = all ? joined[row] & mask[row] : joined[row] | mask[row];
  }
  if (condition.kind == Condition::Kind::none_of)
    for (std::uint8_t& holds_in_row : joined) holds_in_row ^= 1U;
  return joined;
}

bool is_ordered(const Condition& condition) {
  return condition.comparison != Comparison::equal && condition.comparison != Comparison::unequal;
}

const TableColumn& column_of(const Table& table, const Condition& condition) {
  try {
    return get_column(table, condition.column);
  } catch (const QueryError& error) {
    fail_at(condition.position, error.what());
  }
}

void check_comparison(const Condition& condition, const TableColumn& column, const WordsOfColumns& words) {
  if (!is_text(column)) {
    numbers_of(condition, column.name);
    return;
  }
  const auto found = words.find(column.name);
  const bool any_number = found == words.end() || found->second.any_number || found->second.items.empty();
  if (is_ordered(condition) && !(to_number(condition.values.front()) && any_number))
    fail_at(condition.position, fmt::format("column '{}' holds words; compare it with == or !=", column.name));
}

bool names_rows(const std::string& column) { return column == "job" || column == "state"; }

std::string unknown_word(const std::string& column, const std::string& word, std::vector<std::string> words) {
  constexpr std::size_t most = 12;
  const std::string nearest = nearest_word(word, words);
  if (!nearest.empty()) return fmt::format("no row has {} '{}'; did you mean '{}'?", column, word, nearest);
  if (words.size() > most) {
    words.resize(most);
    words.emplace_back("…");
  }
  return fmt::format("no row has {} '{}'; there are {}", column, word, fmt::join(words, ", "));
}

void collect_unknown_words(const WordsOfColumns& words_of_columns, const Condition& condition,
                           std::vector<std::string>& found) {
  for (const Condition& part : condition.parts) collect_unknown_words(words_of_columns, part, found);
  if (condition.kind != Condition::Kind::comparison || is_ordered(condition) || names_rows(condition.column)) return;
  const auto words = words_of_columns.find(condition.column);
  if (words == words_of_columns.end() || words->second.items.empty()) return;
  for (const std::string& value : condition.values) {
    const bool known = std::ranges::any_of(
        words->second.items, [&](const std::string& word) { return word_holds(word, Comparison::equal, value); });
    if (!known) found.push_back(unknown_word(condition.column, value, words->second.items));
  }
}

WordsOfColumns words_of_columns(const Table& table, const std::set<std::string>& names) {
  WordsOfColumns words;
  for (const std::string& name : names) {
    const TableColumn* column = find_column(table, name);
    if (column != nullptr && is_text(*column)) collect_words(*column, words[name]);
  }
  return words;
}

void collect_compared_columns(const Condition& condition, std::set<std::string>& names) {
  if (condition.kind == Condition::Kind::comparison) names.insert(condition.column);
  for (const Condition& part : condition.parts) collect_compared_columns(part, names);
}

std::vector<std::size_t> rows_in(const Mask& mask) {
  std::vector<std::size_t> rows;
  for (std::size_t row = 0; row < mask.size(); ++row) {
    if (mask[row] != 0) rows.push_back(row);
  }
  return rows;
}

}  // namespace

Condition parse_condition(const std::string& text) { return Parser(text).whole(); }

std::set<std::string> compared_columns(const Condition& condition) {
  std::set<std::string> names;
  collect_compared_columns(condition, names);
  return names;
}

void collect_words(const TableColumn& column, ColumnWords& words) {
  const auto& cells = std::get<std::vector<std::string>>(column.values);
  std::unordered_set<std::string> known(words.items.begin(), words.items.end());
  for (std::size_t row = 0; row < cells.size(); ++row) {
    if (row > 0 && cells[row] == cells[row - 1]) continue;  // as a rule
    words.any_number = words.any_number || to_number(cells[row]);
    if (names_rows(column.name)) {
      if (words.items.empty() && !cells[row].empty()) words.items.push_back(cells[row]);
      continue;
    }
    for (std::string& item : list_items(cells[row]))
      if (known.insert(item).second) words.items.push_back(std::move(item));
  }
}

void check_condition(const Condition& condition, const Table& columns, const WordsOfColumns& words) {
  if (condition.kind == Condition::Kind::comparison) check_comparison(condition, column_of(columns, condition), words);
  for (const Condition& part : condition.parts) check_condition(part, columns, words);
}

std::vector<std::string> unknown_words(const WordsOfColumns& words, const Condition& condition) {
  std::vector<std::string> found;
  collect_unknown_words(words, condition, found);
  return found;
}

std::vector<std::string> unknown_words(const Table& table, const Condition& condition) {
  return unknown_words(words_of_columns(table, compared_columns(condition)), condition);
}

std::vector<std::size_t> matching_rows(const Block& block, const Condition& condition) {
  return rows_in(evaluate(block, condition));
}

std::vector<std::size_t> matching_rows(const Table& table, const Condition& condition) {
  check_condition(condition, table, words_of_columns(table, compared_columns(condition)));
  return matching_rows(as_block(table), condition);
}

}  // namespace nxmc
