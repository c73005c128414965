#include "ladder_lead.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <numeric>
#include <utility>

#include "nxmc/schedule/rung_shares.hpp"

namespace nxmc {

namespace {

// So much work may be lost by a stop …
constexpr double stretch_seconds = 1.5;
// … unless states take long to lend and to take back: that is to be a small part of the time.
constexpr double least_work_for_lending = 50;
constexpr std::uint64_t first_exchanges = 8;
constexpr double largest_growth = 4;
// Of the last stretch, beside those before it: what else a processor does must not move rungs from rank to rank.
constexpr double weight_of_last = 0.3;
// What help has to gain at least, in a stretch that is long enough to tell.
constexpr double least_gain = 1.05;
constexpr double telling_seconds = 0.2;

/// The ranks of all parties, before a task.
std::vector<std::byte> with_ranks(const std::vector<int>& ranks, std::span<const std::byte> task) {
  const std::uint64_t count = ranks.size();
  const auto list = std::as_bytes(std::span(ranks));
  std::vector<std::byte> bytes(sizeof count + list.size() + task.size());
  std::memcpy(bytes.data(), &count, sizeof count);
  std::ranges::copy(list, bytes.begin() + sizeof count);
  std::ranges::copy(task, bytes.begin() + static_cast<std::ptrdiff_t>(sizeof count + list.size()));
  return bytes;
}

}  // namespace

void LadderLead::take(const HelpMessage& message) {
  if (message.tag == Tag::offer) {
    const Offer offer{message.source, message.subject.number};
    if (std::ranges::find(offers_, offer) == offers_.end()) offers_.push_back(offer);
    return;
  }
  if (message.tag == Tag::withdraw)
    std::erase_if(offers_, [&](const Offer& offer) { return offer.rank == message.source; });
  if (!stretch_ || message.subject != stretch_->subject) return;
  try {
    if (message.tag == Tag::letter) stretch_->shared.receive(message.body);
    if (message.tag == Tag::result) stretch_->shared.take_result(message.body);
    if (message.tag == Tag::failed) is_broken_ = true;
  } catch (const std::exception& error) {
    spdlog::warn("a stretch of ladder {} is gone through again: {}", stretch_->job, error.what());
    is_broken_ = true;
  }
}

void LadderLead::decline(const Offer& offer) const {
  channel_.send(offer.rank, Tag::decline, {static_cast<std::uint64_t>(channel_.rank()), offer.job});
}

bool LadderLead::has_help(std::uint64_t job) const {
  if (stretch_) return true;
  const bool is_offered = std::ranges::any_of(offers_, [&](const Offer& offer) { return offer.job == job; });
  return is_offered && (job != known_job_ || Clock::now() >= not_before_);
}

void LadderLead::begin(Ladder& ladder, std::uint64_t job) {
  if (job != known_job_ || seconds_of_rungs_.size() != ladder.rungs()) {
    known_job_ = job;
    exchanges_ = first_exchanges;
    seconds_of_rungs_.assign(ladder.rungs(), 1.0);
    is_measured_ = false;
    shares_.clear();
    pause_ = 0;
    not_before_ = {};
  }
  const std::vector<int> ranks = choose_ranks(ladder.rungs(), job);
  const std::vector<std::size_t> before = std::exchange(shares_, share_rungs(seconds_of_rungs_, ranks.size(), shares_));
  const bool is_built = std::exchange(ranks_, ranks) == ranks && shares_ == before;
  is_broken_ = false;
  const auto begun = Clock::now();
  stretch_.emplace(Current{job, channel_.new_stretch(), ranks, is_built, begun, 0,
                           SharedStretch(ladder, ladder.next_stretch(exchanges_), shares_)});
  for (std::size_t party = 1; party < ranks.size(); ++party)
    channel_.send(ranks[party], Tag::task, stretch_->subject, with_ranks(ranks, stretch_->shared.task(party)));
  send_letters();
  stretch_->lending = seconds_since(begun);
}

/// Itself, and who has offered to help with this job, as far as there are rungs; in an order that leaves to everybody
/// the rungs that it has.
std::vector<int> LadderLead::choose_ranks(std::size_t rungs, std::uint64_t job) {
  std::vector<int> ranks{channel_.rank()};
  std::erase_if(offers_, [&](const Offer& offer) {
    if (offer.job != job) return false;
    if (ranks.size() < rungs)
      ranks.push_back(offer.rank);
    else
      decline(offer);
    return true;
  });
  std::sort(ranks.begin() + 1, ranks.end());
  return ranks;
}

bool LadderLead::advance() {
  if (is_broken_) {
    abandon();
    return true;
  }
  const bool moved = stretch_->shared.advance();
  send_letters();
  if (!stretch_->shared.complete()) return moved;
  conclude();
  return true;
}

void LadderLead::send_letters() {
  for (const Parcel& parcel : stretch_->shared.take_letters())
    channel_.send(stretch_->ranks.at(parcel.party), Tag::letter, stretch_->subject, parcel.bytes);
}

double LadderLead::seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void LadderLead::conclude() {
  const auto start = Clock::now();
  stretch_->shared.conclude();
  stretch_->lending += seconds_since(start);
  seconds_of_helpers_ += stretch_->shared.seconds_of_helpers();
  learn();
  stretch_.reset();
}

/// How long the next stretch is, and who moves what.
void LadderLead::learn() {
  const LadderStretch& stretch = stretch_->shared.stretch();
  const double intervals =
      static_cast<double>(stretch.end - stretch.begin) / static_cast<double>(stretch.exchange_every);
  const std::vector<double> seconds = stretch_->shared.seconds_of_rungs();
  const double weight = std::exchange(is_measured_, true) ? weight_of_last : 1;
  for (std::size_t rung = 0; rung < seconds.size(); ++rung) {
    double& mean = seconds_of_rungs_[rung];
    mean += weight * (std::max(1e-9, seconds[rung] / intervals) - mean);
  }
  const double took = seconds_since(stretch_->begun);
  const double wanted = std::max(stretch_seconds, least_work_for_lending * stretch_->lending);
  const double growth = std::min(largest_growth, wanted / std::max(took, 1e-9));
  exchanges_ = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(growth * static_cast<double>(exchanges_)));
  const bool is_telling = stretch_->is_built && took >= telling_seconds;
  if (is_telling) judge(took, std::accumulate(seconds.begin(), seconds.end(), 0.0));
}

