// Flat histograms: a chain that moves as if its reduced energy were lower by eta(n), n the number of sites that its
// order parameter counts, so that it visits all of a window alike, whatever lies between phases.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "nxmc/engine/parameters.hpp"

namespace nxmc {

/// eta: linear between nodes, which are spread evenly over the window, and falling ever faster beyond its ends. So
/// every configuration has a weight: chains that begin outside come in by themselves, and samples of any window tell
/// about all others.
class WindowWeights {
 public:
  /// \param sites  that the order parameter is a fraction of \pre 0 <= from <= to <= 1
  WindowWeights(const Window& window, std::size_t sites);
  /// With weights that are known. \param eta  nodes() of a window as this one
  /// \throws std::runtime_error if they are not as many, or not finite
  WindowWeights(const Window& window, std::size_t sites, const std::vector<double>& eta);

  double eta(std::int64_t count) const;
  /// eta at each node.
  const std::vector<double>& nodes() const { return eta_; }

  /// While a chain equilibrates, after each sweep: lowers eta where it is. The step is halved whenever all nodes that
  /// are known have been visited again, and from nodes / sweeps on is that (Belardinelli and Pereyra, J. Chem. Phys.
  /// 127, 184105, 2007). A node that is met for the first time begins like its nearest neighbour, with large steps for
  /// all: what no configuration has draws nothing to itself.
  void learn(std::int64_t count);
  /// While a chain is measured, when eta stays as it is.
  void visit(std::int64_t count);
  /// Measured visits of the node that has fewest over their mean: 0 where a part was never seen, NaN before any.
  double coverage() const;

  std::vector<double> save() const;
  static std::size_t saved_size(const Window& window, std::size_t sites);
  /// \throws std::runtime_error if the numbers are none that a chain keeps
  void load(std::span<const double> saved);

 private:
  bool inside(std::int64_t count) const { return first_ <= count && count <= last_; }
  std::size_t nearest_node(std::int64_t count) const;
  double next(std::size_t end) const;
  double outside(double distance, double rise_to_the_end) const;
  void meet(std::size_t node);
  void extend_beyond_known();
  void refine_step();

  std::int64_t first_;
  std::int64_t last_;
  double spacing_;  // of nodes, in sites
  std::vector<double> eta_;
  std::vector<double> visits_;   // [node] in measured sweeps
  std::vector<double> known_;    // [node] 1: has been visited
  std::vector<double> visited_;  // [node] 1: since the step was halved
  double step_;
  double learnt_ = 0;  // sweeps since a node was met
};

/// Of how many sites the order parameter of a window is a fraction.
std::size_t sites_of_window(const Physics& physics);

/// That a finished chain was measured with. \param final_state  Record::final_state \pre the chain has a window
/// \throws std::runtime_error if it is none
WindowWeights weights_of_chain(const Physics& physics, std::span<const std::uint8_t> final_state);

}  // namespace nxmc
