// Archives that are made of others: what a pruned or merged one holds, what is refused, and that it is there whole or
// not at all.
#include "nxmc/archive/compose.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <functional>
#include <map>
#include <random>
#include <thread>

#include "archive_errors.hpp"
#include "expect_results.hpp"
#include "hdf5.hpp"
#include "nxmc/campaign/join.hpp"
#include "program.hpp"
#include "sample_archive.hpp"

namespace nxmc {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
using testing_tools::column;
using testing_tools::message_of;
using testing_tools::RunningProgram;
using testing_tools::TemporaryDirectory;
namespace fs = std::filesystem;

std::vector<std::string> scans_of(const Archive& archive) { return column<std::string>(archive, "scan"); }

std::vector<std::uint64_t> jobs_that(const Plan& plan, const std::function<bool(std::uint64_t)>& wanted) {
  std::vector<std::uint64_t> jobs;
  for (std::uint64_t job = 0; job < plan.jobs.size(); ++job)
    if (wanted(job)) jobs.push_back(job);
  return jobs;
}

/// A sample archive with results of some jobs.
void create_filled(const fs::path& file, const Plan& plan, const std::vector<std::uint64_t>& jobs) {
  create_archive(file, plan, sample::provenance());
  sample::fill(file, plan, jobs);
}

/// Spoils one byte of the results of an equilibrium job.
void spoil(const fs::path& file, std::uint64_t row) {
  std::uint64_t place = 0;
  {
    const hdf5::File opened = hdf5::File::open(file);
    const hdf5::Dataset results = opened.dataset("/equilibrium/results");
    place = results.range().offset + row * results.row_size() * sizeof(double);
  }
  std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
  stream.seekp(static_cast<std::streamoff>(place));
  stream.put('\x5A');
}

class Compose : public testing::Test {
 protected:
  TemporaryDirectory directory;
  fs::path a = directory / "a.h5";
  fs::path b = directory / "b.h5";
  fs::path out = directory / "out.h5";
  Plan plan = sample::plan_of(sample::everything);
};

// ---- Pruning

/// The scans that jobs stay in when some scans go.
std::vector<std::string> without(const Archive& archive, const std::vector<std::string>& gone) {
  std::vector<std::string> scans = scans_of(archive);
  for (std::string& scan : scans)
    if (std::ranges::find(gone, scan) != gone.end()) scan.clear();
  return scans;
}

TEST_F(Compose, APrunedArchiveHoldsWhatIsLeftToTheBit) {
  create_filled(a, plan, {});
  const Archive whole = Archive::open(a);
  const std::vector<std::string> left = without(whole, {"cubes", "trajectories"});
  const ComposedArchive made = prune_archive(whole, left, out);
  const Archive pruned = Archive::open(out);
  EXPECT_THAT(pruned.scans(), ElementsAre("stiff", "rods", "ideal"));
  EXPECT_THAT(pruned.verify(), IsEmpty());
  EXPECT_FALSE(pruned.packed());
  const std::vector<std::uint64_t> kept = jobs_that(plan, [&](std::uint64_t job) { return !left[job].empty(); });
  ASSERT_EQ(pruned.jobs(), kept.size());
  EXPECT_EQ(made.jobs, kept.size());
  EXPECT_EQ(made.with_results, kept.size());
  for (std::uint64_t row = 0; row < kept.size(); ++row) {
    sample::expect_results_of(pruned, plan, kept[row], row);
    EXPECT_EQ(pruned.physics(row), *plan.jobs[kept[row]].physics);
    EXPECT_EQ(pruned.status()[row].started, whole.status()[kept[row]].started);
  }
  EXPECT_LT(pruned.kernels(), whole.kernels()) << "kernels that no job needs any more go, too";
  for (std::size_t k = 0; k < pruned.kernels(); ++k) EXPECT_TRUE(pruned.kernel(k)) << k;
}

TEST_F(Compose, ACampaignGoesOnFromAPrunedArchive) {
  create_filled(a, plan, jobs_that(plan, [](std::uint64_t job) { return job % 2 == 0; }));
  const std::vector<std::string> left = without(Archive::open(a), {"ideal"});
  prune_archive(Archive::open(a), left, out);
  extend_archive(out, plan, [] {});
  const std::vector<JobState> states = Archive::open(out).states();
  for (std::uint64_t job = 0; job < plan.jobs.size(); ++job)
    EXPECT_EQ(has_results(states[job]), job % 2 == 0 && !left[job].empty()) << job;
  sample::fill(out, plan, jobs_that(plan, [&](std::uint64_t job) { return !has_results(states[job]); }));
  const Archive archive = Archive::open(out);
  EXPECT_THAT(archive.verify(), IsEmpty());
  for (std::uint64_t job = 0; job < plan.jobs.size(); ++job) sample::expect_results_of(archive, plan, job, job);
}

TEST_F(Compose, APrunedCompressedCopyIsAnOrdinaryArchive) {
  create_filled(a, plan, {});
  repack_archive(a, b);
  prune_archive(Archive::open(b), without(Archive::open(b), {"ideal"}), out);
  EXPECT_FALSE(Archive::open(out).packed());
  EXPECT_THAT(Archive::open(out).verify(), IsEmpty());
  ArchiveWriter(out, MPI_COMM_SELF).close();
}

TEST_F(Compose, DamagedRowsAreCopiedWithoutTheirResults) {
  create_filled(a, plan, {});
  spoil(a, 3);
  ASSERT_EQ(Archive::open(a).verify().size(), 1U);
  const ComposedArchive made = prune_archive(Archive::open(a), without(Archive::open(a), {"ideal"}), out);
  EXPECT_EQ(made.damaged, 1U);
  EXPECT_EQ(made.with_results, made.jobs - 1);
  EXPECT_EQ(Archive::open(out).states()[3], JobState::waiting);
  EXPECT_THAT(Archive::open(out).verify(), IsEmpty());
}

TEST_F(Compose, PruningRefusesWhatMakesNoSense) {
  create_filled(a, plan, {0});
  const Archive archive = Archive::open(a);
  const std::vector<std::string> all = scans_of(archive);
  EXPECT_THAT(message_of([&] { prune_archive(archive, std::vector<std::string>(all.size()), out); }),
              AllOf(StartsWith(a.string()), HasSubstr("no job would be left")));
  EXPECT_FALSE(fs::exists(out));
  EXPECT_THAT(message_of([&] { prune_archive(archive, all, a); }), HasSubstr("exists already"));
  extend_archive(a, plan, [] {});
  EXPECT_THAT(message_of([&] { prune_archive(archive, all, out); }), HasSubstr("was replaced"));
  EXPECT_FALSE(fs::exists(out));
}

// ---- Merging

TEST_F(Compose, HalvesOfACampaignBecomeTheWhole) {
  create_filled(a, plan, jobs_that(plan, [](std::uint64_t job) { return job % 3 != 0; }));
  create_filled(b, plan, jobs_that(plan, [](std::uint64_t job) { return job % 3 != 1; }));
  const ComposedArchive made = merge_archives({a, b}, out);
  EXPECT_EQ(made.jobs, plan.jobs.size());
  EXPECT_EQ(made.with_results, plan.jobs.size());
  EXPECT_EQ(made.in_several, jobs_that(plan, [](std::uint64_t job) { return job % 3 == 2; }).size());
  const Archive archive = Archive::open(out);
  EXPECT_EQ(archive.campaign_text(), sample::everything);
  EXPECT_THAT(archive.verify(), IsEmpty());
  for (std::uint64_t job = 0; job < plan.jobs.size(); ++job) sample::expect_results_of(archive, plan, job, job);
}

constexpr const char* one_scan = R"(name: sample
seed: 42
defaults: {temperature: 0.2, delta_mu: -20, measured_sweeps: 30}
scans:
  - {name: trajectories, method: exchange, lattice: hexagon, size: 5, replicas: 5, times: [0.1, 1, 10], snapshots: {times: [0.1, 5]}}
  - {name: "more, softer", method: equilibrium, lattice: hexagon, size: 4, shell_layers: 1, shell_stiffness: {from: 1, to: 3, step: 0.5},
     equilibration_sweeps: 10}
)";

