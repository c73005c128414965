// A campaign file from its bytes to validated scans.
#include "nxmc/campaign/campaign.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "extent.hpp"
#include "fields.hpp"
#include "material_behind.hpp"
#include "nxmc/campaign/schema.hpp"
#include "nxmc/yaml/document.hpp"
#include "nxmc/yaml/numbers.hpp"
#include "nxmc/yaml/problems.hpp"
#include "nxmc/yaml/shown.hpp"
#include "nxmc/yaml/text_file.hpp"
#include "nxmc/yaml/words.hpp"
#include "scan.hpp"

namespace nxmc {
namespace {

void read_defaults(const YamlNode& root, Defaults& defaults, Problems& problems) {
  const Entry entry = find_entry(root, "defaults");
  if (!entry) return;
  if (!expect_map(*entry.value, "a mapping of keys that scans share", problems)) return;
  refuse_unknown_keys(*entry.value, keys_of_section("defaults"), problems);
  defaults.node = entry.value;
  defaults.probably_meant = keys_probably_meant(*entry.value);
}

/// A default that concerns no scan is as good as a misspelt one.
void refuse_unused_defaults(const Defaults& defaults, Problems& problems) {
  if (defaults.node == nullptr) return;
  const auto known = keys_of_section("defaults");
  for (const YamlNode::Key& key : defaults.node->keys) {
    if (defaults.used.contains(key.name) || std::ranges::find(known, key.name) == known.end()) continue;
    problems.add(key.place, "defaults." + shortened(key.name), "no scan uses this default; remove it");
  }
}

/// Each scan once: what an alias repeats is refused for its name.
std::vector<const YamlNode*> different_scans(const YamlNode& list) {
  std::vector<const YamlNode*> scans;
  std::unordered_set<const YamlNode*> met;
  for (const auto& item : list.items)
    if (met.insert(item.get()).second) scans.push_back(item.get());
  return scans;
}

/// Reads the scans one by one. Those that are too much together are still read for the sake of other mistakes in them,
/// but not kept, and only as far as it takes no time.
class ScansReader {
 public:
  ScansReader(const YamlNode& list, Defaults& defaults, const MaterialOfCampaign& material, Problems& problems)
      : list_(list), defaults_(defaults), material_(material), problems_(problems), nodes_(different_scans(list)) {
    for (const YamlNode* node : nodes_) {
      extents_.push_back(extent_of(*node, defaults.node));
      jobs_asked_for_ += extents_.back().jobs();
      observations_ += extents_.back().observations;
    }
  }

  std::vector<ScanDraft> read() {
    for (std::size_t k = 0; k < nodes_.size() && may_be_read(extents_[k]); ++k) {
      auto draft = read_scan(*nodes_[k], defaults_, material_, scrutiny_of(extents_[k]), problems_);
      if (!draft) continue;
      jobs_ += draft->jobs();
      if (!too_much()) drafts_.push_back(std::move(*draft));
    }
    report();
    if (stopped_ && defaults_.node != nullptr) {  // nobody knows what the other scans would have asked for
      for (const YamlNode::Key& key : defaults_.node->keys) defaults_.used.insert(key.name);
    }
    return std::move(drafts_);
  }

 private:
  static constexpr double most_read_in_vain = 1e6;  // values

  bool too_much() const { return jobs_asked_for_ > most_jobs || observations_ > most_observations; }

  bool may_be_read(const Extent& scan) {
    if (!too_much()) return true;
    const bool first = read_in_vain_ == 0;
    read_in_vain_ += scan.values + scan.observations;
    stopped_ = !first && read_in_vain_ > most_read_in_vain;
    return !stopped_;
  }

  Scrutiny scrutiny_of(const Extent& scan) {
    if (!too_much()) return Scrutiny::of_combinations;
    if (read_in_vain_ + scan.points > most_read_in_vain) return Scrutiny::of_values;
    read_in_vain_ += scan.points;
    return Scrutiny::of_combinations;
  }

  void report() {
    const double jobs = stopped_ ? jobs_asked_for_ : jobs_;
    if (jobs > most_jobs) {
      problems_.add(list_.place, list_.path,
                    fmt::format("make {:.10g} jobs together; a campaign has at most {:.0f}", jobs, most_jobs));
    }
    if (observations_ > most_observations) {
      problems_.add(list_.place, list_.path,
                    fmt::format("are observed at {:.10g} times and sweeps together, snapshots included; a campaign "
                                "has at most {:.0f}",
                                observations_, most_observations));
    }
  }

