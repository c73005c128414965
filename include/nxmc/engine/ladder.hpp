// Replica exchange: equilibrium chains of one core at a row of states, its rungs, which exchange configurations. What
// is stuck at one rung wanders to others, forgets there, and comes back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "nxmc/engine/equilibrium.hpp"
#include "nxmc/engine/record.hpp"
#include "nxmc/random/stream.hpp"

namespace nxmc {

/// Of a configuration on a ladder: the rung at which it began.
using ConfigurationNumber = std::uint16_t;

/// A state at which a chain stays while configurations pass.
struct Rung {
  Crystal crystal;    ///< of the same lattice for all; the kernel is its own
  Physics physics;    ///< of the same composition and `exchange_every` for all
  Schedule schedule;  ///< of the same number of sweeps for all
  Stream stream;      ///< of its chain
};

/// What a rung of a shorter ladder has left behind.
struct RungEnd {
  std::span<const std::uint8_t> final_state;  ///< Record::final_state
  KeptSamples samples;
};

/// Which configuration each sample of a rung is. \param final_state  Record::final_state of a rung with so many samples
/// \throws std::runtime_error if it is none
std::vector<ConfigurationNumber> configurations_of_samples(std::span<const std::uint8_t> final_state,
                                                           std::size_t samples);

/// Between a rung and the next one.
struct Exchanges {
  std::uint64_t attempts = 0;
  std::uint64_t accepted = 0;
};

/// Configurations on their way, while sweeps are measured.
struct Traffic {
  std::vector<Exchanges> between;  ///< [rung] that one and the next; one less than rungs
  /// From the first rung to the last and back, over all configurations, those that have changed meanwhile, at the ends,
  /// by as many moves as the core has sites: so often has something been forgotten.
  std::uint64_t round_trips = 0;
};

/// After every `exchange_every` sweeps all pairs of neighbours that begin at an even rung try to exchange, then those
/// at an odd one, in turn (non-reversible: Okabe et al., Chem. Phys. Lett. 335, 435 (2001); Syed et al., JRSS B 84, 321
/// (2022)). Configurations x at rung i and y at j are exchanged with probability
///   min(1, exp(-[u_i(y) + u_j(x) - u_i(x) - u_j(y)])), u = E / k_BT,
/// so that at every rung the equilibrium of its own state stays. The bits do not depend on how `advance` is called.
class Ladder {
 public:
  /// \param exchanges  decides which are accepted \pre two rungs or more, exchange_every > 0
  Ladder(std::span<const Rung> rungs, const Stream& exchanges);

  /// Does up to `sweeps` sweeps at each rung and returns how many. advance(a) then advance(b) is advance(a + b).
  std::uint64_t advance(std::uint64_t sweeps);
  bool finished() const;
  std::uint64_t sweeps() const;
  std::size_t rungs() const { return chains_.size(); }
  const Occupation& sigma(std::size_t rung) const { return chains_[rung].sigma(); }
  const Traffic& traffic() const { return traffic_; }
  /// What was measured at a rung. \pre finished() \throws as EquilibriumChain
  Record record(std::size_t rung) const;

  std::vector<std::byte> save() const;
  /// \throws std::runtime_error if the bytes are not a state of a ladder with these parameters; it cannot go on then
  void load(std::span<const std::byte> state);
  /// Goes on where a ladder ended that measured for fewer sweeps, and ends as if it had been one. \param ends  [rung]
  /// \throws std::runtime_error if that ladder differed in anything else; it cannot go on then
  void continue_from(std::span<const RungEnd> ends);

 private:
  /// Which end of the ladder a configuration was at last, and whether it had been at the other one before.
  enum class Way : std::uint8_t { unknown, from_first, to_first };

  void note_samples(std::uint64_t sweeps_before);
  std::uint64_t measured(std::uint64_t sweeps) const;
  void exchange();
  bool try_to_exchange(std::size_t rung);
  void note_changes();
  void note_ends();
  std::vector<std::uint64_t> heading() const;
  std::uint64_t words_of_exchanges(std::uint64_t exchanges) const;
  void check_arrangement() const;

  std::uint64_t equilibration_sweeps_;
  std::uint64_t exchange_every_;
  std::uint64_t first_word_;                               // of the stream, which it is known by
  std::vector<std::uint64_t> sample_every_;                // [rung]
  std::vector<std::vector<ConfigurationNumber>> sampled_;  // [rung][sample] which configuration it is
  std::vector<EquilibriumChain> chains_;                   // [rung]
  std::vector<std::uint32_t> configuration_;               // [rung] which one is there
  std::vector<Way> ways_;                                  // [configuration]
  std::vector<std::uint64_t> changes_;      // [configuration] moves at the ends since its last round trip
  std::vector<std::uint64_t> moves_noted_;  // [rung] accepted ones that are among them
  std::size_t core_sites_;
  Stream stream_;
  std::uint64_t exchanged_ = 0;  // how often
  Traffic traffic_;
};

}  // namespace nxmc
