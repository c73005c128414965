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
  const bool is_of_stretch = bond_ && bond_->stretch == message.subject;
  switch (message.tag) {
    case Tag::task:
      take_task(message);
      break;
    case Tag::letter:
      if (is_of_stretch && !task_)
        take_letter(message);
      else if (bond_ && (is_of_stretch || !bond_->stretch))
        early_.push_back(message);
      break;
    case Tag::abandon:
      if (!is_of_stretch) break;
      task_.reset();
      bond_.reset();
      break;
    case Tag::decline: {
      const Name name{message.source, message.subject.number};
      if (bond_ && !bond_->stretch && bond_->name == name) bond_.reset();
      if (asked_ == name) asked_.reset();
      break;
    }
    default:
      break;
  }
}

void LadderHand::take_letter(const HelpMessage& message) {
  try {
    help_->receive(message.body);
  } catch (const std::exception& error) {
    fail(error.what());
  }
}

/// Whoever has parted with an owner that was silent has forgotten its offer.
void LadderHand::take_task(const HelpMessage& message) {
  if (!bond_ || bond_->stretch || bond_->name.owner != message.source) {
    channel_.send(message.source, Tag::failed, message.subject);
    return;
  }
  bond_->stretch = message.subject;
  task_ = message;
}

bool LadderHand::advance(const WorkContext& context, CrystalStore& crystals) {
  if (!bond_) {
    if (!asked_) return false;
    offer();
    return true;
  }
  if (!bond_->stretch) return false;
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
  bond_->ranks = take_ranks(task);
  if (built_ != bond_->name) {
    put_down();
    const std::vector<std::uint64_t> jobs = context.jobs_of(bond_->name.job);
    help_.emplace([&context, &crystals, jobs](std::size_t rung) { return rung_of(context, crystals, jobs.at(rung)); },
                  exchanges_of(context, bond_->name.job));
    built_ = bond_->name;
  }
  help_->begin(task);
  for (const HelpMessage& early : std::exchange(early_, {}))
    if (early.subject == message.subject) help_->receive(early.body);
  send_letters();
}

void LadderHand::send_letters() {
  for (const Parcel& parcel : help_->take_letters())
    channel_.send(bond_->ranks.at(parcel.party), Tag::letter, *bond_->stretch, parcel.bytes);
}

/// The next offer, unless there is something else to do, comes before the result, upon which the owner plans anew.
void LadderHand::end_stretch() {
  const Bond ended = *std::exchange(bond_, std::nullopt);
  if (asked_ == ended.name) offer();
  channel_.send(ended.name.owner, Tag::result, *ended.stretch, help_->result());
}

void LadderHand::offer() {
  channel_.send(asked_->owner, Tag::offer, {static_cast<std::uint64_t>(asked_->owner), asked_->job});
  bond_ = Bond{*asked_, {}};
}

void LadderHand::fail(const std::string& reason) {
  spdlog::warn("no further help with ladder {}: {}", bond_->name.job, reason);
  channel_.send(bond_->name.owner, Tag::failed, *bond_->stretch);
  if (asked_ == bond_->name) asked_.reset();
  bond_.reset();
  put_down();
}

void LadderHand::part_with(int rank) {
  if (asked_ && asked_->owner == rank) asked_.reset();
  if (!bond_ || bond_->name.owner != rank) return;
  bond_.reset();
  task_.reset();
}

void LadderHand::put_down() {
  help_.reset();
  built_.reset();
}

void LadderHand::end_group() {
  put_down();
  asked_.reset();
  bond_.reset();
  task_.reset();
  early_.clear();
}

}  // namespace nxmc
