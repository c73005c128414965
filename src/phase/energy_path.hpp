// Energies of all samples as functions of the place along an axis.
#pragma once

#include <cstddef>
#include <vector>

#include "nxmc/phase/transition.hpp"
#include "sample_energies.hpp"

namespace nxmc {

/// The parameter of a state that an axis is.
double& along(SampledState& state, LineAxis axis);

/// Energies are linear in delta_mu, and known at all of its values from two. V is a smooth function of K_shell: between
/// the places of a Chebyshev grid in ln K_shell energies are interpolated, so that a place costs no kernel. The grid is
/// refined until the coarser one has predicted every energy of every sample at the new places to 10^-4 k_BT.
class EnergyPath {
 public:
  /// \throws ArchiveError when the range is too wide for that; as SampleEnergies
  EnergyPath(SampleEnergies& energies, const SampledState& others, LineAxis axis, double low, double high);

  /// [sample] over k_BT
  std::vector<double> reduced(double place) const;
  /// [sample] of the whole crystal
  std::vector<double> energies(double place) const;
  /// Of the grid; 1 where nothing has to be interpolated.
  std::size_t places() const { return places_.size(); }

 private:
  struct OfSamples {
    std::vector<double> reduced;
    std::vector<double> energies;
  };
  static OfSamples at(SampleEnergies& energies, const SampledState& state);
  void refine(SampleEnergies& energies, const SampledState& others, double low, double high);
  double position(double place) const;
  std::vector<double> interpolated(std::vector<double> OfSamples::*part, double position) const;

  LineAxis axis_;
  std::vector<double> places_;    // ln K_shell, or delta_mu
  std::vector<OfSamples> known_;  // [place]
};

}  // namespace nxmc
