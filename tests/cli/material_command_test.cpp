// `nxmc material`: what it prints, for people and for programs, and what it refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "program.hpp"

namespace nxmc {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing_tools::Outcome;
using testing_tools::TemporaryDirectory;
using testing_tools::write_file;

constexpr const char* pbs_cds = R"(A:
  name: PbS
  structure: rocksalt
  lattice_constant: 5.94 angstrom
  source: "Nelson et al. 2019"
B: {name: CdS, structure: zincblende, lattice_constant: 5.81(1) angstrom}
bulk_modulus: 54 GPa
energies_of_mixing: {A: -8.214 eV, B: -5.361 eV, mixed: -6.774 eV}
)";

class MaterialCommand : public testing::Test {
 protected:
  MaterialCommand() { write_file(here_ / "pbs-cds.yaml", pbs_cds); }
  Outcome nxmc(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {NXMC_PROGRAM, "material"});
    return testing_tools::run_program(arguments, {}, here_.path());
  }
  TemporaryDirectory here_;
};

TEST_F(MaterialCommand, TellsOnePairNumberByNumber) {
  const Outcome outcome = nxmc({"pbs-cds.yaml", "--temperatures", "300,450"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.err, "");
  EXPECT_THAT(outcome.out, StartsWith("PbS (rocksalt) to CdS (zincblende)\n"));
  EXPECT_THAT(outcome.out, ContainsRegex("\na +PbS +- +5\\.94 +- +angstrom +- +Nelson et al\\. 2019\n"));
  EXPECT_THAT(outcome.out, ContainsRegex("\na +CdS +- +5\\.810 +0\\.010 +angstrom"));
  EXPECT_THAT(outcome.out, ContainsRegex("\nmixing +pair +- +13\\.5 +- +meV"));
  EXPECT_THAT(outcome.out, ContainsRegex("\nepsilon +3D +- +1\\.25 +0\\.19 +meV +- +k Delta\\^2 / 4"));
  EXPECT_THAT(outcome.out, ContainsRegex("\nkT/epsilon +3D +300 +20\\.6 +3\\.2 +- +mixing"));
  EXPECT_THAT(outcome.out, HasSubstr("\nAt 300 K k_BT/epsilon is 20.6 in 3D: A and B are expected to mix without "
                                     "patterns. Crystals of the papers order in patterns below about 1.5"));
}

TEST_F(MaterialCommand, TellsProgramsEveryDigit) {
  const auto rows = nlohmann::json::parse(nxmc({"pbs-cds.yaml", "--format", "json"}).out);
  const auto row = [&](const std::string& quantity, const std::string& of) {
    for (const auto& each : rows)
      if (each.at("quantity") == quantity && each.at("of") == of) return each;
    ADD_FAILURE() << quantity;
    return nlohmann::json();
  };
  EXPECT_NEAR(row("epsilon", "3D").at("value").get<double>(), 1.2549003, 1e-6);
  EXPECT_NEAR(row("J", "2D").at("value").get<double>(), 4.5, 1e-9);
  EXPECT_NEAR(row("J", "3D").at("value").get<double>(), 6, 1e-9);
  EXPECT_TRUE(row("k", "3D").at("temperature").is_null());
  EXPECT_THAT(nxmc({"pbs-cds.yaml", "--format", "csv"}).out,
              StartsWith("quantity,of,temperature,value,value_err,unit,regime,source\n"));
}

TEST_F(MaterialCommand, TellsSeveralPairsInALineEach) {
  std::string far = pbs_cds;
  far.replace(far.find("5.94"), 4, "6.48");
  write_file(here_ / "far.yaml", far);
  const Outcome outcome = nxmc({"pbs-cds.yaml", "far.yaml", "--temperatures", "300"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, StartsWith("A    B"));
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("kT/epsilon_300K"), HasSubstr("  mixing "), HasSubstr("  patterns ")));
}

