#include "nxmc/query/condition.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "formula_parser.hpp"

namespace nxmc {
namespace {

constexpr double relative_tolerance = 1e-9;

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
  explicit Parser(const std::string& text) : tokens_(text) {}

  Condition whole() {
    if (token().kind == Token::Kind::end) fail_at(1, "the condition is empty; write for example 'temperature < 0.3'");
    Condition condition = any_of(0);
    if (token().kind != Token::Kind::end) fail_at(token().position, after_condition());
    return condition;
  }

 private:
  const Token& token() const { return tokens_.current(); }

  std::string after_condition() const {
    if (tokens_.is_symbol("&&")) return "write 'and' instead of '&&'";
    if (tokens_.is_symbol("||")) return "write 'or' instead of '||'";
    if (to_comparison(token())) return "comparisons do not chain; write 'a < x and x < b'";
    return fmt::format("'and', 'or' or the end was expected, not '{}'", token().text);
  }

  Condition any_of(int depth) { return joined(Condition::Kind::any_of, "or", &Parser::all_of, depth); }
  Condition all_of(int depth) { return joined(Condition::Kind::all_of, "and", &Parser::negated, depth); }

  Condition joined(Condition::Kind kind, std::string_view keyword, Condition (Parser::*parse_operand)(int), int depth) {
    Condition first = (this->*parse_operand)(depth);
    if (!tokens_.is_word(keyword)) return first;
    Condition join;
    join.kind = kind;
    join.parts.push_back(std::move(first));
    while (tokens_.is_word(keyword)) {
      tokens_.step();
      join.parts.push_back((this->*parse_operand)(depth));
    }
    return join;
  }

  Condition negated(int depth) {
    if (depth > deepest_nesting) fail_at(token().position, "the condition is nested too deeply");
    if (!tokens_.is_word("not")) return parenthesised(depth);
    tokens_.step();
    Condition negation;
    negation.kind = Condition::Kind::none_of;
    negation.parts.push_back(negated(depth + 1));
    return negation;
  }

  Condition parenthesised(int depth) {
    if (!tokens_.is_symbol("(") || tokens_.opens_formula()) return comparison();
    const std::size_t opened = tokens_.take().position;
    Condition inner = any_of(depth + 1);
    if (!tokens_.is_symbol(")")) {
      fail_at(token().position, token().kind == Token::Kind::end
                                    ? fmt::format("the parenthesis opened at position {} is never closed", opened)
                                    : after_condition());
    }
    tokens_.step();
    return inner;
  }

  Condition comparison() {
    const std::size_t position = token().position;
    const Operand left = parse_operand(tokens_, "a column name");
    if (left.alone && tokens_.is_word("in")) return membership(*left.alone, Comparison::equal);
    if (left.alone && tokens_.is_word("not")) {
      tokens_.step();
      if (!tokens_.is_word("in")) fail_at(token().position, "'in' was expected after 'not'");
      return membership(*left.alone, Comparison::unequal);
    }
    const std::optional<Comparison> relation = to_comparison(token());
    if (!relation) fail_at(token().position, no_comparison(left));
    tokens_.step();
    const Operand right = parse_operand(tokens_, "a number or a word");
    if (left.alone && right.alone) return comparison_of_words(*left.alone, *relation, *right.alone);
    Condition condition = comparison_of_formulas(as_formula(left), *relation, as_formula(right));
    condition.position = position;
    if (compared_columns(condition).empty()) fail_at(position, "one side of a comparison must be a column name");
    return condition;
  }

  /// A column and a value; or, if the column holds numbers and the other word is none, two columns.
  static Condition comparison_of_words(const Token& left, Comparison relation, const Token& right) {
    const bool value_first = to_number(left.text).has_value() || left.kind == Token::Kind::quoted;
    const Token& column = value_first ? right : left;
    const Token& value = value_first ? left : right;
    if (column.kind == Token::Kind::quoted || to_number(column.text)) {
      fail_at(left.position, "one side of a comparison must be a column name");
    }
    // No column's name begins with a sign.
    if (column.text.front() == '-' || column.text.front() == '+')
      return comparison_of_formulas(as_formula(left), relation, as_formula(right));
    Condition condition = leaf(column, value_first ? mirrored(relation) : relation, {value.text});
    if (value.kind == Token::Kind::word && !to_number(value.text))
      condition.sides = {as_formula(column), as_formula(value)};
    return condition;
  }

  static Condition comparison_of_formulas(Formula left, Comparison relation, Formula right) {
    Condition condition;
    condition.kind = Condition::Kind::comparison;
    condition.comparison = relation;
    condition.sides = {std::move(left), std::move(right)};
    return condition;
  }

  std::string no_comparison(const Operand& left) const {
    if (tokens_.is_symbol("=")) return "write '==' to compare";
    const std::string what = left.alone ? fmt::format("'{}'", left.alone->text) : "the formula";
    return fmt::format("a comparison (== != < <= > >= in) was expected after {}, not '{}'", what, token().text);
  }

  Condition membership(const Token& column, Comparison comparison) {
    tokens_.step();
    if (!tokens_.is_symbol("[")) fail_at(token().position, "a list was expected after 'in', as in [1, 2]");
    std::vector<std::string> values;
    do {
      tokens_.step();
      values.push_back(listed_value());
    } while (tokens_.is_symbol(","));
    if (!tokens_.is_symbol("]"))
      fail_at(token().position, fmt::format("',' or ']' was expected, not '{}'", token().text));
    tokens_.step();
    return leaf(column, comparison, std::move(values));
  }

