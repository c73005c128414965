// SIGKILL at random instants, again and again, of ranks that write and of the one that commits: the archive opens,
// nothing in it is damaged, and all that was reported done is there. Somebody reads it all the time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <cstring>
#include <random>
#include <thread>

#include "mpirun.hpp"
#include "program.hpp"
#include "sample.hpp"

namespace nxmc {
namespace {

using testing::IsEmpty;
using testing_tools::Environment;
using testing_tools::read_file;
using testing_tools::RunningProgram;
using testing_tools::TemporaryDirectory;
namespace fs = std::filesystem;

// Many small jobs, and some with snapshots that their worker writes.
constexpr const char* many_jobs = R"(name: crash
seed: 1
scans:
  - {name: small, method: exchange, lattice: hexagon, size: 4, temperature: 0.2, delta_mu: -20, replicas: 6000, times: [0.1, 1, 10]}
  - {name: large, method: exchange, lattice: hexagon, size: 40, interaction: none, temperature: 1, delta_mu: -10, replicas: 300,
     times: [1], snapshots: {times: {from: 1, to: 80, step: 1}}}
)";

constexpr int kills = 20;
constexpr int ranks = 2;

std::vector<std::uint64_t> acknowledged_jobs(const fs::path& directory) {
  const std::string bytes = read_file(directory / "acknowledged");
  std::vector<std::uint64_t> jobs(bytes.size() / sizeof(std::uint64_t));
  if (!jobs.empty()) std::memcpy(jobs.data(), bytes.data(), jobs.size() * sizeof(std::uint64_t));
  return jobs;
}

void kill_rank(const fs::path& directory, int rank) {
  const std::string pid = read_file(directory / ("rank" + std::to_string(rank)));
  if (!pid.empty()) ::kill(std::stoi(pid), SIGKILL);
}

/// Reads a living archive again and again, each sealed row once.
class LiveReader {
 public:
  explicit LiveReader(const Plan& plan) : plan_(&plan), seen_(plan.jobs.size(), false) {}

  /// How many rows are sealed that are not what was committed.
  std::size_t count_torn_rows(const Archive& archive) {
    std::size_t torn = 0;
    const std::vector<JobState> states = archive.states();
    for (std::uint64_t job = 0; job < states.size(); ++job) {
      if (!has_results(states[job]) || seen_[job]) continue;
      seen_[job] = true;
      torn += is_as_committed(archive, job) ? 0U : 1U;
    }
    return torn;
  }

 private:
  bool is_as_committed(const Archive& archive, std::uint64_t job) const {
    const Record expected = sample::record_of(plan_->jobs[job]);
    const auto results = archive.exchange(job);
    return results && sample::bits(results->values) == sample::bits(expected.values) &&
           archive.snapshots(job).size() == plan_->jobs[job].schedule->snapshot_times.size();
  }

  const Plan* plan_;
  std::vector<bool> seen_;
};

class Crash : public testing::Test {
 protected:
  Crash() {
    testing_tools::write_file(directory / "campaign.yaml", many_jobs);
    begin();
    // Killed ranks leave their shared memory behind: it goes with the directory.
    environment.emplace_back("OMPI_MCA_btl_vader_backing_directory", directory.path().string());
    environment.emplace_back("OMPI_MCA_orte_tmpdir_base", directory.path().string());
  }

  /// With an archive in which nothing is done.
  void begin() {
    fs::remove(file);
    fs::remove(directory / "acknowledged");
    create_archive(file, plan, sample::provenance());
    reader = LiveReader(plan);
  }

  std::size_t left() const { return plan.jobs.size() - acknowledged_jobs(directory.path()).size(); }

  /// Lets ranks commit for a while after their first commit, then kills them all, in any order.
  void run_and_kill(std::chrono::microseconds after, int first_victim) {
    for (int rank = 0; rank < ranks; ++rank) fs::remove(directory / ("rank" + std::to_string(rank)));
    const std::size_t before = acknowledged_jobs(directory.path()).size();
    RunningProgram program(
        testing_tools::under_mpirun(ranks, {NXMC_CRASH_WRITER, directory / "campaign.yaml", file, directory.path()}),
        environment, {});
    std::atomic<bool> killed = false;
    std::thread killer([&] {
      testing_tools::becomes_so([&] { return acknowledged_jobs(directory.path()).size() > before; });
      std::this_thread::sleep_for(after);
      for (int i = 0; i < ranks; ++i) kill_rank(directory.path(), (first_victim + i) % ranks);
      program.kill_group(SIGKILL);
      killed = true;
    });
    while (!killed) torn += reader.count_torn_rows(Archive::open(file));
    killer.join();
    program.wait();
    ASSERT_GT(acknowledged_jobs(directory.path()).size(), before)
        << "nothing was written before the kill: " << program.err();
  }

  const TemporaryDirectory directory;
  const fs::path file = directory / "x.h5";
  const Plan plan = sample::plan_of(many_jobs);
  Environment environment = testing_tools::oversubscribed();
  LiveReader reader{plan};
  std::size_t torn = 0;
};

TEST_F(Crash, LosesNothingThatWasReportedDone) {
  std::mt19937 random(5);
  int killed_at_work = 0;
  for (int i = 0; i < kills; ++i) {
    if (left() < plan.jobs.size() / 2) begin();
    ASSERT_NO_FATAL_FAILURE(
        run_and_kill(std::chrono::microseconds(random() % 60000), static_cast<int>(random() % ranks)));
    const std::vector<std::uint64_t> acknowledged = acknowledged_jobs(directory.path());
    killed_at_work += acknowledged.size() < plan.jobs.size() ? 1 : 0;
    const Archive archive = Archive::open(file);
    EXPECT_THAT(archive.verify(), IsEmpty());
    const std::vector<JobState> states = archive.states();
    for (const std::uint64_t job : acknowledged)
      EXPECT_TRUE(has_results(states[job])) << "job " << job << " after kill " << i;
    torn += reader.count_torn_rows(archive);
  }
  EXPECT_EQ(torn, 0U);
  EXPECT_GT(killed_at_work, 0);
}

}  // namespace
}  // namespace nxmc