TEST_F(MaterialCommand, RefusesWithPlaceReasonAndRemedy) {
  write_file(here_ / "bad.yaml", "A: {name: PbS, structure: rocksalt, lattice_constant: 5.94 eV}\n");
  const Outcome outcome = nxmc({"bad.yaml"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr("bad.yaml:1:55: A.lattice_constant: 'eV' is a unit of energy; this is a length"));
  EXPECT_THAT(outcome.err, HasSubstr("lacks 'B' (the compound that it becomes)"));
  EXPECT_THAT(nxmc({"there.yaml"}).err, HasSubstr("there.yaml: no such file"));
  const Outcome cold = nxmc({"pbs-cds.yaml", "--temperatures", "300,-4"});
  EXPECT_EQ(cold.exit_code, 2);
  EXPECT_THAT(cold.err, HasSubstr("--temperatures: '-4' is no temperature in K; write for example 300,450"));
}

TEST_F(MaterialCommand, HintsAtCellsThatDoNotFit) {
  std::string wurtzite = pbs_cds;
  const std::string cubic = "structure: zincblende, lattice_constant: 5.81(1) angstrom";
  wurtzite.replace(wurtzite.find(cubic), cubic.size(),
                   "structure: wurtzite, lattice_constant: {a: 4.14 angstrom, c: 6.72 angstrom}");
  write_file(here_ / "wurtzite.yaml", wurtzite);
  const Outcome outcome = nxmc({"wurtzite.yaml"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err,
              HasSubstr("hint: wurtzite.yaml: PbS (rocksalt) and CdS (wurtzite) have no lattice of anions"));
  EXPECT_THAT(outcome.out, ContainsRegex("\ncubic_edge +CdS +- +5\\.8"));
}

// ---- pair potentials

/// Energies of mixing are given, because to compute them takes seconds.
constexpr const char* by_potentials = R"(A: {name: PbSe, structure: rocksalt}
B: {name: CdSe, structure: wurtzite}
energies_of_mixing: {A: -8.214 eV, B: -5.361 eV, mixed: -6.774 eV}
potentials:
  charges: {Pb: 0.8, Cd: 0.8, Se: -0.8}
  pairs:
    Pb-Se: {A: 4880000 eV, rho: 0.173 angstrom, C: 211 eV angstrom^6}
    Cd-Se: {A: 2.64e9 eV, rho: 0.1081 angstrom, C: 64.4 eV angstrom^6}
    Se-Se: {A: 5200 eV, rho: 0.384 angstrom, C: 127 eV angstrom^6}
)";

class MaterialWithPotentials : public MaterialCommand {
 protected:
  MaterialWithPotentials() { write_file(here_ / "pbse-cdse.yaml", by_potentials); }
};

TEST_F(MaterialWithPotentials, ShowsAllStructures) {
  const Outcome outcome = nxmc({"pbse-cdse.yaml", "--structures"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, ContainsRegex("\nPbSe +rock salt +C11 +129\\.93 +GPa"));
  EXPECT_THAT(outcome.out,
              ContainsRegex("\nPbSe +rock salt +surface_\\{100\\} +0\\.288[0-9]* +J/m\\^2 +0\\.296 as cut"));
  EXPECT_THAT(outcome.out,
              ContainsRegex("\nPbSe +wurtzite +energy +- +eV +PbSe does not stay in the wurtzite structure"));
  EXPECT_THAT(outcome.out,
              ContainsRegex("\nPbSe +caesium chloride +a +3\\.713[0-9]* +angstrom +not stable: ions leave"));
  EXPECT_THAT(outcome.out, ContainsRegex("\nCdSe +rock salt +P_T +4\\.019[0-9]* +GPa +from wurtzite"));
}

TEST_F(MaterialWithPotentials, ShowsEnthalpiesUnderPressure) {
  const Outcome outcome = nxmc({"pbse-cdse.yaml", "--structures", "--pressure", "10", "--format", "json"});
  EXPECT_EQ(outcome.exit_code, 0);
  double wurtzite = 0;
  double rock_salt = 0;
  for (const auto& row : nlohmann::json::parse(outcome.out)) {
    if (row.at("compound") != "CdSe" || row.at("quantity") != "enthalpy") continue;
    if (row.at("structure") == "wurtzite") wurtzite = row.at("value").get<double>();
    if (row.at("structure") == "rock salt") rock_salt = row.at("value").get<double>();
  }
  EXPECT_LT(rock_salt, wurtzite - 0.2);  // beyond 4.02 GPa; there the volumes differ by 11 Å^3
  EXPECT_EQ(nxmc({"pbse-cdse.yaml", "--structures", "--pressure", "1e9"}).exit_code, 2);
  EXPECT_EQ(nxmc({"pbse-cdse.yaml", "--pressure", "1"}).exit_code, 2);
}

TEST_F(MaterialWithPotentials, RefusesWhatHasNone) {
  const Outcome none = nxmc({"pbs-cds.yaml", "--structures"});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.err, HasSubstr("--structures: pbs-cds.yaml has no 'potentials'"));
  const Outcome two = nxmc({"pbs-cds.yaml", "pbse-cdse.yaml", "--lammps", "out"});
  EXPECT_EQ(two.exit_code, 2);
  EXPECT_THAT(two.err, HasSubstr("--lammps: of one material, not of 2"));
  EXPECT_FALSE(std::filesystem::exists(here_ / "out"));
}

TEST_F(MaterialWithPotentials, WritesAFolderForLammpsOnce) {
  const Outcome outcome = nxmc({"pbse-cdse.yaml", "--lammps", "out"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out, "");
  for (const char* file :
       {"A.data", "B.data", "nanocrystal.data", "potentials.lammps", "pseudoligands-none.lammps",
        "pseudoligands-A.lammps", "pseudoligands-B.lammps", "in.energy", "in.relax", "in.md", "in.exchange"})
    EXPECT_TRUE(std::filesystem::exists(here_ / "out" / file)) << file;
  const Outcome again = nxmc({"pbse-cdse.yaml", "--lammps", "out"});
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_THAT(again.err, HasSubstr("out exists already; remove it or choose another name"));
  EXPECT_THAT(nxmc({"pbse-cdse.yaml", "--lammps", "nowhere/out"}).err, HasSubstr("there is no directory nowhere"));
}

/// The number behind "energy per formula unit: ".
double energy_told(const std::string& text) {
  const std::string before = "energy per formula unit: ";
  const std::size_t at = text.find(before);
  EXPECT_NE(at, std::string::npos) << text;
  return at == std::string::npos ? 0 : std::stod(text.substr(at + before.size()));
}

TEST_F(MaterialWithPotentials, HasTheEnergiesThatLammpsFinds) {
  if (!std::filesystem::exists("/usr/bin/lmp")) GTEST_SKIP() << "LAMMPS is not installed (apt-get install lammps)";
  ASSERT_EQ(nxmc({"pbse-cdse.yaml", "--lammps", "out"}).exit_code, 0);
  const auto lammps = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "/usr/bin/lmp");
    return testing_tools::run_program(arguments, {}, here_ / "out");
  };
  for (const auto& [structure, energy] : {std::pair("A", -6.0791303), std::pair("B", -6.0196197)})
    EXPECT_NEAR(energy_told(lammps({"-in", "in.energy", "-var", "structure", structure}).out), energy, 1e-5);
  // Its own relaxation stays where it begins: forces and stresses agree.
  EXPECT_NEAR(energy_told(lammps({"-in", "in.relax", "-var", "structure", "B"}).out), -6.0196197, 1e-5);
  for (const char* preferred : {"none", "A"}) {
    const Outcome exchange =
        lammps({"-in", "in.exchange", "-var", "prefer", preferred, "-var", "relaxation", "5", "-var", "steps", "1"});
    EXPECT_EQ(exchange.exit_code, 0) << exchange.out;
  }
  const Outcome dynamics =
      lammps({"-in", "in.md", "-var", "edge", "2", "-var", "equilibration", "10", "-var", "steps", "20"});
  EXPECT_EQ(dynamics.exit_code, 0) << dynamics.out;
}

}  // namespace
}  // namespace nxmc