// The second half of its scans' name is that of another one; commas make no list of it, because no name has them.
TEST_F(Compose, DifferentCampaignFilesAreJoined) {
  std::string text = one_scan;
  text.replace(text.find("more, softer"), 12, "softer: more");
  const Plan other = sample::plan_of(text);
  create_filled(a, plan, {});
  create_filled(b, other, {});
  merge_archives({a, b}, out);
  const Archive archive = Archive::open(out);
  EXPECT_THAT(archive.scans(), ElementsAre("stiff", "cubes", "trajectories", "rods", "ideal", "softer: more"));
  EXPECT_THAT(archive.verify(), IsEmpty());
  const Plan joined = sample::plan_of(archive.campaign_text());
  EXPECT_EQ(joined.seed, 42U);
  std::map<std::pair<Identity, Identity>, std::uint64_t> rows;
  for (std::uint64_t row = 0; row < archive.jobs(); ++row)
    rows[{archive.identities()[row], archive.observations()[row]}] = row;
  for (const Plan& each : {plan, other, joined})
    for (std::uint64_t job = 0; job < each.jobs.size(); ++job) {
      const auto row = rows.find({each.jobs[job].identity, each.jobs[job].observation});
      ASSERT_TRUE(row != rows.end()) << job;
      sample::expect_results_of(archive, each, job, row->second);
    }
  EXPECT_EQ(joined.jobs.size(), archive.jobs());
}

