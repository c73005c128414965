// The stages of an exchange scan: their list read, ramps and cycles unfolded, and what they are at a point.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "nxmc/campaign/campaign.hpp"
#include "nxmc/yaml/document.hpp"
#include "nxmc/yaml/problems.hpp"

namespace nxmc {

/// More stages than that in one scan are a mistake.
inline constexpr std::size_t most_stages = 1000;

/// A stage as the campaign has it. Which units its numbers have, ScanUnits says.
struct WrittenStage {
  double begin = 0;
  double until = std::numeric_limits<double>::infinity();
  bool exchange = true;
  std::optional<double> temperature{};
  std::optional<double> delta_mu{};
  std::optional<double> exchange_rate{};
  std::optional<double> diffusion_rate{};
  const YamlNode* node = nullptr;
};

enum class StageQuantity : std::uint8_t { time, temperature, delta_mu };
/// A number of a stage, whose unit it converts; nothing, with a problem, where it is none.
using ReadStageNumber = std::function<std::optional<double>(const YamlNode& node, StageQuantity quantity)>;

/// One stage after the other; none where something is wrong with them.
std::vector<WrittenStage> read_stages(const YamlNode& node, const ReadStageNumber& read_number, Problems& problems);

/// Whether no stage asks what the scan's own temperature is, or its drive.
bool all_have_temperatures(std::span<const WrittenStage> stages);
bool all_have_drives(std::span<const WrittenStage> stages);

/// What is said to hold in all stages that say nothing else, where none is such: what the first one has.
void begin_with(std::span<const WrittenStage> stages, double& temperature, Physics& physics);

/// What is the same trajectory has the same stages: what a stage has in common with the job is left out, and so are
/// boundaries at which nothing changes; where ions are exchanged and then not, that is `exchange_until`.
void set_stages(std::vector<ExchangeStage> stages, Physics& physics);

}  // namespace nxmc
