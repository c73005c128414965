// Replica exchange: equilibrium chains of one core at a row of states, its rungs, which exchange configurations. What
// is stuck at one rung wanders to others, forgets there, and comes back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "nxmc/engine/equilibrium.hpp"
#include "nxmc/engine/ladder_journal.hpp"
#include "nxmc/engine/ladder_share.hpp"
#include "nxmc/engine/record.hpp"
#include "nxmc/engine/replica_exchange.hpp"
#include "nxmc/random/stream.hpp"

namespace nxmc {

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

/// After every `exchange_every` sweeps neighbours try to exchange (partner_of). Configurations x at rung i and y at j
/// are exchanged with probability
///   min(1, exp(-[u_i(y) + u_j(x) - u_i(x) - u_j(y)])), u = E / k_BT,
/// so that at every rung the equilibrium of its own state stays. The bits depend neither on how `advance` is called nor
/// on who has moved the rungs (SharedStretch).
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
  const Traffic& traffic() const { return journal_.traffic(); }
  /// What was measured at a rung. \pre finished() \throws as EquilibriumChain
  Record record(std::size_t rung) const;

  std::vector<std::byte> save() const;
  /// \throws std::runtime_error if the bytes are not a state of a ladder with these parameters; it cannot go on then
  void load(std::span<const std::byte> state);
  /// Goes on where a ladder ended that measured for fewer sweeps, and ends as if it had been one. \param ends  [rung]
  /// \throws std::runtime_error if that ladder differed in anything else; it cannot go on then
  void continue_from(std::span<const RungEnd> ends);

  /// From where it is until after so many exchanges, or to its end.
  LadderStretch next_stretch(std::uint64_t exchanges) const;
  const Stream& stream() const { return stream_; }
  /// To be moved along a stretch, and all of them to its end or back.
  EquilibriumChain& chain(std::size_t rung) { return chains_[rung]; }
  /// Notes what its chains have met along a stretch, at the end of which they are. \param logs  [rung]
  void follow(const LadderStretch& stretch, std::span<const RungLog> logs);

 private:
  std::uint64_t measured(std::uint64_t sweeps) const;
  void exchange();
  bool try_to_exchange(std::size_t rung);
  std::vector<std::uint64_t> heading(std::uint64_t magic) const;
  void check() const;

  std::uint64_t equilibration_sweeps_;
  std::uint64_t exchange_every_;
  std::uint64_t first_word_;                 // of the stream, which it is known by
  std::vector<std::uint64_t> sample_every_;  // [rung]
  std::vector<EquilibriumChain> chains_;     // [rung]
  LadderJournal journal_;
  Stream stream_;
  ExchangeWords words_;
  std::vector<std::uint8_t> accepted_;  // workspace: [rung] whether it exchanges with the next one
};

}  // namespace nxmc
