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
  received_ = std::chrono::steady_clock::now();
}

void LadderTeam::receive_if_due() {
  constexpr std::chrono::microseconds moment{50};
  if (std::chrono::steady_clock::now() - received_ >= moment) receive();
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
