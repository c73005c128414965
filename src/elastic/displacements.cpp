// Displacements from a sparse LDL^T factorisation, or by conjugate gradients.
#include "nxmc/elastic/displacements.hpp"

#include <fmt/format.h>

#include <Eigen/Geometry>
#include <Eigen/IterativeLinearSolvers>
#include <Eigen/SparseCholesky>
#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <variant>

#include "bulk.hpp"
#include "lanes.hpp"
#include "springs.hpp"
#include "storage_rules.hpp"

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

std::size_t bytes_of_bits(std::size_t sites) { return (sites + 7) / 8; }

// Relative to the force; local areas are known to about ten digits then.
constexpr double tolerance = 1e-12;

class Factor {
 public:
  Factor(const SparseMatrix& stiffness, double shell_stiffness) : factor_(stiffness) {
    if (factor_.info() != Eigen::Success) {
      throw std::runtime_error(fmt::format(
          "factorisation of the elastic matrix failed: it is singular in double precision with shell_stiffness {}",
          shell_stiffness));
    }
    pivots_ = factor_.vectorD();
  }
  Eigen::VectorXd solve(const Eigen::VectorXd& force) const { return factor_.solve(force); }
  FactorView view() const {
    const SparseMatrix& lower = factor_.matrixL().nestedExpression();
    assert(lower.isCompressed());
    return {static_cast<std::size_t>(lower.cols()), lower.outerIndexPtr(), lower.innerIndexPtr(), lower.valuePtr(),
            pivots_.data()};
  }