/// Where ranks outnumber processors, or rungs take microseconds, who waits for letters may lose more than others do for
/// it. Then the ladder is moved by its owner alone, longer and longer before it is tried again.
void LadderLead::judge(double together, double alone) {
  if (together * least_gain < alone) {
    pause_ = 0;
    return;
  }
  pause_ = std::max(2 * pause_, 4 * together);
  not_before_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(pause_));
  exchanges_ = first_exchanges;
}

void LadderLead::abandon() {
  if (!stretch_) return;
  stretch_->shared.abandon();
  forget_stretch();
}

void LadderLead::forget_stretch() {
  if (!stretch_) return;
  for (const int rank : stretch_->ranks)
    if (rank != channel_.rank()) channel_.send(rank, Tag::abandon, stretch_->subject);
  stretch_.reset();
}

void LadderLead::part_with(int rank) {
  std::erase_if(offers_, [&](const Offer& offer) {
    if (offer.rank == rank) decline(offer);  // should it be heard of again
    return offer.rank == rank;
  });
  if (stretch_ && std::ranges::find(stretch_->ranks, rank) != stretch_->ranks.end()) abandon();
}

void LadderLead::end_group() {
  forget_stretch();
  not_before_ = {};
  expected_.clear();
  offers_.clear();
}

}  // namespace nxmc
