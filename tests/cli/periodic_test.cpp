// Bulk from a campaign to its answers: averages against complete enumeration of small cells, and what is exported.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "enumerated_core.hpp"
#include "finished_campaign.hpp"

namespace nxmc {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing_tools::expect_within_errors;
using testing_tools::Outcome;

class Periodic : public testing_tools::OfFinishedCampaign<Periodic> {
 public:
  static constexpr const char* campaign_name = "bulk";
  static constexpr const char* campaign = R"(name: bulk
seed: 3
defaults: {method: equilibrium, boundary: periodic, lattice: hexagon, size: 3, equilibration_sweeps: 500,
           measured_sweeps: 20000, samples: {every: 10, at_most: 2000}, measure_every: {phases: 10, areas: 100}}
scans:
  - {name: isotherm, ensemble: semigrand, temperature: 3, delta_mu: [-2, 0, 2], start: [A, B]}
  - {name: ladder, size: [[3, 4]], composition: 0.25, temperature: [0.5, 0.7, 1], ladder: {along: temperature}}
  - {name: order, size: 6, composition: [1/3, 2/3], temperature: [0.25, 0.35, 0.45, 0.6, 0.8],
     ladder: {along: temperature}}
  - {name: half, size: 12, composition: 1/2, temperature: 0.25, measured_sweeps: 3000}
  - {name: cells, lattice: [hexagon, cube, box], size: [[4, 6], 4, [3, 4, 5]], zip: [lattice, size],
     temperature: 2, measured_sweeps: 100, snapshots: {sweeps: [100]}}
)";
};

struct Averages {
  double c = 0;
  double energy = 0;
  double f_u = 0;
};

Averages exact_averages(const testing_tools::EnumeratedCore& core, double delta_mu, double temperature) {
  const std::vector<double> energies = core.in_contact(core.elastic(1, Hamiltonian::exact), delta_mu);
  const std::vector<double> weights = core.probabilities(energies, temperature, 0);
  Averages means;
  for (std::size_t n = 0; n < weights.size(); ++n) {
    means.c += weights[n] * core.compositions()[n];
    means.energy += weights[n] * energies[n];
    means.f_u += weights[n] * core.phases()[n].united();
  }
  return means;
}

void expect_averages(const nlohmann::json& row, const Averages& exact) {
  expect_within_errors(row, "energy", exact.energy, 0.2);
  expect_within_errors(row, "f_U", exact.f_u, 0.02);
}

TEST_F(Periodic, IsothermsAreThoseOfCompleteEnumeration) {
  const testing_tools::EnumeratedCore core(testing_tools::rhombus(3, 3));
  const nlohmann::json found =
      rows_of("query", "isotherm",
              {"--group-by", "delta_mu", "--columns", "delta_mu,c,c_err,energy,energy_err,f_U,f_U_err,verdict"});
  ASSERT_EQ(found.size(), 3U);
  for (const nlohmann::json& row : found) {
    const Averages exact = exact_averages(core, row.at("delta_mu"), 3);
    expect_averages(row, exact);
    expect_within_errors(row, "c", exact.c, 0.02);
    EXPECT_EQ(row.at("verdict"), "converged");
  }
}

TEST_F(Periodic, LaddersInTemperatureAreThoseOfCompleteEnumeration) {
  const testing_tools::EnumeratedCore core(testing_tools::rhombus(3, 4), 3);
  const nlohmann::json found = rows_of("query", "ladder", {});
  ASSERT_EQ(found.size(), 3U);
  for (const nlohmann::json& row : found) expect_averages(row, exact_averages(core, 0, row.at("temperature")));
}

TEST_F(Periodic, SamplesTellOfOtherTemperaturesAndReservoirs) {
  const testing_tools::EnumeratedCore core(testing_tools::rhombus(3, 3));
  const nlohmann::json found = rows_of("reweight", "isotherm", {"--at", "delta_mu=[-1, 1.5], temperature=[2.7, 3.5]"});
  ASSERT_EQ(found.size(), 4U);
  for (const nlohmann::json& row : found)
    expect_averages(row, exact_averages(core, row.at("delta_mu"), row.at("temperature")));
}

