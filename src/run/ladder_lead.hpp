// The ladder of this rank, as far as others help with it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "help_channel.hpp"
#include "nxmc/engine/shared_stretch.hpp"

namespace nxmc {

/// Moves a ladder stretch by stretch together with those who have offered to. They know nothing that is not known here
/// after a stretch; one that cannot be ended is gone through again, with others or alone.
class LadderLead {
 public:
  explicit LadderLead(HelpChannel& channel) : channel_(channel) {}

  /// Of this job helps may be offered from now on.
  void expect(std::uint64_t job) { expected_.insert(job); }
  /// About offers, or a stretch of this rank.
  void take(const HelpMessage& message);
  /// Offers for jobs that this rank has no more. \param is_here  whether it has one, begun or not
  template <class IsHere>
  void decline_vain_offers(IsHere is_here) {
    std::erase_if(offers_, [&](const Offer& offer) {
      const bool is_vain = expected_.contains(offer.job) && !is_here(offer.job);
      if (is_vain) decline(offer);
      return is_vain;
    });
  }

  bool has_stretch() const { return stretch_.has_value(); }
  bool has_help(std::uint64_t job) const;
  /// The ladder is left alone until the stretch is concluded or abandoned. \pre has_help, !has_stretch
  void begin(Ladder& ladder, std::uint64_t job);
  /// Moves a rung, or ends the stretch; false when nothing can be done now. \pre has_stretch
  bool advance();
  /// The ladder is as it was when the stretch began.
  void abandon();
  /// The same of a ladder that is no more.
  void forget_stretch();
  /// This rank gives no sign of life.
  void part_with(int rank);
  /// Of computing for this rank, since the last call.
  double take_seconds_of_helpers() { return std::exchange(seconds_of_helpers_, 0.0); }
  /// Nothing is expected any more.
  void end_group();

 private:
  using Clock = std::chrono::steady_clock;
  struct Offer {
    int rank = 0;
    std::uint64_t job = 0;
    friend bool operator==(const Offer&, const Offer&) = default;
  };
  struct Current {
    std::uint64_t job = 0;
    Subject subject;
    std::vector<int> ranks;  // [party]
    bool is_built = false;   // everybody has had these rungs before
    Clock::time_point begun;
    double lending = 0;  // seconds that this rank has spent on states
    SharedStretch shared;
  };

  static double seconds_since(Clock::time_point start);
  void decline(const Offer& offer) const;
  std::vector<int> choose_ranks(std::size_t rungs, std::uint64_t job);
  void send_letters();
  void conclude();
  void learn();
  void judge(double together, double alone);

  HelpChannel& channel_;
  std::set<std::uint64_t> expected_;
  std::vector<Offer> offers_;
  std::optional<Current> stretch_;
  bool is_broken_ = false;  // somebody cannot go on
  double seconds_of_helpers_ = 0;
  // What the next stretch is planned by, of the ladder of this job.
  std::uint64_t known_job_ = 0;
  std::uint64_t exchanges_ = 0;
  std::vector<double> seconds_of_rungs_;  // from one exchange to the next
  bool is_measured_ = false;              // these are no guesses
  std::vector<std::size_t> shares_;       // [rung] its party
  std::vector<int> ranks_;                // [party]
  double pause_ = 0;                      // in seconds, without help, the last time that it did not pay …
  Clock::time_point not_before_{};        // … and its end
};

}  // namespace nxmc
