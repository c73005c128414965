// Crystals for tests of the engines: lattice, kernel and displacements of a set of physical parameters, kept together.
#pragma once

#include <cassert>
#include <memory>
#include <optional>
#include <vector>

#include "nxmc/elastic/displacements.hpp"
#include "nxmc/elastic/kernel.hpp"
#include "nxmc/engine/parameters.hpp"
#include "nxmc/engine/record.hpp"
#include "nxmc/lattice/lattice.hpp"
#include "nxmc/model/hamiltonian.hpp"
#include "nxmc/random/stream.hpp"

namespace nxmc::testing_tools {

/// Owns what the chains of one job need, built as a campaign would build it.
class OwnedCrystal {
 public:
  explicit OwnedCrystal(const Physics& physics, bool with_displacements = false)
      : lattice_(make_lattice(physics.lattice)) {
    if (is_elastic(physics)) {
      const bool projected = physics.hamiltonian == Hamiltonian::exact;
      kernel_ = std::make_unique<OwnedKernel>(KernelSpec{physics.lattice, physics.shell_stiffness, projected});
    }
    if (with_displacements) solver_.emplace(lattice_, physics.shell_stiffness);
  }

  const Lattice& lattice() const { return lattice_; }
  const Kernel* kernel() const { return kernel_ ? &kernel_->kernel() : nullptr; }
  const OwnedKernel* owned_kernel() const { return kernel_.get(); }
  const DisplacementSolver* solver() const { return solver_ ? &*solver_ : nullptr; }
  Crystal crystal() const { return {&lattice_, kernel(), solver()}; }
  State state(const Physics& physics, Occupation sigma) const {
    return {lattice_, kernel(), physics.interaction, physics.delta_mu, physics.hamiltonian, std::move(sigma)};
  }

 private:
  Lattice lattice_;
  std::unique_ptr<OwnedKernel> kernel_;
  std::optional<DisplacementSolver> solver_;
};

/// A crystal with elastic part whose kernel is read from storage of R * N numbers, as large crystals have it.
class ReducedCrystal {
 public:
  explicit ReducedCrystal(const OwnedCrystal& full)
      : full_(&full),
        storage_(full.owned_kernel()->reduced().rows.size()),
        kernel_(full.lattice(), full.owned_kernel()->orbits(), storage_) {
    assert(storage_.size() < full.lattice().sites() * full.lattice().sites());
    Kernel::store(full.owned_kernel()->reduced().rows, full.lattice(), full.owned_kernel()->orbits(), storage_);
  }
  ReducedCrystal(const ReducedCrystal&) = delete;
  ReducedCrystal& operator=(const ReducedCrystal&) = delete;

  Crystal crystal() const { return {&full_->lattice(), &kernel_, full_->solver()}; }
  State state(const Physics& physics, Occupation sigma) const {
    return {full_->lattice(), &kernel_, physics.interaction, physics.delta_mu, physics.hamiltonian, std::move(sigma)};
  }

 private:
  const OwnedCrystal* full_;
  std::vector<double> storage_;
  Kernel kernel_;
};

inline LatticeSpec hexagon(int edge, int shell_layers = 0) { return {"hexagon", {edge, 0, 0}, shell_layers}; }
inline LatticeSpec box(int nx, int ny, int nz, int shell_layers = 0) { return {"box", {nx, ny, nz}, shell_layers}; }
inline LatticeSpec periodic(LatticeSpec spec) {
  spec.boundary = Boundary::periodic;
  return spec;
}
inline LatticeSpec rhombus(int rows, int places) { return periodic({"hexagon", {rows, places, 0}}); }

/// The stream of trajectory number `replica`.
inline Stream replica_stream(std::uint64_t replica) { return {20211228, Identity{0x6e786d63, replica}}; }

inline Occupation random_occupation(std::size_t sites, double fraction_a, Stream& stream) {
  Occupation sigma(sites);
  for (Spin& spin : sigma) spin = static_cast<Spin>(stream.uniform() < fraction_a ? 1 : -1);
  return sigma;
}

}  // namespace nxmc::testing_tools
