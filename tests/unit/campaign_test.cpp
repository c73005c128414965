// The campaign file: what is understood, and what every mistake in it is answered with.
#include "nxmc/campaign/campaign.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "nxmc/campaign/plan.hpp"
#include "nxmc/campaign/schema.hpp"

namespace nxmc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

const std::filesystem::path campaigns = std::filesystem::path(NXMC_TEST_DATA).parent_path().parent_path() / "campaigns";

/// A campaign with one scan whose keys are given in flow style.
Campaign with_scan(const std::string& keys) {
  return parse_campaign("name: x\nscans:\n  - {name: a, " + keys + "}\n", "x.yaml");
}
Campaign exchange(const std::string& keys) {
  return with_scan("method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20" + keys);
}
Campaign equilibrium(const std::string& keys) {
  return with_scan("method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2" + keys);
}

/// What a user reads about a wrong file; empty when it is accepted.
std::string message_of(const std::string& text) {
  try {
    parse_campaign(text, "x.yaml");
  } catch (const CampaignError& error) {
    return error.what();
  }
  return "";
}

std::string message_of_file(const std::filesystem::path& file) {
  try {
    read_campaign(file);
  } catch (const CampaignError& error) {
    return error.what();
  }
  return "";
}

template <typename T>
std::vector<T> values(const Scan& scan, T Physics::*member) {
  std::vector<T> result;
  for (const Point& point : scan.points) result.push_back(point.physics.*member);
  return result;
}

struct Mistake {
  std::string name;
  std::string text;
  std::string message;
};

void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.text; }

class WrongCampaign : public testing::TestWithParam<Mistake> {};

TEST_P(WrongCampaign, IsAnsweredWith) { EXPECT_EQ(message_of(GetParam().text), GetParam().message); }

