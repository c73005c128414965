// `nxmc diffraction`: patterns of archives, of spheres and of atoms in XYZ, and what it refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "finished_campaign.hpp"
#include "program.hpp"

namespace nxmc {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing_tools::Outcome;
using testing_tools::read_file;
using testing_tools::write_file;

constexpr const char* lead_and_cadmium_sulphide =
    R"(A: {name: PbS, structure: rocksalt, lattice_constant: 5.94 angstrom}
B: {name: CdS, structure: zincblende, lattice_constant: 0.581 nm}
bulk_modulus: 54 GPa
)";

/// A cube of n^3 cells of rock salt PbS, as another program would write it.
std::string cube_of_lead_sulphide(int n) {
  std::ostringstream atoms;
  int number = 0;
  for (int x = 0; x < 2 * n; ++x) {
    for (int y = 0; y < 2 * n; ++y) {
      for (int z = 0; z < 2 * n; ++z) {
        atoms << ((x + y + z) % 2 == 0 ? "S " : "Pb ") << 2.97 * x << ' ' << 2.97 * y << ' ' << 2.97 * z << '\n';
        ++number;
      }
    }
  }
  return std::to_string(number) + "\nlead sulphide\n" + atoms.str();
}

class Diffraction : public testing_tools::OfFinishedCampaign<Diffraction> {
 public:
  static constexpr const char* campaign_name = "exchange";
  static constexpr const char* campaign = R"(name: exchange
defaults: {size: 4, temperature: 1.5}
scans:
  - {name: cubes, method: exchange, lattice: cube, interaction: none, temperature: 1, delta_mu: -10, replicas: 3,
     times: [0.01, 1], snapshots: {times: [1e-9, 0.02, 30]}}
  - {name: elastic, method: exchange, lattice: cube, delta_mu: -200, times: [1], snapshots: {times: [1e-5]}}
  - {name: unseen, method: exchange, lattice: cube, delta_mu: -100, times: [1]}
  - {name: flat, method: exchange, lattice: hexagon, delta_mu: -20, temperature: 0.2, times: [1], snapshots: {times: [1]}}
  - {name: melted, method: equilibrium, lattice: cube, composition: 0.5, equilibration_sweeps: 10,
     measured_sweeps: 100, samples: {every: 10}}
  - {name: bulk, method: equilibrium, lattice: cube, boundary: periodic, composition: 0.5, equilibration_sweeps: 10,
     measured_sweeps: 100, samples: {every: 10}}
)";

 protected:
  void SetUp() override {
    write_file(folder() / "pbs-cds.yaml", lead_and_cadmium_sulphide);
    write_file(folder() / "cube.xyz", cube_of_lead_sulphide(4));
  }
  static std::vector<std::string> of_archive(const std::string& scan, std::vector<std::string> options) {
    options.insert(options.begin(),
                   {"diffraction", "exchange.h5", "--material", "pbs-cds.yaml", "--where", "scan == " + scan});
    return options;
  }
  static std::vector<std::string> of_sphere(const std::string& fractions, std::vector<std::string> options) {
    options.insert(options.begin(), {"diffraction", "--core-shell", "--radius", "35", "--shell-fraction", fractions,
                                     "--material", "pbs-cds.yaml"});
    return options;
  }
  static void expect_refusal(const std::vector<std::string>& arguments, int code, const std::string& message) {
    const Outcome outcome = ask(arguments);
    EXPECT_EQ(outcome.exit_code, code) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.err, HasSubstr(message));
  }
};

TEST_F(Diffraction, OfSpheresHasThePeaksOfNelson) {
  const auto patterns = rows(of_sphere("0,0.2,0.5", {"--show", "course"}));
  ASSERT_EQ(patterns.size(), 3);
  constexpr std::array<std::array<double, 4>, 3> published{
      {{1.8311, 2.1142, 2.9910, 0.936}, {1.8296, 2.1087, 3.0003, 0.974}, {1.8334, 2.0915, 3.0273, 1.037}}};
  for (std::size_t k = 0; k < 3; ++k) {
    EXPECT_NEAR(patterns[k].at("q_max_111"), published[k][0], 5e-4);
    EXPECT_NEAR(patterns[k].at("q_max_200"), published[k][1], 5e-4);
    EXPECT_NEAR(patterns[k].at("q_max_220"), published[k][2], 5e-4);
    EXPECT_NEAR(patterns[k].at("i_111_200"), published[k][3], 0.005);
  }
}