TEST_F(Compose, OtherSeedsAndNamesAreRefused) {
  const auto with = [](std::string text, const std::string& from, const std::string& to) {
    return sample::plan_of(text.replace(text.find(from), from.size(), to));
  };
  create_archive(a, plan, sample::provenance());
  create_archive(b, with(sample::everything, "seed: 42", "seed: 43"), sample::provenance());
  EXPECT_THAT(message_of([&] {
                merge_archives({a, b}, out);
              }),
              AllOf(StartsWith(b.string()), HasSubstr("seed 43"), HasSubstr("seed 42"), HasSubstr(a.string())));
  fs::remove(b);
  create_archive(b, with(sample::everything, "name: sample", "name: simple"), sample::provenance());
  EXPECT_THAT(message_of([&] {
                merge_archives({a, b}, out);
              }),
              AllOf(StartsWith(b.string()), HasSubstr("'simple'"), HasSubstr("'sample'")));
  EXPECT_FALSE(fs::exists(out));
}

TEST_F(Compose, ResultsOfOneJobThatDifferInABitAreNamedAndRefused) {
  create_filled(a, plan, {});
  create_archive(b, plan, sample::provenance());
  sample::fill(b, plan, {0, 1});
  {
    ArchiveWriter writer(b, MPI_COMM_SELF);
    for (const std::uint64_t job : {std::uint64_t{4}, std::uint64_t{12}}) {
      CompletedJob other = sample::completed(plan, job);
      other.status.numerics = 7;
      if (job == 4) other.record.final_state.front() ^= 1U;
      if (job == 12) other.record.values.back() = -0.25;
      writer.commit({&other, 1});
    }
    writer.close();
  }
  const std::string message = message_of([&] { merge_archives({a, b}, out); });
  EXPECT_THAT(message, AllOf(StartsWith(b.string()), HasSubstr("2 jobs"), HasSubstr(to_string(plan.jobs[4].identity)),
                             HasSubstr(to_string(plan.jobs[12].identity)), HasSubstr("numerics 7"),
                             HasSubstr("numerics 1"), HasSubstr("nxmc prune")));
  EXPECT_THAT(message, Not(HasSubstr(to_string(plan.jobs[1].identity))));
  EXPECT_FALSE(fs::exists(out));
}

/// The kernels of a plan as another processor might have computed them.
void write_other_kernels(const fs::path& file, const Plan& plan) {
  sample::start_mpi();
  ArchiveWriter writer(file, MPI_COMM_SELF);
  for (std::size_t k = 0; k < plan.kernels.size(); ++k) {
    ReducedKernel kernel = sample::kernel_of(plan.kernels[k]);
    kernel.rows.back() += 0x1p-40;
    writer.write_kernel(k, kernel);
  }
  writer.close();
}

