// Readers beside a running campaign: nothing that they do fails, everything that they see of a finished job is final,
// and the campaign does not notice.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "campaign.hpp"
#include "gate/gate.hpp"

namespace nxmc::testing_tools {
namespace {

namespace fs = std::filesystem;

/// Rows of jobs that are done, by their first column.
std::map<std::string, std::string> done_rows(const std::string& csv) {
  std::map<std::string, std::string> rows;
  std::istringstream lines(csv);
  for (std::string line; std::getline(lines, line);) {
    if (line.find(",done,") != std::string::npos) rows[line.substr(0, line.find(','))] += line + '\n';
  }
  return rows;
}

class Readers : public testing::Test {
 protected:
  void SetUp() override {
    adopt_orphans();
    write_file(directory_ / "campaign.yaml", disturbed_campaign({.measured_sweeps = 100'000, .until = false}));
  }

  Outcome ask(const std::vector<std::string>& arguments) {
    std::vector<std::string> command{NXMC_PROGRAM};
    command.insert(command.end(), arguments.begin(), arguments.end());
    Outcome outcome = run_program(command, {}, directory_.path());
    ++asked_;
    failures_ += outcome.exit_code == 0 ? 0 : 1;
    EXPECT_EQ(outcome.exit_code, 0) << arguments.front() << ": " << outcome.err;
    return outcome;
  }

  std::string query() { return ask({"query", "x.h5", "--format", "csv"}).out; }

  void look_at_progress() {
    const auto status = nlohmann::json::parse(ask({"status", "x.h5", "--json"}).out);
    const auto done = status.at("jobs").at("done").get<int>();
    EXPECT_GE(done, most_done_);
    most_done_ = done;
  }

  void look_at_rows() {
    for (const auto& [job, row] : done_rows(query())) {
      const auto [first, is_new] = seen_.try_emplace(job, row);
      EXPECT_EQ(row, first->second);
    }
  }

  /// Reads with all readers until the campaign ends, which is not before all have seen something.
  void read_beside(RunningProgram& campaign) {
    RunningProgram python({"/usr/bin/python3", "-B", NXMC_READ_LIVE, "x.h5", (scratch_ / "end").string(), NXMC_TOOLS},
                          {}, directory_.path());
    while (campaign.is_running()) {
      look_at_progress();
      look_at_rows();
      if (!seen_.empty() && fs::exists(scratch_ / "end.seen")) gate_.open();
    }
    write_file(scratch_ / "end", "");
    const Outcome live = python.wait();
    EXPECT_EQ(live.exit_code, 0) << live.out << live.err;
    std::istringstream(live.out) >> python_reads_ >> python_jobs_;
  }

  const TemporaryDirectory directory_;
  const TemporaryDirectory scratch_;
  const Gate gate_;
  std::map<std::string, std::string> seen_;
  int most_done_ = 0;
  int asked_ = 0;
  int failures_ = 0;
  int python_reads_ = 0;
  int python_jobs_ = 0;
};

TEST_F(Readers, SeeOnlyWhatIsFinalAndDisturbNobody) {
  RunningProgram campaign(on_ranks(2, run_command(2, NXMC_AT_GATE)), gate_.environment(scratch_in(scratch_.path())),
                          directory_.path());
  ASSERT_TRUE(becomes_so([&] { return fs::exists(directory_ / "x.h5"); })) << campaign.err();
  read_beside(campaign);
  const Outcome outcome = campaign.wait();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto final_rows = done_rows(query());
  EXPECT_EQ(final_rows.size(), sealed_jobs(results_of(directory_ / "x.h5")).size());
  for (const auto& [job, row] : seen_) EXPECT_EQ(row, final_rows.at(job));
  EXPECT_GT(seen_.size(), 0U);
  EXPECT_GT(python_jobs_, 0);
  std::cout << asked_ << " times status and query, " << failures_ << " failures; " << seen_.size()
            << " jobs seen as done beforehand; " << python_reads_ << " times h5py, " << python_jobs_ << " jobs\n";
}

}  // namespace
}  // namespace nxmc::testing_tools
