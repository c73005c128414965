// What is made of the description of commands and keys: man pages, completions of shells, the schema for editors and
// the table of keys.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "program.hpp"

namespace nxmc {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::UnorderedElementsAre;
using testing_tools::Outcome;
using testing_tools::read_file;
using testing_tools::run_program;
using testing_tools::TemporaryDirectory;
using testing_tools::write_file;

const fs::path share = NXMC_SHARE;
const fs::path source = NXMC_SOURCE;
const std::vector<std::string> commands{"run",         "submit", "plan",     "status",   "query",    "diagram",
                                        "diffraction", "report", "reweight", "material", "kinetics", "kernel",
                                        "verify",      "export", "repack",   "prune",    "merge"};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

bool is_installed(const std::string& program) {
  return run_program({"sh", "-c", "command -v " + program}).exit_code == 0;
}

// ---- what is checked in

TEST(CheckedIn, IsWhatTheProgramDescribes) {
  const TemporaryDirectory here;
  fs::create_directory(here / "campaigns");
  fs::copy(source / "campaigns" / "README.md", here / "campaigns");
  const Outcome renewed = run_program({NXMC_MANUAL, "--renew", here.path()});
  ASSERT_EQ(renewed.exit_code, 0) << renewed.err;
  for (const char* file : {"schema.json", "README.md"}) {
    EXPECT_EQ(read_file(source / "campaigns" / file), read_file(here.path() / "campaigns" / file))
        << "campaigns/" << file << " is not what the code describes; renew it:\n"
        << "  cmake --build --preset tests --target describe";
  }
}

TEST(CheckedIn, TablesNeedTheirMarks) {
  const TemporaryDirectory here;
  fs::create_directory(here / "campaigns");
  write_file(here.path() / "campaigns" / "README.md", "# Campaigns\n");
  const Outcome renewed = run_program({NXMC_MANUAL, "--renew", here.path()});
  EXPECT_EQ(renewed.exit_code, 1);
  EXPECT_THAT(renewed.err, HasSubstr("README.md: lacks the lines <!-- keys: begin --> and <!-- keys: end -->"));
  EXPECT_EQ(read_file(here.path() / "campaigns" / "README.md"), "# Campaigns\n");
}

// ---- man pages

std::vector<fs::path> pages() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(share / "man")) {
    if (entry.is_regular_file()) found.push_back(entry.path());
  }
  return found;
}

TEST(ManPages, ThereAreOfTheProgramEachCommandAndTheCampaignFile) {
  std::vector<std::string> names;
  for (const fs::path& page : pages()) names.push_back(page.parent_path().filename() / page.filename());
  std::vector<std::string> expected{"man1/nxmc.1", "man5/nxmc-campaign.5"};
  for (const std::string& command : commands) expected.push_back("man1/nxmc-" + command + ".1");
  EXPECT_THAT(names, testing::UnorderedElementsAreArray(expected));
}

TEST(ManPages, RenderWithoutWarnings) {
  if (!is_installed("groff")) GTEST_SKIP() << "groff is not installed";
  for (const fs::path& page : pages()) {
    const Outcome rendered = run_program({"groff", "-man", "-ww", "-Tutf8", page});
    EXPECT_EQ(rendered.exit_code, 0) << page;
    EXPECT_EQ(rendered.err, "") << page;
    EXPECT_THAT(rendered.out, HasSubstr("nxmc")) << page;
  }
}

TEST(ManPages, PassMandoc) {
  if (!is_installed("mandoc")) GTEST_SKIP() << "mandoc is not installed";
  for (const fs::path& page : pages()) {
    const Outcome checked = run_program({"mandoc", "-Tlint", "-Wwarning", page});
    EXPECT_EQ(checked.exit_code, 0) << checked.out << checked.err;
  }
}

/// "--format" as it stands in the source of a page.
std::string in_roff(const std::string& option) {
  std::string text;
  for (const char c : option) text += c == '-' ? "\\-" : std::string(1, c);
  return text;
}

/// What stands at the beginning of the lines of the help: "--archive".
std::vector<std::string> options_in_help(const std::vector<std::string>& command) {
  std::vector<std::string> words{NXMC_PROGRAM};
  words.insert(words.end(), command.begin(), command.end());
  words.emplace_back("--help");
  std::vector<std::string> options;
  for (const std::string& line : lines_of(run_program(words).out)) {
    const std::size_t begin = line.find("--");
    if (begin == 2 || line.starts_with("  -h,--"))
      options.push_back(line.substr(begin, line.find_first_of(" {", begin) - begin));
  }
  return options;
}

TEST(ManPages, NameEveryOption) {
  std::size_t seen = 0;
  for (const std::string& command : commands) {
    const std::string page = read_file(share / "man" / "man1" / ("nxmc-" + command + ".1"));
    for (const std::string& option : options_in_help({command})) {
      EXPECT_THAT(page, HasSubstr("\\fB" + in_roff(option) + "\\fR")) << command;
      ++seen;
    }
  }
  EXPECT_GE(seen, 40U);
  const std::string page = read_file(share / "man" / "man1" / "nxmc.1");
  for (const std::string& option : options_in_help({})) EXPECT_THAT(page, HasSubstr("\\fB" + in_roff(option) + "\\fR"));
}

