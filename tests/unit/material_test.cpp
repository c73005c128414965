// Pairs of compounds: numbers with units and errors, what is wrong with files, and the units of the model that follow.
#include "nxmc/material/material.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "nxmc/material/constants.hpp"
#include "nxmc/material/lammps_input.hpp"
#include "nxmc/material/model_units.hpp"

namespace nxmc {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string pbs_cds = R"(A:
  name: PbS
  structure: rocksalt
  lattice_constant: 5.94 angstrom
B:
  name: CdS
  structure: zincblende
  lattice_constant: 0.581 nm
bulk_modulus: 54 GPa
)";

const std::string wurtzite = R"(A:
  name: CdSe
  structure: wurtzite
  lattice_constant: {a: 4.30 angstrom, c: 7.01 angstrom, u: 0.376}
  elastic: {C11: 74.1 GPa, C12: 45.2 GPa, C13: 39.0 GPa, C33: 84.3 GPa, C44: 13.4 GPa}
B:
  name: PbSe
  structure: rocksalt
  lattice_constant: 6.12 angstrom
  elastic: {C11: 123.7 GPa, C12: 19.3 GPa, C44: 15.9 GPa}
)";

PairProperties properties(const std::string& text) { return properties_of(parse_material(text, "m.yaml")); }

std::string replaced(std::string text, const std::string& old, const std::string& by) {
  const std::size_t at = text.find(old);
  EXPECT_NE(at, std::string::npos) << old;
  return text.replace(at, old.size(), by);
}

/// What a user reads about a wrong file; empty when it is accepted.
std::string message_of(const std::string& text) {
  try {
    parse_material(text, "m.yaml");
  } catch (const MaterialError& error) {
    return error.what();
  }
  return "";
}

double thermal_ratio(const ModelUnits& units, double kelvin) { return thermal_energy_in(units.epsilon, kelvin).value; }

// ---- numbers with units

TEST(Quantity, HasAnErrorInItsLastDigits) {
  const auto read = [](const std::string& text) { return parse_quantity(text).value(); };
  EXPECT_EQ(read("5.94(1) angstrom").number, (Measured{5.94, 0.01}));
  EXPECT_EQ(read("5.94(12)").number, (Measured{5.94, 0.12}));
  EXPECT_EQ(read("54(2) GPa").number, (Measured{54, 2}));
  EXPECT_DOUBLE_EQ(read("1.26(3)e-3 eV").number.error, 3e-5);
  EXPECT_EQ(read("-0.5 eV").number, (Measured{-0.5, 0}));
}

TEST(Quantity, TellsAnExponentFromAUnit) {
  EXPECT_EQ(parse_quantity("1e13 Hz")->number.value, 1e13);
  EXPECT_EQ(parse_quantity("1e13 Hz")->unit, "Hz");
  EXPECT_EQ(parse_quantity("3 eV")->unit, "eV");
  EXPECT_EQ(parse_quantity("3eV")->unit, "eV");
  EXPECT_EQ(parse_quantity("450K")->number.value, 450);
  EXPECT_EQ(parse_quantity("-96.5 kJ/mol")->unit, "kJ/mol");
  EXPECT_FALSE(parse_quantity("eV"));
  EXPECT_FALSE(parse_quantity("5.94(1 angstrom"));
  EXPECT_FALSE(parse_quantity(""));
  EXPECT_FALSE(parse_quantity("1e999 eV"));
}

TEST(Constants, AreThoseOf2019) {
  EXPECT_NEAR(boltzmann, 8.617333262e-5, 1e-14);
  EXPECT_NEAR(1 / ev_per_kj_per_mol, 96.48533212, 1e-8);
  EXPECT_NEAR(ev_per_gpa_cubic_angstrom, 0.00624150907, 1e-11);
}

// ---- what follows from a pair

TEST(Material, OfPbSAndCdSHasTheEpsilonOfItsFormula) {
  const PairProperties pair = properties(pbs_cds);
  EXPECT_DOUBLE_EQ(pair.edge.value, 5.875);
  EXPECT_NEAR(pair.mismatch.value, 0.13 / 5.875, 1e-12);
  EXPECT_NEAR(pair.cubic.epsilon.value, 3 * 5.875 * 54 * 0.13 * 0.13 / 80 * ev_per_gpa_cubic_angstrom, 1e-15);
  EXPECT_NEAR(pair.cubic.epsilon.value, 1.26e-3, 0.006e-3);
  EXPECT_NEAR(thermal_ratio(pair.cubic, 300), 20.6, 0.05);
  EXPECT_EQ(regime_at(pair.cubic, 300), Regime::mixing);
}

