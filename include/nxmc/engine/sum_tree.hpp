// Sums over many weights of which one is drawn in proportion to its size.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace nxmc {

/// A tree of partial sums, eight children to a node. Every sum is a function of the leaves alone, to the bit: it does
/// not depend on the order in which leaves were set.
class SumTree {
 public:
  explicit SumTree(std::size_t leaves);

  /// Leaves to be written directly; `rebuild` or `follow` has to come next. O(leaves).
  std::span<double> leaves() { return {sums_.data(), leaves_}; }
  std::span<const double> leaves() const { return {sums_.data(), leaves_}; }
  void rebuild();

  /// Corrects the sums above leaves that were written. O(changed log leaves), less where they lie close together.
  /// \pre no leaf is negative; `changed` ascends
  void follow(std::span<const std::size_t> changed);

  double total() const { return sums_.back(); }

  struct Pick {
    std::size_t leaf;
    double rest;  ///< what is left of the target inside the leaf
  };
  /// The leaf in which the running sum passes `target`; never an empty one, whatever the rounding.
  /// \pre 0 <= target <= total() and total() > 0
  Pick find(double target) const;

 private:
  std::size_t leaves_;
  std::vector<std::size_t> level_;  // where each level starts in sums_; level 0 holds the leaves, padded to whole nodes
  std::vector<double> sums_;
  std::vector<std::size_t> nodes_;  // workspace
};

}  // namespace nxmc