 private:
  Eigen::SimplicialLDLT<SparseMatrix, Eigen::Lower, Eigen::NaturalOrdering<std::int64_t>> factor_;
  Eigen::VectorXd pivots_;
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
      : dimension(lattice.dimension), sites(lattice.sites()), half_mismatch(mismatch / 2) {
    if (lattice.periodic()) {
      bulk.emplace(lattice);
      return;
    }
    rigid = rigid_motions(lattice);
    SpringNetwork network = make_spring_network(lattice, shell_stiffness);
    place = std::move(network.place);
    coupling = network.coupling;
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

  /// Fixed components of corner sites leave a rigid motion that depends on the corners. D^+ has none: local areas see
  /// rotations in second order, and would differ between a configuration and its mirror image.
  MotionsView motions() const {
    return {static_cast<std::size_t>(rigid.rows()), static_cast<std::size_t>(rigid.cols()), rigid.data()};
  }
  RowsView coupling_rows() const {
    return {static_cast<std::size_t>(coupling.rows()), coupling.outerIndexPtr(), coupling.innerIndexPtr(),
            coupling.valuePtr()};
  }
  std::size_t unknowns() const { return static_cast<std::size_t>(dimension) * sites; }
  void spread(std::span<const std::uint8_t> bits, const Slice& deviation) const;
  void put_in_order_of_sites(const Slice& ordered, const Slice& u) const;

  int dimension;
  std::size_t sites;
  double half_mismatch;
  Eigen::MatrixXd rigid;
  std::vector<std::int64_t> place;
  Eigen::SparseMatrix<double, Eigen::RowMajor, std::int64_t> coupling;
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

  remove_motions(network_->motions(), u);
  return u;
}

/// sigma - mean of configurations that follow each other, as many as there are, into a lane each; lanes without one are
/// 0.
void DisplacementSolver::Network::spread(std::span<const std::uint8_t> bits, const Slice& deviation) const {
  const std::size_t n = sites;
  const std::size_t width = lanes_of(deviation);
  const std::size_t bytes = bytes_of_bits(n);
  std::fill_n(deviation.numbers, n * width, 0.0);
  for (std::size_t lane = 0; lane * bytes < bits.size(); ++lane) {
    const auto configuration = bits.subspan(lane * bytes, bytes);
    std::int64_t of_a = 0;
    for (const std::uint8_t byte : configuration) of_a += std::popcount(byte);
    const double mean = static_cast<double>(2 * of_a - static_cast<std::int64_t>(n)) / static_cast<double>(n);
    const std::array of_occupant{-1 - mean, 1 - mean};
    for (std::size_t i = 0; i < n; ++i)
      deviation.numbers[i * width + lane] = of_occupant[configuration[i / 8] >> (i % 8) & 1U];
  }
}

void DisplacementSolver::Network::put_in_order_of_sites(const Slice& ordered, const Slice& u) const {
  const std::size_t length = static_cast<std::size_t>(dimension) * lanes_of(u);
  for (std::size_t i = 0; i < sites; ++i) {
    const double* const from = ordered.numbers + static_cast<std::size_t>(place[i]) * length;
    std::transform(from, from + length, u.numbers + i * length, [this](double x) { return half_mismatch * x; });
  }
}

namespace {

std::vector<std::int8_t> unpacked(std::span<const std::uint8_t> bits, std::size_t sites) {
  std::vector<std::int8_t> sigma(sites);
  for (std::size_t i = 0; i < sites; ++i)
    sigma[i] = (bits[i / 8] >> (i % 8) & 1U) != 0 ? std::int8_t{1} : std::int8_t{-1};
  return sigma;
}

/// The displacements of all configurations first: their slices go through the factor together.
void solve_together(const DisplacementSolver::Network& network, std::span<const std::uint8_t> bits, std::size_t first,
                    const DisplacementSolver::Visit& visit) {
  const std::size_t bytes = bytes_of_bits(network.sites);
  const std::size_t count = bits.size() / bytes;
  const std::size_t unknowns = network.unknowns();
  const std::size_t all_groups = (count + lanes_of_group - 1) / lanes_of_group;
  const auto storage = std::make_unique_for_overwrite<Group[]>((all_groups + most_groups) * unknowns);
  double* const work = storage[0].lane.data();
  double* next = storage[most_groups * unknowns].lane.data();

  std::vector<Slice> slices;
  for (std::size_t lane = 0; lane < count; lane += most_groups * lanes_of_group) {
    const std::size_t groups = std::min(most_groups, all_groups - lane / lanes_of_group);
    const Slice& slice = slices.emplace_back(Slice{next, groups});
    next += unknowns * lanes_of(slice);
    const Slice deviation{work, slice.groups};
    network.spread(bits.subspan(lane * bytes, std::min(lanes_of(slice), count - lane) * bytes), deviation);
    multiply_lanes(network.coupling_rows(), deviation, slice);
  }
  solve_lanes(std::get<Factor>(network.solver).view(), slices);

  std::size_t lane = 0;
  for (const Slice& slice : slices) {
    const Slice u{work, slice.groups};
    network.put_in_order_of_sites(slice, u);
    remove_motions_of_lanes(network.motions(), u);
    const std::size_t some = std::min(lanes_of(slice), count - lane);
    visit({.first = first + lane, .count = some, .lanes = lanes_of(slice), .u = {u.numbers, unknowns * lanes_of(u)}});
    lane += some;
  }
}

}  // namespace

std::size_t DisplacementSolver::at_a_time() const {
  return std::holds_alternative<Factor>(network_->solver) ? configurations_at_a_time : 1;
}

void DisplacementSolver::solve(std::span<const std::uint8_t> bits, const Visit& visit) const {
  const std::size_t sites = network_->sites;
  const std::size_t bytes = bytes_of_bits(sites);
  const std::size_t count = bits.size() / bytes;
  assert(bits.size() == count * bytes);
  for (std::size_t first = 0; first < count; first += at_a_time()) {
    const std::size_t some = std::min(at_a_time(), count - first);
    const auto these = bits.subspan(first * bytes, some * bytes);
    if (std::holds_alternative<Factor>(network_->solver)) {
      solve_together(*network_, these, first, visit);
    } else {
      const std::vector<double> u = solve(unpacked(these, sites));
      visit({.first = first, .count = 1, .lanes = 1, .u = u});
    }
  }
}

}  // namespace nxmc
