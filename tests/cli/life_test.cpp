// The life of an archive at the command line: pruned, merged, gone on from.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "mpirun.hpp"
#include "nxmc/archive/archive.hpp"
#include "nxmc/campaign/amounts.hpp"
#include "nxmc/campaign/core_hours.hpp"
#include "nxmc/schedule/remainder.hpp"
#include "program.hpp"

namespace nxmc {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using testing_tools::Outcome;
using testing_tools::RunningProgram;
using testing_tools::TemporaryDirectory;
using testing_tools::write_file;
namespace fs = std::filesystem;

/// Sanitized programs must not report what Open MPI leaks.
const testing_tools::Environment without_leak_checks{{"ASAN_OPTIONS", "detect_leaks=0"}};

constexpr const char* head = R"(name: life
seed: 5
defaults: {lattice: hexagon, size: 3, shell_layers: 1, shell_stiffness: 4, equilibration_sweeps: 20, measured_sweeps: 40}
scans:
)";
constexpr const char* cold = "  - {name: cold, method: equilibrium, temperature: [0.1, 0.2], replicas: 2}\n";
constexpr const char* warm = "  - {name: warm, method: equilibrium, temperature: [0.2, 0.3], replicas: 2}\n";
constexpr const char* kinetics =
    "  - {name: kinetics, method: exchange, temperature: 0.3, delta_mu: -20, times: [0.1, 1], replicas: 3}\n";
constexpr const char* later = "  - {name: later, method: equilibrium, temperature: 0.4, replicas: 2}\n";

class Life : public testing::Test {
 protected:
  Outcome ask(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), NXMC_PROGRAM);
    return testing_tools::run_program(arguments, without_leak_checks, directory_.path());
  }

  void run(const std::string& name, const std::vector<std::string>& scans, const std::string& archive) const {
    std::string text = head;
    for (const std::string& scan : scans) text += scan;
    write_file(directory_ / name, text);
    const Outcome outcome = ask({"run", name, "--archive", archive});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  }

  void expect_done(const std::vector<std::string>& arguments, const std::string& printed) const {
    const Outcome outcome = ask(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr(printed));
  }

  /// One clear message, and nothing written.
  void expect_refusal(const std::vector<std::string>& arguments, int code, const std::string& message) const {
    const std::size_t files = count_files();
    const Outcome outcome = ask(arguments);
    EXPECT_EQ(outcome.exit_code, code) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.err, AllOf(StartsWith("nxmc: "), HasSubstr(message)));
    EXPECT_EQ(count_files(), files);
  }

  std::size_t count_files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory_.path()), fs::directory_iterator()));
  }

  /// Everything that was computed, to the bit, whatever the order of the rows.
  std::vector<std::string> results(const std::string& archive) const {
    std::vector<std::string> lines;
    for (const std::vector<std::string>& rows :
         {std::vector<std::string>{"--columns", "job,scan,f_U,f_U_err,energy,rms_area,tau_int,events,end_time"},
          std::vector<std::string>{"--times", "--columns", "job,scan,time,c,f_U,energy,rms_area"}}) {
      std::vector<std::string> arguments{"query", archive, "--format", "csv"};
      arguments.insert(arguments.end(), rows.begin(), rows.end());
      std::istringstream text(ask(arguments).out);
      for (std::string line; std::getline(text, line);) lines.push_back(line);
    }
    std::ranges::sort(lines);
    return lines;
  }

  nlohmann::json json_of(const std::vector<std::string>& arguments) const {
    const Outcome outcome = ask(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return nlohmann::json::parse(outcome.out);
  }

  TemporaryDirectory directory_;
};

TEST_F(Life, ArchivesThatWereComputedApartBecomeTheOneOfTheWholeCampaign) {
  run("a.yaml", {cold, kinetics}, "a.h5");
  // A copy brings the kernel along, so that both are computed with the same V on any machine.
  fs::copy_file(directory_ / "a.h5", directory_ / "b.h5");
  run("b.yaml", {cold, kinetics, warm}, "b.h5");
  expect_done({"prune", "b.h5", "only_warm.h5", "--where", "scan in [cold, kinetics]"},
              "only_warm.h5: 4 of 9 jobs, 4 of them");
  expect_done({"merge", "a.h5", "only_warm.h5", "ab.h5"}, "ab.h5: 9 jobs, 9 of them with results; 2 were found in");
  run("whole.yaml", {cold, kinetics, warm}, "b.h5");
  EXPECT_EQ(results("ab.h5"), results("b.h5"));
  expect_done({"verify", "ab.h5"}, "every checksum is right");
}

