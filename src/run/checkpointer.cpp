#include "checkpointer.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "nxmc/archive/archive.hpp"
#include "nxmc/campaign/amounts.hpp"

namespace nxmc {

std::vector<std::uint64_t> to_numbers(const CheckpointPlan& plan) {
  std::vector<std::uint64_t> numbers{plan.unfinished.size()};
  for (const auto& [job, lane] : plan.unfinished) numbers.insert(numbers.end(), {job, lane.lane, lane.generation});
  for (const Lane& lane : plan.ranks) numbers.insert(numbers.end(), {lane.lane, lane.generation});
  return numbers;
}

CheckpointPlan checkpoint_plan_from(std::span<const std::uint64_t> numbers) {
  CheckpointPlan plan;
  const std::size_t unfinished = numbers[0];
  std::size_t at = 1;
  for (std::size_t k = 0; k < unfinished; ++k, at += 3)
    plan.unfinished[numbers[at]] = {numbers[at + 1], numbers[at + 2]};
  for (; at + 1 < numbers.size(); at += 2) plan.ranks.push_back({numbers[at], numbers[at + 1]});
  return plan;
}

Checkpointer::Checkpointer(CheckpointFile& file, const CheckpointPlan& plan, int rank,
                           std::chrono::duration<double> interval)
    : file_(file), plan_(plan), own_(plan.ranks.at(static_cast<std::size_t>(rank))), interval_(interval) {}

std::vector<std::byte> Checkpointer::begin(std::uint64_t job) {
  saved_ = Clock::now();
  current_ = &own_;
  const auto unfinished = plan_.unfinished.find(job);
  if (unfinished == plan_.unfinished.end()) return {};
  resumed_ = unfinished->second;
  current_ = &resumed_;
  auto checkpoint = file_.read(static_cast<std::uint32_t>(resumed_.lane), resumed_.generation);
  label_ = checkpoint.label;
  return std::move(checkpoint.state);
}

void Checkpointer::save(const CheckpointLabel& label, std::span<const std::byte> state) {
  saved_ = Clock::now();
  if (state.size() > CheckpointFile::capacity()) {
    if (!std::exchange(said_too_large_, true)) {
      spdlog::warn("the state of job {} ({}) is too large for a checkpoint; after a stop it begins anew",
                   to_string(label.identity), readable_bytes(static_cast<double>(state.size())));
    }
    return;
  }
  try {
    current_->generation = file_.write(static_cast<std::uint32_t>(current_->lane), current_->generation, label, state);
    if (std::exchange(failing_, false)) spdlog::info("checkpoints are written again");
  } catch (const ArchiveError& error) {
    if (!std::exchange(failing_, true))
      spdlog::warn("{}; the run goes on without checkpoints until one can be written", error.what());
  }
  seconds_ += std::chrono::duration<double>(Clock::now() - saved_).count();
}

}  // namespace nxmc
