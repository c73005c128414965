// See compose.hpp. Both commands choose rows of sources, and build one archive of them.
#include "nxmc/archive/compose.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "build.hpp"
#include "durable_file.hpp"
#include "integrity.hpp"
#include "nxmc/campaign/join.hpp"
#include "run_history.hpp"
#include "transfer.hpp"

namespace nxmc {

namespace {

/// A row of one of the sources.
struct SourceRow {
  std::size_t source = 0;
  std::uint64_t job = 0;
};

/// A job of the new archive.
struct ChosenJob {
  SourceRow row;
  std::string scans;  ///< joined by commas
};

/// What a new archive is made of.
struct Composition {
  std::string text;  ///< of the campaign file
  std::vector<std::string> scans;
  std::vector<ChosenJob> jobs;
  std::map<Identity, std::size_t> kernels;  ///< that results depend on: the source whose V counts
};

std::vector<std::string> names_in(const std::string& joined) {
  std::vector<std::string> names;
  for (std::size_t begin = 0; begin < joined.size();) {
    const std::size_t end = std::min(joined.find(',', begin), joined.size());
    names.push_back(joined.substr(begin, end - begin));
    begin = end + 1;
  }
  return names;
}

/// Rows and kernels of the new archive; it stays the one that was created as the first source.
Layout lay_out(const std::vector<Source>& sources, const Composition& composition) {
  const Layout& first = sources.front().layout;
  const Plan head{.campaign = first.campaign,
                  .text = composition.text,
                  .seed = first.seed,
                  .scans = composition.scans,
                  .jobs = {},
                  .kernels = {},
                  .points = {}};
  LayoutBuilder builder(head, first.provenance);
  RowAdder rows(builder);
  for (const ChosenJob& job : composition.jobs) rows.add(sources[job.row.source], job.row.job, job.scans);
  return builder.finish();
}

std::vector<Destinations> destinations_of(const std::vector<Source>& sources, const Composition& composition) {
  std::vector<Destinations> destinations;
  destinations.reserve(sources.size());
  for (const Source& source : sources) destinations.emplace_back(source.layout.rows.size());
  for (std::uint64_t row = 0; row < composition.jobs.size(); ++row) {
    const auto& [source, job] = composition.jobs[row].row;
    destinations[source][job] = row;
  }
  return destinations;
}

bool came_earlier(const RunRecord& a, const RunRecord& b) { return a.started < b.started; }

bool is_same_run(const RunRecord& a, const RunRecord& b) {
  return a.started == b.started && a.host == b.host && a.slurm_job == b.slurm_job;
}

/// The runs of all sources, those that several of them know once.
std::vector<RunRecord> runs_of(const std::vector<Source>& sources) {
  std::vector<RunRecord> runs;
  for (const Source& source : sources)
    std::ranges::move(read_run_history(source.tables.file()), std::back_inserter(runs));
  std::ranges::stable_sort(runs, came_earlier);
  runs.erase(std::unique(runs.begin(), runs.end(), is_same_run), runs.end());
  return runs;
}

std::uint64_t count_results(const Tables& tables) {
  const std::vector<std::uint8_t> states = tables.raw_states(0, tables.jobs());
  return static_cast<std::uint64_t>(
      std::ranges::count_if(states, [](std::uint8_t state) { return has_results(as_state(state)); }));
}

/// Kernels that results depend on come from where these do, others from wherever they are known.
void copy_kernels(const std::vector<Source>& sources, const Composition& composition, const Tables& target) {
  for (std::size_t s = 0; s < sources.size(); ++s)
    copy_kernels(sources[s], target, [&](Identity kernel) {
      const auto owner = composition.kernels.find(kernel);
      return owner == composition.kernels.end() || owner->second == s;
    });
}

ComposedArchive build(const std::vector<Source>& sources, const Composition& composition,
                      const std::filesystem::path& to) {
  require_absent(to);
  UnfinishedFile unfinished(to);
  ComposedArchive made{.jobs = composition.jobs.size()};
  const std::vector<Destinations> destinations = destinations_of(sources, composition);
  build_archive(unfinished, lay_out(sources, composition), hdf5::Storage::preallocated, [&](const Tables& target) {
    for (std::size_t s = 0; s < sources.size(); ++s) copy_rows(sources[s], target, destinations[s]);
    copy_kernels(sources, composition, target);
    for (const RunRecord& run : runs_of(sources)) append_to_run_history(target.file(), run);
    made.with_results = count_results(target);
  });
  unfinished.publish_as_new();
  return made;
}

/// What each row of the sources is worth, when looked at once.
struct Worth {
  const std::vector<Source>& sources;
  std::vector<std::vector<RowCheck>> checks;      // [source][job]
  std::vector<std::vector<std::uint8_t>> states;  // [source][job]

