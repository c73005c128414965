// Storage and reading of kernels.
#include "nxmc/elastic/kernel.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdlib>

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

void Kernel::store(std::span<const double> rows, const Lattice& lattice, const Orbits& orbits,
                   std::span<double> storage) {
  const std::size_t n = lattice.sites();
  if (storage.size() != n * n) {
    assert(storage.size() == rows.size());
    std::copy(rows.begin(), rows.end(), storage.begin());
    return;
  }
  if (lattice.periodic()) {
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j)
        storage[i * n + j] = rows[index(translated(lattice, static_cast<Site>(i), static_cast<Site>(j)))];
    return;
  }
  for (std::size_t i = 0; i < n; ++i) {
    const double* const row = rows.data() + index(orbits.row[i]) * n;
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
  if (!full_ && !lattice.periodic()) runs_ = std::make_shared<const RunsOfOperations>(find_runs(lattice));
}

Kernel::RunsOfOperations Kernel::find_runs(const Lattice& lattice) {
  RunsOfOperations runs;
  for (const std::vector<Site>& image : lattice.symmetry) runs.push_back(runs_of(image));
  return runs;
}

/// None as soon as there are too many: the list of all would take more memory than the operation itself.
std::vector<Kernel::Run> Kernel::runs_of(const std::vector<Site>& image) {
  constexpr std::size_t shortest_mean = 8;
  std::vector<Run> runs;
  for (std::size_t k = 0; k < image.size(); ++k) {
    Run* const last = runs.empty() ? nullptr : &runs.back();
    if (last != nullptr && last->length == 1 && std::abs(image[k] - last->image) == 1) {
      last->step = image[k] - last->image;
    }
    if (last != nullptr && last->step != 0 && image[k] == last->image + last->length * last->step) {
      ++last->length;
      continue;
    }
    runs.push_back({static_cast<std::int32_t>(k), image[k], 1, 0});
    if (runs.size() * shortest_mean > image.size()) return {};
  }
  return runs;
}

NXMC_FOR_EACH_PROCESSOR
void Kernel::add_runs(double* __restrict phi, double alpha, const double* __restrict row,
                      const std::vector<Run>& runs) {
  for (const Run& run : runs) {
    double* const to = phi + run.first;
    const double* const from = row + run.image;
    if (run.step >= 0) {
      for (std::ptrdiff_t k = 0; k < run.length; ++k) to[k] += alpha * from[k];
    } else {
      for (std::ptrdiff_t k = 0; k < run.length; ++k) to[k] += alpha * from[-k];
    }
  }
}

/// Along the last edge the row of a translated site is that of the first one in two pieces.
void Kernel::add_translated_row(double alpha, Site i, std::span<double> phi) const {
  const std::array<int, 3>& edges = lattice_->spec.size;
  const std::size_t last = lattice_->dimension == 2 ? 1 : 2;
  const auto length = static_cast<std::size_t>(edges[last]);
  const auto shift = static_cast<std::size_t>(lattice_->cell[index(i)][last]);
  for (std::size_t first = 0; first < sites_; first += length) {
    const auto line = static_cast<std::size_t>(translated(*lattice_, i, static_cast<Site>(first + shift)));
    add_to(&phi[first + shift], alpha, values_ + line, length - shift);
    add_to(&phi[first], alpha, values_ + line + (length - shift), shift);
  }
}

void Kernel::add_row(double alpha, Site i, std::span<double> phi) const {
  assert(phi.size() == sites_);
  if (full_) return add_to(phi.data(), alpha, values_ + index(i) * sites_, sites_);
  if (lattice_->periodic()) return add_translated_row(alpha, i, phi);
  const PermutedRow row = permuted_row(i);
  const std::vector<Run>& runs = (*runs_)[index(orbits_->from_site[index(i)])];
  if (!runs.empty()) return add_runs(phi.data(), alpha, row.values, runs);
  for (std::size_t k = 0; k < sites_; ++k) phi[k] += alpha * row[k];
}

void Kernel::add_difference(double alpha, Site i, Site j, std::span<double> phi) const {
  assert(phi.size() == sites_);
  if (full_) {
    return add_difference_to(phi.data(), alpha, values_ + index(i) * sites_, values_ + index(j) * sites_, sites_);
  }
  add_row(alpha, i, phi);
  add_row(-alpha, j, phi);
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
  Kernel::store(reduced_.rows, lattice_, orbits_, storage_);
}

}  // namespace nxmc
