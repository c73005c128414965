// What each command does once its arguments are known. Results go to stdout; errors are thrown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/query/print.hpp"
#include "nxmc/query/query.hpp"
#include "nxmc/run/run.hpp"

namespace nxmc {

/// A command line that asks for something impossible: exit code 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct GlobalOptions {
  std::string log_level = "info";
};

/// A message on stderr unless the log level is above warnings.
void warn(const GlobalOptions& global, const std::string& message);
/// A message on stderr unless the log level is above informations.
void hint(const GlobalOptions& global, const std::string& message);

/// Opens an archive for reading, and says on stderr what other programs did to the file.
Archive open_archive(const std::filesystem::path& file, const GlobalOptions& global);

struct RunArguments {
  std::string campaign;
  std::string archive;           ///< empty: the campaign's stem with .h5, in the current directory
  std::string time_limit;        ///< empty: none
  std::string memory;            ///< empty: as `run` decides
  std::string checkpoint_every;  ///< empty: as `run` decides
  std::string redo;              ///< condition; empty: nothing
  bool retry_failed = false;
  bool allow_removed = false;
};
ExitCode run(const RunArguments& arguments, const GlobalOptions& global);

struct SubmitArguments {
  std::string campaign;
  std::string archive;                      ///< empty: as for `run`
  std::size_t nodes = 0;                    ///< 0: as it suits the campaign
  std::size_t ranks_per_node = 0;           ///< 0: one for each core
  std::string time;                         ///< empty: as it suits the campaign
  std::string partition;                    ///< empty: Slurm's default
  std::string account;                      ///< empty: Slurm's default
  bool ask_for_memory = true;               ///< some sites forbid it
  std::vector<std::string> sbatch_options;  ///< further ones, passed on as they are
  bool dry_run = false;
};
ExitCode submit(const SubmitArguments& arguments, const GlobalOptions& global);

struct PlanArguments {
  std::string campaign;  ///< empty: none, when only the keys are asked for
  std::vector<std::string> ranks;
  std::filesystem::path archive;   ///< only what is left there; empty: the whole campaign
  std::filesystem::path measured;  ///< archive whose computing times replace predicted ones; empty: none
  int ranks_per_node = 0;          ///< 0: one for each processor of this machine
  std::string memory;              ///< empty: as `run` decides
  bool json = false;
  bool describe = false;  ///< the keys of a campaign instead of a plan
};
ExitCode show_plan(const PlanArguments& arguments, const GlobalOptions& global);

struct StatusArguments {
  std::string archive;
  bool json = false;
  bool watch = false;  ///< until the campaign is done
  std::string every;   ///< duration between looks; empty: 2 s, of pages 1 min
  std::string page;    ///< written instead; empty: none
};
ExitCode show_status(const StatusArguments& arguments, const GlobalOptions& global);

struct QueryArguments {
  std::string archive;  ///< empty: none, when only the columns are asked for
  Query query;
  TableFormat format = TableFormat::table;
  bool describe = false;  ///< the columns instead of the rows
  bool ladders = false;   ///< exchanges between rungs instead of jobs
  bool physical = false;  ///< in K, eV, nm and s
};
ExitCode show_query(const QueryArguments& arguments, const GlobalOptions& global);

struct KernelArguments {
  std::string lattice;
  std::string size;  ///< "12" or "10,10,50"
  int shell_layers = 0;
  std::string shell_facets;  ///< separated by commas; empty: all
  double shell_stiffness = 1;
  bool unprojected = false;
  std::string output;
};
ExitCode write_kernel(const KernelArguments& arguments);
/// What --lattice takes.
std::vector<std::string> kernel_lattice_names();

ExitCode verify_archive(const std::string& file);

struct ExportArguments {
  std::string archive;
  std::string job;
  bool samples = false;                          ///< instead of snapshots
  std::vector<std::string> species{"Pb", "Cd"};  ///< what A and B are called
  std::string positions = "lattice";             ///< or "relaxed"
  double mismatch = 0.1;                         ///< Delta in lattice spacings; of relaxed positions
  std::string output;                            ///< empty: standard output
};
ExitCode export_snapshots(const ExportArguments& arguments, const GlobalOptions& global);

