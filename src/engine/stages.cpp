#include "nxmc/engine/stages.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "nxmc/engine/parameters.hpp"

namespace nxmc {

StageList::StageList(std::vector<ExchangeStage> stages) {
  assert(!stages.empty() && stages.front().until > 0);
  assert(std::ranges::adjacent_find(stages, std::greater_equal<>(), &ExchangeStage::until) == stages.end());
  assert(stages.back().until == ExchangeStage().until);
  stages_ = std::make_shared<const std::vector<ExchangeStage>>(std::move(stages));
}

std::span<const ExchangeStage> StageList::all() const {
  return stages_ == nullptr ? std::span<const ExchangeStage>() : std::span<const ExchangeStage>(*stages_);
}

std::partial_ordering operator<=>(const StageList& a, const StageList& b) {
  if (a.stages_ == b.stages_) return std::partial_ordering::equivalent;
  const std::span<const ExchangeStage> left = a.all();
  const std::span<const ExchangeStage> right = b.all();
  return std::lexicographical_compare_three_way(left.begin(), left.end(), right.begin(), right.end());
}

std::vector<ExchangeStage> stages_of(const Physics& physics) {
  if (!physics.stages.empty()) return {physics.stages.all().begin(), physics.stages.all().end()};
  if (physics.exchange_until == ExchangeStage().until) return {ExchangeStage()};
  return {ExchangeStage{.until = physics.exchange_until}, ExchangeStage{.exchange = false}};
}

Physics physics_in(const ExchangeStage& stage, const Physics& job) {
  Physics physics = job;
  physics.temperature = stage.temperature.value_or(job.temperature);
  physics.delta_mu = stage.delta_mu.value_or(job.delta_mu);
  physics.rates = {.exchange = stage.exchange_rate.value_or(job.rates.exchange),
                   .diffusion = stage.diffusion_rate.value_or(job.rates.diffusion)};
  return physics;
}

}  // namespace nxmc
