// The program as a user meets it: what it prints, where it prints it, and how it ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "mpirun.hpp"
#include "nxmc/cli/amounts.hpp"
#include "program.hpp"

namespace nxmc {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
using testing_tools::Outcome;
using testing_tools::TemporaryDirectory;
using testing_tools::write_file;

// ---------------------------------------------------------------------------------------------- amounts

struct Duration {
  std::string text;
  double seconds;
};
void PrintTo(const Duration& d, std::ostream* out) { *out << d.text; }

class Durations : public testing::TestWithParam<Duration> {};
TEST_P(Durations, AreReadAsWritten) { EXPECT_DOUBLE_EQ(parse_duration(GetParam().text), GetParam().seconds); }
INSTANTIATE_TEST_SUITE_P(All, Durations,
                         testing::Values(Duration{"90s", 90}, Duration{"55m", 3300}, Duration{"55min", 3300},
                                         Duration{"2h", 7200}, Duration{"1d", 86400}, Duration{"1.5h", 5400},
                                         Duration{"1h30m", 5400}, Duration{"55:30", 3330}, Duration{"02:30:00", 9000},
                                         Duration{"1-12", 129600}, Duration{"1-12:30", 131400},
                                         Duration{"1-12:30:15", 131415}, Duration{"120:00", 7200}));

TEST(DurationMessage, WithoutUnitAreRefusedWithTheRemedy) {
  EXPECT_THAT([] { parse_duration("55"); },
              testing::ThrowsMessage<std::invalid_argument>("'55' has no unit; write 55s, 55m or 55h"));
}

class NoDurations : public testing::TestWithParam<std::string> {};
TEST_P(NoDurations, AreRefused) { EXPECT_THROW(parse_duration(GetParam()), std::invalid_argument); }
INSTANTIATE_TEST_SUITE_P(All, NoDurations,
                         testing::Values("", "m", "5x", "5 m", "-5m", "1:2:3:4", "10:99", "1-25", "1-", "-", ":",
                                         "1:", "0s", "00:00", "nan", "inf", "1e3s", "99999999h", "5m5"));

struct Amount {
  std::string text;
  double bytes;
};
void PrintTo(const Amount& a, std::ostream* out) { *out << a.text; }

class Amounts : public testing::TestWithParam<Amount> {};
TEST_P(Amounts, AreReadInPowersOf1024) { EXPECT_DOUBLE_EQ(parse_bytes(GetParam().text), GetParam().bytes); }
INSTANTIATE_TEST_SUITE_P(All, Amounts,
                         testing::Values(Amount{"512K", 524288}, Amount{"500M", 524288000}, Amount{"16G", 17179869184},
                                         Amount{"16g", 17179869184}, Amount{"16GB", 17179869184},
                                         Amount{"16GiB", 17179869184}, Amount{"1.5G", 1610612736},
                                         Amount{"2T", 2199023255552}));

class NoAmounts : public testing::TestWithParam<std::string> {};
TEST_P(NoAmounts, AreRefused) { EXPECT_THROW(parse_bytes(GetParam()), std::invalid_argument); }
INSTANTIATE_TEST_SUITE_P(All, NoAmounts,
                         testing::Values("", "16", "G", "-1G", "0G", "1X", "1Gx", "1GBB", "nanG", "1 G"));

// ---------------------------------------------------------------------------------------------- the program

/// Sanitized programs must not report what Open MPI leaks.
using testing_tools::Environment;
const Environment without_leak_checks{{"ASAN_OPTIONS", "detect_leaks=0"}};

Outcome nxmc(std::vector<std::string> arguments, const std::filesystem::path& directory = {}) {
  arguments.insert(arguments.begin(), NXMC_PROGRAM);
  return testing_tools::run_program(arguments, without_leak_checks, directory);
}

/// A command line for the shell, in which $NXMC is the program: pipes and redirections.
Outcome shell(const std::string& command, const std::filesystem::path& directory) {
  return testing_tools::run_program({"bash", "-c", command}, {{"NXMC", NXMC_PROGRAM}, without_leak_checks.front()},
                                    directory);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> files_in(const std::filesystem::path& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) names.push_back(entry.path().filename());
  return names;
}

/// Fails unless the command ended with this code, printed nothing to stdout and one clear message to stderr.
void expect_refusal(const Outcome& outcome, int code, const std::string& message) {
  EXPECT_EQ(outcome.exit_code, code) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, AllOf(StartsWith("nxmc: "), HasSubstr(message)));
  EXPECT_LE(lines_of(outcome.err).size(), 3) << outcome.err;
}

