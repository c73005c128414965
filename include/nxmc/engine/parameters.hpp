// What defines a chain: its physics, and apart from that what is observed of it and for how long.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "nxmc/engine/rate_rule.hpp"
#include "nxmc/engine/stages.hpp"
#include "nxmc/lattice/lattice.hpp"
#include "nxmc/model/hamiltonian.hpp"
#include "nxmc/observe/order_parameter.hpp"
#include "nxmc/random/stream.hpp"

namespace nxmc {

/// Raised whenever a change of the program changes results of a job.
///   3: exchange without elastic part adds its rates up in another order
///   4: sites in columns of 3D crystals do not count as f_0; f_S, f_C and its parts are measured
inline constexpr int numerics_version = 4;

enum class Method : std::uint8_t { equilibrium, exchange };
/// Equilibrium chains keep the composition of the core (canonical), or exchange its atoms one by one with a reservoir
/// at delta_mu (semi-grand).
enum class Ensemble : std::uint8_t { canonical, semigrand };
/// Equilibrium chains start from a random core, or with all A of the core on one side along its longest axis
/// (segregated); semi-grand ones also from a core of A or of B alone.
enum class Start : std::uint8_t { random, segregated, all_a, all_b };

/// Attempt rates k0 of flips on the boundary and of swaps, in inverse units of time.
struct Rates {
  double exchange = 1;
  double diffusion = 1;
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the 0 that results are compared with for a pointer
  friend auto operator<=>(const Rates&, const Rates&) = default;
};

/// Of an order parameter: a chain visits all values in it alike, with weights that it learns while it equilibrates.
struct Window {
  OrderParameter along = OrderParameter::f_U;  ///< f_U, or c where it fluctuates
  double from = 0;
  double to = 1;
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the 0 that results are compared with for a pointer
  friend auto operator<=>(const Window&, const Window&) = default;
};

/// Physical parameters: with campaign seed and replica they fix the trajectory to the bit.
struct Physics {
  Method method = Method::exchange;
  LatticeSpec lattice;
  double shell_stiffness = 1;  ///< K_shell / K
  double temperature = 1;      ///< k_BT in the energy unit
  double delta_mu = 0;         ///< exchange and semi-grand equilibrium; in the energy unit
  /// Canonical equilibrium: fraction of A in the core, A sites = floor(c N_core). Semi-grand: that of random and
  /// segregated starts.
  double composition = 0.5;
  Start start = Start::random;              ///< equilibrium only
  Ensemble ensemble = Ensemble::canonical;  ///< equilibrium only
  Interaction interaction;
  Hamiltonian hamiltonian = Hamiltonian::exact;
  Rates rates;                                                      ///< exchange only
  double exchange_until = std::numeric_limits<double>::infinity();  ///< exchange only; afterwards only diffusion
  RateRule rate_rule;                                               ///< exchange only
  StageList stages;  ///< exchange only; empty: what is constant is so for ever, but for `exchange_until`
  /// Equilibrium only: sweeps between attempts to exchange configurations with the neighbours on a ladder; 0 without.
  std::uint64_t exchange_every = 0;
  Identity ladder;               ///< names all of its rungs, and how often they exchange
  std::optional<Window> window;  ///< equilibrium only; nothing: the chain follows its state's own distribution
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the 0 that results are compared with for a pointer
  friend auto operator<=>(const Physics&, const Physics&) = default;
};

/// Which configurations of an equilibrium chain are kept as samples; see sampling.hpp.
struct Sampling {
  std::uint64_t every = 0;       ///< measured sweeps between them; 0: as often as the chain is expected to change
  std::uint64_t at_most = 1000;  ///< where there would be more, they are farther apart; 0: none
  friend bool operator==(const Sampling&, const Sampling&) = default;
};

/// What is observed, and how long a chain is. All lists ascend strictly.
struct Schedule {
  // exchange
  std::vector<double> times;  ///< observation times
  std::vector<double> snapshot_times;
  std::uint64_t max_events = std::numeric_limits<std::uint64_t>::max();  ///< the job ends as truncated
  // equilibrium; a sweep is N_core attempts
  std::uint64_t equilibration_sweeps = 0;
  std::uint64_t measured_sweeps = 0;
  std::uint64_t phases_every = 1;              ///< sweeps between measurements of phases, energy and profile
  std::uint64_t areas_every = 0;               ///< sweeps between measurements of areas; 0 = never
  std::vector<std::uint64_t> snapshot_sweeps;  ///< counted from the start of equilibration; 0 = the start
  Sampling samples;
  // exchange: what is measured at each observation time beside c; the rest of the columns is NaN
  bool phases = true;
  bool areas = true;
  bool profile = true;
  bool energy = true;
  friend bool operator==(const Schedule&, const Schedule&) = default;
};

/// True where the composition of the core fluctuates.
inline bool is_semigrand(const Physics& physics) {
  return physics.method == Method::equilibrium && physics.ensemble == Ensemble::semigrand;
}

/// The stages of an exchange job, one where nothing changes.
std::vector<ExchangeStage> stages_of(const Physics& physics);

/// What holds in a stage of a job; whether ions are exchanged the stage alone says.
Physics physics_in(const ExchangeStage& stage, const Physics& job);

/// True when the job needs an elastic kernel.
inline bool is_elastic(const Physics& physics) { return physics.interaction.elastic != 0; }

/// The numerics version that states of such a job's chain are marked with: the first one whose states go on to the bit.
int numerics_of_state(const Physics& physics);

}  // namespace nxmc
