#include "nxmc/material/lammps_input.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <xraylib.h>

#include <Eigen/Geometry>
#include <cassert>
#include <cmath>

#include "nxmc/statics/relaxed_structure.hpp"
#include "pseudoligand_solution.hpp"

namespace nxmc {
namespace {

using statics::Ions;
using statics::PairPotentials;

constexpr double pseudoligand_mass = 500;  // g/mol: Fan et al., Supplementary Discussion

double mass_of(const std::string& species) {
  return species == pseudoligand ? pseudoligand_mass
                                 : AtomicWeight(SymbolToAtomicNumber(species.c_str(), nullptr), nullptr);
}

/// LAMMPS has the first edge along x and the second in the plane of x and y.
Ions turned_for_lammps(const Ions& ions) {
  Eigen::Matrix3d axes;
  axes.col(0) = ions.edges.col(0).normalized();
  axes.col(2) = ions.edges.col(0).cross(ions.edges.col(1)).normalized();
  axes.col(1) = axes.col(2).cross(axes.col(0));
  Ions turned = ions;
  turned.edges = axes.transpose() * ions.edges;
  turned.positions = axes.transpose() * ions.positions;
  return turned;
}

std::string data_file(const PairPotentials& potentials, const Ions& ions, const std::string& title) {
  const Ions turned = turned_for_lammps(ions);
  const auto& edges = turned.edges;
  std::string text = fmt::format("{} (units metal, atom_style charge)\n\n{} atoms\n{} atom types\n\n", title,
                                 turned.count(), potentials.species.size());
  for (int k = 0; k < 3; ++k) {
    const char axis = "xyz"[k];
    text += fmt::format("0 {:.12g} {}lo {}hi\n", edges(k, k), axis, axis);
  }
  constexpr double straight = 1e-9;
  if (std::abs(edges(0, 1)) + std::abs(edges(0, 2)) + std::abs(edges(1, 2)) > straight)
    text += fmt::format("{:.12g} {:.12g} {:.12g} xy xz yz\n", edges(0, 1), edges(0, 2), edges(1, 2));
  text += "\nMasses\n\n";
  for (std::size_t type = 0; type < potentials.species.size(); ++type)
    text += fmt::format("{} {:.6g} # {}\n", type + 1, mass_of(potentials.species[type]), potentials.species[type]);
  text += "\nAtoms # charge\n\n";
  for (std::size_t i = 0; i < turned.count(); ++i) {
    const auto r = turned.positions.col(static_cast<Eigen::Index>(i));
    text += fmt::format("{} {} {:.12g} {:.12f} {:.12f} {:.12f}\n", i + 1, turned.species[i] + 1,
                        potentials.charges[turned.species[i]], r[0], r[1], r[2]);
  }
  return text;
}

std::string coefficients(const PairPotentials& potentials, std::size_t from_type) {
  std::string text = "#          A (eV)  rho (angstrom)  C (eV angstrom^6)\n";
  for (std::size_t other = from_type; other < potentials.species.size(); ++other)
    for (std::size_t one = 0; one <= other; ++one) {
      const auto& pair = potentials.between(one, other);
      text += fmt::format("pair_coeff {} {} {:.12g} {:.12g} {:.12g} # {}-{}\n", one + 1, other + 1, pair.A, pair.rho,
                          pair.C, potentials.species[one], potentials.species[other]);
    }
  return text;
}

std::string force_field(const Material& material) {
  const PairPotentials& ions = material.potentials->ions;
  return fmt::format(
      "# q q'/r + A exp(-r/rho) - C/r^6, the last two up to {0:.12g} angstrom; types: {1}\n"
      "# {2}\n"
      "pair_style buck/coul/long {0:.12g} {0:.12g}\n"
      "pair_modify shift no tail no\n{3}",
      ions.cutoff, fmt::join(ions.species, ", "),
      material.potentials->source.empty() ? "no source is given" : material.potentials->source, coefficients(ions, 0));
}

constexpr const char* beginning = R"(units metal
atom_style charge
boundary p p p
)";

std::string energy_script() {
  return fmt::format(R"(# Energy of a structure as it stands: lmp -in in.energy -var structure B
variable structure index A
{}read_data ${{structure}}.data
include potentials.lammps
pair_modify table 0
kspace_style ewald 1e-8
thermo_style custom pe press
run 0
print "energy per formula unit: $(2*pe/atoms:%.8f) eV"
)",
                     beginning);
}

std::string relaxation_script() {
  return fmt::format(R"(# Relaxation of cell and ions: lmp -in in.relax -var structure B -var pressure 1e4
variable structure index A
variable pressure index 0   # bar
{}read_data ${{structure}}.data
replicate 2 2 2
include potentials.lammps
pair_modify table 0
kspace_style ewald 1e-7
fix cell all box/relax aniso ${{pressure}} vmax 0.001
thermo_style custom step pe press lx ly lz
thermo 20
# Each minimisation keeps the cell's first volume in its objective: the second one begins at the minimum.
minimize 0 1e-7 500 5000
minimize 0 1e-7 500 5000
print "energy per formula unit: $(2*pe/atoms:%.8f) eV; edges of the cell: $(lx/2:%.5f) $(ly/2:%.5f) $(lz/2:%.5f) angstrom"
)",
                     beginning);
}