TEST(Material, ElevenPercentApartIsPatternedAtRoomTemperature) {
  const PairProperties pair = properties(R"(
A: {name: CdTe, structure: zincblende, lattice_constant: 6.48 angstrom}
B: {name: CdS, structure: zincblende, lattice_constant: 5.82 angstrom}
bulk_modulus: 50 GPa
)");
  EXPECT_NEAR(pair.cubic.epsilon.value, 31e-3, 0.5e-3);
  EXPECT_NEAR(thermal_ratio(pair.cubic, 300), 0.8, 0.05);
  EXPECT_EQ(regime_at(pair.cubic, 300), Regime::patterns);
  EXPECT_NEAR(patterned_below(pair.cubic), 1.5 * pair.cubic.epsilon.value / boltzmann, 1e-9);
}

TEST(Material, HasSpringsThatGiveItsBulkModulusBack) {
  const PairProperties pair = properties(pbs_cds);
  const double k3 = pair.cubic.k.value / ev_per_gpa_cubic_angstrom;  // GPa Å
  EXPECT_NEAR(5 * k3 / (3 * pair.edge.value), 54, 1e-9);
  EXPECT_NEAR(pair.cubic.epsilon.value, pair.cubic.k.value * std::pow(pair.cubic.delta.value, 2) / 4, 1e-15);
  // A sheet one (111) plane thick.
  const double k2 = pair.triangular.k.value / ev_per_gpa_cubic_angstrom;
  EXPECT_NEAR(std::sqrt(3) * k2 / 2 / (pair.edge.value / std::sqrt(3)), 54, 1e-9);
  EXPECT_NEAR(pair.triangular.spacing.value, 5.875 / std::sqrt(2), 1e-12);
  EXPECT_NEAR(pair.triangular.epsilon.value, 5.875 * 54 * 0.13 * 0.13 / 48 * ev_per_gpa_cubic_angstrom, 1e-15);
}

TEST(Material, TakesBulkModuliFromElasticConstants) {
  const PairProperties pair = properties(wurtzite);
  EXPECT_NEAR(pair.bulk_A.value, (2 * (74.1 + 45.2) + 4 * 39.0 + 84.3) / 9, 1e-12);
  EXPECT_NEAR(pair.bulk_A.value, 53.1, 0.15);  // Table S8
  EXPECT_NEAR(pair.bulk_B.value, 54.1, 0.01);  // Table S9
  EXPECT_NEAR(pair.bulk.value, (pair.bulk_A.value + pair.bulk_B.value) / 2, 1e-12);
  EXPECT_NEAR(pair.anisotropy_B->value, 2 * 15.9 / (123.7 - 19.3), 1e-12);
}

TEST(Material, CountsOtherCellsByTheirVolumePerFormulaUnit) {
  EXPECT_NEAR(properties(wurtzite).edge_A.value, std::cbrt(std::sqrt(3) * 4.30 * 4.30 * 7.01), 1e-12);
  EXPECT_NEAR(properties(wurtzite).edge_A.value, 6.08, 0.01);  // zinc blende, Table S8
  EXPECT_NEAR(cubic_edge(Structure::caesium_chloride, {.a = {3.71}}), 3.71 * std::cbrt(4), 1e-12);
  EXPECT_EQ(cubic_edge(Structure::zincblende, {.a = {5.81}}), 5.81);
}

TEST(Material, OfTableS11CostsThirteenMillielectronvoltsToMix) {
  const PairProperties pair =
      properties(pbs_cds + "energies_of_mixing: {A: -8.214 eV, B: -5.361 eV, mixed: -6.774 eV, source: Table S11}\n");
  EXPECT_NEAR(pair.mixing->value, 0.0135, 1e-12);
  EXPECT_NEAR(pair.triangular.J->value * 6 / 2, 0.0135, 1e-12);
  EXPECT_NEAR(pair.cubic.J->value * 18 / 2, 4 * 0.0135, 1e-12);  // of a cell of four formula units
}

