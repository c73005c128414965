#include "nxmc/statics/ions.hpp"

#include <Eigen/Eigenvalues>
#include <cassert>
#include <cmath>

#include <Eigen/LU>

namespace nxmc::statics {

double Ions::volume() const { return std::abs(edges.determinant()); }

const std::array<Eigen::Matrix3d, 6>& voigt_basis() {
  static const std::array<Eigen::Matrix3d, 6> basis = [] {
    std::array<Eigen::Matrix3d, 6> E;
    constexpr std::array<std::array<int, 2>, 6> index{{{0, 0}, {1, 1}, {2, 2}, {1, 2}, {2, 0}, {0, 1}}};
    for (std::size_t v = 0; v < E.size(); ++v) {
      E[v].setZero();
      E[v](index[v][0], index[v][1]) += 0.5;
      E[v](index[v][1], index[v][0]) += 0.5;
    }
    return E;
  }();
  return basis;
}

Ions deformed(const Ions& ions, const Eigen::VectorXd& change) {
  const auto n = static_cast<Eigen::Index>(ions.count());
  assert(change.size() == strain_components + 3 * n);
  Eigen::Matrix3d metric = Eigen::Matrix3d::Identity();
  for (std::size_t v = 0; v < voigt_basis().size(); ++v)
    metric += 2 * change[static_cast<Eigen::Index>(v)] * voigt_basis()[v];
  const Eigen::Matrix3d gradient = Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d>(metric).operatorSqrt();
  Ions result = ions;
  result.edges = gradient * ions.edges;
  result.positions += Eigen::Map<const Eigen::Matrix3Xd>(change.data() + strain_components, 3, n);
  result.positions = (gradient * result.positions).eval();
  return result;
}

Ions repeated(const Ions& ions, const std::array<int, 3>& times) {
  const auto n = static_cast<Eigen::Index>(ions.count());
  Ions result;
  result.edges = ions.edges * Eigen::Vector3d(times[0], times[1], times[2]).asDiagonal();
  result.positions.resize(3, n * times[0] * times[1] * times[2]);
  Eigen::Index copy = 0;
  for (int k = 0; k < times[0]; ++k)
    for (int l = 0; l < times[1]; ++l)
      for (int m = 0; m < times[2]; ++m, ++copy) {
        result.positions.middleCols(copy * n, n) = ions.positions.colwise() + ions.edges * Eigen::Vector3d(k, l, m);
        result.species.insert(result.species.end(), ions.species.begin(), ions.species.end());
      }
  return result;
}

}  // namespace nxmc::statics
