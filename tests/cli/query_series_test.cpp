// `nxmc query --series`: what equilibrium chains measured, stretch by stretch.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <csignal>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "campaign_folder.hpp"
#include "finished_campaign.hpp"
#include "gate/gate.hpp"
#include "nxmc/observe/quantities.hpp"

namespace nxmc {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;
using testing_tools::CampaignFolder;
using testing_tools::OfFinishedCampaign;
using testing_tools::Outcome;

struct SeriesOfChains : OfFinishedCampaign<SeriesOfChains> {
  static constexpr const char* campaign_name = "chains";
  static constexpr const char* campaign = R"(
name: chains
seed: 5
scans:
  - {name: cores, method: equilibrium, lattice: hexagon, size: 4, shell_layers: 1, shell_stiffness: [2, 8], temperature: 0.3,
     start: [random, segregated], equilibration_sweeps: 100, measured_sweeps: 1027}
  - {name: boxes, method: equilibrium, lattice: box, size: [[3, 3, 4]], temperature: 1.5, equilibration_sweeps: 20,
     measured_sweeps: 50, measure_every: {phases: 5, areas: 10}}
  - {name: in_time, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -2, times: [0.1]}
)";

  static json series(std::vector<std::string> options) {
    options.insert(options.begin(), {"query", "chains.h5", "--series"});
    return rows(options);
  }
};

TEST_F(SeriesOfChains, HaveARowForEachStretchWithTheParametersOfTheJob) {
  const json cores = series({"--where", "scan == cores and shell_stiffness == 8 and start == random"});
  ASSERT_EQ(cores.size(), 257U);
  for (std::size_t b = 0; b < cores.size(); ++b) {
    EXPECT_EQ(cores[b].at("sweep"), b < 256 ? 100 + 4 * (b + 1) : 1127);
    EXPECT_EQ(cores[b].at("bin_sweeps"), b < 256 ? 4 : 3) << "the last one ends with the chain";
    EXPECT_EQ(cores[b].at("shell_stiffness"), 8);
    EXPECT_EQ(cores[b].at("state"), "done");
    EXPECT_TRUE(cores[b].at("f_C").is_null()) << "in 3D only";
  }
  const json boxes = series({"--where", "scan == boxes"});
  ASSERT_EQ(boxes.size(), 10U);
  EXPECT_EQ(boxes[0].at("sweep"), 25);
  EXPECT_EQ(boxes[9].at("sweep"), 70);
  EXPECT_EQ(boxes[9].at("bin_sweeps"), 5);
  EXPECT_TRUE(boxes[9].at("f_S").is_null()) << "in 2D only";
  EXPECT_EQ(series({"--where", "scan == in_time"}).size(), 0U);
}

TEST_F(SeriesOfChains, AverageToTheColumnsOfTheJobs) {
  const json jobs = rows({"query", "chains.h5", "--where", "scan in [cores, boxes]"});
  ASSERT_EQ(jobs.size(), 5U);
  for (const json& job : jobs) {
    std::map<std::string, double> sums;
    double sweeps = 0;
    for (const json& row : series({"--where", "job == " + job.at("job").get<std::string>()})) {
      const double weight = row.at("bin_sweeps");
      sweeps += weight;
      for (const Quantity& quantity : series_columns()) {
        ASSERT_EQ(row.at(quantity.name).is_null(), job.at(quantity.name).is_null()) << quantity.name;
        if (!job.at(quantity.name).is_null()) sums[quantity.name] += weight * row.at(quantity.name).get<double>();
      }
    }
    EXPECT_EQ(sweeps, job.at("measured_sweeps"));
    EXPECT_TRUE(sums.contains("energy") && sums.contains("f_U"));
    for (const auto& [name, sum] : sums)
      EXPECT_NEAR(sum / sweeps, job.at(name).get<double>(), 1e-11 * (1 + std::fabs(sum / sweeps))) << name;
  }
}

