// Archives of older formats as they once were written, finished but for one job: whatever the program becomes, it reads
// these files, keeps what is in them, and finishes them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/observe/quantities.hpp"
#include "program.hpp"
#include "results.hpp"

namespace nxmc {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing_tools::Outcome;
using testing_tools::read_file;
using testing_tools::results_of;
using testing_tools::run_program;

const std::filesystem::path data = NXMC_TEST_DATA;

struct OldArchive {
  int format;
  int numerics;
  std::uint64_t jobs;  // all but the last are done
  std::uint64_t runs;  // in its history
};

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ",") + word;
  return text;
}

std::string replace(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), by);
}

class WithOldArchive : public testing::Test {
 protected:
  explicit WithOldArchive(int format) : name_("archive_format_" + std::to_string(format)) {
    std::filesystem::copy_file(data / (name_ + ".h5"), file_);
  }
  Outcome ask(const std::vector<std::string>& arguments) const {
    std::vector<std::string> all{NXMC_PROGRAM};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return run_program(all, {}, directory_.path());
  }
  std::string succeed(const std::vector<std::string>& arguments) const {
    const Outcome outcome = ask(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << join(arguments) << "\n" << outcome.err;
    return outcome.out;
  }
  std::string campaign_text() const { return read_file(data / (name_ + ".yaml")); }
  std::string campaign() const { return data / (name_ + ".yaml"); }

  std::string name_;
  testing_tools::TemporaryDirectory directory_;
  std::filesystem::path file_ = directory_ / "old.h5";
};

class ArchiveOfFormat : public WithOldArchive, public testing::WithParamInterface<OldArchive> {
 protected:
  ArchiveOfFormat() : WithOldArchive(GetParam().format) {}
};

/// Of numerics before 4, when chains kept no samples.
class ArchiveWithoutSamples : public ArchiveOfFormat {};
class ArchiveWithSamples : public ArchiveOfFormat {};
class ArchiveWithoutLadders : public ArchiveOfFormat {};

std::vector<std::string> cells_of(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> cells;
  for (std::string cell; std::getline(stream, cell, ',');) cells.push_back(cell);
  return cells;
}

TEST_P(ArchiveOfFormat, GivesTheNumbersThatItGaveWhenItWasWritten) {
  for (const bool times : {false, true}) {
    const std::string expected = read_file(data / (name_ + (times ? "_times.csv" : "_jobs.csv")));
    const std::string header = expected.substr(0, expected.find('\n'));
    std::vector<std::string> query{"query", file_, "--format", "csv", "--columns", join(cells_of(header))};
    if (times) query.emplace_back("--times");
    EXPECT_EQ(succeed(query), expected);
  }
  EXPECT_THAT(Archive::open(file_).verify(), IsEmpty());
  EXPECT_EQ(Archive::open(file_).snapshots(0).size(), 2U);
  EXPECT_EQ(Archive::open(file_).provenance().host, "node1");
}

TEST_P(ArchiveWithoutSamples, HasTheColumnsThatCameLater) {
  struct Rows {
    std::vector<std::string> options;
    bool with_errors;
  };
  for (const Rows& rows : {Rows{{"--where", "method == equilibrium"}, true}, Rows{{"--times"}, false}}) {
    std::vector<std::string> query{"query", file_, "--format", "csv", "--columns"};
    query.emplace_back(rows.with_errors ? "f_S,f_S1,f_S2,f_C,f_Cx,lattice,f_S_err" : "f_S,f_S1,f_S2,f_C,f_Cx,lattice");
    query.insert(query.end(), rows.options.begin(), rows.options.end());
    std::istringstream lines(succeed(query));
    std::string line;
    std::getline(lines, line);
    std::size_t planes = 0;
    while (std::getline(lines, line)) {
      const std::vector<std::string> cells = cells_of(line);
      if (cells[5] == "hexagon") {
        ++planes;
        EXPECT_EQ(std::stod(cells[0]), std::stod(cells[1]) + std::stod(cells[2])) << line;
      } else {
        EXPECT_EQ(cells[0], "") << line;
      }
      EXPECT_THAT(cells[3] + cells[4], "") << "not measured then: " << line;
      EXPECT_EQ(cells.size(), 6U) << "its error is not known: " << line;
    }
    EXPECT_GE(planes, 2U);
  }
}

TEST_P(ArchiveWithoutSamples, HasTheSeriesOfItsChains) {
  std::istringstream lines(
      succeed({"query", file_, "--series", "--format", "csv", "--columns", "job,bin_sweeps,energy"}));
  std::map<std::string, std::pair<double, double>> sums;  // of sweeps and of energy x sweeps of each job
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    const std::vector<std::string> cells = cells_of(line);
    sums[cells[0]].first += std::stod(cells[1]);
    sums[cells[0]].second += std::stod(cells[1]) * std::stod(cells[2]);
  }
  std::istringstream jobs(
      succeed({"query", file_, "--format", "csv", "--where", "energy < 1e9 and method == equilibrium", "--columns",
               "job,measured_sweeps,energy"}));
  std::getline(jobs, line);
  std::size_t count = 0;
  for (; std::getline(jobs, line); ++count) {
    const std::vector<std::string> cells = cells_of(line);
    EXPECT_EQ(sums[cells[0]].first, std::stod(cells[1]));
    EXPECT_NEAR(sums[cells[0]].second / sums[cells[0]].first, std::stod(cells[2]), 1e-10);
  }
  EXPECT_EQ(count, 3U);
  EXPECT_EQ(sums.size(), 3U);
}

