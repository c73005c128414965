#include "sample_energies.hpp"

#include <cmath>
#include <optional>
#include <utility>

#include "nxmc/campaign/plan.hpp"
#include "nxmc/elastic/blas.hpp"
#include "nxmc/elastic/kernel.hpp"
#include "nxmc/model/energies.hpp"
#include "sample_fractions.hpp"

namespace nxmc {

namespace {

/// The archive's own, so that energies are those that its chains had; else a new one.
ReducedKernel find_or_build(const Archive& archive, const Lattice& lattice, const KernelSpec& spec) {
  const Identity identity = kernel_identity(spec);
  for (std::size_t k = 0; k < archive.kernels(); ++k) {
    if (archive.kernel_identity(k) != identity) continue;
    if (std::optional<ReducedKernel> kept = archive.kernel(k)) return std::move(*kept);
  }
  start_blas();
  return build_kernel(lattice, spec);
}

}  // namespace

SampleEnergies::SampleEnergies(const Archive& archive, const SampleSet& samples, std::size_t threads)
    : archive_(&archive),
      samples_(&samples),
      threads_(threads),
      lattice_(make_lattice(samples.lattice)),
      orbits_(find_orbits(lattice_)) {}

const std::vector<double>& SampleEnergies::elastic(double shell_stiffness, Hamiltonian hamiltonian) {
  const auto last = last_.find(hamiltonian);
  if (last != last_.end() && last->second.shell_stiffness == shell_stiffness) return last->second.energies;
  const ReducedKernel reduced =
      find_or_build(*archive_, lattice_, {samples_->lattice, shell_stiffness, hamiltonian == Hamiltonian::exact});
  std::vector<double> storage(Kernel::storage_size(lattice_, orbits_));
  Kernel::store(reduced.rows, lattice_, orbits_, storage);
  const Kernel kernel(lattice_, orbits_, storage);
  last_[hamiltonian] = {shell_stiffness,
                        elastic_energies(kernel, hamiltonian, {samples_->bits, lattice_.sites()}, threads_)};
  return last_[hamiltonian].energies;
}

const std::vector<double>& SampleEnergies::bonds() {
  if (bonds_.empty()) bonds_ = bond_sums(lattice_, {samples_->bits, lattice_.sites()}, threads_);
  return bonds_;
}

const std::vector<double>& SampleEnergies::moments() {
  if (!moments_.empty()) return moments_;
  const auto core = static_cast<double>(lattice_.core.size());
  const auto sites = static_cast<double>(lattice_.sites());
  for (const double c : core_compositions(lattice_, samples_->bits))
    moments_.push_back(2 * std::round(c * core) - sites);
  return moments_;
}

std::vector<double> SampleEnergies::combined(const SampledState& state, Hamiltonian hamiltonian) {
  std::vector<double> energies(samples_->samples(), 0);
  const Interaction& interaction = state.interaction;
  if (interaction.elastic != 0) {
    const std::vector<double>& elastic_part = elastic(state.shell_stiffness, hamiltonian);
    for (std::size_t n = 0; n < energies.size(); ++n) energies[n] += interaction.elastic * elastic_part[n];
  }
  if (interaction.ising != 0) {
    const std::vector<double>& sums = bonds();
    for (std::size_t n = 0; n < energies.size(); ++n) energies[n] -= interaction.ising * sums[n];
  }
  if (state.delta_mu != 0) {
    const std::vector<double>& sums = moments();
    for (std::size_t n = 0; n < energies.size(); ++n) energies[n] -= 0.5 * state.delta_mu * sums[n];
  }
  return energies;
}

std::vector<double> SampleEnergies::reduced(const SampledState& state) {
  std::vector<double> energies = combined(state, state.hamiltonian);
  for (double& energy : energies) energy /= state.temperature;
  return energies;
}

// What the published program's swaps follow is no energy of the crystal: that is the stated one there, too.
std::vector<double> SampleEnergies::energies(const SampledState& state) { return combined(state, Hamiltonian::exact); }

}  // namespace nxmc
