// Sets of cells as runs along the last coordinate: what there is of a crystal can be counted, dilated and eroded row by
// row, without its sites.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bravais.hpp"
#include "nxmc/lattice/lattice.hpp"

namespace nxmc {

/// Cells side by side along the last coordinate: places of a row (2D), z (3D).
struct Run {
  Cell first;
  int cells;
  friend bool operator==(const Run&, const Run&) = default;
};

/// A set of cells.
class Runs {
 public:
  /// \param runs  in any order; they may overlap or touch
  Runs(int dimension, std::vector<Run> runs);
  /// \param cells  ascending
  static Runs of_cells(int dimension, std::span<const Cell> cells);

  int dimension() const { return dimension_; }
  bool empty() const { return runs_.empty(); }
  /// Ascending and apart.
  std::span<const Run> runs() const { return runs_; }
  double count() const;
  /// Lexicographically.
  std::vector<Cell> cells() const;
  /// Corners of the box around it. \pre not empty
  Cell lowest() const;
  Cell highest() const;
  bool contains(const Cell& cell) const;

  /// With all cells that a bond leads to.
  Runs dilated() const;
  /// The cells from which no bond leads out.
  Runs eroded() const;

 private:
  struct Line {
    std::size_t first;
    std::size_t last;
  };
  Line line_of(const Cell& cell) const;

  int dimension_;
  std::vector<Run> runs_;
};

}  // namespace nxmc