TEST_P(ArchiveWithoutSamples, IsFinishedByTheSameCampaignAndKeepsWhatIsThere) {
  const auto before = results_of(file_);
  const Outcome outcome = ask({"run", campaign(), "--archive", file_});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr(std::to_string(GetParam().jobs) + " jobs, " + std::to_string(GetParam().jobs - 1) +
                                     " of them"));
  const auto after = results_of(file_);
  for (const auto& [job, bits] : before) {
    if (!testing_tools::has_results(bits)) continue;
    EXPECT_EQ(after.at(job), bits);
  }
  const Archive archive = Archive::open(file_);
  EXPECT_THAT(archive.states(), Each(JobState::done));
  const auto status = archive.status();
  EXPECT_EQ(status[0].numerics, GetParam().numerics);
  EXPECT_EQ(status.back().numerics, numerics_version);
  EXPECT_THAT(archive.verify(), IsEmpty());
  EXPECT_EQ(archive.runs().size(), GetParam().runs + 1);
  const std::string measured_now = succeed({"query", file_, "--times", "--columns", "f_S", "--where", "numerics == 4"});
  EXPECT_THAT(measured_now, Not(HasSubstr("-"))) << "what is computed now has all columns";
  for (std::uint64_t job = 0; job < archive.jobs(); ++job)
    EXPECT_EQ(archive.samples(job).count > 0, status[job].numerics == 4 &&
                                                  archive.methods()[job] == Method::equilibrium &&
                                                  archive.samples(job).every > 0)
        << "chains of older versions have kept none";
}

