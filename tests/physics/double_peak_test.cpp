// The transition of a core whose two states are told apart by a valley of the histogram.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "campaign_folder.hpp"

namespace nxmc {
namespace {

using nlohmann::json;

class LongDoublePeak : public testing::Test, protected testing_tools::CampaignFolder {
 protected:
  LongDoublePeak() : CampaignFolder("d.yaml") {}
};

// 721 core sites: a valley a third as high as the lower peak, of two ladders that make some dozen round trips.
TEST_F(LongDoublePeak, IsFoundWithoutBeingTold) {
  write(R"(name: d
scans:
  - {name: d, method: equilibrium, lattice: hexagon, size: 16, shell_layers: 1, shell_stiffness: [8, 13], temperature: 0.2,
     start: [random, segregated], equilibration_sweeps: 20000, measured_sweeps: 300000, measure_every: {areas: 0},
     ladder: {along: shell_stiffness, rungs: auto}}
)");
  ASSERT_EQ(run("d.h5", 2).exit_code, 0);
  const json rows = answer({"diagram", "d.h5", "--format", "json"});
  ASSERT_EQ(rows.size(), 1U);
  const json& found = rows.at(0);
  EXPECT_EQ(found.at("order"), "first");
  EXPECT_NEAR(found.at("split").get<double>(), 0.15, 0.03);
  EXPECT_NEAR(found.at("equal_weight").get<double>(), 10.815, 0.03) << "of the page, and of plain chains";
  EXPECT_LT(found.at("equal_weight_err").get<double>(), 0.012);
  EXPECT_NEAR(found.at("equal_height").get<double>(), 10.80, 0.03);
}

}  // namespace
}  // namespace nxmc
