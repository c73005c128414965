// Results of archives that older versions wrote, in the columns that this one has.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "nxmc/observe/quantities.hpp"

namespace nxmc {

/// From the columns of a file to the present ones. What the file lacks is the sum of its parts, where it has these, or
/// NaN.
class ColumnTranslation {
 public:
  ColumnTranslation(const std::vector<std::string>& stored, std::span<const Quantity> present);

  /// Whether the file has the present columns.
  bool is_identity() const { return identity_; }
  /// Whether the file has what stands at a place of translated rows.
  bool has(std::size_t place) const { return !sources_[place % sources_.size()].empty(); }
  /// \param values  rows of the stored columns, one after the other
  std::vector<double> operator()(std::span<const double> values) const;

 private:
  std::size_t stored_;
  bool identity_;
  std::vector<std::vector<std::size_t>> sources_;  // [present column] stored columns to add up; none: NaN
};

}  // namespace nxmc
