#include "grammar.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace nxmc {
namespace {

/// Accepts these words only; CLI11's own check answers in its own words.
CLI::Validator one_of(const std::vector<std::string>& words) {
  const auto check = [words](std::string& word) {
    if (std::find(words.begin(), words.end(), word) != words.end()) return std::string();
    return fmt::format("there is no '{}'; choose one of {}", word, fmt::join(words, ", "));
  };
  return {check, ""};
}

/// An option that takes one of a few words: they stand in its help as `--option a|b|c`, and shells offer them.
void takes_one_of(CLI::Option* option, const std::vector<std::string>& words) {
  option->check(one_of(words))->type_name(fmt::format("{}", fmt::join(words, "|")));
}

/// An empty word comes from a variable of a script that has no value, and never is what was meant.
void refuse_empty_values(CLI::App& command) {
  const CLI::Validator refusal([](const std::string& word) { return word.empty() ? "a value is missing" : ""; }, "");
  for (CLI::Option* option : command.get_options())
    if (option->get_expected_max() > 0) option->check(refusal);
}

/// The names of positional arguments say what they are.
void leave_types_of_positionals_out(CLI::App& command) {
  for (CLI::Option* option : command.get_options())
    if (option->get_positional()) option->type_name("");
}

/// CLI11's own check tells the largest double.
CLI::Validator at_least_one() {
  const auto check = [](const std::string& number) {
    return number.find_first_not_of('0') == std::string::npos ? "must be at least 1" : "";
  };
  return {check, ""};
}

constexpr const char* overview =
    "Runs campaigns of Monte Carlo simulations of ion exchange in nanocrystals and answers questions about their "
    "results.\n"
    "A campaign is a YAML file; its results are one HDF5 archive.";

constexpr const char* first_steps = R"(A first session:
  nxmc plan campaigns/quickstart.yaml             what it will cost
  mpirun -n 2 nxmc run campaigns/quickstart.yaml  run it; again to resume
  nxmc status quickstart.h5                       how far it is
  nxmc query quickstart.h5                        the results

'nxmc COMMAND --help' explains a command.)";

constexpr std::array<ExitCodeMeaning, 4> meanings_of_exit_codes{{{ExitCode::done, "done"},
                                                                 {ExitCode::error, "error"},
                                                                 {ExitCode::usage, "wrong usage"},
                                                                 {ExitCode::resumable, "stopped early and resumable"}}};

/// "Exit codes: 0 done, 1 error …"
std::string list_of_exit_codes() {
  std::vector<std::string> all;
  for (const ExitCodeMeaning& each : exit_codes())
    all.push_back(fmt::format("{} {}", static_cast<int>(each.code), each.meaning));
  return fmt::format("Exit codes: {}.", fmt::join(all, ", "));
}

constexpr const char* query_footer =
    R"(Conditions compare columns with == != < <= > >= or 'in [a, b]' and join with and, or, not, ( ). Columns of numbers
can be compared with each other and calculated with, by + - * / with spaces round them: tau_int > measured_sweeps / 50.
Words need quotes only if they hold blanks. Unfinished jobs have missing values, which fulfil no comparison.

Example:
  nxmc query quickstart.h5 --where 'shell_stiffness > 10 and size == 16' --group-by shell_stiffness --format csv)";

void add_run_command(CLI::App& app, const GlobalOptions& global, Action& action) {
  auto arguments = std::make_shared<RunArguments>();
  CLI::App* command =
      app.add_subcommand("run", "Run a campaign, or what is missing of it; under mpirun or srun, or alone");
  command->add_option("CAMPAIGN", arguments->campaign, "Campaign file (YAML)")->required();
  command
      ->add_option(
          "--archive", arguments->archive,
          "HDF5 file for the results (default: the campaign's name with .h5, in this directory). If it exists, the "
          "run resumes: finished jobs stay, a widened campaign extends it")
      ->type_name("FILE");
  command
      ->add_option("--time-limit", arguments->time_limit,
                   "Stop early and resumable (exit code 75) before this much time is over: 55m, 2h, 1-12:00:00")
      ->type_name("TIME");
  command
      ->add_option("--memory", arguments->memory,
                   "Memory of one node for all ranks there together: 16G (default: most of what is free)")
      ->type_name("MEMORY");
  command
      ->add_option("--checkpoint-every", arguments->checkpoint_every,
                   "Time between checkpoints of a running job: 60s (default), 10m")
      ->type_name("TIME");
  command->add_flag("--retry-failed", arguments->retry_failed, "Try jobs again that failed before");
  command->add_flag("--allow-removed", arguments->allow_removed,
                    "Go on though the campaign has lost values and gained others; what is there is kept");
  command
      ->add_option("--redo", arguments->redo,
                   "Compute finished jobs again that fulfil a condition as in 'query --where'")
      ->type_name("CONDITION");
  command->footer("Example:\n  mpirun -n 4 nxmc run campaigns/quickstart.yaml --time-limit 55m");
  command->callback(
      [arguments, &global, &action] { action = [arguments, &global] { return run(*arguments, global); }; });
}

