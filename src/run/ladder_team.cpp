#include "ladder_team.hpp"

namespace nxmc {

void LadderTeam::receive() {
  while (const auto message = channel_.poll()) {
    const bool is_for_owner = message->subject.owner == static_cast<std::uint64_t>(channel_.rank());
    if (is_for_owner)
      lead_.take(*message);
    else
      hand_.take(*message);
  }
}

void LadderTeam::receive_if_due() {
  listening_.listen_if_due(false, [this] { receive(); });
}

void LadderTeam::part_with(int rank) {
  lead_.part_with(rank);
  hand_.part_with(rank);
}

void LadderTeam::end_group() {
  lead_.end_group();
  hand_.end_group();
  channel_.drain();
}

}  // namespace nxmc
