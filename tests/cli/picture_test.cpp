// `nxmc diagram --output`, `nxmc report`, `nxmc status --html`: which program draws, what it is asked for, and how its
// end is told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "finished_campaign.hpp"
#include "gate/gate.hpp"
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
  /// Installed there, with another program in the place of plot.py, or report.py.
  static std::string install(const std::string& text, const fs::path& place = plot_place()) {
    const fs::path program = folder() / "bin/nxmc";
    fs::create_directories(program.parent_path());
    fs::create_directories(place.parent_path());
    fs::copy_file(NXMC_PROGRAM, program, fs::copy_options::overwrite_existing);
    write_file(place, text);
    fs::permissions(place, fs::perms::owner_all);
    return program.string();
  }
  static fs::path plot_place() { return folder() / "share/nxmc/tools/plot.py"; }
  static fs::path report_place() { return folder() / "share/nxmc/tools/report.py"; }
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
              ElementsAre("--curves=picture.png", "--along=shell_stiffness", "--nxmc", program, "--", "turning.h5"));
  EXPECT_THAT(
      lines(draw(program, {"--histogram", "--along", "temperature", "--split", "0.25", "--of", "f_C", "--where", plain})
                .out),
      ElementsAre("--histogram=picture.png", "--along=temperature", "--where=" + plain, "--split=0.25", "--of=f_C",
                  "--nxmc", program, "--", "turning.h5"));
  EXPECT_THAT(lines(draw(program, {"--map", "shell_stiffness,size"}).out),
              ElementsAre("--map=picture.png", "--axes=shell_stiffness,size", "--nxmc", program, "--", "turning.h5"));
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

/// Pages, which report.py writes.
class PageOfCampaign : public Picture {
 protected:
  static constexpr const char* print_words = "#!/bin/sh\nprintf '%s\\n' \"$@\"\n";
  static std::string install_report(const std::string& text) { return install(text, report_place()); }
  static Outcome tell(const std::vector<std::string>& words) {
    return run_program(words, {{"ASAN_OPTIONS", "detect_leaks=0"}}, folder());
  }
};

TEST_F(PageOfCampaign, IsAskedForInWords) {
  const std::string program = install_report(print_words);
  EXPECT_THAT(lines(tell({program, "report", "turning.h5", "turning.h5", "--output", "both.html"}).out),
              ElementsAre("--output=both.html", "--nxmc", program, "--", "turning.h5", "turning.h5"));
  EXPECT_THAT(lines(tell({program, "status", "turning.h5", "--html", "one.html"}).out),
              ElementsAre("--output=one.html", "--nxmc", program, "--", "turning.h5"));
  fs::copy_file(folder() / "turning.h5", folder() / "-turning.h5", fs::copy_options::overwrite_existing);
  EXPECT_THAT(lines(tell({program, "report", "--output", "ONE.HTML", "--", "-turning.h5"}).out),
              ElementsAre("--output=ONE.HTML", "--nxmc", program, "--", "-turning.h5"));
}

TEST_F(PageOfCampaign, IsWrittenByTheSourcesOfABuildTree) {
  const Outcome outcome = ask({"status", "turning.h5", "--html", "page.html"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "page.html\n");
  EXPECT_THAT(read_file(folder() / "page.html"), AllOf(StartsWith("<!DOCTYPE html>"), HasSubstr("scan turning")));
}

// Of a campaign that is done a page is the last one: nothing has browsers load it again.
TEST_F(PageOfCampaign, OfAFinishedCampaignIsTheLastOneAlsoForWhoeverWatches) {
  const std::string program = install_report(print_words);
  const Outcome outcome = tell({program, "status", "turning.h5", "--watch", "--html", "page.html"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(lines(outcome.out), ElementsAre("--output=page.html", "--nxmc", program, "--", "turning.h5"));
}

TEST_F(PageOfCampaign, IsRenewedUntilTheCampaignIsDone) {
  const std::string program = install_report("#!/bin/sh\nprintf '%s ' \"$@\" >> pages\necho >> pages\n");
  const auto pages = [] { return lines(read_file(folder() / "pages")); };
  write_file(folder() / "held.yaml",
             "name: held\nscans: [{name: s, method: equilibrium, lattice: hexagon, size: 3, shell_layers: 1, "
             "temperature: 0.2, equilibration_sweeps: 10, measured_sweeps: 100}]\n");
  // Begun before there is an archive.
  RunningProgram watch({program, "status", "held.h5", "--watch", "--every", "0.1s", "--html", "page.html"}, {},
                       folder());
  testing_tools::Gate gate(50);
  RunningProgram run({NXMC_AT_GATE, "run", "held.yaml"}, gate.environment(), folder());
  ASSERT_TRUE(testing_tools::becomes_so([&] { return fs::exists(folder() / "pages") && pages().size() >= 3; }));
  for (const std::string& page : pages()) EXPECT_THAT(page, StartsWith("--output=page.html --refresh=1 --nxmc"));
  gate.open();
  EXPECT_EQ(run.wait().exit_code, 0);
  EXPECT_EQ(watch.wait().exit_code, 0);
  EXPECT_THAT(pages().back(), StartsWith("--output=page.html --nxmc"));
}

// `mv`, or a run that replaces it: for a moment there is none.
TEST_F(PageOfCampaign, WaitsForAnArchiveThatIsGoneForAMoment) {
  fs::copy_file(folder() / "turning.h5", folder() / "moved.h5", fs::copy_options::overwrite_existing);
  const std::string program = install_report("#!/bin/sh\n[ -e gone ] || { mv moved.h5 gone; exit 1; }\n");
  RunningProgram watch({program, "status", "moved.h5", "--watch", "--every", "0.1s", "--html", "page.html"}, {},
                       folder());
  ASSERT_TRUE(testing_tools::becomes_so([&] { return fs::exists(folder() / "gone"); }));
  fs::copy_file(folder() / "gone", folder() / "moved.h5");
  EXPECT_EQ(watch.wait().exit_code, 0);
}

TEST_F(PageOfCampaign, IsNotRenewedAfterASignal) {
  const std::string program = install_report("#!/bin/sh\necho > written\n");
  fs::remove(folder() / "written");
  RunningProgram watch({program, "status", "none.h5", "--watch", "--html", "page.html"}, {}, folder());
  // Where there is no archive it waits for one, and does not want for anything else.
  ASSERT_TRUE(testing_tools::becomes_so([&] { return watch.is_running(); }));
  EXPECT_TRUE(testing_tools::becomes_so([&] {
    watch.send(SIGTERM);
    return !watch.is_running();
  }));
  watch.wait();
  EXPECT_FALSE(fs::exists(folder() / "written"));
}

TEST_F(PageOfCampaign, SaysWhatItCannotBe) {
  const std::string program = install_report(print_words);
  for (const std::string name : {"page.pdf", "page"}) {
    const Outcome outcome = tell({program, "report", "turning.h5", "--output", name});
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.err, HasSubstr("'" + name + "' is no name of a page; end it in .html"));
  }
  EXPECT_THAT(tell({program, "status", "turning.h5", "--json", "--html", "page.html"}).err,
              AllOf(HasSubstr("--html"), HasSubstr("--json")));
  EXPECT_EQ(tell({install_report("#!/bin/sh\nexit 3\n"), "report", "turning.h5", "--output", "x.html"}).exit_code, 1);
}

}  // namespace
}  // namespace nxmc
