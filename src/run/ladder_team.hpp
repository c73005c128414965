// This rank among those who share ladders: as owner of one, or as somebody's helper.
#pragma once

#include <mpi.h>

#include <chrono>

#include "help_channel.hpp"
#include "ladder_hand.hpp"
#include "ladder_lead.hpp"
#include "listening.hpp"

namespace nxmc {

class LadderTeam {
 public:
  /// Collective over the world.
  explicit LadderTeam(MPI_Comm world) : channel_(world), lead_(channel_), hand_(channel_) {}

  LadderLead& lead() { return lead_; }
  LadderHand& hand() { return hand_; }
  /// Takes what has arrived.
  void receive();
  /// The same between two pieces of work, unless it was done a moment ago.
  void receive_if_due();
  /// Whether somebody will soon say something.
  bool is_engaged() const { return lead_.has_stretch() || hand_.is_bound(); }
  /// This rank gives no sign of life.
  void part_with(int rank);
  /// Collective over the world.
  void end_group();

 private:
  HelpChannel channel_;
  LadderLead lead_;
  LadderHand hand_;
  Listening listening_{std::chrono::microseconds(50)};
};

}  // namespace nxmc
