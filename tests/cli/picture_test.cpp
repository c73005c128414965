// `nxmc diagram --output`: which program draws, what it is asked for, and how its end is told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "finished_campaign.hpp"
#include "program.hpp"

namespace nxmc {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing_tools::Outcome;
using testing_tools::read_file;
using testing_tools::run_program;
using testing_tools::RunningProgram;
using testing_tools::write_file;

class Picture : public testing_tools::OfFinishedCampaign<Picture> {
 public:
  static constexpr const char* campaign_name = "turning";
  static constexpr const char* campaign = R"(name: turning
defaults: {method: equilibrium, lattice: hexagon, size: 3, shell_layers: 1, equilibration_sweeps: 100,
           measured_sweeps: 1000, samples: {every: 10}, measure_every: {areas: 0}, start: [random, segregated]}
scans: [{name: turning, temperature: 0.4, shell_stiffness: [0.5, 1, 2]}]
)";

 protected:
  /// Installed there, with another program in the place of plot.py.
  static std::string install(const std::string& plot) {
    const fs::path program = folder() / "bin/nxmc";
    fs::create_directories(program.parent_path());
    fs::create_directories(plot_place().parent_path());
    fs::copy_file(NXMC_PROGRAM, program, fs::copy_options::overwrite_existing);
    write_file(plot_place(), plot);
    fs::permissions(plot_place(), fs::perms::owner_all);
    return program.string();
  }
  static fs::path plot_place() { return folder() / "share/nxmc/tools/plot.py"; }
  static Outcome draw(const std::string& program, std::vector<std::string> options = {}) {
    options.insert(options.begin(), {program, "diagram", "turning.h5", "--output", "picture.png"});
    return run_program(options, {{"ASAN_OPTIONS", "detect_leaks=0"}}, folder());
  }
  static std::vector<std::string> lines(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> all;
    for (std::string line; std::getline(stream, line);) all.push_back(line);
    return all;
  }
};

TEST_F(Picture, IsAskedForInWordsAndNeverThroughAShell) {
  const std::string program = install("#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
  const std::string where = "scan == turning and temperature < 9 # $(touch x); ' \"";
  const std::string plain = "scan == turning";
  EXPECT_THAT(lines(draw(program).out),
              ElementsAre("turning.h5", "--curves=picture.png", "--along=shell_stiffness", "--nxmc", program));
  EXPECT_THAT(
      lines(draw(program, {"--histogram", "--along", "temperature", "--split", "0.25", "--of", "f_C", "--where", plain})
                .out),
      ElementsAre("turning.h5", "--histogram=picture.png", "--along=temperature", "--where=" + plain, "--split=0.25",
                  "--of=f_C", "--nxmc", program));
  EXPECT_THAT(lines(draw(program, {"--map", "shell_stiffness,size"}).out),
              ElementsAre("turning.h5", "--map=picture.png", "--axes=shell_stiffness,size", "--nxmc", program));
  draw(program, {"--where", where});
  EXPECT_FALSE(fs::exists(folder() / "x"));
}

TEST_F(Picture, IsDrawnByTheSourcesOfABuildTree) {
  const Outcome outcome = ask({"diagram", "turning.h5", "--split", "0.1", "--histogram", "--output", "histogram.svg"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "histogram.svg\n");
  EXPECT_THAT(read_file(folder() / "histogram.svg"), StartsWith("<?xml"));
}

TEST_F(Picture, ThatCouldNotBeDrawnFailsWithTheReasonsOfWhoDraws) {
  const Outcome outcome = draw(install("#!/bin/sh\necho 'plot.py: no ink' >&2\nexit 3\n"));
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.err, "plot.py: no ink\n");
}

TEST_F(Picture, NamesWhatIsMissing) {
  const std::string program = install("#!/no/such/python3\n");
  const Outcome started = draw(program);
  EXPECT_EQ(started.exit_code, 1);
  EXPECT_THAT(lines(started.err),
              ElementsAre(AllOf(HasSubstr("cannot start " + plot_place().string()), HasSubstr("No such file"),
                                HasSubstr("tools/install-dependencies"))));
  fs::remove(plot_place());
  const Outcome missing = draw(program);
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_THAT(lines(missing.err),
              ElementsAre(AllOf(HasSubstr(plot_place().string() + ": the program that draws is not there"),
                                HasSubstr("cmake --install"), HasSubstr("python3-nxmc"))));
}

TEST_F(Picture, TellsThatItsProgramWasKilled) {
  const Outcome outcome = draw(install("#!/bin/sh\nkill -9 $$\n"));
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(lines(outcome.err),
              ElementsAre(AllOf(HasSubstr(plot_place().string() + " was ended by signal 9 (Killed)"),
                                HasSubstr("run the command again"))));
}

/// Draws until it is asked to end: for that it waits without end, and no test for it to come to one.
constexpr const char* endless_drawing =
    "#!/bin/sh\ntrap 'echo > ended; exit 1' TERM\necho > started\nwhile :; do sleep 0.05; done\n";

TEST_F(Picture, IsNotDrawnOnAfterTheCommandWasEnded) {
  const std::string program = install(endless_drawing);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    for (const char* file : {"started", "ended"}) fs::remove(folder() / file);
    RunningProgram drawing({program, "diagram", "turning.h5", "--output", "picture.png"}, {}, folder());
    ASSERT_TRUE(testing_tools::becomes_so([&] { return fs::exists(folder() / "started"); }));
    drawing.send(signal);
    EXPECT_EQ(drawing.wait().exit_code, 128 + signal);
    EXPECT_TRUE(fs::exists(folder() / "ended")) << "its program goes on after signal " << signal;
  }
}

