// The cells of a row of an answer, by the names of their columns.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "nxmc/query/table.hpp"

namespace nxmc {

/// \pre the block outlives it and has the columns that are asked for
class Cells {
 public:
  Cells(const Block& block, std::size_t row) : block_(block), row_(row) {}

  double number(const std::string& name) const { return number_at(*find(name).column, place(find(name))); }
  std::string text(const std::string& name) const { return text_at(*find(name).column, place(find(name))); }
  std::vector<std::string> texts(const std::vector<std::string>& names) const {
    std::vector<std::string> all;
    all.reserve(names.size());
    for (const std::string& name : names) all.push_back(text(name));
    return all;
  }

 private:
  BlockColumn find(const std::string& name) const { return find_column(block_, name); }
  std::size_t place(const BlockColumn& found) const {
    return found.of_jobs ? std::size_t{block_.job_of_row[row_]} : row_;
  }

  const Block& block_;
  std::size_t row_;
};

}  // namespace nxmc