const std::vector<Mistake> mistakes = {
    {"Empty", "", "x.yaml:1:1: empty; a campaign begins with 'name:' (see campaigns/quickstart.yaml)"},
    {"OnlyComments", "# name: x\n",
     "x.yaml:1:1: empty; a campaign begins with 'name:' (see campaigns/quickstart.yaml)"},
    {"OnlyNull", "~\n", "x.yaml:1:1: empty; a campaign begins with 'name:' (see campaigns/quickstart.yaml)"},
    {"List", "- 1\n", "x.yaml:1:1: must be a mapping with 'name' and 'scans', not a list"},
    {"TabIndentation",
     "name: x\n"
     "scans:\n"
     "\t- name: a\n",
     "x.yaml:3:1: a tab in the indentation; use spaces"},
    {"MissingColon",
     "name: x\n"
     "scans\n",
     "x.yaml:2:1: scans: must be a list of scans ('- name: …'), not nothing"},
    {"BadIndentation",
     "name: x\n"
     "  seed: 2\n",
     "x.yaml:2:7: not valid YAML: a ':' where no key can stand; check the indentation of this line and the one above"},
    {"UnclosedList",
     "name: x\n"
     "scans: [1, 2\n",
     "x.yaml:3:1: not valid YAML: a '[' is not closed before this"},
    {"UnknownEscape", "name: \"a\\\rb\"\n", "x.yaml:1:11: not valid YAML: unknown escape character: \\r"},
    {"UnknownAlias", "name: *x\n", "x.yaml:1:7: not valid YAML: an alias '*…' without an anchor '&…' above it"},
    {"TwoDocuments",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20}\n"
     "---\n"
     "name: y\n",
     "x.yaml:4:1: a second YAML document; a campaign file holds one"},
    {"Tag",
     "name: !!str x\n"
     "scans: []\n",
     "x.yaml:1:7: name: tags such as 'tag:yaml.org,2002:str' are not read; remove it\n"
     "x.yaml:2:8: scans: must be a list of scans ('- name: …'), not an empty one"},
    {"MergeKey",
     "name: x\n"
     "defaults: &d {temperature: 0.2}\n"
     "scans:\n"
     "  - <<: *d\n"
     "    name: a\n"
     "    method: exchange\n"
     "    lattice: hexagon\n"
     "    size: 3\n"
     "    delta_mu: -20\n",
     "x.yaml:4:5: scans[0].<<: merge keys are not read; put what scans share under 'defaults', or repeat it"},
    {"DuplicateKeys",
     "name: x\n"
     "name: y\n"
     "scans:\n"
     "  - name: a\n"
     "    method: exchange\n"
     "    lattice: hexagon\n"
     "    size: 3\n"
     "    size: 4\n"
     "    temperature: 0.2\n"
     "    delta_mu: -20\n",
     "x.yaml:2:1: name: duplicate key; it stands already in line 1\n"
     "x.yaml:8:5: scans[0].size: duplicate key; it stands already in line 7"},
    {"ListAsKey",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20}\n"
     "? [a]\n"
     ": 1\n",
     "x.yaml:4:3: a key must be a word, not a list"},
    {"AliasOfItself",
     "name: x\n"
     "scans: &s [*s]\n",
     "x.yaml:2:12: scans[0]: an alias inside of what it refers to; give the value itself\n"
     "x.yaml:2:12: scans[0]: must be a mapping with 'name', 'method', 'lattice', 'size' …, not nothing"},
    {"UnknownTopKey",
     "nam: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20}\n",
     "x.yaml:1:1: lacks 'name' (what the campaign is called)\n"
     "x.yaml:1:1: nam: unknown key; did you mean 'name'?"},
    {"UnknownScanKey",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20, shel_stiffness: 2}\n",
     "x.yaml:3:93: scans[0].shel_stiffness: unknown key; did you mean 'shell_stiffness'?"},
    {"FarUnknownKey",
     "name: x\n"
     "seed: 1\n"
     "foobar: 2\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20}\n",
     "x.yaml:3:1: foobar: unknown key; the keys here are name, seed, material, attempt_rates, defaults, scans"},
    {"KeyInWrongPlace",
     "name: x\n"
     "temperature: 0.2\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20, seed: 4}\n",
     "x.yaml:2:1: temperature: 'temperature' cannot stand here; it belongs to a scan or to 'defaults'\n"
     "x.yaml:4:93: scans[0].seed: 'seed' cannot stand here; it belongs to the top of the file"},
    {"NameInDefaults",
     "name: x\n"
     "defaults: {name: a, shell_layers: 0}\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20}\n",
     "x.yaml:2:12: defaults.name: 'name' cannot stand here; it belongs to a single scan"},
    {"NoScans", "name: x\n", "x.yaml:1:1: lacks 'scans' (a list: what is to be simulated)"},
    {"EmptyScans",
     "name: x\n"
     "scans: []\n",
     "x.yaml:2:8: scans: must be a list of scans ('- name: …'), not an empty one"},
    {"NullScan",
     "name: x\n"
     "scans:\n"
     "  -\n",
     "x.yaml:4:1: scans[0]: must be a mapping with 'name', 'method', 'lattice', 'size' …, not nothing"},
    {"NameMissing",
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20}\n",
     "x.yaml:1:1: lacks 'name' (what the campaign is called)"},
    {"SameNames",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20}\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20}\n",
     "x.yaml:4:12: scans[1].name: another scan is called 'a' (line 3)"},
    {"SeedNegative",
     "name: x\n"
     "seed: -1\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20}\n",
     "x.yaml:2:7: seed: must be a whole number from 0 to 18446744073709551615, not -1"},
    {"SeedTooLarge",
     "name: x\n"
     "seed: 18446744073709551616\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20}\n",
     "x.yaml:2:7: seed: must be a whole number from 0 to 18446744073709551615, not 18446744073709551616"},
    {"MissingEverything",
     "name: x\n"
     "scans:\n"
     "  - {name: a}\n",
     "x.yaml:3:5: scans[0]: lacks 'lattice' (hexagon, cube, box or another shape)\n"
     "x.yaml:3:5: scans[0]: lacks 'method' (equilibrium or exchange)\n"
     "x.yaml:3:5: scans[0]: lacks 'size' (sites along an edge of the core; for a box [[10, 10, 50]])\n"
     "x.yaml:3:5: scans[0]: lacks 'temperature' (k_BT in the unit of energy; the papers have 0.2 for hexagons, 1.5 for "
     "cubes, 2 for ising)"},
    {"MissingForMethods",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 3}\n"
     "  - {name: b, method: equilibrium, lattice: hexagon, size: 3}\n",
     "x.yaml:3:5: scans[0]: lacks 'delta_mu' (the drive, mu_A - mu_B; the papers have -20 for hexagons, -200 in 3D, "
     "-10 for ising and none)\n"
     "x.yaml:3:5: scans[0]: lacks 'temperature' (k_BT in the unit of energy; the papers have 0.2 for hexagons, 1.5 for "
     "cubes, 2 for ising)\n"
     "x.yaml:4:5: scans[1]: lacks 'temperature' (k_BT in the unit of energy; the papers have 0.2 for hexagons, 1.5 for "
     "cubes, 2 for ising)"},
    {"UnknownMethod",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibirum, lattice: hexagon, size: 3, temperature: 0.2}\n",
     "x.yaml:3:23: scans[0].method: must be 'equilibrium' or 'exchange', not 'equilibirum'; did you mean "
     "'equilibrium'?"},
    {"ForeignKeysInExchange",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20, composition: 0.5, "
     "start: random, equilibration_sweeps: 5, measured_sweeps: 5, measure_every: {phases: 1}}\n",
     "x.yaml:3:93: scans[0].composition: an exchange scan has no 'composition': it belongs to equilibrium scans; "
     "remove it\n"
     "x.yaml:3:111: scans[0].start: an exchange scan has no 'start': it belongs to equilibrium scans; remove it\n"
     "x.yaml:3:126: scans[0].equilibration_sweeps: an exchange scan has no 'equilibration_sweeps': it belongs to "
     "equilibrium scans; remove it\n"
     "x.yaml:3:151: scans[0].measured_sweeps: an exchange scan has no 'measured_sweeps': it belongs to equilibrium "
     "scans; remove it\n"
     "x.yaml:3:171: scans[0].measure_every: an exchange scan has no 'measure_every': it belongs to equilibrium scans; "
     "remove it"},
    {"ObservedUnknownTwiceOrInEquilibrium",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20, "
     "observe: [area, phases, phases]}\n"
     "  - {name: b, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, observe: areas}\n",
     "x.yaml:3:103: scans[0].observe[0]: must be 'phases', 'areas', 'profile' or 'energy', not 'area'; did you mean "
     "'areas'?\n"
     "x.yaml:3:117: scans[0].observe[2]: 'phases' stands twice in the list\n"
     "x.yaml:4:81: scans[1].observe: an equilibrium scan has no 'observe': it belongs to exchange scans; remove it"},
    {"ForeignKeysInEquilibrium",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20, times: [1], "
     "rates: {exchange: 1}, exchange_until: 3, max_events: 5}\n",
     "x.yaml:3:81: scans[0].delta_mu: an equilibrium scan at a fixed composition has no 'delta_mu': it belongs to "
     "exchange scans and to 'ensemble: semigrand'; remove it, or write that beside it\n"
     "x.yaml:3:96: scans[0].times: an equilibrium scan has no 'times': it belongs to exchange scans; remove it\n"
     "x.yaml:3:108: scans[0].rates: an equilibrium scan has no 'rates': it belongs to exchange scans; remove it\n"
     "x.yaml:3:130: scans[0].exchange_until: an equilibrium scan has no 'exchange_until': it belongs to exchange "
     "scans; remove it\n"
     "x.yaml:3:149: scans[0].max_events: an equilibrium scan has no 'max_events': it belongs to exchange scans; remove "
     "it"},
    {"CompositionOfASemigrandScan",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, ensemble: semigrand, delta_mu: "
     "0, "
     "composition: 0.3}\n",
     "x.yaml:3:115: scans[0].composition: with 'ensemble: semigrand' the composition follows from delta_mu; remove it"},
    {"SemigrandScanWithoutDeltaMu",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, ensemble: semigrand}\n",
     "x.yaml:3:5: scans[0]: lacks 'delta_mu' (mu_A - mu_B of the reservoir, which decides on the composition; 0 "
     "favours "
     "neither)"},
    {"MisspeltEnsemble",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, ensemble: semigrnd, delta_mu: "
     "0}\n",
     "x.yaml:3:91: scans[0].ensemble: must be 'canonical' or 'semigrand', not 'semigrnd'; did you mean 'semigrand'?"},
    {"PureCoresAtAFixedComposition",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, start: [random, B]}\n",
     "x.yaml:3:97: scans[0].start[1]: a core of one kind is a start of 'ensemble: semigrand' only: at a fixed "
     "composition "
     "it could never change"},
    {"PublishedFlips",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, ensemble: semigrand, delta_mu: "
     "0, "
     "hamiltonian: published}\n",
     "x.yaml:3:128: scans[0].hamiltonian: the flips of the published program follow no energy, and so have no "
     "equilibrium; use 'exact' with 'ensemble: semigrand'"},
    {"EnsembleOfAnExchange",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, ensemble: semigrand, delta_mu: 0}\n",
     "x.yaml:3:78: scans[0].ensemble: an exchange scan has no 'ensemble': it belongs to equilibrium scans; remove it"},
    {"LadderInDeltaMuAtAFixedComposition",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, ladder: {along: delta_mu}}\n",
     "x.yaml:3:89: scans[0].ladder: 'delta_mu' is no axis at a fixed composition; add 'ensemble: semigrand', and two "
     "values of it, which are its rungs"},
    {"RefinedInDeltaMuAtAFixedComposition",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, refine: {along: delta_mu, "
     "tolerance: 0.1}}\n",
     "x.yaml:3:89: scans[0].refine: 'delta_mu' is no axis at a fixed composition; add 'ensemble: semigrand', and two "
     "values of it, between which the transition is looked for"},
    {"PureCoresFromTheDefaultsAtAFixedComposition",
     "name: x\n"
     "defaults: {start: [A, B], hamiltonian: published}\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2}\n"
     "  - {name: b, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, ensemble: semigrand, delta_mu: "
     "0}\n",
     "x.yaml:2:20: defaults.start[0]: a core of one kind is a start of 'ensemble: semigrand' only: at a fixed "
     "composition it "
     "could never change\n"
     "x.yaml:2:23: defaults.start[1]: a core of one kind is a start of 'ensemble: semigrand' only: at a fixed "
     "composition it "
     "could never change\n"
     "x.yaml:2:40: defaults.hamiltonian: the flips of the published program follow no energy, and so have no "
     "equilibrium; "
     "use 'exact' with 'ensemble: semigrand'"},
    {"PrecisionOfAFixedComposition",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, measured_sweeps: 1000, until: "
     "{c: "
     "0.01, at_most: 4000}}\n",
     "x.yaml:3:112: scans[0].until.c: is not measured by every chain of the scan: the composition is fixed without "
     "'ensemble: semigrand'"},
    {"SidesToldApartByAFixedComposition",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: [0.1, 0.2], refine: {along: "
     "temperature, of: c, tolerance: 0.1}}\n",
     "x.yaml:3:96: scans[0].refine: the composition is fixed: c tells sides apart with 'ensemble: semigrand' only"},
    {"ExchangeInBulk",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, boundary: periodic, delta_mu: 0}\n",
     "x.yaml:3:78: scans[0].boundary: an exchange scan has no 'boundary': it belongs to equilibrium scans; remove it"},
    {"ShellOfTheBulk",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 6, temperature: 0.2, boundary: periodic, "
     "shell_layers: [0, 2], shell_stiffness: 3, hamiltonian: published}\n",
     "x.yaml:3:115: scans[0].shell_layers: a periodic crystal has no surface, and so no shell; remove it, write "
     "'shell_layers: 0' in the scan, or remove 'boundary: periodic'\n"
     "x.yaml:3:156: scans[0].hamiltonian: the published program knows no periodic crystals; use 'exact' with "
     "'boundary: periodic'"},
    {"MisspeltBoundary",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 6, temperature: 0.2, boundary: periodc}\n",
     "x.yaml:3:91: scans[0].boundary: must be 'free' or 'periodic', not 'periodc'; did you mean 'periodic'?"},
    {"PeriodSmallerThanItsNeighbourhood",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: [2, 6], temperature: 0.2, boundary: periodic}\n",
     "x.yaml:3:61: scans[0].size[0]: periodic hexagon size 2x2: every edge needs at least 3 sites, or both neighbours "
     "of "
     "a site along it would be the same one; use a larger size"},
    {"EdgesOfAPeriodicHexagon",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: [[6, 6, 6]], temperature: 0.2, boundary: periodic}\n"
     "  - {name: b, method: equilibrium, lattice: hexagon, size: [[6, 6]], temperature: 0.2}\n"
     "  - {name: c, method: equilibrium, lattice: box, size: [[6, 6]], temperature: 0.2, boundary: periodic}\n",
     "x.yaml:3:61: scans[0].size[0]: a periodic hexagonal cell has one size or two; write 6, or [[6, 6]]\n"
     "x.yaml:4:61: scans[1].size[0]: a hexagon has one size; two belong to a hexagon with 'boundary: periodic'\n"
     "x.yaml:5:57: scans[2].size[0]: a box has three edges; write [[6, 6, 6]]"},
    {"SizeZero",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 0, temperature: 0.2, delta_mu: -20}\n",
     "x.yaml:3:57: scans[0].size: must be a whole number from 1 to 100000 (sites along an edge of the core), not 0"},
    {"SizeNegative",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: [-3, .nan, 1e99, .inf, 2.5, abc], temperature: 0.2, "
     "delta_mu: -20}\n",
     "x.yaml:3:58: scans[0].size[0]: must be a whole number from 1 to 100000 (sites along an edge of the core), not "
     "-3\n"
     "x.yaml:3:62: scans[0].size[1]: must be a whole number from 1 to 100000 (sites along an edge of the core), not "
     "'.nan'\n"
     "x.yaml:3:68: scans[0].size[2]: must be a whole number from 1 to 100000 (sites along an edge of the core), not "
     "1e99\n"
     "x.yaml:3:74: scans[0].size[3]: must be a whole number from 1 to 100000 (sites along an edge of the core), not "
     "'.inf'\n"
     "x.yaml:3:80: scans[0].size[4]: must be a whole number from 1 to 100000 (sites along an edge of the core), not "
     "2.5\n"
     "x.yaml:3:85: scans[0].size[5]: must be a whole number from 1 to 100000 (sites along an edge of the core), not "
     "'abc'"},
    {"Composition",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, composition: 1.5}\n",
     "x.yaml:3:94: scans[0].composition: must be a number from 0 to 1, or a fraction like 1/3 (of A in the core), not "
     "1.5"},
    {"Temperature",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0}\n",
     "x.yaml:3:76: scans[0].temperature: must be a number from 1e-6 to 1e6 (k_BT in the unit of energy), not 0"},
    {"Quoted",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: \"3\", temperature: 0.2}\n",
     "x.yaml:3:60: scans[0].size: must be a whole number from 1 to 100000 (sites along an edge of the core), not '3'; "
     "remove the quotes"},
    {"Octal",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, replicas: 010}\n",
     "x.yaml:3:91: scans[0].replicas: must be a whole number from 1 to 1000000, not '010'; write 10 (a leading zero "
     "means octal to some readers)"},
    {"HexOctalUnderscoreComma",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, replicas: 0x10, composition: "
     "0o1, measured_sweeps: 1_000, equilibration_sweeps: '1e5'}\n",
     "x.yaml:3:91: scans[0].replicas: must be a whole number from 1 to 1000000, not '0x10'; write it in decimal "
     "digits\n"
     "x.yaml:3:110: scans[0].composition: must be a number from 0 to 1, or a fraction like 1/3 (of A in the core), not "
     "'0o1'; write "
     "it in decimal digits\n"
     "x.yaml:3:132: scans[0].measured_sweeps: must be a whole number from 1 to 1e15, not '1_000'; write 1000\n"
     "x.yaml:3:161: scans[0].equilibration_sweeps: must be a whole number from 0 to 1e15, not '1e5'; remove the "
     "quotes"},
    {"Boolean",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, replicas: yes}\n",
     "x.yaml:3:91: scans[0].replicas: must be a whole number from 1 to 1000000, not 'yes'"},
    {"NullValue",
     "name: x\n"
     "scans:\n"
     "  - name: a\n"
     "    method: exchange\n"
     "    lattice: hexagon\n"
     "    size:\n"
     "    temperature: 0.2\n"
     "    delta_mu: -20\n",
     "x.yaml:7:5: scans[0].size: must be a whole number from 1 to 100000 (sites along an edge of the core), not "
     "nothing"},
    {"LatticeWord",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagn, size: 3, temperature: 0.2}\n",
     "x.yaml:3:45: scans[0].lattice: must be 'hexagon', 'box', 'rectangle', 'parallelogram', 'triangle', 'disc', "
     "'elongated_hexagon', 'octahedron', 'truncated_octahedron', 'tetrahedron', 'truncated_cube', 'sphere', "
     "'cylinder', "
     "'hexagonal_plate', 'cube' or 'square_plate', not 'hexagn'; did you mean 'hexagon'?"},
    {"FlatCylinder",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: cylinder, size: [4, 20], temperature: 1.5, delta_mu: -200}\n",
     "x.yaml:3:58: scans[0].size: a flat list is an axis of two sizes; for one cylinder write [[4, 20]]"},
    {"CylinderOfOneSize",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: cylinder, size: 4, temperature: 1.5, delta_mu: -200}\n",
     "x.yaml:3:58: scans[0].size: a cylinder has two sizes (radius, sites along the axis); write [[4, 4]]"},
    {"DiscOfTwoSizes",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: disc, size: [[4, 5]], temperature: 0.2, delta_mu: -20}\n",
     "x.yaml:3:55: scans[0].size[0]: a disc has one size (radius); write 4"},
    {"CutTooDeep",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: truncated_cube, size: [[6, 3]], temperature: 1.5, delta_mu: -200}\n",
     "x.yaml:3:65: scans[0].size[0]: truncated_cube size 6x3: cuts of 3 planes meet along edges of 6 sites; at most 2 "
     "can "
     "be cut off"},
    {"UnknownFacets",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: triangle, size: 5, temperature: 0.2,\n"
     "     shell: {layers: 1, facets: [-y, +z]}}\n"
     "  - {name: b, method: equilibrium, lattice: disc, size: 5, temperature: 0.2, shell: {layers: 1, facets: -y}}\n",
     "x.yaml:4:38: scans[0].shell.facets[1]: a triangle has no facet '+z'; its facets are -y, +x+y, -x+y\n"
     "x.yaml:5:105: scans[1].shell.facets: a disc has no flat sides; remove 'facets', and its shell is closed"},
    {"FacetsWithoutShell",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: cube, size: 5, temperature: 1.5, shell: {layers: 0, facets: [+z]}}\n"
     "  - {name: b, method: equilibrium, lattice: cube, size: 5, temperature: 1.5, shell: {facets: [+z]}}\n"
     "  - {name: c, method: equilibrium, lattice: cube, size: 5, temperature: 1.5, shell_layers: 1, shell: {layers: "
     "1}}\n"
     "  - {name: d, method: equilibrium, lattice: cube, size: 5, temperature: 1.5, shell: {layers: 1, facets: []}}\n"
     "  - {name: e, method: equilibrium, lattice: cube, size: 5, temperature: 1.5, shell: {layers: 1, facets: [+z, "
     "+z]}}\n"
     "  - {name: f, method: equilibrium, lattice: cube, size: 5, temperature: 1.5, shell_occupation: A}\n",
     "x.yaml:3:106: scans[0].shell.facets[0]: there is no shell that could cover it; give it 1 layer at least\n"
     "x.yaml:4:85: scans[1].shell: lacks 'layers' (of sites)\n"
     "x.yaml:5:78: scans[2].shell_layers: the layers stand in 'shell', too; remove one of the two\n"
     "x.yaml:6:105: scans[3].shell.facets: an empty list; name a facet at least, or remove it: the shell covers all "
     "sides then\n"
     "x.yaml:7:110: scans[4].shell.facets[1]: '+z' stands twice in the list\n"
     "x.yaml:8:96: scans[5].shell_occupation: there is no shell that could consist of it; add 'shell_layers: 1', or "
     "remove it"},
    {"BulkOfASphere",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, boundary: periodic, lattice: sphere, size: 4, temperature: 1.5}\n",
     "x.yaml:3:79: scans[0].size: a sphere ends in a surface; cells of the bulk are those of 'lattice: hexagon', "
     "'cube' or "
     "'box'; use one of these, or remove 'boundary: periodic'"},
    {"FlatBox",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: box, size: [10, 10, 50], temperature: 1.5, delta_mu: -200}\n",
     "x.yaml:3:53: scans[0].size: a flat list is an axis of three sizes; for one box write [[10, 10, 50]]"},
    {"BoxScalar",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: box, size: 10, temperature: 1.5, delta_mu: -200}\n",
     "x.yaml:3:53: scans[0].size: a box has three edges; write [[10, 10, 10]]"},
    {"BoxTwo",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: box, size: [[10, 10]], temperature: 1.5, delta_mu: -200}\n",
     "x.yaml:3:54: scans[0].size[0]: a box has three edges; write [[10, 10, 10]]"},
    {"HexagonTriple",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: [[10, 10, 50]], temperature: 1.5, delta_mu: -200}\n",
     "x.yaml:3:58: scans[0].size[0]: a hexagon has one size; three edges belong to 'lattice: box'"},
    {"SingleSite",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 1, temperature: 0.2, delta_mu: -20}\n",
     "x.yaml:3:57: scans[0].size: hexagon size 1 with 0 shell layers: every edge of the whole crystal needs at least 2 "
     "sites; use a larger size or add a shell layer"},
    {"ThinBox",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: box, size: [[1, 5, 5]], temperature: 1.5, delta_mu: -200}\n",
     "x.yaml:3:54: scans[0].size[0]: box size 1x5x5 with 0 shell layers: every edge of the whole crystal needs at "
     "least 2 sites; use a larger size or add a shell layer"},
    {"CoreOfOne",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 1, shell_layers: 1, temperature: 0.2}\n",
     "x.yaml:3:60: scans[0].size: a core of a single site has nothing to swap; use a larger size"},
    {"TooManySites",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: cube, size: 100000, temperature: 1.5, delta_mu: -200}\n",
     "x.yaml:3:54: scans[0].size: 1e+15 sites with the shell; a crystal has at most 2147483647"},
    {"StiffnessWithoutShell",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, shell_stiffness: [8, 9]}\n",
     "x.yaml:3:98: scans[0].shell_stiffness: there is no shell that could be stiff; add 'shell_layers: 1', or remove "
     "shell_stiffness"},
    {"StiffnessZero",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, shell_layers: 1, "
     "shell_stiffness: 0}\n",
     "x.yaml:3:115: scans[0].shell_stiffness: must be a number from 1e-6 to 1e6 (K_shell/K), not 0"},
    {"StiffnessWithoutElastic",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, interaction: ising, temperature: 2, shell_layers: "
     "1, shell_stiffness: 3}\n",
     "x.yaml:3:133: scans[0].shell_stiffness: only an elastic interaction knows a stiffness; remove it"},
    {"PublishedWithoutElastic",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, interaction: ising, temperature: 2, hamiltonian: "
     "published}\n",
     "x.yaml:3:112: scans[0].hamiltonian: differs from 'exact' only with an elastic interaction; remove it"},
    {"TemperatureOfNone",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 3, interaction: none, temperature: 0.2, delta_mu: -10}\n",
     "x.yaml:3:92: scans[0].temperature: must be 1 for 'interaction: none', whose energies are in k_BT; remove it, or "
     "write 1 where it is zipped"},
    {"InteractionAxis",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20, interaction: "
     "[elastic, ising]}\n",
     "x.yaml:3:106: scans[0].interaction: these interactions measure energies in different units; give each its own "
     "values with zip: [interaction, temperature, delta_mu]"},
    {"InteractionAxisEquilibrium",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, interaction: [elastic, ising]}\n",
     "x.yaml:3:94: scans[0].interaction: these interactions measure energies in different units; give each its own "
     "values with zip: [interaction, temperature]"},
    {"InteractionMapping",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, interaction: {ising: 0.3}}\n",
     "x.yaml:3:94: scans[0].interaction: needs 'elastic: 1'; for a crystal without elastic part write 'interaction: "
     "ising' (energies in J)"},
    {"InteractionMappingZero",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, interaction: {elastic: 0, ising: "
     "0.3}}\n",
     "x.yaml:3:104: scans[0].interaction.elastic: must be a number from 1e-6 to 1e6 (the weight of V; 1 in the "
     "papers), not 0"},
    {"EmptyList",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, composition: []}\n",
     "x.yaml:3:94: scans[0].composition: an empty list; give at least one value"},
    {"DuplicateValues",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, composition: [0.3, 0.5, "
     "0.30000000000000004]}\n",
     "x.yaml:3:105: scans[0].composition[2]: 0.3 stands twice in the list"},
    {"RangeInList",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, composition: [0.1, {from: 0.2, "
     "to: 0.4, step: 0.1}]}\n",
     "x.yaml:3:100: scans[0].composition[1]: a range cannot stand in a list; write its values out"},
    {"StepMissesEnd",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, shell_layers: 1, "
     "shell_stiffness: {from: 8, to: 12, step: 0.7}}\n",
     "x.yaml:3:139: scans[0].shell_stiffness.step: does not divide the range from 8 to 12: it leads to 11.5 and then "
     "to 12.2; change 'step', or set 'to' to one of them"},
    {"StepZero",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, shell_layers: 1, "
     "shell_stiffness: {from: 8, to: 12, step: 0}}\n",
     "x.yaml:3:139: scans[0].shell_stiffness.step: a step of 0 never arrives"},
    {"StepSign",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, shell_layers: 1, "
     "shell_stiffness: {from: 8, to: 12, step: -0.5}}\n",
     "x.yaml:3:139: scans[0].shell_stiffness.step: leads away from 'to'; use 0.5"},
    {"StepTiny",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, shell_layers: 1, "
     "shell_stiffness: {from: 8, to: 12, step: 1e-7}}\n",
     "x.yaml:3:139: scans[0].shell_stiffness.step: makes 4e+07 values; at most 100000"},
    {"StepAndPoints",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, shell_layers: 1, "
     "shell_stiffness: {from: 8, to: 12, step: 1, points: 5}}\n",
     "x.yaml:3:115: scans[0].shell_stiffness: a range has either 'step' or 'points', not both"},
    {"NeitherStepNorPoints",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, shell_layers: 1, "
     "shell_stiffness: {from: 8, to: 12}}\n",
     "x.yaml:3:115: scans[0].shell_stiffness: a range needs 'step' or 'points'"},
    {"NoTo",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, shell_layers: 1, "
     "shell_stiffness: {from: 8, step: 1}}\n",
     "x.yaml:3:115: scans[0].shell_stiffness: a range needs 'to'"},
    {"LogOfNegative",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20, times: {from: 0, to: "
     "10, points: 5, scale: log}}\n",
     "x.yaml:3:136: scans[0].times.scale: a logarithmic range needs both ends above 0"},
    {"ScaleWithStep",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20, times: {from: 1, to: "
     "10, step: 1, scale: log}}\n",
     "x.yaml:3:134: scans[0].times.scale: 'scale' goes with 'points', not with 'step'"},
    {"ScaleWord",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20, times: {from: 1, to: "
     "10, points: 5, scale: logarithmic}}\n",
     "x.yaml:3:136: scans[0].times.scale: must be 'linear' or 'log', not 'logarithmic'"},
    {"OnePoint",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20, times: {from: 1, to: "
     "10, points: 1}}\n",
     "x.yaml:3:126: scans[0].times.points: 1 point cannot be both 'from' and 'to'; use 2 or more"},
    {"EqualEnds",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20, times: {from: 1, to: "
     "1, points: 2}}\n",
     "x.yaml:3:125: scans[0].times.points: 'from' equals 'to': that is 1 point"},
    {"TooFine",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20, times: {from: 1, to: "
     "1.00000000001, points: 100}}\n",
     "x.yaml:3:100: scans[0].times: neighbouring values agree in 12 significant digits; use fewer"},
    {"FractionalSizes",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: {from: 3, to: 5, step: 0.5}, temperature: 0.2}\n",
     "x.yaml:3:60: scans[0].size: the range contains 3.5, which must be a whole number from 1 to 100000 (sites along "
     "an edge of the core)"},
    {"RangeKeys",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20, times: {form: 1, to: "
     "10, points: 3}}\n",
     "x.yaml:3:100: scans[0].times: a range needs 'from'\n"
     "x.yaml:3:101: scans[0].times.form: unknown key; did you mean 'from'?"},
    {"TimesDescend",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20, times: [1, 3, 2]}\n",
     "x.yaml:3:107: scans[0].times[2]: must ascend: each value larger than the one before"},
    {"TimesNegative",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20, times: [-1, 3]}\n",
     "x.yaml:3:101: scans[0].times[0]: must be a time, 0 or a number from 1e-300 to 1e300, not -1"},
    {"ZipLengths",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, shell_layers: 1, "
     "shell_stiffness: [8, 9], composition: [0.3, 0.4, 0.5], zip: [shell_stiffness, composition]}\n",
     "x.yaml:3:159: scans[0].zip[0]: zipped axes need equally many values: 'shell_stiffness' has 2, 'composition' has "
     "3"},
    {"ZipScalar",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, composition: [0.3, 0.4], zip: "
     "[temperature, composition]}\n",
     "x.yaml:3:112: scans[0].zip[0]: 'temperature' is no list or range in this scan; only those can be zipped"},
    {"ZipUnknown",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, composition: [0.3, 0.4], zip: "
     "[compositoin, replicas]}\n",
     "x.yaml:3:112: scans[0].zip[0]: must be the name of an axis, not 'compositoin'; did you mean 'composition'?\n"
     "x.yaml:3:125: scans[0].zip[1]: must be the name of an axis, not 'replicas'; the axes are lattice, size, "
     "shell_layers, shell_stiffness, temperature, delta_mu, composition, start, interaction, hamiltonian"},
    {"ZipTwice",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, shell_layers: [0, 1], "
     "composition: [0.3, 0.4], start: [random, segregated], zip: [[shell_layers, composition], [composition, "
     "start]]}\n",
     "x.yaml:3:193: scans[0].zip[1][0]: 'composition' is zipped twice"},
    {"ZipRepeats",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, shell_layers: [0, 1, 0], "
     "composition: [0.3, 0.4, 0.3], zip: [shell_layers, composition]}\n",
     "x.yaml:3:102: scans[0].shell_layers[2]: the zipped axes have the same values at their places 1 and 3: 0, 0.3"},
    {"ZipOne",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, composition: [0.3, 0.4], zip: "
     "[composition]}\n",
     "x.yaml:3:111: scans[0].zip: needs at least two axes: zip: [size, shell_stiffness]"},
    {"ZipWord",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, composition: [0.3, 0.4], zip: "
     "composition}\n",
     "x.yaml:3:111: scans[0].zip: must be a list of axes such as [size, shell_stiffness], not 'composition'"},
    {"LatticesNotZipped",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: [hexagon, cube], size: [3, 4], temperature: 0.2}\n",
     "x.yaml:3:45: scans[0].lattice: each lattice has sizes of its own; add zip: [lattice, size]"},
    {"SnapshotsOfOtherMethod",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20, snapshots: {sweeps: "
     "[1]}}\n"
     "  - {name: b, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, snapshots: {times: [1]}}\n",
     "x.yaml:3:105: scans[0].snapshots.sweeps: an exchange scan keeps snapshots at 'times'\n"
     "x.yaml:4:93: scans[1].snapshots.times: an equilibrium scan keeps snapshots at 'sweeps'"},
    {"SnapshotNeverReached",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, equilibration_sweeps: 10, "
     "measured_sweeps: 10, snapshots: {sweeps: [0, 21]}}\n",
     "x.yaml:3:148: scans[0].snapshots.sweeps: sweep 21 is never reached: a chain has 20 (equilibration and "
     "measurement)"},
    {"NeverMeasured",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, measured_sweeps: 10, "
     "measure_every: {phases: 11, areas: 20}}\n",
     "x.yaml:3:126: scans[0].measure_every.phases: every 11 sweeps of 10 measured ones is never\n"
     "x.yaml:3:137: scans[0].measure_every.areas: every 20 sweeps of 10 measured ones is never"},
    {"Rates",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20, rates: {exchange: 0, "
     "diffusion: -1, surface: 3}}\n",
     "x.yaml:3:111: scans[0].rates.exchange: must be a number from 1e-9 to 1e9, not 0\n"
     "x.yaml:3:125: scans[0].rates.diffusion: must be 0 or a number from 1e-9 to 1e9, not -1\n"
     "x.yaml:3:129: scans[0].rates.surface: unknown key; the keys here are exchange, diffusion, rule, share"},
    {"RatesScalar",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20, rates: 3}\n",
     "x.yaml:3:100: scans[0].rates: must be a mapping with 'exchange' and 'diffusion', not '3'"},
    {"ReplicasZero",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, replicas: 0}\n",
     "x.yaml:3:91: scans[0].replicas: must be a whole number from 1 to 1000000, not 0"},
    {"TooManyJobs",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, composition: {from: 0, to: 1, "
     "points: 100000}, replicas: 1000}\n",
     "x.yaml:3:5: scans[0]: makes 100000000 jobs; a campaign has at most 10000000"},
    {"TooManyJobsTogether",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, replicas: 900000, composition: "
     "[0.1,0.2,0.3,0.4,0.5,0.6]}\n"
     "  - {name: b, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, replicas: 900000, composition: "
     "[0.1,0.2,0.3,0.4,0.5,0.6]}\n",
     "x.yaml:3:3: scans: make 10800000 jobs together; a campaign has at most 10000000"},
    {"UnusedDefault",
     "name: x\n"
     "defaults: {measured_sweeps: 10, replicas: 2}\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20}\n",
     "x.yaml:2:12: defaults.measured_sweeps: no scan uses this default; remove it"},
    {"WrongDefaultOnce",
     "name: x\n"
     "defaults: {shell_layers: -1}\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20}\n"
     "  - {name: b, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20}\n",
     "x.yaml:2:26: defaults.shell_layers: must be a whole number from 0 to 1000 (layers of sites), not -1"},
    {"TimesOfTwoKinds",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: [hexagon, cube], size: [3, 4], zip: [lattice, size], temperature: 1.5, "
     "delta_mu: -20}\n",
     "x.yaml:3:5: scans[0]: lacks 'times' (the defaults differ between these crystals: 1e-32 to 100 for elastic ones "
     "in 3D, 1e-3 to 300 for others)"},
    {"BoxOfOneEdge",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: box, size: [[10, 10, 50], [7]], temperature: 1.5, delta_mu: -200}\n",
     "x.yaml:3:68: scans[0].size[1]: 1 number; sizes in a list of their own are two, as those of a cylinder, [6, 20], "
     "or "
     "three, as the edges of a box, [10, 10, 50]"},
    {"ExchangeStopsAfterTheEnd",
     "name: x\n"
     "defaults: {exchange_until: 7}\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20, times: [1, 5]}\n"
     "  - {name: b, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20, exchange_until: "
     "300.5}\n"
     "  - {name: c, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20, times: [1, 5], "
     "snapshots: {times: [7]}}\n",
     "x.yaml:2:28: defaults.exchange_until: has no effect: the last observation is at 5; lower it, add later times, or "
     "remove it\n"
     "x.yaml:5:109: scans[1].exchange_until: has no effect: the last observation is at 300; lower it, add later times, "
     "or remove it"},
    {"CompositionsOfLessThanASite",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: [4, 3], temperature: 0.2, composition: [0, 0.03, "
     "0.0526315789474, 0.99, 1]}\n",
     "x.yaml:3:103: scans[0].composition[1]: 0.03 of 19 core sites is no A at all; use 0, or at least 0.0526315789474 "
     "(one site)"},
    {"RangeOfCompositionsOfLessThanASite",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, composition: {from: 0, to: 0.1, "
     "step: 0.02}}\n",
     "x.yaml:3:94: scans[0].composition: 0.02 of 19 core sites is no A at all; use 0, or at least 0.0526315789474 (one "
     "site)"},
    {"CompositionOfAllButLessThanASite",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, composition: 0.999999999999}\n",
     "x.yaml:3:94: scans[0].composition: 0.999999999999 of 19 core sites is all of them; use 1, or at most "
     "0.947368421053 (all but one)"},
    {"InteractionsNotZippedBesideOtherMistakes",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 0, temperature: 0.2, delta_mu: -20, replica: 3, "
     "interaction: [elastic, ising]}\n",
     "x.yaml:3:57: scans[0].size: must be a whole number from 1 to 100000 (sites along an edge of the core), not 0\n"
     "x.yaml:3:93: scans[0].replica: unknown key; did you mean 'replicas'?\n"
     "x.yaml:3:118: scans[0].interaction: these interactions measure energies in different units; give each its own "
     "values with zip: [interaction, temperature, delta_mu]"},
    {"ZipLengthsBesideOtherMistakes",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: equilibirum, lattice: hexagon, size: 3, temperature: 0, shell_layers: [0, 1], "
     "composition: [0.3, 0.4, 0.5], zip: [shell_layers, composition], shell_stiffness: [3, 3]}\n",
     "x.yaml:3:23: scans[0].method: must be 'equilibrium' or 'exchange', not 'equilibirum'; did you mean "
     "'equilibrium'?\n"
     "x.yaml:3:76: scans[0].temperature: must be a number from 1e-6 to 1e6 (k_BT in the unit of energy), not 0\n"
     "x.yaml:3:137: scans[0].zip[0]: zipped axes need equally many values: 'shell_layers' has 2, 'composition' has 3\n"
     "x.yaml:3:186: scans[0].shell_stiffness[1]: 3 stands twice in the list"},
    {"FlatBoxBesideOtherMistakes",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: box, size: [4, 4, 12], temperature: 0, shell_stiffness: 9}\n",
     "x.yaml:3:5: scans[0]: lacks 'delta_mu' (the drive, mu_A - mu_B; the papers have -20 for hexagons, -200 in 3D, "
     "-10 for ising and none)\n"
     "x.yaml:3:53: scans[0].size: a flat list is an axis of three sizes; for one box write [[4, 4, 12]]\n"
     "x.yaml:3:78: scans[0].temperature: must be a number from 1e-6 to 1e6 (k_BT in the unit of energy), not 0\n"
     "x.yaml:3:98: scans[0].shell_stiffness: there is no shell that could be stiff; add 'shell_layers: 1', or remove "
     "shell_stiffness"},
    {"UnusedDefaultBesideOtherMistakes",
     "name: x\n"
     "defaults: {measured_sweeps: 10, replicsa: 2, replicas: 2}\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 0, temperature: 0.2, delta_mu: -20}\n",
     "x.yaml:2:12: defaults.measured_sweeps: no scan uses this default; remove it\n"
     "x.yaml:2:33: defaults.replicsa: unknown key; did you mean 'replicas'?\n"
     "x.yaml:4:57: scans[0].size: must be a whole number from 1 to 100000 (sites along an edge of the core), not 0"},
    {"NothingIsConcludedFromMisspeltKeys",
     "name: x\n"
     "scans:\n"
     "  - {name: a, method: exchange, lattice: hexagon, size: 1, shel_layers: 1, shell_stiffness: 9, temperature: [1, "
     "2], delta_mu: [-20, -10], interaction: [elastic, ising], zp: [interaction, temperature, delta_mu], time: [1, 9], "
     "exchange_until: 500}\n",
     "x.yaml:3:60: scans[0].shel_layers: unknown key; did you mean 'shell_layers'?\n"
     "x.yaml:3:170: scans[0].zp: unknown key; did you mean 'zip'?\n"
     "x.yaml:3:212: scans[0].time: unknown key; did you mean 'times'?"},
};

INSTANTIATE_TEST_SUITE_P(Messages, WrongCampaign, testing::ValuesIn(mistakes),
                         [](const auto& mistake) { return mistake.param.name; });

// ---- files that are no campaign

TEST(CampaignFile, BinaryAndOtherEncodingsAreRefusedAtTheirFirstByte) {
  using namespace std::string_literals;
  const std::string remedy = " is not text: a campaign is a YAML file in UTF-8, not a binary file";
  EXPECT_EQ(message_of("name: \0x\n"s), "x.yaml:1:7: byte 0x00" + remedy);
  EXPECT_EQ(message_of("name: x\n\x7f"
                       "ELF"),
            "x.yaml:2:1: byte 0x7f" + remedy);
  EXPECT_EQ(message_of("name: caf\xe9\n"), "x.yaml:1:10: byte 0xe9" + remedy);
  EXPECT_EQ(message_of("name: \xc0\xaf\n"), "x.yaml:1:7: byte 0xc0" + remedy);
  EXPECT_EQ(message_of("name: \xed\xa0\x80\n"), "x.yaml:1:7: byte 0xed" + remedy);
}

TEST(CampaignFile, ColumnsCountCharactersAndNotBytes) {
  EXPECT_THAT(message_of("name: \xc3\xa4\nscans: [{\xc3\xa4: 1, size: 0}]\n"),
              HasSubstr("x.yaml:2:22: scans[0].size: "));
}

TEST(CampaignFile, LongNamesAreCutInTheMessage) {
  EXPECT_THAT(message_of("name: " + std::string(65, 'x') + "\n"), HasSubstr("not '" + std::string(40, 'x') + "…'"));
}

TEST(CampaignFile, DeepNestingIsRefusedHoweverDeep) {
  for (const std::string opening : {"[", "{a: ", "- ", "? "}) {
    std::string text;
    while (text.size() < 500'000) text += opening;
    EXPECT_THAT(message_of(text), HasSubstr("nested more than 32 deep")) << opening;
  }
}

TEST(CampaignFile, BracketsWithoutEndAreRefusedWhateverHidesThem) {
  const std::string brackets(250'000, '[');
  for (const std::string& begin :
       std::vector<std::string>{"a: [it 's ", "a: |\n  it is\n  'x\nb: ", "# it's\na: [b \"", "a: 'x"})
    EXPECT_THAT(message_of(begin + brackets + "[[[\n"), HasSubstr("more than 250000 values")) << begin;
  EXPECT_THAT(message_of("# " + brackets.substr(1) + "\nname: x\nscans: []\n"), Not(HasSubstr("values")));
}

TEST(CampaignFile, AliasesThatUnfoldToBillionsAreRefused) {
  std::string text = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
  for (char name = 'b'; name <= 'k'; ++name) {
    const std::string previous(1, static_cast<char>(name - 1));
    text += std::string(1, name) + ": &" + name + " [";
    for (int k = 0; k < 10; ++k) text += (k > 0 ? ", *" : "*") + previous;
    text += "]\n";
  }
  EXPECT_EQ(message_of(text), "x.yaml:1:1: aliases unfold to 1.23e+11 values; a campaign has at most 1000000");
}

std::string with_unknown_keys(int count) {
  std::string text =
      "name: x\nscans:\n  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20}\n";
  for (int k = 0; k < count; ++k) text += "key" + std::to_string(k) + ": 1\n";
  return text;
}

TEST(CampaignFile, SomeTensOfProblemsArePrinted) {
  const std::string message = message_of(with_unknown_keys(100));
  EXPECT_EQ(std::count(message.begin(), message.end(), '\n'), 40);
  EXPECT_THAT(message, testing::EndsWith("\n… and 60 more problems"));
}

TEST(CampaignFile, AHopelessFileIsNotReadToItsEnd) {
  const std::string message = message_of(with_unknown_keys(5000));
  EXPECT_EQ(std::count(message.begin(), message.end(), '\n'), 40);
  EXPECT_THAT(message, testing::EndsWith("\n… and 960 more problems at least; the rest of the file was not read"));
}

TEST(CampaignFile, ControlCharactersOfKeysAndValuesAreEscapedInMessages) {
  const auto scan = [](const std::string& entry) {
    return "name: x\nscans:\n  - name: a\n    " + entry + "\n    method: exchange\n";
  };
  for (const std::string& entry :
       std::vector<std::string>{"si\rze: 3", "si\rze: {a: 1}", R"("si\rze": 3)", "snapshots: {si\rze: 3}",
                                "si\rze: &si\rze 3", "lattice: !si\rze 3", "lattice: si\rze", R"("si\rze": *q)"}) {
    const std::string message = message_of(scan(entry));
    EXPECT_FALSE(message.empty());
    EXPECT_EQ(message.find('\r'), std::string::npos) << entry << message;
  }
  EXPECT_THAT(message_of(scan("si\rze: 3")), HasSubstr("x.yaml:4:5: scans[0].si\\rze: unknown key"));
  EXPECT_THAT(message_of(scan("\"a\\e[2J\\x7f\": 3")), HasSubstr("scans[0].a\\x1b[2J\\x7f: unknown key"));
}

TEST(CampaignFile, KeysWithoutEndAreCutInPaths) {
  EXPECT_EQ(message_of("name: x\n? " + std::string(2000, 'k') + "\n: 1\nscans: []\n"),
            "x.yaml:2:3: " + std::string(40, 'k') +
                "…: unknown key; the keys here are name, seed, material, attempt_rates, defaults, scans\n"
                "x.yaml:4:8: scans: must be a list of scans ('- name: …'), not an empty one");
}

/// A scan that is right but for the character in it.
std::string scan_with_character(const std::string& keys) {
  return "name: x\nscans:\n  - name: a\n    method: equilibrium\n    lattice: hexagon\n" + keys;
}

struct Character {
  std::string name;
  std::string keys;
  std::string message;
};
void PrintTo(const Character& character, std::ostream* out) { *out << character.keys; }

class Lookalikes : public testing::TestWithParam<Character> {};

TEST_P(Lookalikes, AreNamedWithPlaceCodePointAndRemedy) {
  EXPECT_EQ(message_of(scan_with_character(GetParam().keys)), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    All, Lookalikes,
    testing::Values(
        Character{"NoBreakSpaceBeforeAKey", "    size: 4\n   \u00A0temperature: 0.2\n",
                  "x.yaml:7:4: a no-break space (U+00A0); write an ordinary space instead"},
        Character{"NoBreakSpaceInAKey", "    size: 4\n    temperature\u00A0: 0.2\n",
                  "x.yaml:7:16: a no-break space (U+00A0); write an ordinary space instead"},
        Character{"NoBreakSpaceBeforeAValue", "    size: 4\n    temperature: \u00A00.2\n",
                  "x.yaml:7:18: a no-break space (U+00A0); write an ordinary space instead"},
        Character{"IdeographicSpace", "    size: 4\n    temperature:\u30000.2\n",
                  "x.yaml:7:17: an ideographic space (U+3000); write an ordinary space instead"},
        Character{"ZeroWidthSpace", "    size: 4\u200B\n    temperature: 0.2\n",
                  "x.yaml:6:12: a zero-width space (U+200B), which nobody can see; delete it"},
        Character{"SoftHyphen", "    size: 4\n    temp\u00ADerature: 0.2\n",
                  "x.yaml:7:9: a soft hyphen (U+00AD), which nobody can see; delete it"},
        Character{"ByteOrderMarkInTheMiddle", "    size: 4\n    \uFEFFtemperature: 0.2\n",
                  "x.yaml:7:5: a byte order mark in the middle of the file (U+FEFF), which nobody can see; "
                  "delete it"},
        Character{"DirectionOfWriting", "    size: 4\n    temperature: \u202E0.2\n",
                  "x.yaml:7:18: a mark of the direction of writing (U+202E), which nobody can see; delete it"},
        Character{"MinusSign", "    size: 4\n    temperature: 0.2\n    composition: \u22120.5\n",
                  "x.yaml:8:18: a minus sign (U+2212); write '-' instead"},
        Character{"EnDashAsMinus", "    size: 4\n    temperature: 1e\u20131\n",
                  "x.yaml:7:20: a typographic dash (U+2013); write '-' instead"},
        Character{"TypographicQuotes", "    size: 4\n    start: \u201Crandom\u201D\n    temperature: 0.2\n",
                  "x.yaml:7:12: a typographic quotation mark (U+201C); write \" instead\n"
                  "x.yaml:7:19: a typographic quotation mark (U+201D); write \" instead"},
        Character{"TypographicApostrophes", "    size: 4\n    start: \u2018random\u2019\n    temperature: 0.2\n",
                  "x.yaml:7:12: a typographic quotation mark (U+2018); write ' instead\n"
                  "x.yaml:7:19: a typographic quotation mark (U+2019); write ' instead"},
        Character{"QuoteThatIsNeverClosed", "    size: 4\n    start: \"random\u201D\n    temperature: 0.2\n",
                  "x.yaml:7:19: a typographic quotation mark (U+201D); write \" instead"},
        Character{"FullWidthColon", "    size: 4\n    temperature\uFF1A0.2\n",
                  "x.yaml:7:16: a full-width character (U+FF1A); write ':' instead"},
        Character{"FullWidthDigits", "    size: \uFF14\n    temperature: 0.2\n",
                  "x.yaml:6:11: a full-width character (U+FF14); write '4' instead"},
        Character{"FullWidthBrackets", "    size: \uFF3B4, 6\uFF3D\n    temperature: 0.2\n",
                  "x.yaml:6:11: a full-width character (U+FF3B); write '[' instead\n"
                  "x.yaml:6:16: a full-width character (U+FF3D); write ']' instead"},
        Character{"FullWidthComma", "    size: [4\uFF0C6]\n    temperature: 0.2\n",
                  "x.yaml:6:13: a full-width character (U+FF0C); write ',' instead"},
        Character{"IdeographicComma", "    size: [4\u30016]\n    temperature: 0.2\n",
                  "x.yaml:6:13: an ideographic comma (U+3001); write ',' instead"},
        Character{"FullWidthNumberSign", "    size: 4\n    temperature: 0.2 \uFF03 note\n",
                  "x.yaml:7:22: a full-width character (U+FF03); write '#' instead"},
        Character{"Ellipsis", "    size: [4, 5, \u2026, 9]\n    temperature: 0.2\n",
                  "x.yaml:6:18: an ellipsis (U+2026); write all values, or {from: …, to: …, step: …} instead"},
        Character{"PowerOfTen", "    size: 4\n    temperature: 2\u00D710\u207B\u00B9\n",
                  "x.yaml:7:19: a multiplication sign (U+00D7); write powers of ten as 1e-3 instead\n"
                  "x.yaml:7:22: a superscript (U+207B); write powers of ten as 1e-3 instead\n"
                  "x.yaml:7:23: a superscript digit (U+00B9); write powers of ten as 1e-3 instead"}),
    [](const auto& character) { return character.param.name; });

TEST(CampaignFile, TypographyIsFreeInCommentsQuotesAndNames) {
  const std::string text =
      "# \u201Cwritten\u201D in a word\u00A0processor \u2013 with\u200Ball that\n"
      "name: Gr\u00F6\u00DFe \u2013 Versuch\uFF1A2\n"
      "scans:\n"
      "  - {name: \"a\u00A0b\", method: equilibrium, lattice: hexagon, size: 4, temperature: 0.2}  # \u2212\n"
      "  - {name: '\u201Cb\u201D it''s \u2212', method: equilibrium, lattice: hexagon, size: 5, temperature: 0.2}\n";
  EXPECT_EQ(message_of(text), "");
  EXPECT_EQ(parse_campaign(text, "x.yaml").name, "Gr\u00F6\u00DFe \u2013 Versuch\uFF1A2");
}

TEST(CampaignFile, NamesDoNotBeginWithTypographicQuotesNorHideCharacters) {
  const auto with_name = [](const std::string& name) { return message_of("name: " + name + "\nscans: []\n"); };
  EXPECT_THAT(with_name("\u201Ca\u201D"),
              HasSubstr("x.yaml:1:7: a typographic quotation mark (U+201C); write \" instead"));
  EXPECT_THAT(with_name("a\u00A0b"), HasSubstr("x.yaml:1:8: a no-break space (U+00A0)"));
  EXPECT_THAT(with_name("\"a\\eb\""),
              HasSubstr("must be a name of 1 to 64 visible characters on one line, not 'a\\x1bb'"));
  EXPECT_THAT(with_name("\"a\\u202Eb\""), HasSubstr("must be a name of 1 to 64 visible characters on one line"));
}

class CampaignOnDisk : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::path(testing::TempDir()) /
                 ("nxmc-campaign-" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  std::filesystem::path directory_;
};

TEST_F(CampaignOnDisk, MissingFilesAndDirectoriesAreNamed) {
  const auto missing = directory_ / "missing.yaml";
  EXPECT_EQ(message_of_file(missing), missing.string() + ": no such file");
  EXPECT_EQ(message_of_file(directory_), directory_.string() + ": a directory, not a campaign file");
}

TEST_F(CampaignOnDisk, AHundredMegabytesAreRefusedUnread) {
  const auto file = directory_ / "large.yaml";
  std::ofstream(file).put('x');
  std::filesystem::resize_file(file, 100'000'000);
  EXPECT_EQ(message_of_file(file),
            file.string() + ": larger than 1 MiB: that is no campaign file, and it was not read");
}

TEST_F(CampaignOnDisk, TheTextIsKeptVerbatim) {
  const std::string text =
      "# mine\nname: x\r\nscans: [{name: a, method: exchange, lattice: cube, size: 4, temperature: 1.5, delta_mu: "
      "-200}]";
  const auto file = directory_ / "x.yaml";
  std::ofstream(file, std::ios::binary) << text;
  const Campaign campaign = read_campaign(file);
  EXPECT_EQ(campaign.text, text);
  EXPECT_EQ(campaign.file, file.string());
}

// ---- files that are right

constexpr const char* example = R"yaml(name: shell-stiffness
seed: 20211228
defaults: {temperature: 0.2}
scans:                                    # each scan is the cross product of its axes
  - name: stiff-shell
    method: equilibrium                   # equilibrium | exchange
    lattice: hexagon                      # hexagon | cube | box …
    size: [10, 16, 24]                    # sites along a core edge; box: [[10, 10, 50]]
    shell_layers: 1
    shell_stiffness: {from: 8, to: 12, step: 0.5}      # K_shell / K
    composition: 0.5                      # fraction of A in the core
    start: [random, segregated]
    replicas: 4
    equilibration_sweeps: 100000
    measured_sweeps: 100000
    measure_every: {phases: 1, areas: 100}             # in sweeps
  - name: exchange
    method: exchange
    lattice: hexagon
    size: 16
    delta_mu: -20
    replicas: 100                         # trajectories
    times: {from: 1e-3, to: 300, points: 120, scale: log}
)yaml";

TEST(Campaign, HasLimitsThatAreToldTogetherWithOtherMistakes) {
  std::string scans;
  for (int k = 0; k < 60; ++k) {
    scans += "  - {name: s" + std::to_string(k) +
             ", method: exchange, lattice: hexagon, size: 4, temperature: 0.2, delta_mu: -20}\n";
  }
  EXPECT_EQ(
      message_of("name: x\nsed: 2\ndefaults: {times: {from: 1, to: 2, points: 100000}}\nscans:\n" + scans),
      "x.yaml:2:1: sed: unknown key; did you mean 'seed'?\n"
      "x.yaml:5:3: scans: are observed at 6000000 times and sweeps together, snapshots included; a campaign has at "
      "most 5000000");
}

TEST(Campaign, TheExampleOfTheManualIsUnderstood) {
  const Campaign campaign = parse_campaign(example, "example.yaml");
  EXPECT_EQ(campaign.name, "shell-stiffness");
  EXPECT_EQ(campaign.seed, 20211228U);
  ASSERT_THAT(campaign.scans, SizeIs(2));

  const Scan& shell = campaign.scans[0];
  EXPECT_EQ(shell.name, "stiff-shell");
  EXPECT_EQ(shell.replicas, 4);
  ASSERT_THAT(shell.points, SizeIs(3 * 9 * 2));
  EXPECT_EQ(shell.schedule.equilibration_sweeps, 100'000U);
  EXPECT_EQ(shell.schedule.measured_sweeps, 100'000U);
  EXPECT_EQ(shell.schedule.phases_every, 1U);
  EXPECT_EQ(shell.schedule.areas_every, 100U);
  const Physics& last = shell.points.back().physics;
  EXPECT_EQ(last.method, Method::equilibrium);
  EXPECT_EQ(last.lattice, (LatticeSpec{.shape = "hexagon", .size = {24, 0, 0}, .shell_layers = 1}));
  EXPECT_EQ(last.shell_stiffness, 12);
  EXPECT_EQ(last.temperature, 0.2);
  EXPECT_EQ(last.start, Start::segregated);

  const Scan& exchange_scan = campaign.scans[1];
  EXPECT_EQ(exchange_scan.replicas, 100);
  ASSERT_THAT(exchange_scan.points, SizeIs(1));
  EXPECT_EQ(exchange_scan.points[0].physics.delta_mu, -20);
  ASSERT_THAT(exchange_scan.schedule.times, SizeIs(120));
  EXPECT_EQ(exchange_scan.schedule.times.front(), 1e-3);
  EXPECT_EQ(exchange_scan.schedule.times.back(), 300);
}

TEST(Campaign, WhatIsNotGivenHasTheValuesOfThePapers) {
  const Campaign campaign = equilibrium("");
  EXPECT_EQ(campaign.seed, 1U);
  const Scan& scan = campaign.scans[0];
  EXPECT_EQ(scan.replicas, 1);
  EXPECT_EQ(scan.schedule.equilibration_sweeps, 100'000U);
  EXPECT_EQ(scan.schedule.measured_sweeps, 100'000U);
  EXPECT_EQ(scan.schedule.phases_every, 1U);
  EXPECT_EQ(scan.schedule.areas_every, 100U);
  Physics expected;
  expected.method = Method::equilibrium;
  expected.lattice = {.shape = "hexagon", .size = {3, 0, 0}, .shell_layers = 0};
  expected.temperature = 0.2;
  EXPECT_EQ(scan.points[0].physics, expected);
}

TEST(Campaign, DefaultTimesSuitTheCrystal) {
  const auto times = [](const Campaign& campaign) { return campaign.scans[0].schedule.times; };
  const std::vector<double> hexagon = times(exchange(""));
  ASSERT_THAT(hexagon, SizeIs(120));
  EXPECT_EQ(hexagon.front(), 1e-3);
  EXPECT_EQ(hexagon.back(), 300);
  const std::vector<double> cube =
      times(with_scan("method: exchange, lattice: cube, size: 4, temperature: 1.5, delta_mu: -200"));
  ASSERT_THAT(cube, SizeIs(120));
  EXPECT_EQ(cube.front(), 1e-32);
  EXPECT_EQ(cube.back(), 100);
  const std::vector<double> ising =
      times(with_scan("method: exchange, lattice: cube, size: 4, interaction: ising, temperature: 2, delta_mu: -10"));
  EXPECT_EQ(ising, hexagon);
  EXPECT_TRUE(std::ranges::is_sorted(cube, std::ranges::less_equal()));
}

TEST(Campaign, PointsAreTheCrossProductInTheOrderOfTheSchema) {
  const Scan scan = equilibrium(", start: [random, segregated], shell_layers: 1, shell_stiffness: [9, 8]").scans[0];
  EXPECT_THAT(values(scan, &Physics::shell_stiffness), ElementsAre(9, 9, 8, 8));
  EXPECT_THAT(values(scan, &Physics::start),
              ElementsAre(Start::random, Start::segregated, Start::random, Start::segregated));
}

TEST(Campaign, ZippedAxesAreWalkedTogether) {
  const Scan scan = equilibrium(
                        ", shell_layers: 1, shell_stiffness: [8, 9, 8], composition: {from: 0.3, to: 0.5, step: 0.1}, "
                        "start: [random, segregated], zip: [shell_stiffness, composition]")
                        .scans[0];
  EXPECT_THAT(values(scan, &Physics::shell_stiffness), ElementsAre(8, 8, 9, 9, 8, 8));
  EXPECT_THAT(values(scan, &Physics::composition), ElementsAre(0.3, 0.3, 0.4, 0.4, 0.5, 0.5));
}

TEST(Campaign, SeveralGroupsCanBeZipped) {
  const Scan scan =
      with_scan(
          "method: exchange, lattice: [hexagon, cube], size: [10, 6], temperature: [0.2, 1.5], delta_mu: [-20, -200], "
          "shell_layers: [0, 1], hamiltonian: [exact, published], times: [1], "
          "zip: [[lattice, size, temperature, delta_mu], [shell_layers, hamiltonian]]")
          .scans[0];
  ASSERT_THAT(scan.points, SizeIs(4));
  EXPECT_EQ(scan.points[1].physics.lattice, (LatticeSpec{.shape = "hexagon", .size = {10, 0, 0}, .shell_layers = 1}));
  EXPECT_EQ(scan.points[1].physics.hamiltonian, Hamiltonian::published);
  EXPECT_EQ(scan.points[2].physics.lattice, (LatticeSpec{.shape = "box", .size = {6, 6, 6}, .shell_layers = 0}));
  EXPECT_EQ(scan.points[2].physics.hamiltonian, Hamiltonian::exact);
  EXPECT_THAT(values(scan, &Physics::delta_mu), ElementsAre(-20, -20, -200, -200));
}

TEST(Campaign, BoxesAreListsOfThreeEdges) {
  const Scan scan =
      with_scan("method: exchange, lattice: box, size: [[10, 10, 50], [4, 5, 6]], temperature: 1.5, delta_mu: -200")
          .scans[0];
  ASSERT_THAT(scan.points, SizeIs(2));
  EXPECT_EQ(scan.points[0].physics.lattice.size, (std::array{10, 10, 50}));
  EXPECT_EQ(scan.points[1].physics.lattice.size, (std::array{4, 5, 6}));
}

TEST(Campaign, DefaultsReachTheScansThatTheyConcern) {
  const Campaign campaign = parse_campaign(
      "name: x\n"
      "defaults: {lattice: hexagon, size: [3, 4], temperature: 0.2, delta_mu: -20, composition: 0.3, replicas: 2,\n"
      "           hamiltonian: published, snapshots: {times: [1], sweeps: [0]}}\n"
      "scans:\n"
      "  - {name: a, method: exchange}\n"
      "  - {name: b, method: equilibrium, replicas: 3, size: 5}\n"
      "  - {name: c, method: exchange, interaction: none, delta_mu: -10}\n",
      "x.yaml");
  const Scan& a = campaign.scans[0];
  EXPECT_THAT(a.points, SizeIs(2));
  EXPECT_EQ(a.points[0].physics.composition, 0.5) << "exchange has no composition";
  EXPECT_EQ(a.points[0].physics.hamiltonian, Hamiltonian::published);
  EXPECT_THAT(a.schedule.snapshot_times, ElementsAre(1));
  EXPECT_THAT(a.schedule.snapshot_sweeps, SizeIs(0));
  const Scan& b = campaign.scans[1];
  EXPECT_THAT(b.points, SizeIs(1));
  EXPECT_EQ(b.replicas, 3);
  EXPECT_EQ(b.points[0].physics.delta_mu, 0) << "equilibrium has no drive";
  EXPECT_EQ(b.points[0].physics.composition, 0.3);
  EXPECT_THAT(b.schedule.snapshot_sweeps, ElementsAre(0U));
  const Physics& c = campaign.scans[2].points[0].physics;
  EXPECT_EQ(c.temperature, 1) << "without interaction energies are in k_BT";
  EXPECT_EQ(c.delta_mu, -10);
  EXPECT_EQ(c.hamiltonian, Hamiltonian::exact) << "there is no elastic energy to count twice";
}

TEST(Campaign, InteractionsAreWordsOrWeights) {
  const auto interaction = [](const std::string& value, const std::string& temperature) {
    return with_scan("method: equilibrium, lattice: hexagon, size: 3, interaction: " + value + temperature)
        .scans[0]
        .points[0]
        .physics.interaction;
  };
  EXPECT_EQ(interaction("elastic", ", temperature: 0.2"), (Interaction{1, 0}));
  EXPECT_EQ(interaction("ising", ", temperature: 2"), (Interaction{0, 1}));
  EXPECT_EQ(interaction("none", ""), (Interaction{0, 0}));
  EXPECT_EQ(interaction("none", ", temperature: 1"), (Interaction{0, 0}));
  EXPECT_EQ(interaction("{elastic: 1, ising: -0.3}", ", temperature: 0.2"), (Interaction{1, -0.3}));
  EXPECT_EQ(interaction("{elastic: 2}", ", temperature: 0.2"), (Interaction{2, 0}));
}

TEST(Campaign, InteractionsOfOneUnitFormAnAxis) {
  EXPECT_THAT(equilibrium(", interaction: [elastic, {elastic: 1, ising: 0.3}]").scans[0].points, SizeIs(2));
}

TEST(Campaign, InteractionsOfDifferentUnitsAreZippedWithTheirEnergies) {
  const Scan scan =
      with_scan(
          "method: exchange, lattice: hexagon, size: 3, interaction: [elastic, ising, none], "
          "temperature: [0.2, 2, 1], delta_mu: [-20, -10, -10], zip: [interaction, temperature, delta_mu]")
          .scans[0];
  EXPECT_THAT(values(scan, &Physics::temperature), ElementsAre(0.2, 2, 1));
}

TEST(Campaign, OnlyRelaxationNeedsNoDrive) {
  const Scan scan =
      with_scan("method: exchange, lattice: hexagon, size: 3, temperature: 0.2, exchange_until: 0").scans[0];
  EXPECT_EQ(scan.points[0].physics.exchange_until, 0);
  EXPECT_EQ(exchange(", exchange_until: 7.84").scans[0].points[0].physics.exchange_until, 7.84);
}

TEST(Campaign, RatesAndGuardsAreRead) {
  const Scan scan = exchange(", rates: {diffusion: 0.5}, max_events: 1e6, times: 3").scans[0];
  EXPECT_EQ(scan.points[0].physics.rates, (Rates{.exchange = 1, .diffusion = 0.5}));
  EXPECT_EQ(scan.schedule.max_events, 1'000'000U);
  EXPECT_THAT(scan.schedule.times, ElementsAre(3));
}

TEST(Campaign, AreasCanBeSwitchedOffAndShortChainsNeedNotMeasureThem) {
  EXPECT_EQ(equilibrium(", measure_every: {areas: 0}").scans[0].schedule.areas_every, 0U);
  EXPECT_NO_THROW(equilibrium(", measured_sweeps: 10"));
}

TEST(Campaign, WhatIsObservedOfAnExchangeCanBeChosen) {
  const auto observed = [](const std::string& keys) {
    const Schedule schedule = exchange(keys).scans[0].schedule;
    return std::array{schedule.phases, schedule.areas, schedule.profile, schedule.energy};
  };
  EXPECT_EQ(observed(""), (std::array{true, true, true, true}));
  EXPECT_EQ(observed(", observe: [energy, phases, areas, profile]"), (std::array{true, true, true, true}));
  EXPECT_EQ(observed(", observe: [profile, phases]"), (std::array{true, false, true, false}));
  EXPECT_EQ(observed(", observe: areas"), (std::array{false, true, false, false}));
  EXPECT_EQ(observed(", observe: []"), (std::array{false, false, false, false}));
}

TEST(Campaign, EveryKeyKnowsItsLine) {
  const Campaign campaign = parse_campaign(example, "example.yaml");
  const auto line = [&](std::size_t scan, const std::string& key) { return campaign.scans[scan].places.at(key).line; };
  EXPECT_EQ(campaign.scans[1].place.line, 17);
  EXPECT_EQ(line(0, "size"), 8);
  EXPECT_EQ(line(0, "temperature"), 3) << "inherited from the defaults";
  EXPECT_EQ(line(1, "delta_mu"), 21);
}

// ---- numbers

TEST(Numbers, DecimalsOfTheYamlStandardAreAccepted) {
  const auto temperature = [](const std::string& text) {
    return with_scan("method: equilibrium, lattice: hexagon, size: 3, temperature: " + text)
        .scans[0]
        .points[0]
        .physics.temperature;
  };
  EXPECT_EQ(temperature("2"), 2);
  EXPECT_EQ(temperature("+2."), 2);
  EXPECT_EQ(temperature(".5"), 0.5);
  EXPECT_EQ(temperature("5E-1"), 0.5);
  EXPECT_EQ(temperature("0.5e+0"), 0.5);
  EXPECT_EQ(temperature("&t 0.5"), 0.5);
}

TEST(Numbers, WhatOnlyLooksLikeANumberIsRefused) {
  for (const std::string text : {".", "e5", "1e", "1e+", "--1", "1.2.3", "0x10", "1 000", "inf", "nan", "-.inf",
                                 "1e999", "1e-999", "١", "1f", "1d3", "true", "~"}) {
    EXPECT_THROW(with_scan("method: equilibrium, lattice: hexagon, size: 3, temperature: " + text), CampaignError)
        << text;
  }
}

TEST(Numbers, WholeNumbersMayBeWrittenWithAnExponent) {
  EXPECT_EQ(exchange(", replicas: 1e2").scans[0].replicas, 100);
  EXPECT_EQ(equilibrium(", measured_sweeps: 1e5").scans[0].schedule.measured_sweeps, 100'000U);
  EXPECT_EQ(parse_campaign("seed: 1e5\nname: x\nscans: [{name: a, method: exchange, lattice: hexagon, size: 3, "
                           "temperature: 0.2, delta_mu: -20}]",
                           "x")
                .seed,
            100'000U);
}

TEST(Numbers, HavePhysicalBounds) {
  const auto equilibrium_message = [](const std::string& keys) {
    return message_of(
        "name: x\nscans:\n  - {name: a, method: equilibrium, lattice: hexagon, size: 9, shell_layers: 1, " + keys +
        "}\n");
  };
  const auto exchange_message = [](const std::string& keys) {
    return message_of("name: x\nscans:\n  - {name: a, method: exchange, lattice: hexagon, size: 9, " + keys + "}\n");
  };
  EXPECT_EQ(equilibrium_message("temperature: [1e-6, 1e6], shell_stiffness: [1e-6, 1e6], composition: [0, 1]"), "");
  EXPECT_EQ(
      exchange_message("temperature: 0.2, delta_mu: [-1e6, 1e6], times: [0, 1e-300, 1e300], rates: {exchange: "
                       "1e-9, diffusion: 0}, interaction: [{elastic: 1e-6, ising: -1e6}, {elastic: 1e6, ising: 1e6}]"),
      "");
  for (const char* beyond : {"9e-7", "1.1e6", "1e200", "5e-324", "1e308"}) {
    const std::string value = beyond;
    EXPECT_THAT(equilibrium_message("temperature: " + value),
                HasSubstr("temperature: must be a number from 1e-6 to 1e6 (k_BT in the unit of energy), not " + value));
    EXPECT_THAT(equilibrium_message("temperature: 0.2, shell_stiffness: " + value),
                HasSubstr("shell_stiffness: must be a number from 1e-6 to 1e6 (K_shell/K), not " + value));
    EXPECT_THAT(
        equilibrium_message("temperature: 0.2, interaction: {elastic: " + value + "}"),
        HasSubstr("elastic: must be a number from 1e-6 to 1e6 (the weight of V; 1 in the papers), not " + value));
  }
  for (const char* beyond : {"-1.1e6", "1e200", "-1e308"}) {
    const std::string value = beyond;
    EXPECT_THAT(exchange_message("temperature: 0.2, delta_mu: " + value),
                HasSubstr("delta_mu: must be a number from -1e6 to 1e6 (in the unit of energy), not " + value));
    EXPECT_THAT(exchange_message("temperature: 0.2, delta_mu: 1, interaction: {elastic: 1, ising: " + value + "}"),
                HasSubstr("ising: must be a number from -1e6 to 1e6 (J in epsilon), not " + value));
  }
  EXPECT_THAT(exchange_message("temperature: 0.2, delta_mu: 1, times: [1e-310, 1]"),
              HasSubstr("times[0]: must be a time, 0 or a number from 1e-300 to 1e300, not 1e-310"));
  EXPECT_THAT(exchange_message("temperature: 0.2, delta_mu: 1, rates: {exchange: 1e300, diffusion: 1e-300}"),
              testing::AllOf(HasSubstr("exchange: must be a number from 1e-9 to 1e9, not 1e300"),
                             HasSubstr("diffusion: must be 0 or a number from 1e-9 to 1e9, not 1e-300")));
}

TEST(Numbers, SeedsKeepAllTheirDigits) {
  const auto seed = [](const std::string& text) {
    return parse_campaign(
               "name: x\nseed: " + text +
                   "\nscans: [{name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20}]",
               "x")
        .seed;
  };
  EXPECT_EQ(seed("0"), 0U);
  EXPECT_EQ(seed("18446744073709551615"), 18446744073709551615U);
  EXPECT_EQ(seed("9007199254740993"), 9007199254740993U);
  EXPECT_THROW(seed("1e19"), CampaignError) << "a double has too few digits to say which seed is meant";
}

TEST(Numbers, AreWhatTheyPrintAsWith12Digits) {
  EXPECT_EQ(equilibrium(", composition: 0.30000000000000004").scans[0].points[0].physics.composition, 0.3);
}

// ---- ranges

std::vector<double> times_of(const std::string& range) { return exchange(", times: " + range).scans[0].schedule.times; }

TEST(Ranges, IncludeBothEndsAndRoundTo12Digits) {
  EXPECT_THAT(times_of("{from: 0, to: 0.5, step: 0.1}"), ElementsAre(0, 0.1, 0.2, 0.3, 0.4, 0.5));
  EXPECT_THAT(times_of("{from: 1, to: 2, points: 4}"), ElementsAre(1, 1.33333333333, 1.66666666667, 2));
  EXPECT_THAT(times_of("{from: 1e-3, to: 1e3, points: 7, scale: log}"),
              ElementsAre(0.001, 0.01, 0.1, 1, 10, 100, 1000));
  EXPECT_EQ(times_of("{from: 1e-3, to: 300, points: 120, scale: log}").back(), 300);
}

TEST(Ranges, MayBeASinglePoint) {
  EXPECT_THAT(times_of("{from: 2, to: 2, points: 1}"), ElementsAre(2));
  EXPECT_THAT(times_of("{from: 2, to: 2, step: 0.1}"), ElementsAre(2));
}

TEST(Ranges, MayDescendWhereOrderIsFree) {
  const Scan scan = equilibrium(", composition: {from: 0.6, to: 0.5, step: -0.05}").scans[0];
  EXPECT_THAT(values(scan, &Physics::composition), ElementsAre(0.6, 0.55, 0.5));
}

TEST(Ranges, OfSizesAreWhole) {
  const Scan scan =
      with_scan(
          "method: equilibrium, lattice: hexagon, size: {from: 10, to: 1000, points: 3, scale: log}, temperature: 0.2")
          .scans[0];
  ASSERT_THAT(scan.points, SizeIs(3));
  EXPECT_EQ(scan.points[1].physics.lattice.size[0], 100);
}

TEST(Ranges, StepsMayMissTheEndByRoundingOnly) {
  EXPECT_THAT(times_of("{from: 0, to: 1, step: 0.3333333333333333}"), SizeIs(4));
  EXPECT_THROW(times_of("{from: 0, to: 1, step: 0.33333333}"), CampaignError);
}

// ---- YAML

TEST(Yaml, AnchorsAliasesByteOrderMarksAndLineEndsOfWindowsAreFine) {
  const Campaign campaign = parse_campaign(
      "\xef\xbb\xbfname: x\r\ndefaults: {size: &n 3, lattice: hexagon, temperature: 0.2}\r\nscans:\r\n"
      "  - {name: a, method: equilibrium}\r\n  - {name: b, method: exchange, delta_mu: -20, replicas: *n}\r\n",
      "x.yaml");
  EXPECT_EQ(campaign.scans[1].replicas, 3);
}

TEST(Yaml, AMistakeBehindAnAliasIsReportedOnceAtItsAnchor) {
  EXPECT_EQ(
      message_of("name: x\nscans:\n"
                 "  - {name: a, method: equilibrium, lattice: hexagon, size: &n 0, temperature: 0.2}\n"
                 "  - {name: b, method: equilibrium, lattice: hexagon, size: *n, temperature: 0.2}\n"),
      "x.yaml:3:60: scans[0].size: must be a whole number from 1 to 100000 (sites along an edge of the core), not 0");
}

TEST(Yaml, AllProblemsOfAFileAreReportedInTheOrderOfItsLines) {
  try {
    parse_campaign(
        "name: x\nseed: -1\nscans:\n  - name: a\n    methd: exchange\n    lattice: hexagn\n    size: [0, 3]\n"
        "    temperature: cold\n    replicas: 0\n",
        "x.yaml");
    FAIL();
  } catch (const CampaignError& error) {
    std::vector<std::string> found;
    for (const Problem& problem : error.problems())
      found.push_back(std::to_string(problem.place.line) + " " + problem.path);
    EXPECT_THAT(found, ElementsAre("2 seed", "4 scans[0]", "5 scans[0].methd", "6 scans[0].lattice",
                                   "7 scans[0].size[0]", "8 scans[0].temperature", "9 scans[0].replicas"));
  }
}

// ---- the campaigns and the schema that come with the program

TEST(ReadyCampaigns, AreAllUnderstood) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(campaigns)) {
    if (entry.path().extension() != ".yaml" || entry.path().parent_path().filename() == "materials") continue;
    ++files;
    EXPECT_NO_THROW(make_plan(read_campaign(entry.path())));
  }
  EXPECT_GE(files, 10U);
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

// ---- samples

Schedule schedule_with(const std::string& keys) {
  return parse_campaign(
             "name: c\nscans:\n  - {name: s, method: equilibrium, lattice: hexagon, size: 4, temperature: 0.2, "
             "measured_sweeps: 2000, " +
                 keys + "}\n",
             "x.yaml")
      .scans.front()
      .schedule;
}

TEST(Samples, AreReadAsTheyAreAskedFor) {
  EXPECT_EQ(schedule_with("replicas: 1").samples, (Sampling{.every = 0, .at_most = 1000}));
  EXPECT_EQ(schedule_with("samples: {every: 50}").samples, (Sampling{.every = 50, .at_most = 1000}));
  EXPECT_EQ(schedule_with("samples: {every: 500, at_most: 4000}").samples, (Sampling{.every = 500, .at_most = 4000}));
  EXPECT_EQ(schedule_with("samples: none").samples, (Sampling{.every = 0, .at_most = 0}));
}

TEST(Samples, AreRefusedWithPlaceAndReason) {
  const auto message = [](const std::string& keys) {
    try {
      schedule_with(keys);
    } catch (const CampaignError& error) {
      return std::string(error.what());
    }
    return std::string("nothing was thrown");
  };
  EXPECT_THAT(message("samples: all"), HasSubstr("scans[0].samples: must be 'none', not 'all'"));
  EXPECT_THAT(message("samples: {evry: 5}"), HasSubstr("did you mean 'every'?"));
  EXPECT_THAT(message("samples: {at_most: 0}"), HasSubstr("must be a whole number from 1 to 1000000"));
  EXPECT_THAT(message("samples: {every: 3000}"), HasSubstr("every 3000 sweeps of 2000 measured ones is never"));
  EXPECT_THAT(message("samples: [5]"), HasSubstr("'none', or a mapping with 'every' (in sweeps) and 'at_most'"));
  EXPECT_THAT(message("delta_mu: -1"), HasSubstr("an equilibrium scan at a fixed composition has no 'delta_mu'"));
}

// ---- until

Scan scan_until(const std::string& until, const std::string& others = "lattice: hexagon, size: 4") {
  return parse_campaign(
             "name: c\nscans:\n  - {name: s, method: equilibrium, temperature: 0.2, measured_sweeps: 2000, " + others +
                 ", until: " + until + "}\n",
             "x.yaml")
      .scans.front();
}

TEST(Precision, IsReadAsItIsAskedFor) {
  const Scan scan = scan_until("{f_U: 0.005, energy: 2.5%, at_most: 1e5}");
  ASSERT_TRUE(scan.until);
  EXPECT_EQ(scan.until->at_most, 100000U);
  ASSERT_EQ(scan.until->targets.size(), 2U);
  EXPECT_EQ(scan.until->targets[0], (Until::Target{.quantity = "f_U", .error = 0.005, .relative = false}));
  EXPECT_EQ(scan.until->targets[1], (Until::Target{.quantity = "energy", .error = 0.025, .relative = true}));
}

TEST(Precision, LengthsDoubleUpToTheLimit) {
  EXPECT_THAT(lengths_of_chains(scan_until("{f_U: 1, at_most: 15999}")), ElementsAre(2000U, 4000U, 8000U));
  EXPECT_THAT(lengths_of_chains(scan_until("{f_U: 1, at_most: 16000}")), ElementsAre(2000U, 4000U, 8000U, 16000U));
  EXPECT_THAT(lengths_of_chains(scan_until("{f_U: 1, at_most: 2000}")), ElementsAre(2000U));
}

TEST(Precision, IsRefusedWithPlaceAndReason) {
  const auto message = [](const std::string& until, const std::string& others = "lattice: hexagon, size: 4") {
    try {
      scan_until(until, others);
    } catch (const CampaignError& error) {
      return std::string(error.what());
    }
    return std::string("nothing was thrown");
  };
  EXPECT_THAT(message("0.005"), HasSubstr("scans[0].until: must be a mapping with 'at_most' and errors of quantities"));
  EXPECT_THAT(message("{f_U: 0.005}"), HasSubstr("scans[0].until: lacks 'at_most'"));
  EXPECT_THAT(message("{at_most: 1e5}"), HasSubstr("scans[0].until: asks for no error of a quantity"));
  EXPECT_THAT(message("{f_u: 0.005, at_most: 1e5}"), HasSubstr("scans[0].until.f_u: unknown key; did you mean 'f_U'?"));
  EXPECT_THAT(message("{f_u: 0.005, at_most: 1e5}"), Not(HasSubstr("asks for no error")));
  EXPECT_THAT(message("{acceptance: 0.005, at_most: 1e5}"), HasSubstr("scans[0].until.acceptance: unknown key"));
  EXPECT_THAT(message("{f_U: -1, at_most: 1e5}"), HasSubstr("must be a number from 1e-12 to 1e12, or a percentage"));
  EXPECT_THAT(message("{f_U: few%, at_most: 1e5}"), HasSubstr("must be a number from 1e-12 to 1e12, or a percentage"));
  EXPECT_THAT(message("{f_U: 0.1, at_most: 500}"),
              HasSubstr("scans[0].until.at_most: 500 sweeps are fewer than the 2000 with which chains begin"));
  EXPECT_THAT(
      message("{f_C: 0.1, at_most: 1e5}"),
      HasSubstr("scans[0].until.f_C: is not measured by every chain of the scan: crystals in 2D have no such phase"));
  EXPECT_THAT(message("{f_S: 0.1, at_most: 1e5}", "lattice: [hexagon, cube], size: 4"),
              HasSubstr("crystals in 3D have no such phase"));
  EXPECT_THAT(message("{rms_area: 0.1, at_most: 1e5}", "lattice: hexagon, size: 4, measure_every: {areas: 0}"),
              HasSubstr("areas are never measured"));
  EXPECT_THAT(
      message_of("name: x\nscans:\n  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, "
                 "delta_mu: -20, until: {f_U: 0.1, at_most: 1e5}}\n"),
      HasSubstr("an exchange scan has no 'until'"));
}

// ---- refine

Scan scan_refine(const std::string& refine, const std::string& others = "shell_stiffness: [1, 4], temperature: 0.2") {
  return parse_campaign(
             "name: c\nscans:\n  - {name: s, method: equilibrium, lattice: hexagon, size: 4, shell_layers: 1, " +
                 others + ", refine: " + refine + "}\n",
             "x.yaml")
      .scans.front();
}

TEST(Refinements, AreReadAsTheyAreAskedFor) {
  EXPECT_EQ(scan_refine("{along: shell_stiffness, tolerance: 0.02}").refine,
            (Refine{.along = LineAxis::shell_stiffness, .tolerance = 0.02, .at_most = 40}));
  EXPECT_EQ(scan_refine("{along: temperature, to: transition, tolerance: 1e-3, at_most: 7}",
                        "shell_stiffness: 3, temperature: {from: 0.1, to: 0.3, step: 0.1}")
                .refine,
            (Refine{.along = LineAxis::temperature, .tolerance = 0.001, .at_most = 7}));
  const std::optional<Refine> of_cubes =
      parse_campaign(
          "name: c\nscans:\n  - {name: s, method: equilibrium, lattice: cube, size: 4, shell_layers: 1, "
          "shell_stiffness: [1, 3], temperature: 1.5, refine: {along: shell_stiffness, of: f_C, split: 0.15, "
          "tolerance: 0.1}}\n",
          "x.yaml")
          .scans.front()
          .refine;
  EXPECT_EQ(of_cubes,
            (Refine{.along = LineAxis::shell_stiffness, .tolerance = 0.1, .of = OrderParameter::f_C, .split = 0.15}));
}

TEST(Refinements, AreRefusedWithPlaceAndReason) {
  const auto message = [](const std::string& refine,
                          const std::string& others = "shell_stiffness: [1, 4], temperature: 0.2") {
    try {
      scan_refine(refine, others);
    } catch (const CampaignError& error) {
      return std::string(error.what());
    }
    return std::string("nothing was thrown");
  };
  EXPECT_THAT(message("yes"), HasSubstr("scans[0].refine: must be a mapping with 'along' and 'tolerance'"));
  EXPECT_THAT(message("{tolerance: 0.1}"), HasSubstr("scans[0].refine: lacks 'along'"));
  EXPECT_THAT(message("{along: shell_stiffness}"), HasSubstr("scans[0].refine: lacks 'tolerance'"));
  EXPECT_THAT(message("{along: size, tolerance: 0.1}"), HasSubstr("scans[0].refine.along: must be"));
  EXPECT_THAT(message("{along: shell_stiffness, to: peak, tolerance: 0.1}"), HasSubstr("scans[0].refine.to: must be"));
  EXPECT_THAT(message("{along: shell_stiffness, of: f_D, tolerance: 0.1}"), HasSubstr("scans[0].refine.of: must be"));
  EXPECT_THAT(message("{along: shell_stiffness, of: f_C, tolerance: 0.1}"),
              HasSubstr("crystals in 2D have no columns"));
  for (const char* split : {"0", "1", "-0.2", "wide"})
    EXPECT_THAT(message("{along: shell_stiffness, tolerance: 0.1, split: " + std::string(split) + "}"),
                HasSubstr("scans[0].refine.split: must be a number from 1e-6 to 0.999999"));
  EXPECT_THAT(message("{along: shell_stiffness, tolerance: 0}"), HasSubstr("must be a number from 1e-6 to 1e6"));
  EXPECT_THAT(message("{along: temperature, tolerance: 0.1}"),
              HasSubstr("'temperature' needs two values at least, between which the transition is looked for"));
  EXPECT_THAT(message("{along: shell_stiffness, tolerance: 0.1}",
                      "shell_stiffness: [1, 4], temperature: [0.2, 0.3], zip: [shell_stiffness, temperature]"),
              HasSubstr("'shell_stiffness' is zipped with 'temperature'"));
  EXPECT_THAT(
      message("{along: shell_stiffness, tolerance: 0.1}", "shell_stiffness: [1, 4], temperature: 0.2, samples: none"),
      HasSubstr("which 'samples: none' does not keep"));
  EXPECT_THAT(message("{along: shell_stiffness, tolerance: 0.1}",
                      "shell_stiffness: [1, 4], temperature: 0.2, until: {f_U: 0.1, at_most: 1e6}"),
              HasSubstr("a scan has 'refine' or 'until'"));
}

// ---- ladder

Scan scan_ladder(const std::string& ladder, const std::string& others = "shell_stiffness: [1, 4, 9]") {
  return parse_campaign(
             "name: c\nscans:\n  - {name: s, method: equilibrium, lattice: hexagon, size: [4, 5], start: [random, "
             "segregated], temperature: 0.2, shell_layers: 1, " +
                 others + ", ladder: " + ladder + "}\n",
             "x.yaml")
      .scans.front();
}

std::set<Identity> ladders_of(const Scan& scan) {
  std::set<Identity> names;
  for (const Point& point : scan.points) names.insert(point.physics.ladder);
  return names;
}

TEST(Ladders, AreReadAsTheyAreAskedFor) {
  const Scan scan = scan_ladder("{along: shell_stiffness, exchange_every: 30}");
  EXPECT_EQ(scan.ladder, (ScanLadder{.along = LineAxis::shell_stiffness, .exchange_every = 30}));
  ASSERT_EQ(scan.points.size(), 12U);
  EXPECT_EQ(ladders_of(scan).size(), 4U) << "one of each size and start";
  for (const Point& point : scan.points) {
    EXPECT_EQ(point.physics.exchange_every, 30U);
    const auto same = [&](const Point& other) {
      Physics physics = other.physics;
      physics.shell_stiffness = point.physics.shell_stiffness;
      return physics == point.physics;
    };
    EXPECT_EQ(std::ranges::count_if(scan.points, same), 3) << "its rungs";
  }
  EXPECT_EQ(ladders_of(scan_ladder("{along: shell_stiffness, exchange_every: auto}")),
            ladders_of(scan_ladder("{along: shell_stiffness}")));
  const auto of_values = [](const std::string& values, const std::string& every = "30") {
    return ladders_of(
        scan_ladder("{along: shell_stiffness, exchange_every: " + every + "}", "shell_stiffness: " + values));
  };
  EXPECT_EQ(of_values("[9, 1, 4]"), ladders_of(scan)) << "in any order";
  EXPECT_NE(of_values("[1, 4, 10]"), ladders_of(scan)) << "named after all rungs";
  EXPECT_NE(of_values("[1, 4, 9]", "31"), ladders_of(scan)) << "and how often they exchange";
}

TEST(Ladders, GoAlongTheStrengthOfBonds) {
  const std::string strengths = "shell_stiffness: 4, interaction: [{elastic: 1, ising: 0}, {elastic: 1, ising: -0.1}]";
  const Scan scan = scan_ladder("{along: ising}", strengths);
  EXPECT_EQ(scan.ladder, (ScanLadder{.along = LineAxis::ising}));
  EXPECT_EQ(scan.points.size(), 8U);
  EXPECT_EQ(ladders_of(scan).size(), 4U);
  EXPECT_EQ(placed_along(scan_ladder("{along: ising, rungs: auto}", strengths)), LineAxis::ising);
}

TEST(Ladders, GoAlongTwoAxes) {
  const std::string pairs =
      "shell_stiffness: [1, 4, 9], temperature: [0.2, 0.3, 0.2], zip: [shell_stiffness, temperature]";
  const std::string text =
      "name: c\nscans:\n  - {name: s, method: equilibrium, lattice: hexagon, size: 4, shell_layers: 1, " + pairs +
      ", ladder: {along: [temperature, shell_stiffness]}}\n";
  const Scan scan = parse_campaign(text, "x.yaml").scans.front();
  EXPECT_EQ(scan.ladder, (ScanLadder{.along = LineAxis::shell_stiffness, .beside = LineAxis::temperature}))
      << "in the order of rungs";
  EXPECT_EQ(scan.points.size(), 3U);
  EXPECT_EQ(ladders_of(scan).size(), 1U);
}

// Names of archives that there are: they may never change.
TEST(Ladders, HaveNamesOfTheirOwn) {
  const Scan scan = scan_ladder("{along: shell_stiffness, exchange_every: 30}");
  EXPECT_EQ(to_string(scan.points.front().physics.ladder), "70bbbc75e8c26f38f7699fc32e19b084");
  EXPECT_EQ(canonical_text(scan.points.front().physics),
            "ladder=70bbbc75e8c26f38f7699fc32e19b084;lattice=hexagon;method=equilibrium;shell_layers=1;size=4;"
            "temperature=0.2");
  EXPECT_EQ(to_string(job_identity(scan.points.front().physics, 0)), "34e668283c6a6aff685f1316d40a248d");
  EXPECT_EQ(to_string(exchanges_identity(scan.points.front().physics, 0)), "883c7a0916cafbf4c603edf2a03ab9dc");
  EXPECT_EQ(to_string(places_identity({1, 2.5})), "607431a2d3ed5f3841d948a45ba34a6c");
}

TEST(Ladders, ThatPlaceTheirRungsBeginWithEight) {
  const Scan between = scan_ladder("{along: shell_stiffness, rungs: auto}", "shell_stiffness: [1, 8]");
  EXPECT_EQ(between.points.size(), 32U) << "of two sizes and two starts";
  std::set<double> places;
  for (const Point& point : between.points) places.insert(point.physics.shell_stiffness);
  EXPECT_THAT(places, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
  EXPECT_EQ(ladders_of(between).size(), 4U);
  const Scan listed = scan_ladder("{along: shell_stiffness, rungs: auto}", "shell_stiffness: [1, 3, 9]");
  EXPECT_EQ(listed.points.size(), 12U) << "with those that are given";
  EXPECT_EQ(placed_along(listed), LineAxis::shell_stiffness);
  EXPECT_EQ(placed_along(scan_ladder("{along: shell_stiffness}")), std::nullopt);
}

TEST(Ladders, PlaceTheirRungsInRoundsThatDouble) {
  for (const std::uint64_t all : {1U, 7U, 8U, 1000U, 1001U}) {
    std::uint64_t sweeps = first_round_of_ladder(all);
    EXPECT_GE(8 * sweeps, all);
    std::size_t rounds = 1;
    for (; sweeps < all; ++rounds) {
      EXPECT_LE(next_round_of_ladder(sweeps, all), 2 * sweeps);
      EXPECT_GT(next_round_of_ladder(sweeps, all), sweeps);
      sweeps = next_round_of_ladder(sweeps, all);
    }
    EXPECT_EQ(sweeps, all) << "the last one has all";
    EXPECT_LE(rounds, 4U);
  }
}

// So that exchanges take a tenth of the time at most: the larger the crystal, the longer is a look at another one.
TEST(Ladders, ExchangeAsOftenAsItCostsLittle) {
  const auto every = [](int size) {
    return parse_campaign(
               "name: c\nscans:\n  - {name: s, method: equilibrium, lattice: hexagon, size: " + std::to_string(size) +
                   ", temperature: 0.2, shell_layers: 1, shell_stiffness: [1, 4], ladder: {along: "
                   "shell_stiffness}}\n",
               "x.yaml")
        .scans.front()
        .points.front()
        .physics.exchange_every;
  };
  EXPECT_EQ(every(6), 50U);
  EXPECT_EQ(every(16), 200U);
  EXPECT_EQ(every(24), 500U);
  EXPECT_EQ(every(40), 1000U);
}

TEST(Ladders, AreRefusedWithPlaceAndReason) {
  const auto message = [](const std::string& ladder, const std::string& others = "shell_stiffness: [1, 4]") {
    try {
      scan_ladder(ladder, others);
    } catch (const CampaignError& error) {
      return std::string(error.what());
    }
    return std::string("nothing was thrown");
  };
  EXPECT_THAT(message("yes"), HasSubstr("scans[0].ladder: must be a mapping with 'along'"));
  EXPECT_THAT(message("{exchange_every: 10}"), HasSubstr("scans[0].ladder: lacks 'along'"));
  EXPECT_THAT(message("{along: size}"), HasSubstr("scans[0].ladder.along: must be"));
  EXPECT_THAT(message("{along: shell_stiffness, every: 5}"), HasSubstr("scans[0].ladder.every: unknown key"));
  for (const char* every : {"0", "-1", "2.5", "often"})
    EXPECT_THAT(message("{along: shell_stiffness, exchange_every: " + std::string(every) + "}"),
                HasSubstr("scans[0].ladder.exchange_every: must be"));
  EXPECT_THAT(message("{along: temperature}"),
              HasSubstr("x.yaml:3:165: scans[0].ladder: 'temperature' needs two values at least, which are its rungs"));
  EXPECT_THAT(message("{along: shell_stiffness}", "shell_stiffness: [1, 4], zip: [shell_stiffness, size]"),
              HasSubstr("'shell_stiffness' is zipped with 'size'"));
  EXPECT_THAT(message("{along: shell_stiffness}", "shell_stiffness: {from: 1, to: 2, points: 1001}"),
              HasSubstr("'shell_stiffness' has 1001 values, and a ladder at most 1000 rungs"));
  EXPECT_THAT(message("{along: shell_stiffness}", "shell_stiffness: [1, 4], interaction: [elastic, ising]"),
              HasSubstr("its rungs would be one state: crystals without elastic energy"));
  EXPECT_THAT(message("{along: ising}", "shell_stiffness: 4"), HasSubstr("'ising' needs two values at least"));
  EXPECT_THAT(
      message("{along: ising}", "shell_stiffness: 4, interaction: [elastic, ising]"),
      HasSubstr("'ising' is the strength of bonds beside an elastic energy: without that vary the temperature"));
  EXPECT_THAT(message("{along: ising}", "shell_stiffness: 4, interaction: [elastic, {elastic: 2, ising: 0.3}]"),
              HasSubstr("the interactions differ in 'elastic', too"));
  EXPECT_THAT(message("{along: shell_stiffness, exchange_every: 200000}"),
              HasSubstr("exchanges after every 200000 sweeps of 200000 are none"));
  EXPECT_THAT(message("{along: temperature, rungs: auto}"),
              HasSubstr("'temperature' needs two values at least, between which rungs are placed"));
  EXPECT_THAT(message("{along: shell_stiffness, rungs: 12}"), HasSubstr("scans[0].ladder.rungs: must be"));
  EXPECT_THAT(message("{along: shell_stiffness}",
                      "shell_stiffness: [1, 4], temperature: [1, 2], refine: {along: temperature, tolerance: 1}"),
              HasSubstr("scans[0].ladder: 'refine' is along 'temperature' and the ladder along 'shell_stiffness'"));
  const auto of_scan = [](const std::string& keys) {
    try {
      parse_campaign("name: c\nscans:\n  - {name: s, lattice: hexagon, size: 4, " + keys + "}\n", "x.yaml");
    } catch (const CampaignError& error) {
      return std::string(error.what());
    }
    return std::string("nothing was thrown");
  };
  const std::string axes = "shell_stiffness: [1, 4], temperature: [0.2, 0.3]";
  const auto of_pairs = [&](const std::string& ladder, const std::string& others) {
    return of_scan("method: equilibrium, shell_layers: 1, " + axes + others + ", ladder: " + ladder);
  };
  const std::string zip = ", zip: [shell_stiffness, temperature]";
  const std::string both = "along: [shell_stiffness, temperature]";
  EXPECT_THAT(
      of_pairs("{along: shell_stiffness}", zip),
      HasSubstr("rungs differ in 'shell_stiffness' alone; in both with 'along: [shell_stiffness, temperature]'"));
  EXPECT_THAT(of_pairs("{" + both + "}", ""),
              HasSubstr("goes from pair to pair of their values: add 'zip: [shell_stiffness, temperature]'"));
  EXPECT_THAT(of_pairs("{" + both + ", rungs: auto}", zip),
              HasSubstr("rungs are placed along one axis: with two, give their values"));
  EXPECT_THAT(of_pairs("{" + both + "}", zip + ", until: {f_U: 0.1, at_most: 1e6}"),
              HasSubstr("'until' is of ladders along one axis"));
  for (const char* several :
       {"[shell_stiffness, shell_stiffness]", "[shell_stiffness]", "[]", "[shell_stiffness, temperature, delta_mu]"})
    EXPECT_THAT(of_pairs("{along: " + std::string(several) + "}", zip),
                HasSubstr("scans[0].ladder.along: a ladder is along one axis, or two that differ"));
  EXPECT_THAT(
      of_scan("method: equilibrium, temperature: 0.2, shell_stiffness: [1, 4], ladder: {along: shell_stiffness}"),
      HasSubstr("crystals without shell (shell_layers: 0) do not feel its stiffness"));
  EXPECT_THAT(of_scan("method: equilibrium, temperature: [1, 2], interaction: none, ladder: {along: temperature}"),
              HasSubstr("crystals without interaction do not feel the temperature"));
  EXPECT_THAT(of_scan("method: exchange, temperature: [1, 2], delta_mu: -2, ladder: {along: temperature}"),
              HasSubstr("an exchange scan has no 'ladder'"));
}

// ---- bias

Scan scan_bias(const std::string& bias, const std::string& others = "") {
  return parse_campaign(
             "name: c\nscans:\n  - {name: s, method: equilibrium, lattice: hexagon, size: [4, 10], start: [random, "
             "segregated], temperature: 0.2, shell_layers: 1, " +
                 others + "bias: " + bias + "}\n",
             "x.yaml")
      .scans.front();
}

std::vector<Window> windows_of(const Scan& scan, int size) {
  std::vector<Window> windows;
  for (const Point& point : scan.points)
    if (point.physics.lattice.size[0] == size && point.physics.start == Start::random)
      windows.push_back(*point.physics.window);
  return windows;
}

TEST(Bias, OpensWindowsThatOverlapByHalfAndAreALadder) {
  const Scan scan = scan_bias("{along: f_U, from: 0.1, to: 0.4, windows: 5}");
  EXPECT_EQ(scan.bias, (ScanBias{.along = OrderParameter::f_U, .from = 0.1, .to = 0.4, .windows = 5}));
  ASSERT_EQ(scan.points.size(), 18U) << "the small core has a site for each step";
  EXPECT_EQ(ladders_of(scan).size(), 4U) << "one of each size and start";
  const std::vector<Window> windows = windows_of(scan, 10);
  ASSERT_EQ(windows.size(), 5U);
  EXPECT_EQ(windows.front().from, 0.1);
  EXPECT_EQ(windows.back().to, 0.4);
  for (std::size_t k = 0; k + 2 < windows.size(); ++k) EXPECT_EQ(windows[k].to, windows[k + 2].from);
  for (const Point& point : scan.points) EXPECT_GT(point.physics.exchange_every, 0U);
}

TEST(Bias, HasAsManyWindowsAsTheCoreIsLarge) {
  const Scan scan = scan_bias("{along: f_U}");
  EXPECT_EQ(windows_of(scan, 10).size(), 2U) << "half of 217 sites";
  EXPECT_EQ(windows_of(scan, 4).size(), 2U);
  EXPECT_EQ(windows_of(scan, 10).back().to, 0.5);
  const Scan compositions = scan_bias("{along: c, windows: auto}", "ensemble: semigrand, delta_mu: 1, ");
  EXPECT_EQ(windows_of(compositions, 10).size(), 3U) << "271 sites, 64 of them for each step";
  EXPECT_EQ(windows_of(compositions, 10).back(), (Window{OrderParameter::c, 0.5, 1}));
  EXPECT_EQ(windows_of(scan_bias("{along: f_U, to: 0.2, windows: 900}"), 4).size(), 2U) << "19 sites have few values";
}

TEST(Bias, IsPartOfWhatNamesAJob) {
  const Scan scan = scan_bias("{along: f_U, from: 0.1, to: 0.4, windows: 5, exchange_every: 30}");
  EXPECT_THAT(canonical_text(scan.points.front().physics), HasSubstr(";window=f_U,0.1,0.2"));
  std::set<std::string> names;
  for (const Point& point : scan.points) names.insert(canonical_text(point.physics));
  EXPECT_EQ(names.size(), scan.points.size());
  const auto of = [](const std::string& bias) { return ladders_of(scan_bias(bias)); };
  EXPECT_EQ(of("{along: f_U, from: 0.1, to: 0.4, windows: 5, exchange_every: 30}"), ladders_of(scan));
  EXPECT_NE(of("{along: f_U, from: 0.1, to: 0.4, windows: 6, exchange_every: 30}"), ladders_of(scan));
}

TEST(Bias, IsRefusedWithPlaceAndReason) {
  const auto message = [](const std::string& bias, const std::string& others = "") {
    try {
      scan_bias(bias, others);
    } catch (const CampaignError& error) {
      return std::string(error.what());
    }
    return std::string("nothing was thrown");
  };
  EXPECT_THAT(message("f_U"), HasSubstr("scans[0].bias: must be a mapping with 'along'"));
  EXPECT_THAT(message("{windows: 4}"), HasSubstr("scans[0].bias: lacks 'along'"));
  EXPECT_THAT(message("{along: energy}"), HasSubstr("scans[0].bias.along: must be 'f_U' or 'c', not 'energy'"));
  EXPECT_THAT(message("{along: f_U, window: 4}"),
              HasSubstr("scans[0].bias.window: unknown key; did you mean 'windows'"));
  for (const char* windows : {"1", "0", "-3", "2.5", "many", "1001"})
    EXPECT_THAT(message("{along: f_U, windows: " + std::string(windows) + "}"),
                HasSubstr("scans[0].bias.windows: must be"));
  for (const char* end : {"-0.1", "1.5", "half"})
    EXPECT_THAT(message("{along: f_U, to: " + std::string(end) + "}"), HasSubstr("scans[0].bias.to: must be"));
  EXPECT_THAT(message("{along: f_U, from: 0.6}"), HasSubstr("from 0.6 to 0.5 there is nothing"));
  EXPECT_THAT(message("{along: c}"),
              HasSubstr("the composition is fixed: c is levelled with 'ensemble: semigrand' only"));
  EXPECT_THAT(message("{along: f_U}", "ensemble: semigrand, delta_mu: 1, "),
              HasSubstr("f_U is levelled at a fixed composition; where that fluctuates, level it: 'along: c'"));
  EXPECT_THAT(message("{along: f_U}", "equilibration_sweeps: 0, "),
              HasSubstr("weights are learnt in 'equilibration_sweeps'"));
  EXPECT_THAT(message("{along: f_U}", "samples: none, "), HasSubstr("answers come from the samples of chains"));
  EXPECT_THAT(message("{along: f_U, exchange_every: 200000}"),
              HasSubstr("exchanges after every 200000 sweeps of 200000 are none"));
  EXPECT_THAT(message("{along: f_U}", "until: {f_U: 0.1, at_most: 1e6}, "), HasSubstr("a scan has 'bias' or 'until'"));
  EXPECT_THAT(message("{along: f_U}", "shell_stiffness: [1, 4], ladder: {along: shell_stiffness}, "),
              HasSubstr("a scan has 'bias' or 'ladder'"));
  EXPECT_THAT(message("{along: f_U}", "shell_stiffness: [1, 4], refine: {along: shell_stiffness, tolerance: 1}, "),
              HasSubstr("a scan has 'bias' or 'refine'"));
  try {
    parse_campaign(
        "name: c\nscans:\n  - {name: s, method: equilibrium, temperature: 0.2, shell_layers: 1, lattice: hexagon, "
        "size: 1, bias: {along: f_U}}\n",
        "x.yaml");
    ADD_FAILURE() << "nothing was thrown";
  } catch (const CampaignError& error) {
    EXPECT_THAT(std::string(error.what()), HasSubstr("cores so small have no interior, and so no f_U"));
  }
}

TEST(ReadyCampaigns, ShowEveryKeyAndWordInAllKeys) {
  const std::string text = text_of(campaigns / "all-keys.yaml");
  for (const Section& section : schema_sections()) {
    for (const std::string_view key : section.keys) EXPECT_THAT(text, HasSubstr(std::string(key) + ":"));
  }
  for (const Section& words : schema_words()) {
    for (const std::string_view word : words.keys) EXPECT_THAT(text, HasSubstr(std::string(word)));
  }
}

TEST(Readme, HasEveryKeyOfAScan) {
  const std::string text = text_of(campaigns / "README.md");
  for (const CampaignKey& key : scan_keys()) EXPECT_THAT(text, HasSubstr("`" + std::string(key.name) + "`"));
}

// ---- the description of the keys

TEST(Keys, WithTheirDefaultsWrittenOutMeanTheSame) {
  const std::string equilibrium_scan =
      "{name: a, method: equilibrium, lattice: hexagon, size: 3, shell_layers: 1, temperature: 0.2";
  const std::string exchange_scan =
      "{name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20";
  const auto scan = [](const std::string& text) {
    return parse_campaign("name: x\nscans:\n  - " + text + "}\n", "x.yaml").scans.front();
  };
  std::size_t compared = 0;
  for (const CampaignKey& key : scan_keys()) {
    if (key.standard.empty() || key.name == "shell_layers") continue;
    const std::string& base = concerns(key.concerns, "equilibrium", "canonical") ? equilibrium_scan : exchange_scan;
    const Scan without = scan(base);
    const Scan with = scan(base + ", " + std::string(key.name) + ": " + key.standard);
    EXPECT_EQ(with.points.front().physics, without.points.front().physics) << key.name;
    EXPECT_EQ(with.schedule, without.schedule) << key.name;
    EXPECT_EQ(with.replicas, without.replicas) << key.name;
    ++compared;
  }
  EXPECT_GE(compared, 10U);
  const CampaignKey& layers = *std::ranges::find(scan_keys(), "shell_layers", &CampaignKey::name);
  EXPECT_EQ(exchange("").scans.front().points.front().physics,
            exchange(", shell_layers: " + layers.standard).scans.front().points.front().physics);
}

TEST(Keys, OfMappingsHaveTheDefaultsOfTheMapping) {
  for (const CampaignKey& key : keys()) {
    const auto mapping = std::ranges::find(scan_keys(), key.section, &CampaignKey::name);
    if (mapping == scan_keys().end() || mapping->form != Form::mapping || mapping->standard.empty()) continue;
    EXPECT_THAT(mapping->standard, HasSubstr(std::string(key.name) + ": " + key.standard)) << key.section;
  }
}

TEST(Keys, TellWhatHoldsWithoutThemAndWhatTheyMean) {
  for (const CampaignKey& key : keys()) {
    EXPECT_NE(default_of(key), "") << key.section << "." << key.name;
    EXPECT_NE(key.meaning, "") << key.section << "." << key.name;
    const bool is_number = key.form == Form::number || key.form == Form::numbers || key.form == Form::edges ||
                           key.form == Form::precision || key.form == Form::count_or_word;
    // Those of ranges and ramps are those of what they are of.
    const bool is_end = key.section == "range" || (key.section == "stages" && (key.name == "from" || key.name == "to"));
    EXPECT_TRUE(is_end || is_number == (key.bounds != nullptr)) << key.name;
  }
}

TEST(Keys, TellEachWordThatTheyTake) {
  for (const CampaignKey& key : keys()) {
    if (key.form != Form::word && key.form != Form::interaction) continue;
    for (const std::string_view word : words_of(key))
      EXPECT_THAT(std::string(key.meaning), HasSubstr("`" + std::string(word) + "`"));
  }
}

/// Numbers in a sentence.
std::set<double> numbers_in(const std::string& text) {
  std::set<double> numbers;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    char* end = nullptr;
    const double number = std::strtod(word.c_str(), &end);
    if (end != word.c_str()) numbers.insert(number);
  }
  return numbers;
}

TEST(Keys, HaveTheBoundsThatTheirMessagesTell) {
  for (const CampaignKey& key : keys()) {
    if (key.bounds == nullptr) continue;
    const std::string told(key.bounds->allowed);
    EXPECT_THAT(numbers_in(told), testing::IsSupersetOf({key.bounds->low, key.bounds->high})) << told;
    EXPECT_EQ(key.bounds->or_zero, numbers_in(told).contains(0) && key.bounds->low > 0) << told;
    EXPECT_EQ(key.bounds->whole, told.starts_with("a whole number")) << told;
  }
}

/// A campaign that gives this key, a scan's or a mapping's, this value.
std::string campaign_with(const CampaignKey& key, double number) {
  std::ostringstream value;
  value << number;
  const bool is_exchange = !concerns(key.concerns, "equilibrium", "canonical");
  std::map<std::string, std::string> scan{{"name", "a"},
                                          {"method", is_exchange ? "exchange" : "equilibrium"},
                                          {"lattice", "hexagon"},
                                          {"size", "3"},
                                          {"temperature", "0.2"}};
  if (is_exchange) scan["delta_mu"] = "-20";
  if (key.section == "scan") {
    scan[std::string(key.name)] = value.str();
  } else {
    const std::string others = key.name == "ising" ? "elastic: 1, " : "";
    scan[std::string(key.section)] = "{" + others + std::string(key.name) + ": " + value.str() + "}";
  }
  std::string text = "name: x\nscans:\n  - ";
  for (const auto& [name, given] : scan)
    text.append(text.back() == ' ' ? "{" : ", ").append(name).append(": ").append(given);
  return text + "}\n";
}

TEST(Keys, AreHeldToTheirBounds) {
  std::size_t checked = 0;
  for (const CampaignKey& key : keys()) {
    if (key.bounds == nullptr || key.section == "range") continue;
    const double above = 10 * key.bounds->high;
    const double below = key.bounds->low > 0 ? -1 : 10 * key.bounds->low - 1;
    for (const double number : {above, below})
      EXPECT_THAT(message_of(campaign_with(key, number)), HasSubstr("must be " + std::string(key.bounds->allowed)))
          << campaign_with(key, number);
    ++checked;
  }
  EXPECT_GE(checked, 20U);
}

nlohmann::json editor_schema() {
  std::ifstream file(campaigns / "schema.json");
  return nlohmann::json::parse(file);
}

const nlohmann::json& object_in(const nlohmann::json& schema, std::string_view section) {
  if (section == "campaign") return schema;
  const nlohmann::json& definition = schema.at("definitions").at(std::string(section));
  return definition.contains("anyOf") ? definition.at("anyOf").at(1) : definition;  // a word, or the object
}

TEST(EditorSchema, HasTheKeysOfTheParserAndNoOthers) {
  const nlohmann::json schema = editor_schema();
  for (const Section& section : schema_sections()) {
    const nlohmann::json& object = object_in(schema, section.name);
    std::set<std::string> theirs;
    for (const auto& [key, value] : object.at("properties").items()) theirs.insert(key);
    EXPECT_EQ(theirs, std::set<std::string>(section.keys.begin(), section.keys.end())) << section.name;
    EXPECT_EQ(object.at("additionalProperties"), false) << section.name;
  }
}

TEST(EditorSchema, HasTheWordsOfTheParserAndNoOthers) {
  const nlohmann::json definitions = editor_schema().at("definitions");
  const std::map<std::string_view, nlohmann::json> enums = {
      {"method", definitions.at("keys").at("method").at("enum")},
      {"ensemble", definitions.at("keys").at("ensemble").at("enum")},
      {"boundary", definitions.at("keys").at("boundary").at("enum")},
      {"shell_occupation", definitions.at("keys").at("shell_occupation").at("enum")},
      {"lattice", definitions.at("lattice").at("enum")},
      {"start", definitions.at("start").at("enum")},
      {"interaction", definitions.at("interaction").at("anyOf").at(0).at("enum")},
      {"hamiltonian", definitions.at("hamiltonian").at("enum")},
      {"samples", definitions.at("samples").at("anyOf").at(0).at("enum")},
      {"observe", definitions.at("keys").at("observe").at("anyOf").at(0).at("enum")},
      {"exchange_every", definitions.at("ladder").at("properties").at("exchange_every").at("anyOf").at(0).at("enum")},
      {"windows", definitions.at("bias").at("properties").at("windows").at("anyOf").at(0).at("enum")},
      {"bias.along", definitions.at("bias").at("properties").at("along").at("enum")},
      {"rungs", definitions.at("ladder").at("properties").at("rungs").at("enum")},
      {"scale", definitions.at("range").at("properties").at("scale").at("enum")},
      {"rule", definitions.at("rates").at("properties").at("rule").at("enum")},
      {"stages.exchange", definitions.at("stages").at("properties").at("exchange").at("enum")},
      {"ramp", definitions.at("stages").at("properties").at("ramp").at("enum")},
      {"along", definitions.at("refine").at("properties").at("along").at("enum")},
      {"to", definitions.at("refine").at("properties").at("to").at("enum")},
      {"of", definitions.at("refine").at("properties").at("of").at("enum")},
  };
  for (const Section& words : schema_words()) {
    const auto theirs = enums.at(words.name).get<std::vector<std::string>>();
    EXPECT_EQ(theirs, std::vector<std::string>(words.keys.begin(), words.keys.end())) << words.name;
  }
}

TEST(EditorSchema, ZipsTheAxesOfTheParser) {
  std::vector<std::string> axes;
  for (const CampaignKey& key : scan_keys()) {
    if (key.is_axis) axes.emplace_back(key.name);
  }
  EXPECT_EQ(editor_schema().at("definitions").at("axis").at("enum").get<std::vector<std::string>>(), axes);
}

}  // namespace
}  // namespace nxmc