TEST_F(SeriesOfChains, AreChosenPrintedAndAveragedAsOtherRows) {
  const Outcome csv = ask({"query", "chains.h5", "--series", "--where", "scan == boxes and sweep > 60", "--columns",
                           "sweep,bin_sweeps,size", "--format", "csv"});
  EXPECT_EQ(csv.out, "sweep,bin_sweeps,size\n65,5,3x3x4\n70,5,3x3x4\n");
  const Outcome table =
      ask({"query", "chains.h5", "--series", "--where", "scan == boxes", "--columns", "sweep,energy"});
  EXPECT_THAT(table.out, StartsWith("sweep  "));
  const std::string all = ask({"query", "chains.h5", "--series", "--format", "csv"}).out;
  EXPECT_THAT(all.substr(0, all.find('\n')), HasSubstr(",state,sweep,bin_sweeps,f_U1,f_S1,f_0,f_S2,f_U2,f_U,f_S,"));
  const json means = series({"--where", "scan == cores and sweep == 104", "--group-by", "shell_stiffness,sweep",
                             "--columns", "shell_stiffness,sweep,n,f_U,f_U_err"});
  ASSERT_EQ(means.size(), 2U);
  EXPECT_EQ(means[0].at("n"), 2);
  EXPECT_GE(means[0].at("f_U_err"), 0);
  EXPECT_THAT(ask({"query", "chains.h5", "--series", "--where", "scan == cores", "--group-by", "shell_stiffness"}).err,
              HasSubstr("the averages mix rows that differ in sweep, bin_sweeps; add it to --group-by"));
}

TEST_F(SeriesOfChains, AreToldFromOtherRowsAndColumns) {
  struct Misuse {
    std::vector<std::string> options;
    const char* words;
  };
  for (const Misuse& misuse :
       {Misuse{{"--series", "--times"}, "--times excludes --series"},
        Misuse{{"--series", "--profiles"}, "--profiles excludes --series"},
        Misuse{{"--columns", "sweep"}, "'sweep' is a column of --series"},
        Misuse{{"--series", "--columns", "plane"}, "'plane' is a column of --profiles"},
        Misuse{{"--series", "--columns", "tau_int"},
               "'tau_int' is a column of queries without --times, --profiles and --series"},
        Misuse{{"--series", "--where", "time > 1"}, "'time' is a column of --times and --profiles"},
        Misuse{{"--series", "--columns", "verdict"}, "of queries without --times, --profiles and --series"},
        Misuse{{"--series", "--columns", "crossings"}, "of queries without --times, --profiles and --series"},
        Misuse{{"--series", "--columns", "reason"}, "of queries without --times, --profiles, --series and --group-by"},
        Misuse{{"--series", "--columns", "swep"}, "did you mean 'sweep'?"}}) {
    std::vector<std::string> query{"query", "chains.h5"};
    query.insert(query.end(), misuse.options.begin(), misuse.options.end());
    const Outcome outcome = ask(query);
    EXPECT_EQ(outcome.exit_code, 2) << misuse.words;
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.err, HasSubstr(misuse.words));
  }
}

TEST_F(SeriesOfChains, SayWhyThereAreNone) {
  const Outcome none = ask({"query", "chains.h5", "--series", "--where", "scan == in_time"});
  EXPECT_EQ(none.exit_code, 0);
  EXPECT_THAT(none.err, HasSubstr("nxmc: hint: --series shows finished equilibrium jobs, and none is selected\n"));
  EXPECT_EQ(ask({"query", "chains.h5", "--series", "--where", "scan == core"}).err,
            "nxmc: hint: no row has scan 'core'; did you mean 'cores'?\n");
  ASSERT_EQ(ask({"prune", "chains.h5", "exchange.h5", "--where", "method == equilibrium"}).exit_code, 0);
  EXPECT_EQ(
      ask({"query", "exchange.h5", "--series"}).err,
      "nxmc: hint: this archive has no equilibrium jobs, which are what --series shows; exchange jobs have --times\n");
}

