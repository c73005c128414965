#include "campaign.hpp"

#include <regex>

#include "work.hpp"

namespace nxmc::testing_tools {

std::string disturbed_campaign(const CampaignSize& size) {
  const std::string replicas = std::to_string(work(static_cast<std::uint64_t>(size.replicas)));
  std::string stiffness = "6";
  for (int chain = 1; chain < size.chains; ++chain) stiffness += ", " + std::to_string(6 + 2 * chain);
  const std::string until =
      size.until
          ? "  - {name: until, method: equilibrium, lattice: hexagon, size: 5, shell_layers: 1, shell_stiffness: [2, "
            "3, 5], temperature: 0.2, start: [random, segregated], replicas: 2, equilibration_sweeps: 200, "
            "measured_sweeps: 500, until: {f_U: 0.008, at_most: 8000}}\n"
          : "";
  const std::string refine =
      size.refine
          ? "  - {name: refine, method: equilibrium, lattice: hexagon, size: 6, shell_layers: 1, shell_stiffness: [1, "
            "7], temperature: 0.2, start: [random, segregated], equilibration_sweeps: 500, measured_sweeps: 2000, "
            "refine: {along: shell_stiffness, tolerance: 0.15, at_most: 6}}\n"
          : "";
  const std::string ladder =
      size.ladder
          ? "  - {name: ladder, method: equilibrium, lattice: hexagon, size: 6, shell_layers: 1, shell_stiffness: [2, "
            "3, "
            "4, 6], temperature: 0.3, start: [random, segregated], equilibration_sweeps: 1000, measured_sweeps: " +
                std::to_string(size.measured_sweeps / 6) +
                ", measure_every: {areas: 0}, ladder: {along: shell_stiffness, exchange_every: 20}}\n"
          : "";
  return with_share_of_work(R"(name: disturbed
seed: 11
scans:
  - {name: shells, method: equilibrium, lattice: hexagon, size: 4, shell_layers: 1, shell_stiffness: [2, 6, 10], temperature: 0.2,
     start: [random, segregated], equilibration_sweeps: 100, measured_sweeps: 400, measure_every: {phases: 1, areas: 20},
     snapshots: {sweeps: [0, 250, 500]}, replicas: )" +
                            replicas + R"(}
  - {name: cube, method: equilibrium, lattice: cube, size: 3, shell_layers: 1, shell_stiffness: 4, temperature: 1.5,
     equilibration_sweeps: 50, measured_sweeps: 200, replicas: )" +
                            replicas + R"(}
  - {name: exchange, method: exchange, lattice: hexagon, size: 5, interaction: [elastic, ising, none], temperature: [0.2, 2, 1],
     delta_mu: [-20, -20, -10], zip: [interaction, temperature, delta_mu], times: {from: 1e-3, to: 10, points: 9, scale: log},
     snapshots: {times: [0.1, 1]}, replicas: )" +
                            replicas + R"(}
  - {name: stages, method: exchange, lattice: hexagon, size: 5, temperature: 0.2, delta_mu: -20, times: [0.1, 1, 3], observe: [phases, areas],
     rates: {rule: heat_bath}, stages: [{until: 0.5}, {until: 2, delta_mu: 20, temperature: 0.4}, {exchange: off}], replicas: 2}
  - {name: published, method: exchange, lattice: hexagon, size: 5, hamiltonian: published, temperature: 0.2, delta_mu: -20,
     times: [0.1, 1], replicas: )" +
                            replicas + R"(}
  - {name: rod, method: exchange, lattice: box, size: [[3, 3, 5]], temperature: 1.5, delta_mu: -200,
     times: {from: 1e-20, to: 1, points: 5, scale: log}, replicas: )" +
                            replicas + R"(}
  - {name: large, method: exchange, lattice: hexagon, size: 34, interaction: none, temperature: 1, delta_mu: -10, times: [0.5],
     snapshots: {times: {from: 0.0125, to: 1, points: 80, scale: linear}}, replicas: 8}
  - {name: chains, method: equilibrium, lattice: hexagon, size: 8, shell_layers: 1, temperature: 0.2, equilibration_sweeps: 10000,
     measure_every: {phases: 10, areas: 1000}, snapshots: {sweeps: [0, 1000, 5000]}, shell_stiffness: [)" +
                            stiffness + "], measured_sweeps: " + std::to_string(size.measured_sweeps) + "}\n" + until +
                            refine + ladder);
}

std::uint64_t reported_done(const std::string& log) {
  static const std::regex sentences(
      R"((\d+)/\d+ jobs \(|(\d+) of \d+ jobs are done and safe|all (\d+) jobs are done|\d+ jobs, (\d+) of them done)");
  std::uint64_t most = 0;
  for (auto found = std::sregex_iterator(log.begin(), log.end(), sentences); found != std::sregex_iterator(); ++found) {
    for (std::size_t group = 1; group < found->size(); ++group) {
      if ((*found)[group].matched) most = std::max<std::uint64_t>(most, std::stoull((*found)[group].str()));
    }
  }
  return most;
}

}  // namespace nxmc::testing_tools