TEST(Help, OfTheProgramNamesEveryCommandAndAFirstSession) {
  const Outcome help = nxmc({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_EQ(help.err, "");
  for (const char* command :
       {"run", "submit", "plan", "status", "query", "reweight", "diagram", "diffraction", "report", "material",
        "kinetics", "kernel", "verify", "export", "repack", "prune", "merge"}) {
    EXPECT_THAT(help.out, testing::ContainsRegex("\n  " + std::string(command) + " +[A-Z]"));
  }
  EXPECT_THAT(help.out, HasSubstr("Usage: nxmc [OPTIONS] COMMAND"));
  EXPECT_THAT(help.out, AllOf(HasSubstr("A first session:"), HasSubstr("75 stopped early and resumable")));
}

TEST(Keys, AreDescribedByPlanWithoutACampaign) {
  const Outcome table = nxmc({"plan", "--describe"});
  EXPECT_EQ(table.exit_code, 0) << table.err;
  EXPECT_THAT(table.out, ContainsRegex("\nshell_stiffness +scans +axis +1 +a number from 1e-6 to 1e6 +K +K_shell"));
  const auto keys = nlohmann::json::parse(nxmc({"plan", "--describe", "--json"}).out);
  std::vector<std::string> names;
  for (const auto& key : keys) {
    names.push_back(key["key"]);
    EXPECT_TRUE(key["meaning"].is_string() && key["default"].is_string()) << key;
  }
  EXPECT_THAT(names, testing::IsSupersetOf({"seed", "method", "times", "rates.exchange", "measure_every.areas"}));
}

class HelpOfCommands : public testing::TestWithParam<std::string> {};
TEST_P(HelpOfCommands, EndsWithAnExample) {
  const Outcome help = nxmc({GetParam(), "--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_EQ(help.err, "");
  EXPECT_THAT(help.out, HasSubstr("Usage: nxmc " + GetParam() + " [OPTIONS]"));
  const auto lines = lines_of(help.out);
  ASSERT_GE(lines.size(), 2);
  EXPECT_EQ(lines[lines.size() - 2], "Example:");
  EXPECT_THAT(lines.back(), HasSubstr("nxmc " + GetParam()));
}
INSTANTIATE_TEST_SUITE_P(All, HelpOfCommands,
                         testing::Values("run", "submit", "plan", "status", "query", "reweight", "diagram",
                                         "diffraction", "report", "material", "kinetics", "kernel", "verify", "export",
                                         "repack", "prune", "merge"));

TEST(Version, NamesTheCommitAndTheLibraries) {
  const Outcome version = nxmc({"--version"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_THAT(version.out,
              testing::ContainsRegex("^nxmc [0-9]+\\.[0-9]+\\.[0-9]+ \\(git ([0-9a-f]+(-dirty)?|unknown)\\)\n"));
  EXPECT_THAT(version.out,
              AllOf(HasSubstr("HDF5 1."), testing::ContainsRegex("MPI [34]\\.[01]"), HasSubstr("Eigen 3.")));
}

struct Misuse {
  std::vector<std::string> arguments;
  std::string message;
};
void PrintTo(const Misuse& m, std::ostream* out) { *out << testing::PrintToString(m.arguments); }

class Misuses : public testing::TestWithParam<Misuse> {};
TEST_P(Misuses, EndWith2OneMessageAndAHint) {
  const TemporaryDirectory here;
  const Outcome outcome = nxmc(GetParam().arguments, here.path());
  expect_refusal(outcome, 2, GetParam().message);
  EXPECT_THAT(outcome.err, HasSubstr("\nTry 'nxmc "));
  EXPECT_THAT(files_in(here.path()), IsEmpty());
}
INSTANTIATE_TEST_SUITE_P(
    CommandLine, Misuses,
    testing::Values(Misuse{{}, "a command is missing: run, submit, plan, status"},
                    Misuse{{"rnu"}, "there is no command 'rnu'; did you mean 'run'?"},
                    Misuse{{"rnu", "x.yaml"}, "there is no command 'rnu'"}, Misuse{{"query"}, "FILE is required"},
                    Misuse{{"run"}, "CAMPAIGN is required"}, Misuse{{"plan"}, "CAMPAIGN is required"},
                    Misuse{{"query", "x.h5", "--were", "a"}, "there is no option '--were'; did you mean '--where'?"},
                    Misuse{{"query", "x.h5", "y.h5"}, "'y.h5' is one argument too many for 'query'"},
                    Misuse{{"query", "x.h5", "--where"}, "--where: a value is missing"},
                    Misuse{{"query", "x.h5", "--format", "xml"},
                           "--format: there is no 'xml'; choose one of table, csv, json"},
                    Misuse{{"query", "x.h5", "--times", "--profiles"}, "--profiles"},
                    Misuse{{"query", "x.h5", "--where", "f_U >"}, "position 6 of the condition"},
                    Misuse{{"--log-level", "loud", "query", "x.h5"}, "--log-level"},
                    Misuse{{"submit", "x.yaml", "--nodes", "0"}, "--nodes: must be at least 1"},
                    Misuse{{"plan", "x.yaml", "--ranks", "4,x"}, "--ranks: 'x' is no number of ranks"},
                    Misuse{{"plan", "x.yaml", "--ranks", "0"}, "--ranks: '0' is no number of ranks"},
                    Misuse{{"plan", "x.yaml", "--ranks-per-node", "0"}, "--ranks-per-node"},
                    Misuse{{"plan", "x.yaml", "--memory", "16"}, "--memory: '16' has no unit"},
                    Misuse{{"export", "x.h5", "--job", "1", "--job", "2"}, "--job: given 2 times; once is enough"},
                    Misuse{{"export", "x.h5"}, "--job is required"},
                    Misuse{{"export", "x.h5", "--job", "1", "--format", "pdb"}, "--format"}));
INSTANTIATE_TEST_SUITE_P(
    Run, Misuses,
    testing::Values(
        Misuse{{"run", "x.yaml", "--time-limit", "55"}, "--time-limit: '55' has no unit; write 55s, 55m or 55h"},
        Misuse{{"run", "x.yaml", "--time-limit", "soon"}, "--time-limit: 'soon' is no duration"},
        Misuse{{"run", "x.yaml", "--memory", "16"}, "--memory: '16' has no unit; write 16M or 16G"},
        Misuse{{"run", "x.yaml", "--checkpoint-every", "1"}, "--checkpoint-every: '1' has no unit"},
        Misuse{{"run", "x.yaml", "--redo", "numerics <"}, "position 11 of the condition"},
        Misuse{{"run", "x.yaml", "--redo", "numeric < 3"}, "there is no column 'numeric'; did you mean 'numerics'?"}));
INSTANTIATE_TEST_SUITE_P(
    Kernel, Misuses,
    testing::Values(
        Misuse{{"plan", ""}, "CAMPAIGN: a value is missing"}, Misuse{{"verify", ""}, "FILE: a value is missing"},
        Misuse{{"run", "x.yaml", "--archive", ""}, "--archive: a value is missing"},
        Misuse{{"run", "x.yaml", "--archive="}, "--archive: a value is missing"},
        Misuse{{"submit", "x.yaml", "--archive", ""}, "--archive: a value is missing"},
        Misuse{{"submit", "x.yaml", "y.yaml"}, "'y.yaml' is one argument too many for 'submit'"},
        Misuse{{"export", "x.h5", "--job", "1", "--output", ""}, "--output: a value is missing"},
        Misuse{{"query", "x.h5", "--where", ""}, "--where: a value is missing"},
        Misuse{{"kernel", "--lattice", "hexagn", "--size", "4", "--output", "V.h5"},
               "--lattice: there is no 'hexagn'; choose one of cube, hexagon, box, rectangle, parallelogram"},
        Misuse{{"kernel", "--lattice", "hexagon", "--size", "0", "--output", "V.h5"}, "--size: '0'"},
        Misuse{{"kernel", "--lattice", "hexagon", "--size", "-3", "--output", "V.h5"}, "--size: '-3'"},
        Misuse{{"kernel", "--lattice", "hexagon", "--size", "NaN", "--output", "V.h5"}, "--size: 'NaN'"},
        Misuse{{"kernel", "--lattice", "hexagon", "--size", "1e99", "--output", "V.h5"}, "--size: '1e99'"},
        Misuse{{"kernel", "--lattice", "hexagon", "--size", "4,4", "--output", "V.h5"}, "a hexagon has one size"},
        Misuse{{"kernel", "--lattice", "box", "--size", "4", "--output", "V.h5"}, "a box has three sizes"},
        Misuse{{"kernel", "--lattice", "box", "--size", "4,4,1", "--output", "V.h5"}, "--size: box size 4x4x1"},
        Misuse{{"kernel", "--lattice", "cube", "--size", "4", "--shell-layers", "-1", "--output", "V.h5"},
               "--shell-layers"},
        Misuse{{"kernel", "--lattice", "cube", "--size", "4", "--shell-stiffness", "nan", "--output", "V.h5"},
               "--shell-stiffness"},
        Misuse{{"kernel", "--lattice", "cube", "--size", "4", "--shell-stiffness", "0", "--output", "V.h5"},
               "--shell-stiffness: 0 is not a positive number"},
        Misuse{{"kernel", "--lattice", "cube", "--size", "4", "--shell-stiffness", "2", "--output", "V.h5"},
               "--shell-stiffness: without shell there is nothing of stiffness 2; add --shell-layers"}));

INSTANTIATE_TEST_SUITE_P(
    Kinetics, Misuses,
    testing::Values(
        Misuse{{"kinetics"}, "name an archive, or with --data a table of times and conversions"},
        Misuse{{"kinetics", "x.h5", "--data", "x.csv"}, "FILE and --data exclude each other"},
        Misuse{{"kinetics", "x.h5", "--model", "sphere,cone"}, "--model: there is no 'cone'; choose one of lattice"},
        Misuse{{"kinetics", "--data", "x.csv", "--shape", "cone"}, "--shape: there is no 'cone'; choose one of sphere"},
        Misuse{{"kinetics", "x.h5", "--where", "size >"}, "position 7 of the condition"},
        Misuse{{"kinetics", "x.h5", "--output", "x.txt"}, "'x.txt' is no name of a picture"},
        Misuse{{"kinetics", "x.h5", "--arrhenius", "--residuals"}, "--residuals"},
        Misuse{{"kinetics", "x.h5", "--range", ""}, "--range: a value is missing"}));

TEST(MisuseUnderMpirun, IsToldOnce) {
  const Outcome outcome = testing_tools::run_program(
      testing_tools::under_mpirun(3, {NXMC_PROGRAM, "run", "x.yaml", "--time-limit", "55"}), without_leak_checks);
  EXPECT_EQ(outcome.exit_code, 2);
  const std::size_t first = outcome.err.find("nxmc: --time-limit");
  ASSERT_NE(first, std::string::npos) << outcome.err;
  EXPECT_EQ(outcome.err.find("nxmc: --time-limit", first + 1), std::string::npos) << outcome.err;
}

class LeftOverRank : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(All, LeftOverRank,
                         testing::Values("SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"),
                         [](const auto& variable) { return variable.param; });

TEST_P(LeftOverRank, InTheEnvironmentSilencesNothing) {
  const TemporaryDirectory here;
  const auto as_rank_3 = [&](std::vector<std::string> words) {
    words.insert(words.begin(), NXMC_PROGRAM);
    return testing_tools::run_program(words, {{GetParam(), "3"}}, here.path());
  };
  for (const char* command : {"verify", "status", "query"})
    expect_refusal(as_rank_3({command, "nowhere.h5"}), 1, "nowhere.h5: there is no such file");
  expect_refusal(as_rank_3({"verify"}), 2, "FILE is required");
  EXPECT_THAT(as_rank_3({"--version"}).out, StartsWith("nxmc "));
}

// ---------------------------------------------------------------------------------------------- bad files

class BadCampaigns : public testing::TestWithParam<std::string> {
 protected:
  /// plan and run refuse alike, and nothing appears beside the campaign.
  void expect_refused(const std::string& message) {
    const auto before = files_in(here_.path());
    expect_refusal(nxmc({GetParam(), "bad.yaml"}, here_.path()), 1, message);
    EXPECT_EQ(files_in(here_.path()).size(), before.size());
  }
  std::filesystem::path campaign() const { return here_ / "bad.yaml"; }
  TemporaryDirectory here_;
};
INSTANTIATE_TEST_SUITE_P(All, BadCampaigns, testing::Values("plan", "run"));

TEST_P(BadCampaigns, MissingOnes) { expect_refused("bad.yaml: "); }
TEST_P(BadCampaigns, EmptyOnes) {
  write_file(campaign(), "");
  expect_refused("empty");
}
TEST_P(BadCampaigns, Directories) {
  std::filesystem::create_directory(campaign());
  expect_refused("directory");
}
TEST_P(BadCampaigns, BinaryOnes) {
  write_file(campaign(), std::string("\x7f"
                                     "ELF\0\x01\xff\xfe",
                                     8));
  expect_refused("bad.yaml");
}
TEST_P(BadCampaigns, HugeOnesAreNotRead) {
  write_file(campaign(), "name: x");
  std::filesystem::resize_file(campaign(), 100'000'000);
  expect_refused("larger than 1 MiB");
}

constexpr const char* scan_head =
    "name: bad\nscans:\n  - {name: s, method: exchange, lattice: hexagon, temperature: 0.2, ";

struct BadValue {
  std::string rest;
  std::string message;
};
void PrintTo(const BadValue& b, std::ostream* out) { *out << b.rest; }

class BadValues : public testing::TestWithParam<BadValue> {};
TEST_P(BadValues, AreRefusedWithTheirPlace) {
  const TemporaryDirectory here;
  write_file(here / "bad.yaml", scan_head + GetParam().rest + "}\n");
  const Outcome outcome = nxmc({"run", "bad.yaml"}, here.path());
  expect_refusal(outcome, 1, GetParam().message);
  EXPECT_THAT(outcome.err, testing::ContainsRegex("bad.yaml:3:[0-9]+: "));
  EXPECT_THAT(files_in(here.path()), ElementsAre("bad.yaml"));
}
INSTANTIATE_TEST_SUITE_P(All, BadValues,
                         testing::Values(BadValue{"size: 3, shel_layers: 1", "did you mean 'shell_layers'"},
                                         BadValue{"size: 3, size: 4", "size"}, BadValue{"size: 0", "size"},
                                         BadValue{"size: -3", "size"}, BadValue{"size: .nan", "size"},
                                         BadValue{"size: 1e99", "size"},
                                         BadValue{"size: {from: 3, to: 6, step: 2}", "step"},
                                         BadValue{"size: 3, delta_mu: .nan", "delta_mu"}));

TEST(BadCampaign, AllErrorsAreReportedAtOnce) {
  const TemporaryDirectory here;
  write_file(here / "bad.yaml", std::string(scan_head) + "size: 0, delta_mu: x}\n");
  const Outcome outcome = nxmc({"plan", "bad.yaml"}, here.path());
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("size"), HasSubstr("delta_mu")));
  for (const std::string& line : lines_of(outcome.err)) EXPECT_THAT(line, StartsWith("nxmc: "));
}

class BadArchives : public testing::TestWithParam<std::string> {
 protected:
  void expect_refused(const std::string& message) {
    std::vector<std::string> arguments{GetParam(), "bad.h5"};
    if (GetParam() == "export") arguments.insert(arguments.end(), {"--job", "0"});
    if (GetParam() == "reweight") arguments.insert(arguments.end(), {"--at", "temperature=0.3"});
    if (GetParam() == "diffraction") arguments.insert(arguments.end(), {"--material", "bad.yaml"});
    if (GetParam() == "report") arguments.insert(arguments.end(), {"--output", "bad.html"});
    if (GetParam() == "repack" || GetParam() == "prune") arguments.emplace_back("copy.h5");
    if (GetParam() == "prune") arguments.insert(arguments.end(), {"--where", "size == 3"});
    if (GetParam() == "merge") arguments.insert(arguments.end(), {"bad.h5", "copy.h5"});
    const Outcome outcome = nxmc(arguments, here_.path());
    expect_refusal(outcome, 1, message);
    EXPECT_THAT(outcome.err, HasSubstr("bad.h5"));
    EXPECT_FALSE(std::filesystem::exists(here_ / "copy.h5"));
  }
  std::filesystem::path archive() const { return here_ / "bad.h5"; }
  TemporaryDirectory here_;
};
INSTANTIATE_TEST_SUITE_P(All, BadArchives,
                         testing::Values("status", "query", "reweight", "diagram", "diffraction", "report", "kinetics",
                                         "verify", "export", "repack", "prune", "merge"));

TEST_P(BadArchives, MissingOnes) { expect_refused("no such file"); }
TEST_P(BadArchives, EmptyOnes) {
  write_file(archive(), "");
  expect_refused("is empty");
}
TEST_P(BadArchives, TextFiles) {
  write_file(archive(), "name: quickstart\n");
  expect_refused("not an nxmc archive");
}
TEST_P(BadArchives, Directories) {
  std::filesystem::create_directory(archive());
  expect_refused("is a directory");
}
TEST_P(BadArchives, HDF5FilesOfAnotherProgram) {
  ASSERT_EQ(nxmc({"kernel", "--lattice", "hexagon", "--size", "2", "--output", "bad.h5"}, here_.path()).exit_code, 0);
  expect_refused("HDF5 file of another program");
}

TEST(BadOutput, AFullDiskIsAnError) {
  const TemporaryDirectory here;
  for (const char* option : {"--help", "--version"}) {
    const Outcome outcome = shell(std::string("$NXMC ") + option + " > /dev/full", here.path());
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_EQ(outcome.err, "nxmc: cannot write to standard output: No space left on device\n");
  }
}

// ---------------------------------------------------------------------------------------------- kernel

TEST(Kernel, WritesAFileThatIsThereOnlyWhenComplete) {
  const TemporaryDirectory here;
  const std::vector<std::string> arguments{"kernel", "--lattice",         "cube", "--size",   "2",   "--shell-layers",
                                           "1",      "--shell-stiffness", "2",    "--output", "V.h5"};
  const Outcome written = nxmc(arguments, here.path());
  EXPECT_EQ(written.exit_code, 0) << written.err;
  EXPECT_EQ(written.out, "");
  EXPECT_THAT(files_in(here.path()), ElementsAre("V.h5"));
  EXPECT_GT(std::filesystem::file_size(here / "V.h5"), std::size_t{64} * 64 * sizeof(double));
  expect_refusal(nxmc(arguments, here.path()), 1, "V.h5 exists already");
}

TEST(Kernel, SaysInItsFileWhatItIs) {
  const TemporaryDirectory here;
  ASSERT_EQ(nxmc({"kernel", "--lattice", "box", "--size", "2x2x4", "--output", "V.h5"}, here.path()).exit_code, 0);
  const std::string bytes = testing_tools::read_file(here / "V.h5");
  for (const char* text : {"shell_layers", "shell_stiffness", "projected", "program", "nxmc 0.", "2x2x4", "epsilon"})
    EXPECT_THAT(bytes, HasSubstr(text));
}

TEST(Kernel, ThatDoesNotFitIntoMemorySaysHowMuchItNeeds) {
  const TemporaryDirectory here;
  const Outcome outcome = nxmc({"kernel", "--lattice", "cube", "--size", "400", "--output", "V.h5"}, here.path());
  expect_refusal(outcome, 1, "the kernel of 64000000 sites needs ");
  EXPECT_THAT(outcome.err, testing::ContainsRegex("[TPE]iB of memory; [0-9.]+ [MGT]iB are available"));
  EXPECT_THAT(files_in(here.path()), IsEmpty());
  expect_refusal(nxmc({"kernel", "--lattice", "box", "--size", "2000000000,2000000000,2000000000", "--output", "V.h5"},
                      here.path()),
                 1, "of memory");
}

TEST(Kernel, IntoAMissingDirectoryIsRefusedBeforeItIsComputed) {
  const TemporaryDirectory here;
  expect_refusal(nxmc({"kernel", "--lattice", "hexagon", "--size", "3", "--output", "there/V.h5"}, here.path()), 1,
                 "there is no directory there");
}

// ---------------------------------------------------------------------------------------------- a whole campaign

constexpr const char* tiny_campaign = R"(name: tiny
seed: 7
defaults: {temperature: 0.2, lattice: hexagon}
scans:
  - name: shell
    method: equilibrium
    size: 3
    shell_layers: 1
    shell_stiffness: [2, 10]
    composition: 0.5
    start: [random, segregated]
    replicas: 2
    equilibration_sweeps: 50
    measured_sweeps: 400
    measure_every: {phases: 1, areas: 10}
  - name: exchange
    method: exchange
    size: [2, 3]
    delta_mu: -20
    replicas: 3
    times: [1e-26, 0.01, 1]
    snapshots: {times: [0.01, 1]}
  - name: rod
    method: exchange
    lattice: box
    size: [[2, 2, 4]]
    temperature: 1.5
    delta_mu: -200
    times: [1e-30, 1]
)";

constexpr int equilibrium_jobs = 8;
constexpr int exchange_jobs = 7;
constexpr int all_jobs = equilibrium_jobs + exchange_jobs;

/// The tiny campaign, run once for all tests of this process.
class TinyCampaign : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    directory_.emplace();
    write_file(*directory_ / "tiny.yaml", tiny_campaign);
    const Outcome outcome = nxmc({"run", "tiny.yaml"}, directory_->path());
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    ASSERT_EQ(outcome.out, "") << "a run has no results for stdout";
  }
  static void TearDownTestSuite() { directory_.reset(); }

  static Outcome ask(std::vector<std::string> arguments) { return nxmc(std::move(arguments), directory_->path()); }
  static Outcome ask_shell(const std::string& command) { return shell(command, directory_->path()); }
  static nlohmann::json rows(std::vector<std::string> options) {
    options.insert(options.begin(), {"query", "tiny.h5", "--format", "json"});
    const Outcome outcome = ask(options);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return nlohmann::json::parse(outcome.out);
  }
  static const TemporaryDirectory& directory() { return *directory_; }

 private:
  static std::optional<TemporaryDirectory> directory_;
};
std::optional<TemporaryDirectory> TinyCampaign::directory_;

TEST_F(TinyCampaign, SubmitShowsTheBatchScriptThatItWouldSubmit) {
  const Outcome outcome = ask({"submit", "tiny.yaml", "--dry-run", "--nodes", "3", "--ntasks-per-node", "16", "--time",
                               "1h30m", "--account", "physics"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(StartsWith("#!/bin/bash\n"), HasSubstr("\n#SBATCH --job-name=\"tiny\"\n"),
                                 HasSubstr("\n#SBATCH --account=physics\n"), HasSubstr("\n#SBATCH --nodes=3\n"),
                                 HasSubstr("\n#SBATCH --ntasks-per-node=16\n"), HasSubstr("\n#SBATCH --time=90\n")));
  EXPECT_THAT(outcome.out, AllOf(Not(HasSubstr("--partition")), Not(HasSubstr("module load"))));
  EXPECT_THAT(outcome.err, HasSubstr("on 3 nodes of 16 ranks, "));
  EXPECT_FALSE(std::filesystem::exists(directory() / "tiny.sbatch"));
  EXPECT_THAT(outcome.out, HasSubstr("\n#SBATCH --mem="));
  expect_refusal(ask({"submit", "tiny.yaml", "--dry-run", "--time", "90"}), 2, "--time: '90' has no unit");
}

TEST_F(TinyCampaign, SubmitPassesFurtherOptionsOnAndNeedsNoMemory) {
  const Outcome outcome = ask({"submit", "tiny.yaml", "--dry-run", "--no-mem", "--", "--qos=long", "--mail-type", "END",
                               "--comment=two \"words\""});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("\n#SBATCH --qos=long\n#SBATCH --mail-type END\n"
                                     "#SBATCH \"--comment=two \\\"words\\\"\"\n"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("--mem")));
}

/// A program of this name that prints these texts and ends with this code, instead of Slurm's.
Environment with_program(const std::filesystem::path& directory, const std::string& name, const std::string& out,
                         const std::string& err, int code) {
  std::filesystem::create_directories(directory);
  write_file(directory / "out", out);
  write_file(directory / "err", err);
  const std::string here = directory.string();
  write_file(directory / name,
             "#!/bin/sh\ncat '" + here + "/err' >&2\ncat '" + here + "/out'\nexit " + std::to_string(code) + "\n");
  std::filesystem::permissions(directory / name, std::filesystem::perms::owner_all);
  return {{"PATH", here + ":" + std::getenv("PATH")}};
}

TEST_F(TinyCampaign, SubmitFindsTheNumberAmongWhatSbatchAndItsSiteSay) {
  const Environment talkative =
      with_program(directory() / "talkative", "sbatch", "Welcome to cluster 9\n4711;alpha\nBudget: 12 h\n",
                   "sbatch: 13 hours are left\n", 0);
  const Outcome outcome =
      testing_tools::run_program({NXMC_PROGRAM, "submit", "tiny.yaml"}, talkative, directory().path());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("submitted as Slurm job 4711."));
}

