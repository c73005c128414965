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

/// The first parameter that has values on each side which the other side lacks.
std::optional<Difference> find_difference(const Archive& archive, const Plan& plan) {
  for (const Parameter& parameter : parameters) {
    std::set<std::string> archived;
    std::set<std::string> asked;
    for (std::uint64_t row = 0; row < archive.jobs(); ++row) archived.insert(parameter.text(archive.physics(row)));
    for (const Job& job : plan.jobs) asked.insert(parameter.text(job.physics));
    const auto missing = [](const auto& from, const auto& in) {
      return std::find_if(from.begin(), from.end(), [&](const auto& value) { return !in.contains(value); });
    };
    const auto only_archived = missing(archived, asked);
    const auto only_asked = missing(asked, archived);
    if (only_archived != archived.end() && only_asked != asked.end())
      return Difference{parameter.key, *only_archived, *only_asked};
  }
  return std::nullopt;
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
Archive matching_archive(const RunOptions& options, const Campaign& campaign, const Plan& plan,
                         const Provenance& provenance) {
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
  extend_archive(options.archive, plan, provenance);
  return Archive::open(options.archive);
}

std::set<std::uint64_t> rows_to_redo(const RunOptions& options, const Archive& archive) {
  std::set<std::uint64_t> rows;
  for (const Damage& damage : archive.verify()) {
    if (!damage.job) {
      throw ArchiveError(fmt::format("{}: {}: {}. Restore the file from a copy, or use another --archive",
                                     archive.file().string(), damage.where, damage.what));
    }
    spdlog::warn("{}: {}: {}; it is computed again", archive.file().string(), damage.where, damage.what);
    rows.insert(*damage.job);
  }
  if (options.redo) {
    const auto asked = options.redo(archive);
    rows.insert(asked.begin(), asked.end());
  }
  return rows;
}

std::vector<std::uint64_t> kernel_rows_of(const Archive& archive, const Plan& plan) {
  std::map<Identity, std::uint64_t> known;
  for (std::size_t k = 0; k < archive.kernels(); ++k) known.emplace(archive.kernel_identity(k), k);
  std::vector<std::uint64_t> rows;
  for (const PlannedKernel& kernel : plan.kernels) rows.push_back(known.at(kernel.identity));
  return rows;
}

}  // namespace

CheckpointPlan plan_checkpoints(const CheckpointFile& file, const Plan& plan, const std::vector<std::uint64_t>& pending,
                                int ranks) {
  std::map<RowKey, std::uint64_t> unfinished;
  for (const std::uint64_t index : pending)
    unfinished.emplace(RowKey{plan.jobs[index].identity, plan.jobs[index].observation}, index);
  CheckpointPlan result;
  std::uint64_t next_lane = 0;
  for (const CheckpointLane& found : file.lanes()) {
    next_lane = found.lane + 1;
    const Lane lane{found.lane, found.generation};
    const auto job = unfinished.find({found.label.identity, found.label.observation});
    const bool wanted = job != unfinished.end() && found.label.numerics == numerics_version;
    if (wanted && result.unfinished.emplace(job->second, lane).second) continue;
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
  const Archive archive = matching_archive(options, campaign, plan, provenance);
  const auto known = rows_of(archive);
  const auto states = archive.states();
  const auto redo = rows_to_redo(options, archive);

  Agenda agenda;
  agenda.kernel_rows = kernel_rows_of(archive, plan);
  agenda.counts.total = plan.jobs.size();
  for (std::uint64_t index = 0; index < plan.jobs.size(); ++index) {
    const Job& job = plan.jobs[index];
    const std::uint64_t row = known.at({job.identity, job.observation});
    agenda.rows.push_back(row);
    const bool failed = states[row] == JobState::failed;
    const bool again = redo.contains(row) || (failed && options.retry_failed);
    if (!again && has_results(states[row])) {
      ++agenda.counts.done;
    } else if (!again && failed) {
      ++agenda.counts.failed;
    } else {
      agenda.pending.push_back(index);
      if (states[row] != JobState::waiting) agenda.reset.push_back(row);
    }
  }
  return agenda;
}

}  // namespace nxmc