TEST_P(ArchiveOfFormat, IsShownRepackedPrunedAndMerged) {
  const auto before = results_of(file_);
  const std::string table = succeed({"query", file_, "--format", "csv"});
  succeed({"status", file_});
  succeed({"repack", file_, directory_ / "kept.h5"});
  EXPECT_EQ(Archive::open(directory_ / "kept.h5").runs().size(), GetParam().runs);
  EXPECT_EQ(succeed({"query", directory_ / "kept.h5", "--format", "csv"}), table);
  succeed({"prune", file_, directory_ / "planes.h5", "--where", "lattice != hexagon"});
  succeed({"prune", file_, directory_ / "solids.h5", "--where", "lattice == hexagon"});
  succeed({"merge", directory_ / "planes.h5", directory_ / "solids.h5", directory_ / "whole.h5"});
  EXPECT_EQ(results_of(directory_ / "whole.h5"), before);
  for (const char* made : {"kept.h5", "planes.h5", "solids.h5", "whole.h5"})
    EXPECT_THAT(Archive::open(directory_ / made).verify(), IsEmpty()) << made;
  // Rows that wait have too little room in what an older version planned: a run makes it.
  const Outcome outcome = ask({"run", campaign(), "--archive", directory_ / "whole.h5"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(Archive::open(directory_ / "whole.h5").states(), Each(JobState::done));
}

TEST_P(ArchiveOfFormat, IsExtended) {
  std::string wider = campaign_text();
  wider.insert(wider.find("delta_mu: [-20"), "replicas: 2, ");
  testing_tools::write_file(directory_ / "wider.yaml", wider);
  const auto before = results_of(file_);
  const Outcome outcome = ask({"run", directory_ / "wider.yaml", "--archive", file_});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto after = results_of(file_);
  EXPECT_EQ(after.size(), before.size() + 2);
  for (const auto& [job, bits] : before) {
    if (!testing_tools::has_results(bits)) continue;
    EXPECT_EQ(after.at(job), bits);
  }
}

TEST_P(ArchiveWithoutSamples, IsComputedAgainOnlyWhereItIsAskedFor) {
  const Outcome outcome = ask({"run", campaign(), "--archive", file_, "--redo", "numerics < 4"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr(std::to_string(GetParam().jobs) + " jobs, 0 of them done"));
  for (const JobStatus& status : Archive::open(file_).status()) {
    EXPECT_EQ(status.numerics, numerics_version);
    EXPECT_NE(status.host, "node1");
  }
}

TEST_P(ArchiveWithoutLadders, KnowsNone) {
  std::istringstream lines(succeed({"query", file_, "--format", "csv", "--columns",
                                    "exchange_every,ladder,exchange_acceptance,round_trips,method"}));
  std::string line;
  std::getline(lines, line);
  std::size_t count = 0;
  for (; std::getline(lines, line); ++count) EXPECT_TRUE(line.starts_with(",,,,e")) << line;
  EXPECT_EQ(count, GetParam().jobs);
}

const auto name_of_test = [](const auto& test) { return "Format" + std::to_string(test.param.format); };
const OldArchive format_1{1, 1, 5, 0};
const OldArchive format_2{2, 3, 6, 1};
const OldArchive format_3{3, 4, 7, 2};
const OldArchive format_4{4, 4, 10, 2};
const OldArchive format_5{5, 4, 14, 2};

INSTANTIATE_TEST_SUITE_P(Old, ArchiveOfFormat, testing::Values(format_1, format_2, format_3, format_4, format_5),
                         name_of_test);
INSTANTIATE_TEST_SUITE_P(Old, ArchiveWithoutSamples, testing::Values(format_1, format_2), name_of_test);
INSTANTIATE_TEST_SUITE_P(Old, ArchiveWithSamples, testing::Values(format_3, format_4, format_5), name_of_test);
INSTANTIATE_TEST_SUITE_P(Old, ArchiveWithoutLadders, testing::Values(format_1, format_2, format_3), name_of_test);

/// Chains that an earlier version began have not counted their restarts, and never know them.
testing_tools::JobBits without_restarts(testing_tools::JobBits bits) {
  bits.at(1 + equilibrium_column("restarts")) = testing_tools::bits({std::numeric_limits<double>::quiet_NaN()}).front();
  return bits;
}

TEST_P(ArchiveWithSamples, IsFinishedAndGoesOnToTheBits) {
  const auto before = results_of(file_);
  const Outcome outcome = ask({"run", campaign(), "--archive", file_});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr(std::to_string(GetParam().jobs) + " jobs, " + std::to_string(GetParam().jobs - 1) +
                                     " of them done"));
  const auto after = results_of(file_);
  for (const auto& [job, bits] : before) EXPECT_TRUE(!testing_tools::has_results(bits) || after.at(job) == bits) << job;
  testing_tools::write_file(directory_ / "longer.yaml",
                            replace(replace(campaign_text(), "measured_sweeps: 300", "measured_sweeps: 600"),
                                    "measured_sweeps: 60,", "measured_sweeps: 120,"));
  const Outcome longer = ask({"run", directory_ / "longer.yaml", "--archive", file_});
  ASSERT_EQ(longer.exit_code, 0) << longer.err;
  ASSERT_EQ(ask({"run", directory_ / "longer.yaml", "--archive", directory_ / "new.h5"}).exit_code, 0);
  const auto found = results_of(file_);
  for (const auto& [job, bits] : results_of(directory_ / "new.h5"))
    EXPECT_EQ(found.at(job), without_restarts(bits)) << job;
  std::size_t continued = 0;
  for (const JobStatus& status : Archive::open(file_).status()) continued += status.pieces > 1 ? 1 : 0;
  EXPECT_EQ(continued, 3U) << "two hexagons and the cube";
  EXPECT_THAT(Archive::open(file_).verify(), IsEmpty());
}

class ArchiveOfFormat2 : public WithOldArchive {
 protected:
  ArchiveOfFormat2() : WithOldArchive(2) {}
};

TEST_F(ArchiveOfFormat2, ItsChainsInThePlaneGoOnToTheBitAndThoseInSpaceBeginAnew) {
  const std::string longer = replace(replace(campaign_text(), "measured_sweeps: 300", "measured_sweeps: 600"),
                                     "measured_sweeps: 60,", "measured_sweeps: 120,");
  testing_tools::write_file(directory_ / "longer.yaml", longer);
  std::filesystem::copy_file(file_, directory_ / "anew.h5");
  const Outcome going_on = ask({"run", directory_ / "longer.yaml", "--archive", file_});
  ASSERT_EQ(going_on.exit_code, 0) << going_on.err;
  EXPECT_THAT(going_on.err, HasSubstr("does not go on from its shorter chain, but begins anew: checkpoint of numerics "
                                      "version 3, but this program has 4"));
  const Outcome anew =
      ask({"run", directory_ / "longer.yaml", "--archive", directory_ / "anew.h5", "--redo", "numerics < 4"});
  ASSERT_EQ(anew.exit_code, 0) << anew.err;
  const auto expected = results_of(directory_ / "anew.h5");
  const Archive archive = Archive::open(file_);
  const auto names = archive.identities_and_observations({0, archive.jobs()});
  const auto status = archive.status();
  const auto found = results_of(archive);
  std::size_t continued = 0;
  for (std::uint64_t job = 0; job < archive.jobs(); ++job) {
    if (status[job].numerics != numerics_version) continue;
    const std::string name = to_string(names[job].first) + ' ' + to_string(names[job].second);
    EXPECT_EQ(found.at(name), expected.at(name)) << name;
    if (status[job].pieces > 1) ++continued;
  }
  EXPECT_EQ(continued, 2U) << "the two hexagons";
}

// Of a job that both have, the row that has all columns is kept.
TEST_F(ArchiveOfFormat2, MergesWithWhatWasComputedSince) {
  std::filesystem::copy_file(file_, directory_ / "new.h5");
  ASSERT_EQ(ask({"run", campaign(), "--archive", directory_ / "new.h5", "--redo", "scan == shell"}).exit_code, 0);
  succeed({"prune", directory_ / "new.h5", directory_ / "shells.h5", "--where", "scan != shell"});
  succeed({"merge", file_, directory_ / "shells.h5", directory_ / "both.h5"});
  const std::vector<std::string> errors{"--format",      "csv",       "--where",
                                        "scan == shell", "--columns", "f_S,f_S_err,f_0_err"};
  std::vector<std::string> query{"query", directory_ / "both.h5"};
  query.insert(query.end(), errors.begin(), errors.end());
  std::istringstream lines(succeed(query));
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    const std::vector<std::string> cells = cells_of(line);
    ASSERT_EQ(cells.size(), 3U) << line;
    EXPECT_NEAR(std::stod(cells[1]), std::stod(cells[2]), 1e-9) << "f_U is 0 there";
  }
  EXPECT_THAT(Archive::open(directory_ / "both.h5").verify(), IsEmpty());
}

}  // namespace
}  // namespace nxmc
