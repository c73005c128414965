#include "ladder_hand.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <string>
#include <utility>

#include "job_rungs.hpp"

namespace nxmc {

namespace {

std::uint64_t take_count(std::span<const std::byte>& bytes) {
  std::uint64_t count = 0;
  std::memcpy(&count, bytes.data(), sizeof count);
  bytes = bytes.subspan(sizeof count);
  return count;
}

/// The ranks of all parties, which stand before a task.
std::vector<int> take_ranks(std::span<const std::byte>& bytes) {
  std::vector<int> ranks(take_count(bytes));
  std::memcpy(ranks.data(), bytes.data(), ranks.size() * sizeof(int));
  bytes = bytes.subspan(ranks.size() * sizeof(int));
  return ranks;
}

}  // namespace

void LadderHand::take(const HelpMessage& message) {
  const bool is_of_stretch = stretch_ && stretch_->subject == message.subject;
  switch (message.tag) {
    case Tag::task:
      take_task(message);
      break;
    case Tag::letter:
      if (is_of_stretch && !task_)
        take_letter(message);
      else if (is_of_stretch || offered_)
        early_.push_back(message);
      break;
    case Tag::abandon:
      if (is_of_stretch) forget_stretch();
      break;
    case Tag::decline: {
      const Name name{message.source, message.subject.number};
      if (offered_ == name) offered_.reset();
      if (asked_ == name) asked_.reset();
      break;
    }
    default:
      break;
  }
}

/// Whoever has withdrawn its offer may get a task that was sent before that was known.
void LadderHand::take_task(const HelpMessage& message) {
  if (!offered_ || offered_->owner != message.source) {
    channel_.send(message.source, Tag::failed, message.subject);
    return;
  }
  stretch_ = Current{*std::exchange(offered_, std::nullopt), message.subject};
  task_ = message;
}

void LadderHand::take_letter(const HelpMessage& message) {
  try {
    help_->receive(message.body);
  } catch (const std::exception& error) {
    fail(error.what());
  }
}

bool LadderHand::advance(const WorkContext& context, CrystalStore& crystals) {
  if (!stretch_) {
    if (!asked_ || offered_) return false;
    offer();
    return true;
  }
  try {
    if (task_) {
      begin(context, crystals);
      return true;
    }
    const bool moved = help_->advance();
    send_letters();
    if (!help_->finished()) return moved;
    end_stretch();
  } catch (const std::exception& error) {
    fail(error.what());
  }
  return true;
}

void LadderHand::begin(const WorkContext& context, CrystalStore& crystals) {
  const HelpMessage message = *std::exchange(task_, std::nullopt);
  std::span<const std::byte> task = message.body;
  stretch_->ranks = take_ranks(task);
  if (built_ != stretch_->name) {
    put_down();
    const std::vector<std::uint64_t> jobs = context.jobs_of(stretch_->name.job);
    help_.emplace([&context, &crystals, jobs](std::size_t rung) { return rung_of(context, crystals, jobs.at(rung)); },
                  exchanges_of(context, stretch_->name.job));
    built_ = stretch_->name;
  }
  help_->begin(task);
  for (const HelpMessage& early : std::exchange(early_, {}))
    if (early.subject == message.subject) help_->receive(early.body);
  send_letters();
}

void LadderHand::send_letters() {
  for (const Parcel& parcel : help_->take_letters())
    channel_.send(stretch_->ranks.at(parcel.party), Tag::letter, stretch_->subject, parcel.bytes);
}

/// The next offer, unless there is something else to do, comes before the result, upon which the owner plans anew.
void LadderHand::end_stretch() {
  const Current ended = *std::exchange(stretch_, std::nullopt);
  if (asked_ == ended.name) offer();
  channel_.send(ended.name.owner, Tag::result, ended.subject, help_->result());
}

void LadderHand::offer() {
  channel_.send(asked_->owner, Tag::offer, {static_cast<std::uint64_t>(asked_->owner), asked_->job});
  offered_ = asked_;
}

void LadderHand::help(int owner, std::uint64_t job) {
  const Name name{owner, job};
  if (asked_ != name) leave();
  asked_ = name;
}

void LadderHand::leave() {
  asked_.reset();
  if (!offered_) return;
  const Name name = *std::exchange(offered_, std::nullopt);
  channel_.send(name.owner, Tag::withdraw, {static_cast<std::uint64_t>(name.owner), name.job});
}

void LadderHand::fail(const std::string& reason) {
  spdlog::warn("no further help with ladder {}: {}", stretch_->name.job, reason);
  channel_.send(stretch_->name.owner, Tag::failed, stretch_->subject);
  if (asked_ == stretch_->name) asked_.reset();
  forget_stretch();
  put_down();
}

void LadderHand::part_with(int rank) {
  if (asked_ && asked_->owner == rank) asked_.reset();
  if (offered_ && offered_->owner == rank) offered_.reset();
  if (stretch_ && stretch_->name.owner == rank) forget_stretch();
}

void LadderHand::forget_stretch() {
  stretch_.reset();
  task_.reset();
}

void LadderHand::put_down() {
  help_.reset();
  built_.reset();
}

void LadderHand::end_group() {
  put_down();
  asked_.reset();
  offered_.reset();
  forget_stretch();
  early_.clear();
}

}  // namespace nxmc