  std::string listed_value() {
    const bool is_value = token().kind == Token::Kind::quoted || token().kind == Token::Kind::word;
    if (!is_value || tokens_.is_keyword())
      fail_at(token().position, fmt::format("a number or a word was expected, not '{}'", token().text));
    return tokens_.take().text;
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

  Tokens tokens_;
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

/// A word that is no number can be a column that is not called so.
std::string nearest_column(const Table& columns, const std::string& word) {
  std::vector<std::string> numeric;
  for (const TableColumn& column : columns.columns)
    if (!is_text(column)) numeric.push_back(column.name);
  const std::string nearest = nearest_word(word, numeric);
  return nearest.empty() ? "" : fmt::format(", nor is it a column; did you mean '{}'?", nearest);
}

/// \param columns  for advice
std::vector<double> numbers_of(const Condition& condition, const std::string& column, const Table* columns = nullptr) {
  std::vector<double> values;
  for (const std::string& text : condition.values) {
    const std::optional<double> value = to_number(text);
    if (!value)
      fail_at(condition.position, fmt::format("column '{}' holds numbers; '{}' is none{}", column, text,
                                              columns == nullptr ? "" : nearest_column(*columns, text)));
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

Mask compare_formulas(const Block& block, const Condition& condition) {
  const std::vector<double> left = values_of(condition.sides[0], block);
  const std::vector<double> right = values_of(condition.sides[1], block);
  Mask mask(left.size());
  for (std::size_t row = 0; row < mask.size(); ++row)
    mask[row] = !std::isnan(left[row]) && !std::isnan(right[row]) && holds(left[row], condition.comparison, right[row]);
  return mask;
}

Mask compare(const Block& block, const Condition& condition) {
  if (!condition.sides.empty()) return compare_formulas(block, condition);
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

const TableColumn& column_of(const Table& table, const std::string& name, std::size_t position,
                             const std::string& advice = {}) {
  try {
    return get_column(table, name);
  } catch (const QueryError& error) {
    fail_at(position, error.what() + advice);
  }
}

/// Whether some of its words are numbers, or may be.
bool may_be_numbers(const TableColumn& column, const WordsOfColumns& words) {
  if (!is_text(column)) return true;
  const auto found = words.find(column.name);
  return found == words.end() || found->second.any_number || found->second.items.empty();
}

void check_formula(const Formula& formula, const Table& columns, const WordsOfColumns& words) {
  for (const Formula::Step& step : formula.steps) {
    if (step.kind != Formula::Step::Kind::column) continue;
    const bool joined = step.column.find_first_of("+-", 1) != std::string::npos;
    const TableColumn& column = column_of(columns, step.column, step.position,
                                          joined ? "; + and - between columns and numbers need spaces round them" : "");
    if (!may_be_numbers(column, words))
      fail_at(step.position, fmt::format("column '{}' holds words, with which one cannot calculate", step.column));
  }
}

void check_comparison(const Condition& condition, const Table& columns, const WordsOfColumns& words) {
  if (!condition.sides.empty()) {
    for (const Formula& side : condition.sides) check_formula(side, columns, words);
    return;
  }
  const TableColumn& column = column_of(columns, condition.column, condition.position);
  if (!is_text(column)) {
    numbers_of(condition, column.name, &columns);
    return;
  }
  if (is_ordered(condition) && !(to_number(condition.values.front()) && may_be_numbers(column, words)))
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
  const bool of_words = condition.kind == Condition::Kind::comparison && condition.sides.empty();
  if (!of_words || is_ordered(condition) || names_rows(condition.column)) return;
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
  if (!condition.column.empty()) names.insert(condition.column);
  for (const Formula& side : condition.sides) collect_columns(side, names);
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

Condition resolved(Condition condition, const Table& columns) {
  for (Condition& part : condition.parts) part = resolved(std::move(part), columns);
  if (condition.column.empty() || condition.sides.empty()) return condition;
  const TableColumn* column = find_column(columns, condition.column);
  const bool of_numbers = column != nullptr && (!is_text(*column) || is_ordered(condition));
  std::set<std::string> others;
  collect_columns(condition.sides[1], others);
  const TableColumn* other = find_column(columns, *others.begin());
  if (of_numbers && other != nullptr) {
    condition.column.clear();
    condition.values.clear();
  } else {
    condition.sides.clear();
  }
  return condition;
}

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
  if (condition.kind == Condition::Kind::comparison) check_comparison(condition, columns, words);
  for (const Condition& part : condition.parts) check_condition(part, columns, words);
}

std::vector<std::string> unknown_words(const WordsOfColumns& words, const Condition& condition) {
  std::vector<std::string> found;
  collect_unknown_words(words, condition, found);
  return found;
}

std::vector<std::string> unknown_words(const Table& table, const Condition& asked) {
  const Condition condition = resolved(asked, table);
  return unknown_words(words_of_columns(table, compared_columns(condition)), condition);
}

std::vector<std::size_t> matching_rows(const Block& block, const Condition& condition) {
  return rows_in(evaluate(block, condition));
}

std::vector<std::size_t> matching_rows(const Table& table, const Condition& asked) {
  const Condition condition = resolved(asked, table);
  check_condition(condition, table, words_of_columns(table, compared_columns(condition)));
  return matching_rows(as_block(table), condition);
}

}  // namespace nxmc
