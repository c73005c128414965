#include "nxmc/engine/sum_tree.hpp"

#include <cassert>

namespace nxmc {

namespace {

constexpr std::size_t children = 8;

double node_sum(const double* c) { return ((c[0] + c[4]) + (c[2] + c[6])) + ((c[1] + c[5]) + (c[3] + c[7])); }

std::size_t nodes_over(std::size_t count) { return (count + children - 1) / children; }

/// The child in which `rest` falls, reduced by the children before it. Sums of rounded sums may leave a little too
/// much: the last child that is not empty takes it.
std::size_t descend(const double* child, double& rest) {
  std::size_t last = 0;
  double rest_in_last = rest;
  for (std::size_t k = 0; k < children; ++k) {
    if (child[k] <= 0) continue;
    last = k;
    rest_in_last = rest;
    if (rest < child[k]) break;
    rest -= child[k];
  }
  rest = rest_in_last;
  return last;
}

/// Replaces nodes by their parents, each but once; both ascend.
void to_parents(std::vector<std::size_t>& nodes) {
  std::size_t parents = 0;
  for (const std::size_t node : nodes) {
    const std::size_t parent = node / children;
    if (parents == 0 || nodes[parents - 1] != parent) nodes[parents++] = parent;
  }
  nodes.resize(parents);
}

}  // namespace

SumTree::SumTree(std::size_t leaves) : leaves_(leaves) {
  std::size_t size = 0;
  std::size_t nodes = leaves;
  do {
    level_.push_back(size);
    size += nodes_over(nodes) * children;
    nodes = nodes_over(nodes);
  } while (nodes > 1);
  level_.push_back(size);
  sums_.assign(size + 1, 0.0);
}

void SumTree::rebuild() {
  for (std::size_t l = 0; l + 1 < level_.size(); ++l) {
    const std::size_t nodes = (level_[l + 1] - level_[l]) / children;
    for (std::size_t n = 0; n < nodes; ++n) sums_[level_[l + 1] + n] = node_sum(&sums_[level_[l] + n * children]);
  }
}

void SumTree::follow(std::span<const std::size_t> changed) {
  nodes_.assign(changed.begin(), changed.end());
  for (std::size_t l = 0; l + 1 < level_.size(); ++l) {
    to_parents(nodes_);
    for (const std::size_t n : nodes_) sums_[level_[l + 1] + n] = node_sum(&sums_[level_[l] + n * children]);
  }
}

SumTree::Pick SumTree::find(double target) const {
  assert(total() > 0);
  std::size_t node = 0;
  double rest = target;
  for (std::size_t l = level_.size() - 1; l-- > 0;) {
    node = node * children + descend(&sums_[level_[l] + node * children], rest);
  }
  return {node, rest};
}

}  // namespace nxmc
