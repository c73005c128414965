// Some rungs of a ladder on their way, while others move the rest: each goes as far as the neighbour lets it with which
// it has to exchange next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "nxmc/engine/equilibrium.hpp"
#include "nxmc/engine/replica_exchange.hpp"
#include "nxmc/random/stream.hpp"

namespace nxmc {

/// A part of the way of a ladder. An exchange that its last sweep makes due comes after it.
struct LadderStretch {
  std::uint64_t exchange_every = 0;
  std::uint64_t exchanged = 0;  ///< how often before
  std::uint64_t begin = 0;      ///< in sweeps
  std::uint64_t end = 0;
};

/// What a rung has met along a stretch.
struct RungLog {
  std::vector<std::uint8_t> with_next;  ///< [exchange] whether it exchanged with the next one
  std::vector<std::uint64_t> moves;     ///< [exchange] accepted ones up to then, of the first and the last rung
  double seconds = 0;                   ///< that it took
};

/// From a rung to the one that it exchanges with: first its configuration and how likely it is there, then, when it has
/// seen the other's, how likely that one is.
struct RungLetter {
  std::uint64_t to = 0;
  std::uint64_t exchange = 0;
  double reduced_energy = 0;
  Occupation sigma;  ///< empty in the second one
};

std::vector<std::byte> pack(const RungLetter& letter);
/// \throws std::runtime_error if it is none
RungLetter unpack_letter(std::span<const std::byte> bytes);

class LadderShare {
 public:
  /// \param rungs   of the whole ladder
  /// \param chains  [rung] those of this share, at the beginning of the stretch; they outlive it
  LadderShare(const LadderStretch& stretch, const Stream& exchanges, std::size_t rungs,
              const std::map<std::size_t, EquilibriumChain*>& chains);

  /// Moves the rung that is most behind of those that can go on, to its next exchange. False when there is none.
  bool advance();
  /// All are at the end of the stretch.
  bool finished() const;
  /// To rungs of others, since the last call.
  std::vector<RungLetter> take_letters();
  /// One to a rung of this share, of any exchange of this stretch.
  void receive(RungLetter letter);
  /// [rung] \pre finished()
  std::map<std::size_t, RungLog> logs() const;

 private:
  struct Place {
    EquilibriumChain* chain = nullptr;
    std::uint64_t exchanged = 0;
    bool waiting = false;             // for the neighbour with which it has to exchange
    std::optional<Look> look;         // at what that one has sent …
    double neighbour_own = 0;         // … and what it has said of it
    std::vector<RungLetter> letters;  // to it, which it has not needed so far
    RungLog log;
  };

  bool is_due(const Place& place) const;
  bool is_at_end(const Place& place) const { return place.chain->sweeps() == stretch_.end; }
  void arrive(std::size_t rung);
  void meet(std::size_t rung);
  void meet_here(std::size_t lower);
  void meet_elsewhere(std::size_t rung, std::size_t partner);
  void go_on(std::size_t rung, bool accepted, bool with_next);
  static std::optional<RungLetter> find_letter(Place& place, bool with_configuration);

  LadderStretch stretch_;
  std::size_t rungs_;
  ExchangeWords words_;
  std::map<std::size_t, Place> places_;  // [rung]
  std::vector<RungLetter> outgoing_;
};

}  // namespace nxmc