TEST_F(Life, AMergedArchiveGoesOnWithACampaignFileThatHasAllScans) {
  run("a.yaml", {cold}, "a.h5");
  fs::copy_file(directory_ / "a.h5", directory_ / "b.h5");
  run("b.yaml", {cold, kinetics}, "b.h5");
  expect_done({"prune", "b.h5", "k.h5", "--where", "scan == cold"}, "3 of 7 jobs");
  expect_done({"merge", "k.h5", "a.h5", "ab.h5"}, "7 jobs");
  run("whole.yaml", {cold, kinetics, later}, "ab.h5");
  run("whole.yaml", {cold, kinetics, later}, "b.h5");
  EXPECT_EQ(results("ab.h5"), results("b.h5"));
}

TEST_F(Life, ADroppedScanIsPrunedAndSharedJobsStay) {
  run("a.yaml", {cold, warm, kinetics}, "a.h5");
  expect_done({"prune", "a.h5", "rest.h5", "--where", "scan == cold"}, "rest.h5: 7 of 9 jobs, 7 of them with results");
  const nlohmann::json scans = json_of({"status", "rest.h5", "--json"})["scans"];
  ASSERT_EQ(scans.size(), 2U);
  EXPECT_EQ(scans[0]["scan"], "warm");
  EXPECT_EQ(scans[0]["jobs"]["done"], 4);
  // The campaign without that scan finds nothing to do, and nothing to change.
  const std::string before = testing_tools::read_file(directory_ / "rest.h5");
  run("b.yaml", {warm, kinetics}, "rest.h5");
  EXPECT_EQ(testing_tools::read_file(directory_ / "rest.h5"), before);
  // Pruned by values, a job goes whatever scans it belongs to; also jobs that wait can go.
  expect_done({"prune", "a.h5", "hot.h5", "--where", "temperature < 0.25"}, "hot.h5: 5 of 9 jobs");
}

TEST_F(Life, CommandsRefuseWhatTheyCannotDo) {
  run("a.yaml", {cold}, "a.h5");
  expect_refusal({"prune", "a.h5", "out.h5"}, 2, "--where is required");
  expect_refusal({"prune", "a.h5", "out.h5", "--where", "temprature < 1"}, 2, "did you mean 'temperature'?");
  expect_refusal({"prune", "a.h5", "out.h5", "--where", "temperature > 7"}, 1, "no job fulfils the condition");
  expect_refusal({"prune", "a.h5", "out.h5", "--where", "temperature < 7"}, 1, "no job would be left");
  expect_refusal({"prune", "a.h5", "a.h5", "--where", "temperature < 0.15"}, 1, "a.h5 exists already");
  expect_refusal({"prune", "none.h5", "out.h5", "--where", "temperature < 0.15"}, 1, "none.h5: there is no such file");
  expect_refusal({"merge", "a.h5", "out.h5"}, 2, "at least two archives");
  expect_refusal({"merge", "a.h5", "a.yaml", "out.h5"}, 1, "a.yaml: ");
  expect_refusal({"merge", "a.h5", "a.h5", "a.h5"}, 1, "a.h5 exists already");
  std::string text = std::string(head) + cold;
  text.replace(text.find("seed: 5"), 7, "seed: 6");
  write_file(directory_ / "other.yaml", text);
  ASSERT_EQ(ask({"run", "other.yaml"}).exit_code, 0);
  expect_refusal({"merge", "a.h5", "other.h5", "out.h5"}, 1, "other.h5: written with seed 6, but a.h5 with seed 5");
}

