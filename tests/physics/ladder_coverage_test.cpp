// How often the true transition lies within the error that one ladder gives it.
#include <gtest/gtest.h>

#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "campaign_folder.hpp"

namespace nxmc {
namespace {

using nlohmann::json;

struct Found {
  double place = 0;
  double error = 0;
};

class LongLadderCoverage : public testing::Test, protected testing_tools::CampaignFolder {
 protected:
  LongLadderCoverage() : CampaignFolder("l.yaml") {}
  Found transition_of(const std::string& where) const {
    const json rows = answer({"diagram", "l.h5", "--split", "0.16", "--where", where, "--format", "json"});
    EXPECT_EQ(rows.size(), 1U);
    return {rows.at(0).at("equal_weight"), rows.at(0).at("equal_weight_err")};
  }
};

// Beside the mean of many ladders, whose own error is a sixth of theirs.
TEST_F(LongLadderCoverage, OfEqualWeight) {
  constexpr int ladders = 40;
  write(
      "name: l\nscans:\n  - {name: l, method: equilibrium, lattice: hexagon, size: 10, shell_layers: 1, "
      "shell_stiffness: "
      "[5.8, 6, 6.1, 6.2, 6.3, 6.4, 6.5, 6.6, 6.8], temperature: 0.2, replicas: " +
      std::to_string(ladders) +
      ", equilibration_sweeps: 5000, measured_sweeps: 40000, measure_every: {areas: 0}, ladder: {along: "
      "shell_stiffness}}\n");
  ASSERT_EQ(run("l.h5", 2).exit_code, 0);
  std::vector<Found> all;
  double mean = 0;
  for (int replica = 0; replica < ladders; ++replica) {
    all.push_back(transition_of("replica == " + std::to_string(replica)));
    mean += all.back().place / ladders;
  }
  double square = 0;
  double error_square = 0;
  int within = 0;
  for (const Found& found : all) {
    square += std::pow(found.place - mean, 2) / (ladders - 1);
    error_square += found.error * found.error / ladders;
    within += std::abs(found.place - mean) < found.error ? 1 : 0;
  }
  std::cout << "scatter " << std::sqrt(square) << ", error " << std::sqrt(error_square) << ", within one error "
            << 100.0 * within / ladders << " %, mean " << mean << "\n";
  EXPECT_NEAR(mean, 6.303, 0.01) << "the transition of the page, and of plain chains";
  // Of 40 with 68 % each, 20 to 34 in 99 of 100 cases.
  EXPECT_GE(within, 20);
  EXPECT_LE(within, 35);
}

}  // namespace
}  // namespace nxmc
