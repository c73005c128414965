// Who gives signs of life, and when a run is to end because somebody does not. Knows neither MPI nor a clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "patience.hpp"

namespace nxmc {

/// What the main threads of the ranks do.
enum class Stage : std::uint8_t {
  together,  ///< they wait for each other in MPI: nobody can go on without the others
  apart,     ///< rank 0 hands out jobs, and can go on without any other rank
  leaving,   ///< MPI is being left: there are no signs of life any more
};

/// One rank's knowledge of the others: rank 0 hears of all, the others of rank 0. All times are in seconds of one clock
/// of that rank. May be used from several threads.
class Vigil {
 public:
  /// Before `know_ranks`, or without it (where nobody can give signs of life), nobody is ever silent.
  explicit Vigil(double now, Patience patience = {});

  /// \param names  of all ranks, for messages: "rank 1 on n2"
  void know_ranks(std::vector<std::string> names, std::size_t self, double now);
  void enter(Stage stage, std::string doing, double now);
  Stage stage() const;
  /// This rank is awake. To be called several times a second: what happened while it was not says nothing of others.
  void look(double now);
  /// A sign of life of another rank's process; its main thread has stood still for so long.
  void heard_of(std::size_t rank, double standstill, double now);
  /// The run has to stop; only the first call counts.
  void asked_to_stop(double now);
  bool is_asked_to_stop() const;
  /// When the run is to be ended, whatever it does; infinity: never.
  void keep_deadline(double deadline);
  double deadline() const;

  struct Silence {
    double process = 0;  ///< since the last sign of life
    double work = 0;     ///< since its main thread was known to do something
  };
  Silence silence_of(std::size_t rank, double now) const;
  /// "rank 1 on n2"
  std::string name_of(std::size_t rank) const;
  /// "rank 1 on n2 has not been heard of for 60 s"
  std::string words_for(std::size_t rank, double now) const;
  const Patience& patience() const { return patience_; }

  /// Why this process has to end now, if it has to: in a sentence that names who is silent.
  std::optional<std::string> why_end(double now) const;

 private:
  struct Rank {
    double heard = 0;
    double worked = 0;
  };
  std::string name_unlocked(std::size_t rank) const;
  Silence silence_unlocked(std::size_t rank, double now) const;
  std::string words_unlocked(std::size_t rank, double now) const;
  std::string list_silent(double at_least, double now) const;
  bool is_watched(std::size_t rank) const { return rank != self_ && (self_ == 0 || rank == 0); }

  static constexpr double never = std::numeric_limits<double>::infinity();

  Patience patience_;
  mutable std::mutex mutex_;
  std::vector<std::string> names_;
  std::vector<Rank> ranks_;  // [rank]
  std::size_t self_ = 0;
  Stage stage_ = Stage::together;
  std::string doing_ = "it started";
  double entered_;
  double looked_;
  double woke_ = -never;
  double asked_ = never;
  double deadline_ = never;
};

}  // namespace nxmc
