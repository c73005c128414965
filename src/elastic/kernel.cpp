// Storage and reading of kernels.
#include "nxmc/elastic/kernel.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>

#include "nxmc/arithmetic/grid.hpp"
#include "nxmc/arithmetic/processors.hpp"
#include "storage_rules.hpp"

namespace nxmc {
namespace {

std::size_t index(std::int32_t i) { return static_cast<std::size_t>(i); }

NXMC_FOR_EACH_PROCESSOR
void add_to(double* __restrict phi, double alpha, const double* __restrict row, std::size_t n) {
  for (std::size_t k = 0; k < n; ++k) phi[k] += alpha * row[k];
}

NXMC_FOR_EACH_PROCESSOR
void add_difference_to(double* __restrict phi, double alpha, const double* __restrict a, const double* __restrict b,
                       std::size_t n) {
  for (std::size_t k = 0; k < n; ++k) phi[k] += alpha * (a[k] - b[k]);
}

}  // namespace

std::size_t Kernel::storage_size(const Lattice& lattice, const Orbits& orbits) {
  const std::size_t n = lattice.sites();
  return stored_in_full(static_cast<double>(n)) ? n * n : orbits.representative.size() * n;
}

void Kernel::store(const ReducedKernel& reduced, const Lattice& lattice, const Orbits& orbits,
                   std::span<double> storage) {
  const std::size_t n = lattice.sites();
  if (storage.size() != n * n) {
    assert(storage.size() == reduced.rows.size());
    std::copy(reduced.rows.begin(), reduced.rows.end(), storage.begin());
    return;
  }
  for (std::size_t i = 0; i < n; ++i) {
    const double* const row = reduced.rows.data() + index(orbits.row[i]) * n;
    const std::vector<Site>& to_representative = lattice.symmetry[index(orbits.from_site[i])];
    for (std::size_t j = 0; j < n; ++j) storage[i * n + j] = row[index(to_representative[j])];
  }
}

Kernel::Kernel(const Lattice& lattice, const Orbits& orbits, std::span<const double> storage)
    : lattice_(&lattice),
      orbits_(&orbits),
      values_(storage.data()),
      sites_(lattice.sites()),
      full_(storage.size() == sites_ * sites_) {
  assert(full_ || storage.size() == orbits.representative.size() * sites_);
}

void Kernel::add_row(double alpha, Site i, std::span<double> phi) const {
  assert(phi.size() == sites_);
  if (full_) return add_to(phi.data(), alpha, values_ + index(i) * sites_, sites_);
  const PermutedRow row = permuted_row(i);
  for (std::size_t k = 0; k < sites_; ++k) phi[k] += alpha * row[k];
}

void Kernel::add_difference(double alpha, Site i, Site j, std::span<double> phi) const {
  assert(phi.size() == sites_);
  if (full_) {
    return add_difference_to(phi.data(), alpha, values_ + index(i) * sites_, values_ + index(j) * sites_, sites_);
  }
  const PermutedRow a = permuted_row(i);
  const PermutedRow b = permuted_row(j);
  for (std::size_t k = 0; k < sites_; ++k) phi[k] += alpha * (a[k] - b[k]);
}

std::vector<double> Kernel::diagonal() const {
  std::vector<double> diagonal(sites_);
  for (std::size_t i = 0; i < sites_; ++i) diagonal[i] = entry(static_cast<Site>(i), static_cast<Site>(i));
  return diagonal;
}

std::vector<double> Kernel::row_sums() const {
  std::vector<double> sum_of_row;
  for (const Site r : orbits_->representative) {
    std::vector<double> row(sites_);
    add_row(1, r, row);
    sum_of_row.push_back(fixed_order_sum(row));
  }
  std::vector<double> sums(sites_);
  for (std::size_t i = 0; i < sites_; ++i) sums[i] = sum_of_row[index(orbits_->row[i])];
  return sums;
}

OwnedKernel::OwnedKernel(const KernelSpec& spec)
    : lattice_(make_lattice(spec.lattice)),
      orbits_(find_orbits(lattice_)),
      reduced_(build_kernel(lattice_, spec)),
      storage_(Kernel::storage_size(lattice_, orbits_)),
      kernel_(lattice_, orbits_, storage_) {
  Kernel::store(reduced_, lattice_, orbits_, storage_);
}

}  // namespace nxmc
