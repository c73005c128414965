#include "key_table.hpp"

#include <functional>
#include <string>
#include <vector>

#include "nxmc/campaign/schema.hpp"

namespace nxmc {
namespace {

std::string where_it_stands(const CampaignKey& key) {
  if (key.section == "campaign") return "campaign";
  if (key.section == "range") return "axes";
  return key.concerns == Concerns::all ? "scans" : std::string(to_string(key.concerns));
}

}  // namespace

Table describe_keys() {
  Table table;
  const auto add = [&](const char* name, const std::function<std::string(const CampaignKey&)>& cell) {
    std::vector<std::string> cells;
    for (const CampaignKey& key : keys()) cells.push_back(plain_text(cell(key)));
    table.rows = cells.size();
    table.columns.push_back({name, "", Role::label, std::move(cells)});
  };
  add("key", full_name);
  add("of", where_it_stands);
  add("axis", [](const CampaignKey& key) { return key.is_axis ? "axis" : ""; });
  add("default", default_of);
  add("values", values_of);
  add("unit", [](const CampaignKey& key) { return std::string(key.unit); });
  add("meaning", [](const CampaignKey& key) { return std::string(key.meaning); });
  return table;
}

}  // namespace nxmc
