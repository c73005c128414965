// A stretch of a ladder that several parties move: the one whose ladder it is, and others who help and know nothing of
// it afterwards. Who carries what they say to each other is not known here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "nxmc/engine/ladder.hpp"
#include "nxmc/engine/ladder_share.hpp"

namespace nxmc {

/// A letter for one of the parties.
struct Parcel {
  std::size_t party = 0;
  std::vector<std::byte> bytes;
};

/// The stretch as its owner sees it, who is party 0. Until it is concluded, the ladder stays what it was at the
/// beginning: `abandon` brings it back there.
class SharedStretch {
 public:
  /// \param party_of  [rung] who moves it; party 0 moves one at least \param ladder  outlives the stretch, and is left
  /// alone meanwhile
  SharedStretch(Ladder& ladder, const LadderStretch& stretch, std::vector<std::size_t> party_of);

  /// What another party needs to know. \param party  with one rung at least
  std::vector<std::byte> task(std::size_t party) const;
  /// Moves a rung of its own; false when none can go on.
  bool advance() { return share_.advance(); }
  std::vector<Parcel> take_letters();
  void receive(std::span<const std::byte> letter) { share_.receive(unpack_letter(letter)); }
  /// \param result  of StretchHelp
  void take_result(std::span<const std::byte> result);
  /// Everybody is at the end.
  bool complete() const;
  /// The ladder goes on from there. \pre complete()
  void conclude();
  void abandon();

  const LadderStretch& stretch() const { return stretch_; }
  /// [rung] that each has taken, and those of others in all. \pre complete()
  std::vector<double> seconds_of_rungs() const;
  double seconds_of_helpers() const;

 private:
  std::map<std::size_t, EquilibriumChain*> own_chains() const;
  std::map<std::size_t, std::vector<std::byte>> own_states() const;

  Ladder& ladder_;
  LadderStretch stretch_;
  std::vector<std::size_t> party_of_;                        // [rung]
  std::map<std::size_t, std::vector<std::byte>> beginning_;  // [rung] of its own
  LadderShare share_;
  std::map<std::size_t, RungLog> logs_;                   // [rung] of others
  std::map<std::size_t, std::vector<std::byte>> states_;  // [rung] of others, at the end
};

/// One who helps with a ladder, stretch after stretch.
class StretchHelp {
 public:
  using MakeRung = std::function<Rung(std::size_t rung)>;
  /// \param make_rung  those of the ladder; what they refer to outlives this
  StretchHelp(MakeRung make_rung, const Stream& exchanges);

  /// \param task  of SharedStretch \throws std::runtime_error if it is none of this ladder
  void begin(std::span<const std::byte> task);
  bool advance() { return share_->advance(); }
  std::vector<Parcel> take_letters();
  void receive(std::span<const std::byte> letter) { share_->receive(unpack_letter(letter)); }
  bool finished() const { return share_->finished(); }
  /// \pre finished()
  std::vector<std::byte> result() const;

 private:
  MakeRung make_rung_;
  Stream exchanges_;
  LadderStretch stretch_;
  std::vector<std::size_t> party_of_;               // [rung]
  std::map<std::size_t, EquilibriumChain> chains_;  // [rung]
  std::optional<LadderShare> share_;
};

}  // namespace nxmc
