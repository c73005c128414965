#include "campaign_changes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <set>

namespace nxmc {

namespace {

/// Every chain of the archive, by identity and continuation, with its rows.
using Chains = std::map<RowKey, std::vector<std::uint64_t>>;

Chains chains_of(const Archive& archive) {
  const auto identities = archive.identities();
  const auto continuations = archive.continuations();
  Chains chains;
  for (std::uint64_t row = 0; row < identities.size(); ++row)
    chains[{identities[row], continuations[row]}].push_back(row);
  return chains;
}

std::map<RowKey, std::uint64_t> longest_planned(const Plan& plan) {
  std::map<RowKey, std::uint64_t> longest;
  for (const Job& job : plan.jobs) {
    std::uint64_t& sweeps = longest[{job.identity, job.continuation}];
    sweeps = std::max(sweeps, job.schedule->measured_sweeps);
  }
  return longest;
}

bool scans_differ(const Archive& archive, const Plan& plan, const std::map<RowKey, std::uint64_t>& rows) {
  if (archive.scans() != plan.scans) return true;
  const auto columns = archive.job_columns();
  const auto scan = std::find_if(columns.begin(), columns.end(), [](const Column& c) { return c.name == "scan"; });
  const auto& names = std::get<std::vector<std::string>>(scan->values);
  return std::any_of(plan.jobs.begin(), plan.jobs.end(), [&](const Job& job) {
    const auto row = rows.find({job.identity, job.observation});
    return row != rows.end() && names[row->second] != names_of_scans(plan, job);
  });
}

// ---- What to say about a conflict

using Words = std::set<std::string>;

/// A key of the campaign file, and the value that a job or a row has for it.
struct Parameter {
  const char* key;
  std::function<std::string(const Physics&, const Schedule&)> text;
};

template <class T>
std::string number(T value) {
  return fmt::format("{}", value);
}

const std::vector<Parameter>& parameters() {
  using P = const Physics&;
  using S = const Schedule&;
  static const std::vector<Parameter> all{
      {"method", [](P p, S) { return std::string(to_string(p.method)); }},
      {"lattice", [](P p, S) { return p.lattice.shape; }},
      {"size", [](P p, S) { return size_name(p.lattice); }},
      {"shell_layers", [](P p, S) { return number(p.lattice.shell_layers); }},
      {"shell_stiffness", [](P p, S) { return canonical_decimal(p.shell_stiffness); }},
      {"temperature", [](P p, S) { return canonical_decimal(p.temperature); }},
      {"delta_mu", [](P p, S) { return canonical_decimal(p.delta_mu); }},
      {"composition", [](P p, S) { return canonical_decimal(p.composition); }},
      {"start", [](P p, S) { return std::string(to_string(p.start)); }},
      {"interaction", [](P p, S) { return to_string(p.interaction); }},
      {"hamiltonian", [](P p, S) { return std::string(to_string(p.hamiltonian)); }},
      {"rates",
       [](P p, S) {
         return fmt::format("exchange {}, diffusion {}", canonical_decimal(p.rates.exchange),
                            canonical_decimal(p.rates.diffusion));
       }},
      {"exchange_until", [](P p, S) { return canonical_decimal(p.exchange_until); }},
      {"equilibration_sweeps", [](P, S s) { return number(s.equilibration_sweeps); }},
      {"measured_sweeps", [](P, S s) { return number(s.measured_sweeps); }},
      {"measure_every", [](P, S s) { return fmt::format("phases {}, areas {}", s.phases_every, s.areas_every); }},
      {"max_events", [](P, S s) { return number(s.max_events); }},
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

Words words_of(const Plan& plan, const Parameter& parameter) {
  Words words;
  for (const Job& job : plan.jobs) words.insert(parameter.text(job.physics, *job.schedule));
  return words;
}

std::optional<Difference> find_difference(const Plan& archived, const Plan& asked) {
  for (const Parameter& parameter : parameters()) {
    const Words before = words_of(archived, parameter);
    const Words now = words_of(asked, parameter);
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

/// The campaign that the archive was last written for; nullopt where this program no longer reads it.
std::optional<Campaign> archived_campaign(const Archive& archive) {
  try {
    return parse_campaign(archive.campaign_text(), archive.file().string());
  } catch (const CampaignError&) {
    return std::nullopt;
  }
}

constexpr const char* remedy =
    "Add the value to the list to extend the sweep, use another --archive, or say --allow-removed to keep what is "
    "there and go on with the new campaign";

}  // namespace

std::map<RowKey, std::uint64_t> rows_by_name(const Archive& archive) {
  const auto identities = archive.identities();
  const auto observations = archive.observations();
  std::map<RowKey, std::uint64_t> rows;
  for (std::uint64_t row = 0; row < identities.size(); ++row)
    rows.emplace(RowKey{identities[row], observations[row]}, row);
  return rows;
}

CampaignChanges compare(const Archive& archive, const Plan& plan) {
  const auto rows = rows_by_name(archive);
  const Chains chains = chains_of(archive);
  const auto sweeps = archive.measured_sweeps();
  const auto shorter_exists = [&](const Job& job) {
    const auto chain = chains.find({job.identity, job.continuation});
    return chain != chains.end() && std::any_of(chain->second.begin(), chain->second.end(), [&](std::uint64_t row) {
             return sweeps[row] < job.schedule->measured_sweeps;
           });
  };
  CampaignChanges changes;
  std::set<std::uint64_t> planned;
  for (const Job& job : plan.jobs) {
    if (const auto row = rows.find({job.identity, job.observation}); row != rows.end())
      planned.insert(row->second);
    else
      ++(shorter_exists(job) ? changes.extended : changes.added);
  }
  const auto longest = longest_planned(plan);
  for (const auto& [chain, its_rows] : chains) {
    const auto asked = longest.find(chain);
    for (const std::uint64_t row : its_rows) {
      const bool goes_on = asked != longest.end() && asked->second > sweeps[row];
      if (!planned.contains(row) && !goes_on) ++changes.removed;
    }
  }
  changes.scans_renamed = scans_differ(archive, plan, rows);
  return changes;
}

std::map<std::uint64_t, std::uint64_t> rows_to_continue(const Archive& archive, const Plan& plan,
                                                        const std::vector<std::uint64_t>& pending,
                                                        const std::set<std::uint64_t>& given_up) {
  const Chains chains = chains_of(archive);
  const auto sweeps = archive.measured_sweeps();
  const auto states = archive.states();
  std::map<std::uint64_t, std::uint64_t> continued;
  for (const std::uint64_t index : pending) {
    const Job& job = plan.jobs[index];
    if (job.physics.method != Method::equilibrium) continue;
    std::optional<std::uint64_t> best;
    for (const std::uint64_t row : chains.at({job.identity, job.continuation})) {
      const bool shorter = sweeps[row] < job.schedule->measured_sweeps;
      if (!shorter || !has_results(states[row]) || given_up.contains(row)) continue;
      if (!best || sweeps[row] > sweeps[*best]) best = row;
    }
    if (best) continued.emplace(index, *best);
  }
  return continued;
}

std::string describe_conflict(const Archive& archive, const Campaign& campaign, const Plan& plan,
                              const CampaignChanges& changes) {
  const std::string file = archive.file().string();
  const std::string amounts =
      fmt::format("{} of the archive's jobs left the campaign and {} came", changes.removed, changes.added);
  if (const auto before = archived_campaign(archive)) {
    if (const auto difference = find_difference(make_plan(*before), plan)) {
      const Parameter& parameter = *difference->parameter;
      return fmt::format("{}: written by campaign '{}' with {} {}{}, but {} says {}{}: {}. {}", file,
                         archive.campaign(), parameter.key, difference->archived,
                         line_of(*before, parameter, difference->archived), campaign.file, difference->asked,
                         line_of(campaign, parameter, difference->asked), amounts, remedy);
    }
  }
  return fmt::format("{}: {} (other values, times, snapshots or replicas). {}", file, amounts, remedy);
}

}  // namespace nxmc
