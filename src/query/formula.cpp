#include "nxmc/query/formula.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "formula_parser.hpp"
#include "missing.hpp"

namespace nxmc {
namespace {

using Kind = Formula::Step::Kind;

void append(Formula& formula, const Formula& more) {
  formula.steps.insert(formula.steps.end(), more.steps.begin(), more.steps.end());
}

class FormulaParser {
 public:
  FormulaParser(Tokens& tokens, const char* what) : tokens_(tokens), what_(what) {}

  Operand whole() {
    if (tokens_.is_symbol("(") || stands_alone_sign()) {
      sum(0);
      return {{}, std::move(formula_)};
    }
    Token first = take_operand();
    if (!goes_on()) return {std::move(first), {}};
    append(formula_, as_formula(first));
    rest_of_product(0);
    rest_of_sum(0);
    return {{}, std::move(formula_)};
  }

 private:
  bool stands_alone_sign() const { return tokens_.is_word("+") || tokens_.is_word("-"); }
  bool goes_on() const { return tokens_.is_symbol("*") || tokens_.is_symbol("/") || tokens_.has_sign(); }

  Token take_operand() {
    const Token& token = tokens_.current();
    const bool is_operand = token.kind == Token::Kind::word || token.kind == Token::Kind::quoted;
    if (!is_operand || tokens_.is_keyword())
      fail_at(token.position, fmt::format("{} was expected, not '{}'", what_, token.text));
    what_ = "a column name or a number";
    return tokens_.take();
  }

  void sum(int depth) {
    factor(depth);
    rest_of_product(depth);
    rest_of_sum(depth);
  }

  void rest_of_sum(int depth) {
    while (tokens_.has_sign()) {
      const Token sign = tokens_.take();
      if (sign.text.size() == 1)
        factor(depth);
      else  // "-0.1" after something is a difference
        append(formula_, as_formula(Token{Token::Kind::word, sign.text.substr(1), sign.position + 1}));
      rest_of_product(depth);
      calculate(sign.text.front() == '+' ? Kind::add : Kind::subtract);
    }
  }

  void rest_of_product(int depth) {
    while (tokens_.is_symbol("*") || tokens_.is_symbol("/")) {
      const bool multiplies = tokens_.take().text == "*";
      factor(depth);
      calculate(multiplies ? Kind::multiply : Kind::divide);
    }
  }

  void factor(int depth) {
    if (depth > deepest_nesting) fail_at(tokens_.current().position, "the condition is nested too deeply");
    if (stands_alone_sign()) {
      const bool negative = tokens_.take().text == "-";
      factor(depth + 1);
      if (negative) calculate(Kind::negate);
    } else if (tokens_.is_symbol("(")) {
      parenthesised(depth);
    } else {
      append(formula_, as_formula(take_operand()));
    }
  }

  void parenthesised(int depth) {
    const std::size_t opened = tokens_.take().position;
    sum(depth + 1);
    const Token& token = tokens_.current();
    if (!tokens_.is_symbol(")"))
      fail_at(token.position, token.kind == Token::Kind::end
                                  ? fmt::format("the parenthesis opened at position {} is never closed", opened)
                                  : fmt::format("an operator (+ - * /) or ')' was expected, not '{}'", token.text));
    tokens_.step();
  }

  void calculate(Kind kind) { formula_.steps.push_back({.kind = kind}); }

  Tokens& tokens_;
  const char* what_;
  Formula formula_;
};

double cell_of(const TableColumn& column, std::size_t cell) {
  if (!is_text(column)) return number_at(column, cell);
  return to_number(std::get<std::vector<std::string>>(column.values)[cell]).value_or(missing);
}

std::vector<double> values_of_column(const std::string& name, const Block& block) {
  const auto [column, of_jobs] = find_column(block, name);
  const std::size_t cells = of_jobs ? block.jobs.rows : block.rows.rows;
  std::vector<double> values(cells);
  for (std::size_t cell = 0; cell < cells; ++cell) values[cell] = cell_of(*column, cell);
  if (!of_jobs) return values;
  std::vector<double> of_rows(block.rows.rows);
  for (std::size_t row = 0; row < of_rows.size(); ++row) of_rows[row] = values[block.job_of_row[row]];
  return of_rows;
}

double calculated(Kind kind, double a, double b) {
  switch (kind) {
    case Kind::add:
      return a + b;
    case Kind::subtract:
      return a - b;
    case Kind::multiply:
      return a * b;
    default:
      return b == 0 ? missing : a / b;
  }
}

}  // namespace

Operand parse_operand(Tokens& tokens, const char* what) { return FormulaParser(tokens, what).whole(); }

Formula as_formula(const Token& token) {
  if (token.kind == Token::Kind::quoted)
    fail_at(token.position, fmt::format("one cannot calculate with the word '{}'", token.text));
  if (const std::optional<double> number = to_number(token.text)) return {{{.kind = Kind::number, .value = *number}}};
  const bool has_sign = token.text.size() > 1 && (token.text.front() == '-' || token.text.front() == '+');
  Formula formula{{{.kind = Kind::column,
                    .column = has_sign ? token.text.substr(1) : token.text,
                    .position = token.position + (has_sign ? 1 : 0)}}};
  if (has_sign && token.text.front() == '-') formula.steps.push_back({.kind = Kind::negate});
  return formula;
}

Formula as_formula(const Operand& operand) { return operand.alone ? as_formula(*operand.alone) : operand.formula; }

std::vector<double> values_of(const Formula& formula, const Block& block) {
  std::vector<std::vector<double>> stack;
  for (const Formula::Step& step : formula.steps) {
    if (step.kind == Kind::number) {
      stack.emplace_back(block.rows.rows, step.value);
    } else if (step.kind == Kind::column) {
      stack.push_back(values_of_column(step.column, block));
    } else if (step.kind == Kind::negate) {
      for (double& value : stack.back()) value = -value;
    } else {
      const std::vector<double> right = std::move(stack.back());
      stack.pop_back();
      std::vector<double>& left = stack.back();
      for (std::size_t row = 0; row < left.size(); ++row) left[row] = calculated(step.kind, left[row], right[row]);
    }
  }
  return std::move(stack.back());
}

void collect_columns(const Formula& formula, std::set<std::string>& names) {
  for (const Formula::Step& step : formula.steps)
    if (step.kind == Kind::column) names.insert(step.column);
}

}  // namespace nxmc
