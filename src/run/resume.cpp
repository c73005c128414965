#include "resume.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <bit>
#include <filesystem>
#include <functional>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "nxmc/schedule/campaign_changes.hpp"
#include "nxmc/schedule/repairs.hpp"
#include "nxmc/schedule/work_left.hpp"

namespace nxmc {

namespace {

std::string jobs_text(std::uint64_t count) { return fmt::format("{} job{}", count, count == 1 ? "" : "s"); }

std::vector<std::uint64_t> rows_of_jobs(const Archive& archive, const Plan& plan) {
  const NameIndex known = rows_by_name(archive);
  std::vector<std::uint64_t> rows;
  rows.reserve(plan.jobs.size());
  for (const Job& job : plan.jobs) rows.push_back(known.find({job.identity, job.observation}).value());
  return rows;
}

/// Whether an archive that has every job of the plan was written by a version that kept as much of them.
bool has_room_for(const Archive& archive, const Plan& plan) {
  const std::vector<std::uint64_t> rows = rows_of_jobs(archive, plan);
  for (std::size_t k = 0; k < rows.size(); ++k)
    if (!archive.has_room_for(plan.jobs[k], rows[k])) return false;
  return true;
}

/// Whether answers about the archive depend on what the file says beside its jobs: which are precise, why they are
/// there, and what they are in physical units.
bool decides(const Campaign& campaign) {
  return campaign.material ||
         std::ranges::any_of(campaign.scans, [](const Scan& scan) { return scan.until || placed_along(scan); });
}
bool decided(const Archive& archive) {
  const std::optional<Campaign> before = archived_campaign(archive);
  return before && decides(*before);
}

/// Opens the archive that exists under this name, extended if the campaign has grown.
Archive matching_archive(const RunOptions& options, const Campaign& campaign, const Plan& plan,
                         const std::function<void()>& require_ours) {
  Archive archive = Archive::open(options.archive);
  const CampaignChanges changes = acceptable_changes(archive, campaign, plan, options.allow_removed);
  if (const std::string others = archive.changes_by_others(); !others.empty())
    spdlog::warn("{}: {}, and this run goes on", options.archive.string(), others);
  const std::string file = options.archive.string();
  if (changes.removed > 0) {
    spdlog::info("{}: the campaign no longer asks for {}; what they found is kept", file, jobs_text(changes.removed));
  }
  if (changes.added > 0) spdlog::info("{}: extended by {}", file, jobs_text(changes.added));
  if (changes.extended > 0) spdlog::info("{}: {} measured for longer", file, jobs_text(changes.extended));
  const bool told_otherwise = archive.campaign_text() != plan.text && (decides(campaign) || decided(archive));
  const bool grown = told_otherwise || changes.added + changes.extended + changes.spare > 0 || changes.scans_renamed;
  if (!grown && has_room_for(archive, plan)) return archive;
  extend_archive(options.archive, plan, require_ours);
  return Archive::open(options.archive);
}

/// \param rows  that the campaign asks for
Repairs find_repairs(const RunOptions& options, const Archive& archive, const std::vector<std::uint64_t>& rows) {
  Repairs repairs;
  for (const Damage& damage : archive.verify()) {
    note_damage(archive, damage, repairs);
    const bool wanted = damage.kernel || std::ranges::find(rows, *damage.job) != rows.end();
    spdlog::warn("{}: {}: {}; {}", archive.file().string(), damage.where, damage.what,
                 wanted ? "it is computed again" : "the campaign no longer asks for it: it stays damaged");
  }
  if (options.redo) {
    const auto asked = options.redo(archive);
    if (asked.empty())
      spdlog::warn("{}: no job fulfils the condition of --redo: nothing is computed again for it",
                   archive.file().string());
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

std::vector<std::uint64_t> count_up_to(std::size_t size) {
  std::vector<std::uint64_t> numbers(size);
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

/// It has jobs and kernels in the order of the plan, and everything is still to be done.
Agenda agenda_of_new_archive(const RunOptions& options, const Plan& plan) {
  Agenda agenda;
  agenda.rows = agenda.pending = count_up_to(plan.jobs.size());
  std::erase_if(agenda.pending, [&](std::uint64_t index) { return plan.jobs[index].conditional; });
  agenda.kernel_rows = count_up_to(plan.kernels.size());
  agenda.rounds.emplace(plan, options.is_precise);
  agenda.counts.total = agenda.pending.size();
  return agenda;
}

/// Whose checkpoint a job goes on from.
std::uint64_t leader_of(const Plan& plan, const std::vector<std::vector<std::uint64_t>>& ladders, std::uint64_t job) {
  const int ladder = plan.jobs[job].ladder;
  return ladder < 0 ? job : ladders[static_cast<std::size_t>(ladder)].front();
}

void tell_rungs_computed_again(const Archive& archive, std::uint64_t count) {
  if (count > 0)
    spdlog::info("{}: {} that {} ended {} computed again with the other rungs of the same ladder",
                 archive.file().string(), jobs_text(count), count == 1 ? "has" : "have", count == 1 ? "is" : "are");
}

/// Finds for each checkpoint the pending job that goes on from it.
class PendingChains {
 public:
  PendingChains(const Plan& plan, const Agenda& agenda)
      : plan_(plan),
        agenda_(agenda),
        by_name_(entries(plan, agenda, &Job::observation)),
        by_chain_(entries(plan, agenda, &Job::continuation)) {}

  std::optional<std::uint64_t> find(const CheckpointLabel& label) const {
    const auto job = find_chain(label);
    const bool goes_on = job && label.numerics >= numerics_of_state(*plan_.jobs[*job].physics);
    return goes_on && label.numerics <= numerics_version ? job : std::nullopt;
  }

 private:
  std::optional<std::uint64_t> find_chain(const CheckpointLabel& label) const {
    if (const auto job = by_name_.find({label.identity, label.observation})) return job;
    // A checkpoint of the chain when it was to be shorter; but where that has ended, its final state is ahead.
    const auto job = by_chain_.find({label.identity, label.continuation});
    return job && !agenda_.continued.contains(*job) ? job : std::nullopt;
  }

  static std::vector<NameIndex::Entry> entries(const Plan& plan, const Agenda& agenda, Identity Job::*second) {
    std::vector<NameIndex::Entry> entries;
    entries.reserve(agenda.pending.size());
    for (const std::uint64_t index : agenda.pending)
      entries.push_back({{plan.jobs[index].identity, plan.jobs[index].*second}, index});
    return entries;
  }

  const Plan& plan_;
  const Agenda& agenda_;
  NameIndex by_name_;
  NameIndex by_chain_;
};

}  // namespace

CheckpointPlan plan_checkpoints(CheckpointFile& file, const Plan& plan, const Agenda& agenda, int ranks) {
  CheckpointPlan result;
  std::uint64_t next_lane = 0;
  std::optional<PendingChains> pending;
  for (const CheckpointLane& found : file.lanes()) {
    next_lane = found.lane + 1;
    const Lane lane{found.lane, found.generation};
    if (!pending) pending.emplace(plan, agenda);
    const auto job = pending->find(found.label);
    const bool begins_anew = job && agenda.begin_anew.contains(*job);
    if (begins_anew) file.clear(found.lane);
    if (job && !begins_anew && result.unfinished.emplace(*job, lane).second) continue;
    if (static_cast<int>(result.ranks.size()) < ranks) result.ranks.push_back(lane);
  }
  while (static_cast<int>(result.ranks.size()) < ranks) result.ranks.push_back({next_lane++, 0});
  return result;
}

std::map<std::uint64_t, std::uint64_t> rows_before_later_rounds(const Plan& plan, const Agenda& agenda) {
  std::map<std::uint64_t, std::uint64_t> rows;
  for (const auto& [job, before] : chains_before(plan))
    if (!std::ranges::binary_search(agenda.pending, job)) rows.emplace(job, agenda.rows[before]);
  return rows;
}

Identity checkpoint_token(const Archive& archive) {
  const Provenance made = archive.provenance();
  return {std::bit_cast<std::uint64_t>(made.created), archive.seed()};
}

Agenda prepare_archive(const RunOptions& options, const Campaign& campaign, const Plan& plan,
                       const Provenance& provenance, const std::function<void()>& require_ours) {
  if (!archive_exists(options.archive)) {
    create_archive(options.archive, plan, provenance);
    if (!options.redo) return agenda_of_new_archive(options, plan);
  }
  const Archive archive = matching_archive(options, campaign, plan, require_ours);
  Agenda agenda;
  agenda.rows = rows_of_jobs(archive, plan);
  const auto states = archive.states();
  const Repairs repairs = find_repairs(options, archive, agenda.rows);
  const std::vector<std::vector<std::uint64_t>> ladders = rungs_of_ladders(plan);

  agenda.kernel_rows = kernel_rows_of(archive, plan);
  for (std::uint64_t k = 0; k < agenda.kernel_rows.size(); ++k) {
    if (repairs.kernels.contains(agenda.kernel_rows[k])) agenda.damaged_kernels.push_back(k);
  }
  agenda.rounds =
      rounds_so_far(archive, plan, {agenda.rows.begin(), agenda.rows.end()}, repairs.rows, options.is_precise);
  go_on_where_doubted(*agenda.rounds, [&](const Rounds& known) { return options.find_doubtful(archive, known); });
  std::vector<Standing> standings;
  standings.reserve(plan.jobs.size());
  for (std::uint64_t index = 0; index < plan.jobs.size(); ++index) {
    const std::uint64_t row = agenda.rows[index];
    const bool failed = states[row] == JobState::failed;
    const Standing standing = standing_of(states[row], repairs.rows.contains(row) || (failed && options.retry_failed));
    const bool spare = standing == Standing::left && !agenda.rounds->asks_for(index);
    standings.push_back(spare ? Standing::spare : standing);
    const bool ended = failed || has_results(states[row]);
    if (standings.back() == Standing::left && ended) agenda.begin_anew.insert(leader_of(plan, ladders, index));
  }
  tell_rungs_computed_again(archive, leave_ladders_whole(plan, standings));
  for (std::uint64_t index = 0; index < plan.jobs.size(); ++index) {
    const Standing standing = standings[index];
    if (standing == Standing::spare) continue;
    ++agenda.counts.total;
    if (standing == Standing::done || standing == Standing::truncated) ++agenda.counts.done;
    if (standing == Standing::truncated) ++agenda.counts.truncated;
    if (standing == Standing::failed) ++agenda.counts.failed;
    if (standing != Standing::left) continue;
    const std::uint64_t row = agenda.rows[index];
    agenda.pending.push_back(index);
    if (states[row] != JobState::waiting) agenda.reset.push_back(row);
  }
  agenda.continued = rows_to_continue(archive, plan, agenda.pending, repairs.rows);
  return agenda;
}

}  // namespace nxmc
