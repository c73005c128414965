#include "nxmc/model/hamiltonian.hpp"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <utility>

#include "nxmc/arithmetic/grid.hpp"
#include "nxmc/arithmetic/processors.hpp"

namespace nxmc {

namespace {

int sum_of_spins(std::span<const Spin> sigma) { return std::accumulate(sigma.begin(), sigma.end(), 0); }

int sum_over_neighbours(const Lattice& lattice, std::span<const Spin> sigma, Site i) {
  int sum = 0;
  for (const Site j : lattice.neighbours(i)) {
    if (j != no_site) sum += sigma[static_cast<std::size_t>(j)];
  }
  return sum;
}

Site farthest_bond(const Lattice& lattice) {
  const auto z = static_cast<std::size_t>(lattice.coordination);
  Site farthest = 0;
  for (std::size_t b = 0; b < lattice.neighbour.size(); ++b) {
    farthest = std::max(farthest, lattice.neighbour[b] - static_cast<Site>(b / z));
  }
  return farthest;
}

/// Sum of sigma sigma' over all bonds, each counted once.
std::int64_t bond_sum(const Lattice& lattice, std::span<const Spin> sigma) {
  std::int64_t twice = 0;
  for (std::size_t i = 0; i < sigma.size(); ++i) {
    const int bonds = sigma[i] * sum_over_neighbours(lattice, sigma, static_cast<Site>(i));
    twice += bonds;
  }
  return twice / 2;
}

/// The same where the sums over neighbours are known.
NXMC_FOR_EACH_PROCESSOR
std::int64_t bond_sum(std::span<const Spin> sigma, std::span<const std::int8_t> neighbour_sum) {
  std::int64_t twice = 0;
  for (std::size_t i = 0; i < sigma.size(); ++i) {
    const int bonds = sigma[i] * neighbour_sum[i];
    twice += bonds;
  }
  return twice / 2;
}

/// delta^T V delta / 2 with delta = sigma - mean.
double elastic_energy(const Kernel& V, std::span<const Spin> sigma) {
  const double mean = static_cast<double>(sum_of_spins(sigma)) / static_cast<double>(sigma.size());
  std::vector<double> terms(sigma.size(), 0.0);  // V delta, then delta * V delta
  for (std::size_t i = 0; i < sigma.size(); ++i) V.add_row(sigma[i] - mean, static_cast<Site>(i), terms);
  for (std::size_t i = 0; i < sigma.size(); ++i) terms[i] *= sigma[i] - mean;
  return 0.5 * fixed_order_sum(terms);
}

/// How many sites have the rarer occupant.
std::size_t minority(std::span<const Spin> sigma) {
  const auto a = static_cast<std::size_t>(std::count(sigma.begin(), sigma.end(), Spin{1}));
  return std::min(a, sigma.size() - a);
}

[[maybe_unused]] bool is_occupation_of(const Lattice& lattice, std::span<const Spin> sigma) {
  return sigma.size() == lattice.sites() &&
         std::all_of(sigma.begin(), sigma.end(), [](Spin s) { return s == 1 || s == -1; });
}

}  // namespace

double total_energy(const Lattice& lattice, const Kernel* V, const Interaction& interaction, double delta_mu,
                    std::span<const Spin> sigma) {
  assert((V == nullptr) == (interaction.elastic == 0));
  assert(is_occupation_of(lattice, sigma));
  double energy = -0.5 * delta_mu * sum_of_spins(sigma);
  if (interaction.ising != 0) energy -= interaction.ising * static_cast<double>(bond_sum(lattice, sigma));
  if (V != nullptr) energy += interaction.elastic * elastic_energy(*V, sigma);
  return energy;
}

State::State(const Lattice& lattice, const Kernel* V, const Interaction& interaction, double delta_mu,
             Hamiltonian hamiltonian, Occupation sigma)
    : lattice_(&lattice),
      kernel_(V),
      interaction_(interaction),
      delta_mu_(delta_mu),
      hamiltonian_(hamiltonian),
      sigma_(std::move(sigma)),
      sum_(sum_of_spins(sigma_)) {
  assert((V == nullptr) == (interaction.elastic == 0));
  assert(is_occupation_of(lattice, sigma_));
  if (interaction.ising != 0) farthest_bond_ = farthest_bond(lattice);
  if (kernel_ == nullptr) return;
  diagonal_ = kernel_->diagonal();
  row_sums_ = kernel_->row_sums();
  phi_ = field();
}

/// V sigma from the field of a uniform crystal, in which the minority is then flipped. O(N * minority).
std::vector<double> State::field() const {
  const Spin majority = sum_ >= 0 ? 1 : -1;
  std::vector<double> phi(sigma_.size(), 0.0);
  for (std::size_t i = 0; i < phi.size(); ++i) phi[i] += majority * row_sums_[i];  // no negative zeros
  for (std::size_t i = 0; i < sigma_.size(); ++i) {
    if (sigma_[i] != majority) kernel_->add_row(2.0 * sigma_[i], static_cast<Site>(i), phi);
  }
  return phi;
}

int State::neighbour_sum(Site i) const {
  return neighbour_sum_.empty() ? sum_over_neighbours(*lattice_, sigma_, i) : neighbour_sum_[index(i)];
}

void State::keep_neighbour_sums() {
  neighbour_sum_.resize(sigma_.size());
  for (std::size_t i = 0; i < sigma_.size(); ++i) {
    neighbour_sum_[i] = static_cast<std::int8_t>(sum_over_neighbours(*lattice_, sigma_, static_cast<Site>(i)));
  }
}

void State::change_neighbour_sums(Site i, int change) {
  for (const Site j : lattice_->neighbours(i)) {
    if (j != no_site) neighbour_sum_[index(j)] = static_cast<std::int8_t>(neighbour_sum_[index(j)] + change);
  }
}

double State::ising_energy() const {
  if (interaction_.ising == 0) return 0;
  const std::int64_t bonds = neighbour_sum_.empty() ? bond_sum(*lattice_, sigma_) : bond_sum(sigma_, neighbour_sum_);
  return -interaction_.ising * static_cast<double>(bonds);
}

double State::energy() const {
  const double energy = -0.5 * delta_mu_ * sum_ + ising_energy();
  if (kernel_ == nullptr) return energy;
  double twice_elastic = fixed_order_sum(phi_, sigma_);
  if (published()) {
    // (sigma - m)^T V (sigma - m) for the unprojected V; the projected one has V 1 = 0.
    twice_elastic += mean() * (mean() * fixed_order_sum(row_sums_) - 2 * fixed_order_sum(phi_));
  }
  return energy + 0.5 * interaction_.elastic * twice_elastic;
}

double State::energy_of_swaps() const {
  if (kernel_ == nullptr || !published()) return energy();
  std::vector<double> self(sigma_.size());
  for (std::size_t i = 0; i < self.size(); ++i) self[i] = row_sums_[i] + diagonal_[i];
  return ising_energy() +
         interaction_.elastic * (0.5 * fixed_order_sum(phi_, sigma_) - mean() * fixed_order_sum(self, sigma_));
}

bool State::bonded(Site i, Site j) const {
  if (std::abs(i - j) > farthest_bond_) return false;  // most pairs of a large crystal
  const std::span<const Site> neighbours = lattice_->neighbours(i);
  return std::find(neighbours.begin(), neighbours.end(), j) != neighbours.end();
}

double State::elastic_flip_energy(Site i) const {
  const Spin s = sigma_[index(i)];
  const double V_ii = diagonal_[index(i)];
  if (!published()) return interaction_.elastic * (2 * V_ii - 2 * s * phi_[index(i)]);

  // The mean moves with the flip, and the authors' program lets it act on V_ii a second time.
  const auto n = static_cast<double>(sigma_.size());
  const double phi = phi_[index(i)] - mean() * row_sums_[index(i)];
  const double mean_after = (sum_ - 2 * s) / n;
  return interaction_.elastic * (2 * V_ii - 2 * s * phi + 2 * s * (phi / n + mean_after * V_ii));
}

double State::ising_swap_energy(Site i, Site j) const {
  const int neighbours = sigma_[index(i)] * (neighbour_sum(i) - neighbour_sum(j));
  return interaction_.ising * (2 * neighbours + (bonded(i, j) ? 4 : 0));
}

double State::flip_energy(Site i) const {
  const Spin s = sigma_[index(i)];
  double change = delta_mu_ * s;
  if (kernel_ != nullptr) change += elastic_flip_energy(i);
  if (interaction_.ising != 0) change += 2 * interaction_.ising * s * neighbour_sum(i);
  return change;
}

void State::flip(Site i) {
  Spin& s = sigma_[index(i)];
  if (kernel_ != nullptr) kernel_->add_row(-2.0 * s, i, phi_);
  if (!neighbour_sum_.empty()) change_neighbour_sums(i, -2 * s);
  sum_ -= 2 * s;
  s = static_cast<Spin>(-s);
}

void State::swap(Site i, Site j) {
  assert(sigma_[index(i)] != sigma_[index(j)]);
  if (kernel_ != nullptr) kernel_->add_difference(-2.0 * sigma_[index(i)], i, j, phi_);
  if (!neighbour_sum_.empty()) {
    change_neighbour_sums(i, -2 * sigma_[index(i)]);
    change_neighbour_sums(j, -2 * sigma_[index(j)]);
  }
  std::swap(sigma_[index(i)], sigma_[index(j)]);
}

void State::assign(Occupation sigma) {
  assert(is_occupation_of(*lattice_, sigma));
  std::size_t changed = 0;
  for (std::size_t i = 0; i < sigma.size(); ++i) changed += sigma[i] != sigma_[i] ? 1 : 0;
  if (changed > minority(sigma)) {
    sigma_ = std::move(sigma);
    sum_ = sum_of_spins(sigma_);
    if (kernel_ != nullptr) phi_ = field();
    if (!neighbour_sum_.empty()) keep_neighbour_sums();
    return;
  }
  for (std::size_t i = 0; i < sigma.size(); ++i) {
    if (sigma[i] != sigma_[i]) flip(static_cast<Site>(i));
  }
}

}  // namespace nxmc
