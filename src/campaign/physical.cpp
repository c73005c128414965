#include "physical.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>

#include "fields.hpp"
#include "nxmc/campaign/plan.hpp"
#include "nxmc/material/constants.hpp"
#include "nxmc/yaml/numbers.hpp"

namespace nxmc {
namespace {

constexpr double angstrom_per_nm = 10;

constexpr NumberRule any_number{.allowed = "a number"};
constexpr NumberRule any_length{.allowed = "a length above 0", .low = std::numeric_limits<double>::min()};

/// Digits and commas behind a number are of a number that is mistyped: `0,2`, `0x10`, `1 000`.
bool looks_like_a_unit(std::string_view word) {
  return unit_named(word) != nullptr ||
         (!word.empty() && word.find_first_of("0123456789.,_+-") == std::string_view::npos);
}

bool is_quantity(const YamlNode& node) {
  if (!node.is_text() || node.quoted) return false;
  const auto written = parse_quantity(node.text);
  return written && looks_like_a_unit(written->unit);
}

std::shared_ptr<YamlNode> with_text(const YamlNode& node, std::string text) {
  auto copy = std::make_shared<YamlNode>();
  copy->kind = YamlNode::Kind::text;
  copy->place = node.place;
  copy->path = node.path;
  copy->text = std::move(text);
  return copy;
}

/// What is written there in the unit of its dimension.
std::optional<double> read_value(const YamlNode& node, Dimension dimension, Problems& problems) {
  if (number_of(node)) {
    problems.add(
        node.place, node.path,
        "has no unit, but its neighbours have: bare numbers are in units of the model; write all of them in one "
        "way");
    return std::nullopt;
  }
  constexpr std::array<std::string_view, 6> examples{"6 nm", "54 GPa", "-0.5 eV", "450 K", "1e13 Hz", "20 ms"};
  const auto quantity = read_quantity(node, dimension, dimension == Dimension::length ? any_length : any_number,
                                      examples.at(static_cast<std::size_t>(dimension)), problems);
  return quantity ? std::optional(quantity->value) : std::nullopt;
}

/// The range with its ends and its step in the unit of their dimension.
std::shared_ptr<const YamlNode> with_bare_ends(const YamlNode& range, Dimension dimension, Problems& problems) {
  auto copy = std::make_shared<YamlNode>(range);
  bool sound = true;
  for (std::size_t k = 0; k < range.keys.size(); ++k) {
    const std::string& key = range.keys[k].name;
    if (key != "from" && key != "to" && key != "step") continue;
    const auto value = read_value(*range.items[k], dimension, problems);
    sound = sound && value;
    if (value) copy->items[k] = with_text(*range.items[k], fmt::format("{}", *value));
  }
  return sound ? copy : nullptr;
}

std::shared_ptr<const YamlNode> range_in_model_numbers(const YamlNode& range, Dimension dimension,
                                                       const ToModel& to_model, Problems& problems) {
  const auto bare = with_bare_ends(range, dimension, problems);
  if (bare == nullptr) return nullptr;
  const std::vector<LocatedNumber> values = read_numbers(*bare, any_number, problems);
  if (values.empty()) return nullptr;
  auto list = std::make_shared<YamlNode>();
  list->kind = YamlNode::Kind::list;
  list->place = range.place;
  list->path = range.path;
  for (const LocatedNumber& number : values)
    list->items.push_back(with_text(range, canonical_decimal(to_model(number.value))));
  return list;
}

}  // namespace

bool has_units(const YamlNode& node) {
  if (!node.is_list() && !node.is_map()) return is_quantity(node);
  return std::ranges::any_of(node.items, [](const auto& item) { return has_units(*item); });
}

bool may_have_units(const YamlNode& node, const MaterialOfCampaign& material, Problems& problems) {
  if (material.pair || material.doubtful) return true;
  problems.add(node.place, node.path,
               "has a unit, which only a campaign with a material can convert: add one at the top, such as 'material: "
               "pbs-cds.yaml', or write numbers in units of the model");
  return false;
}

std::shared_ptr<const YamlNode> in_model_numbers(const YamlNode& node, Dimension dimension, const ToModel& to_model,
                                                 Problems& problems) {
  if (node.is_map()) return range_in_model_numbers(node, dimension, to_model, problems);
  if (!node.is_list()) {
    const auto value = read_value(node, dimension, problems);
    return value ? with_text(node, canonical_decimal(to_model(*value))) : nullptr;
  }
  auto list = std::make_shared<YamlNode>(node);
  bool sound = true;
  for (auto& item : list->items) {
    if (item->is_map()) continue;  // no list has ranges, which its reader says
    item = in_model_numbers(*item, dimension, to_model, problems);
    sound = sound && item != nullptr;
  }
  return sound ? list : nullptr;
}

double as_written(double quantity) {
  if (!std::isfinite(quantity)) return quantity;
  const std::string text = fmt::format("{:.9e}", quantity);
  double value = quantity;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

double energy_unit_in_ev(const PairProperties& pair, const Interaction& interaction, int dimension) {
  const ModelUnits& units = dimension == 3 ? pair.cubic : pair.triangular;
  if (interaction.elastic != 0) return units.epsilon.value;
  if (interaction.ising != 0 && units.J) return units.J->value;
  return std::nan("");
}

double spacing_in_nm(const PairProperties& pair, int dimension) {
  return (dimension == 3 ? pair.cubic : pair.triangular).spacing.value / angstrom_per_nm;
}

double kelvin_of(const ScanUnits& units, const Physics& physics, double temperature) {
  if (!units.material.pair) return std::nan("");
  const double energy = energy_unit_in_ev(*units.material.pair, physics.interaction, dimension_of(physics.lattice));
  if (energy_unit(physics.interaction) == "kT") return units.kelvin ? temperature : std::nan("");
  return as_written(physics.temperature * energy / boltzmann);
}

void set_physical(const ScanUnits& units, const Schedule& schedule, double temperature, SchedulesByRate& schedules,
                  Point& point) {
  Physics& physics = point.physics;
  const double kelvin = kelvin_of(units, physics, temperature);
  if (energy_unit(physics.interaction) == "kT") point.kelvin = kelvin;
  if (units.electronvolt) physics.delta_mu = round_to_12_digits(physics.delta_mu / (boltzmann * kelvin));
  if (!units.uses_attempt_rates() || physics.method != Method::exchange) return;
  const double k0 = rate_at(units.material.attempt_rates->exchange, kelvin);
  physics.rates = {.exchange = 1,
                   .diffusion = round_to_12_digits(rate_at(units.material.attempt_rates->diffusion, kelvin) / k0)};
  if (units.exchange_until) physics.exchange_until = round_to_12_digits(*units.exchange_until * k0);
  if (units.times.empty() && units.snapshot_times.empty()) return;
  std::shared_ptr<const Schedule>& own = schedules[k0];
  if (own == nullptr) {
    Schedule at_this_rate = schedule;
    const auto convert = [k0](const std::vector<double>& seconds, std::vector<double>& times) {
      if (seconds.empty()) return;
      times.clear();
      for (const double time : seconds) times.push_back(round_to_12_digits(time * k0));
    };
    convert(units.times, at_this_rate.times);
    convert(units.snapshot_times, at_this_rate.snapshot_times);
    own = std::make_shared<const Schedule>(std::move(at_this_rate));
  }
  point.schedule = own;
}

double kelvin_in(const WrittenStage& stage, const ScanUnits& units, const Physics& physics, double temperature) {
  Physics then = physics;
  then.temperature = stage.temperature.value_or(physics.temperature);
  return kelvin_of(units, then, stage.temperature.value_or(temperature));
}

std::vector<ExchangeStage> stages_at(const Point& point, const ScanUnits& units, std::span<const WrittenStage> written,
                                     double temperature) {
  const Physics& job = point.physics;
  const bool without_interaction = energy_unit(job.interaction) == "kT";
  const double kelvin = kelvin_of(units, job, temperature);
  const double k0 = units.uses_attempt_rates() ? rate_at(units.material.attempt_rates->exchange, kelvin) : 1;
  std::vector<ExchangeStage> stages;
  for (const WrittenStage& as_read : written) {
    ExchangeStage stage{.until = units.stages_in_seconds ? round_to_12_digits(as_read.until * k0) : as_read.until,
                        .temperature = without_interaction ? std::nullopt : as_read.temperature,
                        .delta_mu = as_read.delta_mu,
                        .exchange = as_read.exchange,
                        .exchange_rate = as_read.exchange_rate,
                        .diffusion_rate = as_read.diffusion_rate};
    const double then = kelvin_in(as_read, units, job, temperature);
    if (units.electronvolt && (stage.delta_mu || then != kelvin)) {
      const double ev = stage.delta_mu ? *stage.delta_mu : job.delta_mu * boltzmann * kelvin;
      stage.delta_mu = round_to_12_digits(ev / (boltzmann * then));
    }
    if (units.uses_attempt_rates() && then != kelvin) {
      stage.exchange_rate = round_to_12_digits(rate_at(units.material.attempt_rates->exchange, then) / k0);
      stage.diffusion_rate = round_to_12_digits(rate_at(units.material.attempt_rates->diffusion, then) / k0);
    }
    stages.push_back(stage);
  }
  return stages;
}

// ---- back from jobs

PhysicalUnits::PhysicalUnits(const Campaign& campaign) {
  if (!campaign.material) return;
  pair_ = properties_of(*campaign.material);
  attempt_rates_ = campaign.attempt_rates;
  for (const Scan& scan : campaign.scans) {
    for (const Point& point : scan.points) {
      if (std::isnan(point.kelvin)) continue;
      const auto [known, is_new] = temperatures_.try_emplace(canonical_text(point.physics), point.kelvin);
      if (!is_new && known->second != point.kelvin) known->second = std::nan("");
    }
  }
}

double PhysicalUnits::temperature(const Physics& physics) const {
  if (energy_unit(physics.interaction) != "kT") return as_written(physics.temperature * energy(physics) / boltzmann);
  const auto found = temperatures_.empty() ? temperatures_.end() : temperatures_.find(canonical_text(physics));
  return found == temperatures_.end() ? std::nan("") : found->second;
}

double PhysicalUnits::energy(const Physics& physics) const {
  if (!pair_) return std::nan("");
  if (energy_unit(physics.interaction) == "kT") return boltzmann * temperature(physics);
  return energy_unit_in_ev(*pair_, physics.interaction, dimension_of(physics.lattice));
}

double PhysicalUnits::length(const Physics& physics) const {
  return pair_ ? spacing_in_nm(*pair_, dimension_of(physics.lattice)) : std::nan("");
}

double PhysicalUnits::time(const Physics& physics) const {
  constexpr double tolerance = 1e-9;
  if (!attempt_rates_) return std::nan("");
  const double kelvin = temperature(physics);
  const double exchange = rate_at(attempt_rates_->exchange, kelvin);
  const double ratio = rate_at(attempt_rates_->diffusion, kelvin) / exchange;
  // Rates of the scan's own fit no unit of time, unless they happen to be these.
  const double own_ratio = physics.rates.diffusion / physics.rates.exchange;
  if (!(std::abs(own_ratio - ratio) <= tolerance * ratio)) return std::nan("");
  return physics.rates.exchange / exchange;
}

}  // namespace nxmc