void add_submit_command(CLI::App& app, const GlobalOptions& global, Action& action) {
  auto arguments = std::make_shared<SubmitArguments>();
  CLI::App* command = app.add_subcommand(
      "submit", "Submit a campaign to Slurm, as a job that requeues itself until the campaign is done");
  command->add_option("CAMPAIGN", arguments->campaign, "Campaign file (YAML)")->required();
  command->add_option("--archive", arguments->archive, "HDF5 file for the results, as for run")->type_name("FILE");
  command
      ->add_option("--nodes", arguments->nodes,
                   "Nodes (default: as many as keep 80 % of their cores busy, while it would take over an hour)")
      ->check(at_least_one())
      ->type_name("NUMBER");
  command->add_option("--ntasks-per-node", arguments->ranks_per_node, "Ranks on each node (default: its cores)")
      ->check(at_least_one())
      ->type_name("NUMBER");
  command
      ->add_option("--time", arguments->time,
                   "Time limit of the job: 2h, 12:00:00 (default: half as much again as predicted, at most 12 h)")
      ->type_name("TIME");
  command->add_option("--partition", arguments->partition, "Slurm's partition")->type_name("NAME");
  command->add_option("--account", arguments->account, "Slurm's account")->type_name("NAME");
  command->add_flag("!--no-mem", arguments->ask_for_memory,
                    "Do not ask for the predicted memory (--mem), where a site forbids it");
  command->add_flag("--dry-run", arguments->dry_run, "Print the batch script and submit nothing");
  command->add_option("SBATCH_OPTIONS", arguments->sbatch_options,
                      "After --, further options of sbatch for the script: -- --qos=long --mail-type=END");
  command->footer("Example:\n  nxmc submit campaigns/quickstart.yaml --partition standard --account physics --dry-run");
  command->callback(
      [arguments, &global, &action] { action = [arguments, &global] { return submit(*arguments, global); }; });
}