TEST_F(Diffraction, OfRockSaltShellsMovesAllPeaksOutwards) {
  const auto patterns = rows(of_sphere("0,0.5", {"--show", "course", "--shell-structure", "rocksalt"}));
  for (const char* peak : {"q_max_111", "q_max_200", "q_max_220"})
    EXPECT_GT(patterns[1].at(peak), patterns[0].at(peak)) << peak;
}

TEST_F(Diffraction, TellsPeaksAndWhatIsNotAsInNature) {
  const Outcome outcome = ask(of_sphere("0.5", {"--show", "peaks"}));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("reflection"), HasSubstr("111"), HasSubstr("q_max")));
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("core of PbS (rock salt, 5.94 angstrom), shell of CdS (zinc blende, 5.81 angstrom)"),
                    HasSubstr("nothing is relaxed"), HasSubstr("bins of distances (0.002 angstrom")));
}

TEST_F(Diffraction, OfAnArchiveAveragesReplicasAtEachTime) {
  const auto patterns = rows(of_archive("cubes", {"--show", "course"}));
  ASSERT_EQ(patterns.size(), 3);
  for (const auto& pattern : patterns) {
    EXPECT_EQ(pattern.at("configurations"), 3);
    EXPECT_EQ(pattern.at("atoms"), 512);
  }
  EXPECT_EQ(patterns[0].at("fraction_B"), 0);
  EXPECT_GT(patterns[1].at("fraction_B"), 0.1);
  EXPECT_EQ(patterns[2].at("fraction_B"), 1);
  EXPECT_EQ(rows(of_archive("cubes", {"--show", "course", "--average", "none"})).size(), 9);
  EXPECT_EQ(rows(of_archive("cubes", {"--show", "course", "--average", "all"})).size(), 1);
  EXPECT_EQ(rows(of_archive("cubes", {"--show", "course", "--times", "0.02,30"})).size(), 2);
}

TEST_F(Diffraction, OfACrystalOfAAloneIsThatOfItsAtoms) {
  const std::vector<std::string> grid{"--show", "pattern", "--q", "0:6:0.1"};
  std::vector<std::string> crystal = grid;
  crystal.insert(crystal.end(), {"--times", "1e-9"});
  const auto ours = rows(of_archive("cubes", crystal));
  std::vector<std::string> atoms{"diffraction", "--xyz", "cube.xyz"};
  atoms.insert(atoms.end(), grid.begin(), grid.end());
  const auto others = rows(atoms);
  ASSERT_EQ(ours.size(), 61);
  ASSERT_EQ(others.size(), 61);
  for (std::size_t k = 0; k < 61; ++k) {
    // Each within its error: the same distances fall into other places of their bins.
    const double error = ours[k].at("binning_error").get<double>() + others[k].at("binning_error").get<double>();
    EXPECT_NEAR(ours[k].at("intensity"), others[k].at("intensity"),
                error + 1e-6 * ours[k].at("intensity").get<double>());
  }
  EXPECT_NEAR(ours[0].at("intensity"), std::pow(256 * (82 + 16), 2), 1e3);
}

TEST_F(Diffraction, OfElasticCrystalsDependsOnWhereTheMismatchDisplacesThem) {
  const std::vector<std::string> show{"--show", "pattern", "--q", "2:2.2:0.1"};
  const auto relaxed = rows(of_archive("elastic", show));
  std::vector<std::string> on_lattice = show;
  on_lattice.insert(on_lattice.end(), {"--positions", "lattice"});
  EXPECT_NE(relaxed[1].at("intensity"), rows(of_archive("elastic", on_lattice))[1].at("intensity"));
}