// Both superlattices melt at the same temperature, since A and B are alike.
TEST_F(Periodic, SuperlatticesMeltAsOneAndAreTwoOnMaps) {
  const nlohmann::json found = rows_of("diagram", "order", {"--along", "temperature"});
  ASSERT_EQ(found.size(), 2U);
  for (const nlohmann::json& row : found) EXPECT_EQ(row.at("order_parameter"), "f_S");
  const double apart = found.at(1).at("variance_peak").get<double>() - found.at(0).at("variance_peak").get<double>();
  const double error =
      std::hypot(found.at(0).at("variance_peak_err").get<double>(), found.at(1).at("variance_peak_err").get<double>());
  EXPECT_GT(found.at(0).at("variance_peak"), 0.3);
  EXPECT_LT(error, 0.05);
  EXPECT_LT(std::abs(apart), 4 * error);
  const nlohmann::json points = rows_of("diagram", "order", {"--map", "composition,temperature"});
  ASSERT_EQ(points.size(), 10U);
  EXPECT_EQ(points.at(0).at("phase"), "S2");
  EXPECT_EQ(points.at(1).at("phase"), "S1");
  EXPECT_EQ(points.at(9).at("phase"), "0");
  const nlohmann::json half = rows_of("diagram", "half", {"--map", "composition,temperature"});
  ASSERT_EQ(half.size(), 1U);
  EXPECT_EQ(half.at(0).at("phase"), "S") << "both together are most of the crystal, and neither is most of them";
}

TEST_F(Periodic, CrystalsAreNamedAsTheyAre) {
  const nlohmann::json found = rows_of("query", "cells", {"--columns", "lattice,size,n_core,state"});
  ASSERT_EQ(found.size(), 3U);
  const std::vector<std::array<nlohmann::json, 2>> expected{
      {"periodic-hexagon", "4x6"}, {"periodic-cube", 4}, {"periodic-box", "3x4x5"}};
  for (std::size_t k = 0; k < expected.size(); ++k) {
    EXPECT_EQ(found.at(k).at("lattice"), expected[k][0]);
    EXPECT_EQ(found.at(k).at("size"), expected[k][1]);
    EXPECT_EQ(found.at(k).at("state"), "done");
  }
  EXPECT_EQ(ask({"verify", "bulk.h5"}).exit_code, 0);
}

using Vector = std::array<double, 3>;

struct Exported {
  std::array<Vector, 3> cell{};
  std::vector<Vector> position;
};

/// The frame of an extended xyz.
Exported read_xyz(const std::string& text) {
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  const std::size_t atoms = std::stoul(line);
  std::getline(lines, line);
  Exported frame;
  const std::string key = "Lattice=\"";
  std::istringstream numbers(line.substr(line.find(key) + key.size()));
  for (Vector& edge : frame.cell)
    for (double& x : edge) numbers >> x;
  for (std::size_t k = 0; k < atoms; ++k) {
    std::string species;
    Vector at{};
    std::getline(lines, line);
    std::istringstream(line) >> species >> at[0] >> at[1] >> at[2];
    frame.position.push_back(at);
  }
  return frame;
}

/// Pairs of an atom and another one, or an image of any, within a distance.
int pairs_within(const Exported& frame, double distance, bool flat) {
  int pairs = 0;
  for (const Vector& from : frame.position) {
    for (const Vector& to : frame.position) {
      for (int image = 0; image < (flat ? 9 : 27); ++image) {
        const std::array<int, 3> shift{image % 3 - 1, image / 3 % 3 - 1, flat ? 0 : image / 9 - 1};
        double square = 0;
        for (std::size_t x = 0; x < 3; ++x) {
          double along = to[x] - from[x];
          for (std::size_t edge = 0; edge < 3; ++edge) along += shift[edge] * frame.cell[edge][x];
          square += along * along;
        }
        if (square > 0 && square < distance * distance) ++pairs;
      }
    }
  }
  return pairs;
}

// Across the edges of the cell that readers see, all sites have the neighbours that the program gave them.
TEST_F(Periodic, ExportedCellsRepeat) {
  for (const auto& [lattice, bonds] :
       {std::pair{"periodic-hexagon", 6}, std::pair{"periodic-cube", 18}, std::pair{"periodic-box", 18}}) {
    const nlohmann::json jobs = rows(
        {"query", "bulk.h5", "--where", std::string("scan == cells and lattice == ") + lattice, "--columns", "job"});
    ASSERT_EQ(jobs.size(), 1U);
    const Outcome exported = ask({"export", "bulk.h5", "--job", jobs.at(0).at("job")});
    ASSERT_EQ(exported.exit_code, 0) << exported.err;
    EXPECT_THAT(exported.out, HasSubstr(bonds == 6 ? "pbc=\"T T F\"" : "pbc=\"T T T\""));
    const Exported frame = read_xyz(exported.out);
    EXPECT_EQ(pairs_within(frame, bonds == 6 ? 1.1 : 1.5, bonds == 6), bonds * static_cast<int>(frame.position.size()))
        << lattice;
  }
}

