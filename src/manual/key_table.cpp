#include <fmt/format.h>

#include "keys.hpp"
#include "nxmc/campaign/schema.hpp"

namespace nxmc {
namespace {

std::string_view whom_it_concerns(Concerns concerns) {
  if (concerns == Concerns::exchange) return "exchange";
  return concerns == Concerns::equilibrium ? "equilibrium" : "all";
}

std::string values_and_unit(const CampaignKey& key) {
  const std::string values = values_of(key);
  return key.unit.empty() ? values : fmt::format("{} ({})", values, key.unit);
}

std::string row(const CampaignKey& key) {
  return fmt::format("| `{}`{} | {} | {} | {} | {} |\n", full_name(key), key.is_axis ? " *" : "",
                     key.section == "range" ? "axes" : whom_it_concerns(key.concerns), key.meaning,
                     values_and_unit(key), default_of(key));
}

}  // namespace

std::string key_table() {
  std::string table = "| key | of | meaning | values | default |\n|---|---|---|---|---|\n";
  for (const CampaignKey& key : keys()) {
    if (key.section != "campaign") table += row(key);
  }
  return table;
}

}  // namespace nxmc