TEST_F(Compose, KernelsWithOtherDigitsAreRefusedWhereResultsFollowFromThem) {
  create_filled(a, plan, {0});
  create_archive(b, plan, sample::provenance());
  write_other_kernels(b, plan);
  // Nothing of b follows from its own V: that of a counts, whichever comes first.
  for (const auto& order : {std::vector{a, b}, std::vector{b, a}}) {
    merge_archives(order, out);
    const Archive merged = Archive::open(out);
    EXPECT_TRUE(has_results(merged.states()[0]));
    EXPECT_EQ(merged.kernel_digest(0), Archive::open(a).kernel_digest(0));
    fs::remove(out);
  }
  {
    ArchiveWriter writer(b, MPI_COMM_SELF);
    const CompletedJob job = sample::completed(plan, 1);
    writer.commit({&job, 1});
    writer.close();
  }
  EXPECT_THAT(message_of([&] {
                merge_archives({a, b}, out);
              }),
              AllOf(StartsWith(b.string()), HasSubstr("other last digits"), HasSubstr("hexagon 4"),
                    HasSubstr("K_shell / K = 2"), HasSubstr(a.string())));
  EXPECT_FALSE(fs::exists(out));
}

TEST_F(Compose, OfADamagedAndAnIntactRowTheIntactOneCounts) {
  create_filled(a, plan, {});
  create_filled(b, plan, {3});
  spoil(a, 3);
  spoil(a, 5);
  const ComposedArchive made = merge_archives({a, b}, out);
  EXPECT_EQ(made.damaged, 1U);
  const Archive archive = Archive::open(out);
  sample::expect_results_of(archive, plan, 3, 3);
  EXPECT_EQ(archive.states()[5], JobState::waiting);
}

TEST_F(Compose, RunsOfAllArchivesAreKept) {
  create_filled(a, plan, {0});
  create_filled(b, plan, {1});
  const auto run_on = [](const char* host, double started) {
    RunRecord run;
    run.host = host;
    run.started = started;
    return run;
  };
  const RunRecord first = run_on("n1", 1e9);
  const RunRecord second = run_on("n2", 2e9);
  for (const auto& [file, runs] : {std::pair{a, std::vector{second}}, std::pair{b, std::vector{first, second}}}) {
    ArchiveWriter writer(file, MPI_COMM_SELF);
    for (const RunRecord& run : runs) writer.record_run(run);
    writer.close();
  }
  merge_archives({a, b}, out);
  std::vector<std::string> hosts;
  for (const RunRecord& run : Archive::open(out).runs()) hosts.push_back(run.host);
  EXPECT_THAT(hosts, ElementsAre("n1", "n2"));
}

// ---- Campaign files

std::size_t count_jobs(const std::string& text) { return sample::plan_of(text).jobs.size(); }

TEST(JoinedCampaign, IsTheOneThatHasAllJobsOfTheOthers) {
  const std::string small =
      "name: x\nscans: [{name: s, method: exchange, lattice: hexagon, size: 4, temperature: 0.2, "
      "delta_mu: -20}]";
  std::string large = small;
  large.replace(large.find("0.2"), 3, "[0.2, 0.3]");
  EXPECT_EQ(join_campaigns({small, small}), small);
  EXPECT_EQ(join_campaigns({small, large}), large);
  EXPECT_EQ(join_campaigns({large, small}), large);
}

TEST(JoinedCampaign, HasScansOfTheSameNameBoth) {
  const std::string one =
      "name: x\nscans: [{name: s, method: exchange, lattice: hexagon, size: 4, temperature: 0.2, "
      "delta_mu: -20}]";
  std::string other = one;
  other.replace(other.find("0.2"), 3, "0.4");
  const std::string joined = join_campaigns({one, other});
  EXPECT_EQ(count_jobs(joined), 2U);
  EXPECT_THAT(sample::plan_of(joined).scans, ElementsAre("s", "s-2"));
}

