// Formulas from text: + - * / with the usual precedence, signs, parentheses.
#pragma once

#include <optional>

#include "nxmc/query/formula.hpp"
#include "tokens.hpp"

namespace nxmc {

/// The parsers recurse: without a limit a long row of '(' would exhaust the stack.
inline constexpr int deepest_nesting = 100;

/// What stands at one side of a comparison.
struct Operand {
  std::optional<Token>
      alone;        ///< a single word, number or quoted word: what it means, the other side and the column decide
  Formula formula;  ///< everything else
};

/// \param what  is expected here, in words, for the message
/// \throws QueryError with the position of what was not understood
Operand parse_operand(Tokens& tokens, const char* what);

/// A single word as a formula. \throws QueryError for a quoted one
Formula as_formula(const Token& token);
Formula as_formula(const Operand& operand);

}  // namespace nxmc
