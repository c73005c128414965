#include "nxmc/campaign/join.hpp"

#include <fmt/format.h>
#include <yaml-cpp/emitter.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "fields.hpp"
#include "material_behind.hpp"
#include "nxmc/campaign/campaign.hpp"
#include "nxmc/campaign/plan.hpp"
#include "nxmc/campaign/schema.hpp"
#include "nxmc/yaml/document.hpp"
#include "site_file.hpp"

namespace nxmc {
namespace {

using JobNames = std::set<std::pair<Identity, Identity>>;  // identity, observation

/// nullopt where this program does not understand the text.
std::optional<JobNames> jobs_of(const std::string& text) {
  try {
    JobNames names;
    for (const Job& job : make_plan(parse_campaign(text, "campaign")).jobs)
      names.emplace(job.identity, job.observation);
    return names;
  } catch (const CampaignError&) {
    return std::nullopt;
  }
}

void emit(YAML::Emitter& out, const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::nothing:
      out << YAML::Null;
      return;
    case YamlNode::Kind::text:
      if (node.quoted) out << YAML::DoubleQuoted;
      out << node.text;
      return;
    case YamlNode::Kind::list:
      out << YAML::Flow << YAML::BeginSeq;
      for (const auto& item : node.items) emit(out, *item);
      out << YAML::EndSeq;
      return;
    case YamlNode::Kind::map:
      out << YAML::Flow << YAML::BeginMap;
      for (std::size_t k = 0; k < node.keys.size(); ++k) {
        out << YAML::Key << node.keys[k].name << YAML::Value;
        emit(out, *node.items[k]);
      }
      out << YAML::EndMap;
  }
}

std::string yaml_of(const YamlNode& node) {
  YAML::Emitter out;
  emit(out, node);
  return out.c_str();
}

/// A scan with the defaults of its file: each key and the text of its value, in the order of the file.
struct ScanText {
  std::string name;
  std::vector<std::pair<std::string, std::string>> values;
  bool operator==(const ScanText&) const = default;
};

ScanText scan_with_defaults(const YamlNode& own, const YamlNode* defaults) {
  ScanText scan;
  for (std::size_t k = 0; k < own.keys.size(); ++k) {
    if (own.keys[k].name == "name")
      scan.name = own.items[k]->text;
    else
      scan.values.emplace_back(own.keys[k].name, yaml_of(*own.items[k]));
  }
  if (defaults == nullptr) return scan;
  const auto word = [&](std::string_view key) -> std::string_view {
    const Entry entry = find_entry(own, key) ? find_entry(own, key) : find_entry(*defaults, key);
    return entry ? std::string_view(entry.value->text) : "";
  };
  for (const CampaignKey& key : scan_keys()) {
    const Entry value = find_entry(*defaults, key.name);
    if (value && !find_entry(own, key.name) && concerns(key.concerns, word("method"), word("ensemble")))
      scan.values.emplace_back(key.name, yaml_of(*value.value));
  }
  return scan;
}

/// \pre the text is that of a campaign
std::shared_ptr<const YamlNode> root_of(const std::string& text) {
  Problems problems;
  const auto behind = material_behind(text);
  return read_document(behind ? behind->campaign : text, campaign_document, problems);
}

/// \pre the text is that of a campaign
std::vector<ScanText> scans_of(const std::string& text) {
  const std::shared_ptr<const YamlNode> root = root_of(text);
  std::vector<ScanText> scans;
  for (const auto& scan : find_entry(*root, "scans").value->items)
    scans.push_back(scan_with_defaults(*scan, find_entry(*root, "defaults").value));
  return scans;
}

void add_scan(std::vector<ScanText>& scans, ScanText scan) {
  if (std::ranges::find(scans, scan) != scans.end()) return;
  const std::string name = scan.name;
  for (int number = 2; std::ranges::find(scans, scan.name, &ScanText::name) != scans.end(); ++number)
    scan.name = fmt::format("{}-{}", name, number);
  scans.push_back(std::move(scan));
}

std::string material_keys(const std::string& text) {
  std::string lines;
  const std::shared_ptr<const YamlNode> root = root_of(text);
  for (const char* key : {"material", "attempt_rates"})
    if (const Entry entry = find_entry(*root, key)) lines += fmt::format("{}: {}\n", key, yaml_of(*entry.value));
  return lines;
}

/// One material, or none in any of them: units of one would be told of scans that have another or none.
bool have_the_same_units(const std::vector<std::string>& texts) {
  const auto units = [](const std::string& text) {
    const auto behind = material_behind(text);
    return std::pair(material_keys(text), behind ? behind->material : "");
  };
  return std::ranges::adjacent_find(texts, std::ranges::not_equal_to{}, units) == texts.end();
}

/// \pre they have the same units
std::string scans_of_all(const std::vector<std::string>& texts) {
  const Campaign first = parse_campaign(texts.front(), "campaign");
  std::vector<ScanText> scans;
  for (const std::string& text : texts)
    for (ScanText& scan : scans_of(text)) add_scan(scans, std::move(scan));
  YAML::Emitter name;
  name << first.name;
  std::string joined = fmt::format("# The scans of {} campaign files, with the defaults of each.\nname: {}\nseed: {}\n",
                                   texts.size(), name.c_str(), first.seed);
  joined += material_keys(texts.front());
  joined += "scans:\n";
  for (const ScanText& scan : scans) {
    YAML::Emitter scan_name;
    scan_name << scan.name;
    joined += fmt::format("  - name: {}\n", scan_name.c_str());
    for (const auto& [key, value] : scan.values) joined += fmt::format("    {}: {}\n", key, value);
  }
  SiteTexts sites;
  for (const std::string& text : texts) sites.merge(kept_sites(text));
  joined += comments_that_keep(sites);
  const auto behind = material_behind(texts.front());
  return behind ? with_material_behind(joined, behind->name, behind->material) : joined;
}

std::string documents(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts)
    all += fmt::format("{}{}{}", all.empty() ? "" : "---\n", text, text.ends_with('\n') ? "" : "\n");
  return all;
}

std::vector<std::string> unlike(const std::vector<std::string>& texts) {
  std::vector<std::string> different;
  for (const std::string& text : texts)
    if (std::ranges::find(different, text) == different.end()) different.push_back(text);
  return different;
}

}  // namespace

std::string join_campaigns(const std::vector<std::string>& texts) {
  const std::vector<std::string> different = unlike(texts);
  if (different.size() == 1) return different.front();
  std::vector<JobNames> jobs;
  JobNames all;
  for (const std::string& text : different) {
    std::optional<JobNames> found = jobs_of(text);
    if (!found) return documents(different);
    all.insert(found->begin(), found->end());
    jobs.push_back(std::move(*found));
  }
  for (std::size_t k = 0; k < different.size(); ++k)
    if (jobs[k].size() == all.size()) return different[k];
  if (!have_the_same_units(different)) return documents(different);
  const std::string joined = scans_of_all(different);
  return jobs_of(joined) == all ? joined : documents(different);
}

}  // namespace nxmc
