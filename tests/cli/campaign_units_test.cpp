// Campaigns in K, eV, nm and s through the commands: planned, run, asked about, resumed without their material file,
// and with another one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "campaign_folder.hpp"

namespace nxmc {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing_tools::CampaignFolder;
using testing_tools::Outcome;
using testing_tools::write_file;

constexpr const char* pair = R"(A: {name: CdTe, structure: zincblende, lattice_constant: 6.48 angstrom}
B: {name: CdS, structure: zincblende, lattice_constant: 5.82 angstrom}
bulk_modulus: 50 GPa
attempt_rates: {exchange: {prefactor: 1e13 Hz, barrier: 0.43 eV}, diffusion: {prefactor: 1e13 Hz, barrier: 0.5 eV}}
)";

constexpr const char* laboratory = R"(name: laboratory
seed: 3
material: pair.yaml
scans:
  - {name: hot, method: exchange, lattice: cube, size: 2 nm, temperature: [400 K, 500 K], delta_mu: -0.5 eV, replicas: 2,
     max_events: 200, times: [1 ns, 1 us]}
)";

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

class CampaignUnits : public testing::Test {
 protected:
  CampaignUnits() {
    write_file(folder_.path("pair.yaml"), pair);
    folder_.write(laboratory);
  }
  void run() const {
    const Outcome outcome = folder_.run("lab.h5");
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  }
  std::vector<std::string> jobs(const std::vector<std::string>& more) const {
    std::vector<std::string> arguments{"query", "lab.h5", "--format", "csv"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return lines_of(folder_.ask(arguments).out);
  }
  CampaignFolder folder_{"lab.yaml"};
};

TEST_F(CampaignUnits, ArePlannedInBoth) {
  const Outcome plan = folder_.ask({"plan", "lab.yaml"});
  ASSERT_EQ(plan.exit_code, 0) << plan.err;
  EXPECT_THAT(plan.out, HasSubstr("material         CdTe to CdS (pair.yaml); \u03B5 = 31.35 meV in 3D, 17.42 in 2D\n"));
  EXPECT_THAT(plan.out, HasSubstr(" hot: size 3 sites = 1.845 nm (for 2 nm)\n"));
  EXPECT_THAT(plan.out, HasSubstr(" hot: temperature 400 K = 1.099 \u03B5, 500 K = 1.374 \u03B5\n"));
  EXPECT_THAT(plan.out, HasSubstr(" hot: delta_mu -0.5 eV = -15.95 \u03B5\n"));
  EXPECT_THAT(plan.out,
              HasSubstr(" hot: time 1 = 26.17 ns at 400 K, where exchange is 1 and diffusion 0.1312, 1 = 2.159 ns at "
                        "500 K, where exchange is 1 and diffusion 0.197\n"));
  const auto document = folder_.answer({"plan", "lab.yaml", "--json"});
  EXPECT_EQ(document.at("units").at(0).at("of"), "material");
}

TEST_F(CampaignUnits, ComeBackFromTheArchive) {
  run();
  EXPECT_THAT(jobs({"--units", "physical", "--columns", "temperature,delta_mu,energy_unit,size", "--where",
                    "temperature == 500 and replica == 1"}),
              ElementsAre("temperature,delta_mu,energy_unit,size", "500,-0.5,eV,1.845"));
  EXPECT_THAT(
      jobs({"--times", "--units", "physical", "--columns", "temperature,time,n", "--group-by", "temperature,time"}),
      ElementsAre("temperature,time,n", "400,1e-09,2", "400,1e-06,2", "500,1e-09,2", "500,1e-06,2"));
  // The same in units of the model.
  EXPECT_THAT(jobs({"--columns", "temperature", "--where", "temperature < 1.2 and replica == 0"}),
              ElementsAre("temperature", testing::StartsWith("1.0994")));
  const auto units = folder_.answer({"query", "lab.h5", "--format", "json", "--where", "replica == 0", "--columns",
                                     "kelvin,unit_energy,unit_length,unit_time,rate_diffusion"});
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(units[0].at("kelvin"), 400);
  EXPECT_NEAR(units[0].at("unit_energy").get<double>(), 0.0313512, 1e-6);
  EXPECT_NEAR(units[0].at("unit_length").get<double>(), 6.15, 1e-11);
  EXPECT_NEAR(units[0].at("unit_time").get<double>(), 1e-13 * std::exp(0.43 / (8.617333262e-5 * 400)), 1e-12);
}

TEST_F(CampaignUnits, EnergiesAreInElectronvolt) {
  run();
  const auto model = folder_.answer({"query", "lab.h5", "--times", "--format", "json", "--columns", "energy"});
  const auto physical =
      folder_.answer({"query", "lab.h5", "--times", "--format", "json", "--columns", "energy", "--units", "physical"});
  ASSERT_EQ(model.size(), 8U);
  for (std::size_t k = 0; k < model.size(); ++k)
    EXPECT_NEAR(physical[k].at("energy").get<double>(), 0.0313512 * model[k].at("energy").get<double>(),
                1e-5 * std::abs(model[k].at("energy").get<double>()));
}

TEST_F(CampaignUnits, GoOnWithoutTheMaterialFile) {
  run();
  std::filesystem::remove(folder_.path("pair.yaml"));
  const Outcome again = folder_.run("lab.h5");
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_THAT(again.err, HasSubstr("pair.yaml is not there any more; its text in lab.h5 is taken"));
  EXPECT_EQ(folder_.ask({"query", "lab.h5", "--units", "physical"}).exit_code, 0);
  EXPECT_EQ(folder_.ask({"status", "lab.h5"}).exit_code, 0);
  EXPECT_EQ(folder_.ask({"plan", "lab.yaml", "--archive", "lab.h5"}).exit_code, 0);
  const Outcome elsewhere = folder_.run("other.h5");
  EXPECT_EQ(elsewhere.exit_code, 1);
  EXPECT_THAT(elsewhere.err, HasSubstr("lab.yaml:3:11: material: pair.yaml: no such file; it is looked for beside the "
                                       "campaign"));
}

TEST_F(CampaignUnits, SayWhatChangedWithTheMaterial) {
  run();
  std::string stiffer = pair;
  stiffer.replace(stiffer.find("50 GPa"), 2, "60");
  write_file(folder_.path("pair.yaml"), stiffer);
  const Outcome refused = folder_.run("lab.h5");
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err,
              AllOf(HasSubstr("written by campaign 'laboratory' with temperature 1.0994"),
                    HasSubstr("(units are others, by pair.yaml: epsilon was 31.3512 meV and is 37.6214)")));
  // A word more in the file changes no job, and is kept.
  write_file(folder_.path("pair.yaml"), std::string("# measured again\n") + pair);
  EXPECT_EQ(folder_.run("lab.h5").exit_code, 0);
  EXPECT_THAT(Archive::open(folder_.path("lab.h5")).campaign_text(),
              HasSubstr("--- # material: pair.yaml\n# measured again\n"));
}

