// What is allowed in a campaign but hardly meant.
#include "nxmc/campaign/hints.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "nxmc/campaign/plan.hpp"

namespace nxmc {
namespace {

/// A drive that keeps the A with which crystals of exchange begin: in equilibrium less than one site in 20 000 is B
/// then.
bool keeps_a(const Physics& physics) {
  constexpr double much = 10;
  return physics.exchange_until > 0 && physics.delta_mu >= much * physics.temperature;
}

std::string about_drive(const Physics& physics) {
  return fmt::format(
      "delta_mu {} favours A, of which the crystal consists from the start: nothing will be exchanged; a drive towards "
      "B "
      "is negative",
      canonical_decimal(physics.delta_mu));
}

/// Chains that began alike may be wrong alike, and so never end before their limit.
bool has_one_start(const Scan& scan) {
  const Start first = scan.points.front().physics.start;
  const auto begins = [&](Start start) {
    return std::ranges::any_of(scan.points, [=](const Point& point) { return point.physics.start == start; });
  };
  if (is_semigrand(scan.points.front().physics)) return !begins(Start::all_a) || !begins(Start::all_b);
  return std::ranges::all_of(scan.points, [&](const Point& point) { return point.physics.start == first; });
}

void add_hints_about_precision(const Campaign& campaign, std::vector<std::string>& lines) {
  for (std::size_t k = 0; k < campaign.scans.size(); ++k) {
    const Scan& scan = campaign.scans[k];
    if (!scan.until && !scan.refine) continue;
    const std::string key = scan.until ? "until" : "refine";
    const Place& place = scan.places.at(key);
    const auto add = [&](const std::string& text) {
      lines.push_back(fmt::format("{}:{}:{}: scans[{}].{}: {}", campaign.file, place.line, place.column, k, key, text));
    };
    if (has_one_start(scan))
      add(
          fmt::format("no point of one start is ever called converged, so {}; 'start: {}' tells whether chains forget "
                      "theirs",
                      scan.until ? "all go on to at_most" : "chains go on for as long as they may",
                      is_semigrand(scan.points.front().physics) ? "[A, B]" : "[random, segregated]"));
    if (scan.until && lengths_of_chains(scan).size() == 1)
      add(fmt::format("at_most is less than twice measured_sweeps ({}): no chain ever goes on",
                      scan.schedule.measured_sweeps));
  }
}

}  // namespace

std::vector<std::string> hints(const Campaign& campaign) {
  constexpr std::size_t most = 10;
  std::vector<std::string> lines;
  std::set<std::pair<int, int>> places;  // a default is met again in every scan
  for (std::size_t k = 0; k < campaign.scans.size(); ++k) {
    const Scan& scan = campaign.scans[k];
    if (scan.points.front().physics.method != Method::exchange) continue;
    const auto idle = std::ranges::find_if(scan.points, keeps_a, &Point::physics);
    const auto place = scan.places.find("delta_mu");
    if (idle == scan.points.end() || place == scan.places.end()) continue;
    if (!places.emplace(place->second.line, place->second.column).second || places.size() > most) continue;
    lines.push_back(fmt::format("{}:{}:{}: scans[{}]: {}", campaign.file, place->second.line, place->second.column, k,
                                about_drive(idle->physics)));
  }
  if (places.size() > most) lines.push_back(fmt::format("… and {} more of the kind", places.size() - most));
  add_hints_about_precision(campaign, lines);
  return lines;
}

}  // namespace nxmc
