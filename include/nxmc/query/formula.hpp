// What conditions compare: columns, numbers, and what is calculated of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "nxmc/query/table.hpp"

namespace nxmc {

/// In the order of calculation, as on a calculator with a stack: long formulas need no recursion.
struct Formula {
  struct Step {
    enum class Kind : std::uint8_t { number, column, negate, add, subtract, multiply, divide };
    Kind kind = Kind::number;
    double value = 0;          ///< of a number
    std::string column{};      ///< its name
    std::size_t position = 0;  ///< of a column's name in the text, from 1
  };
  std::vector<Step> steps;
};

/// Its value for each row of a block; NaN where a value is missing, for words that are no numbers, and where something
/// is divided by zero. \pre the block has its columns
std::vector<double> values_of(const Formula& formula, const Block& block);

/// Adds the names of its columns.
void collect_columns(const Formula& formula, std::set<std::string>& names);

}  // namespace nxmc
