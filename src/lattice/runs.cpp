#include "runs.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <map>
#include <utility>

namespace nxmc {
namespace {

/// The coordinate along which runs lie.
std::size_t along(int dimension) { return dimension == 2 ? 1 : 2; }

Cell line_at(Cell cell, std::size_t axis) {
  cell[axis] = 0;
  return cell;
}

Cell shifted(const Cell& a, const Cell& b) { return {a[0] + b[0], a[1] + b[1], a[2] + b[2]}; }

/// Bonds, and staying where one is, line by line: in each a stretch without gaps.
struct Reach {
  Cell line;
  int from;
  int to;
};

std::vector<Reach> reach_of_bonds(int dimension) {
  const std::size_t axis = along(dimension);
  std::map<Cell, std::pair<int, int>> stretches{{Cell{}, {0, 0}}};
  for (const Cell& bond : bravais_lattice(dimension).bonds) {
    auto& [from, to] = stretches.try_emplace(line_at(bond, axis), bond[axis], bond[axis]).first->second;
    from = std::min(from, bond[axis]);
    to = std::max(to, bond[axis]);
  }
  std::vector<Reach> reach;
  for (const auto& [line, stretch] : stretches) reach.push_back({line, stretch.first, stretch.second});
  return reach;
}

struct Interval {
  int first;
  int last;
};

std::vector<Interval> intersection(const std::vector<Interval>& a, const std::vector<Interval>& b) {
  std::vector<Interval> common;
  for (const Interval& x : a) {
    for (const Interval& y : b) {
      const Interval both{std::max(x.first, y.first), std::min(x.last, y.last)};
      if (both.first <= both.last) common.push_back(both);
    }
  }
  return common;
}

}  // namespace

Runs::Runs(int dimension, std::vector<Run> runs) : dimension_(dimension) {
  const std::size_t axis = along(dimension);
  std::ranges::sort(runs, {}, &Run::first);
  for (const Run& run : runs) {
    if (run.cells <= 0) continue;
    if (!runs_.empty()) {
      Run& before = runs_.back();
      const bool touches = line_at(before.first, axis) == line_at(run.first, axis) &&
                           run.first[axis] <= before.first[axis] + before.cells;
      if (touches) {
        before.cells = std::max(before.cells, run.first[axis] + run.cells - before.first[axis]);
        continue;
      }
    }
    runs_.push_back(run);
  }
}

Runs Runs::of_cells(int dimension, std::span<const Cell> cells) {
  std::vector<Run> runs;
  runs.reserve(cells.size());
  for (const Cell& cell : cells) runs.push_back({cell, 1});
  return {dimension, std::move(runs)};
}

double Runs::count() const {
  double cells = 0;
  for (const Run& run : runs_) cells += run.cells;
  return cells;
}

std::vector<Cell> Runs::cells() const {
  const std::size_t axis = along(dimension_);
  std::vector<Cell> cells;
  cells.reserve(static_cast<std::size_t>(count()));
  for (const Run& run : runs_) {
    Cell cell = run.first;
    for (int k = 0; k < run.cells; ++k, ++cell[axis]) cells.push_back(cell);
  }
  return cells;
}

Cell Runs::lowest() const {
  Cell lowest = runs_.front().first;
  for (const Run& run : runs_)
    for (std::size_t k = 0; k < 3; ++k) lowest[k] = std::min(lowest[k], run.first[k]);
  return lowest;
}

Cell Runs::highest() const {
  const std::size_t axis = along(dimension_);
  Cell highest = runs_.front().first;
  for (const Run& run : runs_) {
    Cell last = run.first;
    last[axis] += run.cells - 1;
    for (std::size_t k = 0; k < 3; ++k) highest[k] = std::max(highest[k], last[k]);
  }
  return highest;
}

Runs::Line Runs::line_of(const Cell& cell) const {
  const std::size_t axis = along(dimension_);
  const auto of_run = [axis](const Run& run) { return line_at(run.first, axis); };
  const Cell line = line_at(cell, axis);
  const auto first = std::ranges::lower_bound(runs_, line, {}, of_run);
  const auto last = std::ranges::upper_bound(first, runs_.end(), line, {}, of_run);
  return {static_cast<std::size_t>(first - runs_.begin()), static_cast<std::size_t>(last - runs_.begin())};
}

bool Runs::contains(const Cell& cell) const {
  const auto after = std::ranges::upper_bound(runs_, cell, {}, &Run::first);
  if (after == runs_.begin()) return false;
  const Run& run = *std::prev(after);
  const std::size_t axis = along(dimension_);
  return line_at(run.first, axis) == line_at(cell, axis) && cell[axis] < run.first[axis] + run.cells;
}

Runs Runs::dilated() const {
  const std::size_t axis = along(dimension_);
  std::vector<Run> larger;
  for (const Reach& reach : reach_of_bonds(dimension_)) {
    for (const Run& run : runs_) {
      Run moved{shifted(run.first, reach.line), run.cells + reach.to - reach.from};
      moved.first[axis] += reach.from;
      larger.push_back(moved);
    }
  }
  return {dimension_, std::move(larger)};
}

Runs Runs::eroded() const {
  const std::size_t axis = along(dimension_);
  const std::vector<Reach> reach = reach_of_bonds(dimension_);
  std::vector<Run> smaller;
  for (const Run& run : runs_) {
    std::vector<Interval> inside{{run.first[axis], run.first[axis] + run.cells - 1}};
    for (const Reach& bonds : reach) {
      const Line line = line_of(shifted(run.first, bonds.line));
      std::vector<Interval> allowed;
      for (std::size_t k = line.first; k < line.last; ++k) {
        const int first = runs_[k].first[axis];
        allowed.push_back({first - bonds.from, first + runs_[k].cells - 1 - bonds.to});
      }
      inside = intersection(inside, allowed);
    }
    for (const Interval& part : inside) {
      Run left = run;
      left.first[axis] = part.first;
      left.cells = part.last - part.first + 1;
      smaller.push_back(left);
    }
  }
  return {dimension_, std::move(smaller)};
}

}  // namespace nxmc