TEST(ManPages, HaveExamplesAndExitCodes) {
  for (const std::string& command : commands) {
    const std::string page = read_file(share / "man" / "man1" / ("nxmc-" + command + ".1"));
    EXPECT_THAT(page, AllOf(HasSubstr(".SH EXAMPLES\n"), HasSubstr("nxmc " + command), HasSubstr("\\fB75\\fR"),
                            HasSubstr(".SH FILES\n"), HasSubstr(".SH ENVIRONMENT\n")));
  }
}

// ---- bash

class Bash : public testing::Test {
 protected:
  Bash() {
    for (const char* file : {"a.yaml", "b.h5", "c.txt", "with blank.yaml"}) write_file(here_ / file, "");
    fs::create_directory(here_ / "folder");
  }
  /// What is offered for the last of these words.
  std::vector<std::string> offered(const std::vector<std::string>& words) const {
    const std::string script =
        "source \"$0\" || exit 1\n"
        "COMP_WORDS=(\"$@\") COMP_CWORD=$(($# - 1)) COMPREPLY=()\n"
        "_nxmc nxmc \"${COMP_WORDS[COMP_CWORD]}\"\n"
        "((${#COMPREPLY[@]} == 0)) || printf '%s\\n' \"${COMPREPLY[@]}\"\n";
    std::vector<std::string> command{"bash", "-c", script, share / "bash-completion" / "completions" / "nxmc", "nxmc"};
    command.insert(command.end(), words.begin(), words.end());
    const Outcome outcome = run_program(command, {}, here_.path());
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_EQ(outcome.err, "");
    return lines_of(outcome.out);
  }

 private:
  TemporaryDirectory here_;
};

TEST_F(Bash, OffersCommands) {
  EXPECT_THAT(offered({"qu"}), ElementsAre("query"));
  EXPECT_THAT(offered({""}), testing::UnorderedElementsAreArray(commands));
  EXPECT_THAT(offered({"--log-level", "warn", "pl"}), ElementsAre("plan"));
}

TEST_F(Bash, OffersOptionsOfTheCommand) {
  EXPECT_THAT(offered({"query", "--fo"}), ElementsAre("--format"));
  EXPECT_THAT(offered({"run", "--fo"}), IsEmpty());
  EXPECT_THAT(offered({"submit", "--no"}), UnorderedElementsAre("--nodes", "--no-mem"));
  EXPECT_THAT(offered({"run", "x.yaml", "--lo"}), ElementsAre("--log-level"));
}

TEST_F(Bash, OffersFilesThatAreMeant) {
  EXPECT_THAT(offered({"run", ""}), UnorderedElementsAre("folder", "a.yaml", "with blank.yaml"));
  EXPECT_THAT(offered({"query", ""}), UnorderedElementsAre("folder", "b.h5"));
  EXPECT_THAT(offered({"run", "a.yaml", "--archive", ""}), UnorderedElementsAre("folder", "b.h5"));
  EXPECT_THAT(offered({"run", "a.yaml", "--archive", "=", ""}), UnorderedElementsAre("folder", "b.h5"));
  EXPECT_THAT(offered({"kernel", "--output", "c"}), ElementsAre("c.txt"));
  EXPECT_THAT(offered({"repack", "b.h5", "c"}), ElementsAre("c.txt"));
  EXPECT_THAT(offered({"merge", "b.h5", "b.h5", "b"}), ElementsAre("b.h5"));
  EXPECT_THAT(offered({"query", "b.h5", ""}), IsEmpty());
}

TEST_F(Bash, OffersWordsOfOptions) {
  EXPECT_THAT(offered({"kernel", "--lattice", ""}), IsSupersetOf({"hexagon", "cube", "box"}));
  EXPECT_THAT(offered({"query", "b.h5", "--format", "c"}), ElementsAre("csv"));
  EXPECT_THAT(offered({"query", "b.h5", "--format", "="}), ElementsAre("table", "csv", "json"));
  EXPECT_THAT(offered({"--log-level", "de"}), ElementsAre("debug"));
  EXPECT_THAT(offered({"run", "a.yaml", "--log-level", "de"}), ElementsAre("debug"));
}

TEST_F(Bash, OffersColumnsInListsAndConditions) {
  EXPECT_THAT(offered({"query", "b.h5", "--columns", "shell_st"}), ElementsAre("shell_stiffness"));
  EXPECT_THAT(offered({"query", "b.h5", "--group-by", "size,shell_st"}), ElementsAre("size,shell_stiffness"));
  EXPECT_THAT(offered({"query", "b.h5", "--where", "shell_st"}), ElementsAre("shell_stiffness"));
  EXPECT_THAT(offered({"query", "b.h5", "--where", "'size > 3 and shell_st"}),
              ElementsAre("size > 3 and shell_stiffness"));
  EXPECT_THAT(offered({"query", "b.h5", "--columns", ""}), Contains("f_U_err"));
}

