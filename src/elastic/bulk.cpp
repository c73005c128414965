#include "bulk.hpp"

#include <Eigen/Core>
#include <Eigen/LU>
#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>

#include "abandonable.hpp"
#include "nxmc/arithmetic/root_of_unity.hpp"

namespace nxmc {
namespace {

/// What a wave vector does to a crystal.
struct Mode {
  double overlap = 0;                                   ///< 4S
  Eigen::Matrix3d stiffness = Eigen::Matrix3d::Zero();  ///< D
  Eigen::Vector3d coupling = Eigen::Vector3d::Zero();   ///< sum_bonds sin(k.b) alpha, so that C = -2i times this
};

class Modes {
 public:
  explicit Modes(const Lattice& lattice) : lattice_(lattice) {}

  /// \param k  wave number, in the order of sites
  Mode at(std::size_t k) const {
    Mode mode;
    // Opposite directions are half of all apart.
    for (std::size_t b = 0; b < lattice_.direction.size() / 2; ++b) {
      const Complex half = half_wave(k, lattice_.neighbours(0)[b]);
      const Eigen::Vector3d alpha = Eigen::Vector3d::Map(lattice_.direction[b].data());
      const double sine = half.imag();
      const double cosine = half.real();
      mode.overlap += 4 * cosine * cosine;                            // 2 (1 + cos)
      mode.stiffness += 4 * sine * sine * alpha * alpha.transpose();  // 2 (1 - cos), which is small for long waves
      mode.coupling += 2 * sine * cosine * alpha;
    }
    if (lattice_.dimension == 2) mode.stiffness(2, 2) = 1;
    return mode;
  }

 private:
  /// exp(i k.b / 2) up to its sign, which nothing above depends on: whole turns are left out while they are exact.
  Complex half_wave(std::size_t k, Site bond) const {
    const Cell& wave = lattice_.cell[k];
    const Cell& to = lattice_.cell[static_cast<std::size_t>(bond)];
    Complex product = 1;
    for (std::size_t x = 0; x < 3 && lattice_.spec.size[x] > 0; ++x) {
      const auto edge = static_cast<std::int64_t>(lattice_.spec.size[x]);
      const Complex factor = root_of_unity(std::int64_t{wave[x]} * to[x] % edge, 2 * edge);
      product = {product.real() * factor.real() - product.imag() * factor.imag(),
                 product.real() * factor.imag() + product.imag() * factor.real()};
    }
    return product;
  }

  const Lattice& lattice_;
};

/// All sites that the point operations make equal have what the first of them has.
void symmetrise(const Lattice& lattice, std::span<double> row) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    Site first = static_cast<Site>(i);
    for (const std::vector<Site>& images : lattice.symmetry) first = std::min(first, images[i]);
    row[i] = row[static_cast<std::size_t>(first)];
  }
}

}  // namespace

void compute_bulk_row(const Lattice& lattice, std::span<double> row, const std::function<bool()>& must_stop) {
  assert(lattice.periodic() && row.size() == lattice.sites());
  const Modes modes(lattice);
  std::vector<Complex> values(row.size());
  constexpr std::size_t modes_between_looks = 4096;
  for (std::size_t k = 1; k < values.size(); ++k) {
    if (k % modes_between_looks == 0) abandon_if(must_stop);
    const Mode mode = modes.at(k);
    const Eigen::Vector3d relaxed = mode.stiffness.inverse() * mode.coupling;
    values[k] = mode.overlap - 4 * mode.coupling.dot(relaxed);
  }
  CellTransform(lattice.spec).backward(values, must_stop);
  const auto n = static_cast<double>(row.size());
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = values[i].real() / n;
  symmetrise(lattice, row);
}

BulkDisplacements::BulkDisplacements(const Lattice& lattice)
    : dimension_(static_cast<std::size_t>(lattice.dimension)), transform_(lattice.spec), response_(lattice.sites()) {
  const Modes modes(lattice);
  for (std::size_t k = 1; k < response_.size(); ++k) {
    const Mode mode = modes.at(k);
    const Eigen::Vector3d relaxed = mode.stiffness.inverse() * mode.coupling;
    std::copy(relaxed.begin(), relaxed.end(), response_[k].begin());
  }
}

std::vector<double> BulkDisplacements::solve(std::span<const std::int8_t> sigma, double half_mismatch) const {
  assert(sigma.size() == response_.size());
  const auto n = static_cast<double>(sigma.size());
  std::vector<Complex> occupation(sigma.begin(), sigma.end());
  transform_.forward(occupation);
  std::vector<double> u(dimension_ * sigma.size());
  std::vector<Complex> component(sigma.size());
  for (std::size_t x = 0; x < dimension_; ++x) {
    for (std::size_t k = 0; k < component.size(); ++k) {
      const double factor = -2 * half_mismatch * response_[k][x] / n;  // times i
      component[k] = {-factor * occupation[k].imag(), factor * occupation[k].real()};
    }
    transform_.backward(component);
    for (std::size_t i = 0; i < sigma.size(); ++i) u[dimension_ * i + x] = component[i].real();
  }
  return u;
}

double BulkDisplacements::bytes(const LatticeSpec& lattice) { return sizeof(Vector3) * count_sites(lattice); }

}  // namespace nxmc