// Both commands only read their sources. The campaign has a job that does not end before this test does.
TEST_F(Life, ARunningCampaignIsPrunedAndMergedAsFarAsItIs) {
  write_file(directory_ / "a.yaml", std::string(head) + cold + kinetics +
                                        "  - {name: endless, method: equilibrium, temperature: 0.5, measured_sweeps: "
                                        "1000000000}\n");
  testing_tools::Environment environment = testing_tools::oversubscribed();
  environment.push_back(without_leak_checks.front());
  // The longest job goes first: one rank is left for the others.
  RunningProgram running(
      testing_tools::under_mpirun(2, {NXMC_PROGRAM, "run", "a.yaml", "--archive", directory_ / "a.h5"}), environment,
      directory_.path());
  const auto finished = [&] {
    if (!fs::exists(directory_ / "a.h5")) return std::ptrdiff_t{0};
    return std::ranges::count(Archive::open(directory_ / "a.h5").states(), JobState::done);
  };
  constexpr std::ptrdiff_t all_but_one = 7;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(4);
  while (running.is_running() && finished() < all_but_one && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  ASSERT_EQ(finished(), all_but_one) << running.err();
  ASSERT_TRUE(running.is_running()) << running.err();
  expect_done({"prune", "a.h5", "p.h5", "--where", "scan == kinetics"}, "p.h5: 5 of 8 jobs, 4 of them with results");
  expect_done({"prune", "a.h5", "k.h5", "--where", "scan == cold"}, "k.h5: 4 of 8 jobs, 3 of them with results");
  expect_done({"merge", "p.h5", "a.h5", "k.h5", "m.h5"}, "m.h5: 8 jobs, 7 of them with results; 7 were found in");
  ASSERT_TRUE(running.is_running()) << running.err();
  testing_tools::kill_all_with_argument((directory_ / "a.h5").string());
  running.kill_group(SIGKILL);
  running.wait();
  EXPECT_EQ(results("m.h5"), results("a.h5"));
  for (const char* file : {"p.h5", "k.h5", "m.h5"}) expect_done({"verify", file}, "every checksum is right");
}

nlohmann::json scan_of(const nlohmann::json& document, const std::string& name) {
  for (const nlohmann::json& scan : document["scans"])
    if (scan["scan"] == name) return scan;
  return {};
}

TEST_F(Life, ThePlanTellsWhatIsLeftOfAnArchiveAsTheRunFindsIt) {
  run("a.yaml", {cold}, "a.h5");
  write_file(directory_ / "whole.yaml", std::string(head) + cold + warm + kinetics);
  const nlohmann::json plan = json_of({"plan", "whole.yaml", "--archive", "a.h5", "--json", "--ranks", "2"});
  EXPECT_EQ(plan["jobs"], 5);
  EXPECT_EQ(plan["kernels"], 1);
  EXPECT_EQ(plan["archive"]["jobs"], 9);
  EXPECT_EQ(plan["archive"]["done"], 4);
  EXPECT_EQ(plan["archive"]["left"], 5);
  EXPECT_GT(plan["archive"]["core_hours_left"], 0);
  EXPECT_EQ(scan_of(plan["archive"], "cold")["left"], 0);
  EXPECT_EQ(scan_of(plan["archive"], "cold")["core_hours_left"], 0);
  EXPECT_EQ(scan_of(plan["archive"], "warm")["done"], 2) << "jobs of several scans count in each";
  EXPECT_EQ(scan_of(plan["archive"], "warm")["left"], 2);
  EXPECT_EQ(scan_of(plan["archive"], "kinetics")["left"], 3);
  EXPECT_GT(plan["node_memory"]["peak_bytes"], 0);
  expect_done({"plan", "whole.yaml", "--archive", "a.h5"}, "5 left of 9\n");
  const Outcome outcome = ask({"run", "whole.yaml", "--archive", "a.h5"});
  EXPECT_THAT(outcome.err, HasSubstr("9 jobs, 4 of them done"));
  const nlohmann::json nothing = json_of({"plan", "whole.yaml", "--archive", "a.h5", "--json", "--ranks", "2"});
  EXPECT_EQ(nothing["archive"]["left"], 0);
  EXPECT_EQ(nothing["core_hours"], 0);
}

TEST_F(Life, ThePlanRefusesAnArchiveAsTheRunWould) {
  run("a.yaml", {cold}, "a.h5");
  std::string text = std::string(head) + cold;
  text.replace(text.find("seed: 5"), 7, "seed: 6");
  write_file(directory_ / "other.yaml", text);
  expect_refusal({"plan", "other.yaml", "--archive", "a.h5"}, 1,
                 "a.h5: written with seed 5, but other.yaml says seed 6");
  expect_refusal({"plan", "a.yaml", "--archive", "none.h5"}, 1, "none.h5: there is no such file");
}

TEST_F(Life, AChainThatGoesOnCostsWhatItLacks) {
  run("a.yaml", {cold}, "a.h5");
  std::string text = std::string(head) + cold;
  text.replace(text.find("measured_sweeps: 40"), 19, "measured_sweeps: 400");
  const Campaign campaign = parse_campaign(text, "long.yaml");
  const Plan plan = make_plan(campaign);
  const Archive archive = Archive::open(directory_ / "a.h5");
  const WorkLeft work = work_left(archive, campaign, plan, {}, {});
  ASSERT_EQ(work.continued.size(), plan.jobs.size());
  const Plan left = remaining_plan(plan, archive, work);
  ASSERT_EQ(left.jobs.size(), plan.jobs.size());
  for (std::size_t job = 0; job < left.jobs.size(); ++job)
    EXPECT_DOUBLE_EQ(left.jobs[job].cost_seconds,
                     plan.jobs[job].cost_seconds - archive.predicted_seconds(work.continued.at(job)));
  ASSERT_EQ(left.kernels.size(), 1U);
  EXPECT_EQ(left.kernels.front().build_seconds, 0) << "the archive has it";
}

TEST_F(Life, StatusShowsCoreHoursDoneAndLeftOfEachScan) {
  run("a.yaml", {cold}, "a.h5");
  extend_archive(directory_ / "a.h5", make_plan(parse_campaign(std::string(head) + cold + kinetics, "whole.yaml")),
                 [] {});
  const nlohmann::json status = json_of({"status", "a.h5", "--json"});
  EXPECT_GT(scan_of(status, "cold")["core_hours"]["done"], 0);
  EXPECT_EQ(scan_of(status, "cold")["core_hours"]["left"], 0);
  EXPECT_EQ(scan_of(status, "kinetics")["core_hours"]["done"], 0);
  EXPECT_GT(scan_of(status, "kinetics")["core_hours"]["left"], 0);
  EXPECT_EQ(status["core_hours"]["left"], scan_of(status, "kinetics")["core_hours"]["left"]);
  EXPECT_THAT(ask({"status", "a.h5"}).out, testing::ContainsRegex("failed +jobs +core-hours +left\n"));
}

TEST_F(Life, RanksThatAreBusyWithoutAJobThatIsShownAsRunningHaveShortJobs) {
  run("a.yaml", {cold}, "a.h5");
  const Plan grown = make_plan(parse_campaign(std::string(head) + cold + kinetics, "whole.yaml"));
  extend_archive(directory_ / "a.h5", grown, [] {});
  write_file(
      directory_ / "a.h5.claim",
      "host elsewhere\nprocesses 42:7\nranks 3\nbeat 1\nbusy 1\nsince 1700000000\nnonce 0123456789abcdef\nend\n");
  EXPECT_THAT(ask({"status", "a.h5"}).out, HasSubstr(", 1 of 3 ranks busy with short jobs, last sign of life "));
}

TEST(ReadableAmounts, ShowEveryDigitBeforeThePoint) {
  EXPECT_EQ(readable_rate(2713.4 / 3600), "2713 jobs/h");
  EXPECT_EQ(readable_rate(999.7 / 3600), "1000 jobs/h");
  EXPECT_EQ(readable_rate(23.456 / 3600), "23.5 jobs/h");
  EXPECT_EQ(readable_rate(0.5 / 3600), "12 jobs/day");
  EXPECT_EQ(readable_rate(99.99), "100 jobs/s");
  EXPECT_EQ(readable_rate(123456.7), "123457 jobs/s");
  EXPECT_EQ(readable_number(0.012345), "0.0123");
  EXPECT_EQ(readable_number(0), "0");
  EXPECT_EQ(readable_core_hours(2713.4 * 3600), "2713");
  EXPECT_EQ(readable_core_hours(12.345 * 3600), "12.35");
  EXPECT_EQ(readable_core_hours(0.002), "0.01") << "little is more than nothing";
  EXPECT_EQ(readable_core_hours(0), "0");
}

TEST_F(Life, RedoWithoutAMatchSaysSo) {
  run("a.yaml", {cold}, "a.h5");
  const Outcome none = ask({"run", "a.yaml", "--redo", "temperature == 0.7"});
  EXPECT_EQ(none.exit_code, 0);
  EXPECT_THAT(none.err, HasSubstr("no job fulfils the condition of --redo"));
  const Outcome some = ask({"run", "a.yaml", "--redo", "temperature == 0.1"});
  EXPECT_EQ(some.exit_code, 0);
  EXPECT_THAT(some.err, Not(HasSubstr("--redo")));
}

}  // namespace
}  // namespace nxmc