  explicit Worth(const std::vector<Source>& all) : sources(all) {
    for (const Source& source : sources) {
      checks.push_back(check_rows(source.tables));
      states.push_back(source.tables.raw_states(0, checks.back().size()));
    }
  }
  bool is_intact(const SourceRow& row) const { return checks[row.source][row.job] == RowCheck::intact; }
  bool has_results(const SourceRow& row) const {
    return is_intact(row) && nxmc::has_results(as_state(states[row.source][row.job]));
  }
  /// Whether an older version measured less.
  bool lacks_columns(const SourceRow& row) const {
    const Tables& tables = sources[row.source].tables;
    return !tables.translation(tables.placements()[row.job].times).is_identity();
  }
  /// Results are worth more than a reason for having none, and that more than nothing.
  int operator()(const SourceRow& row) const {
    if (has_results(row)) return lacks_columns(row) ? 2 : 3;
    return is_intact(row) ? 1 : 0;
  }
};

std::uint64_t count_damaged(const Worth& worth, const std::vector<ChosenJob>& chosen) {
  return static_cast<std::uint64_t>(std::ranges::count_if(
      chosen, [&](const ChosenJob& job) { return worth.checks[job.row.source][job.row.job] > RowCheck::intact; }));
}

// ---- Pruning

std::set<std::string> names_of_scans(const std::vector<ChosenJob>& jobs) {
  std::set<std::string> names;
  for (const ChosenJob& job : jobs)
    for (std::string& name : names_in(job.scans)) names.insert(std::move(name));
  return names;
}

// ---- Merging

/// Everything that the sources have of one job.
struct Versions {
  RowName name;
  std::vector<SourceRow> rows;
};

/// In the order of the sources and their rows.
std::vector<Versions> versions_of_jobs(const std::vector<Source>& sources) {
  std::vector<Versions> all;
  std::map<RowName, std::size_t> numbers;
  for (std::size_t s = 0; s < sources.size(); ++s) {
    for (std::uint64_t job = 0; job < sources[s].layout.rows.size(); ++job) {
      const ArchiveRow& row = sources[s].layout.rows[job];
      const RowName name{row.identity, row.observation};
      const auto [number, is_new] = numbers.try_emplace(name, all.size());
      if (is_new) all.push_back({name, {}});
      all[number->second].rows.push_back({s, job});
    }
  }
  return all;
}

void require_one_campaign(const std::vector<Source>& sources) {
  const Source& first = sources.front();
  for (const Source& source : sources) {
    if (source.layout.campaign != first.layout.campaign)
      throw ArchiveError(
          fmt::format("{}: belongs to campaign '{}', but {} to campaign '{}'. Only archives of one "
                      "campaign can be joined",
                      source.file.string(), source.layout.campaign, first.file.string(), first.layout.campaign));
    if (source.layout.seed != first.layout.seed)
      throw ArchiveError(
          fmt::format("{}: written with seed {}, but {} with seed {}: the same job has another trajectory "
                      "in each of them, and one archive has one seed. Query them apart, or compute the "
                      "jobs of one again with the seed of the other",
                      source.file.string(), source.layout.seed, first.file.string(), first.layout.seed));
  }
}

/// The kernels that results of a source were computed with.
std::map<Identity, std::size_t> kernels_in_use(const Source& source, std::size_t number, const Worth& worth) {
  std::map<Identity, std::size_t> used;
  for (std::uint64_t job = 0; job < source.layout.rows.size(); ++job) {
    const std::int32_t kernel = source.layout.rows[job].kernel;
    if (kernel < 0 || !worth.has_results({number, job})) continue;
    const auto k = static_cast<std::size_t>(kernel);
    used.emplace(source.layout.kernels[k].identity, k);
  }
  return used;
}

std::string name_of(const KernelSpec& spec) {
  return fmt::format("{} {} with {} shell layer{} and K_shell / K = {}", spec.lattice.shape, size_name(spec.lattice),
                     spec.lattice.shell_layers, spec.lattice.shell_layers == 1 ? "" : "s",
                     canonical_decimal(spec.shell_stiffness));
}

Identity digest_of_kernel(const Source& source, std::size_t k) {
  if (const std::optional<KernelSeal> seal = intact_seal(source.tables, k)) return seal->digest;
  throw ArchiveError(
      fmt::format("{}: the V of its {} is damaged. 'nxmc run' on this archive computes it again; join them "
                  "afterwards",
                  source.file.string(), name_of(source.layout.kernels[k].spec)));
}

/// An archive has one V for each kernel, and everything in it can be computed again from that one.
[[noreturn]] void refuse_kernel(const Source& source, std::size_t k, const Source& other) {
  throw ArchiveError(
      fmt::format("{}: the V of its {} has other last digits than that of {}: it was computed apart, on another kind "
                  "of processor or "
                  "with another BLAS. The same job ends differently with each of them, and an archive has one V. Query "
                  "them apart, or "
                  "compute the jobs of one again on a copy of the other archive, which brings its V along",
                  source.file.string(), name_of(source.layout.kernels[k].spec), other.file.string()));
}

/// For each kernel that results depend on the first source that has such results.
std::map<Identity, std::size_t> require_same_kernels(const std::vector<Source>& sources, const Worth& worth) {
  std::map<Identity, std::size_t> owners;
  std::map<Identity, Identity> digests;
  for (std::size_t s = 0; s < sources.size(); ++s) {
    for (const auto& [identity, k] : kernels_in_use(sources[s], s, worth)) {
      const std::size_t owner = owners.try_emplace(identity, s).first->second;
      const Identity digest = digest_of_kernel(sources[s], k);
      if (digests.try_emplace(identity, digest).first->second != digest) refuse_kernel(sources[s], k, sources[owner]);
    }
  }
  return owners;
}

template <class T>
bool same_bytes(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

/// Results of a job in one of the sources, in the present columns.
struct ResultsOfSource {
  TableRow row;
  const ColumnTranslation& translation;

  ResultsOfSource(const Tables& tables, std::uint64_t job)
      : row(tables.results(job)), translation(tables.translation(tables.placements()[job].times)) {
    row.values = translation(row.values);
  }
};

/// Compares the columns that both have.
bool same_values(const ResultsOfSource& a, const ResultsOfSource& b) {
  if (a.row.values.size() != b.row.values.size() || !same_bytes(a.row.summary, b.row.summary)) return false;
  for (std::size_t k = 0; k < a.row.values.size(); ++k)
    if (a.translation.has(k) && b.translation.has(k) &&
        std::bit_cast<std::uint64_t>(a.row.values[k]) != std::bit_cast<std::uint64_t>(b.row.values[k]))
      return false;
  return true;
}

bool same_results(const std::vector<Source>& sources, const SourceRow& a, const SourceRow& b) {
  const Tables& tables_of_a = sources[a.source].tables;
  const Tables& tables_of_b = sources[b.source].tables;
  if (!same_values({tables_of_a, a.job}, {tables_of_b, b.job})) return false;
  const Payload payload_of_a = tables_of_a.payload(a.job);
  const Payload payload_of_b = tables_of_b.payload(b.job);
  return same_bytes(payload_of_a.profile, payload_of_b.profile) &&
         same_bytes(payload_of_a.configurations, payload_of_b.configurations) &&
         same_bytes(payload_of_a.final_state, payload_of_b.final_state);
}

/// Two results of one job that are not the same.
struct Difference {
  Identity job;
  SourceRow one;
  SourceRow other;
};

JobStatus status_of(const Source& source, std::uint64_t job) {
  return source.tables.status(job, source.tables.raw_states(job, 1)).front().status;
}

std::string origin_of(const Source& source, std::uint64_t job) {
  const JobStatus status = status_of(source, job);
  return fmt::format("numerics {} by nxmc {} on {}", status.numerics, status.program_version, status.host);
}

[[noreturn]] void refuse(const std::vector<Source>& sources, const std::vector<Difference>& differences) {
  constexpr std::size_t most_named = 5;
  std::vector<std::string> names;
  for (const Difference& difference : std::span(differences).first(std::min(most_named, differences.size())))
    names.push_back(to_string(difference.job));
  const Difference& first = differences.front();
  const Source& one = sources[first.one.source];
  const Source& other = sources[first.other.source];
  throw ArchiveError(fmt::format(
      "{}: {} that {} has, too, with other results: {}{}. The first is of {} here, and of {} there. Leave these jobs "
      "out of one of them: nxmc prune {} rest.h5 --where 'job in [{}{}]'",
      other.file.string(), differences.size() == 1 ? "has 1 job" : fmt::format("has {} jobs", differences.size()),
      one.file.string(), fmt::join(names, ", "), differences.size() > most_named ? ", …" : "",
      origin_of(other, first.other.job), origin_of(one, first.one.job), other.file.string(), fmt::join(names, ", "),
      differences.size() > most_named ? ", …" : ""));
}

/// Compares what the sources have found of the same jobs. Returns of how many jobs several have results.
std::uint64_t require_same_results(const std::vector<Source>& sources, const std::vector<Versions>& jobs,
                                   const Worth& worth) {
  std::vector<Difference> differences;
  std::uint64_t in_several = 0;
  for (const Versions& job : jobs) {
    std::vector<SourceRow> found;
    std::ranges::copy_if(job.rows, std::back_inserter(found),
                         [&](const SourceRow& row) { return worth.has_results(row); });
    if (found.size() < 2) continue;
    ++in_several;
    const auto differing = std::find_if(found.begin() + 1, found.end(), [&](const SourceRow& row) {
      return !same_results(sources, found.front(), row);
    });
    if (differing != found.end()) differences.push_back({job.name.identity, found.front(), *differing});
  }
  if (!differences.empty()) refuse(sources, differences);
  return in_several;
}

/// Every scan of the sources, those of the first one in front.
std::vector<std::string> scans_of(const std::vector<Source>& sources) {
  std::vector<std::string> scans;
  for (const Source& source : sources)
    for (const std::string& name : source.layout.scans)
      if (std::ranges::find(scans, name) == scans.end()) scans.push_back(name);
  return scans;
}

/// The scans that a job belongs to in any of the sources, in the order of `all`.
std::string joined_scans(const std::vector<Source>& sources, const Versions& job, const std::vector<std::string>& all) {
  if (job.rows.size() == 1) return sources[job.rows.front().source].layout.rows[job.rows.front().job].scans;
  std::set<std::string> names;
  for (const SourceRow& row : job.rows)
    for (std::string& name : names_in(sources[row.source].layout.rows[row.job].scans)) names.insert(std::move(name));
  std::vector<std::string> ordered;
  std::ranges::copy_if(all, std::back_inserter(ordered), [&](const std::string& name) { return names.contains(name); });
  return fmt::format("{}", fmt::join(ordered, ","));
}

std::vector<ChosenJob> choose_best(const std::vector<Source>& sources, const std::vector<Versions>& jobs,
                                   const std::vector<std::string>& scans, const Worth& worth) {
  std::vector<ChosenJob> chosen;
  for (const Versions& job : jobs) {
    const auto best = std::ranges::max_element(job.rows, {}, worth);
    chosen.push_back({*best, joined_scans(sources, job, scans)});
  }
  return chosen;
}

}  // namespace

ComposedArchive prune_archive(const Archive& from, const std::vector<std::string>& scans,
                              const std::filesystem::path& to) {
  std::vector<Source> sources;
  sources.push_back(open_source(from.file()));
  const Layout& layout = sources.front().layout;
  if (!from.is_current() || scans.size() != layout.rows.size())
    throw ArchiveError(fmt::format("{}: was replaced by a run that extended it, just now. Give the command again",
                                   from.file().string()));
  Composition rest{.text = layout.text, .scans = {}, .jobs = {}, .kernels = {}};
  for (std::uint64_t job = 0; job < scans.size(); ++job)
    if (!scans[job].empty()) rest.jobs.push_back({{0, job}, scans[job]});
  if (rest.jobs.empty())
    throw ArchiveError(fmt::format("{}: no job would be left of {}", from.file().string(), layout.rows.size()));
  const std::set<std::string> in_use = names_of_scans(rest.jobs);
  std::ranges::copy_if(layout.scans, std::back_inserter(rest.scans),
                       [&](const std::string& name) { return in_use.contains(name); });
  ComposedArchive made = build(sources, rest, to);
  made.damaged = count_damaged(Worth(sources), rest.jobs);
  return made;
}

ComposedArchive merge_archives(const std::vector<std::filesystem::path>& from, const std::filesystem::path& to) {
  std::vector<Source> sources;
  sources.reserve(from.size());
  for (const std::filesystem::path& file : from) sources.push_back(open_source(file));
  require_one_campaign(sources);
  const Worth worth(sources);
  Composition whole{
      .text = {}, .scans = scans_of(sources), .jobs = {}, .kernels = require_same_kernels(sources, worth)};
  const std::vector<Versions> jobs = versions_of_jobs(sources);
  const std::uint64_t in_several = require_same_results(sources, jobs, worth);
  whole.jobs = choose_best(sources, jobs, whole.scans, worth);
  std::vector<std::string> texts;
  texts.reserve(sources.size());
  for (const Source& source : sources) texts.push_back(source.layout.text);
  whole.text = join_campaigns(texts);
  ComposedArchive made = build(sources, whole, to);
  made.in_several = in_several;
  made.damaged = count_damaged(worth, whole.jobs);
  return made;
}

}  // namespace nxmc