TEST_F(Bash, OffersNothingForValuesOfOtherPrograms) {
  EXPECT_THAT(offered({"submit", "a.yaml", "--", "--qo"}), IsEmpty());
  EXPECT_THAT(offered({"run", "a.yaml", "--time-limit", ""}), IsEmpty());
}

TEST(BashScript, PassesShellcheck) {
  if (!is_installed("shellcheck")) GTEST_SKIP() << "shellcheck is not installed";
  const Outcome checked =
      run_program({"shellcheck", "--shell=bash", share / "bash-completion" / "completions" / "nxmc"});
  EXPECT_EQ(checked.exit_code, 0) << checked.out;
}

// ---- zsh and fish

TEST(Zsh, ReadsTheCompletion) {
  if (!is_installed("zsh")) GTEST_SKIP() << "zsh is not installed";
  const fs::path file = share / "zsh" / "site-functions" / "_nxmc";
  const Outcome read = run_program({"zsh", "-n", file});
  EXPECT_EQ(read.exit_code, 0) << read.err;
  EXPECT_EQ(read.err, "");
  for (const std::string& command : commands) EXPECT_THAT(read_file(file), HasSubstr("\n    " + command + ")\n"));
}

/// Types the beginnings of lines into a shell and presses tab, until the shell has added what belongs to each.
constexpr const char* typing_in_zsh = R"zsh(
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1=; fpath=(${(q)1} \$fpath); autoload -Uz compinit; compinit -u -D; print REA''DY"
zpty -r shell answer '*READY*'
for line rest in "${@:2}"; do
  zpty -n -w shell "$line"$'\t'
  zpty -r shell answer "*$line*$rest*" || exit 1
  print -r -- "$line$rest"
  zpty -n -w shell $'\x15'
done
)zsh";

TEST(Zsh, OffersWhatIsMeant) {
  if (!is_installed("zsh")) GTEST_SKIP() << "zsh is not installed";
  const TemporaryDirectory here;
  for (const char* file : {"a.yaml", "a.h5", "a.txt"}) write_file(here / file, "");
  struct Typed {
    std::string beginning;
    std::string added;
  };
  const std::vector<Typed> lines{{"nxmc qu", "ery"},
                                 {"nxmc query --fo", "rmat"},
                                 {"nxmc query a.h5 --format c", "sv"},
                                 {"nxmc query a.h5 --columns size,shell_st", "iffness"},
                                 {"nxmc query a.h5 --where 'size > 3 and shell_st", "iffness"},
                                 {"nxmc kernel --lattice h", "exagon"},
                                 {"nxmc run a", ".yaml"},
                                 {"nxmc status a", ".h5"}};
  std::vector<std::string> words{"zsh", "-f", "-c", typing_in_zsh, "typing", share / "zsh" / "site-functions"};
  std::string completed;
  for (const Typed& line : lines) {
    words.insert(words.end(), {line.beginning, line.added});
    completed += line.beginning + line.added + "\n";
  }
  const Outcome typed = run_program(words, {{"TERM", "xterm"}, {"HOME", here.path()}}, here.path());
  EXPECT_EQ(typed.exit_code, 0) << typed.err;
  EXPECT_EQ(typed.out, completed);
}

std::vector<std::string> offered_by_fish(const std::string& line, const fs::path& directory) {
  const fs::path file = share / "fish" / "vendor_completions.d" / "nxmc.fish";
  const Outcome outcome =
      run_program({"fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", file, line},
                  {{"HOME", directory}}, directory);
  EXPECT_EQ(outcome.exit_code, 0) << line;
  EXPECT_EQ(outcome.err, "") << line;
  std::vector<std::string> words;
  for (const std::string& offer : lines_of(outcome.out)) words.push_back(offer.substr(0, offer.find('\t')));
  return words;
}

TEST(Fish, OffersWhatIsMeant) {
  if (!is_installed("fish")) GTEST_SKIP() << "fish is not installed";
  const TemporaryDirectory here;
  write_file(here / "a.yaml", "");
  write_file(here / "b.h5", "");
  const auto offered = [&](const std::string& line) { return offered_by_fish(line, here.path()); };
  EXPECT_THAT(offered("nxmc qu"), ElementsAre("query"));
  EXPECT_THAT(offered("nxmc query --fo"), ElementsAre("--format"));
  EXPECT_THAT(offered("nxmc query b.h5 --format "), UnorderedElementsAre("table", "csv", "json"));
  EXPECT_THAT(offered("nxmc query b.h5 --columns size,shell_st"), ElementsAre("size,shell_stiffness"));
  EXPECT_THAT(offered("nxmc query b.h5 --where 'size > 3 and shell_st"), Contains(HasSubstr("shell_stiffness")));
  EXPECT_THAT(offered("nxmc run a"), Contains("a.yaml"));
  EXPECT_THAT(offered("nxmc status b"), Contains("b.h5"));
  EXPECT_THAT(offered("nxmc kernel --lattice "), IsSupersetOf({"hexagon", "cube", "box"}));
}

}  // namespace
}  // namespace nxmc