// nohup: the terminal may go, and the picture is drawn all the same, where it can be known that SIGHUP was ignored.
TEST_F(Picture, IsDrawnOnAfterASignalThatWhoeverStartedItHasIgnored) {
  const std::string program = install(endless_drawing);
  for (const char* file : {"started", "ended"}) fs::remove(folder() / file);
  RunningProgram drawing(
      {"/bin/sh", "-c", R"(trap '' HUP; exec "$0" "$@")", program, "diagram", "turning.h5", "--output", "picture.png"},
      {}, folder());
  ASSERT_TRUE(testing_tools::becomes_so([&] { return fs::exists(folder() / "started"); }));
  drawing.send(SIGHUP);
  if (!NXMC_FORGETS_IGNORED_HANGUPS) drawing.send(SIGTERM);
  const int obeyed = NXMC_FORGETS_IGNORED_HANGUPS ? SIGHUP : SIGTERM;
  EXPECT_EQ(drawing.wait().exit_code, 128 + obeyed);
  EXPECT_TRUE(fs::exists(folder() / "ended"));
}

TEST_F(Picture, IsGivenUpByASecondSignalWhereItsProgramDoesNotListen) {
  // It draws until it is killed.
  const std::string program = install("#!/bin/sh\ntrap '' TERM\necho > deaf\nwhile :; do sleep 0.05; done\n");
  fs::remove(folder() / "deaf");
  RunningProgram drawing({program, "diagram", "turning.h5", "--output", "picture.png"}, {}, folder());
  ASSERT_TRUE(testing_tools::becomes_so([&] { return fs::exists(folder() / "deaf"); }));
  EXPECT_TRUE(testing_tools::becomes_so([&] {
    drawing.send(SIGTERM);
    return !drawing.is_running();
  }));
  EXPECT_EQ(drawing.wait().exit_code, 128 + SIGTERM);
}

TEST_F(Picture, IsOneOfThreeKinds) {
  const std::string program = install("#!/bin/sh\necho drawn\n");
  for (const char* name : {"picture.bmp", "picture", ".png"}) {
    const Outcome outcome = run_program({program, "diagram", "turning.h5", "--output", name}, {}, folder());
    EXPECT_EQ(outcome.exit_code, 2) << name;
    EXPECT_THAT(outcome.err, HasSubstr("is no name of a picture; end it in .png, .pdf or .svg"));
  }
  for (const char* name : {"a.PNG", "b.pdf", "c.svg"})
    EXPECT_EQ(run_program({program, "diagram", "turning.h5", "--output", name}, {}, folder()).out, "drawn\n");
  EXPECT_THAT(draw(program, {"--format", "json"}).err, AllOf(HasSubstr("--format"), HasSubstr("--output")));
}

}  // namespace
}  // namespace nxmc
