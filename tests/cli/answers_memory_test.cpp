// What commands that read archives take of memory: it does not grow with rows, and little with jobs.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <iostream>
#include <string>
#include <vector>

#include "program.hpp"

namespace nxmc {
namespace {

using testing_tools::TemporaryDirectory;
using testing_tools::write_file;

constexpr double mebibyte = 1024 * 1024;

/// Bytes that a program takes at its peak. Its output goes nowhere; it has to end well.
double peak_of(const std::vector<std::string>& arguments, const std::filesystem::path& directory) {
  const pid_t pid = fork();
  if (pid == 0) {
    const int nowhere = open("/dev/null", O_RDWR);
    dup2(nowhere, STDIN_FILENO);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    if (chdir(directory.c_str()) != 0) _exit(126);
    std::vector<char*> raw;
    raw.reserve(arguments.size() + 1);
    for (const std::string& argument : arguments) raw.push_back(const_cast<char*>(argument.c_str()));
    raw.push_back(nullptr);
    execvp(raw.front(), raw.data());
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  EXPECT_EQ(wait4(pid, &status, 0, &usage), pid);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << arguments[1] << " " << arguments[2];
  return 1024.0 * static_cast<double>(usage.ru_maxrss);
}

class AnswersMemory : public testing::Test {
 protected:
  void run(const std::string& name, const std::string& scan) {
    write_file(directory_ / (name + ".yaml"), "name: " + name + "\nscans: [{name: s, " + scan + "}]\n");
    const auto outcome = testing_tools::RunningProgram({NXMC_PROGRAM, "run", name + ".yaml"}, {}, directory_.path())
                             .wait(std::chrono::seconds(1800));
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  }
  double peak(const std::string& command, const std::string& name, std::vector<std::string> options) const {
    options.insert(options.begin(), {NXMC_PROGRAM, command, name + ".h5"});
    return peak_of(options, directory_.path());
  }
  static std::string trajectories(int jobs, int times) {
    return "method: exchange, lattice: hexagon, size: 2, interaction: none, delta_mu: [-3, -1], replicas: " +
           std::to_string(jobs / 2) + ", times: {from: 0.01, to: 0.2, points: " + std::to_string(times) + "}";
  }

 private:
  TemporaryDirectory directory_;
};

const std::vector<std::vector<std::string>> queries_of_times{
    {"--times", "--group-by", "delta_mu,time"},
    {"--times", "--group-by", "delta_mu", "--where", "c > 0.5"},
    {"--times", "--format", "csv"},
    {"--times", "--format", "json"},
    {"--times"}};

// Tables that are held take some 500 bytes a row.
TEST_F(AnswersMemory, DoesNotGrowWithRows) {
  constexpr int jobs = 2000;
  run("few", trajectories(jobs, 2));
  run("many", trajectories(jobs, 200));
  for (const auto& query : queries_of_times) {
    const double few = peak("query", "few", query);
    const double many = peak("query", "many", query);
    std::cout << query.back() << ": " << few / mebibyte << " MiB for 4000 rows, " << many / mebibyte
              << " MiB for 400 000\n";
    // A block of rows and one of results.
    EXPECT_LT(many, few + 25 * mebibyte);
  }
}

TEST_F(AnswersMemory, DoesNotGrowWithRowsOfProfiles) {
  const std::string rods =
      "method: exchange, lattice: box, size: [[2, 2, 10]], interaction: none, delta_mu: -1, replicas: 300, times: "
      "{from: "
      "0.01, to: 0.02, points: ";
  run("few", rods + "2}");
  run("many", rods + "100}");
  const std::vector<std::string> query{"--profiles", "--group-by", "plane"};
  EXPECT_LT(peak("query", "many", query), peak("query", "few", query) + 25 * mebibyte);
}

class LongAnswersMemory : public AnswersMemory {};

TEST_F(LongAnswersMemory, IsBelowHundredBytesAJobOfAMillion) {
  constexpr int jobs = 1'000'000;
  run("small", trajectories(100, 2));
  run("large", trajectories(jobs, 2));
  const auto check = [&](const std::string& command, const std::vector<std::string>& options) {
    const double beside = peak(command, "small", options);
    const double taken = peak(command, "large", options);
    std::cout << command << (options.empty() ? "" : " " + options.back()) << ": " << taken / mebibyte << " MiB, "
              << (taken - beside) / jobs << " bytes a job\n";
    EXPECT_LT(taken - beside, 100.0 * jobs) << command;
    EXPECT_LT(taken, 200 * mebibyte) << command;
  };
  check("status", {});
  check("status", {"--json"});
  check("verify", {});
  for (const auto& query : queries_of_times) check("query", query);
  check("query", {"--group-by", "delta_mu"});
  check("query", {"--where", "replica < 10 or events > 3", "--format", "csv"});
}

}  // namespace
}  // namespace nxmc
