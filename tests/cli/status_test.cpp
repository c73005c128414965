// `nxmc status`: what it says of Slurm, of earlier runs and of long jobs, and how it watches a campaign.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "gate/gate.hpp"
#include "nxmc/archive/archive.hpp"
#include "program.hpp"
#include "status_display.hpp"
#include "terminal.hpp"
#include "work.hpp"

namespace nxmc {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;
using testing_tools::Environment;
using testing_tools::Outcome;
using testing_tools::ProgramInTerminal;
using testing_tools::RunningProgram;
using testing_tools::TemporaryDirectory;
using testing_tools::write_file;

std::string campaign_of(int sweeps, const std::string& stiffness = "[2, 10]") {
  return "name: shells\nscans:\n"
         "  - {name: small, method: equilibrium, lattice: hexagon, size: 4, shell_layers: 1, temperature: 0.2,\n"
         "     shell_stiffness: " +
         stiffness + ", replicas: 2, equilibration_sweeps: 100, measured_sweeps: " + std::to_string(sweeps) + "}\n";
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// A directory with a campaign, in which Slurm's programs are what the test makes of them.
class Status : public testing::Test {
 protected:
  Status() {
    std::filesystem::create_directory(directory_ / "bin");
    write_file(directory_ / "quick.yaml", campaign_of(400));
    write_file(directory_ / "endless.yaml", campaign_of(500000000));
    fake("squeue", "echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1");
    fake("sacct", "echo 'Slurm accounting storage is disabled' >&2; exit 1");
  }

  void fake(const std::string& program, const std::string& script) const {
    const std::filesystem::path file = directory_ / "bin" / program;
    write_file(file, "#!/bin/sh\n" + script + "\n");
    std::filesystem::permissions(file, std::filesystem::perms::all);
  }
  /// squeue knows these jobs, each its fields with `|` between them, and tells them with what it is asked to put there.
  void fake_squeue(const std::vector<std::string>& jobs) const {
    std::string script =
        "for word; do case $word in --Format=*) separator=${word##*:}; separator=${separator%,} ;; esac; done\n";
    for (const std::string& job : jobs) script += "echo \"" + job + "|\" | sed \"s/|/$separator/g\"\n";
    fake("squeue", script);
  }
  void fake_queue(const std::string& fields, const std::string& command = "/x/requeue.sbatch quick.yaml") const {
    fake_squeue({fields + "|" + directory_.path().string() + "|" + command});
  }

  Environment environment(const Environment& more = {}) const {
    Environment all{{"PATH", (directory_ / "bin").string() + ":" + std::getenv("PATH")},
                    {"ASAN_OPTIONS", "detect_leaks=0"},
                    {"LC_ALL", "C.UTF-8"},
                    {"TERM", "xterm"},
                    {"TZ", "UTC"}};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  static std::vector<std::string> command(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), NXMC_PROGRAM);
    return arguments;
  }
  Outcome nxmc(const std::vector<std::string>& arguments, const Environment& more = {}) const {
    return testing_tools::run_program(command(arguments), environment(more), directory_.path());
  }
  std::unique_ptr<RunningProgram> start(const std::vector<std::string>& arguments) const {
    return std::make_unique<RunningProgram>(command(arguments), environment(), directory_.path());
  }
  std::unique_ptr<ProgramInTerminal> start_in_terminal(const std::vector<std::string>& arguments,
                                                       unsigned short columns = 80, unsigned short lines = 24,
                                                       const Environment& more = {}) const {
    return std::make_unique<ProgramInTerminal>(command(arguments), environment(more), directory_.path(), columns,
                                               lines);
  }
  json status_json(const std::string& archive) const {
    const Outcome outcome = nxmc({"status", archive, "--json"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return json::parse(outcome.out);
  }
  void run(const std::string& campaign, const Environment& more = {}) const {
    const Outcome outcome = nxmc({"run", campaign, "--archive", "a.h5"}, more);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  }
  /// An archive with everything still to do, and nobody at it.
  void begin_and_stop() const {
    const auto program = start({"run", "endless.yaml", "--archive", "a.h5"});
    await([&] { return program->err().find("jobs, 0 of them done") != std::string::npos; });
    program->send(SIGINT);
    ASSERT_EQ(program->wait().exit_code, 75);
  }
  /// The archive under the old name is another file from now on, and complete.
  void run_elsewhere_and_replace() const {
    const Outcome outcome = nxmc({"run", "quick.yaml", "--archive", "new.h5"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    std::filesystem::rename(directory_ / "new.h5", directory_ / "a.h5");
  }
  template <class Condition>
  static void await(Condition condition) {
    ASSERT_TRUE(testing_tools::becomes_so(condition));
  }

  TemporaryDirectory directory_;
};

// ---------------------------------------------------------------------------------------------- Slurm

TEST_F(Status, OfAJobThatHasNotBegunIsWhatSlurmSays) {
  fake_queue("12|12|N/A|PENDING|Resources|1795276180|NONE|1|0");
  const Outcome text = nxmc({"status", "quick.h5"});
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_EQ(text.out,
            "quick.h5: is not there yet\n"
            "Slurm job 12: PENDING (Resources), expected to start 2026-11-21 15:49:40\n");
  const json status = status_json("quick.h5");
  EXPECT_TRUE(status["jobs"].is_null());
  ASSERT_THAT(status["slurm"], SizeIs(1));
  EXPECT_EQ(status["slurm"][0]["job"], "12");
  EXPECT_EQ(status["slurm"][0]["state"], "PENDING");
  EXPECT_EQ(status["slurm"][0]["reason"], "Resources");
  EXPECT_EQ(status["slurm"][0]["starts"], 1795276180);
}

TEST_F(Status, OfAMissingArchiveIsAnErrorWhereSlurmKnowsNoJobForIt) {
  fake_queue("12|12|N/A|PENDING|Resources|1795276180|NONE|1|0");
  for (const char* archive : {"other.h5", "nowhere/quick.h5"}) {
    const Outcome outcome = nxmc({"status", archive});
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.err, StartsWith(std::string("nxmc: ") + archive));
  }
}

TEST_F(Status, TellsTheTimeThatARunningJobHasLeft) {
  begin_and_stop();
  fake_squeue({"12|12|N/A|RUNNING|None|1|$(($(date +%s) + 7500))|2|1|" + directory_.path().string() +
               "|/x/s.sbatch endless.yaml --archive a.h5"});
  EXPECT_THAT(nxmc({"status", "a.h5"}).out,
              ContainsRegex("\nSlurm job 12: RUNNING on 2 nodes, 2 h [45] min left, requeued once\n"
                            "runs       1 on this archive; Slurm has requeued them once\n"));
  EXPECT_EQ(status_json("a.h5")["slurm"][0]["requeues"], 1);
  EXPECT_EQ(status_json("a.h5")["requeues"], 1);
}

TEST_F(Status, KeepsTheNumberOfRequeuesWhenSlurmHasForgottenTheJob) {
  run("quick.yaml", {{"SLURM_JOB_ID", "17"}});
  EXPECT_EQ(status_json("a.h5")["requeues"], 0);
  write_file(directory_ / "quick.yaml", campaign_of(400, "[2, 5, 10]"));
  run("quick.yaml", {{"SLURM_JOB_ID", "17"}, {"SLURM_RESTART_COUNT", "2"}});
  write_file(directory_ / "quick.yaml", campaign_of(400, "[2, 5, 7, 10]"));
  run("quick.yaml", {{"SLURM_JOB_ID", "18"}, {"SLURM_RESTART_COUNT", "1"}});
  EXPECT_THAT(nxmc({"status", "a.h5"}).out,
              HasSubstr("\nruns       3 on this archive; Slurm has requeued them 3 times\n"));
  ASSERT_EQ(nxmc({"repack", "a.h5", "kept.h5"}).exit_code, 0);
  for (const char* archive : {"a.h5", "kept.h5"}) {
    const json status = status_json(archive);
    EXPECT_EQ(status["runs"], 3);
    EXPECT_EQ(status["requeues"], 3);
    const auto runs = Archive::open(directory_ / archive).runs();
    ASSERT_THAT(runs, SizeIs(3));
    EXPECT_EQ(runs[1].slurm_job, "17");
    EXPECT_EQ(runs[1].slurm_restarts, 2U);
    EXPECT_EQ(runs[1].ranks, 1U);
    EXPECT_LE(runs[0].started, runs[1].started);
  }
}

TEST_F(Status, AsksAccountingWhatBecameOfAJobThatTheControllerHasForgotten) {
  run("quick.yaml", {{"SLURM_JOB_ID", "17"}});
  fake("squeue", "case $* in *--jobs=17*) echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1; esac");
  fake("sacct", "echo '17|17|TIMEOUT|1795272581|1795276181|2'");
  EXPECT_THAT(nxmc({"status", "a.h5"}).out, HasSubstr("\nSlurm job 17: TIMEOUT since 2026-11-21 15:49:41\n"));
  EXPECT_EQ(status_json("a.h5")["slurm"][0]["state"], "TIMEOUT");
}

TEST_F(Status, ShowsAllJobsOfAChainAndNoneThatAreOver) {
  begin_and_stop();
  const std::string where = directory_.path().string() + "|/x/chain.sbatch endless.yaml --archive a.h5";
  fake_squeue({"3|3|N/A|PENDING|Dependency|N/A|N/A|1|0|" + where, "2|2|N/A|RUNNING|None|1|NONE|1|0|" + where,
               "1|1|N/A|TIMEOUT|None|1|2|1|0|" + where});
  EXPECT_THAT(nxmc({"status", "a.h5"}).out,
              HasSubstr("no run is active\nSlurm job 2: RUNNING on 1 node\nSlurm job 3: PENDING (Dependency)\n"));
}

TEST_F(Status, DoesNotWaitForASlurmThatDoesNotAnswer) {
  begin_and_stop();
  fake("squeue", "trap '' TERM; sleep 1000");
  const Outcome outcome = nxmc({"status", "a.h5"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("no run is active: 'nxmc run"), Not(HasSubstr("Slurm"))));
}

TEST_F(Status, IsSilentWhereThereIsNoSlurm) {
  begin_and_stop();
  std::filesystem::remove(directory_ / "bin/squeue");
  fake("timeout", "exit 127");
  const Outcome outcome = nxmc({"status", "a.h5"});
  EXPECT_EQ(outcome.err, "");
  EXPECT_THAT(outcome.out, Not(HasSubstr("Slurm")));
  EXPECT_THAT(status_json("a.h5")["slurm"], IsEmpty());
}

TEST_F(Status, LeavesSlurmAloneWhenItHasNothingToDoWithTheCampaign) {
  run("quick.yaml");
  fake("squeue", "touch asked; exit 1");
  EXPECT_EQ(nxmc({"status", "a.h5"}).exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(directory_ / "asked"));
}

// ---------------------------------------------------------------------------------------------- runs and jobs at work

TEST_F(Status, TellsHowManyRanksAreBusyAndHowFarLongJobsAre) {
  const auto program = start({"run", "endless.yaml", "--archive", "a.h5", "--checkpoint-every", "0.1s"});
  json status;
  await([&] {
    if (!std::filesystem::exists(directory_ / "a.h5")) return false;
    status = status_json("a.h5");
    return !status["at_work"].empty() && status["run"].is_object() && status["run"]["busy"] == 1;
  });
  EXPECT_EQ(status["run"]["ranks"], 1);
  EXPECT_GT(status["at_work"][0]["wall_seconds"].get<double>(), 0);
  EXPECT_GT(status["at_work"][0]["fraction"].get<double>(), 0);
  EXPECT_LT(status["at_work"][0]["fraction"].get<double>(), 1);
  EXPECT_THAT(nxmc({"status", "a.h5"}).out, HasSubstr(", 1 of 1 rank busy, last sign of life "));
  program->send(SIGINT);
  EXPECT_EQ(program->wait().exit_code, 75);
}

// ---------------------------------------------------------------------------------------------- --watch

/// What a picture would look like on paper: without movements and colours.
std::string plain(const std::string& text) {
  std::string kept;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text.compare(at, 2, "\033[") == 0)
      at = std::min(text.find_first_not_of("0123456789;?", at + 2), text.size());
    else if (text[at] != '\r')
      kept += text[at];
  }
  return kept;
}

std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// ---------------------------------------------------------------------------------------------- verdicts

TEST_F(Status, TellsWhichPointsCanBeBelieved) {
  write_file(directory_ / "points.yaml",
             "name: points\nscans:\n"
             "  - {name: small, method: equilibrium, lattice: hexagon, size: 4, shell_layers: 1, temperature: 1,\n"
             "     shell_stiffness: 2, start: [random, segregated], equilibration_sweeps: 100, measured_sweeps: 4000}\n"
             "  - {name: hasty, method: equilibrium, lattice: hexagon, size: 8, shell_layers: 1, temperature: 0.2,\n"
             "     shell_stiffness: 2, start: [random, segregated], equilibration_sweeps: 1, measured_sweeps: 40}\n");
  run("points.yaml");
  EXPECT_THAT(nxmc({"status", "a.h5"}).out, HasSubstr("\nverdicts   2 points with results: 1 converged, 1 short\n"
                                                      "  size == 8 and temperature == 0.2: short\n"));
  const json verdicts = status_json("a.h5").at("verdicts");
  EXPECT_EQ(verdicts, (json{{"converged", 1}, {"one start", 0}, {"short", 1}, {"metastable", 0}}));
  EXPECT_EQ(json::parse(nxmc({"status", "a.h5", "--watch", "--json"}).out).at("verdicts"), verdicts);
  const auto display = start_in_terminal({"status", "a.h5", "--watch"});
  EXPECT_TRUE(display->await("verdicts   2 points with results: 1 converged, 1 short"));
  EXPECT_TRUE(display->await("size == 8 and temperature == 0.2: short"));
  EXPECT_EQ(display->wait(), 0);
}

TEST_F(Status, IsSilentOfVerdictsWhereNothingIsKnown) {
  begin_and_stop();
  EXPECT_THAT(nxmc({"status", "a.h5"}).out, Not(HasSubstr("verdicts")));
  EXPECT_FALSE(status_json("a.h5").contains("verdicts"));
}

TEST_F(Status, WatchedInATerminalFollowsACampaignFromBeforeItsBeginToItsEnd) {
  testing_tools::write_campaign(directory_ / "many.yaml", campaign_of(6000, "{from: 2, to: 9, step: 0.25}"));
  const testing_tools::Gate gate;
  const auto display = start_in_terminal({"status", "a.h5", "--watch", "--every", "0.1s"});
  ASSERT_TRUE(display->await("a.h5: is not there yet"));
  RunningProgram campaign({NXMC_AT_GATE, "run", "many.yaml", "--archive", "a.h5"}, gate.environment(environment()),
                          directory_.path());
  EXPECT_TRUE(display->await("a.h5: campaign 'shells'"));
  EXPECT_TRUE(display->await("written by process "));
  gate.open();
  EXPECT_EQ(display->wait(), 0);
  EXPECT_EQ(campaign.wait().exit_code, 0);
  const std::string& output = display->output();
  const auto last = plain(output.substr(output.rfind("a.h5: campaign")));
  EXPECT_THAT(last, HasSubstr("58/58 100.0 %"));
  EXPECT_THAT(output, HasSubstr("\033[4A\r")) << "redrawn in place";
  EXPECT_THAT(output, EndsWith("\033[?25h")) << "the cursor is back";
  for (const std::string& line : lines_of(plain(output))) EXPECT_LE(characters(line), 80U) << line;
}

TEST_F(Status, WatchedEndsWithTheKeyQ) {
  begin_and_stop();
  const auto display = start_in_terminal({"status", "a.h5", "--watch"});
  ASSERT_TRUE(display->await("no run is active"));
  EXPECT_FALSE(display->is_as_usual());
  display->type("xq");
  EXPECT_EQ(display->wait(), 0);
  EXPECT_TRUE(display->is_as_usual());
}

TEST_F(Status, WatchedEndsWithControlCAndControlBackslash) {
  begin_and_stop();
  for (const char* key : {"\x03", "\x1c"}) {
    const auto display = start_in_terminal({"status", "a.h5", "--watch", "--every", "1h"});
    ASSERT_TRUE(display->await("no run is active"));
    display->type(key);
    EXPECT_EQ(display->wait(), 0);
    EXPECT_TRUE(display->is_as_usual());
    EXPECT_THAT(display->output(), HasSubstr("\033[?25h"));
  }
}

TEST_F(Status, WatchedLeavesTheTerminalToTheShellWhileItIsStopped) {
  begin_and_stop();
  const std::string script = "set -m; '" NXMC_PROGRAM "' status a.h5 --watch --every 1h; echo in the shell; read x; fg";
  ProgramInTerminal display({"sh", "-c", script}, environment(), directory_.path(), 80, 24);
  ASSERT_TRUE(display.await("no run is active"));
  display.type("\x1a");
  ASSERT_TRUE(display.await("\033[?25h"));
  ASSERT_TRUE(display.await("in the shell"));
  EXPECT_TRUE(display.is_as_usual());
  display.type("\n");
  ASSERT_TRUE(display.await("\033[?25l"));
  ASSERT_TRUE(display.await("no run is active"));
  EXPECT_FALSE(display.is_as_usual());
  display.type("q");
  EXPECT_EQ(display.wait(), 0);
  EXPECT_TRUE(display.is_as_usual());
}

TEST_F(Status, WatchedEndsInTheBackgroundWithoutTouchingTheTerminal) {
  begin_and_stop();
  const std::string script =
      "set -m; '" NXMC_PROGRAM
      "' status a.h5 --watch --every 0.1s; bg; echo in the shell; read x; kill -INT %1; wait %1; "
      "echo it ended with $?";
  ProgramInTerminal shell({"sh", "-c", script}, environment(), directory_.path(), 80, 24);
  ASSERT_TRUE(shell.await("no run is active"));
  shell.type("\x1a");
  ASSERT_TRUE(shell.await("in the shell"));
  ASSERT_TRUE(shell.await("no run is active"));
  shell.type("\n");
  EXPECT_TRUE(shell.await("it ended with 0"));
  EXPECT_EQ(shell.wait(), 0);
  EXPECT_TRUE(shell.is_as_usual());
}

TEST_F(Status, WatchedFitsTheTerminalWhenThatBecomesNarrower) {
  begin_and_stop();
  const auto display = start_in_terminal({"status", "a.h5", "--watch", "--every", "1h"});
  ASSERT_TRUE(display->await("no run is active"));
  const std::size_t before = display->output().size();
  display->resize(25, 10);
  ASSERT_TRUE(display->await("\033[2J\033[H"));
  ASSERT_TRUE(display->await("no run is active"));
  for (const std::string& line : lines_of(plain(display->output().substr(before))))
    EXPECT_LE(characters(line), 25U) << line;
  display->type("q");
  EXPECT_EQ(display->wait(), 0);
}

TEST_F(Status, WatchedDrawsBlocksOnlyWhereTheLocaleHasThem) {
  run("quick.yaml");
  const auto utf8 = start_in_terminal({"status", "a.h5", "--watch"});
  EXPECT_EQ(utf8->wait(), 0);
  EXPECT_THAT(utf8->output(), HasSubstr("█"));
  const auto ascii = start_in_terminal({"status", "a.h5", "--watch"}, 80, 24, {{"LC_ALL", "C"}, {"NO_COLOR", "1"}});
  EXPECT_EQ(ascii->wait(), 0);
  EXPECT_THAT(ascii->output(), AllOf(HasSubstr("  #####"), Not(HasSubstr("\033[32m"))));
}

TEST_F(Status, WatchedInADumbTerminalIsPlainLines) {
  run("quick.yaml");
  const auto display = start_in_terminal({"status", "a.h5", "--watch"}, 80, 24, {{"TERM", "dumb"}});
  EXPECT_EQ(display->wait(), 0);
  EXPECT_THAT(display->output(), AllOf(HasSubstr("  4 of 4 jobs done (100.0 %)"), Not(HasSubstr("\033"))));
}

TEST_F(Status, WatchedThroughAPipeIsALineForEachChange) {
  const auto watch = start({"status", "a.h5", "--watch", "--every", "0.1s"});
  await([&] { return watch->out().find("a.h5 is not there yet\n") != std::string::npos; });
  begin_and_stop();
  await([&] { return watch->out().find("0 of 4 jobs done (0.0 %), no run is active\n") != std::string::npos; });
  const std::string before = watch->out();
  run_elsewhere_and_replace();
  const Outcome outcome = watch->wait();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(lines_of(outcome.out.substr(before.size())), ElementsAre(EndsWith("  4 of 4 jobs done (100.0 %)")));
}

TEST_F(Status, WatchedAsJsonIsAnObjectOnEachLine) {
  begin_and_stop();
  const auto watch = start({"status", "a.h5", "--watch", "--json", "--every", "0.1s"});
  await([&] { return !watch->out().empty(); });
  run_elsewhere_and_replace();
  const Outcome outcome = watch->wait();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto lines = lines_of(outcome.out);
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_EQ(json::parse(lines[0])["jobs"]["done"], 0);
  EXPECT_EQ(json::parse(lines[1])["jobs"]["done"], 4);
  EXPECT_LE(json::parse(lines[0])["time"], json::parse(lines[1])["time"]);
}

TEST_F(Status, WatchedEndsWithASignalAndWithItsReader) {
  begin_and_stop();
  const auto watch = start({"status", "a.h5", "--watch", "--every", "1h"});
  await([&] { return !watch->out().empty(); });
  watch->send(SIGINT);
  EXPECT_EQ(watch->wait().exit_code, 0);
  const Outcome pipe =
      testing_tools::run_program({"bash", "-c", "set -o pipefail; $NXMC status a.h5 --watch --every 1h | head -n 1"},
                                 environment({{"NXMC", NXMC_PROGRAM}}), directory_.path());
  EXPECT_EQ(pipe.exit_code, 0) << pipe.err;
  EXPECT_THAT(pipe.out, HasSubstr("0 of 4 jobs done"));
}

TEST_F(Status, WatchedTellsWhatSlurmSays) {
  fake_queue("12|12|N/A|PENDING|Priority|N/A|N/A|1|0");
  const auto display = start_in_terminal({"status", "quick.h5", "--watch", "--every", "0.1s"});
  EXPECT_TRUE(display->await("Slurm job 12: PENDING (Priority)"));
  display->type("q");
  EXPECT_EQ(display->wait(), 0);
}

TEST_F(Status, WatchedShowsTheCampaignWhileSlurmKeepsSilent) {
  begin_and_stop();
  fake("squeue", "touch asked; trap '' TERM; sleep 1000");
  const auto display = start_in_terminal({"status", "a.h5", "--watch", "--every", "0.1s"});
  EXPECT_TRUE(display->await("no run is active"));
  await([&] { return std::filesystem::exists(directory_ / "asked"); });
  EXPECT_TRUE(display->await("no run is active"));
  EXPECT_TRUE(display->await("no run is active"));
  display->type("q");
  EXPECT_EQ(display->wait(), 0);
}

TEST_F(Status, RefusesIntervalsThatMakeNoSense) {
  run("quick.yaml");
  for (const char* every : {"2", "0s", "0.01s", "x"}) {
    const Outcome outcome = nxmc({"status", "a.h5", "--watch", "--every", every});
    EXPECT_EQ(outcome.exit_code, 2) << every;
    EXPECT_THAT(outcome.err, StartsWith("nxmc: --every: "));
  }
  EXPECT_EQ(nxmc({"status", "a.h5", "--every", "2s"}).exit_code, 2);
  const Outcome nowhere = nxmc({"status", "nowhere/a.h5", "--watch"});
  EXPECT_EQ(nowhere.exit_code, 1);
  EXPECT_EQ(nowhere.err, "nxmc: nowhere/a.h5: there is no directory nowhere\n");
}

TEST_F(Status, WatchedRefusesWhatIsNoArchive) {
  write_file(directory_ / "a.h5", "no archive");
  const Outcome outcome = nxmc({"status", "a.h5", "--watch"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, StartsWith("nxmc: a.h5: "));
}

// ---------------------------------------------------------------------------------------------- the picture

CampaignStatus status_with(const std::vector<ScanProgress>& scans) {
  Progress progress;
  progress.campaign = "mine";
  progress.scans = scans;
  for (const ScanProgress& scan : scans)
    for (const auto& [state, number] : scan.jobs.by_state) progress.total.by_state[state] += number;
  return {.archive = "mine.h5", .progress = progress, .slurm = {}};
}

JobCounts counts(std::uint64_t done, std::uint64_t running, std::uint64_t waiting, std::uint64_t failed) {
  return {
      {{JobState::done, done}, {JobState::running, running}, {JobState::waiting, waiting}, {JobState::failed, failed}}};
}

TEST(StatusPicture, HasABarForEachScanWithItsSharesToScale) {
  const auto status = status_with({{"soft", counts(50, 0, 50, 0)}, {"stiff", counts(20, 10, 50, 20)}});
  const auto lines = status_picture(status, {.columns = 80, .lines = 24});
  ASSERT_GE(lines.size(), 4U);
  EXPECT_EQ(lines[0], "mine.h5: campaign 'mine'");
  EXPECT_EQ(lines[1], "soft   #################.................  50/100  50.0 %");
  EXPECT_EQ(lines[2], "stiff  ######xxxxxx>>>...................  20/100  20.0 %  10 running  20 failed");
  EXPECT_THAT(lines[3], StartsWith("(all)  "));
}

/// 2026-11-21 14:03:12 in the time zone of this machine.
double afternoon() {
  std::tm time{};
  std::istringstream("2026-11-21 14:03:12") >> std::get_time(&time, "%Y-%m-%d %H:%M:%S");
  time.tm_isdst = -1;
  return static_cast<double>(std::mktime(&time));
}

ClaimOwner writer_on_64_ranks() {
  ClaimOwner writer;
  writer.host = "n17";
  writer.process = 4711;
  writer.since = afternoon();
  writer.ranks = 64;
  writer.busy = 64;
  writer.quiet = 3;
  return writer;
}

RunRecord run_in_slurm(std::uint32_t restarts) {
  RunRecord run;
  run.slurm_job = "12";
  run.slurm_restarts = restarts;
  return run;
}

SlurmJobState job_that_was_requeued() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  SlurmJobState job;
  job.id = job.raw_id = "12";
  job.state = "RUNNING";
  job.ends = std::chrono::duration<double>(now + std::chrono::minutes(201)).count() - 1;  // 3 h 20 min for a minute
  job.nodes = 2;
  job.restarts = 1;
  return job;
}

std::string picture_in_the_readme() {
  const std::filesystem::path repository = std::filesystem::path(NXMC_TEST_DATA).parent_path().parent_path();
  const std::string text = testing_tools::read_file(repository / "slurm" / "README.md");
  const std::size_t begin = text.find("mine.h5: campaign 'mine'\n");
  return begin == std::string::npos ? "" : text.substr(begin, text.find("```", begin) - begin);
}

TEST(StatusPicture, IsThatOfTheReadme) {
  CampaignStatus status = status_with({{"soft", counts(412, 8, 540, 0)}, {"stiff", counts(31, 0, 928, 1)}});
  status.slurm = {job_that_was_requeued()};
  Progress& progress = *status.progress;
  progress.runner = writer_on_64_ranks();
  progress.runs = {run_in_slurm(0), run_in_slurm(1)};
  progress.at_work = {{"5c1e09aa1b2c3d4e5f60718293a4b5c6", 754, 0.68}};
  progress.failures = {{"90d2f7b31b2c3d4e5f60718293a4b5c6", "energy is not finite", afternoon()}};
  progress.pace = Pace{4.31, 0};
  progress.seconds_left = 343;
  std::string picture;
  for (const std::string& line : status_picture(status, {.columns = 105, .lines = 40, .unicode = true}))
    picture += line + "\n";
  EXPECT_EQ(picture, picture_in_the_readme());
}

TEST(StatusPicture, ShowsTheLastJobThatFailedOrRunsAmongThousands) {
  const auto lines = status_picture(status_with({{"s", counts(99997, 1, 1, 1)}}), {.columns = 100, .lines = 24});
  EXPECT_THAT(lines[1], ContainsRegex("^s      #+x>[.]  99997/100000  99[.]9 %  1 running  1 failed$"));
}

TEST(StatusPicture, FitsAnyTerminal) {
  std::vector<ScanProgress> scans;
  scans.reserve(40);
  for (int k = 0; k < 40; ++k)
    scans.push_back({"a scan with a näme that is rather long " + std::to_string(k), counts(1, 20, 3000, 4)});
  CampaignStatus status = status_with(scans);
  for (int k = 0; k < 9; ++k) status.progress->at_work.push_back({std::string(32, 'a'), 100, 0.1 * k});
  for (int k = 0; k < 9; ++k)
    status.progress->failures.push_back({std::string(32, 'f'), "no \033[2Jmemory\n", 1.0 * k});
  for (int k = 0; k < 9; ++k) {
    status.judged.push_back({"shell_stiffness == 7.25 and temperature == 0.2", Verdict::metastable});
    status.points.push_back({.where = "shell_stiffness == 7.25 and temperature == 0.2", .precision = {}});
  }
  for (std::size_t columns = 1; columns < 120; ++columns) {
    for (const std::size_t lines : {2U, 5U, 12U, 24U, 100U}) {
      const auto picture = status_picture(status, {.columns = columns, .lines = lines, .unicode = true});
      EXPECT_LT(picture.size(), lines);
      for (const std::string& line : picture) {
        EXPECT_LE(characters(line), columns) << line;
        EXPECT_EQ(line.find('\033'), std::string::npos) << "what a job says does not steer the terminal";
      }
    }
  }
}

TEST(StatusPicture, ShowsUnfinishedScansWhereNotAllHaveRoom) {
  std::vector<ScanProgress> scans(30, {"done", counts(5, 0, 0, 0)});
  scans.push_back({"unfinished", counts(1, 0, 4, 0)});
  const auto lines = status_picture(status_with(scans), {.columns = 80, .lines = 12});
  EXPECT_THAT(lines[1], StartsWith("unfinished"));
  EXPECT_THAT(lines, testing::Contains(testing::MatchesRegex("  and [0-9]+ more scans")));
}

TEST(StatusPicture, TellsTheLastFailures) {
  CampaignStatus status = status_with({{"s", counts(0, 0, 5, 5)}});
  for (int k = 0; k < 5; ++k)
    status.progress->failures.push_back({std::to_string(k) + "0000000ffffffff", "reason", 10.0 - k});
  const auto lines = status_picture(status, {.columns = 80, .lines = 24});
  ASSERT_GE(lines.size(), 4U);
  EXPECT_EQ(lines[lines.size() - 4], "5 failed, at last:");
  EXPECT_EQ(lines.back(), "  00000000  reason");
}

}  // namespace
}  // namespace nxmc