TEST_F(CampaignUnits, OfArchivesWithoutMaterialAreRefused) {
  folder_.write(
      "name: bare\nscans: [{name: s, method: exchange, lattice: cube, size: 2, temperature: 1.5, delta_mu: -200, "
      "max_events: 5, times: [1, 2]}]\n");
  run();
  const Outcome refused = folder_.ask({"query", "lab.h5", "--units", "physical"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("lab.h5: its campaign names no material, and numbers stay in units of the model; "
                                     "leave --units out"));
  EXPECT_THAT(jobs({"--columns", "kelvin"}), ElementsAre("kelvin", ""));
  const Outcome verdict = folder_.ask({"query", "lab.h5", "--units", "physical", "--columns", "verdict"});
  EXPECT_EQ(verdict.exit_code, 2);
  EXPECT_THAT(verdict.err, HasSubstr("--units: 'verdict' is told of rows in units of the model"));
}

TEST_F(CampaignUnits, OfOneCampaignAreNotToldOfAnother) {
  run();
  folder_.write(
      "name: laboratory\nseed: 3\nscans: [{name: bare, method: exchange, lattice: cube, size: 2, temperature: 1.5, "
      "delta_mu: "
      "-200, "
      "max_events: 5, times: [1, 2]}]\n");
  ASSERT_EQ(folder_.run("bare.h5").exit_code, 0);
  for (const auto& [first, second] : {std::pair("lab.h5", "bare.h5"), std::pair("bare.h5", "lab.h5")}) {
    const std::string both = std::string("both-of-") + first;
    const Outcome merged = folder_.ask({"merge", first, second, both});
    ASSERT_EQ(merged.exit_code, 0) << merged.err;
    const auto rows = folder_.answer(
        {"query", both, "--format", "json", "--columns", "temperature,kelvin", "--where", "temperature == 1.5"});
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_TRUE(rows[0].at("kelvin").is_null()) << rows[0];
  }
}

TEST_F(CampaignUnits, AreMerged) {
  run();
  std::string more = laboratory;
  more.replace(more.find("[400 K, 500 K]"), 14, "450 K");
  folder_.write(more);
  ASSERT_EQ(folder_.run("more.h5").exit_code, 0);
  const Outcome merged = folder_.ask({"merge", "lab.h5", "more.h5", "both.h5"});
  ASSERT_EQ(merged.exit_code, 0) << merged.err;
  const auto rows = folder_.answer({"query", "both.h5", "--format", "json", "--units", "physical", "--columns",
                                    "temperature", "--where", "replica == 0"});
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[2].at("temperature"), 450);
}

}  // namespace
}  // namespace nxmc