TEST(JoinedCampaign, GivesEachScanTheDefaultsOfItsFile) {
  const std::string one =
      "name: 'on: off'\nseed: 7\ndefaults: {method: exchange, delta_mu: -20, composition: 0.3, size: 5}\n"
      "scans:\n - {name: e, method: equilibrium, lattice: hexagon, temperature: 0.2}\n"
      " - {name: x, lattice: hexagon, temperature: 1}\n";
  const std::string other =
      "name: 'on: off'\nseed: 7\ndefaults: {size: [[3, 3, 4]], lattice: box}\n"
      "scans:\n - {name: y, method: exchange, temperature: 1, delta_mu: -3, interaction: {ising: 1, "
      "elastic: .5}}\n";
  const Plan joined = sample::plan_of(join_campaigns({one, other}));
  EXPECT_EQ(joined.campaign, "on: off");
  EXPECT_EQ(joined.seed, 7U);
  ASSERT_EQ(joined.jobs.size(), 3U);
  EXPECT_EQ(*joined.jobs[0].physics, *sample::plan_of(one).jobs[0].physics);
  EXPECT_EQ(*joined.jobs[1].physics, *sample::plan_of(one).jobs[1].physics);
  EXPECT_EQ(*joined.jobs[2].physics, *sample::plan_of(other).jobs[0].physics);
}

TEST(JoinedCampaign, KeepsTextsThatItDoesNotUnderstand) {
  EXPECT_EQ(join_campaigns({"name: x\nnew: 1", "name: x\n"}), "name: x\nnew: 1\n---\nname: x\n");
}

// ---- Whole or not at all

constexpr const char* many_jobs = R"(name: many
seed: 1
scans:
  - {name: even, method: exchange, lattice: hexagon, size: 4, temperature: 0.2, delta_mu: -20, replicas: 500, times: [0.1, 1, 10]}
  - {name: odd, method: exchange, lattice: hexagon, size: 4, temperature: 0.3, delta_mu: -20, replicas: 500, times: [0.1, 1, 10]}
)";

bool begins_with(const fs::path& directory, const std::string& prefix) {
  return std::ranges::any_of(fs::directory_iterator(directory),
                             [&](const auto& entry) { return entry.path().filename().string().starts_with(prefix); });
}

/// Starts the command and kills it after it has begun to write, at any instant until its end or a little later.
void kill_while_writing(const std::vector<std::string>& command, const fs::path& directory,
                        std::chrono::microseconds after) {
  RunningProgram program(command, {}, directory);
  while (program.is_running() && !begins_with(directory, "out.h5")) std::this_thread::yield();
  std::this_thread::sleep_for(after);
  program.kill_group(SIGKILL);
  program.wait();
}

class KilledCommand : public testing::TestWithParam<std::vector<std::string>> {};

TEST_P(KilledCommand, LeavesNothingOrAWholeArchive) {
  const TemporaryDirectory directory;
  const Plan plan = sample::plan_of(many_jobs);
  create_filled(directory / "a.h5", plan, jobs_that(plan, [](std::uint64_t job) { return job % 2 == 0; }));
  create_filled(directory / "b.h5", plan, jobs_that(plan, [](std::uint64_t job) { return job % 2 == 1; }));
  std::vector<std::string> command = GetParam();
  command.insert(command.begin(), NXMC_PROGRAM);
  const auto start = std::chrono::steady_clock::now();
  ASSERT_EQ(testing_tools::run_program(command, {}, directory.path()).exit_code, 0);
  const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start);
  const std::uint64_t jobs = Archive::open(directory / "out.h5").jobs();
  std::mt19937_64 random(1);
  constexpr int kills = 20;
  for (int kill = 0; kill < kills; ++kill) {
    for (const auto& entry : fs::directory_iterator(directory.path()))
      if (entry.path().filename().string().starts_with("out.h5")) fs::remove(entry);
    const auto most = static_cast<std::uint64_t>(whole.count());
    kill_while_writing(command, directory.path(), std::chrono::microseconds(random() % (most / 2)));
    if (!fs::exists(directory / "out.h5")) continue;
    const Archive archive = Archive::open(directory / "out.h5");
    EXPECT_EQ(archive.jobs(), jobs);
    EXPECT_THAT(archive.verify(), IsEmpty());
    EXPECT_THAT(archive.states(), Each(testing::AnyOf(JobState::done, JobState::truncated)));
  }
}
INSTANTIATE_TEST_SUITE_P(All, KilledCommand,
                         testing::Values(std::vector<std::string>{"merge", "a.h5", "b.h5", "out.h5"},
                                         std::vector<std::string>{"prune", "a.h5", "out.h5", "--where",
                                                                  "state == waiting"}));

}  // namespace
}  // namespace nxmc
