#include <fmt/format.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "keys.hpp"
#include "nxmc/campaign/schema.hpp"

namespace nxmc {
namespace {

std::string values_and_unit(const CampaignKey& key) {
  const std::string values = values_of(key);
  return key.unit.empty() ? values : fmt::format("{} ({})", values, key.unit);
}

std::string name_of(const CampaignKey& key) { return fmt::format("`{}`{}", full_name(key), key.is_axis ? " *" : ""); }

/// What is said of a key beside its name.
std::string cells_of(const CampaignKey& key) {
  return fmt::format(" | {} | {} | {} | {} |\n", key.section == "range" ? "axes" : to_string(key.concerns), key.meaning,
                     values_and_unit(key), default_of(key));
}

}  // namespace

std::string key_table() {
  std::string table = "| key | of | meaning | values | default |\n|---|---|---|---|---|\n";
  std::string names;
  const std::span<const CampaignKey> all = keys();
  for (std::size_t k = 0; k < all.size(); ++k) {
    if (all[k].section == "campaign") continue;
    names += (names.empty() ? "" : ", ") + name_of(all[k]);
    // Keys of which the same is said share a row.
    if (k + 1 < all.size() && cells_of(all[k + 1]) == cells_of(all[k])) continue;
    table += "| " + names + cells_of(all[k]);
    names.clear();
  }
  return table;
}

}  // namespace nxmc
