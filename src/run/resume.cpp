#include "resume.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <bit>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace nxmc {

namespace {

using RowKey = std::pair<Identity, Identity>;

std::map<RowKey, std::uint64_t> rows_of(const Archive& archive) {
  const auto identities = archive.identities();
  const auto observations = archive.observations();
  std::map<RowKey, std::uint64_t> rows;
  for (std::uint64_t row = 0; row < identities.size(); ++row)
    rows.emplace(RowKey{identities[row], observations[row]}, row);
  return rows;
}

/// A parameter as the campaign file names it, for telling where two campaigns differ.
struct Parameter {
  const char* key;
  std::string (*text)(const Physics&);
};

constexpr std::array parameters{
    Parameter{"method", [](const Physics& p) { return std::string(to_string(p.method)); }},
    Parameter{"lattice", [](const Physics& p) { return p.lattice.shape; }},
    Parameter{"size", [](const Physics& p) { return size_name(p.lattice); }},
    Parameter{"shell_layers", [](const Physics& p) { return std::to_string(p.lattice.shell_layers); }},
    Parameter{"shell_stiffness", [](const Physics& p) { return canonical_decimal(p.shell_stiffness); }},
    Parameter{"temperature", [](const Physics& p) { return canonical_decimal(p.temperature); }},
    Parameter{"delta_mu", [](const Physics& p) { return canonical_decimal(p.delta_mu); }},
    Parameter{"composition", [](const Physics& p) { return canonical_decimal(p.composition); }},
    Parameter{"start", [](const Physics& p) { return std::string(to_string(p.start)); }},
    Parameter{"interaction", [](const Physics& p) { return to_string(p.interaction); }},
    Parameter{"hamiltonian", [](const Physics& p) { return std::string(to_string(p.hamiltonian)); }},
    Parameter{"exchange_until", [](const Physics& p) { return canonical_decimal(p.exchange_until); }},
};

struct Difference {
  std::string key;
  std::string archived;
  std::string asked;
};

using ValuesOfParameters = std::array<std::set<std::string>, parameters.size()>;

void add_values(const Physics& physics, ValuesOfParameters& values) {
  for (std::size_t k = 0; k < parameters.size(); ++k) values[k].insert(parameters[k].text(physics));
}

/// The first value of `from` that `in` lacks.
std::optional<std::string> missing_value(const std::set<std::string>& from, const std::set<std::string>& in) {
  const auto found = std::find_if(from.begin(), from.end(), [&](const auto& value) { return !in.contains(value); });
  return found == from.end() ? std::nullopt : std::optional(*found);
}

/// The first parameter that has values on each side which the other side lacks.
std::optional<Difference> find_difference(const Archive& archive, const Plan& plan) {
  ValuesOfParameters archived;
  ValuesOfParameters asked;
  for (std::uint64_t row = 0; row < archive.jobs(); ++row) add_values(archive.physics(row), archived);
  for (const Job& job : plan.jobs) add_values(job.physics, asked);
  for (std::size_t k = 0; k < parameters.size(); ++k) {
    const auto only_archived = missing_value(archived[k], asked[k]);
    const auto only_asked = missing_value(asked[k], archived[k]);
    if (only_archived && only_asked) return Difference{parameters[k].key, *only_archived, *only_asked};
  }
  return std::nullopt;
}

/// True when the archive has the trajectory of every job of the plan, though perhaps observed otherwise.
bool has_all_trajectories(const Archive& archive, const Plan& plan) {
  const auto identities = archive.identities();
  const std::set<Identity> archived(identities.begin(), identities.end());
  return std::all_of(plan.jobs.begin(), plan.jobs.end(),
                     [&](const Job& job) { return archived.contains(job.identity); });
}

std::string line_of(const Campaign& campaign, const std::string& key) {
  for (const Scan& scan : campaign.scans) {
    if (const auto place = scan.places.find(key); place != scan.places.end())
      return fmt::format(" (line {})", place->second.line);
  }
  return "";
}

[[noreturn]] void refuse(const Archive& archive, const Campaign& campaign, const Plan& plan, std::uint64_t added,
                         std::uint64_t removed) {
  const std::string file = archive.file().string();
  if (const auto difference = find_difference(archive, plan)) {
    throw ArchiveError(
        fmt::format("{}: written by campaign '{}' with {} {}, but {} says {}{}. Use another --archive, or add the "
                    "value to the list to extend the sweep",
                    file, archive.campaign(), difference->key, difference->archived, campaign.file, difference->asked,
                    line_of(campaign, difference->key)));
  }
  if (has_all_trajectories(archive, plan)) {
    throw ArchiveError(
        fmt::format("{}: holds the same trajectories as {}, but observed otherwise: times, snapshots, max_events, "
                    "measure_every or numbers of "
                    "sweeps have changed for {} jobs. Use another --archive, or put the old values back",
                    file, campaign.file, added));
  }
  throw ArchiveError(
      fmt::format("{}: the campaign '{}' in {} has {} jobs that the archive does not know, and no longer has {} that "
                  "it holds. Use another "
                  "--archive, or keep the old values in the campaign to extend it",
                  file, campaign.name, campaign.file, added, removed));
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

/// Opens the archive that exists under this name, extended if the campaign has grown.
Archive matching_archive(const RunOptions& options, const Campaign& campaign, const Plan& plan) {
  Archive archive = Archive::open(options.archive);
  require_same_campaign(archive, campaign);
  const auto rows = rows_of(archive);
  std::uint64_t added = 0;
  for (const Job& job : plan.jobs) added += rows.contains({job.identity, job.observation}) ? 0 : 1;
  const std::uint64_t removed = rows.size() - (plan.jobs.size() - added);
  if (added > 0 && removed > 0) refuse(archive, campaign, plan, added, removed);
  if (removed > 0) {
    spdlog::info("{}: {} jobs that the campaign no longer asks for are kept", options.archive.string(), removed);
  }
  if (added == 0) return archive;
  spdlog::info("{}: extended by {} jobs", options.archive.string(), added);
  extend_archive(options.archive, plan);
  return Archive::open(options.archive);
}

/// What is in the archive and has to be computed again.
struct Repairs {
  std::set<std::uint64_t> rows;
  std::set<std::uint64_t> kernels;  // places in the archive
};

Repairs find_repairs(const RunOptions& options, const Archive& archive) {
  Repairs repairs;
  for (const Damage& damage : archive.verify()) {
    if (!damage.job && !damage.kernel) {
      throw ArchiveError(fmt::format("{}: {}: {}. Restore the file from a copy, or use another --archive",
                                     archive.file().string(), damage.where, damage.what));
    }
    spdlog::warn("{}: {}: {}; it is computed again", archive.file().string(), damage.where, damage.what);
    if (damage.job) repairs.rows.insert(*damage.job);
    if (damage.kernel) repairs.kernels.insert(*damage.kernel);
  }
  if (options.redo) {
    const auto asked = options.redo(archive);
    repairs.rows.insert(asked.begin(), asked.end());
  }
  return repairs;
}

std::vector<std::uint64_t> kernel_rows_of(const Archive& archive, const Plan& plan) {
  std::map<Identity, std::uint64_t> known;
  for (std::size_t k = 0; k < archive.kernels(); ++k) known.emplace(archive.kernel_identity(k), k);
  std::vector<std::uint64_t> rows;
  for (const PlannedKernel& kernel : plan.kernels) rows.push_back(known.at(kernel.identity));
  return rows;
}

}  // namespace

CheckpointPlan plan_checkpoints(CheckpointFile& file, const Plan& plan, const Agenda& agenda, int ranks) {
  std::map<RowKey, std::uint64_t> unfinished;
  for (const std::uint64_t index : agenda.pending)
    unfinished.emplace(RowKey{plan.jobs[index].identity, plan.jobs[index].observation}, index);
  CheckpointPlan result;
  std::uint64_t next_lane = 0;
  for (const CheckpointLane& found : file.lanes()) {
    next_lane = found.lane + 1;
    const Lane lane{found.lane, found.generation};
    const auto job = unfinished.find({found.label.identity, found.label.observation});
    const bool pending = job != unfinished.end() && found.label.numerics == numerics_version;
    const bool begins_anew = pending && agenda.begin_anew.contains(job->second);
    if (begins_anew) file.clear(found.lane);
    if (pending && !begins_anew && result.unfinished.emplace(job->second, lane).second) continue;
    if (static_cast<int>(result.ranks.size()) < ranks) result.ranks.push_back(lane);
  }
  while (static_cast<int>(result.ranks.size()) < ranks) result.ranks.push_back({next_lane++, 0});
  return result;
}

Identity checkpoint_token(const Archive& archive) {
  const Provenance made = archive.provenance();
  return {std::bit_cast<std::uint64_t>(made.created), archive.seed()};
}

Agenda prepare_archive(const RunOptions& options, const Campaign& campaign, const Plan& plan,
                       const Provenance& provenance) {
  if (!std::filesystem::exists(options.archive)) create_archive(options.archive, plan, provenance);
  const Archive archive = matching_archive(options, campaign, plan);
  const auto known = rows_of(archive);
  const auto states = archive.states();
  const Repairs repairs = find_repairs(options, archive);

  Agenda agenda;
  agenda.kernel_rows = kernel_rows_of(archive, plan);
  for (std::uint64_t k = 0; k < agenda.kernel_rows.size(); ++k) {
    if (repairs.kernels.contains(agenda.kernel_rows[k])) agenda.damaged_kernels.push_back(k);
  }
  agenda.counts.total = plan.jobs.size();
  for (std::uint64_t index = 0; index < plan.jobs.size(); ++index) {
    const Job& job = plan.jobs[index];
    const std::uint64_t row = known.at({job.identity, job.observation});
    agenda.rows.push_back(row);
    const bool failed = states[row] == JobState::failed;
    const bool again = repairs.rows.contains(row) || (failed && options.retry_failed);
    if (!again && has_results(states[row])) {
      ++agenda.counts.done;
      if (states[row] == JobState::truncated) ++agenda.counts.truncated;
    } else if (!again && failed) {
      ++agenda.counts.failed;
    } else {
      agenda.pending.push_back(index);
      if (states[row] != JobState::waiting) agenda.reset.push_back(row);
      if (failed || has_results(states[row])) agenda.begin_anew.insert(index);
    }
  }
  return agenda;
}

}  // namespace nxmc