TEST_F(TinyCampaign, ARefusalBySbatchSaysHowNotToAskForMemory) {
  const Environment strict =
      with_program(directory() / "strict", "sbatch", "",
                   "sbatch: a notice\nsbatch: error: Memory specification can not be satisfied\n", 1);
  const auto submit = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {NXMC_PROGRAM, "submit", "tiny.yaml"});
    return testing_tools::run_program(more, strict, directory().path());
  };
  const Outcome refused = submit({});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("Memory specification can not be satisfied"), HasSubstr("use --no-mem")));
  EXPECT_THAT(submit({"--no-mem"}).err, Not(HasSubstr("use --no-mem")));
}

TEST(MemoryHint, SaysWhenAreasTakeMostOfIt) {
  const TemporaryDirectory here;
  const auto plan_with = [&](const std::string& more) {
    write_file(
        here / "big.yaml",
        "name: big\nscans: [{name: s, method: equilibrium, lattice: cube, size: 20, shell_layers: 1, temperature: 1.5, "
        "replicas: 64" +
            more + "}]\n");
    return nxmc({"plan", "big.yaml", "--ranks-per-node", "32"}, here.path()).err;
  };
  EXPECT_THAT(plan_with(""), AllOf(HasSubstr("hint: "), HasSubstr("'measure_every: {areas: 0}' does without them")));
  EXPECT_EQ(plan_with(", measure_every: {areas: 0}"), "");
}