struct DiffractionArguments {
  std::string archive;  ///< empty: `xyz`, or a sphere
  std::string xyz;      ///< empty: none
  bool core_shell = false;
  std::string material;  ///< empty: none, which only `xyz` allows
  // of an archive
  std::string job;    ///< empty: all that fulfil `where`
  std::string where;  ///< condition; empty: all
  bool samples = false;
  std::vector<double> times;                ///< empty: all
  std::string average = "replicas";         ///< or "all" (also times), "none"
  std::string positions = "relaxed";        ///< or "lattice"
  std::optional<double> scale{};            ///< of `xyz`: angstrom in its unit of length
  std::string radius;                       ///< of spheres, angstrom or with a unit
  std::vector<double> shell_fractions{};    ///< of their volume
  std::string shell_structure;              ///< empty: that of B
  double wavelength = 1.5406;               ///< angstrom
  std::string correction = "none";          ///< or "polarisation", "lorentz-polarisation"
  bool anomalous = false;                   ///< f' and f''
  std::vector<std::string> debye_waller{};  ///< B, or Pb=B
  std::string q = "1:6:0.005";              ///< from:to:step, 1/angstrom
  std::string r = "0:40:0.02";              ///< from:to:step, angstrom
  std::string window = "lorch";             ///< or "none"
  std::string show;                         ///< empty: peaks where there is a material, else the pattern
  std::vector<std::string> columns;
  TableFormat format = TableFormat::table;
  std::string output;  ///< empty: rows on standard output
};
ExitCode show_diffraction(const DiffractionArguments& arguments, const GlobalOptions& global);

struct DiagramArguments {
  std::string archive;
  std::string along = "shell_stiffness";
  std::string where;            ///< condition on the chains whose samples count; empty: all
  std::string of;               ///< order parameter; empty: by the dimension of each crystal
  std::optional<double> split;  ///< of it, at which the sides are told apart
  std::string map;              ///< two parameters; empty: transitions along one
  bool boundaries = false;      ///< of that map, instead of its points
  bool compare_sizes = false;   ///< instead of each alone
  bool histogram = false;       ///< of the order parameter at each transition, instead of its numbers
  std::string output;           ///< a picture of it, instead of the rows; empty: the rows
  std::vector<std::string> columns;
  TableFormat format = TableFormat::table;
};
ExitCode show_diagram(const DiagramArguments& arguments, const GlobalOptions& global);
/// \pre arguments.along is an axis of equilibrium without transitions
ExitCode show_steps(const Archive& archive, const DiagramArguments& arguments, const GlobalOptions& global);
/// \pre arguments.map is not empty
ExitCode show_map(const Archive& archive, const DiagramArguments& arguments, const GlobalOptions& global);

struct MaterialArguments {
  std::vector<std::string> files;
  std::vector<std::string> temperatures;  ///< K; empty: 300 to 500
  bool structures = false;                ///< what the potentials tell, structure by structure
  double pressure = 0;                    ///< GPa, of these structures
  std::string lammps;                     ///< a folder to be made for LAMMPS; empty: none
  TableFormat format = TableFormat::table;
};
ExitCode show_material(const MaterialArguments& arguments, const GlobalOptions& global);

struct ReportArguments {
  std::vector<std::string> archives;
  std::string output;  ///< a page
};
ExitCode report(const ReportArguments& arguments, const GlobalOptions& global);

struct KineticsArguments {
  std::string archive;                         ///< empty: conversions are those of --data
  std::map<std::string, std::string> options;  ///< of kinetics.py; empty ones are not given
  std::vector<std::string> models;             ///< empty: all
  bool arrhenius = false;                      ///< lines along the temperature, instead of fits
  bool residuals = false;                      ///< of each time, instead of fits
};
ExitCode show_kinetics(const KineticsArguments& arguments, const GlobalOptions& global);

struct ReweightArguments {
  std::string archive;
  std::string at;     ///< as parse_targets understands it
  std::string where;  ///< condition on the chains whose samples count; empty: all
  std::vector<std::string> columns;
  TableFormat format = TableFormat::table;
};
ExitCode reweight(const ReweightArguments& arguments, const GlobalOptions& global);

struct RepackArguments {
  std::string from;
  std::string to;
};
ExitCode repack(const RepackArguments& arguments);

struct PruneArguments {
  std::string from;
  std::string to;
  std::string where;  ///< condition: what goes
};
ExitCode prune(const PruneArguments& arguments, const GlobalOptions& global);

struct MergeArguments {
  std::vector<std::string> files;  ///< the last one is the new archive
};
ExitCode merge(const MergeArguments& arguments, const GlobalOptions& global);

/// What is said of jobs that went into a new archive without their results.
std::string words_for_damaged(std::uint64_t jobs);

}  // namespace nxmc