TEST_F(SeriesOfChains, StayInCopies) {
  const auto csv = [](const std::string& archive) {
    return ask({"query", archive, "--series", "--format", "csv"}).out;
  };
  ASSERT_EQ(ask({"repack", "chains.h5", "packed.h5"}).exit_code, 0);
  EXPECT_EQ(csv("packed.h5"), csv("chains.h5"));
  ASSERT_EQ(ask({"prune", "chains.h5", "boxes.h5", "--where", "scan == cores"}).exit_code, 0);
  ASSERT_EQ(ask({"prune", "chains.h5", "cores.h5", "--where", "scan != cores"}).exit_code, 0);
  ASSERT_EQ(ask({"merge", "cores.h5", "boxes.h5", "merged.h5"}).exit_code, 0);
  EXPECT_EQ(csv("merged.h5"), csv("chains.h5"));
}

// ---- chains that go on

std::string chain_of(int measured_sweeps) {
  return "name: chain\nseed: 2\nscans: [{name: s, method: equilibrium, lattice: hexagon, size: 3, shell_layers: 1, "
         "shell_stiffness: 4, temperature: 0.3, equilibration_sweeps: 50, measured_sweeps: " +
         std::to_string(measured_sweeps) + "}]\n";
}

TEST(SeriesOfAChain, GoesOnWithStretchesOfTwiceTheLengthWhenItIsMadeLonger) {
  const CampaignFolder folder("chain.yaml");
  const auto series = [&] { return folder.answer({"query", "chain.h5", "--series", "--format", "json"}); };
  folder.write(chain_of(600));
  ASSERT_EQ(folder.run("chain.h5").exit_code, 0);
  const json before = series();
  folder.write(chain_of(1200));
  ASSERT_EQ(folder.run("chain.h5").exit_code, 0);
  const json after = series();
  ASSERT_EQ(before.size(), 300U);
  ASSERT_EQ(after.size(), 300U) << "of the longest chain alone";
  for (std::size_t b = 0; b < 150; ++b) {
    EXPECT_EQ(after[b].at("sweep"), before[2 * b + 1].at("sweep"));
    EXPECT_EQ(after[b].at("bin_sweeps"), 4);
    const double two = before[2 * b].at("f_U").get<double>() + before[2 * b + 1].at("f_U").get<double>();
    EXPECT_NEAR(after[b].at("f_U").get<double>(), two / 2, 1e-13);
  }
  EXPECT_EQ(after.back().at("sweep"), 1250);
}

TEST(SeriesOfAChain, IsTheSameAfterAKill) {
  const CampaignFolder folder("chain.yaml");
  const auto series = [&](const std::string& archive) {
    return folder.ask({"query", archive, "--series", "--format", "csv"});
  };
  folder.write(chain_of(1100));
  ASSERT_EQ(folder.run("whole.h5").exit_code, 0);
  {
    const testing_tools::Gate gate;
    testing_tools::RunningProgram program(
        {NXMC_AT_GATE, "run", "chain.yaml", "--archive", "killed.h5", "--checkpoint-every", "0.01s"},
        gate.environment(), folder.directory());
    EXPECT_TRUE(testing_tools::becomes_so([&] {
      std::error_code error;
      return std::filesystem::file_size(folder.path("killed.h5.checkpoints"), error) > 1000 && !error;
    })) << program.err();
    const Outcome meanwhile = series("killed.h5");
    EXPECT_EQ(meanwhile.exit_code, 0);
    EXPECT_THAT(meanwhile.err, HasSubstr("--series shows finished equilibrium jobs"));
    program.kill_group(SIGKILL);
    program.wait();
  }
  const Outcome resumed = folder.run("killed.h5");
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_THAT(resumed.err, HasSubstr("from the last checkpoint"));
  EXPECT_EQ(series("killed.h5").out, series("whole.h5").out);
}

}  // namespace
}  // namespace nxmc
