// What numbers of the model are in kelvin, electronvolt, nanometre and second, for campaigns that name a material.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "nxmc/campaign/campaign.hpp"
#include "nxmc/material/model_units.hpp"

namespace nxmc {

/// Of the crystals of a campaign. Each number is NaN where it is not known: the campaign names no material, that has no
/// energies of mixing (crystals with 'ising', whose energies are in J), or there are no attempt rates.
class PhysicalUnits {
 public:
  explicit PhysicalUnits(const Campaign& campaign);

  /// Whether the campaign names a material.
  bool known() const { return pair_.has_value(); }
  /// K
  double temperature(const Physics& physics) const;
  /// eV in a unit of energy of the job.
  double energy(const Physics& physics) const;
  /// nm from a site to the next.
  double length(const Physics& physics) const;
  /// s in a unit of time of the job: what an attempt of exchange takes.
  double time(const Physics& physics) const;

 private:
  std::optional<PairProperties> pair_;
  std::optional<AttemptRates> attempt_rates_;
  /// Of crystals without interaction, whose energies are in k_BT, it follows from no other parameter; NaN where points
  /// of several temperatures are one job.
  std::map<std::string, double> temperatures_;
};

/// With ten digits: what was written with so many comes back as it was from a number of the model, which has twelve.
double as_written(double quantity);

/// eV; NaN for `none`, and where the material does not tell. \param dimension  of the crystal
double energy_unit_in_ev(const PairProperties& pair, const Interaction& interaction, int dimension);
/// nm from a site to the next. \param dimension  of the crystal
double spacing_in_nm(const PairProperties& pair, int dimension);

}  // namespace nxmc