void add_plan_command(CLI::App& app, const GlobalOptions& global, Action& action) {
  auto arguments = std::make_shared<PlanArguments>();
  CLI::App* command =
      app.add_subcommand("plan", "Show what a campaign will cost: jobs, kernels, disk, memory, time; runs nothing");
  command->add_option("CAMPAIGN", arguments->campaign, "Campaign file (YAML)");
  command->add_option("--ranks", arguments->ranks, "Also predict wall time and efficiency for these numbers of ranks")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("LIST");
  command
      ->add_option("--ranks-per-node", arguments->ranks_per_node,
                   "Ranks on a node whose memory is predicted (default: the processors of this machine)")
      ->check(CLI::Range(1, 100'000))
      ->type_name("NUMBER");
  command
      ->add_option("--memory", arguments->memory,
                   "Memory of one node for the run, as for run: 16G (default: most of what is free here)")
      ->type_name("MEMORY");
  command->add_flag("--json", arguments->json, "Print JSON instead of text");
  command
      ->add_option("--archive", arguments->archive,
                   "Show what is left to do where this archive is: jobs, time and memory, by what its jobs took")
      ->type_name("FILE");
  command
      ->add_option("--measured", arguments->measured,
                   "Forecast with what jobs took that this archive has results of, instead of what is predicted")
      ->type_name("FILE");
  command->add_flag("--describe", arguments->describe,
                    "Print which keys a campaign file may have: default, values, unit, meaning; needs no CAMPAIGN");
  command->footer("Example:\n  nxmc plan campaigns/quickstart.yaml --ranks 4,64,1024");
  command->callback(
      [arguments, &global, &action] { action = [arguments, &global] { return show_plan(*arguments, global); }; });
}

void add_status_command(CLI::App& app, const GlobalOptions& global, Action& action) {
  auto arguments = std::make_shared<StatusArguments>();
  CLI::App* command = app.add_subcommand("status", "Show how far a campaign is; also while it runs");
  command->add_option("FILE", arguments->archive, "Archive (.h5)")->required();
  CLI::Option* json =
      command->add_flag("--json", arguments->json, "Print JSON instead of text; with --watch, an object on each line");
  CLI::Option* watch =
      command->add_flag("--watch", arguments->watch,
                        "Show it until the campaign is done, or q or Ctrl-C is pressed; where the output is no "
                        "terminal, print a line when something has changed");
  command
      ->add_option("--every", arguments->every,
                   "With --watch, time between two looks: 10s (default: 2s, with --html 1min)")
      ->type_name("TIME")
      ->needs(watch);
  command
      ->add_option("--html", arguments->page,
                   "Instead write a page as 'nxmc report' does; with --watch it is renewed, and loaded again by "
                   "browsers, until the campaign is done")
      ->type_name("PAGE")
      ->excludes(json);
  command->footer("Example:\n  nxmc status quickstart.h5 --watch");
  command->callback(
      [arguments, &global, &action] { action = [arguments, &global] { return show_status(*arguments, global); }; });
}

// ---- commands that answer with a table

void takes_columns(CLI::App& command, std::vector<std::string>& columns) {
  command.add_option("--columns", columns, "Only these columns, in this order: a,b,c")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("COLUMNS");
}

/// The word of --format, which the command's callback passes on to format_of.
std::shared_ptr<std::string> takes_format(CLI::App& command) {
  auto word = std::make_shared<std::string>("table");
  takes_one_of(command.add_option("--format", *word, "How it is printed (default: table)"), {"table", "csv", "json"});
  return word;
}

TableFormat format_of(const std::string& word) {
  static const std::map<std::string, TableFormat> formats{
      {"table", TableFormat::table}, {"csv", TableFormat::csv}, {"json", TableFormat::json}};
  return formats.at(word);
}

void add_query_command(CLI::App& app, const GlobalOptions& global, Action& action) {
  auto arguments = std::make_shared<QueryArguments>();
  CLI::App* command =
      app.add_subcommand("query", "Print results: one row per job, selected, averaged, as table, csv or json");
  command->add_option("FILE", arguments->archive, "Archive (.h5)");
  command->add_option("--where", arguments->query.where, "Only rows that fulfil a condition")->type_name("CONDITION");
  takes_columns(*command, arguments->query.columns);
  command
      ->add_option("--group-by", arguments->query.group_by,
                   "Average over rows that agree in these columns: a,b. Prints n, means and errors (<name>_err)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("COLUMNS");
  const auto format = takes_format(*command);
  CLI::Option* times = command->add_flag_callback(
      "--times", [arguments] { arguments->query.rows = RowKind::times; },
      "One row per exchange job and observation time");
  CLI::Option* profiles = command
                              ->add_flag_callback(
                                  "--profiles", [arguments] { arguments->query.rows = RowKind::profiles; },
                                  "One row per job, time and plane of a box: the composition profile")
                              ->excludes(times);
  CLI::Option* series =
      command
          ->add_flag_callback(
              "--series", [arguments] { arguments->query.rows = RowKind::series; },
              "One row per equilibrium job and stretch of its measured sweeps: the averages over the stretch")
          ->excludes(times)
          ->excludes(profiles);
  command
      ->add_flag("--ladders", arguments->ladders,
                 "One row per ladder and pair of neighbouring rungs: exchanges and round trips of configurations")
      ->excludes(times)
      ->excludes(profiles)
      ->excludes(series);
  auto units = std::make_shared<std::string>("model");
  takes_one_of(command->add_option("--units", *units,
                                   "Of temperatures, energies, lengths and times, in conditions, too (default: model); "
                                   "physical: K, eV, nm, s, by the material that the campaign names"),
               {"model", "physical"});
  command->add_flag("--describe", arguments->describe,
                    "Print which columns there are: unit, rows that have it (jobs, --times, --profiles, --series), "
                    "meaning; needs no FILE");
  command->footer(query_footer);
  command->callback([arguments, format, units, &global, &action] {
    arguments->format = format_of(*format);
    arguments->physical = *units == "physical";
    action = [arguments, &global] { return show_query(*arguments, global); };
  });
}

void add_reweight_command(CLI::App& app, const GlobalOptions& global, Action& action) {
  auto arguments = std::make_shared<ReweightArguments>();
  CLI::App* command = app.add_subcommand(
      "reweight",
      "Averages at stiffnesses, temperatures and delta_mu that were not measured, from the samples of chains");
  command->add_option("FILE", arguments->archive, "Archive (.h5)")->required();
  command
      ->add_option(
          "--at", arguments->at,
          "The states: shell_stiffness, temperature, elastic, ising or hamiltonian = a value, a list [a, b] or "
          "a range from:to:step, separated by commas; what is not named stays as it was measured")
      ->type_name("STATES")
      ->required();
  command->add_option("--where", arguments->where, "Only samples of jobs that fulfil a condition")
      ->type_name("CONDITION");
  takes_columns(*command, arguments->columns);
  const auto format = takes_format(*command);
  command->footer(
      "Points that the samples do not reach have the verdict 'no overlap' and no numbers.\n"
      "Example:\n  nxmc reweight quickstart.h5 --at 'shell_stiffness=6:9:0.5' --columns shell_stiffness,f_U,f_U_err");
  command->callback([arguments, format, &global, &action] {
    arguments->format = format_of(*format);
    action = [arguments, &global] { return reweight(*arguments, global); };
  });
}

void add_diagram_command(CLI::App& app, const GlobalOptions& global, Action& action) {
  auto arguments = std::make_shared<DiagramArguments>();
  CLI::App* command = app.add_subcommand(
      "diagram", "Where the core turns from one phase to another, with errors, from the samples of chains");
  command->add_option("FILE", arguments->archive, "Archive (.h5)")->required();
  CLI::Option* along =
      command->add_option("--along", arguments->along, "The axis that is crossed (default: shell_stiffness)");
  takes_one_of(along, {"shell_stiffness", "temperature", "delta_mu", "ising", "size", "shell_layers", "composition"});
  CLI::Option* map =
      command
          ->add_option("--map", arguments->map,
                       "Instead: the dominant phase over two parameters, x,y; of exchange trajectories over time and "
                       "another one")
          ->type_name("X,Y")
          ->excludes(along);
  CLI::Option* boundaries = command
                                ->add_flag("--boundaries", arguments->boundaries,
                                           "Of that map: where along x the dominant phase changes, for each y")
                                ->needs(map);
  CLI::Option* histogram =
      command
          ->add_flag("--histogram", arguments->histogram,
                     "Instead: how the order parameter is distributed at each transition, a row for each bin")
          ->excludes(map);
  CLI::Option* compare = command
                             ->add_flag("--compare-sizes", arguments->compare_sizes,
                                        "Instead: what transitions of crystals that differ in size alone say together")
                             ->excludes(map)
                             ->excludes(histogram);
  command->add_option("--where", arguments->where, "Only samples of jobs that fulfil a condition")
      ->type_name("CONDITION");
  command
      ->add_option_function<double>(
          "--split", [arguments](double split) { arguments->split = split; },
          "Order parameter at which the two sides are told apart (default: the valley of its histogram)")
      ->type_name("NUMBER");
  CLI::Option* of = command->add_option(
      "--of", arguments->of,
      "The order parameter (default: c along delta_mu, else f_U in 2D, in the bulk f_S, f_C in 3D)");
  takes_one_of(of, {"f_U", "f_S", "f_C", "c"});
  of->excludes(map);
  takes_columns(*command, arguments->columns);
  const auto format = takes_format(*command);
  command
      ->add_option("--output", arguments->output,
                   "Instead of rows a picture: PNG, PDF or SVG, as its name ends; a map has its boundaries in it")
      ->type_name("PICTURE")
      ->excludes(boundaries)
      ->excludes(compare)
      ->excludes("--columns")
      ->excludes("--format");
  command->footer(
      "One row for each crystal and each combination of the other parameters. equal_weight: both sides carry 1/2;\n"
      "equal_height: both peaks of the histogram are equally high;\n"
      "barrier: there, free energy in the valley over that of the peaks, in k_BT; lower_spinodal, upper_spinodal: "
      "where "
      "it\n"
      "turns from convex to concave and back;\n"
      "variance_peak, peak_height: where the variance of the order parameter is largest, and how large; lower_side,\n"
      "upper_side: means of both sides at equal weight (along delta_mu the ends of the tie line); jump_f_U,\n"
      "jump_f_S, jump_f_C, jump_c, jump_energy: between the means of the sides; order: none, rounded (one peak of the "
      "histogram), first "
      "(two), several;\n"
      "crossings of plain chains between the sides, round_trips of configurations through ladders.\n"
      "A histogram is at the place of equal weight, else at the peak of the variance; density * width adds up to 1,\n"
      "free_energy is -ln of the density over that of the highest bin.\n"
      "Sizes are compared in pairs of neighbours: crossing, where the order parameter of both has the same cumulant\n"
      "1 - <(x-<x>)^4> / (3 <(x-<x>)^2>^2), and in fits of two parameters over the number N of core sites, L =\n"
      "N^(1/dimensions): places as a+b*L, a+b/L and a+b/N, heights and jumps as a*N^b; p: how often chance gives such "
      "a\n"
      "chi2; fit: rejected (p < 0.01), described, best of several that are, untested (two sizes).\n"
      "Along size, shell_layers and composition: step, half way between two values at which other phases dominate.\n"
      "A map (--map shell_stiffness,size) has phase: U, S, C or 0, the largest of f_U, f_S, f_C and f_0 (along "
      "delta_mu\n"
      "U1 or U2 for U, there and along composition S1 or S2 where that is most of S). Its "
      "boundaries\n"
      "are lines of places: a transition with the error of its samples, or a step half way between two points.\n"
      "Example:\n  nxmc diagram quickstart.h5 --along shell_stiffness");
  command->callback([arguments, format, &global, &action] {
    arguments->format = format_of(*format);
    action = [arguments, &global] { return show_diagram(*arguments, global); };
  });
}

/// What beams, atoms that move, and grids are like.
void takes_beam(CLI::App& command, DiffractionArguments& arguments) {
  command.add_option("--q", arguments.q, "Where the pattern is computed, in 1/angstrom (default: 1:6:0.005)")
      ->type_name("FROM:TO:STEP");
  command.add_option("--wavelength", arguments.wavelength, "In angstrom (default: 1.5406, Cu K alpha 1)")
      ->type_name("NUMBER");
  takes_one_of(command.add_option("--correction", arguments.correction,
                                  "The pattern times the polarisation factor, or times the Lorentz factor of single "
                                  "reflections, too, which Debye's equation contains already (default: none)"),
               {"none", "polarisation", "lorentz-polarisation"});
  command.add_flag("--anomalous", arguments.anomalous, "Form factors with f' and f'' of the wavelength");
  command
      .add_option("--debye-waller", arguments.debye_waller,
                  "B in square angstrom of all atoms, or of an element: 1.0,Pb=1.3 (default: 0)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("B,…");
  command.add_option("--r", arguments.r, "Where pair distributions are computed, in angstrom (default: 0:40:0.02)")
      ->type_name("FROM:TO:STEP");
  takes_one_of(command.add_option("--window", arguments.window,
                                  "How S(Q) ends at the largest Q, for G(r): lorch (default) smoothly, none suddenly"),
               {"lorch", "none"});
}

void add_diffraction_command(CLI::App& app, const GlobalOptions& global, Action& action) {
  auto arguments = std::make_shared<DiffractionArguments>();
  CLI::App* command = app.add_subcommand(
      "diffraction", "X-ray powder patterns of configurations by Debye's equation: peaks, their course, I(Q), G(r)");
  CLI::Option* archive = command->add_option("FILE", arguments->archive, "Archive (.h5) of crystals in 3D");
  CLI::Option* xyz = command
                         ->add_option("--xyz", arguments->xyz,
                                      "Instead of an archive atoms in (extended) XYZ, each frame a configuration")
                         ->type_name("FILE")
                         ->excludes(archive);
  CLI::Option* sphere = command
                            ->add_flag("--core-shell", arguments->core_shell,
                                       "Instead of an archive spheres of A in a shell of B, each on its own lattice "
                                       "round the same anion, not relaxed")
                            ->excludes(archive)
                            ->excludes(xyz);
  command
      ->add_option("--material", arguments->material,
                   "File of a pair of compounds: what the cells of A and B are (campaigns/materials)")
      ->type_name("FILE");
  CLI::Option* job = command->add_option("--job", arguments->job, "A job, or how its identity begins")->type_name("ID");
  command->add_option("--where", arguments->where, "Only jobs that fulfil a condition (default: all with snapshots)")
      ->type_name("CONDITION")
      ->excludes(job);
  CLI::Option* samples =
      command->add_flag("--samples", arguments->samples,
                        "What equilibrium chains kept for averages, instead of snapshots: of each at most 64, evenly");
  command->add_option("--times", arguments->times, "Only snapshots of these times, or sweeps: a,b,c")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("LIST")
      ->excludes(samples);
  takes_one_of(command->add_option("--average", arguments->average,
                                   "One pattern for the replicas of a point at each time (default), for all of their "
                                   "times, or for each configuration"),
               {"replicas", "all", "none"});
  takes_one_of(command->add_option("--positions", arguments->positions,
                                   "Cells where the mismatch of the material displaces them (default), or on the "
                                   "lattice of the mean composition"),
               {"relaxed", "lattice"});
  command
      ->add_option_function<double>(
          "--scale", [arguments](double scale) { arguments->scale = scale; },
          "With --xyz: angstrom in its unit of length (default: 1)")
      ->type_name("NUMBER")
      ->needs(xyz);
  command
      ->add_option("--radius", arguments->radius, "With --core-shell: radius of the sphere, in angstrom, or '3.5 nm'")
      ->type_name("LENGTH")
      ->needs(sphere);
  command
      ->add_option("--shell-fraction", arguments->shell_fractions,
                   "With --core-shell: fractions of the volume that are shell, a pattern for each: 0,0.2,0.5")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("LIST")
      ->needs(sphere);
  takes_one_of(
      command->add_option("--shell-structure", arguments->shell_structure, "With --core-shell: instead of that of B")
          ->needs(sphere),
      {"rocksalt", "zincblende"});
  takes_beam(*command, *arguments);
  takes_one_of(command->add_option("--show", arguments->show,
                                   "peaks: reflections of each pattern (default); course: a row for each pattern; "
                                   "pattern: I(Q); pdf: R(r), G(r)"),
               {"peaks", "course", "pattern", "pdf"});
  takes_columns(*command, arguments->columns);
  const auto format = takes_format(*command);
  command
      ->add_option("--output", arguments->output,
                   "Instead of standard output: .h5 has all of these, .png, .pdf and .svg are pictures, other files "
                   "have the rows")
      ->type_name("FILE");
  command->footer(
      "I(Q) = sum_ij f_i f_j sin(Qr_ij)/(Qr_ij), in electrons^2, of f of neutral atoms (xraylib).\n"
      "q_max, i_max: the highest value near a reflection; q, height, width (at half height), area, eta (0 Gauss, 1 "
      "Lorentz): of\n"
      "pseudo-Voigt functions over a straight background, by least squares.\n"
      "Of spheres: nxmc diffraction --core-shell --radius 35 --shell-fraction 0,0.2,0.5 --material "
      "campaigns/materials/pbs-cds.yaml\n"
      "Of other atoms: nxmc diffraction --xyz particle.xyz --format csv --output pattern.csv\n"
      "Example:\n  nxmc diffraction exchange.h5 --material campaigns/materials/pbs-cds.yaml --show course");
  command->callback([arguments, format, &global, &action] {
    arguments->format = format_of(*format);
    action = [arguments, &global] { return show_diffraction(*arguments, global); };
  });
}

void add_report_command(CLI::App& app, const GlobalOptions& global, Action& action) {
  auto arguments = std::make_shared<ReportArguments>();
  CLI::App* command = app.add_subcommand(
      "report", "Write one page on archives: what ran, what was found and how sure it is, a picture for every scan");
  command->add_option("FILES", arguments->archives, "Archives (.h5)")->required();
  command
      ->add_option("--output", arguments->output,
                   "The page, whose name ends in .html; it needs no other file, no network and no script")
      ->type_name("PAGE")
      ->required();
  command->footer("Example:\n  nxmc report quickstart.h5 --output quickstart.html");
  command->callback(
      [arguments, &global, &action] { action = [arguments, &global] { return report(*arguments, global); }; });
}

void add_material_command(CLI::App& app, const GlobalOptions& global, Action& action) {
  auto arguments = std::make_shared<MaterialArguments>();
  CLI::App* command = app.add_subcommand(
      "material", "What a pair of compounds is in the model: mismatch, springs, epsilon, J and k_BT/epsilon");
  command->add_option("MATERIALS", arguments->files, "Material files (YAML); one line each if they are several")
      ->required();
  command
      ->add_option("--temperatures", arguments->temperatures,
                   "At which k_BT is compared with epsilon and J, in K (default: 300,350,400,450,500; of several "
                   "materials 300,450)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("LIST");
  CLI::Option* structures =
      command->add_flag("--structures", arguments->structures,
                        "Of a material with potentials: each compound in rock salt, zinc blende, wurtzite, caesium "
                        "chloride and honeycomb, with elastic constants, transitions and surfaces");
  command
      ->add_option("--pressure", arguments->pressure,
                   "Of --structures: from -100 to 100 GPa (default: 0, with surfaces)")
      ->check(CLI::Range(-100.0, 100.0))
      ->needs(structures)
      ->type_name("GPA");
  command
      ->add_option("--lammps", arguments->lammps,
                   "Of a material with potentials: make this folder with input for LAMMPS")
      ->type_name("OUT");
  const auto format = takes_format(*command);
  command->footer(
      "3D: simple cubic, a site is a cubic cell of edge a with 4 formula units; k = 3aB/5. 2D: triangular, a site is "
      "a\n"
      "formula unit of a (111) plane of spacing a/sqrt(2) and thickness a/sqrt(3); k = 2aB/3. Delta is half the\n"
      "difference of the rest lengths of bonds, epsilon = k Delta^2 / 4: 3aB(a_A-a_B)^2/80 and aB(a_A-a_B)^2/48.\n"
      "a is the mean; of other cells than those of rock salt and zinc blende the edge of a cube with 4 formula units.\n"
      "B is the bulk modulus of the pair, else the mean of both. A mixture of equal parts costs J Z/2 per site.\n"
      "regime: patterns are expected up to k_BT/epsilon = 1.5 in 3D and 0.2 in 2D; border: up to 3 and 0.3.\n"
      "Example:\n  nxmc material campaigns/materials/pbs-cds.yaml");
  command->callback([arguments, format, &global, &action] {
    arguments->format = format_of(*format);
    action = [arguments, &global] { return show_material(*arguments, global); };
  });
}

void add_kinetics_command(CLI::App& app, const GlobalOptions& global, Action& action) {
  auto arguments = std::make_shared<KineticsArguments>();
  CLI::App* command = app.add_subcommand(
      "kinetics",
      "Fit laws of diffusion and reaction to conversion against time: diffusion coefficients, Arrhenius lines");
  command->add_option("FILE", arguments->archive, "Archive (.h5)");
  const auto takes = [&](const char* option, const char* type, const char* meaning) {
    return command->add_option(option, arguments->options[option], meaning)->type_name(type);
  };
  takes("--data", "CSV", "Instead of an archive: a table with columns t, X and perhaps error, temperature");
  takes("--where", "CONDITION", "Only jobs that fulfil a condition");
  takes_one_of(
      command->add_option("--model", arguments->models, "Only these: a,b,c")->delimiter(',')->allow_extra_args(false),
      {"lattice", "shape", "sphere", "shrinking-core", "exponential", "two-exponentials"});
  takes("--range", "RANGE",
        "What is fitted: X=0.2:0.9 or t=300:5000 (default: of an archive from when the surface has changed to X = "
        "0.99, of a table all)");
  takes("--tolerance", "NUMBER",
        "A law holds where it deviates by less in X, or by less than two standard errors (default: 0.02)");
  takes_one_of(takes("--weights", "", "How points count (default: equal; of a table with errors these)"),
               {"equal", "errors"});
  takes("--material", "FILE", "What its crystals are made of (YAML, as of 'material'): its spacing and unit of energy");
  takes("--lattice-constant", "LENGTH", "The lattice spacing of an archive: '5.94 angstrom'");
  takes("--attempt-rate", "RATE", "What its inverse unit of time is: '1e13 Hz', times exp(-barrier/k_BT)");
  takes("--barrier", "ENERGY", "Of that rate: '0.5 eV'");
  takes("--energy", "ENERGY", "What its unit of energy is: '31 meV'");
  takes_one_of(takes("--shape", "", "Of the crystals of a table (default: sphere)"),
               {"sphere", "disc", "cylinder", "slab", "hexagon", "cube", "box"});
  takes("--radius", "LENGTH",
        "How large they are: '3.55 nm'; thickness of a slab, edge of a hexagon or cube; radius and height of a "
        "cylinder, edges of a box: '3 nm,20 nm'");
  takes("--at-once", "X", "Their conversion at the beginning (default: 0)");
  takes("--final", "X", "Their conversion in the end (default: 1)");
  takes_one_of(takes("--temperature-unit", "", "Of temperatures whose header names none (default: K)"), {"K", "C"});
  CLI::Option* arrhenius =
      command->add_flag("--arrhenius", arguments->arrhenius,
                        "Instead: lines through coefficients at several temperatures, with activation energies");
  CLI::Option* residuals =
      command->add_flag("--residuals", arguments->residuals, "Instead: what each law leaves over, a row for each time")
          ->excludes(arrhenius);
  takes("--columns", "COLUMNS", "Only these, in this order: a,b,c");
  takes_one_of(takes("--format", "", "How it is printed (default: table)"), {"table", "csv", "json"});
  takes("--output", "PICTURE", "Instead of rows a picture: PNG, PDF or SVG, as its name ends")
      ->excludes(residuals)
      ->excludes("--columns")
      ->excludes("--format");
  command->footer(
      "One row for each point (all replicas of one combination of parameters) and law. X is the fraction of B.\n"
      "lattice: Fick's law on the crystal's own sites, exact without interaction; shape: in a continuous body of its "
      "shape;\n"
      "sphere: in a sphere, in 2D a disc, of its volume; shrinking-core: R^2/(6D) (1 - 3(1-X)^(2/3) + 2(1-X)), in 2D\n"
      "R^2/(4D) (X + (1-X) ln(1-X)); exponential, two-exponentials: sums of A (1 - exp(-k t)).\n"
      "D in squared spacings over the unit of time, D_cm2_s where both are known; errors from trajectories; rms: of "
      "residuals;\n"
      "delta_aic: how much worse than the best law, errors that belong together counted as such; holds_from, holds_to: "
      "the\n"
      "widest range of X in which the law is within its limits.\n"
      "Example:\n  nxmc kinetics quickstart.h5 --model lattice,sphere");
  command->callback(
      [arguments, &global, &action] { action = [arguments, &global] { return show_kinetics(*arguments, global); }; });
}

void add_kernel_command(CLI::App& app, const GlobalOptions& /*global*/, Action& action) {
  auto arguments = std::make_shared<KernelArguments>();
  CLI::App* command =
      app.add_subcommand("kernel", "Compute an elastic kernel V and write it as HDF5: /position, /layer, /V");
  // Not checked here: the command's own message is the same, and asks for the lattice's sizes with it.
  command->add_option("--lattice", arguments->lattice, "Shape of the crystal")
      ->type_name(fmt::format("{}", fmt::join(kernel_lattice_names(), "|")))
      ->required();
  command->add_option("--size", arguments->size, "Sites along a core edge: 12; box: 10x10x50 or 10,10,50")
      ->type_name("SIZE")
      ->required();
  command->add_option("--shell-layers", arguments->shell_layers, "Layers of shell around the core")
      ->type_name("NUMBER")
      ->capture_default_str();
  command->add_option("--shell-facets", arguments->shell_facets, "Sides that the shell covers: +z,-z; otherwise all")
      ->type_name("NAMES");
  command->add_option("--shell-stiffness", arguments->shell_stiffness, "K_shell / K")
      ->type_name("NUMBER")
      ->capture_default_str();
  command->add_flag("--unprojected", arguments->unprojected, "Write 4S - C'D+C itself, not projected on zero mean");
  command->add_option("--output", arguments->output, "File to write; must not exist")->type_name("OUT")->required();
  command->footer(
      "Example:\n  nxmc kernel --lattice hexagon --size 12 --shell-layers 1 --shell-stiffness 10 --output V.h5");
  command->callback([arguments, &action] { action = [arguments] { return write_kernel(*arguments); }; });
}

void add_verify_command(CLI::App& app, const GlobalOptions& /*global*/, Action& action) {
  auto file = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("verify", "Check every checksum of an archive; says what is damaged and what run will redo");
  command->add_option("FILE", *file, "Archive (.h5)")->required();
  command->footer("Example:\n  nxmc verify quickstart.h5");
  command->callback([file, &action] { action = [file] { return verify_archive(*file); }; });
}

void add_export_command(CLI::App& app, const GlobalOptions& global, Action& action) {
  auto arguments = std::make_shared<ExportArguments>();
  const auto format = std::make_shared<std::string>("xyz");  // the only one so far; scripts may name it
  CLI::App* command = app.add_subcommand("export", "Write configurations of a job for OVITO, VMD or ASE");
  command->add_option("FILE", arguments->archive, "Archive (.h5)")->required();
  command->add_option("--job", arguments->job, "The job, as in the first column of query; its first digits suffice")
      ->type_name("ID")
      ->required();
  command->add_flag("--samples", arguments->samples,
                    "What an equilibrium chain kept for averages, instead of the snapshots that its scan asks for");
  takes_one_of(command->add_option("--format", *format,
                                   "xyz: extended XYZ; columns species, pos, displacement, layer (1 = surface), phase "
                                   "(2 U1, 1 S1, 0 none, -1 S2, -2 U2)"),
               {"xyz"});
  command
      ->add_option("--species", arguments->species,
                   "Elements that A and B are called, since readers know no other species (default: Pb,Cd)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("A,B");
  takes_one_of(command->add_option(
                   "--positions", arguments->positions,
                   "Of the lattice (default), or relaxed: displaced as far as the mismatch of A and B does, Eq. 5"),
               {"lattice", "relaxed"});
  command
      ->add_option("--mismatch", arguments->mismatch,
                   "With --positions relaxed: l_AA - l_AB in lattice spacings (default: 0.1, as in the papers)")
      ->type_name("NUMBER");
  command->add_option("--output", arguments->output, "File to write (default: standard output)")->type_name("OUT");
  command->footer(
      "Example:\n  nxmc export quickstart.h5 --job 3f2a --species Cd,Hg --positions relaxed --output relaxed.xyz");
  command->callback([arguments, format, &global, &action] {
    action = [arguments, &global] { return export_snapshots(*arguments, global); };
  });
}

void add_repack_command(CLI::App& app, const GlobalOptions& /*global*/, Action& action) {
  auto arguments = std::make_shared<RepackArguments>();
  CLI::App* command = app.add_subcommand("repack", "Write a compressed copy of an archive for keeping (read-only)");
  command->add_option("FILE", arguments->from, "Archive (.h5)")->required();
  command->add_option("OUT", arguments->to, "The copy; must not exist")->required();
  command->footer("Example:\n  nxmc repack quickstart.h5 quickstart-kept.h5");
  command->callback([arguments, &action] { action = [arguments] { return repack(*arguments); }; });
}

void add_prune_command(CLI::App& app, const GlobalOptions& global, Action& action) {
  auto arguments = std::make_shared<PruneArguments>();
  CLI::App* command =
      app.add_subcommand("prune", "Write a copy of an archive without the jobs that are not wanted any more");
  command->add_option("FILE", arguments->from, "Archive (.h5); it stays as it is")->required();
  command->add_option("OUT", arguments->to, "The new archive, with which a campaign can go on; must not exist")
      ->required();
  command
      ->add_option("--where", arguments->where,
                   "The jobs that go: a condition as in 'query --where'. A job of several scans is asked for each of "
                   "them, and goes with the last one")
      ->type_name("CONDITION")
      ->required();
  command->footer("Example:\n  nxmc prune quickstart.h5 rest.h5 --where 'scan == kinetics or shell_stiffness > 9'");
  command->callback(
      [arguments, &global, &action] { action = [arguments, &global] { return prune(*arguments, global); }; });
}

void add_merge_command(CLI::App& app, const GlobalOptions& global, Action& action) {
  auto arguments = std::make_shared<MergeArguments>();
  CLI::App* command = app.add_subcommand(
      "merge", "Join archives of one campaign that were computed apart; results that several have must be the same");
  command
      ->add_option("FILES", arguments->files,
                   "Archives (.h5) of the same name and seed, which stay as they are, then the new one; that must not "
                   "exist")
      ->required();
  command->footer("Example:\n  nxmc merge monday.h5 tuesday.h5 both.h5");
  command->callback(
      [arguments, &global, &action] { action = [arguments, &global] { return merge(*arguments, global); }; });
}

}  // namespace

std::span<const ExitCodeMeaning> exit_codes() { return meanings_of_exit_codes; }

void describe_commands(CLI::App& app, GlobalOptions& global, Action& action, const std::string& version) {
  app.name("nxmc");
  app.description(overview);
  app.set_version_flag("--version", version, "Print version, git hash and libraries");
  app.footer(fmt::format("{} {}", first_steps, list_of_exit_codes()));
  app.require_subcommand(1);
  app.fallthrough();
  app.get_formatter()->label("SUBCOMMAND", "COMMAND");
  takes_one_of(app.add_option("--log-level", global.log_level, "How much is told on stderr (default: info)"),
               {"trace", "debug", "info", "warn", "error", "off"});
  for (const auto add : {add_run_command, add_submit_command, add_plan_command, add_status_command, add_query_command,
                         add_reweight_command, add_diagram_command, add_diffraction_command, add_report_command,
                         add_material_command, add_kinetics_command, add_kernel_command, add_verify_command,
                         add_export_command, add_repack_command, add_prune_command, add_merge_command}) {
    add(app, global, action);
  }
  for (CLI::App* command : app.get_subcommands({})) {
    command->group("Commands");
    refuse_empty_values(*command);
    leave_types_of_positionals_out(*command);
  }
}

}  // namespace nxmc