  const YamlNode& list_;
  Defaults& defaults_;
  const MaterialOfCampaign& material_;
  Problems& problems_;
  std::vector<const YamlNode*> nodes_;
  std::vector<Extent> extents_;
  double jobs_asked_for_ = 0;
  double observations_ = 0;
  double jobs_ = 0;  // of scans without problems
  double read_in_vain_ = 0;
  bool stopped_ = false;
  std::vector<ScanDraft> drafts_;
};

std::vector<ScanDraft> read_scans(const YamlNode& root, Defaults& defaults, const MaterialOfCampaign& material,
                                  Problems& problems) {
  const Entry entry = find_entry(root, "scans");
  if (!entry) {
    problems.add(root.place, "", "lacks 'scans' (a list: what is to be simulated)");
    return {};
  }
  if (!entry.value->is_list() || entry.value->items.empty()) {
    problems.add(entry.value->place, "scans",
                 fmt::format("must be a list of scans ('- name: …'), not {}",
                             entry.value->is_list() ? "an empty one" : describe(*entry.value)));
    return {};
  }
  return ScansReader(*entry.value, defaults, material, problems).read();
}

/// Other scans have not asked for the defaults that they use.
bool has_only_mappings_as_scans(const YamlNode& root) {
  const Entry scans = find_entry(root, "scans");
  return scans && scans.value->is_list() && !scans.value->items.empty() &&
         std::ranges::all_of(scans.value->items, [](const auto& item) { return item->is_map(); });
}

/// Looks at the tree, because a scan with other problems has no draft.
void refuse_repeated_names(const YamlNode& root, Problems& problems) {
  const Entry scans = find_entry(root, "scans");
  if (!scans) return;
  std::unordered_map<std::string, int> lines;
  for (const auto& item : scans.value->items) {
    const Entry name = find_entry(*item, "name");
    if (!name || !name.value->is_text()) continue;
    const auto [first, is_new] = lines.try_emplace(name.value->text, name.value->place.line);
    if (is_new) continue;
    problems.add(name.value->place, name.value->path,
                 fmt::format("another scan is called {} (line {})", quote(name.value->text), first->second));
  }
}

void read_head(const YamlNode& root, Campaign& campaign, Problems& problems) {
  if (const Entry name = find_entry(root, "name")) {
    campaign.name = read_name(*name.value, problems).value_or("");
  } else {
    problems.add(root.place, "", "lacks 'name' (what the campaign is called)");
  }
  if (const Entry seed = find_entry(root, "seed")) {
    campaign.seed = read_seed(*seed.value, problems).value_or(campaign.seed);
  }
}

// ---- the material

/// Reads what a key of a campaign says of its material, and the file that it names.
class MaterialReader {
 public:
  MaterialReader(Campaign& campaign, const TextOfFile& text, Problems& problems)
      : campaign_(campaign), text_(text), problems_(problems) {}

  MaterialOfCampaign read(const YamlNode& root) {
    const std::size_t before = problems_.count();
    if (const Entry entry = find_entry(root, "material")) read_material_key(*entry.value);
    if (campaign_.material) {
      material_.pair = properties_of(*campaign_.material);
      campaign_.attempt_rates = campaign_.material->attempt_rates;
    }
    if (const Entry entry = find_entry(root, "attempt_rates")) {
      if (!find_entry(root, "material"))
        problems_.add(entry.key->place, "attempt_rates",
                      "says what seconds are in a campaign with a material; add 'material', or remove it");
      campaign_.attempt_rates = read_attempt_rates(*entry.value, problems_);
    }
    material_.attempt_rates = campaign_.attempt_rates;
    material_.doubtful = problems_.count() > before;
    return material_;
  }

 private:
  void read_material_key(const YamlNode& node) {
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
    if (!node.is_text() || node.text.empty() || std::ranges::any_of(node.text, is_control)) {
      problems_.add(node.place, node.path,
                    fmt::format("must be the name of a material file, such as pbs-cds.yaml, not {}", describe(node)));
      return;
    }
    campaign_.material_name = node.text;
    if (const auto behind = material_behind(campaign_.text)) {
      // With line breaks in place of the campaign, so that mistakes have the places of the whole text.
      take(std::string(behind->lines_above, '\n') + behind->material, campaign_.file);
      return;
    }
    if (!text_) {
      problems_.add(node.place, node.path, fmt::format("the text of {} is not here", quote(node.text)));
      return;
    }
    read_file(node);
  }

