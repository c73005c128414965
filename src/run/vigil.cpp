#include "vigil.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace nxmc {

Vigil::Vigil(double now, Patience patience) : patience_(patience), entered_(now), looked_(now) {}

void Vigil::know_ranks(std::vector<std::string> names, std::size_t self, double now) {
  const std::lock_guard lock(mutex_);
  names_ = std::move(names);
  ranks_.assign(names_.size(), {now, now});
  self_ = self;
}

void Vigil::enter(Stage stage, std::string doing, double now) {
  const std::lock_guard lock(mutex_);
  stage_ = stage;
  doing_ = std::move(doing);
  entered_ = now;
}

Stage Vigil::stage() const {
  const std::lock_guard lock(mutex_);
  return stage_;
}

void Vigil::look(double now) {
  const std::lock_guard lock(mutex_);
  const double slept = now - std::exchange(looked_, now);
  if (slept <= patience_.own_standstill) return;
  for (Rank& rank : ranks_) {
    rank.heard += slept;
    rank.worked += slept;
  }
  entered_ += slept;
  asked_ += slept;
  woke_ = now;
}

void Vigil::heard_of(std::size_t rank, double standstill, double now) {
  const std::lock_guard lock(mutex_);
  if (rank >= ranks_.size()) return;
  ranks_[rank].heard = now;
  ranks_[rank].worked = std::max(ranks_[rank].worked, now - standstill);
}

void Vigil::asked_to_stop(double now) {
  const std::lock_guard lock(mutex_);
  asked_ = std::min(asked_, now);
}

bool Vigil::is_asked_to_stop() const {
  const std::lock_guard lock(mutex_);
  return asked_ != never;
}

void Vigil::keep_deadline(double deadline) {
  const std::lock_guard lock(mutex_);
  deadline_ = deadline;
}

double Vigil::deadline() const {
  const std::lock_guard lock(mutex_);
  return deadline_;
}

Vigil::Silence Vigil::silence_of(std::size_t rank, double now) const {
  const std::lock_guard lock(mutex_);
  return silence_unlocked(rank, now);
}

// A clock that was read a moment earlier than another thread's must not give less than nothing.
Vigil::Silence Vigil::silence_unlocked(std::size_t rank, double now) const {
  if (rank >= ranks_.size()) return {};
  const Rank& its = ranks_[rank];
  return {std::max(0.0, now - its.heard), std::max(0.0, now - its.worked)};
}

std::string Vigil::name_of(std::size_t rank) const {
  const std::lock_guard lock(mutex_);
  return name_unlocked(rank);
}

std::string Vigil::name_unlocked(std::size_t rank) const {
  return rank < names_.size() ? names_[rank] : fmt::format("rank {}", rank);
}

std::string Vigil::words_for(std::size_t rank, double now) const {
  const std::lock_guard lock(mutex_);
  return words_unlocked(rank, now);
}

std::string Vigil::words_unlocked(std::size_t rank, double now) const {
  const Silence silence = silence_unlocked(rank, now);
  if (silence.process >= patience_.at_stop)
    return fmt::format("{} has not been heard of for {:.0f} s", name_unlocked(rank), silence.process);
  if (silence.work < patience_.at_stop) return fmt::format("{} does not answer", name_unlocked(rank));
  return fmt::format("{} has stood still for {:.0f} s, perhaps waiting for its file system", name_unlocked(rank),
                     silence.work);
}

/// The first of those that have been silent for so long; empty when nobody has.
std::string Vigil::list_silent(double at_least, double now) const {
  constexpr std::size_t most = 5;
  std::vector<std::string> sentences;
  std::size_t silent = 0;
  for (std::size_t rank = 0; rank < ranks_.size(); ++rank) {
    if (!is_watched(rank) || silence_unlocked(rank, now).process < at_least) continue;
    if (++silent <= most) sentences.push_back(words_unlocked(rank, now));
  }
  if (silent > most) sentences.push_back(fmt::format("and {} more", silent - most));
  return fmt::format("{}", fmt::join(sentences, ", "));
}

std::optional<std::string> Vigil::why_end(double now) const {
  const std::lock_guard lock(mutex_);
  const std::string silent = list_silent(patience_.at_stop, now);
  // Rank 0 is to speak first, and whoever has just woken up gets the time that a stop takes.
  const double own_turn = self_ == 0 ? 0 : patience_.last_words;
  if (now >= std::max(deadline_ + own_turn, woke_ + patience_.after_limit)) {
    return fmt::format("the time limit is over while {}{}{}", doing_, silent.empty() ? "" : ", and ", silent);
  }
  if (stage_ == Stage::leaving) {
    const bool told_to = now - std::max(entered_, asked_) >= patience_.at_stop;
    if (!told_to && now - entered_ < patience_.silent_after) return std::nullopt;
    return fmt::format("some rank does not end: while {} nothing has happened for {:.0f} s", doing_, now - entered_);
  }
  if (stage_ == Stage::apart && self_ == 0) return std::nullopt;
  if (now - asked_ >= patience_.at_stop && !silent.empty())
    return fmt::format("it has to stop while {}, and {}", doing_, silent);
  const std::string too_long = list_silent(patience_.silent_after, now);
  if (too_long.empty()) return std::nullopt;
  return fmt::format("while {}, {}", doing_, too_long);
}

}  // namespace nxmc
