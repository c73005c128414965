// An archive of format 1 as it once was written, finished but for one job: whatever the program becomes, it reads this
// file, keeps what is in it, and finishes it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "program.hpp"
#include "results.hpp"

namespace nxmc {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing_tools::Outcome;
using testing_tools::read_file;
using testing_tools::results_of;
using testing_tools::run_program;

const std::filesystem::path data = NXMC_TEST_DATA;

class ArchiveOfFormat1 : public testing::Test {
 protected:
  ArchiveOfFormat1() { std::filesystem::copy_file(data / "archive_format_1.h5", file_); }
  Outcome ask(const std::vector<std::string>& arguments) const {
    std::vector<std::string> all{NXMC_PROGRAM};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return run_program(all, {}, directory_.path());
  }
  testing_tools::TemporaryDirectory directory_;
  std::filesystem::path file_ = directory_ / "old.h5";
};

std::vector<std::string> header_of(const std::string& csv) {
  std::istringstream line(csv.substr(0, csv.find('\n')));
  std::vector<std::string> names;
  for (std::string name; std::getline(line, name, ',');) names.push_back(name);
  return names;
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ",") + word;
  return text;
}

TEST_F(ArchiveOfFormat1, GivesTheNumbersThatItGaveWhenItWasWritten) {
  for (const bool times : {false, true}) {
    const std::string expected = read_file(data / (times ? "archive_format_1_times.csv" : "archive_format_1_jobs.csv"));
    std::vector<std::string> query{"query", file_, "--format", "csv", "--columns", join(header_of(expected))};
    if (times) query.emplace_back("--times");
    const Outcome outcome = ask(query);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(outcome.out, expected);
  }
  EXPECT_THAT(Archive::open(file_).verify(), IsEmpty());
  EXPECT_EQ(Archive::open(file_).snapshots(0).size(), 2U);
  EXPECT_EQ(Archive::open(file_).provenance().host, "node1");
}

TEST_F(ArchiveOfFormat1, IsFinishedByTheSameCampaignAndKeepsWhatIsThere) {
  const auto before = results_of(file_);
  const Outcome outcome = ask({"run", data / "archive_format_1.yaml", "--archive", file_});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("5 jobs, 4 of them done"));
  const auto after = results_of(file_);
  for (const auto& [job, bits] : before) {
    if (!testing_tools::has_results(bits)) continue;
    EXPECT_EQ(after.at(job), bits);
  }
  const Archive archive = Archive::open(file_);
  EXPECT_THAT(archive.states(), testing::Each(JobState::done));
  const auto status = archive.status();
  EXPECT_EQ(status[0].numerics, 1);
  EXPECT_EQ(status.back().numerics, numerics_version);
  EXPECT_THAT(archive.verify(), IsEmpty());
  for (std::uint64_t job = 0; job < archive.jobs(); ++job)
    EXPECT_EQ(archive.samples(job).count, 0U) << "it has no room for any";
}

// It has no history of its runs: none is written, none is missed.
TEST_F(ArchiveOfFormat1, IsShownAndRepackedAndGetsAHistoryWhenItIsExtended) {
  EXPECT_EQ(ask({"status", file_}).exit_code, 0);
  EXPECT_EQ(ask({"repack", file_, directory_ / "kept.h5"}).exit_code, 0);
  EXPECT_THAT(Archive::open(directory_ / "kept.h5").runs(), IsEmpty());
  ASSERT_EQ(ask({"run", data / "archive_format_1.yaml", "--archive", file_}).exit_code, 0);
  EXPECT_THAT(Archive::open(file_).runs(), IsEmpty());
  std::string wider = read_file(data / "archive_format_1.yaml");
  const std::string last_of_rod = "measured_sweeps: 40";
  wider.insert(wider.find(last_of_rod) + last_of_rod.size(), ", replicas: 2");
  testing_tools::write_file(directory_ / "wider.yaml", wider);
  const Outcome outcome = ask({"run", directory_ / "wider.yaml", "--archive", file_});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(Archive::open(file_).runs().size(), 1U);
}

TEST_F(ArchiveOfFormat1, IsComputedAgainOnlyWhereItIsAskedFor) {
  const Outcome outcome = ask({"run", data / "archive_format_1.yaml", "--archive", file_, "--redo", "numerics < 2"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("5 jobs, 0 of them done"));
  for (const JobStatus& status : Archive::open(file_).status()) {
    EXPECT_EQ(status.numerics, numerics_version);
    EXPECT_NE(status.host, "node1");
  }
}

}  // namespace
}  // namespace nxmc