TEST_F(Diffraction, OfChainsAveragesTheirSamples) {
  const auto patterns = rows(of_archive("melted", {"--samples", "--show", "course"}));
  ASSERT_EQ(patterns.size(), 1);
  EXPECT_EQ(patterns[0].at("configurations"), 10);
  EXPECT_EQ(patterns[0].at("fraction_B"), 0.5);
}

TEST_F(Diffraction, TellsHowFarAtomsAreApart) {
  const auto distances = rows({"diffraction", "--xyz", "cube.xyz", "--show", "pdf", "--r", "0:10:0.1"});
  double neighbours = 0;
  for (const auto& row : distances)
    if (row.at("r") > 2.5 && row.at("r") < 3.5) neighbours += 0.1 * row.at("radial").get<double>();
  // 7 * 8 * 8 * 3 pairs of Pb and S among 512 atoms; weighted with numbers of electrons.
  EXPECT_NEAR(neighbours, 2 * 7 * 64 * 3 * 82.0 * 16 / (512 * 49.0 * 49), 1e-9);
}

TEST_F(Diffraction, WritesRowsAndDataFilesOnce) {
  for (const char* name : {"rows.csv", "data.h5"}) {
    std::vector<std::string> arguments = of_sphere("0", {"--show", "pattern", "--format", "csv", "--output", name});
    const Outcome outcome = ask(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_TRUE(fs::exists(folder() / name));
    expect_refusal(arguments, 1, "exists already");
  }
  EXPECT_THAT(read_file(folder() / "rows.csv"), HasSubstr(",q,intensity,self,binning_error,s"));
}

TEST_F(Diffraction, RefusesWhatIsNotThere) {
  expect_refusal({"diffraction"}, 2, "Give an archive, --xyz with a file of atoms, or --core-shell");
  expect_refusal({"diffraction", "exchange.h5"}, 2, "--material: missing");
  expect_refusal(of_archive("unseen", {}), 1, "no job that fulfils the condition has snapshots");
  expect_refusal(of_archive("cubes", {"--times", "7"}), 2, "has no snapshot of 7; it has those of 1e-09, 0.02, 30");
  expect_refusal(of_archive("cubes", {"--samples"}), 1, "no job that fulfils the condition has samples");
  expect_refusal(of_archive("flat", {}), 1, "the crystals (hexagon 4) are flat");
  expect_refusal(of_archive("bulk", {"--samples"}), 1, "is periodic");
  expect_refusal({"diffraction", "exchange.h5", "--material", "pbs-cds.yaml", "--job", "zz"}, 2, "has no job 'zz'");
  expect_refusal({"diffraction", "--core-shell", "--material", "pbs-cds.yaml"}, 2, "--radius");
  expect_refusal(of_sphere("1.2", {}), 2, "1.2 is no fraction of a volume");
  expect_refusal(of_sphere("0.2", {"--q", "3:2:0.1"}), 2, "'3:2:0.1' is no range");
  expect_refusal(of_sphere("0.2", {"--q", "1:1.2:0.1"}), 2, "there is no reflection of the cells in 1:1.2:0.1");
  expect_refusal(of_sphere("0.2", {"--debye-waller", "Xx=1"}), 2, "'Xx=1' is no B");
  expect_refusal(of_sphere("0.2", {"--columns", "q_maxx"}), 2, "q_max");
  expect_refusal(of_sphere("0.2", {"--wavelength", "3", "--correction", "polarisation"}), 2, "reaches Q = 4.189");
}

TEST_F(Diffraction, KnowsEndingsInCapitals) {
  EXPECT_EQ(ask(of_sphere("0.2", {"--output", "capitals.H5"})).exit_code, 0);
  EXPECT_EQ(testing_tools::read_file(folder() / "capitals.H5").substr(1, 3), "HDF");
}

TEST_F(Diffraction, RefusesStructuresWithoutTheCommonLatticeOfAnions) {
  write_file(folder() / "wurtzite.yaml", R"(A: {name: PbSe, structure: rocksalt, lattice_constant: 6.09 angstrom}
B: {name: CdSe, structure: wurtzite, lattice_constant: {a: 4.30 angstrom, c: 7.01 angstrom, u: 0.376}}
bulk_modulus: 54 GPa
)");
  expect_refusal(
      {"diffraction", "--core-shell", "--radius", "20", "--shell-fraction", "0", "--material", "wurtzite.yaml"}, 2,
      "B of wurtzite.yaml (CdSe) is of the structure wurtzite: patterns need rocksalt or zincblende");
}

TEST_F(Diffraction, RefusesAtomsThatItCannotRead) {
  const auto refuses = [](const std::string& text, const std::string& message) {
    write_file(folder() / "bad.xyz", text);
    expect_refusal({"diffraction", "--xyz", "bad.xyz"}, 1, message);
  };
  refuses("", "bad.xyz: an empty file");
  refuses("two\n\n", "bad.xyz:1: 'two' is no number of atoms");
  refuses("0\n\n", "bad.xyz:1: a frame without atoms");
  refuses("1\n\nXx 0 0 0\n", "bad.xyz:3: 'Xx' is no element");
  refuses("1\n\nPb 0 nan 0\n", "bad.xyz:3: coordinate 'nan' is no finite number");
  refuses("1\n\nPb 0 0\n", "bad.xyz:3: 'Pb 0 0' has no symbol and three coordinates");
  refuses("2\n\nPb 0 0 0\n", "bad.xyz:3: the file ends after 1 of 2 atoms");
  refuses("1\nProperties=pos:R:3\n0 0 0\n", "bad.xyz:2: Properties has no species");
  refuses("2\n\nPb 0 0 0\nPb 0 0 1e5\n", "bad.xyz: frame 1: the atoms fill a box");
  expect_refusal({"diffraction", "--xyz", "nowhere.xyz"}, 1, "cannot read nowhere.xyz: No such file");
  expect_refusal({"diffraction", "--xyz", "cube.xyz", "--show", "peaks"}, 2, "--show peaks: say with --material");
}

TEST_F(Diffraction, OfExportedSitesNeedsTheirLength) {
  const Outcome jobs =
      ask({"query", "exchange.h5", "--where", "scan == elastic", "--columns", "job", "--format", "csv"});
  const std::string job = jobs.out.substr(jobs.out.find('\n') + 1, 8);
  ASSERT_EQ(ask({"export", "exchange.h5", "--job", job, "--output", "sites.xyz"}).exit_code, 0);
  expect_refusal({"diffraction", "--xyz", "sites.xyz"}, 2, "has sites in lattice spacings");
  const auto patterns = rows({"diffraction", "--xyz", "sites.xyz", "--scale", "5.9", "--q", "1:2:0.5"});
  EXPECT_EQ(patterns[0].at("atoms"), 64);
}

TEST_F(Diffraction, WarnsOfAtomsThatAreTooNearToEachOther) {
  write_file(folder() / "nm.xyz", "2\n\nPb 0 0 0\nS 0 0 0.297\n");
  EXPECT_THAT(ask({"diffraction", "--xyz", "nm.xyz", "--q", "1:2:1"}).err,
              HasSubstr("two atoms of nm.xyz are only 0.296 angstrom apart: are its lengths in angstrom?"));
  EXPECT_THAT(ask({"diffraction", "--xyz", "nm.xyz", "--q", "1:2:1", "--scale", "10"}).err, Not(HasSubstr("apart")));
}

TEST_F(Diffraction, ReadsColumnsOfExtendedXyz) {
  write_file(folder() / "pair.xyz",
             "2\nProperties=id:I:1:pos:R:3:species:S:1 time=2.5\n1 0 0 0 Pb\n2 0 0 3 S\n\n2\n\nPb 1 1 1\nS 1 4 1\n");
  const auto patterns = rows({"diffraction", "--xyz", "pair.xyz", "--q", "1:2:1"});
  ASSERT_EQ(patterns.size(), 4);
  EXPECT_EQ(patterns[0].at("time"), 2.5);
  EXPECT_EQ(patterns[2].at("frame"), 2);
  EXPECT_NEAR(patterns[0].at("intensity"), patterns[2].at("intensity"), 1e-3);
}

}  // namespace
}  // namespace nxmc
