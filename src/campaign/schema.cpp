// The description of the campaign file.
#include "nxmc/campaign/schema.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cassert>

#include "bounds.hpp"
#include "nxmc/campaign/campaign.hpp"
#include "nxmc/campaign/plan.hpp"
#include "nxmc/lattice/lattice.hpp"
#include "nxmc/observe/quantities.hpp"
#include "standards.hpp"

namespace nxmc {
namespace {

bool has_error_of_a_mean(const Quantity& quantity) {
  static constexpr std::array without{"f_U_var",     "c_var",    "acceptance", "tau_int", "exchange_acceptance",
                                      "round_trips", "restarts", "coverage"};
  return !quantity.name.ends_with("_err") && std::ranges::find(without, quantity.name) == without.end();
}

constexpr const char* needed = "needed";
constexpr const char* none = "none";

std::string text(double value) { return canonical_decimal(value); }

std::vector<CampaignKey> keys_of_the_campaign() {
  return {
      {.section = "campaign",
       .name = "name",
       .form = Form::name,
       .required = true,
       .meaning = "goes into the archive: 1 to 64 characters",
       .without = needed},
      {.section = "campaign",
       .name = "seed",
       .form = Form::seed,
       .meaning = "names all random streams: the same seed gives the same results to the bit, on any number of ranks",
       .standard = fmt::format("{}", Campaign{}.seed)},
      {.section = "campaign",
       .name = "material",
       .form = Form::file,
       .meaning =
           "a file of a pair of compounds, looked for beside the campaign: with it temperatures may be written in "
           "K, delta_mu in eV or kJ/mol, sizes in nm, and with attempt rates times in seconds",
       .without = none},
      {.section = "campaign",
       .name = "attempt_rates",
       .form = Form::mapping,
       .meaning = "how often ions attempt to move, prefactor · exp(−barrier / k_BT): says what seconds are, and the "
                  "`rates` of exchange scans with temperatures in K or times in seconds that give none",
       .without = "those of the material"},
      {.section = "campaign",
       .name = "defaults",
       .form = Form::mapping,
       .meaning = "any key of a scan but `name` and `zip`, for the scans that do not give it themselves and that it "
                  "concerns",
       .without = none},
      {.section = "campaign",
       .name = "scans",
       .form = Form::scans,
       .required = true,
       .meaning = "what is simulated: a list of scans, each the cross product of its axes",
       .without = needed},
  };
}

std::vector<CampaignKey> keys_of_a_scan() {
  const Physics physics;
  return {
      {.section = "scan",
       .name = "name",
       .form = Form::name,
       .in_defaults = false,
       .required = true,
       .meaning = "what `query` shows the scan as: 1 to 64 characters",
       .without = needed},
      {.section = "scan",
       .name = "method",
       .form = Form::word,
       .meaning = "`equilibrium`: Metropolis swaps (and flips, see `ensemble`) in a core inside a frozen shell of B; "
                  "`exchange`: kinetic Monte Carlo of exchange at the surface and diffusion, from A throughout",
       .without = needed},
      {.section = "scan",
       .name = "ensemble",
       .form = Form::word,
       .concerns = Concerns::equilibrium,
       .meaning =
           "`canonical`: swaps at a fixed `composition`; `semigrand`: also flips of single sites, the core being "
           "in contact with a reservoir at `delta_mu`",
       .standard = std::string(to_string(physics.ensemble))},
      {.section = "scan",
       .name = "lattice",
       .form = Form::word,
       .is_axis = true,
       .meaning = "shape of the crystal. Of the triangular lattice (2D, 6 neighbours): `hexagon`, `rectangle`, "
                  "`parallelogram`, `triangle`, `disc`, `elongated_hexagon`; of the simple cubic one (3D, 18 "
                  "neighbours): `box`, `cube`, `square_plate`, `octahedron`, `truncated_octahedron`, `tetrahedron`, "
                  "`truncated_cube`, `sphere`, `cylinder`, `hexagonal_plate`",
       .without = needed},
      {.section = "scan",
       .name = "size",
       .form = Form::edges,
       .is_axis = true,
       .bounds = &size_bounds,
       .unit = "sites, nm",
       .dimension = Dimension::length,
       .meaning =
           "sites along an edge of the core: `10`, `[10, 16]`; shapes with several sizes have them in a list of their "
           "own: `[[4, 4, 12]]` for a box",
       .without = needed},
      {.section = "scan",
       .name = "sites",
       .form = Form::words,
       .meaning =
           "a file with the sites of a crystal, instead of `lattice` and `size`: one in each line, row and place "
           "(2D) or x, y and z (3D); its name begins where the campaign is",
       .without = "the shape that `lattice` says"},
      {.section = "scan",
       .name = "boundary",
       .form = Form::word,
       .concerns = Concerns::equilibrium,
       .meaning = "`free`: a crystal with a surface; `periodic`: bulk, a cell of the triangular lattice with edges of "
                  "`size` (`12`, `[[12, 18]]`), or of the cubic one, that goes on for ever",
       .standard = std::string(to_string(physics.lattice.boundary))},
      {.section = "scan",
       .name = "shell_layers",
       .is_axis = true,
       .bounds = &layers_bounds,
       .unit = "layers of sites",
       .meaning = "layers of sites around the core",
       .standard = fmt::format("{}", physics.lattice.shell_layers)},
      {.section = "scan",
       .name = "shell",
       .form = Form::mapping,
       .meaning = "the shell, where it does not cover all sides: `{layers: 2, facets: [+z, -z]}`",
       .without = "`shell_layers` on all sides"},
      {.section = "scan",
       .name = "shell_occupation",
       .form = Form::word,
       .concerns = Concerns::equilibrium,
       .meaning = "what the frozen shell consists of, `B` or `A`",
       .standard = "B"},
      {.section = "scan",
       .name = "shell_stiffness",
       .is_axis = true,
       .bounds = &stiffness_bounds,
       .unit = "K",
       .meaning = "K_shell / K, of bonds with both ends in the shell",
       .standard = text(physics.shell_stiffness)},
      {.section = "scan",
       .name = "temperature",
       .is_axis = true,
       .bounds = &temperature_bounds,
       .unit = "unit of energy, K",
       .dimension = Dimension::temperature,
       .meaning = "k_BT; in the papers 0.2 for hexagons, 1.5 for cubes, 2 for `ising`",
       .without = fmt::format("needed; {} for `none`", text(physics.temperature))},
      {.section = "scan",
       .name = "delta_mu",
       .concerns = Concerns::reservoir,
       .is_axis = true,
       .bounds = &delta_mu_bounds,
       .unit = "unit of energy, eV",
       .dimension = Dimension::energy,
       .meaning =
           "Δμ = μ_A − μ_B, the drive of an exchange (in the papers −20 for hexagons, −200 in 3D, −10 for `ising` "
           "and `none`), or of the reservoir of `ensemble: semigrand`",
       .without = needed},
      {.section = "scan",
       .name = "composition",
       .concerns = Concerns::canonical,
       .is_axis = true,
       .bounds = &composition_bounds,
       .meaning =
           "fraction of A in the core, of whose sites the largest whole number that does not exceed it is A; also "
           "written as one: `1/3`",
       .standard = text(physics.composition)},
      {.section = "scan",
       .name = "start",
       .form = Form::word,
       .concerns = Concerns::equilibrium,
       .is_axis = true,
       .meaning =
           "core at the start: `random`, or `segregated`: all A on one side; with `ensemble: semigrand` also `A` or "
           "`B` throughout",
       .standard = std::string(to_string(physics.start))},
      {.section = "scan",
       .name = "interaction",
       .form = Form::interaction,
       .is_axis = true,
       .meaning = "`elastic` (energies in ε), `ising` (in J), `none` (in k_BT), or the first two together: `{elastic: "
                  "1, ising: 0.3}`",
       .standard = to_string(physics.interaction)},
      {.section = "scan",
       .name = "hamiltonian",
       .form = Form::word,
       .is_axis = true,
       .meaning = "`exact`: the stated energy; `published`: as the program behind the papers' figures counts it",
       .standard = std::string(to_string(physics.hamiltonian))},
      {.section = "scan",
       .name = "zip",
       .form = Form::zip,
       .in_defaults = false,
       .meaning = "axes that are walked together: `[size, shell_stiffness]`, or several such groups",
       .without = none},
      {.section = "scan",
       .name = "replicas",
       .bounds = &replicas_bounds,
       .meaning = "independent chains or trajectories of every point",
       .standard = fmt::format("{}", Scan{}.replicas)},
      {.section = "scan",
       .name = "rates",
       .form = Form::mapping,
       .concerns = Concerns::exchange,
       .meaning = "attempt rates of exchange at the surface and of swaps: `{exchange: 1, diffusion: 2}`",
       .standard =
           fmt::format("{{exchange: {}, diffusion: {}, rule: exponential, share: {}}}", text(physics.rates.exchange),
                       text(physics.rates.diffusion), text(physics.rate_rule.share))},
      {.section = "scan",
       .name = "exchange_until",
       .concerns = Concerns::exchange,
       .bounds = &time_bounds,
       .unit = "unit of time, s",
       .dimension = Dimension::time,
       .meaning = "time from which on ions only diffuse",
       .without = "never"},
      {.section = "scan",
       .name = "stages",
       .form = Form::stages,
       .concerns = Concerns::exchange,
       .meaning = "stages of the exchange, one after the other, in which what they give takes the place of the scan's "
                  "own: `[{until: 5, delta_mu: -20}, {until: 300, exchange: off, temperature: 0.3}]`",
       .without = "nothing changes"},
      {.section = "scan",
       .name = "times",
       .form = Form::numbers,
       .concerns = Concerns::exchange,
       .bounds = &time_bounds,
       .unit = "unit of time, s",
       .dimension = Dimension::time,
       .meaning = "when a trajectory is observed",
       .without = fmt::format("{} on a logarithmic scale: {} to {}, elastic crystals in 3D {} to {}",
                              standard_times.points, text(standard_times.from), text(standard_times.to),
                              text(standard_times_elastic_3d.from), text(standard_times_elastic_3d.to))},
      {.section = "scan",
       .name = "observe",
       .form = Form::some_of_words,
       .concerns = Concerns::exchange,
       .meaning = "what is measured at each of these times beside c; columns of the rest stay empty and take no time",
       .standard = "[phases, areas, profile, energy]"},
      {.section = "scan",
       .name = "max_events",
       .concerns = Concerns::exchange,
       .bounds = &positive_count_bounds,
       .unit = "events",
       .meaning = "a trajectory with more events ends as `truncated`: a guard",
       .without = "no limit"},
      {.section = "scan",
       .name = "equilibration_sweeps",
       .concerns = Concerns::equilibrium,
       .bounds = &sweeps_bounds,
       .unit = "sweeps",
       .meaning = "sweeps before measuring; a sweep is one attempt per core site",
       .standard = fmt::format("{}", standard_sweeps)},
      {.section = "scan",
       .name = "measured_sweeps",
       .concerns = Concerns::equilibrium,
       .bounds = &positive_count_bounds,
       .unit = "sweeps",
       .meaning = "sweeps that are measured",
       .standard = fmt::format("{}", standard_sweeps)},
      {.section = "scan",
       .name = "until",
       .form = Form::mapping,
       .concerns = Concerns::equilibrium,
       .meaning = "chains go on, at lengths that double, until the averages of their point are known so well and its "
                  "verdict is `converged`: `{f_U: 0.005, at_most: 1e7}`; those of a ladder together, for all its rungs",
       .without = "chains of `measured_sweeps`"},
      {.section = "scan",
       .name = "refine",
       .form = Form::mapping,
       .concerns = Concerns::equilibrium,
       .meaning =
           "places further points where the core turns from one phase to another, until "
           "that is known so "
           "well: `{along: shell_stiffness, tolerance: 0.02}`; the axis gives the range; with `ladder` its rungs go on "
           "instead",
       .without = none},
      {.section = "scan",
       .name = "ladder",
       .form = Form::mapping,
       .concerns = Concerns::equilibrium,
       .meaning =
           "chains along an axis exchange configurations (replica exchange), so that what is stuck at one of its "
           "values is freed at others: `{along: shell_stiffness}`, `{along: shell_stiffness, rungs: auto}`",
       .without = "chains know nothing of each other"},
      {.section = "scan",
       .name = "bias",
       .form = Form::mapping,
       .concerns = Concerns::equilibrium,
       .meaning = "flat histograms: chains are measured in windows of an order parameter, which they visit evenly, "
                  "whatever barrier lies there, and exchange configurations: `{along: f_U}`, `{along: c}`",
       .without = "chains follow their own distribution"},
      {.section = "scan",
       .name = "measure_every",
       .form = Form::mapping,
       .concerns = Concerns::equilibrium,
       .meaning = "sweeps between measurements: `{phases: 1, areas: 100}`",
       .standard = fmt::format("{{phases: {}, areas: {}}}", standard_phases_every, standard_areas_every)},
      {.section = "scan",
       .name = "samples",
       .form = Form::mapping_or_word,
       .concerns = Concerns::equilibrium,
       .meaning =
           "configurations that are kept for averages at other parameters: `{every: 500, at_most: 4000}`, or `none`",
       .without = fmt::format("as often as a chain forgets its configuration, at most {}; {} on ladders with `refine`",
                              Sampling{}.at_most, most_samples_of_search)},
      {.section = "scan",
       .name = "snapshots",
       .form = Form::mapping,
       .meaning = "when configurations are kept: `{times: …}` (exchange) or `{sweeps: …}` (equilibrium)",
       .without = none},
  };
}

/// What an average can be asked to be known of; variances have no error that halves with four times the sweeps.
std::vector<CampaignKey> keys_of_until() {
  std::vector<CampaignKey> all{{.section = "until",
                                .name = "at_most",
                                .concerns = Concerns::equilibrium,
                                .required = true,
                                .bounds = &positive_count_bounds,
                                .unit = "measured sweeps",
                                .meaning =
                                    "of a chain: the last doubling that does not exceed it ends the point in any "
                                    "case",
                                .without = needed}};
  for (const Quantity& quantity : equilibrium_columns()) {
    if (!has_error_of_a_mean(quantity)) continue;
    all.push_back({.section = "until",
                   .name = quantity.name,
                   .form = Form::precision,
                   .concerns = Concerns::equilibrium,
                   .bounds = &precision_bounds,
                   .meaning =
                       "standard error of its average over the chains of a point, in its own unit, or `5%` of the "
                       "average",
                   .without = "not asked for"});
  }
  return all;
}

std::vector<CampaignKey> keys_of_refine() {
  return {
      {.section = "refine",
       .name = "along",
       .form = Form::word,
       .concerns = Concerns::equilibrium,
       .required = true,
       .meaning = "the axis: `shell_stiffness`, `temperature`, with `ensemble: semigrand` `delta_mu`, or `ising`",
       .without = needed},
      {.section = "refine",
       .name = "to",
       .form = Form::word,
       .concerns = Concerns::equilibrium,
       .meaning = "what is looked for: a `transition`",
       .standard = "transition"},
      {.section = "refine",
       .name = "of",
       .form = Form::word,
       .concerns = Concerns::equilibrium,
       .meaning =
           "the fraction of sites that tells both sides of the transition apart: `f_U` (unstructured or not), `f_S` "
           "(superlattice, in 2D), `f_C` (columns, in 3D), or `c` (of A, with `ensemble: semigrand`)",
       .without = "`c` along `delta_mu`, else `f_U` in 2D, in the bulk `f_S`, `f_C` in 3D"},
      {.section = "refine",
       .name = "split",
       .concerns = Concerns::equilibrium,
       .bounds = &split_bounds,
       .meaning = "the transition is where this value of it parts the samples in halves of equal weight; for fractions "
                  "whose histogram has no valley",
       .without = "in the valley of its histogram"},
      {.section = "refine",
       .name = "tolerance",
       .concerns = Concerns::equilibrium,
       .required = true,
       .bounds = &tolerance_bounds,
       .meaning = "standard error of the transition, in the unit of the axis",
       .without = needed},
      {.section = "refine",
       .name = "at_most",
       .concerns = Concerns::equilibrium,
       .bounds = &placed_points_bounds,
       .meaning = "further points for each combination of the other axes",
       .standard = fmt::format("{}", Refine{}.at_most)},
  };
}

std::vector<CampaignKey> keys_of_ladder() {
  return {
      {.section = "ladder",
       .name = "along",
       .form = Form::word_or_pair,
       .concerns = Concerns::equilibrium,
       .required = true,
       .meaning = "the axis: `shell_stiffness`, `temperature`, with `ensemble: semigrand` `delta_mu`, or `ising`, of "
                  "interactions that differ in that; or two that are zipped: `[shell_stiffness, temperature]`",
       .without = needed},
      {.section = "ladder",
       .name = "rungs",
       .form = Form::word,
       .concerns = Concerns::equilibrium,
       .meaning =
           "the `values` of the axis; or `auto`: between these, placed where exchanges are rejected, in rounds of "
           "an eighth, a quarter and half of measured_sweeps that come first",
       .standard = "values"},
      {.section = "ladder",
       .name = "exchange_every",
       .form = Form::count_or_word,
       .concerns = Concerns::equilibrium,
       .bounds = &positive_count_bounds,
       .unit = "sweeps",
       .meaning = "between attempts to exchange with a neighbour, above and below in turn; or `auto`: as often as it "
                  "is predicted to take a tenth of the time",
       .standard = "auto"},
  };
}

std::vector<CampaignKey> keys_of_bias() {
  const ScanBias standard;
  return {
      {.section = "bias",
       .name = "along",
       .form = Form::word,
       .concerns = Concerns::equilibrium,
       .required = true,
       .meaning = "what is levelled: `f_U` of the interior of the core or, with `ensemble: semigrand`, `c` of the core",
       .without = needed},
      {.section = "bias",
       .name = "from",
       .concerns = Concerns::equilibrium,
       .bounds = &fraction_bounds,
       .meaning = "its lowest value",
       .standard = text(standard.from)},
      {.section = "bias",
       .name = "to",
       .concerns = Concerns::equilibrium,
       .bounds = &fraction_bounds,
       .meaning = "its highest value",
       .without = fmt::format("{} for `f_U`, 1 for `c`", text(standard.to))},
      {.section = "bias",
       .name = "windows",
       .form = Form::count_or_word,
       .concerns = Concerns::equilibrium,
       .bounds = &windows_bounds,
       .meaning =
           "between the two, each of which overlaps the next by half; or `auto`: one for every 64 sites, at most 16",
       .standard = "auto"},
      {.section = "bias",
       .name = "exchange_every",
       .form = Form::count_or_word,
       .concerns = Concerns::equilibrium,
       .bounds = &positive_count_bounds,
       .unit = "sweeps",
       .meaning = "as in `ladder`",
       .standard = "auto"},
  };
}

std::vector<CampaignKey> keys_of_mappings() {
  const Rates rates;
  const Physics physics_of_rates;
  return {
      {.section = "range", .name = "from", .required = true, .meaning = "its first value", .without = needed},
      {.section = "range", .name = "to", .required = true, .meaning = "its last value", .without = needed},
      {.section = "range",
       .name = "step",
       .meaning = "between neighbouring values; must divide the range",
       .without = "needed without `points`"},
      {.section = "range",
       .name = "points",
       .bounds = &points_bounds,
       .meaning = "how many values, both ends included",
       .without = "needed without `step`"},
      {.section = "range",
       .name = "scale",
       .form = Form::word,
       .meaning = "with `points`, how they are spaced: `linear` or `log`",
       .standard = "linear"},
      {.section = "rates",
       .name = "exchange",
       .concerns = Concerns::exchange,
       .bounds = &exchange_rate_bounds,
       .unit = "1 / unit of time",
       .meaning = "attempts of an ion at the surface",
       .standard = text(rates.exchange)},
      {.section = "rates",
       .name = "diffusion",
       .concerns = Concerns::exchange,
       .bounds = &diffusion_rate_bounds,
       .unit = "1 / unit of time",
       .meaning = "attempts of swaps of neighbours",
       .standard = text(rates.diffusion)},
      {.section = "rates",
       .name = "rule",
       .form = Form::word,
       .concerns = Concerns::exchange,
       .meaning = "how rates follow from ΔE: `exponential`, k0 exp(−ΔE/2k_BT); `metropolis`, k0 min(1, exp(−ΔE/k_BT)); "
                  "`heat_bath`, k0/(1 + exp(ΔE/k_BT))",
       .standard = "exponential"},
      {.section = "rates",
       .name = "share",
       .concerns = Concerns::exchange,
       .bounds = &share_bounds,
       .meaning = "of `exponential` at the surface: the part of ΔE that A → B has in its barrier, B → A the rest",
       .standard = text(physics_of_rates.rate_rule.share)},
      {.section = "interaction",
       .name = "elastic",
       .required = true,
       .bounds = &elastic_bounds,
       .unit = "ε",
       .meaning = "weight of the elastic energy",
       .without = needed},
      {.section = "interaction",
       .name = "ising",
       .bounds = &ising_bounds,
       .unit = "ε",
       .meaning = "J, of bonds between neighbours",
       .standard = "0"},
      {.section = "measure_every",
       .name = "phases",
       .concerns = Concerns::equilibrium,
       .bounds = &positive_count_bounds,
       .unit = "sweeps",
       .meaning = "between measurements of phases, energy and profile",
       .standard = fmt::format("{}", standard_phases_every)},
      {.section = "measure_every",
       .name = "areas",
       .concerns = Concerns::equilibrium,
       .bounds = &sweeps_bounds,
       .unit = "sweeps",
       .meaning = "between measurements of local areas; 0 is never",
       .standard = fmt::format("{}", standard_areas_every)},
      {.section = "samples",
       .name = "every",
       .concerns = Concerns::equilibrium,
       .bounds = &positive_count_bounds,
       .unit = "sweeps",
       .meaning = "measured sweeps from one to the next",
       .without = "half of the sweeps in which a chain is predicted to forget its configuration: 50 for hexagons at "
                  "temperature 0.2, 5 for cubes at 1.5; on ladders as many as between exchanges"},
      {.section = "samples",
       .name = "at_most",
       .concerns = Concerns::equilibrium,
       .bounds = &samples_bounds,
       .meaning = "of a chain; where there would be more, `every` is doubled until there are not",
       .standard = fmt::format("{}", Sampling{}.at_most)},
      {.section = "snapshots",
       .name = "times",
       .form = Form::numbers,
       .concerns = Concerns::exchange,
       .bounds = &time_bounds,
       .unit = "unit of time, s",
       .dimension = Dimension::time,
       .meaning = "when configurations of a trajectory are kept",
       .without = none},
      {.section = "snapshots",
       .name = "sweeps",
       .form = Form::numbers,
       .concerns = Concerns::equilibrium,
       .bounds = &sweeps_bounds,
       .unit = "sweeps",
       .meaning = "when configurations of a chain are kept, counted from the start of equilibration",
       .without = none},
      {.section = "shell",
       .name = "layers",
       .required = true,
       .bounds = &layers_bounds,
       .unit = "layers of sites",
       .meaning = "as `shell_layers`, of which it takes the place: also a list or a range",
       .without = needed},
      {.section = "shell",
       .name = "facets",
       .form = Form::words,
       .meaning = "which sides it covers, by the names in the table of shapes; the others stay bare",
       .without = "all sides"},
  };
}

std::vector<CampaignKey> keys_of_stages() {
  return {
      {.section = "stages",
       .name = "until",
       .concerns = Concerns::exchange,
       .bounds = &time_bounds,
       .unit = "unit of time, s",
       .dimension = Dimension::time,
       .meaning = "end of the stage, counted from the start of the exchange; in a cycle from that of the cycle",
       .without = "needed but in the last stage, which then has no end"},
      {.section = "stages",
       .name = "temperature",
       .concerns = Concerns::exchange,
       .bounds = &temperature_bounds,
       .unit = "unit of energy, K",
       .dimension = Dimension::temperature,
       .meaning = "k_BT; in K it also changes the rates that follow from `attempt_rates`",
       .without = "that of the scan"},
      {.section = "stages",
       .name = "delta_mu",
       .concerns = Concerns::exchange,
       .bounds = &delta_mu_bounds,
       .unit = "unit of energy, eV",
       .dimension = Dimension::energy,
       .meaning = "the drive",
       .without = "that of the scan"},
      {.section = "stages",
       .name = "exchange",
       .form = Form::word,
       .concerns = Concerns::exchange,
       .meaning = "whether ions are exchanged at the surface, `on`, or only diffuse, `off`",
       .standard = "on"},
      {.section = "stages",
       .name = "rates",
       .form = Form::mapping,
       .concerns = Concerns::exchange,
       .meaning = "attempt rates, both or one of them; the rule is that of the scan",
       .without = "those of the scan"},
      {.section = "stages",
       .name = "ramp",
       .form = Form::word,
       .concerns = Concerns::exchange,
       .meaning =
           "what changes in equal steps, in place of one stage, `temperature` or `delta_mu`: `{ramp: temperature, "
           "from: 0.2, to: 0.6, steps: 20, until: 100}`",
       .without = none},
      {.section = "stages",
       .name = "from",
       .concerns = Concerns::exchange,
       .meaning = "value in the first step of the ramp",
       .without = "needed in a ramp"},
      {.section = "stages",
       .name = "to",
       .concerns = Concerns::exchange,
       .meaning = "value in its last step",
       .without = "needed in a ramp"},
      {.section = "stages",
       .name = "steps",
       .concerns = Concerns::exchange,
       .bounds = &steps_bounds,
       .meaning = "how many there are, all of the same length",
       .without = "needed in a ramp"},
      {.section = "stages",
       .name = "repeat",
       .concerns = Concerns::exchange,
       .bounds = &repeat_bounds,
       .meaning = "how often a cycle is gone through: `{repeat: 5, stages: [{until: 10, delta_mu: -20}, {until: 20, "
                  "delta_mu: 20}]}`",
       .without = none},
      {.section = "stages",
       .name = "stages",
       .form = Form::stages,
       .concerns = Concerns::exchange,
       .meaning = "the stages of the cycle",
       .without = "needed in a cycle"},
  };
}

std::vector<CampaignKey> keys_of_attempt_rates() {
  return {{.section = "attempt_rates",
           .name = "exchange",
           .form = Form::attempt_rate,
           .concerns = Concerns::exchange,
           .required = true,
           .meaning = "of ions at the surface with the solution: `{prefactor: 1e13 Hz, barrier: 0.43 eV}`",
           .without = needed},
          {.section = "attempt_rates",
           .name = "diffusion",
           .form = Form::attempt_rate,
           .concerns = Concerns::exchange,
           .required = true,
           .meaning = "of swaps of neighbours: `{prefactor: 1e13 Hz, barrier: 0.5 eV}`",
           .without = needed}};
}

std::vector<CampaignKey> all_keys() {
  std::vector<CampaignKey> all = keys_of_the_campaign();
  for (const auto& more : {keys_of_a_scan(), keys_of_until(), keys_of_refine(), keys_of_ladder(), keys_of_bias(),
                           keys_of_mappings(), keys_of_stages(), keys_of_attempt_rates()})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

std::vector<Section> sections_of_keys() {
  std::vector<Section> sections;
  for (const CampaignKey& key : keys()) {
    if (sections.empty() || sections.back().name != key.section) sections.push_back({key.section, {}});
    sections.back().keys.push_back(key.name);
  }
  Section defaults{"defaults", {}};
  for (const CampaignKey& key : scan_keys()) {
    if (key.in_defaults) defaults.keys.push_back(key.name);
  }
  sections.push_back(std::move(defaults));
  return sections;
}

/// Cubes and square plates are no shapes of their own but boxes.
std::vector<std::string_view> lattice_words() {
  std::vector<std::string_view> words;
  for (const Shape& shape : shapes()) words.push_back(shape.name);
  for (const BoxWord& word : box_words()) words.push_back(word.name);
  return words;
}

std::span<const std::string_view> find_section(const std::vector<Section>& sections, std::string_view name) {
  const auto found = std::ranges::find(sections, name, &Section::name);
  assert(found != sections.end());
  return found->keys;
}

std::vector<std::string_view> words_of_order_parameters() {
  std::vector<std::string_view> words;
  for (const OrderParameter parameter : order_parameters()) words.push_back(to_string(parameter));
  return words;
}

}  // namespace

std::span<const CampaignKey> keys() {
  static const std::vector<CampaignKey> all = all_keys();
  return all;
}

std::span<const CampaignKey> scan_keys() {
  const std::span<const CampaignKey> all = keys();
  const auto begin = std::ranges::find(all, "scan", &CampaignKey::section);
  const auto end = std::find_if(begin, all.end(), [](const CampaignKey& key) { return key.section != "scan"; });
  return {begin, end};
}

std::string default_of(const CampaignKey& key) {
  return key.standard.empty() ? std::string(key.without) : fmt::format("`{}`", key.standard);
}

std::string sentence_of_default(const CampaignKey& key) {
  if (!key.without.starts_with(needed)) return fmt::format("Default: {}.", default_of(key));
  return "N" + key.without.substr(1) + ".";
}

std::string values_of(const CampaignKey& key) {
  if (key.bounds != nullptr) {
    const std::string_view number = key.bounds->allowed.substr(0, key.bounds->allowed.find(" ("));
    if (key.form != Form::count_or_word) return std::string(number);
    return fmt::format("{}, or `{}`", number, fmt::join(words_of(key), "`, `"));
  }
  if (key.form != Form::word) return key.form == Form::number ? "a number" : "";
  return fmt::format("`{}`", fmt::join(words_of(key), "`, `"));
}

std::string full_name(const CampaignKey& key) {
  const bool of_a_mapping = key.section != "campaign" && key.section != "scan";
  return of_a_mapping ? fmt::format("{}.{}", key.section, key.name) : std::string(key.name);
}

std::string_view to_string(Concerns concerns) {
  constexpr std::array<std::string_view, 5> words{"all", "equilibrium", "exchange", "canonical", "exchange, semigrand"};
  return words.at(static_cast<std::size_t>(concerns));
}

bool concerns(Concerns who, std::string_view method, std::string_view ensemble) {
  if (who == Concerns::all || method.empty()) return true;
  if (method == to_string(Method::exchange)) return who == Concerns::exchange || who == Concerns::reservoir;
  if (who == Concerns::canonical) return ensemble != to_string(Ensemble::semigrand);
  if (who == Concerns::reservoir) return ensemble == to_string(Ensemble::semigrand);
  return who == Concerns::equilibrium;
}

std::string plain_text(std::string_view marked) {
  std::string plain(marked);
  std::erase(plain, '`');
  return plain;
}

const std::vector<Section>& schema_sections() {
  static const std::vector<Section> sections = sections_of_keys();
  return sections;
}

std::span<const std::string_view> keys_of_section(std::string_view name) {
  return find_section(schema_sections(), name);
}

const std::vector<Section>& schema_words() {
  static const std::vector<Section> words{
      {"method", {"equilibrium", "exchange"}},
      {"lattice", lattice_words()},
      {"boundary", {"free", "periodic"}},
      {"shell_occupation", {"B", "A"}},
      {"ensemble", {"canonical", "semigrand"}},
      {"start", {"random", "segregated", "A", "B"}},
      {"interaction", {"elastic", "ising", "none"}},
      {"hamiltonian", {"exact", "published"}},
      {"observe", {"phases", "areas", "profile", "energy"}},
      {"scale", {"linear", "log"}},
      {"rule", {"exponential", "metropolis", "heat_bath"}},
      {"stages.exchange", {"on", "off"}},
      {"ramp", {"temperature", "delta_mu"}},
      {"samples", {"none"}},
      {"exchange_every", {"auto"}},
      {"rungs", {"values", "auto"}},
      {"windows", {"auto"}},
      {"along", {"shell_stiffness", "temperature", "delta_mu", "ising"}},
      {"bias.along", {"f_U", "c"}},
      {"to", {"transition"}},
      {"of", words_of_order_parameters()},
  };
  return words;
}

std::span<const std::string_view> words_of_key(std::string_view key) { return find_section(schema_words(), key); }

std::span<const std::string_view> words_of(const CampaignKey& key) {
  const std::string own = full_name(key);
  const bool has_own = std::ranges::find(schema_words(), own, &Section::name) != schema_words().end();
  return words_of_key(has_own ? own : key.name);
}

}  // namespace nxmc
