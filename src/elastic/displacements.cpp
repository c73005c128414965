// Displacements from a sparse LDL^T factorisation, or by conjugate gradients.
#include "nxmc/elastic/displacements.hpp"

#include <fmt/format.h>

#include <Eigen/Geometry>
#include <Eigen/IterativeLinearSolvers>
#include <Eigen/SparseCholesky>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <variant>

#include "bulk.hpp"
#include "springs.hpp"

namespace nxmc {

namespace {

/// Orthonormal basis of the rigid motions, one column each: translations, and rotations about the centre.
Eigen::MatrixXd rigid_motions(const Lattice& lattice) {
  const auto n = static_cast<Eigen::Index>(lattice.sites());
  const Eigen::Index d = lattice.dimension;
  Eigen::Vector3d centre = Eigen::Vector3d::Zero();
  for (const Vector3& x : lattice.position) centre += Eigen::Vector3d::Map(x.data());
  centre /= static_cast<double>(n);

  Eigen::MatrixXd motions = Eigen::MatrixXd::Zero(d * n, d == 2 ? 3 : 6);
  for (Eigen::Index i = 0; i < n; ++i) {
    const Eigen::Vector3d r = Eigen::Vector3d::Map(lattice.position[static_cast<std::size_t>(i)].data()) - centre;
    motions.block(d * i, 0, d, d).setIdentity();
    for (Eigen::Index k = d; k < motions.cols(); ++k) {
      const Eigen::Vector3d axis = d == 2 ? Eigen::Vector3d::UnitZ() : Eigen::Vector3d::Unit(k - d);
      motions.block(d * i, k, d, 1) = axis.cross(r).head(d);
    }
  }
  for (Eigen::Index k = 0; k < motions.cols(); ++k) {  // Gram-Schmidt
    for (Eigen::Index l = 0; l < k; ++l) motions.col(k) -= motions.col(l).dot(motions.col(k)) * motions.col(l);
    motions.col(k).normalize();
  }
  return motions;
}

// Relative to the force; local areas are known to about ten digits then.
constexpr double tolerance = 1e-12;

class Factor {
 public:
  Factor(const SparseMatrix& stiffness, double shell_stiffness) : factor_(stiffness) {
    if (factor_.info() == Eigen::Success) return;
    throw std::runtime_error(fmt::format(
        "factorisation of the elastic matrix failed: it is singular in double precision with shell_stiffness {}",
        shell_stiffness));
  }
  Eigen::VectorXd solve(const Eigen::VectorXd& force) const { return factor_.solve(force); }

 private:
  Eigen::SimplicialLDLT<SparseMatrix, Eigen::Lower, Eigen::NaturalOrdering<std::int64_t>> factor_;
};

class ConjugateGradients {
 public:
  explicit ConjugateGradients(const SparseMatrix& lower) : stiffness_(lower.selfadjointView<Eigen::Lower>()) {
    gradients_.setTolerance(tolerance);
    gradients_.compute(stiffness_);
  }
  ConjugateGradients(const ConjugateGradients&) = delete;  // gradients_ refers to stiffness_
  ConjugateGradients& operator=(const ConjugateGradients&) = delete;

  Eigen::VectorXd solve(const Eigen::VectorXd& force) const {
    Eigen::VectorXd u = gradients_.solve(force);
    if (gradients_.info() != Eigen::Success)
      throw std::runtime_error(fmt::format("displacements did not converge in {} iterations; the remaining error is {}",
                                           gradients_.iterations(), gradients_.error()));
    return u;
  }

 private:
  using Preconditioner = Eigen::IncompleteCholesky<double, Eigen::Lower, Eigen::NaturalOrdering<std::int64_t>>;
  SparseMatrix stiffness_;
  Eigen::ConjugateGradient<SparseMatrix, Eigen::Lower | Eigen::Upper, Preconditioner> gradients_;
};

}  // namespace

struct DisplacementSolver::Network {
  Network(const Lattice& lattice, double shell_stiffness, double mismatch, DisplacementMethod method)
      : dimension(lattice.dimension), half_mismatch(mismatch / 2) {
    if (lattice.periodic()) {
      bulk.emplace(lattice);
      return;
    }
    rigid = rigid_motions(lattice);
    SpringNetwork network = make_spring_network(lattice, shell_stiffness);
    place = std::move(network.place);
    coupling.swap(network.coupling);
    if (method == DisplacementMethod::factor)
      solver.emplace<Factor>(network.stiffness, shell_stiffness);
    else
      solver.emplace<ConjugateGradients>(network.stiffness);
  }

  /// D^-1 of a force, with some components of corner sites fixed.
  Eigen::VectorXd displace(const Eigen::VectorXd& force) const {
    if (const auto* factor = std::get_if<Factor>(&solver)) return factor->solve(force);
    return std::get<ConjugateGradients>(solver).solve(force);
  }

  int dimension;
  double half_mismatch;
  Eigen::MatrixXd rigid;
  std::vector<std::int64_t> place;
  SparseMatrix coupling;
  std::variant<std::monostate, Factor, ConjugateGradients> solver;
  std::optional<BulkDisplacements> bulk;  ///< of a periodic crystal, which needs nothing of the others
};

DisplacementSolver::DisplacementSolver(const Lattice& lattice, double shell_stiffness, double mismatch)
    : DisplacementSolver(lattice, shell_stiffness, mismatch, displacement_method(lattice.spec)) {}

DisplacementSolver::DisplacementSolver(const Lattice& lattice, double shell_stiffness, double mismatch,
                                       DisplacementMethod method)
    : network_(std::make_unique<Network>(lattice, shell_stiffness, mismatch, method)) {
  assert(std::isfinite(mismatch));
}

DisplacementSolver::~DisplacementSolver() = default;
DisplacementSolver::DisplacementSolver(DisplacementSolver&&) noexcept = default;
DisplacementSolver& DisplacementSolver::operator=(DisplacementSolver&&) noexcept = default;

std::vector<double> DisplacementSolver::solve(std::span<const std::int8_t> sigma) const {
  if (network_->bulk) return network_->bulk->solve(sigma, network_->half_mismatch);
  const auto n = static_cast<Eigen::Index>(sigma.size());
  assert(n == network_->coupling.cols());
  const double mean = std::accumulate(sigma.begin(), sigma.end(), 0) / static_cast<double>(n);
  const Eigen::VectorXd deviation =
      Eigen::Map<const Eigen::VectorX<std::int8_t>>(sigma.data(), n).cast<double>().array() - mean;
  const Eigen::VectorXd force = network_->coupling * deviation;
  const Eigen::VectorXd ordered = network_->half_mismatch * network_->displace(force);

  std::vector<double> u(static_cast<std::size_t>(ordered.size()));
  const auto d = static_cast<std::size_t>(network_->dimension);
  for (std::size_t i = 0; i < sigma.size(); ++i) {
    const auto p = static_cast<std::size_t>(network_->place[i]);
    for (std::size_t x = 0; x < d; ++x) u[d * i + x] = ordered[static_cast<Eigen::Index>(d * p + x)];
  }

  // Fixed components of corner sites leave a rigid motion that depends on the corners. D^+ has none: local areas see
  // rotations in second order, and would differ between a configuration and its mirror image.
  Eigen::Map<Eigen::VectorXd> free(u.data(), static_cast<Eigen::Index>(u.size()));
  for (const auto& motion : network_->rigid.colwise()) free -= motion.dot(free) * motion;
  return u;
}

}  // namespace nxmc