TEST(Material, PropagatesErrors) {
  const PairProperties pair =
      properties(replaced(replaced(replaced(pbs_cds, "5.94 a", "5.94(1) a"), "0.581", "0.581(2)"), "54", "54(2)"));
  const double da = std::hypot(0.01, 0.02);
  EXPECT_NEAR(pair.edge.error, da / 2, 1e-12);
  // ε = 3aBd²/80: derivatives by both lattice constants and by the modulus.
  const double a = 5.875;
  const double d = 0.13;
  const double by_a = (1 / (2 * a) + 2 / d) * 0.01;
  const double by_b = (1 / (2 * a) - 2 / d) * 0.02;
  const double relative = std::sqrt(by_a * by_a + by_b * by_b + 2.0 / 54 * 2.0 / 54);
  EXPECT_NEAR(pair.cubic.epsilon.error / pair.cubic.epsilon.value, relative, 1e-3);
  EXPECT_NEAR(thermal_energy_in(pair.cubic.epsilon, 300).error / thermal_ratio(pair.cubic, 300), relative, 1e-3);
  EXPECT_EQ(properties(pbs_cds).cubic.epsilon.error, 0);
}

TEST(Material, KnowsCationsAnionsAndSources) {
  const Material material = parse_material(
      replaced(pbs_cds, "structure: zincblende", "structure: zincblende\n  source: \"Nelson et al. 2019, page 6\""),
      "m.yaml");
  EXPECT_EQ(material.A.cation, "Pb");
  EXPECT_EQ(material.B.anion, "S");
  EXPECT_EQ(material.B.source, "Nelson et al. 2019, page 6");
  EXPECT_EQ(material.B.structure, Structure::zincblende);
  EXPECT_EQ(parse_material(replaced(pbs_cds, "PbS", "Cu2S"), "m.yaml").A.cation, "Cu");
}

TEST(Material, ReadsAttemptRates) {
  const Material material = parse_material(
      pbs_cds +
          "attempt_rates: {exchange: {prefactor: 1e13 Hz, barrier: 0.43 eV}, diffusion: {prefactor: 10 THz, "
          "barrier: 48.24266606 kJ/mol}}\n",
      "m.yaml");
  EXPECT_NEAR(material.attempt_rates->diffusion.barrier, 0.5, 1e-9);
  EXPECT_EQ(material.attempt_rates->diffusion.prefactor, 1e13);
  EXPECT_NEAR(rate_at(material.attempt_rates->exchange, 450), 1e13 * std::exp(-0.43 / (8.617333262e-5 * 450)), 1e3);
}

TEST(ReadyMaterials, AreUnderstoodAndHaveSources) {
  std::size_t files = 0;
  const auto folder = std::filesystem::path(NXMC_TEST_DATA).parent_path().parent_path() / "campaigns" / "materials";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".yaml") continue;
    ++files;
    const Material material = read_material(entry.path());
    EXPECT_FALSE(material.A.source.empty() || material.B.source.empty()) << entry.path();
    const PairProperties pair = properties_of(material);
    EXPECT_GT(pair.cubic.epsilon.value, 0) << entry.path();
    EXPECT_LT(std::abs(pair.mismatch.value), 0.15) << entry.path();
  }
  EXPECT_GE(files, 10U);
}

// ---- what is wrong

TEST(MaterialErrors, AllStandWithTheirPlaces) {
  const std::string message = message_of(R"(A:
  name: PbX
  structure: rocksalts
  lattice_constant: 5.94
  elastic: {C11: 124 angstrom, C12: -33 GPa}
B:
  nam: CdS
  structure: wurtzite
  lattice_constant: 4.14 angstrom
bulk: 54 GPa
)");
  EXPECT_THAT(message, HasSubstr("m.yaml:2:9: A.name: must be a formula of two elements, the cation first, such as PbS "
                                 "or Cu2Se, not 'PbX'"));
  EXPECT_THAT(message, HasSubstr("m.yaml:3:14: A.structure: must be 'rocksalt', 'zincblende', 'wurtzite', 'caesium "
                                 "chloride' or 'honeycomb', not 'rocksalts'; did you mean 'rocksalt'?"));
  EXPECT_THAT(message, HasSubstr("m.yaml:7:3: B.nam: unknown key; did you mean 'name'?"));
  EXPECT_THAT(message, HasSubstr("B: lacks 'name' (a formula such as PbS)"));
  EXPECT_THAT(message, HasSubstr("m.yaml:9:21: B.lattice_constant: a wurtzite has two: write {a: 4.30 angstrom, c: "
                                 "7.01 angstrom, u: 0.376}, not '4.14 angstrom'"));
  EXPECT_THAT(message, HasSubstr("B: lacks 'elastic' (or 'bulk_modulus', such as 54 GPa; or one for the pair"));
  EXPECT_THAT(message, HasSubstr("m.yaml:10:1: bulk: unknown key"));
}

