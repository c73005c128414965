// The campaign whose ranks and hosts fall silent.
#pragma once

namespace nxmc::testing_tools {

// Results that travel with messages, checkpoints, and a kernel.
inline constexpr const char* campaign = R"(
name: silence
seed: 8
scans:
  - {name: chains, method: equilibrium, lattice: hexagon, size: 5, shell_layers: 1, shell_stiffness: [6, 12], temperature: 0.2,
     equilibration_sweeps: 1000, measured_sweeps: 50000}
  - {name: trajectories, method: exchange, lattice: hexagon, size: 6, temperature: 0.2, delta_mu: -20, replicas: 20,
     times: {from: 1e-3, to: 10, points: 9, scale: log}}
)";

}  // namespace nxmc::testing_tools
