#include "nxmc/schedule/campaign_changes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "nxmc/campaign/rate_rule_text.hpp"
#include "nxmc/campaign/stage_text.hpp"
#include "nxmc/material/model_units.hpp"

namespace nxmc {

namespace {

/// Rows of the archive by the chain that they measure: identity and continuation.
NameIndex rows_by_chain(const Archive& archive) {
  const auto identities = archive.identities();
  const auto continuations = archive.continuations();
  std::vector<NameIndex::Entry> entries(identities.size());
  for (std::uint64_t row = 0; row < entries.size(); ++row) entries[row] = {{identities[row], continuations[row]}, row};
  return NameIndex(std::move(entries));
}

NameIndex jobs_by_chain(const Plan& plan) {
  std::vector<NameIndex::Entry> entries(plan.jobs.size());
  for (std::uint64_t index = 0; index < entries.size(); ++index)
    entries[index] = {{plan.jobs[index].identity, plan.jobs[index].continuation}, index};
  return NameIndex(std::move(entries));
}

bool scans_differ(const Archive& archive, const Plan& plan, const NameIndex& rows) {
  if (archive.scans() != plan.scans) return true;
  const auto columns = archive.job_columns();
  const auto scan = std::find_if(columns.begin(), columns.end(), [](const Column& c) { return c.name == "scan"; });
  const auto& names = std::get<std::vector<std::string>>(scan->values);
  return std::any_of(plan.jobs.begin(), plan.jobs.end(), [&](const Job& job) {
    const auto row = rows.find({job.identity, job.observation});
    return row && names[*row] != names_of_scans(plan, job);
  });
}

// ---- What to say about a conflict

using Words = std::set<std::string>;

/// What can be done about a key that has another value.
enum class Kind : std::uint8_t { axis, of_a_scan, ladder, equilibration, measurement, observation };

/// A key of the campaign file, and the value that a job or a row has for it.
struct Parameter {
  const char* key;
  Kind kind;
  std::function<std::string(const Physics&, const Schedule&)> text;
};

template <class T>
std::string number(T value) {
  return fmt::format("{}", value);
}

/// Of exchange jobs, beside c.
std::string observed(const Schedule& schedule) {
  std::vector<std::string> words;
  if (schedule.phases) words.emplace_back("phases");
  if (schedule.areas) words.emplace_back("areas");
  if (schedule.profile) words.emplace_back("profile");
  if (schedule.energy) words.emplace_back("energy");
  return fmt::format("[{}]", fmt::join(words, ", "));
}

const std::vector<Parameter>& parameters() {
  using P = const Physics&;
  using S = const Schedule&;
  static const std::vector<Parameter> all{
      {"method", Kind::of_a_scan, [](P p, S) { return std::string(to_string(p.method)); }},
      {"ensemble", Kind::of_a_scan, [](P p, S) { return std::string(to_string(p.ensemble)); }},
      {"ladder", Kind::ladder,
       [](P p, S) {
         return p.exchange_every == 0
                    ? "none"
                    : fmt::format("{} (exchange_every: {})", to_string(p.ladder).substr(0, 8), p.exchange_every);
       }},
      {"bias", Kind::of_a_scan,
       [](P p, S) {
         return p.window ? fmt::format("{} (from {} to {})", to_string(p.window->along),
                                       canonical_decimal(p.window->from), canonical_decimal(p.window->to))
                         : "none";
       }},
      {"boundary", Kind::of_a_scan, [](P p, S) { return std::string(to_string(p.lattice.boundary)); }},
      {"shell facets", Kind::of_a_scan,
       [](P p, S) { return p.lattice.covered == 0 ? "all" : covered_word(p.lattice); }},
      {"shell_occupation", Kind::of_a_scan, [](P p, S) { return std::string(p.lattice.shell_of_a ? "A" : "B"); }},
      {"lattice", Kind::axis, [](P p, S) { return p.lattice.shape; }},
      {"size", Kind::axis, [](P p, S) { return size_name(p.lattice); }},
      {"shell_layers", Kind::axis, [](P p, S) { return number(p.lattice.shell_layers); }},
      {"shell_stiffness", Kind::axis, [](P p, S) { return canonical_decimal(p.shell_stiffness); }},
      {"temperature", Kind::axis, [](P p, S) { return canonical_decimal(p.temperature); }},
      {"delta_mu", Kind::axis, [](P p, S) { return canonical_decimal(p.delta_mu); }},
      {"composition", Kind::axis, [](P p, S) { return canonical_decimal(p.composition); }},
      {"start", Kind::axis, [](P p, S) { return std::string(to_string(p.start)); }},
      {"interaction", Kind::axis, [](P p, S) { return to_string(p.interaction); }},
      {"hamiltonian", Kind::axis, [](P p, S) { return std::string(to_string(p.hamiltonian)); }},
      {"rates", Kind::of_a_scan,
       [](P p, S) {
         return fmt::format("exchange {}, diffusion {}", canonical_decimal(p.rates.exchange),
                            canonical_decimal(p.rates.diffusion));
       }},
      {"rates.rule", Kind::of_a_scan,
       [](P p, S) { return p.rate_rule == RateRule() ? std::string("exponential") : to_string(p.rate_rule); }},
      {"exchange_until", Kind::of_a_scan, [](P p, S) { return canonical_decimal(p.exchange_until); }},
      {"stages", Kind::of_a_scan, [](P p, S) { return p.stages.empty() ? std::string("none") : to_string(p.stages); }},
      {"equilibration_sweeps", Kind::equilibration, [](P, S s) { return number(s.equilibration_sweeps); }},
      {"measured_sweeps", Kind::measurement, [](P, S s) { return number(s.measured_sweeps); }},
      {"measure_every", Kind::observation,
       [](P, S s) { return fmt::format("phases {}, areas {}", s.phases_every, s.areas_every); }},
      {"observe", Kind::observation, [](P, S s) { return observed(s); }},
      {"max_events", Kind::observation, [](P, S s) { return number(s.max_events); }},
  };
  return all;
}

struct Difference {
  const Parameter* parameter;
  std::string archived;
  std::string asked;
};

/// The least word of `from` that `in` lacks.
std::optional<std::string> missing(const Words& from, const Words& in) {
  const auto found = std::find_if(from.begin(), from.end(), [&](const auto& word) { return !in.contains(word); });
  return found == from.end() ? std::nullopt : std::optional(*found);
}

bool belongs_to(const Plan& plan, const Job& job, const std::set<std::string>& scans) {
  return std::ranges::any_of(job.scans, [&](std::uint32_t scan) { return scans.contains(plan.scans[scan]); });
}

Words words_of(const Plan& plan, const std::set<std::string>& scans, const Parameter& parameter) {
  Words words;
  for (const Job& job : plan.jobs)
    if (belongs_to(plan, job, scans)) words.insert(parameter.text(*job.physics, *job.schedule));
  return words;
}

std::optional<Difference> find_difference(const Plan& archived, const Plan& asked, const std::set<std::string>& scans) {
  for (const Parameter& parameter : parameters()) {
    const Words before = words_of(archived, scans, parameter);
    const Words now = words_of(asked, scans, parameter);
    const auto only_before = missing(before, now);
    const auto only_now = missing(now, before);
    if (only_before && only_now) return Difference{&parameter, *only_before, *only_now};
  }
  return std::nullopt;
}

/// Where a campaign says that the parameter has this value.
std::string line_of(const Campaign& campaign, const Parameter& parameter, const std::string& word) {
  for (const Scan& scan : campaign.scans) {
    const auto place = scan.places.find(parameter.key);
    const auto says_so = [&](const Point& point) { return parameter.text(point.physics, scan.schedule) == word; };
    if (place != scan.places.end() && std::any_of(scan.points.begin(), scan.points.end(), says_so))
      return fmt::format(" (line {})", place->second.line);
  }
  return "";
}

std::string remedy_for(Kind kind) {
  std::string otherwise =
      "use another --archive, or say --allow-removed to keep what is there and go on with the new campaign";
  switch (kind) {
    case Kind::axis:
      return "Add the value to the list to extend the sweep, " + otherwise;
    case Kind::of_a_scan:
      return "A scan has one value of it: add a scan with the new one, " + otherwise;
    case Kind::ladder:
      return "A rung more or less, or another exchange_every, makes another ladder, whose chains begin anew: put the "
             "old "
             "ones back, " +
             otherwise;
    case Kind::equilibration:
      return "A chain cannot be equilibrated differently once it has been measured. For better averages put the old "
             "number "
             "back and raise measured_sweeps, with which the chains go on; to compute them from their start, use "
             "another "
             "--archive, or say --allow-removed, which keeps the old ones beside them";
    case Kind::measurement:
      return "Chains that are there are longer, and better: put the old number back; for shorter ones, computed from "
             "their start, " +
             otherwise;
    case Kind::observation:
      return "A chain is observed while it is computed, and not again: put the old value back; to compute all anew, " +
             otherwise;
  }
  return otherwise;
}

/// Names of scans that are in both campaigns, and have lost jobs and gained others: there a value was changed.
std::set<std::string> scans_with_changed_values(const Archive& archive, const Plan& before, const Plan& now) {
  const NameIndex rows = rows_by_name(archive);
  const NameIndex row_chains = rows_by_chain(archive);
  const NameIndex jobs = jobs_by_chain(now);
  const auto sweeps = archive.measured_sweeps();
  const auto goes_on = [&](const Job& old) {
    return std::ranges::any_of(jobs.all({old.identity, old.continuation}), [&](const NameIndex::Entry& job) {
      return now.jobs[job.number].schedule->measured_sweeps >= old.schedule->measured_sweeps;
    });
  };
  const auto is_new = [&](const Job& job) {
    if (rows.find({job.identity, job.observation})) return false;
    return std::ranges::none_of(row_chains.all({job.identity, job.continuation}), [&](const NameIndex::Entry& row) {
      return sweeps[row.number] < job.schedule->measured_sweeps;
    });
  };
  std::set<std::string> lost;
  std::set<std::string> changed;
  for (const Job& job : before.jobs) {
    if (goes_on(job)) continue;
    for (const std::uint32_t scan : job.scans) lost.insert(before.scans[scan]);
  }
  for (const Job& job : now.jobs) {
    if (!is_new(job)) continue;
    for (const std::uint32_t scan : job.scans)
      if (lost.contains(now.scans[scan])) changed.insert(now.scans[scan]);
  }
  return changed;
}

}  // namespace

std::optional<Campaign> archived_campaign(const Archive& archive) {
  try {
    return parse_campaign(archive.campaign_text(), archive.file().string());
  } catch (const CampaignError&) {
    return std::nullopt;
  }
}

TextOfFile archived_text(const std::filesystem::path& archive,
                         const std::function<void(const std::string& sentence)>& say) {
  return [=](const std::string& name) -> std::string {
    if (!archive_exists(archive)) return "";
    std::string text = text_kept_in(Archive::open(archive).campaign_text(), name);
    if (!text.empty()) say(fmt::format("{} is not there any more; its text in {} is taken", name, archive.string()));
    return text;
  };
}

NameIndex::NameIndex(std::vector<Entry> entries) : entries_(std::move(entries)) {
  const auto key = [](const Entry& entry) { return std::tie(entry.name, entry.number); };
  std::ranges::sort(entries_, {}, key);
}

std::span<const NameIndex::Entry> NameIndex::all(const RowKey& name) const {
  const auto first = std::ranges::lower_bound(entries_, name, {}, &Entry::name);
  const auto last = std::ranges::upper_bound(first, entries_.end(), name, {}, &Entry::name);
  return {first, last};
}

std::optional<std::uint64_t> NameIndex::find(const RowKey& name) const {
  const auto found = all(name);
  return found.empty() ? std::nullopt : std::optional(found.front().number);
}

NameIndex rows_by_name(const Archive& archive) {
  const auto identities = archive.identities();
  const auto observations = archive.observations();
  std::vector<NameIndex::Entry> entries(identities.size());
  for (std::uint64_t row = 0; row < entries.size(); ++row) entries[row] = {{identities[row], observations[row]}, row};
  return NameIndex(std::move(entries));
}

CampaignChanges compare(const Archive& archive, const Plan& plan) {
  const NameIndex rows = rows_by_name(archive);
  const NameIndex row_chains = rows_by_chain(archive);
  const NameIndex job_chains = jobs_by_chain(plan);
  const auto sweeps = archive.measured_sweeps();
  const auto shorter_exists = [&](const Job& job) {
    return std::ranges::any_of(row_chains.all({job.identity, job.continuation}), [&](const NameIndex::Entry& row) {
      return sweeps[row.number] < job.schedule->measured_sweeps;
    });
  };
  CampaignChanges changes;
  std::vector<bool> planned(archive.jobs(), false);
  for (const Job& job : plan.jobs) {
    if (const auto row = rows.find({job.identity, job.observation}))
      planned[*row] = true;
    else
      ++(job.conditional ? changes.spare : shorter_exists(job) ? changes.extended : changes.added);
  }
  const std::vector<JobState> states = archive.states();
  for (const auto& [chain, row] : row_chains.entries()) {
    if (planned[row] || states[row] == JobState::spare) continue;
    const bool goes_on = std::ranges::any_of(job_chains.all(chain), [&, r = row](const NameIndex::Entry& job) {
      return plan.jobs[job.number].schedule->measured_sweeps > sweeps[r];
    });
    if (!goes_on) ++changes.removed;
  }
  changes.scans_renamed = scans_differ(archive, plan, rows);
  return changes;
}

std::map<std::uint64_t, std::uint64_t> rows_to_continue(const Archive& archive, const Plan& plan,
                                                        const std::vector<std::uint64_t>& pending,
                                                        const std::set<std::uint64_t>& given_up) {
  const NameIndex chains = rows_by_chain(archive);
  const auto sweeps = archive.measured_sweeps();
  const auto states = archive.states();
  std::map<std::uint64_t, std::uint64_t> continued;
  for (const std::uint64_t index : pending) {
    const Job& job = plan.jobs[index];
    if (job.physics->method != Method::equilibrium) continue;
    std::optional<std::uint64_t> best;
    for (const auto& [chain, row] : chains.all({job.identity, job.continuation})) {
      const bool shorter = sweeps[row] < job.schedule->measured_sweeps;
      if (!shorter || !has_results(states[row]) || given_up.contains(row)) continue;
      if (!best || sweeps[row] > sweeps[*best]) best = row;
    }
    if (best) continued.emplace(index, *best);
  }
  for (const auto& rungs : rungs_of_ladders(plan)) {
    const auto length = [&](std::uint64_t job) {
      const auto row = continued.find(job);
      return row == continued.end() ? std::uint64_t{0} : sweeps[row->second];
    };
    const bool together = std::ranges::all_of(
        rungs, [&](std::uint64_t job) { return length(job) > 0 && length(job) == length(rungs.front()); });
    if (!together)
      for (const std::uint64_t job : rungs) continued.erase(job);
  }
  return continued;
}

namespace {

/// What has become of the units of a campaign, where its material is another one: " (m.yaml has changed: …)".
std::string change_of_material(const Campaign& before, const Campaign& now) {
  if (!before.material || !now.material) return "";
  const PairProperties old_pair = properties_of(*before.material);
  const PairProperties pair = properties_of(*now.material);
  std::vector<std::string> changes;
  const auto compare = [&](const char* name, const char* unit, double factor, double was, double is) {
    if (was != is)
      changes.push_back(fmt::format("{} was {:.6g} {} and is {:.6g}", name, factor * was, unit, factor * is));
  };
  constexpr double mev = 1e3;
  compare("a", "angstrom", 1, old_pair.edge.value, pair.edge.value);
  compare("epsilon", "meV", mev, old_pair.cubic.epsilon.value, pair.cubic.epsilon.value);
  if (old_pair.cubic.J && pair.cubic.J) compare("J", "meV", mev, old_pair.cubic.J->value, pair.cubic.J->value);
  if (before.attempt_rates != now.attempt_rates) changes.emplace_back("the attempt rates are others");
  if (changes.empty()) return "";
  return fmt::format(" (units are others, by {}: {})",
                     before.material_name == now.material_name
                         ? now.material_name
                         : now.material_name + " in place of " + before.material_name,
                     fmt::join(changes, ", "));
}

}  // namespace

std::optional<std::string> find_conflict(const Archive& archive, const Campaign& campaign, const Plan& plan,
                                         const CampaignChanges& changes) {
  if (changes.removed == 0 || changes.added == 0) return std::nullopt;
  const std::string file = archive.file().string();
  const std::string amounts =
      fmt::format("{} of the archive's jobs left the campaign and {} came", changes.removed, changes.added);
  if (const auto before = archived_campaign(archive)) {
    const Plan old_plan = make_plan(*before);
    const std::set<std::string> scans = scans_with_changed_values(archive, old_plan, plan);
    if (scans.empty()) return std::nullopt;
    if (const auto difference = find_difference(old_plan, plan, scans)) {
      const Parameter& parameter = *difference->parameter;
      return fmt::format("{}: written by campaign '{}' with {} {}{}, but {} says {}{}{}: {}. {}", file,
                         archive.campaign(), parameter.key, difference->archived,
                         line_of(*before, parameter, difference->archived), campaign.file, difference->asked,
                         line_of(campaign, parameter, difference->asked), change_of_material(*before, campaign),
                         amounts, remedy_for(parameter.kind));
    }
  }
  const auto before = archived_campaign(archive);
  return fmt::format("{}: {} (other values, times, snapshots or replicas){}. {}", file, amounts,
                     before ? change_of_material(*before, campaign) : "", remedy_for(Kind::axis));
}

namespace {

/// Extending a compressed copy would replace it by an archive that is not compressed.
void require_writable(const Archive& archive) {
  if (!archive.packed()) return;
  throw ArchiveError(
      fmt::format("{}: is a compressed copy, made for reading. Run with the archive that it was made from.",
                  archive.file().string()));
}

void require_same_campaign(const Archive& archive, const Campaign& campaign) {
  if (archive.campaign() != campaign.name) {
    throw ArchiveError(fmt::format("{}: belongs to campaign '{}', but {} is campaign '{}'. Use another --archive",
                                   archive.file().string(), archive.campaign(), campaign.file, campaign.name));
  }
  if (archive.seed() != campaign.seed) {
    throw ArchiveError(
        fmt::format("{}: written with seed {}, but {} says seed {}. Use another --archive, or the old seed",
                    archive.file().string(), archive.seed(), campaign.file, campaign.seed));
  }
}

}  // namespace

CampaignChanges acceptable_changes(const Archive& archive, const Campaign& campaign, const Plan& plan,
                                   bool allow_removed) {
  require_writable(archive);
  require_same_campaign(archive, campaign);
  const CampaignChanges changes = compare(archive, plan);
  if (const auto conflict = find_conflict(archive, campaign, plan, changes); conflict && !allow_removed)
    throw ArchiveError(*conflict);
  return changes;
}

}  // namespace nxmc
