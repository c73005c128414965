// Numbers of a campaign that have units, and what they are in the model.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nxmc/campaign/campaign.hpp"
#include "nxmc/campaign/physical_units.hpp"
#include "nxmc/material/model_units.hpp"
#include "nxmc/material/quantity.hpp"
#include "nxmc/yaml/document.hpp"
#include "nxmc/yaml/problems.hpp"
#include "stages.hpp"

namespace nxmc {

/// What a campaign says of its material.
struct MaterialOfCampaign {
  std::optional<PairProperties> pair{};
  std::optional<AttemptRates> attempt_rates{};
  bool doubtful = false;  ///< something is wrong with it: nothing is concluded from what is missing
};

/// Whether any of its numbers has a unit: of a value, a list, or a range.
bool has_units(const YamlNode& node);

/// Where a value has units but the campaign no material: false, with a problem.
bool may_have_units(const YamlNode& node, const MaterialOfCampaign& material, Problems& problems);

/// From a quantity in the unit of its dimension to a number of the model.
using ToModel = std::function<double(double)>;

/// The value with bare numbers of the model in place of its quantities, lists in place of ranges; nullptr, with
/// problems, where some have no unit, or one that does not fit.
std::shared_ptr<const YamlNode> in_model_numbers(const YamlNode& node, Dimension dimension, const ToModel& to_model,
                                                 Problems& problems);

/// What of a scan is in physical units, and depends on the temperature of each point.
struct ScanUnits {
  MaterialOfCampaign material;
  bool own_rates = false;                  ///< given in the scan, which then says nothing about seconds
  bool kelvin = false;                     ///< the axis 'temperature' is in K
  bool electronvolt = false;               ///< of crystals without interaction: delta_mu is in eV
  std::vector<double> times{};             ///< s; empty: none in seconds
  std::vector<double> snapshot_times{};    ///< s
  std::optional<double> exchange_until{};  ///< s
  bool stages_in_seconds = false;          ///< when stages end
  /// Scans in numbers of the model keep their own rates, or the default.
  bool uses_attempt_rates() const { return material.attempt_rates && !own_rates && (kelvin || any_time()); }
  bool any_time() const { return !times.empty() || !snapshot_times.empty() || exchange_until || stages_in_seconds; }
};

/// K; NaN where it is not known. \param temperature  value of the axis
double kelvin_of(const ScanUnits& units, const Physics& physics, double temperature);

/// K, of a stage. \param temperature  of the scan, as kelvin_of has it
double kelvin_in(const WrittenStage& stage, const ScanUnits& units, const Physics& physics, double temperature);

/// Of a scan, by the attempt rate of exchange.
using SchedulesByRate = std::map<double, std::shared_ptr<const Schedule>>;

/// Sets what depends on the temperature of a point: rates, times and, without interaction, delta_mu.
/// \param schedule  of the scan, for what is not in seconds
void set_physical(const ScanUnits& units, const Schedule& schedule, double temperature, SchedulesByRate& schedules,
                  Point& point);

/// What stages are at a point, in units of the model. \pre set_physical has been there, if the campaign has a material
std::vector<ExchangeStage> stages_at(const Point& point, const ScanUnits& units, std::span<const WrittenStage> written,
                                     double temperature);

}  // namespace nxmc
