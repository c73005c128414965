// Help with the ladder of another rank.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "help_channel.hpp"
#include "nxmc/engine/shared_stretch.hpp"

namespace nxmc {

class CrystalStore;
struct WorkContext;

/// Offers this rank for one stretch after the other, to whom rank 0 has named. Along a stretch the rank is bound: it
/// begins nothing else.
class LadderHand {
 public:
  explicit LadderHand(HelpChannel& channel) : channel_(channel) {}

  /// While there is nothing else to do.
  void help(int owner, std::uint64_t job);
  /// There is something else to do, as soon as this rank is not bound any more.
  void leave();
  bool is_bound() const { return stretch_.has_value(); }
  /// From an owner or another helper.
  void take(const HelpMessage& message);
  /// Offers, begins a stretch, moves a rung of it or ends it; false when nothing can be done now.
  bool advance(const WorkContext& context, CrystalStore& crystals);
  /// This rank gives no sign of life.
  void part_with(int rank);
  /// What it has built is used no more.
  void put_down();
  void end_group();

 private:
  struct Name {
    int owner = 0;
    std::uint64_t job = 0;
    friend bool operator==(const Name&, const Name&) = default;
  };
  struct Current {
    Name name;
    Subject subject;
    std::vector<int> ranks{};  // [party]
  };

  void take_letter(const HelpMessage& message);
  void take_task(const HelpMessage& message);
  void begin(const WorkContext& context, CrystalStore& crystals);
  void send_letters();
  void offer();
  void end_stretch();
  void fail(const std::string& reason);
  void forget_stretch();

  HelpChannel& channel_;
  std::optional<Name> asked_;
  std::optional<Name> offered_;  // not answered
  std::optional<Current> stretch_;
  std::optional<HelpMessage> task_;  // of the stretch, not begun
  std::vector<HelpMessage> early_;   // letters of stretches that have not begun here
  std::optional<Name> built_;        // whose rungs help_ moves
  std::optional<StretchHelp> help_;
};

}  // namespace nxmc