std::string dynamics_script() {
  return fmt::format(R"(# Molecular dynamics in the NPT ensemble: lmp -in in.md -var structure B -var temperature 500
# 300 K and no pressure are those of Tables S8 and S9 of Yalcin et al. 2014; time step and damping are not told there.
variable structure index A
variable temperature index 300   # K
variable pressure index 0        # bar
variable edge index 5            # cells along each edge
variable equilibration index 20000
variable steps index 100000
{}read_data ${{structure}}.data
replicate ${{edge}} ${{edge}} ${{edge}}
include potentials.lammps
kspace_style pppm 1e-5
timestep 0.001
velocity all create ${{temperature}} 1 mom yes rot no dist gaussian
fix ensemble all npt temp ${{temperature}} ${{temperature}} 0.1 aniso ${{pressure}} ${{pressure}} 1.0
thermo_style custom step temp pe press lx ly lz
thermo 1000
run ${{equilibration}}
reset_timestep 0
variable x equal lx/v_edge
variable y equal ly/v_edge
variable z equal lz/v_edge
fix mean all ave/time 10 $(floor(v_steps/10)) ${{steps}} v_x v_y v_z file ${{structure}}.edges
compute displacement all msd com yes
thermo_style custom step temp pe press lx ly lz c_displacement[4]
dump positions all custom 1000 ${{structure}}.dump id type x y z
run ${{steps}}
)",
                     beginning);
}

std::string exchange_script(const Solution& solution, const std::string& A, const std::string& B) {
  return fmt::format(
      R"(# Cation exchange of a nanocrystal of {0} with {1} pairs of {2} and pseudoligands around it: Fan et al. 2016.
#   lmp -in in.exchange -var prefer A        pseudoligands prefer the cation of A, of B, or none
# From there: 550 K, no pressure, 100 ns, NPT, pseudoligands of 500 g/mol, four pairs per formula unit of a nanocrystal of 4.7 nm in a box of
# 10 nm. Time step, damping and precision of the long-range sum are not told in its Supplementary Information.
variable prefer index none
variable temperature index 550   # K
variable pressure index 0        # bar
variable relaxation index 500    # steps that part ions which were put too near to each other
variable steps index 100000000
{3}read_data nanocrystal.data
include potentials.lammps
include pseudoligands-${{prefer}}.lammps
kspace_style pppm 1e-4
neigh_modify delay 0 every 5 check yes
thermo_style custom step temp pe press vol
thermo 10000
minimize 0 1e-4 ${{relaxation}} $(10*v_relaxation)
reset_timestep 0
timestep 0.001
velocity all create ${{temperature}} 1 mom yes rot no dist gaussian
fix ensemble all npt temp ${{temperature}} ${{temperature}} 0.1 iso ${{pressure}} ${{pressure}} 1.0
dump positions all custom 2000 exchange.dump id type x y z
run ${{steps}}
)",
      A, solution.pairs, B, beginning);
}

/// Cells that LAMMPS repeats.
Ions cell_of(const statics::RelaxedStructure& crystal) {
  return statics::conventional_cell(crystal.structure, crystal.shape, crystal.primitive.species.front(),
                                    crystal.primitive.species.back());
}

}  // namespace

std::vector<NamedText> lammps_input(const Material& material) {
  assert(material.potentials);
  const PairPotentials& ions = material.potentials->ions;
  std::vector<NamedText> files{{"potentials.lammps", force_field(material)},
                               {"in.energy", energy_script()},
                               {"in.relax", relaxation_script()},
                               {"in.md", dynamics_script()}};
  std::vector<statics::RelaxedStructure> crystals;
  for (const auto& [name, compound] : {std::pair("A", &material.A), std::pair("B", &material.B)}) {
    crystals.push_back(statics::relaxed(ions, ions_of(material, *compound), compound->structure));
    files.push_back(
        {fmt::format("{}.data", name), data_file(ions, cell_of(crystals.back()),
                                                 fmt::format("{}, {}, {:.8f} eV per formula unit", compound->name,
                                                             file_word(compound->structure), crystals.back().energy))});
  }
  if (material.A.anion != material.B.anion || material.A.cation == material.B.cation) return files;
  const statics::Pairing A = ions_of(material, material.A);
  const statics::Pairing B = ions_of(material, material.B);
  for (const auto& [name, preferred] :
       {std::pair("none", Preferred::none), std::pair("A", Preferred::A), std::pair("B", Preferred::B)}) {
    const PairPotentials with = with_pseudoligands(ions, A, B, preferred);
    files.push_back(
        {fmt::format("pseudoligands-{}.lammps", name),
         fmt::format(
             "# Pseudoligands ({}, charge {:.12g} e), which prefer {}: Fan et al. 2016, Supplementary Table 1; there "
             "the anion is S\n{}",
             pseudoligand, with.charges.back(),
             preferred == Preferred::none ? "no cation"
             : preferred == Preferred::A  ? material.A.cation
                                          : material.B.cation,
             coefficients(with, ions.species.size()))});
  }
  const Solution solution = nanocrystal_in_solution(cell_of(crystals.front()), A, B, ions.species.size());
  files.push_back({"nanocrystal.data", data_file(with_pseudoligands(ions, A, B, Preferred::none), solution.ions,
                                                 fmt::format("{} formula units of {} in a solution",
                                                             solution.formula_units, material.A.name))});
  files.push_back({"in.exchange", exchange_script(solution, material.A.name, material.B.cation)});
  return files;
}

}  // namespace nxmc
