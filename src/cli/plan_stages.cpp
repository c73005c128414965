#include "plan_stages.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <cstddef>

#include "nxmc/campaign/physical_units.hpp"
#include "nxmc/campaign/plan.hpp"

namespace nxmc {
namespace {

/// "0.3 (450 K)"
std::string in_both(double value, double unit, const char* name) {
  const std::string bare = canonical_decimal(value);
  return std::isnan(unit) ? bare : fmt::format("{} ({:.6g} {})", bare, value * unit, name);
}

std::string in_words(const ExchangeStage& stage, const Physics& job, const PhysicalUnits& units) {
  std::vector<std::string> words;
  const bool without_interaction = energy_unit(job.interaction) == "kT";
  const double kelvin = without_interaction ? std::nan("") : units.temperature(job) / job.temperature;
  const double ev = without_interaction ? std::nan("") : units.energy(job);
  if (!stage.exchange) words.emplace_back("exchange off");
  if (stage.temperature) words.push_back("temperature " + in_both(*stage.temperature, kelvin, "K"));
  if (stage.delta_mu) words.push_back("delta_mu " + in_both(*stage.delta_mu, ev, "eV"));
  if (stage.exchange_rate) words.push_back(fmt::format("exchange {:.4g}", *stage.exchange_rate));
  if (stage.diffusion_rate) words.push_back(fmt::format("diffusion {:.4g}", *stage.diffusion_rate));
  const std::string when = std::isinf(stage.until) ? "then" : "until " + in_both(stage.until, units.time(job), "s");
  return words.empty() ? when : fmt::format("{}: {}", when, fmt::join(words, ", "));
}

std::string in_words(const Physics& job, const PhysicalUnits& units) {
  constexpr std::size_t most_shown = 5;
  const std::span<const ExchangeStage> stages = job.stages.all();
  std::vector<std::string> words;
  for (std::size_t k = 0; k < stages.size(); ++k) {
    const bool left_out = stages.size() > most_shown && k + 2 > most_shown && k + 1 < stages.size();
    if (!left_out) words.push_back(in_words(stages[k], job, units));
    if (left_out && k + 2 == stages.size()) words.emplace_back("\u2026");
  }
  const std::string count = stages.size() > most_shown ? fmt::format(" ({} stages)", stages.size()) : "";
  return fmt::format("{}{}", fmt::join(words, "; "), count);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> stages_in_words(const Campaign& campaign) {
  const PhysicalUnits units(campaign);
  std::vector<std::pair<std::string, std::string>> lines;
  for (const Scan& scan : campaign.scans) {
    if (scan.points.empty() || scan.points.front().physics.stages.empty()) continue;
    lines.emplace_back(scan.name, in_words(scan.points.front().physics, units));
  }
  return lines;
}

}  // namespace nxmc