  void read_file(const YamlNode& node) {
    std::string text;
    try {
      text = text_(node.text);
    } catch (const FileProblems& error) {
      problems_.add(node.place, node.path,
                    fmt::format("{}; it is looked for beside the campaign", shown(error.what())));
      return;
    }
    take(text, (std::filesystem::path(campaign_.file).parent_path() / node.text).string());
    campaign_.text = with_material_behind(campaign_.text, node.text, text);
  }

  /// A material with mistakes of its own is a matter of its own file.
  void take(const std::string& text, const std::string& file) {
    try {
      campaign_.material = parse_material(text, file);
    } catch (const MaterialError& error) {
      throw CampaignError(file, error.problems());
    }
  }

  Campaign& campaign_;
  const TextOfFile& text_;
  Problems& problems_;
  MaterialOfCampaign material_;
};

/// What a campaign says, its scans not yet unfolded.
std::vector<ScanDraft> read_root(const YamlNode& root, Campaign& campaign, const TextOfFile& material_text,
                                 Problems& problems) {
  const SiteTexts sites = kept_sites(campaign.text);
  if (!expect_map(root, "a mapping with 'name' and 'scans'", problems)) return {};
  refuse_unknown_keys(root, keys_of_section("campaign"), problems);
  read_head(root, campaign, problems);
  const MaterialOfCampaign material = MaterialReader(campaign, material_text, problems).read(root);
  Defaults defaults;
  defaults.sites = &sites;
  read_defaults(root, defaults, problems);
  refuse_repeated_names(root, problems);
  std::vector<ScanDraft> drafts = read_scans(root, defaults, material, problems);
  if (has_only_mappings_as_scans(root)) refuse_unused_defaults(defaults, problems);
  return drafts;
}

}  // namespace

std::string text_kept_in(const std::string& campaign_text, const std::string& name) {
  const auto behind = material_behind(campaign_text);
  if (behind && behind->name == name) return behind->material;
  const SiteTexts sites = kept_sites(campaign_text);
  const auto found = sites.find(name);
  return found == sites.end() ? "" : found->second;
}

Campaign parse_campaign(const std::string& text, const std::string& file_name, const TextOfFile& material_text) {
  const auto behind = material_behind(text);
  const std::string own = behind ? behind->campaign : text;
  // Lists of sites that are kept behind it are files of their own.
  if (own.size() > largest_text_file + comments_that_keep(kept_sites(own)).size())
    throw CampaignError(file_name, {Problem{{}, "", too_large_message(campaign_document.name)}});
  Campaign campaign{.file = file_name, .text = text, .name = "", .seed = 1, .scans = {}};
  Problems problems;
  try {
    const std::shared_ptr<const YamlNode> root = read_document(own, campaign_document, problems);
    std::vector<ScanDraft> drafts;
    if (root != nullptr) drafts = read_root(*root, campaign, material_text, problems);
    if (behind && campaign.material_name != behind->name)
      problems.add({1, 1}, "", "a material stands behind the campaign, which 'material' does not name");
    if (!problems.empty()) throw CampaignError(file_name, problems.sorted());
    for (ScanDraft& draft : drafts) campaign.scans.push_back(expand(std::move(draft)));
  } catch (const TooManyProblems&) {
    throw CampaignError(file_name, problems.sorted());
  }
  return campaign;
}

Campaign read_campaign(const std::filesystem::path& file, const std::function<void()>& interrupt,
                       const TextOfFile& otherwise) {
  const auto text_of = [&](const std::string& name, std::string_view kind) {
    const std::filesystem::path named = file.parent_path() / name;
    std::error_code error;
    if (otherwise && !std::filesystem::exists(named, error))
      if (std::string text = otherwise(name); !text.empty()) return text;
    return read_text_file(named, kind, interrupt);
  };
  const auto sites = [&](const std::string& name) { return text_of(name, "list of sites"); };
  const auto material = [&](const std::string& name) { return text_of(name, "material"); };
  try {
    return parse_campaign(with_sites(read_text_file(file, campaign_document.name, interrupt), sites), file, material);
  } catch (const CampaignError&) {
    throw;
  } catch (const FileProblems& error) {
    throw CampaignError(file, error.problems());
  }
}

}  // namespace nxmc
