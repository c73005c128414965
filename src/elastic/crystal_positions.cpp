#include "nxmc/elastic/crystal_positions.hpp"

#include <cassert>
#include <cstddef>
#include <numeric>

namespace nxmc {

double dilation_per_mismatch(const Lattice& lattice) {
  double lengths = 0;
  double squares = 0;
  for (const double d : lattice.bond_length) {
    lengths += d;
    squares += d * d;
  }
  return lengths / squares;
}

CrystalPositions::CrystalPositions(const Lattice& lattice, double shell_stiffness, double edge_A, double edge_B,
                                   bool relaxed)
    : lattice_(lattice), edge_A_(edge_A), edge_B_(edge_B) {
  assert(edge_A > 0 && edge_B > 0);
  if (relaxed) solver_.emplace(lattice, shell_stiffness, (edge_A - edge_B) / 2 / dilation_per_mismatch(lattice));
}

std::vector<Vector3> CrystalPositions::of(std::span<const std::int8_t> sigma) const {
  const double mean = std::accumulate(sigma.begin(), sigma.end(), 0) / static_cast<double>(sigma.size());
  const double spacing = (edge_A_ + edge_B_) / 2 + mean * (edge_A_ - edge_B_) / 2;
  const std::vector<double> u = solver_ ? solver_->solve(sigma) : std::vector<double>();
  const auto d = static_cast<std::size_t>(lattice_.dimension);
  std::vector<Vector3> positions(lattice_.sites());
  for (std::size_t i = 0; i < positions.size(); ++i) {
    for (std::size_t k = 0; k < 3; ++k) positions[i][k] = spacing * lattice_.position[i][k];
    for (std::size_t k = 0; k < d && !u.empty(); ++k) positions[i][k] += u[d * i + k];
  }
  return positions;
}

}  // namespace nxmc
