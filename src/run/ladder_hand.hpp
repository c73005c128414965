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

/// Offers this rank for one stretch after the other, to whom rank 0 has named. Between an offer and its answer, and
/// along a stretch, the rank is bound: it begins nothing else.
class LadderHand {
 public:
  explicit LadderHand(HelpChannel& channel) : channel_(channel) {}

  /// While there is nothing else to do.
  void help(int owner, std::uint64_t job) { asked_ = {owner, job}; }
  /// There is something else to do, as soon as this rank is not bound any more.
  void leave() { asked_.reset(); }
  bool is_asked() const { return asked_.has_value(); }
  bool is_bound() const { return bond_.has_value(); }
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
  struct Bond {
    Name name;
    std::optional<Subject> stretch;  // unless the offer has not been answered
    std::vector<int> ranks{};        // [party]
  };

  void take_letter(const HelpMessage& message);
  void take_task(const HelpMessage& message);
  void begin(const WorkContext& context, CrystalStore& crystals);
  void send_letters();
  void offer();
  void end_stretch();
  void fail(const std::string& reason);

  HelpChannel& channel_;
  std::optional<Name> asked_;
  std::optional<Bond> bond_;
  std::optional<HelpMessage> task_;  // not begun
  std::vector<HelpMessage> early_;   // letters of stretches that have not begun here
  std::optional<Name> built_;        // whose rungs help_ moves
  std::optional<StretchHelp> help_;
};

}  // namespace nxmc
