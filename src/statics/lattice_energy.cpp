// A short Ewald sum of our own, and not LAMMPS: second derivatives with respect to strains and displacements are what
// elastic constants, inner relaxation and Newton's method need, and LAMMPS has energies and forces only; they would be
// differences of numbers whose Ewald sum is converged to 1e-5 or so, and another library to install. Here they are
// exact.
//
// Everything is a function of s = r^2 (near pairs) or K = k^2 and V (waves), of which strains and displacements have
// simple derivatives: with Lagrangian strains s is bilinear, the phases k.r do not change, and no rotation enters.
#include "nxmc/statics/lattice_energy.hpp"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <numbers>

namespace nxmc::statics {
namespace {

using Eigen::Index;
using Eigen::Vector3d;
using Vector6d = Eigen::Matrix<double, 6, 1>;

/// Terms beyond exp(-reach^2) of the first count as nothing: erfc(6) = 2e-17.
constexpr double reach = 6;

/// A function of s = r^2 and its first two derivatives.
struct OfSquare {
  double value = 0, first = 0, second = 0;
};

/// From derivatives with respect to r.
OfSquare of_square(double r, double value, double slope, double curvature) {
  return {value, slope / (2 * r), (curvature - slope / r) / (4 * r * r)};
}

/// q q' erfc(alpha r)/r
OfSquare screened_coulomb(double r, double charges, double alpha) {
  const double q = coulomb_constant * charges;
  const double screening = std::erfc(alpha * r);
  const double gauss = 2 * alpha / std::sqrt(std::numbers::pi) * std::exp(-alpha * alpha * r * r);
  const double value = screening / r;
  const double slope = -(value + gauss) / r;
  const double curvature = 2 * (value + gauss) / (r * r) + 2 * alpha * alpha * gauss;
  return of_square(r, q * value, q * slope, q * curvature);
}

OfSquare buckingham(double r, const Buckingham& pair) {
  const double repulsion = pair.A * std::exp(-r / pair.rho);
  const double dispersion = pair.C / std::pow(r, 6);
  return of_square(r, repulsion - dispersion, -repulsion / pair.rho + 6 * dispersion / r,
                   repulsion / (pair.rho * pair.rho) - 42 * dispersion / (r * r));
}

/// 2 (xx, yy, zz, yz, zx, xy): the derivatives of |r|^2 with respect to strains.
Vector6d square_by_strain(const Vector3d& r) {
  return 2 * (Vector6d() << r[0] * r[0], r[1] * r[1], r[2] * r[2], r[1] * r[2], r[2] * r[0], r[0] * r[1]).finished();
}

/// Column v is E_v r.
Eigen::Matrix<double, 3, 6> basis_times(const Vector3d& r) {
  Eigen::Matrix<double, 3, 6> result;
  for (std::size_t v = 0; v < 6; ++v) result.col(static_cast<Index>(v)) = voigt_basis()[v] * r;
  return result;
}

double best_splitting(std::size_t ions, double volume) {
  return std::sqrt(std::numbers::pi) * std::pow(static_cast<double>(ions) / (volume * volume), 1.0 / 6);
}

/// Calls for all whole numbers of edges (columns) within whose cell something nearer than `radius` to the origin's can
/// lie.
template <typename Function>
void for_each_cell_within(const Eigen::Matrix3d& edges, double radius, const Vector3d& spread, Function&& function) {
  // Planes of lattice points along edge i are 1/|row i of the inverse| apart.
  const Eigen::Matrix3d inverse = edges.inverse();
  std::array<int, 3> most{};
  for (Index i = 0; i < 3; ++i)
    most[static_cast<std::size_t>(i)] = static_cast<int>(std::ceil(radius * inverse.row(i).norm() + spread[i]));
  for (int k = -most[0]; k <= most[0]; ++k)
    for (int l = -most[1]; l <= most[1]; ++l)
      for (int m = -most[2]; m <= most[2]; ++m) function(Vector3d(k, l, m));
}

bool comes_first_of_both(const Vector3d& n) {
  for (Index i = 0; i < 3; ++i)
    if (n[i] != 0) return n[i] > 0;
  return false;
}

}  // namespace

LatticeEnergy::LatticeEnergy(const PairPotentials& potentials, const Ions& ions, double splitting)
    : potentials_(potentials), splitting_(splitting > 0 ? splitting : best_splitting(ions.count(), ions.volume())) {
  const double coulomb_radius = reach / splitting_;
  const double radius = std::max(coulomb_radius, potentials.cutoff);
  const auto n = static_cast<Index>(ions.count());
  const Eigen::Matrix3Xd fractions = ions.edges.inverse() * ions.positions;
  const Vector3d spread = fractions.rowwise().maxCoeff() - fractions.rowwise().minCoeff();
  for_each_cell_within(ions.edges, radius, spread, [&](const Vector3d& cells) {
    const Vector3d shift = ions.edges * cells;
    for (Index i = 0; i < n; ++i)
      for (Index j = i; j < n; ++j) {
        const double distance = (ions.positions.col(j) + shift - ions.positions.col(i)).norm();
        if ((i == j && cells.isZero()) || distance > radius) continue;
        const Buckingham& pair =
            potentials.between(ions.species[static_cast<std::size_t>(i)], ions.species[static_cast<std::size_t>(j)]);
        const bool short_range = distance < potentials.cutoff && (pair.A != 0 || pair.C != 0);
        pairs_.push_back({i, j, cells, i == j ? 0.5 : 1.0, short_range, distance < coulomb_radius});
        short_range_pairs_ += short_range ? 1 : 0;
      }
  });
  const Eigen::Matrix3d reciprocal = 2 * std::numbers::pi * ions.edges.inverse().transpose();
  const double longest = 2 * splitting_ * reach;
  for_each_cell_within(reciprocal, longest, Vector3d::Zero(), [&](const Vector3d& numbers) {
    if (comes_first_of_both(numbers) && (reciprocal * numbers).norm() < longest) waves_.push_back(numbers);
  });
}

double LatticeEnergy::energy(const Ions& ions) const { return evaluate(ions, Order::energy).energy; }
Derivatives LatticeEnergy::derivatives(const Ions& ions) const { return evaluate(ions, Order::derivatives); }

Derivatives LatticeEnergy::evaluate(const Ions& ions, Order order) const {
  Derivatives sum;
  if (order == Order::derivatives) {
    const Index size = strain_components + 3 * static_cast<Index>(ions.count());
    sum.gradient.setZero(size);
    sum.hessian.setZero(size, size);
  }
  add_near(ions, order, sum);
  add_waves(ions, order, sum);
  for (const std::size_t species : ions.species)
    sum.energy -= coulomb_constant * splitting_ / std::sqrt(std::numbers::pi) * potentials_.charges[species] *
                  potentials_.charges[species];
  return sum;
}

void LatticeEnergy::add_near(const Ions& ions, Order order, Derivatives& sum) const {
  for (const Pair& pair : pairs_) {
    const Vector3d d = ions.positions.col(pair.other) + ions.edges * pair.cells - ions.positions.col(pair.one);
    const double r = d.norm();
    const std::size_t one = ions.species[static_cast<std::size_t>(pair.one)];
    const std::size_t other = ions.species[static_cast<std::size_t>(pair.other)];
    OfSquare f;
    const auto add = [&](const OfSquare& term) {
      f.value += pair.weight * term.value;
      f.first += pair.weight * term.first;
      f.second += pair.weight * term.second;
    };
    if (pair.coulomb) add(screened_coulomb(r, potentials_.charges[one] * potentials_.charges[other], splitting_));
    if (pair.short_range) add(buckingham(r, potentials_.between(one, other)));
    sum.energy += f.value;
    if (order == Order::energy) continue;

    const Vector6d w = square_by_strain(d);
    sum.gradient.head<6>() += f.first * w;
    sum.hessian.topLeftCorner<6, 6>() += f.second * w * w.transpose();
    if (pair.one == pair.other) continue;  // an ion and its image move together
    const Index i = strain_components + 3 * pair.one;
    const Index j = strain_components + 3 * pair.other;
    sum.gradient.segment<3>(j) += 2 * f.first * d;
    sum.gradient.segment<3>(i) -= 2 * f.first * d;
    const Eigen::Matrix3d curvature = 4 * f.second * d * d.transpose() + 2 * f.first * Eigen::Matrix3d::Identity();
    sum.hessian.block<3, 3>(i, i) += curvature;
    sum.hessian.block<3, 3>(j, j) += curvature;
    sum.hessian.block<3, 3>(i, j) -= curvature;
    sum.hessian.block<3, 3>(j, i) -= curvature;
    const Eigen::Matrix<double, 3, 6> mixed = 2 * f.second * d * w.transpose() + 4 * f.first * basis_times(d);
    sum.hessian.block<3, 6>(j, 0) += mixed;
    sum.hessian.block<3, 6>(i, 0) -= mixed;
    sum.hessian.block<6, 3>(0, j) += mixed.transpose();
    sum.hessian.block<6, 3>(0, i) -= mixed.transpose();
  }
}

void LatticeEnergy::add_waves(const Ions& ions, Order order, Derivatives& sum) const {
  const auto n = static_cast<Index>(ions.count());
  const double volume = ions.volume();
  const Eigen::Matrix3d reciprocal = 2 * std::numbers::pi * ions.edges.inverse().transpose();
  Eigen::ArrayXd charges(n);
  for (Index i = 0; i < n; ++i) charges[i] = potentials_.charges[ions.species[static_cast<std::size_t>(i)]];

  Vector6d trace;
  Eigen::Matrix<double, 6, 6> double_trace;  // tr(E_v E_w)
  for (std::size_t v = 0; v < 6; ++v) {
    trace[static_cast<Index>(v)] = voigt_basis()[v].trace();
    for (std::size_t w = 0; w < 6; ++w)
      double_trace(static_cast<Index>(v), static_cast<Index>(w)) = (voigt_basis()[v] * voigt_basis()[w]).trace();
  }
  // The second derivatives with respect to displacements are a sum of outer products, added up by blocks of these
  // columns.
  constexpr Index block = 256;
  Eigen::MatrixXd products(3 * n, order == Order::derivatives ? block : 0);
  Index filled = 0;
  const auto add_products = [&] {
    if (filled == 0) return;
    auto part = products.leftCols(filled);
    sum.hessian.bottomRightCorner(3 * n, 3 * n).noalias() += part * part.transpose();
    filled = 0;
  };

  for (const Vector3d& numbers : waves_) {
    const Vector3d k = reciprocal * numbers;
    const double K = k.squaredNorm();
    const Eigen::ArrayXd phase = (ions.positions.transpose() * k).array();
    const Eigen::ArrayXd cosine = charges * phase.cos();
    const Eigen::ArrayXd sine = charges * phase.sin();
    const double C = cosine.sum();
    const double S = sine.sum();
    const double power = C * C + S * S;
    const double decay = 1 / (4 * splitting_ * splitting_);
    const double g = 4 * std::numbers::pi * coulomb_constant / volume * std::exp(-K * decay) / K;
    sum.energy += g * power;
    if (order == Order::energy) continue;

    // g(K, V) = exp(-K decay)/(K V)
    const double g1 = -(decay + 1 / K);       // g'/g with respect to K
    const double g2 = g1 * g1 + 1 / (K * K);  // g''/g
    const Vector6d K1 = -square_by_strain(k);
    const Eigen::Matrix<double, 3, 6> Ek = basis_times(k);
    const Vector6d by_strain = g1 * K1 - trace;
    sum.gradient.head<6>() += g * power * by_strain;
    sum.hessian.topLeftCorner<6, 6>() +=
        g * power *
        (trace * trace.transpose() + 2 * double_trace - g1 * (trace * K1.transpose() + K1 * trace.transpose()) +
         g2 * K1 * K1.transpose() + 8 * g1 * Ek.transpose() * Ek);

    for (Index i = 0; i < n; ++i) {
      const Index at = strain_components + 3 * i;
      const Vector3d slope = 2 * g * (S * cosine[i] - C * sine[i]) * k;
      sum.gradient.segment<3>(at) += slope;
      sum.hessian.block<3, 6>(at, 0) += slope * by_strain.transpose();
      sum.hessian.block<6, 3>(0, at) += by_strain * slope.transpose();
      sum.hessian.block<3, 3>(at, at) -= 2 * g * (C * cosine[i] + S * sine[i]) * k * k.transpose();
      products.block<3, 1>(3 * i, filled) = std::sqrt(2 * g) * cosine[i] * k;
      products.block<3, 1>(3 * i, filled + 1) = std::sqrt(2 * g) * sine[i] * k;
    }
    filled += 2;
    if (filled == block) add_products();
  }
  if (order == Order::derivatives) add_products();
}

double short_range_energy(const PairPotentials& potentials, const Ions& ions) {
  double sum = 0;
  const auto n = static_cast<Index>(ions.count());
  const Eigen::Matrix3Xd fractions = ions.edges.inverse() * ions.positions;
  const Vector3d spread = fractions.rowwise().maxCoeff() - fractions.rowwise().minCoeff();
  for_each_cell_within(ions.edges, potentials.cutoff, spread, [&](const Vector3d& cells) {
    const Vector3d shift = ions.edges * cells;
    for (Index i = 0; i < n; ++i)
      for (Index j = i; j < n; ++j) {
        const double r = (ions.positions.col(j) + shift - ions.positions.col(i)).norm();
        if ((i == j && cells.isZero()) || r >= potentials.cutoff) continue;
        const Buckingham& pair =
            potentials.between(ions.species[static_cast<std::size_t>(i)], ions.species[static_cast<std::size_t>(j)]);
        if (pair.A != 0 || pair.C != 0) sum += (i == j ? 0.5 : 1) * buckingham(r, pair).value;
      }
  });
  return sum;
}

}  // namespace nxmc::statics