TEST(MemoryHint, SaysHowExchangesDoWithoutAreas) {
  const TemporaryDirectory here;
  const auto plan_with = [&](const std::string& more) {
    write_file(
        here / "big.yaml",
        "name: big\nscans: [{name: s, method: exchange, lattice: cube, size: 22, temperature: 1.5, delta_mu: -200, "
        "replicas: 64" +
            more + "}]\n");
    return nxmc({"plan", "big.yaml", "--ranks-per-node", "32"}, here.path()).err;
  };
  EXPECT_THAT(plan_with(""), HasSubstr("'observe: [phases, profile, energy]' does without them"));
  EXPECT_EQ(plan_with(", observe: [phases, profile, energy]"), "");
}

class UnderMpirun : public TinyCampaign {
 protected:
  static Outcome on_ranks(int ranks, const std::vector<std::string>& words) {
    Environment environment{{"NXMC", NXMC_PROGRAM}};
    environment.push_back(without_leak_checks.front());
    return testing_tools::run_program(testing_tools::under_mpirun(ranks, words), environment, directory().path());
  }
  static int count(const std::string& text, const std::string& part) {
    int found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
  }
};

TEST_F(UnderMpirun, OneCommandIsAnsweredOnceAndTheOtherRanksSaySo) {
  const Outcome outcome = on_ranks(3, {NXMC_PROGRAM, "query", "tiny.h5", "--format", "csv"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, ask({"query", "tiny.h5", "--format", "csv"}).out);
  EXPECT_EQ(count(outcome.err, ": rank 0 has the same command and does it for all\n"), 2) << outcome.err;
  EXPECT_EQ(count(on_ranks(2, {NXMC_PROGRAM, "--version"}).out, "nxmc "), 1);
}

TEST_F(UnderMpirun, EveryRankThatVerifiesLooks) {
  const Outcome outcome = on_ranks(2, {NXMC_PROGRAM, "verify", "tiny.h5"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(count(outcome.out, "every checksum is right"), 2);
  EXPECT_EQ(outcome.err, "");
}

TEST_F(UnderMpirun, RanksWithCommandsOfTheirOwnDoThem) {
  const std::string job = rows({"--where", "scan == exchange", "--columns", "job"})[0]["job"];
  const std::string name_by_rank = "e${OMPI_COMM_WORLD_RANK:-$PMI_RANK}.xyz";
  const Outcome by_shell =
      on_ranks(2, {"bash", "-c", "$NXMC export tiny.h5 --job " + job + " --output " + name_by_rank});
  EXPECT_EQ(by_shell.exit_code, 0) << by_shell.err;
  for (const char* file : {"e0.xyz", "e1.xyz"})
    EXPECT_TRUE(std::filesystem::exists(directory() / file)) << file << by_shell.err;

  write_file(directory() / "wrapper", "#!/bin/sh\nexec \"$@\" > out${OMPI_COMM_WORLD_RANK:-$PMI_RANK}\n");
  std::filesystem::permissions(directory() / "wrapper", std::filesystem::perms::owner_all);
  EXPECT_EQ(on_ranks(2, {"./wrapper", NXMC_PROGRAM, "status", "tiny.h5"}).exit_code, 0);
  for (const char* file : {"out0", "out1"})
    EXPECT_THAT(testing_tools::read_file(directory() / file), HasSubstr("campaign 'tiny'")) << file;

  const Outcome two_programs =
      on_ranks(1, {NXMC_PROGRAM, "status", "tiny.h5", ":", "-n", "1", NXMC_PROGRAM, "status", "tiny.h5"});
  EXPECT_EQ(two_programs.exit_code, 0) << two_programs.err;
  EXPECT_EQ(count(two_programs.out, "campaign 'tiny'"), 2);
}

TEST_F(TinyCampaign, SubmitReplacesNoScriptOfSomebodyElse) {
  write_file(directory() / "mine.sbatch", "#!/bin/bash\necho mine\n");
  expect_refusal(ask({"submit", "tiny.yaml", "--archive", "mine.h5"}), 1, "mine.sbatch: is not from nxmc submit");
  EXPECT_EQ(testing_tools::read_file(directory() / "mine.sbatch"), "#!/bin/bash\necho mine\n");
}

TEST_F(TinyCampaign, QueryGivesOneRowPerJobWithTheColumnsPromised) {
  const Outcome outcome = ask({"query", "tiny.h5", "--format", "csv"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.err, "");
  const auto lines = lines_of(outcome.out);
  ASSERT_EQ(lines.size(), 1 + all_jobs);
  EXPECT_THAT(
      lines[0],
      StartsWith(
          "job,scan,method,lattice,size,shell_layers,shell_stiffness,temperature,delta_mu,composition,start,"
          "interaction,hamiltonian,bias,window_from,window_to,exchange_every,ladder,replica,seed,equilibration_sweeps,"
          "measured_sweeps,n_"
          "sites,n_core,energy_unit,"
          "numerics,state,"
          "f_U1,f_U1_err,f_S1,f_S1_err,f_0,f_0_err,f_S2,f_S2_err,f_U2,f_U2_err,f_U,f_U_err,f_S,f_S_err,"
          "f_Cx,f_Cx_err,f_Cy,f_Cy_err,f_Cz,f_Cz_err,f_C,f_C_err,"
          "f_U_var,f_U_var_err,energy,energy_err,rms_area,rms_area_err,c,c_err,c_var,c_var_err,acceptance,tau_int,"
          "exchange_acceptance,round_trips,restarts,coverage,wall_seconds"));
}

TEST_F(TinyCampaign, EachRowKnowsSeedAndSweeps) {
  for (const auto& row : rows({})) {
    EXPECT_EQ(row["seed"], 7);
    if (row["scan"] == "shell") {
      EXPECT_EQ(row["equilibration_sweeps"], 50);
      EXPECT_EQ(row["measured_sweeps"], 400);
    } else if (row["method"] == "exchange") {
      EXPECT_TRUE(row["measured_sweeps"].is_null());
    }
  }
}

TEST_F(TinyCampaign, ConditionsDoNotAddTheColumnsThatAreShownOnRequestOnly) {
  EXPECT_FALSE(rows({"--where", "scan == rod"})[0].contains("host"));
}

TEST_F(TinyCampaign, EachRowKnowsWhenWhereAndByWhatItWasComputed) {
  const auto table = rows({"--columns", "pieces,started,finished,host,program_version,wall_seconds"});
  ASSERT_EQ(table.size(), all_jobs);
  const std::string host = lines_of(testing_tools::run_program({"uname", "-n"}).out).front();
  for (const auto& row : table) {
    EXPECT_EQ(row["pieces"], 1);
    EXPECT_GE(row["finished"].get<double>(), row["started"].get<double>());
    EXPECT_NEAR(row["finished"].get<double>(), static_cast<double>(std::time(nullptr)), 3600);
    EXPECT_EQ(row["host"], host);
    EXPECT_THAT(row["program_version"].get<std::string>(), testing::MatchesRegex("[0-9.]+\\+[0-9a-z-]+"));
  }
  EXPECT_FALSE(rows({})[0].contains("host")) << "only when asked for";
}

TEST_F(TinyCampaign, EveryJobIsDoneAndEquilibriaHaveNumbersWithErrors) {
  const auto table = rows({});
  ASSERT_EQ(table.size(), all_jobs);
  for (const auto& row : table) {
    EXPECT_EQ(row["state"], "done");
    if (row["method"] == "equilibrium") {
      const double sum = row["f_U1"].get<double>() + row["f_S1"].get<double>() + row["f_0"].get<double>() +
                         row["f_S2"].get<double>() + row["f_U2"].get<double>();
      EXPECT_NEAR(sum, 1, 1e-12);
      EXPECT_GT(row["energy_err"].get<double>(), 0);
      EXPECT_EQ(row["n_sites"], 37);
      EXPECT_EQ(row["n_core"], 19);
    } else {
      EXPECT_TRUE(row["f_U"].is_null());
      EXPECT_GT(row["events"].get<double>(), 0);
    }
  }
}

TEST_F(TinyCampaign, WhereSelectsAndColumnsChoose) {
  const Outcome outcome = ask({"query", "tiny.h5", "--format", "csv", "--where",
                               "scan == shell and shell_stiffness > 5 and start == segregated", "--columns",
                               "replica,shell_stiffness,size"});
  EXPECT_EQ(outcome.out, "replica,shell_stiffness,size\n0,10,3\n1,10,3\n");
  EXPECT_EQ(ask({"query", "--columns", "scan,size", "tiny.h5", "--where", "scan == rod", "--format", "csv"}).out,
            "scan,size\nrod,2x2x4\n")
      << "a list ends where the next argument begins";
  EXPECT_EQ(rows({"--where", "size == 2x2x4"}).size(), 1);
  EXPECT_EQ(rows({"--where", "size >= 3"}).size(), equilibrium_jobs + 3);
}

TEST_F(TinyCampaign, UnknownColumnsAreMisusesWithTheNearestName) {
  expect_refusal(ask({"query", "tiny.h5", "--columns", "f_u"}), 2, "there is no column 'f_u'; did you mean 'f_U'?");
  expect_refusal(ask({"query", "tiny.h5", "--where", "shellstiffness > 1"}), 2, "did you mean 'shell_stiffness'?");
  expect_refusal(ask({"query", "tiny.h5", "--group-by", "f_U"}), 2, "'f_U' is measured");
}

TEST_F(TinyCampaign, ColumnsOfOtherRowsAreNamedAsSuch) {
  expect_refusal(ask({"query", "tiny.h5", "--columns", "plane"}), 2, "'plane' is a column of --profiles");
  expect_refusal(ask({"query", "tiny.h5", "--where", "size == 2 and time > 1"}), 2,
                 "position 15 of the condition: 'time' is a column of --times and --profiles");
  expect_refusal(ask({"query", "tiny.h5", "--times", "--columns", "tau_int"}), 2, "queries without --times");
  expect_refusal(ask({"query", "tiny.h5", "--times", "--columns", "c,c_err"}), 2, "errors of 'c' come with --group-by");
}

TEST_F(TinyCampaign, QueriesThatMayBeMeantOtherwiseGiveAHint) {
  const std::string hint = "nxmc: hint: exchange jobs are observed in time: add --times\n";
  EXPECT_EQ(ask({"query", "tiny.h5", "--where", "method == exchange"}).err, hint);
  EXPECT_EQ(ask({"query", "tiny.h5", "--where", "method == exchange", "--columns", "job"}).err, "");
  EXPECT_EQ(ask({"query", "tiny.h5", "--where", "method == exchange", "--times"}).err, "");
  EXPECT_EQ(ask({"query", "tiny.h5"}).err, "");
  EXPECT_EQ(ask({"query", "tiny.h5", "--where", "scan == shel"}).err,
            "nxmc: hint: no row has scan 'shel'; did you mean 'shell'?\n");
  EXPECT_EQ(ask({"--log-level", "warn", "query", "tiny.h5", "--where", "scan == shel"}).err, "");
}

TEST_F(TinyCampaign, TablesLeaveOutEmptyColumnsUnlessAskedFor) {
  const auto head = [](const Outcome& outcome) { return lines_of(outcome.out).front(); };
  EXPECT_THAT(head(ask({"query", "tiny.h5", "--where", "scan == rod"})),
              AllOf(HasSubstr(" events"), Not(HasSubstr("f_U")), Not(HasSubstr("composition"))));
  EXPECT_THAT(head(ask({"query", "tiny.h5", "--where", "scan == rod", "--columns", "f_U"})), HasSubstr("f_U"));
  EXPECT_THAT(head(ask({"query", "tiny.h5", "--where", "scan == rod", "--format", "csv"})), HasSubstr("f_U"));
}

TEST_F(TinyCampaign, DescribeExplainsEveryColumn) {
  const auto columns = rows({"--describe"});
  std::vector<std::string> names;
  for (const auto& column : columns) {
    names.push_back(column["column"]);
    EXPECT_TRUE(column["meaning"].is_string()) << column;
  }
  for (const char* name : {"job", "temperature", "f_U_err", "wall_seconds", "time", "c", "plane", "rate_exchange", "n"})
    EXPECT_THAT(names, testing::Contains(name));
  EXPECT_THAT(
      ask({"query", "tiny.h5", "--describe"}).out,
      testing::ContainsRegex("\ntime +time_unit +real +parameter +--times --profiles +time of the observation\n"));
}

TEST_F(TinyCampaign, DescribeNeedsNoArchive) {
  const Outcome without = ask({"query", "--describe", "--format", "csv"});
  EXPECT_EQ(without.exit_code, 0) << without.err;
  EXPECT_EQ(without.err, "");
  EXPECT_EQ(without.out, ask({"query", "tiny.h5", "--describe", "--format", "csv"}).out);
  expect_refusal(ask({"query", "missing.h5", "--describe"}), 1, "missing.h5");
}

TEST_F(TinyCampaign, GroupsAverageOverReplicasAndStarts) {
  const auto table = rows({"--where", "scan == shell", "--group-by", "shell_stiffness"});
  ASSERT_EQ(table.size(), 2);
  for (const auto& group : table) {
    EXPECT_EQ(group["n"], 4);
    double sum = 0;
    for (const auto& row :
         rows({"--where", "scan == shell and shell_stiffness == " + group["shell_stiffness"].dump()})) {
      sum += row["energy"].get<double>();
    }
    EXPECT_NEAR(group["energy"].get<double>(), sum / 4, 1e-9 * std::abs(sum));
    EXPECT_GT(group["energy_err"].get<double>(), 0);
  }
}

TEST_F(TinyCampaign, GroupsThatMixParametersWarn) {
  const Outcome mixed = ask({"query", "tiny.h5", "--where", "scan == shell", "--group-by", "size"});
  EXPECT_EQ(mixed.exit_code, 0);
  EXPECT_THAT(mixed.err, HasSubstr("nxmc: warning: the averages mix rows that differ in shell_stiffness"));
  EXPECT_EQ(ask({"query", "tiny.h5", "--where", "scan == shell", "--group-by", "shell_stiffness"}).err, "");
  EXPECT_EQ(ask({"--log-level", "error", "query", "tiny.h5", "--where", "scan == shell", "--group-by", "size"}).err,
            "");
  EXPECT_THAT(ask({"query", "tiny.h5", "--group-by", "lattice"}).err, HasSubstr("differ in method, size"));
}

TEST_F(TinyCampaign, TimesGiveOneRowPerJobAndTime) {
  const auto table = rows({"--times", "--where", "scan == exchange and size == 3"});
  ASSERT_EQ(table.size(), 9);
  EXPECT_EQ(table[0]["time"], 1e-26);
  EXPECT_EQ(table[0]["c"], 1) << "before the first event, all sites are A";
  EXPECT_LT(table[2]["c"].get<double>(), 1);
  const auto means = rows({"--times", "--where", "scan == exchange", "--group-by", "size,time"});
  ASSERT_EQ(means.size(), 6);
  EXPECT_EQ(means[0]["n"], 3);
  EXPECT_TRUE(means[0].contains("c_err"));
}

TEST_F(TinyCampaign, ProfilesGiveOneRowPerPlane) {
  const auto table = rows({"--profiles"});
  ASSERT_EQ(table.size(), 2 * 4);  // the rod: two times, four planes
  double first = 0;
  for (std::size_t k = 0; k < 4; ++k) {
    EXPECT_EQ(table[k]["plane"], k);
    first += table[k]["c"].get<double>() / 4;
  }
  const auto times = rows({"--times", "--where", "scan == rod"});
  EXPECT_NEAR(first, times[0]["c"].get<double>(), 1e-12);
}

TEST_F(TinyCampaign, AReaderThatLeavesEarlyIsNoError) {
  const Outcome outcome =
      ask_shell("set -o pipefail; for i in 1 2 3; do $NXMC query tiny.h5 --format json | head -n 1; done");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(outcome.out, "[\n[\n[\n");
}

TEST_F(TinyCampaign, AFullDiskIsAnErrorForResultsToo) {
  const Outcome outcome = ask_shell("$NXMC query tiny.h5 > /dev/full");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.err, "nxmc: cannot write to standard output: No space left on device\n");
}

TEST_F(TinyCampaign, StatusCountsJobsByScan) {
  const Outcome text = ask({"status", "tiny.h5"});
  EXPECT_EQ(text.exit_code, 0);
  EXPECT_THAT(text.out, StartsWith("tiny.h5: campaign 'tiny'\n\nscan"));
  const auto json = nlohmann::json::parse(ask({"status", "tiny.h5", "--json"}).out);
  EXPECT_EQ(json["jobs"]["done"], all_jobs);
  EXPECT_EQ(json["jobs"]["total"], all_jobs);
  ASSERT_EQ(json["scans"].size(), 3);
  EXPECT_EQ(json["scans"][0]["scan"], "shell");
  EXPECT_EQ(json["scans"][0]["jobs"]["done"], equilibrium_jobs);
  EXPECT_TRUE(json["seconds_left"].is_null());
  EXPECT_THAT(json["failures"], IsEmpty());
}

TEST(Hints, OfACampaignComeFromPlanAndRun) {
  const TemporaryDirectory here;
  write_file(here / "idle.yaml",
             "name: idle\nscans:\n  - {name: a, method: exchange, lattice: hexagon, size: 2, temperature: 0.2, times: "
             "[0.1], delta_mu: 20}\n");
  const char* hint =
      "hint: idle.yaml:3:92: scans[0]: delta_mu 20 favours A, of which the crystal consists from the start";
  EXPECT_THAT(nxmc({"plan", "idle.yaml"}, here.path()).err, HasSubstr(hint));
  EXPECT_THAT(nxmc({"--log-level", "error", "plan", "idle.yaml"}, here.path()).err, IsEmpty());
  const Outcome run = nxmc({"run", "idle.yaml"}, here.path());
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr(hint));
}

TEST_F(TinyCampaign, PlanAgreesWithWhatWasRun) {
  const auto plan = nlohmann::json::parse(ask({"plan", "tiny.yaml", "--ranks", "1,4", "--json"}).out);
  EXPECT_EQ(plan["jobs"], all_jobs);
  EXPECT_EQ(plan["scans"], 3);
  EXPECT_EQ(plan["forecasts"][0]["ranks"], 1);
  const auto& alone = plan["forecasts"][0];
  const auto& four = plan["forecasts"][1];
  const double core_seconds = 3600 * plan["core_hours"].get<double>();
  EXPECT_DOUBLE_EQ(alone["efficiency"].get<double>(), core_seconds / alone["wall_seconds"].get<double>());
  EXPECT_DOUBLE_EQ(four["efficiency"].get<double>(), core_seconds / four["wall_seconds"].get<double>() / 4);
  EXPECT_GT(alone["wall_seconds"].get<double>(), core_seconds) << "starting up takes time, too";
  EXPECT_LE(four["work_seconds"].get<double>(), alone["work_seconds"].get<double>());
  const auto size = static_cast<double>(std::filesystem::file_size(directory() / "tiny.h5"));
  EXPECT_LT(plan["archive_bytes"].get<double>(), 2 * size);
  EXPECT_GT(plan["archive_bytes"].get<double>(), size / 2);
  EXPECT_THAT(ask({"plan", "tiny.yaml"}).out, testing::ContainsRegex("computing time +[0-9a-z. ]+ on one core\n"));
  EXPECT_THAT(ask({"plan", "tiny.yaml", "--ranks", "4"}).out,
              AllOf(HasSubstr("jobs             15\n"), HasSubstr("efficiency")));
}

TEST_F(TinyCampaign, PlanForecastsWithMeasuredTimes) {
  const auto rows =
      nlohmann::json::parse(ask({"query", "tiny.h5", "--columns", "wall_seconds", "--format", "json"}).out);
  double measured = 0;
  for (const auto& row : rows) measured += row["wall_seconds"].get<double>();
  const auto plan =
      nlohmann::json::parse(ask({"plan", "tiny.yaml", "--ranks", "1", "--measured", "tiny.h5", "--json"}).out);
  EXPECT_NEAR(plan["forecasts"][0]["work_seconds"].get<double>(), measured, 0.1 * measured + 0.05);
}

TEST_F(TinyCampaign, PlanSaysWhatANodeNeedsAndWhatFor) {
  EXPECT_THAT(
      ask({"plan", "tiny.yaml", "--ranks-per-node", "4"}).out,
      testing::ContainsRegex("memory per node  [0-9.]+ MiB with 4 ranks\n  at its peak +programs [0-9.]+ MiB, "));
  const auto memory = [&](const char* ranks) {
    return nlohmann::json::parse(ask({"plan", "tiny.yaml", "--ranks-per-node", ranks, "--json"}).out)["node_memory"];
  };
  const auto one = memory("1");
  const auto four = memory("4");
  EXPECT_EQ(four["ranks"], 4);
  EXPECT_EQ(one["kernels_bytes"], four["kernels_bytes"]) << "kernels are there once";
  EXPECT_GT(four["programs_bytes"], one["programs_bytes"]);
  EXPECT_GT(four["peak_bytes"], one["peak_bytes"]);
}

TEST_F(TinyCampaign, PlanSaysWhenTheCampaignCannotRunHere) {
  EXPECT_THAT(ask({"plan", "tiny.yaml"}).out, Not(HasSubstr("cannot run here")));
  const Outcome text = ask({"plan", "tiny.yaml", "--memory", "1K"});
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_THAT(text.out, AllOf(HasSubstr("cannot run here  the kernel of the "), HasSubstr("1.0 KiB may be used")));
  const auto json =
      nlohmann::json::parse(ask({"plan", "tiny.yaml", "--memory", "1K", "--ranks-per-node", "1", "--json"}).out);
  EXPECT_EQ(json["runs_here"], false);
  EXPECT_TRUE(json["archive_bytes"].is_number_integer());
  const Outcome run = ask({"run", "tiny.yaml", "--archive", "none.h5", "--memory", "1K"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr(json["obstacle"].get<std::string>()));
}

TEST_F(TinyCampaign, StatusSaysWhoWrites) {
  EXPECT_THAT(ask({"status", "tiny.h5"}).out, AllOf(Not(HasSubstr("written by")), Not(HasSubstr("no run"))));
  write_file(directory() / "tiny.h5.claim",
             "host elsewhere\nprocesses 42:7\nranks 1\nsince 1700000000\nnonce 0123456789abcdef\nend\n");
  EXPECT_THAT(ask({"status", "tiny.h5"}).out, HasSubstr("\nwritten by process 42 on elsewhere since 2023-11-1"));
  const auto run = nlohmann::json::parse(ask({"status", "tiny.h5", "--json"}).out)["run"];
  EXPECT_EQ(run["process"], 42);
  EXPECT_EQ(run["since"], 1700000000);
  std::filesystem::remove(directory() / "tiny.h5.claim");
}

TEST_F(TinyCampaign, StatusSaysHowLongAgoTheWriterGaveASignOfLife) {
  const auto claim = directory() / "tiny.h5.claim";
  const auto write_claim = [&](int beat, std::chrono::seconds age) {
    const auto draft = directory() / "draft";
    write_file(draft, "host elsewhere\nprocesses 42:7\nranks 2\nbeat " + std::to_string(beat) +
                          "\nbusy 2\nsince 1700000000\nnonce 0123456789abcdef\nend\n");
    std::filesystem::last_write_time(draft, std::filesystem::file_time_type::clock::now() - age);
    std::filesystem::rename(draft, claim);
  };
  write_claim(1, std::chrono::seconds(20));
  EXPECT_THAT(ask({"status", "tiny.h5"}).out,
              ContainsRegex(", 2 of 2 ranks busy, last sign of life [2-5][0-9] s ago\n"));
  write_claim(1, std::chrono::seconds(3600));
  EXPECT_THAT(ask({"status", "tiny.h5"}).out, ContainsRegex(", 2 ranks, no sign of life for 36[0-9][0-9] s\n"));
  const auto run = nlohmann::json::parse(ask({"status", "tiny.h5", "--json"}).out)["run"];
  EXPECT_GE(run["seconds_since_sign_of_life"], 3600);
  // A host whose clock is wrong by an hour: what counts is that it beats.
  std::jthread beats([&](const std::stop_token& stop) {
    for (int beat = 2; !stop.stop_requested(); ++beat, std::this_thread::sleep_for(std::chrono::milliseconds(200)))
      write_claim(beat, std::chrono::seconds(3600));
  });
  EXPECT_THAT(ask({"status", "tiny.h5"}).out, HasSubstr(", 2 of 2 ranks busy, last sign of life 0 s ago"));
  beats = {};
  std::filesystem::remove(claim);
}

TEST_F(TinyCampaign, StatusSaysWhenTheWriterIsDead) {
  // A process of this host before it was started anew is dead.
  ask_shell(R"(printf 'host %s\nboot 1\nprocesses 42:7\nranks 1\nsince 1\nend\n' $(uname -n) > tiny.h5.claim)");
  EXPECT_THAT(ask({"status", "tiny.h5"}).out, Not(HasSubstr("written by")));
  EXPECT_TRUE(nlohmann::json::parse(ask({"status", "tiny.h5", "--json"}).out)["run"].is_null());
  std::filesystem::remove(directory() / "tiny.h5.claim");
}

TEST_F(TinyCampaign, VerifyFindsNothingThenWhatWasDamaged) {
  const Outcome intact = ask({"verify", "tiny.h5"});
  EXPECT_EQ(intact.exit_code, 0);
  EXPECT_EQ(intact.out, "tiny.h5: 15 jobs, every checksum is right\n");

  // Any number of the results: the energy of the first job, found by its bits.
  const double energy = rows({"--where", "scan == shell"})[0]["energy"].get<double>();
  std::string bytes = testing_tools::read_file(directory() / "tiny.h5");
  const std::size_t place = bytes.find(std::string(reinterpret_cast<const char*>(&energy), sizeof energy));
  ASSERT_NE(place, std::string::npos);
  bytes[place] = static_cast<char>(bytes[place] ^ 1);
  write_file(directory() / "damaged.h5", bytes);
  const Outcome damaged = ask({"verify", "damaged.h5"});
  EXPECT_EQ(damaged.exit_code, 1);
  EXPECT_THAT(damaged.out, HasSubstr("'nxmc run' will compute this job again"));
  EXPECT_THAT(damaged.err, HasSubstr("damaged.h5: 1 damaged part; 1 job to compute again, about 0.0 s on one core"));

  const std::string warning = "nxmc: warning: 1 row is damaged and left out; see 'nxmc verify damaged.h5'\n";
  const Outcome all = ask({"query", "damaged.h5", "--format", "csv", "--columns", "state,energy,wall_seconds"});
  EXPECT_EQ(all.err, warning);
  EXPECT_EQ(lines_of(all.out)[1], "damaged,,");
  const Outcome means = ask({"query", "damaged.h5", "--format", "csv", "--where", "scan == shell and state == done",
                             "--group-by", "method", "--columns", "n"});
  EXPECT_EQ(means.out, "n\n7\n");
  EXPECT_THAT(means.err, HasSubstr(warning));
  EXPECT_EQ(ask({"query", "damaged.h5", "--where", "scan == rod", "--columns", "state"}).err, "");
}

TEST_F(TinyCampaign, TruncatedArchivesAreRefused) {
  std::filesystem::copy_file(directory() / "tiny.h5", directory() / "short.h5");
  std::filesystem::resize_file(directory() / "short.h5", std::filesystem::file_size(directory() / "tiny.h5") / 2);
  for (const char* command : {"query", "status", "verify"})
    expect_refusal(ask({command, "short.h5"}), 1, "is truncated");
  const Outcome run = ask({"run", "tiny.yaml", "--archive", "short.h5"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("is truncated"));
}

TEST_F(TinyCampaign, ExportWritesFramesForOvito) {
  const auto jobs = rows({"--where", "scan == exchange and size == 2", "--columns", "job"});
  const std::string job = jobs[0]["job"];
  const Outcome outcome = ask({"export", "tiny.h5", "--job", job, "--format", "xyz"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto lines = lines_of(outcome.out);
  ASSERT_EQ(lines.size(), 2 * (2 + 7));
  EXPECT_EQ(lines[0], "7");
  EXPECT_THAT(lines[1], HasSubstr("time=0.01"));
  EXPECT_THAT(lines[10], HasSubstr("time=1 "));

  const Outcome to_file = ask({"export", "tiny.h5", "--job", job.substr(0, 12), "--output", "job.xyz"});
  EXPECT_EQ(to_file.exit_code, 0) << to_file.err;
  EXPECT_EQ(to_file.out, "");
  EXPECT_EQ(testing_tools::read_file(directory() / "job.xyz"), outcome.out);
  expect_refusal(ask({"export", "tiny.h5", "--job", job, "--output", "job.xyz"}), 1, "job.xyz exists already");
}

TEST_F(TinyCampaign, ExportTakesElementsAndMismatchesOnly) {
  const std::string job = rows({"--where", "scan == exchange and size == 2", "--columns", "job"})[0]["job"];
  const auto ask_for = [&](std::vector<std::string> options) {
    options.insert(options.begin(), {"export", "tiny.h5", "--job", job});
    return ask(options);
  };
  EXPECT_THAT(ask_for({"--species", "Ag,Cd"}).out, HasSubstr(" A=Ag B=Cd positions=lattice\n"));
  const Outcome relaxed = ask_for({"--positions", "relaxed"});
  EXPECT_THAT(relaxed.out, HasSubstr(" A=Pb B=Cd positions=relaxed mismatch=0.1\n")) << relaxed.err;
  expect_refusal(ask_for({"--species", "A,B"}), 2, "--species: 'A' is no symbol of an element");
  expect_refusal(ask_for({"--species", "Cd,Cd"}), 2, "--species: must be two different elements");
  expect_refusal(ask_for({"--species", "Cd"}), 2, "--species: must be two different elements");
  expect_refusal(ask_for({"--positions", "relaxed", "--mismatch", "7"}), 2,
                 "--mismatch: must be a number from -0.5 to");
  expect_refusal(ask_for({"--positions", "relaxed", "--mismatch", "nan"}), 2, "--mismatch: must be a number from -0.5");
}

TEST_F(TinyCampaign, ExportOfTheWrongJobSaysWhichThereAre) {
  expect_refusal(ask({"export", "tiny.h5", "--job", "xyz"}), 2,
                 "has no job 'xyz'; 'nxmc query tiny.h5 --columns job,scan,state'");
  expect_refusal(ask({"export", "tiny.h5", "--job", ""}), 2, "--job: a value is missing");
  const std::string without = rows({"--where", "scan == shell", "--columns", "job"})[0]["job"];
  expect_refusal(ask({"export", "tiny.h5", "--job", without}), 1,
                 "has no snapshots: it is done, and its scan has no 'snapshots' key");
}

TEST_F(TinyCampaign, RepackedCopiesAnswerAlike) {
  const Outcome packed = ask({"repack", "tiny.h5", "kept.h5"});
  EXPECT_EQ(packed.exit_code, 0) << packed.err;
  EXPECT_EQ(ask({"query", "kept.h5", "--format", "csv"}).out, ask({"query", "tiny.h5", "--format", "csv"}).out);
  EXPECT_EQ(ask({"verify", "kept.h5"}).exit_code, 0);
  expect_refusal(ask({"repack", "tiny.h5", "kept.h5"}), 1, "kept.h5");
}

TEST_F(TinyCampaign, ASecondRunChangesNothing) {
  const std::string before = ask({"query", "tiny.h5", "--format", "csv"}).out;
  const Outcome again = ask({"run", "tiny.yaml"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(ask({"query", "tiny.h5", "--format", "csv"}).out, before);
}

TEST_F(TinyCampaign, RedoComputesTheSameBitsAgain) {
  const std::vector<std::string> results{"query", "tiny.h5",   "--format",
                                         "csv",   "--columns", "job,state,f_U,energy,energy_err,events"};
  const std::string before = ask(results).out;
  const Outcome redone = ask({"run", "tiny.yaml", "--redo", "scan == shell and replica == 0"});
  EXPECT_EQ(redone.exit_code, 0) << redone.err;
  EXPECT_EQ(ask(results).out, before);
}

TEST_F(TinyCampaign, AnArchiveOfAnotherCampaignIsLeftAlone) {
  const std::string before = testing_tools::read_file(directory() / "tiny.h5");
  write_file(directory() / "other.yaml",
             "name: other\nscans:\n  - {name: s, method: exchange, lattice: hexagon, size: 2, temperature: 0.2, "
             "delta_mu: -20, times: [1]}\n");
  const Outcome outcome = ask({"run", "other.yaml", "--archive", "tiny.h5"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("nxmc: tiny.h5"), HasSubstr("--archive")));
  EXPECT_EQ(testing_tools::read_file(directory() / "tiny.h5"), before);
}

TEST(Status, OfAStoppedCampaignSaysHowItGoesOn) {
  const TemporaryDirectory here;
  write_file(here / "long.yaml",
             "name: long\nscans:\n  - {name: s, method: equilibrium, lattice: hexagon, size: 4, temperature: 0.2, "
             "composition: 0.5, equilibration_sweeps: 10, measured_sweeps: 100000000}\n");
  testing_tools::RunningProgram run({NXMC_PROGRAM, "run", "long.yaml"}, without_leak_checks, here.path());
  ASSERT_TRUE(testing_tools::becomes_so([&] { return run.err().find("1 jobs, 0 of them done") != std::string::npos; }));
  run.send(SIGINT);
  const Outcome stopped = run.wait();
  ASSERT_EQ(stopped.exit_code, 75) << stopped.err;
  EXPECT_THAT(nxmc({"status", "long.h5"}, here.path()).out,
              HasSubstr("\nno run is active: 'nxmc run CAMPAIGN --archive long.h5' goes on\n"));
  EXPECT_THAT(nxmc({"query", "long.h5", "--times"}, here.path()).err, HasSubstr("has no exchange jobs"));
}

TEST(Groups, CountAJobInEachOfItsScans) {
  const TemporaryDirectory here;
  write_file(here / "two.yaml",
             "name: two\ndefaults: {method: exchange, lattice: hexagon, size: 2, temperature: 0.2, delta_mu: -20, "
             "times: [1]}\nscans:\n  - {name: one, replicas: 2}\n  - {name: both, replicas: 3}\n");
  ASSERT_EQ(nxmc({"run", "two.yaml"}, here.path()).exit_code, 0);
  const std::vector<std::string> query{"query",    "two.h5", "--times",   "--group-by", "scan",
                                       "--format", "csv",    "--columns", "scan,n"};
  EXPECT_EQ(nxmc(query, here.path()).out, "scan,n\nboth,3\none,2\n");
  std::vector<std::string> one = query;
  one.insert(one.end(), {"--where", "scan == one"});
  EXPECT_EQ(nxmc(one, here.path()).out, "scan,n\none,2\n");
}

}  // namespace
}  // namespace nxmc