TEST(PeriodicCampaigns, SayWhichSizesTheSuperlatticeFitsInto) {
  testing_tools::CampaignFolder folder("b.yaml");
  folder.write(
      "name: b\nscans:\n  - {name: flat, method: equilibrium, boundary: periodic, lattice: hexagon, size: [12, 13], "
      "temperature: 0.2}\n  - {name: cubes, method: equilibrium, boundary: periodic, lattice: box, size: [[4, 6, 5], "
      "[4, 5, 7]], temperature: 2}\n");
  const Outcome plan = folder.ask({"plan", "b.yaml"});
  EXPECT_EQ(plan.exit_code, 0) << plan.err;
  EXPECT_THAT(plan.out + plan.err, AllOf(HasSubstr("the superlattice repeats after 3 sites and does not fit into 13 of "
                                                   "them: the next sizes that fit are 12 and 15"),
                                         HasSubstr("columns repeat after 2 sites and do not fit into 5 of them: the "
                                                   "next sizes that fit are 4 and 6")));
}

// Ends of a range are fractions until its values are made, which are those that a list of them has.
TEST(PeriodicCampaigns, HaveTheSameFractionsInRangesAndLists) {
  testing_tools::CampaignFolder folder("b.yaml");
  const std::string scan =
      "{method: equilibrium, boundary: periodic, lattice: hexagon, size: 12, temperature: 0.2, composition: ";
  folder.write("name: b\nscans:\n  - " + scan +
               "[1/12, 2/12, 3/12, 4/12, 5/12, 6/12, 7/12, 8/12, 9/12, 10/12, 11/12], name: list}\n  - " + scan +
               "{from: 1/12, to: 11/12, points: 11}, name: points}\n  - " + scan +
               "{from: 1/12, to: 11/12, step: 1/12}, name: steps}\n");
  const Outcome plan = folder.ask({"plan", "b.yaml"});
  EXPECT_EQ(plan.exit_code, 0) << plan.err;
  EXPECT_THAT(plan.out, ::testing::ContainsRegex("jobs +11\n"));
}

TEST(PeriodicCampaigns, SayWhenASuperlatticeIsASiteShort) {
  testing_tools::CampaignFolder folder("b.yaml");
  folder.write(
      "name: b\nscans:\n  - {name: b, method: equilibrium, boundary: periodic, lattice: hexagon, size: 6, temperature: "
      "0.2, composition: [0.3333, 1/3]}\n");
  const Outcome plan = folder.ask({"plan", "b.yaml"});
  EXPECT_EQ(plan.exit_code, 0) << plan.err;
  EXPECT_THAT(plan.err,
              HasSubstr("b.yaml:3:101: scans[0].composition: 0.3333 of 36 core sites makes 11 of them A; write "
                        "12/36 for 12"));
  folder.write(
      "name: b\nscans:\n  - {name: b, method: equilibrium, boundary: periodic, lattice: hexagon, size: 6, temperature: "
      "0.2, composition: [1/3, 4/3, 1/0]}\n");
  EXPECT_THAT(
      folder.ask({"plan", "b.yaml"}).err,
      AllOf(
          HasSubstr(
              "scans[0].composition[1]: must be a number from 0 to 1, or a fraction like 1/3 (of A in the core), not"),
          HasSubstr("scans[0].composition[2]: must be a number from 0 to 1, or a fraction like 1/3 (of A in the core), "
                    "not")));
}

// The exact critical temperature of the triangular lattice is 4 / ln 3 (Houtappel, 1950); the cumulant there 0.6107 on
// rhombic cells (Kamieniarz and Bloete, 1993).
TEST(PeriodicCampaigns, BondsOrderAtTheExactTemperature) {
  const testing_tools::FinishedCampaign bonds("bonds", R"(name: bonds
seed: 2
scans:
  - {name: bonds, method: equilibrium, boundary: periodic, ensemble: semigrand, lattice: hexagon, size: [4, 12],
     interaction: ising, delta_mu: 0, temperature: [3.4, 3.65, 3.9], start: [A, B], ladder: {along: temperature},
     equilibration_sweeps: 2000, measured_sweeps: 150000}
)");
  const nlohmann::json found = bonds.rows(
      {"diagram", "bonds.h5", "--along", "temperature", "--of", "c", "--compare-sizes", "--where", "scan == bonds"});
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found.at(0).at("quantity"), "cumulant");
  expect_within_errors(found.at(0), "crossing", 4 / std::log(3.0), 0.1);
  EXPECT_NEAR(found.at(0).at("cumulant").get<double>(), 0.6107, 0.02) << "cells of 16 sites are small";
}

}  // namespace
}  // namespace nxmc
