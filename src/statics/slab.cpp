#include "slab.hpp"

#include <Eigen/Geometry>
#include <Eigen/LU>
#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

namespace nxmc::statics {
namespace {

using Eigen::Index;
using Eigen::Matrix3d;
using Eigen::Vector3d;

/// Whole indices of the plane with respect to these edges, without a common factor.
Vector3d indices_of_plane(const Matrix3d& edges, const Matrix3d& conventional, const MillerIndices& plane) {
  const Vector3d normal = conventional.inverse().transpose() * Vector3d(plane[0], plane[1], plane[2]);
  // Lattices with more points than corners of the conventional cell give halves at most.
  const Vector3d twice = 2 * edges.transpose() * normal;
  std::array<int, 3> whole{};
  for (std::size_t i = 0; i < 3; ++i) whole[i] = static_cast<int>(std::lround(twice[static_cast<Index>(i)]));
  const int divisor = std::gcd(std::gcd(whole[0], whole[1]), whole[2]);
  assert(divisor != 0);
  return Vector3d(whole[0], whole[1], whole[2]) / divisor;
}

/// Whole combinations of edges, shortest first, that lead so many planes up.
std::vector<Vector3d> combinations(const Matrix3d& edges, const Vector3d& indices, int planes) {
  const int most = 2 + static_cast<int>(indices.cwiseAbs().maxCoeff());
  std::vector<Vector3d> found;
  for (int k = -most; k <= most; ++k)
    for (int l = -most; l <= most; ++l)
      for (int m = -most; m <= most; ++m) {
        const Vector3d n(k, l, m);
        if (!n.isZero() && std::lround(n.dot(indices)) == planes) found.push_back(n);
      }
  std::stable_sort(found.begin(), found.end(), [&](const Vector3d& one, const Vector3d& other) {
    return (edges * one).norm() < (edges * other).norm() * (1 - 1e-9);
  });
  return found;
}

/// Three combinations of edges that span the same lattice: the shortest two in the plane, and the shortest to the next
/// one.
Matrix3d surface_basis(const Matrix3d& edges, const Vector3d& indices) {
  const std::vector<Vector3d> in_plane = combinations(edges, indices, 0);
  const Vector3d up = combinations(edges, indices, 1).front();
  for (const Vector3d& second : in_plane) {
    Matrix3d basis;
    basis << in_plane.front(), second, up;
    if (std::lround(std::abs(basis.determinant())) != 1) continue;
    if (basis.determinant() < 0) basis.col(1) *= -1;
    return basis;
  }
  assert(false);
  return Matrix3d::Identity();
}

/// Turns the first edge to x and the plane of the first two to z = const.
Matrix3d rotation_to_axes(const Matrix3d& edges) {
  Matrix3d axes;
  axes.col(0) = edges.col(0).normalized();
  axes.col(2) = edges.col(0).cross(edges.col(1)).normalized();
  axes.col(1) = axes.col(2).cross(axes.col(0));
  return axes.transpose();
}

double wrapped(double height, double period) { return height - period * std::floor(height / period); }

}  // namespace

Layers layers(const Ions& primitive, const Matrix3d& conventional, const MillerIndices& plane) {
  const Matrix3d edges =
      primitive.edges * surface_basis(primitive.edges, indices_of_plane(primitive.edges, conventional, plane));
  const Matrix3d rotation = rotation_to_axes(edges);
  Layers result;
  result.one = primitive;
  result.one.edges = rotation * edges;
  result.one.positions = rotation * primitive.positions;
  result.height = result.one.edges(2, 2);

  std::vector<double> heights;
  constexpr double same_plane = 1e-3;  // Å
  for (Index i = 0; i < result.one.positions.cols(); ++i)
    heights.push_back(wrapped(result.one.positions(2, i) + same_plane / 2, result.height) - same_plane / 2);
  std::sort(heights.begin(), heights.end());
  heights.push_back(heights.front() + result.height);
  for (std::size_t k = 0; k + 1 < heights.size(); ++k)
    if (heights[k + 1] - heights[k] > same_plane) result.cuts.push_back((heights[k] + heights[k + 1]) / 2);
  return result;
}

Ions slab(const Layers& crystal, double cut, int count, double vacuum) {
  Ions layer = crystal.one;
  for (Index i = 0; i < layer.positions.cols(); ++i) {
    const double up = -std::floor((layer.positions(2, i) - cut) / crystal.height);
    layer.positions.col(i) += up * crystal.one.edges.col(2);
  }
  Ions result = repeated(layer, {1, 1, count});
  result.edges.col(2) = Vector3d(0, 0, count * crystal.height + vacuum);
  return result;
}

}  // namespace nxmc::statics
