// The language of `--where`: comparisons of columns with numbers, words, other columns and what is calculated of them,
// joined by and, or, not and parentheses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "nxmc/query/formula.hpp"
#include "nxmc/query/table.hpp"

namespace nxmc {

enum class Comparison : std::uint8_t { equal, unequal, less, less_equal, greater, greater_equal };

/// A parsed condition: either a comparison, or other conditions joined.
struct Condition {
  enum class Kind : std::uint8_t { comparison, all_of, any_of, none_of };
  Kind kind = Kind::all_of;
  std::vector<Condition> parts;  ///< of all_of, any_of, none_of

  // Of a comparison of one column with values. With several values (`in`), `equal` asks for any of them and `unequal`
  // for none of them.
  std::string column;
  std::size_t position = 0;  ///< of the column's name in the text, from 1
  Comparison comparison = Comparison::equal;
  std::vector<std::string> values;  ///< as written, without quotes
  /// Of a comparison of two formulas, left and right. While it is not `resolved`, there may be a column and a value
  /// beside them: whether `a < b` compares two columns, the table tells.
  std::vector<Formula> sides;
};

/// Grammar: `size == 16 and (state == done or not scan in [a, "b c"])`. Numbers may stand left of the comparison too;
/// columns of numbers may be compared with others, and calculated with: `tau_int > measured_sweeps / 50`,
/// `2 * (f_U1 + 0.1) <= -f_U2`. As + and - belong to words (shell-stiffness, 1e-3), operators have spaces round them.
/// \throws QueryError with the position (from 1) of what was not understood
Condition parse_condition(const std::string& text);

/// The condition as these columns understand it: where both sides of a comparison are words, they are two columns if
/// both are names of some, and the first holds numbers or is compared by < or >.
Condition resolved(Condition condition, const Table& columns);

/// Ascending indices of the rows that fulfil a condition.
///
/// Numbers are equal when they differ by at most 1e-9 of the larger one. Columns of words know == and !=, except that
/// the words that are numbers (sizes: 16) also compare as such, and a list (a job of two scans: "a,b") equals each of
/// its items. A missing value, and what is calculated of one or divided by zero, fulfils no comparison, not even !=;
/// `not` then turns that into true.
///
/// \throws QueryError for unknown columns, and for comparisons that make no sense for a column
std::vector<std::size_t> matching_rows(const Table& table, const Condition& condition);

/// The same for a block, of a condition that is `resolved` and `check_condition` has found nothing against.
std::vector<std::size_t> matching_rows(const Block& block, const Condition& condition);

/// What the cells of a column of words are.
struct ColumnWords {
  std::vector<std::string> items;  ///< of lists each one, once, in the order of appearance
  bool any_number = false;         ///< 16: the column can be compared with < and >
};
using WordsOfColumns = std::map<std::string, ColumnWords>;

/// Adds what a column has to its words. The words that a job or state has are not collected.
void collect_words(const TableColumn& column, ColumnWords& words);

/// Names of the columns that a resolved condition compares.
std::set<std::string> compared_columns(const Condition& condition);

/// \param columns  of the rows to come, without rows \param words  of the columns of words among them
/// \throws QueryError as `matching_rows`
void check_condition(const Condition& condition, const Table& columns, const WordsOfColumns& words);

/// Comparisons (==, !=, in) of a column of words with a word that no row has, which is often a slip: one sentence for
/// each, with the words that there are. Jobs' names and states are left alone.
std::vector<std::string> unknown_words(const WordsOfColumns& words, const Condition& condition);
/// The same for the words of a table.
std::vector<std::string> unknown_words(const Table& table, const Condition& condition);

}  // namespace nxmc