TEST(MaterialErrors, NameTheUnitThatFits) {
  const auto with = [](const std::string& length) { return message_of(replaced(pbs_cds, "5.94 angstrom", length)); };
  EXPECT_THAT(with("5.94"), HasSubstr("m.yaml:4:21: A.lattice_constant: lacks its unit: must be a length in angstrom, "
                                      "nm or pm, such as '5.94 angstrom'"));
  EXPECT_THAT(with("5.94 GPa"), HasSubstr("'GPa' is a unit of pressure; this is a length in angstrom, nm or pm"));
  EXPECT_THAT(with("5.94 angstom"), HasSubstr("there is no unit 'angstom'; did you mean 'angstrom'?"));
  EXPECT_THAT(with("5.94 parsec"), HasSubstr("there is no unit 'parsec'; this is a length in angstrom, nm or pm"));
  EXPECT_THAT(with("-5.94 angstrom"), HasSubstr("must be from 1 to 100 angstrom, not '-5.94 angstrom'"));
  EXPECT_THAT(with("[5.94]"), HasSubstr("must be a length in angstrom, nm or pm, such as '5.94 angstrom', not a list"));
  EXPECT_THAT(with("5.94(600) angstrom"), HasSubstr("'5.94(600) angstrom' has an error as large as itself"));
  EXPECT_EQ(with("5.94 \u00C5"), "");
  EXPECT_EQ(with("0.594 nm"), "");
}

TEST(MaterialErrors, RefuseConstantsThatAreNegativeMissingOrUnstable) {
  const auto with = [](const std::string& elastic) {
    return message_of(replaced(wurtzite, "{C11: 123.7 GPa, C12: 19.3 GPa, C44: 15.9 GPa}", elastic));
  };
  EXPECT_THAT(with("{C11: -123.7 GPa, C12: 19.3 GPa}"),
              HasSubstr("B.elastic.C11: must be above 0, and at most 10000 GPa, not '-123.7 GPa'"));
  EXPECT_THAT(with("{C11: 123.7 GPa}"), HasSubstr("B.elastic: lacks 'C12' (such as '124 GPa')"));
  EXPECT_THAT(with("{C11: 12 GPa, C12: 19.3 GPa}"), HasSubstr("C11 must be above C12"));
  EXPECT_THAT(with("{C11: 123.7 GPa, C12: 19.3 GPa, C33: 3 GPa}"),
              HasSubstr("B.elastic.C33: a rocksalt is cubic, where that is C11; remove it"));
  EXPECT_THAT(with("54 GPa"), HasSubstr("must be a mapping such as {C11: 124 GPa"));
  EXPECT_EQ(with("{C11: 123.7 GPa, C12: 19.3 GPa}"), "");
  EXPECT_THAT(message_of(replaced(wurtzite, ", C13: 39.0 GPa", "")), HasSubstr("A.elastic: lacks 'C13'"));
  EXPECT_THAT(message_of(replaced(wurtzite, "C13: 39.0", "C13: 390")), HasSubstr("2 C13^2"));
}

