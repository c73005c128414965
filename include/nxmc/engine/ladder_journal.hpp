// What is remembered of a ladder: which configuration is at which rung, and where each has been.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace nxmc {

class StateReader;
class StateWriter;
struct RungState;

/// Of a configuration on a ladder: the rung at which it began.
using ConfigurationNumber = std::uint16_t;

/// Between a rung and the next one.
struct Exchanges {
  std::uint64_t attempts = 0;
  std::uint64_t accepted = 0;
};

/// Configurations on their way.
struct Traffic {
  std::vector<Exchanges> between;  ///< [rung] that one and the next, in measured sweeps; one less than rungs
  /// From the first rung to the last and back, over all configurations, those that have changed meanwhile, at the ends,
  /// by as many moves as the core has sites: so often has something been forgotten.
  std::uint64_t round_trips = 0;
  /// Configurations that have come from the first rung to the last, over all of them: there what the first rung knows
  /// has arrived anew so often (Syed et al., J. R. Stat. Soc. B 84, 321 (2022)).
  std::uint64_t restarts = 0;
};

/// What happened when all pairs whose turn it was tried to exchange.
struct ExchangeNote {
  bool counts = false;            ///< it was among measured sweeps
  std::uint64_t moves_first = 0;  ///< accepted moves of the first rung up to then, and of the last one
  std::uint64_t moves_last = 0;
  std::span<const std::uint8_t> accepted;  ///< [rung] whether it exchanged with the next one
};

/// Knows no chain: the notes are the same, whoever has moved the rungs.
class LadderJournal {
 public:
  /// \param sample_every  [rung] measured sweeps between samples; 0: none are kept
  LadderJournal(std::vector<std::uint64_t> sample_every, std::size_t core_sites);

  void note(const ExchangeNote& exchange);
  /// Measured sweeps between two of which no configuration has moved.
  void note_sweeps(std::uint64_t measured_before, std::uint64_t measured);

  std::size_t rungs() const { return configuration_.size(); }
  std::uint64_t exchanged() const { return exchanged_; }  ///< how often
  const Traffic& traffic() const { return traffic_; }

  RungState state_of(std::size_t rung) const;
  /// Of a ladder that has measured so many sweeps and kept a sample after every `earlier_every[rung]` of them.
  /// \throws std::runtime_error where these are none of one ladder
  void continue_from(std::vector<RungState> rungs, std::span<const std::uint64_t> earlier_every,
                     std::uint64_t exchanged);

  void save(StateWriter& writer) const;
  /// \param counts_restarts  states of earlier versions do not: at least as many as round trips
  /// \throws std::runtime_error if that is none of this ladder
  void load(StateReader& reader, bool counts_restarts);
  /// \throws std::runtime_error unless each configuration is at one rung, and what each sample is is known
  void check(std::uint64_t measured) const;

 private:
  /// Which end of the ladder a configuration was at last, and whether it had been at the other one before.
  enum class Way : std::uint8_t { unknown, from_first, to_first };

  void note_moves(std::size_t rung, std::uint64_t moves);
  void note_ends();

  std::vector<std::uint64_t> sample_every_;                // [rung]
  std::vector<std::vector<ConfigurationNumber>> sampled_;  // [rung][sample] which configuration it is
  std::vector<std::uint32_t> configuration_;               // [rung] which one is there
  std::vector<Way> ways_;                                  // [configuration]
  std::vector<std::uint64_t> changes_;      // [configuration] moves at the ends since its last round trip
  std::vector<std::uint64_t> moves_noted_;  // [rung] accepted ones that are among them
  std::size_t core_sites_;
  std::uint64_t exchanged_ = 0;
  Traffic traffic_;
};

}  // namespace nxmc
