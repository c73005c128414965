// How much a campaign asks for, before any of it is unfolded.
#include "extent.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bounds.hpp"
#include "fields.hpp"
#include "nxmc/campaign/schema.hpp"
#include "nxmc/material/quantity.hpp"
#include "nxmc/yaml/numbers.hpp"

namespace nxmc {
namespace {

/// Of a quantity its number in the unit of its dimension.
std::optional<double> number_at(const YamlNode& map, std::string_view key) {
  const Entry entry = find_entry(map, key);
  if (!entry || !entry.value->is_text()) return std::nullopt;
  if (const auto number = number_of(*entry.value)) return number;
  const auto quantity = parse_quantity(entry.value->text);
  const Unit* const unit = quantity ? unit_named(quantity->unit) : nullptr;
  return unit == nullptr ? std::nullopt : std::optional(quantity->number.value * unit->size);
}

/// Of {from, to, step} and {from, to, points}; 1 for what is neither.
double count_range(const YamlNode& map) {
  const auto points = number_at(map, "points");
  const auto from = number_at(map, "from");
  const auto to = number_at(map, "to");
  const auto step = number_at(map, "step");
  double count = 1;
  if (points) count = *points;
  if (from && to && step && *step != 0) count = std::round((*to - *from) / *step) + 1;
  return count >= 1 && count <= most_values_of_an_axis ? count : 1;
}

/// Lists and ranges that are too long are refused without being read.
double count_values(const YamlNode& node) {
  if (node.is_map()) return count_range(node);
  const auto items = node.is_list() ? static_cast<double>(node.items.size()) : 1.0;
  return items <= most_values_of_an_axis ? std::max(1.0, items) : 1;
}

class Counter {
 public:
  Counter(const YamlNode& scan, const YamlNode* defaults) : scan_(scan), defaults_(defaults) {}

  Extent count() {
    count_axes();
    multiply_groups();
    if (const YamlNode* replicas = find("replicas")) extent_.replicas = count_replicas(*replicas);
    if (concerns(Concerns::exchange)) count_observations(find("times"));
    if (const YamlNode* snapshots = find("snapshots")) {
      if (concerns(Concerns::exchange)) count_observations(find_entry(*snapshots, "times").value);
      if (concerns(Concerns::equilibrium)) count_observations(find_entry(*snapshots, "sweeps").value);
    }
    return extent_;
  }

 private:
  struct AxisLength {
    std::string_view name;
    double values;
  };

  const YamlNode* find(std::string_view key) const {
    const Entry own = find_entry(scan_, key);
    if (own || defaults_ == nullptr) return own.value;
    return find_entry(*defaults_, key).value;
  }

  /// Those of the key `shell`.
  const YamlNode* layers_of_shell() const {
    const YamlNode* const shell = find("shell");
    return shell != nullptr && shell->is_map() ? find_entry(*shell, "layers").value : nullptr;
  }

  bool concerns(Concerns who) const {
    const YamlNode* const method = find("method");
    const YamlNode* const ensemble = find("ensemble");
    return nxmc::concerns(who, method == nullptr ? "" : method->text, ensemble == nullptr ? "" : ensemble->text);
  }

  void count_axes() {
    for (const CampaignKey& key : scan_keys()) {
      const YamlNode* node = key.is_axis && concerns(key.concerns) ? find(key.name) : nullptr;
      if (node == nullptr && key.name == "shell_layers") node = layers_of_shell();
      if (node == nullptr) continue;
      const bool one_mixture = key.name == "interaction" && node->is_map();
      axes_.push_back({key.name, one_mixture ? 1 : count_values(*node)});
      extent_.values += axes_.back().values;
    }
  }

  /// Zipped axes count once.
  void multiply_groups() {
    std::set<std::string_view> zipped;
    if (const YamlNode* zip = find("zip"); zip != nullptr && zip->is_list()) {
      const bool nested = std::ranges::any_of(zip->items, [](const auto& item) { return item->is_list(); });
      if (!nested) multiply_group(*zip, zipped);
      for (const auto& item : zip->items)
        if (nested && item->is_list()) multiply_group(*item, zipped);
    }
    for (const AxisLength& axis : axes_)
      if (!zipped.contains(axis.name)) extent_.points *= axis.values;
  }

  void multiply_group(const YamlNode& group, std::set<std::string_view>& zipped) {
    double longest = 1;
    for (const auto& word : group.items) {
      const auto axis = std::ranges::find(axes_, std::string_view(word->text), &AxisLength::name);
      if (axis != axes_.end() && zipped.insert(axis->name).second) longest = std::max(longest, axis->values);
    }
    extent_.points *= longest;
  }

  static double count_replicas(const YamlNode& node) {
    const double number = number_of(node).value_or(1);
    return replicas_bounds.admits(number) ? number : 1;
  }

  void count_observations(const YamlNode* node) {
    if (node != nullptr) extent_.observations += count_values(*node);
  }

  const YamlNode& scan_;
  const YamlNode* defaults_;
  std::vector<AxisLength> axes_;
  Extent extent_;
};

}  // namespace

Extent extent_of(const YamlNode& scan, const YamlNode* defaults) { return Counter(scan, defaults).count(); }

}  // namespace nxmc