TEST(MaterialErrors, ConcernWholeFiles) {
  EXPECT_THAT(message_of(""), HasSubstr("m.yaml:1:1: empty; a material begins with 'A:' (see "
                                        "campaigns/materials/pbs-cds.yaml)"));
  EXPECT_THAT(message_of("- A"), HasSubstr("must be a mapping with 'A' and 'B', not a list"));
  EXPECT_THAT(message_of(pbs_cds + "---\nA: 1\n"), HasSubstr("a second YAML document; a material file holds one"));
  EXPECT_THAT(message_of(pbs_cds.substr(0, pbs_cds.find("B:"))), HasSubstr("lacks 'B' (the compound that it becomes)"));
  const auto of_file = [](const std::filesystem::path& file) {
    try {
      read_material(file);
    } catch (const MaterialError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(of_file("/nowhere/m.yaml"), "/nowhere/m.yaml: no such file");
  EXPECT_EQ(of_file("/tmp"), "/tmp: a directory, not a material file");
}

TEST(MaterialErrors, SayWhereKeysBelong) {
  EXPECT_THAT(message_of(pbs_cds + "elastic: {C11: 1 GPa}\n"),
              HasSubstr("'elastic' cannot stand here; it belongs to 'A' and 'B'"));
  EXPECT_THAT(message_of(pbs_cds + "attempt_rates: {exchange: {prefactor: 1e13 eV, barrier: 0.4 eV}}\n"),
              AllOf(HasSubstr("'eV' is a unit of energy; this is a rate in Hz, THz or 1/s"),
                    HasSubstr("attempt_rates: lacks 'diffusion'")));
}

TEST(MaterialHints, TellOfLatticesOfAnions) {
  EXPECT_THAT(hints(parse_material(pbs_cds, "m.yaml")), IsEmpty());
  EXPECT_THAT(
      hints(parse_material(wurtzite, "m.yaml")),
      ElementsAre(HasSubstr("m.yaml: CdSe (wurtzite) and PbSe (rocksalt) have no lattice of anions in common")));
  EXPECT_THAT(hints(parse_material(replaced(pbs_cds, "CdS", "ZnTe"), "m.yaml")),
              ElementsAre(HasSubstr("PbS and ZnTe have neither cation nor anion in common")));
}

// ---- pair potentials

const std::string by_potentials = R"(A: {name: PbSe, structure: rocksalt}
B: {name: CdSe, structure: wurtzite}
potentials:
  charges: {Pb: 0.8, Cd: 0.8, Se: -0.8}
  pairs:
    Pb-Se: {A: 4880000 eV, rho: 0.173 angstrom, C: 211 eV angstrom^6}
    Se-Cd: {A: 2.64e9 eV, rho: 0.01081 nm, C: 64.4 eV Å^6}
    Se-Se: {A: 5200 eV, rho: 0.384 angstrom, C: 127 eV angstrom^6}
)";

TEST(MaterialPotentials, TellWhatTheFileDoesNot) {
  const Material material = parse_material(by_potentials, "m.yaml");
  EXPECT_DOUBLE_EQ(material.A.lattice.a.value, 6.0863);
  EXPECT_DOUBLE_EQ(material.A.elastic.value().C11.value, 129.93);
  EXPECT_DOUBLE_EQ(material.B.lattice.c.value().value, 6.9447);
  EXPECT_NEAR(material.B.lattice.u.value().value, 0.3794, 1e-4);
  EXPECT_NEAR(material.B.elastic.value().C13.value().value, 41.35, 0.01);
  EXPECT_NEAR(material.B.elastic.value().C33.value().value, 72.11, 0.01);
  EXPECT_EQ(material.A.source, "computed from the potentials");
  EXPECT_THAT(hints(material).front(), HasSubstr("no lattice of anions in common"));
  // As rock salt, both: what the mixture costs does not depend on the other structures of B.
  const EnergiesOfMixing& energies = material.energies_of_mixing.value();
  EXPECT_DOUBLE_EQ(energies.A.value, -6.07913);
  EXPECT_DOUBLE_EQ(energies.B.value, -5.73221);
  EXPECT_NEAR(properties_of(material).mixing.value().value, 0.0135, 0.005);
  EXPECT_GT(energies.mixed.error, 0);
}

TEST(MaterialPotentials, GiveWayToWhatIsGiven) {
  std::string text =
      replaced(by_potentials, "structure: rocksalt", "structure: rocksalt, lattice_constant: 6.12 angstrom");
  text += "energies_of_mixing: {A: -8.214 eV, B: -5.361 eV, mixed: -6.774 eV}\n";
  const Material material = parse_material(text, "m.yaml");
  EXPECT_DOUBLE_EQ(material.A.lattice.a.value, 6.12);
  EXPECT_DOUBLE_EQ(material.A.elastic.value().C11.value, 129.93);
  EXPECT_DOUBLE_EQ(material.energies_of_mixing.value().mixed.value, -6.774);
}

TEST(MaterialPotentials, WithoutAMinimumAreRefusedWithoutANumber) {
  const std::string soft = replaced(by_potentials, "A: 4880000 eV", "A: 0 eV");
  EXPECT_THAT(message_of(soft), HasSubstr("m.yaml:4:3: potentials: the potentials of PbSe have no minimum in the rock "
                                          "salt structure"));
  const std::string charged = replaced(by_potentials, "Cd: 0.8", "Cd: 1");
  EXPECT_THAT(message_of(charged), HasSubstr("the charges of CdSe add up to 0.2 e; those of a crystal must cancel"));
  const std::string flat = replaced(by_potentials, "rocksalt", "wurtzite");
  EXPECT_THAT(message_of(flat), HasSubstr("PbSe does not stay in the wurtzite structure: it flattens to honeycomb"));
}

TEST(MaterialPotentials, SayWhatIsWrongWithThem) {
  const auto told = [&](const std::string& old, const std::string& by) {
    return message_of(replaced(by_potentials, old, by));
  };
  EXPECT_THAT(told("Pb: 0.8, ", ""), HasSubstr("potentials.charges: lacks 'Pb' (its charge, in units of e)"));
  EXPECT_THAT(told("Pb-Se:", "Pb-Te:"), HasSubstr("no pair of the ions Pb, Cd, Se; write for example Pb-Se"));
  EXPECT_THAT(told("Se-Se:", "Cd-Se:"), HasSubstr("this pair stands here twice"));
  EXPECT_THAT(told("A: 5200 eV", "A: 5200"), HasSubstr("lacks its unit: must be an energy in eV"));
  EXPECT_THAT(told("C: 127 eV angstrom^6", "C: 127 eV"),
              HasSubstr("'eV' is a unit of energy; this is a dispersion in eV angstrom^6"));
  EXPECT_THAT(told("rho: 0.384 angstrom", "rho: 0 angstrom"), HasSubstr("must be from 0.01 to 10 angstrom"));
  EXPECT_THAT(told("pairs:", "pears:"), HasSubstr("did you mean 'pairs'?"));
  EXPECT_THAT(told("  charges:", "  cutoff: 100 angstrom\n  charges:"), HasSubstr("must be from 4 to 20 angstrom"));
}

TEST(LammpsInput, HasANeutralSolutionWhoseIonsAreApart) {
  std::string text = by_potentials + "energies_of_mixing: {A: -8 eV, B: -5 eV, mixed: -6 eV}\n";
  const std::vector<NamedText> files = lammps_input(parse_material(text, "m.yaml"));
  const auto file = std::ranges::find(files, "nanocrystal.data", &NamedText::name);
  ASSERT_NE(file, files.end());
  std::istringstream lines(file->text);
  std::string line;
  while (std::getline(lines, line) && line != "Atoms # charge") {
  }
  std::array<int, 5> of_type{};
  std::vector<std::array<double, 3>> places;
  double total = 0;
  for (int id = 0, type = 0; lines >> id >> type;) {
    double charge = 0;
    std::array<double, 3> r{};
    lines >> charge >> r[0] >> r[1] >> r[2];
    ++of_type.at(static_cast<std::size_t>(type));
    total += charge;
    places.push_back(r);
  }
  EXPECT_NEAR(total, 0, 1e-9);
  EXPECT_EQ(of_type[1], of_type[3]);  // Pb and Se of a sphere of 4.7 nm
  EXPECT_NEAR(of_type[1], 4.0 / 3 * 3.14159265 * std::pow(23.5, 3) / (std::pow(6.0863, 3) / 4), 1);
  EXPECT_EQ(of_type[2], 4 * of_type[1]);
  EXPECT_EQ(of_type[4], 4 * of_type[1]);
  double least = 100;
  for (std::size_t i = 0; i < places.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      double square = 0;
      for (std::size_t k = 0; k < 3; ++k) {
        const double between = (places[i][k] - places[j][k]) / 100;
        square += 1e4 * (between - std::round(between)) * (between - std::round(between));
      }
      least = std::min(least, square);
    }
  EXPECT_GT(std::sqrt(least), 3.04);  // half a lattice constant, within the crystal
}

}  // namespace
}  // namespace nxmc
