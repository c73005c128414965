// What is allowed in a campaign but hardly meant.
#include "nxmc/campaign/hints.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <span>
#include <utility>

#include "nxmc/campaign/plan.hpp"
#include "nxmc/engine/composition.hpp"

namespace nxmc {
namespace {

/// A drive that keeps the A with which crystals of exchange begin: in equilibrium less than one site in 20 000 is B
/// then.
bool keeps_a(const Physics& physics) {
  constexpr double much = 10;
  return std::ranges::all_of(stages_of(physics),
                             [&](const ExchangeStage& stage) {
                               const Physics then = physics_in(stage, physics);
                               return !stage.exchange || stage.until == 0 || then.delta_mu >= much * then.temperature;
                             }) &&
         physics.exchange_until > 0;
}

std::string about_drive(const Physics& physics) {
  return fmt::format(
      "delta_mu {} favours A, of which the crystal consists from the start: nothing will be exchanged; a drive towards "
      "B "
      "is negative",
      canonical_decimal(physics.delta_mu));
}

/// Sites along each edge of a periodic cell that the ordered phases repeat after: three of the superlattice, two of
/// columns, of which one edge, along them, may be any.
int period_of_order(const LatticeSpec& lattice) { return dimension_of(lattice) == 2 ? 3 : 2; }

bool fits_its_order(const LatticeSpec& lattice) {
  const int period = period_of_order(lattice);
  const auto edges = std::span(lattice.size).first(static_cast<std::size_t>(dimension_of(lattice)));
  const auto wrong = std::ranges::count_if(edges, [=](int edge) { return edge % period != 0; });
  return wrong <= (dimension_of(lattice) == 2 ? 0 : 1);
}

std::string about_period(const LatticeSpec& lattice) {
  const int period = period_of_order(lattice);
  const int edge = *std::ranges::find_if(lattice.size, [=](int sites) { return sites % period != 0; });
  const int below = edge / period * period;
  const int above = below + period;
  const bool flat = dimension_of(lattice) == 2;
  return fmt::format("{} after {} sites and {} not fit into {} of them: {}",
                     flat ? "the superlattice repeats" : "columns repeat", period, flat ? "does" : "do", edge,
                     below < shape_of(lattice).smallest
                         ? fmt::format("the next size that fits is {}", above)
                         : fmt::format("the next sizes that fit are {} and {}", below, above));
}

void add_hints_about_periods(const Campaign& campaign, std::vector<std::string>& lines) {
  std::set<std::pair<int, int>> places;  // a default is met again in every scan
  for (std::size_t k = 0; k < campaign.scans.size(); ++k) {
    const Scan& scan = campaign.scans[k];
    const auto wrong = std::ranges::find_if(scan.points, [](const Point& point) {
      return point.physics.lattice.periodic() && is_elastic(point.physics) && !fits_its_order(point.physics.lattice);
    });
    if (wrong == scan.points.end()) continue;
    const Place& place = scan.places.at("size");
    if (!places.emplace(place.line, place.column).second) continue;
    lines.push_back(fmt::format("{}:{}:{}: scans[{}].size: {}", campaign.file, place.line, place.column, k,
                                about_period(wrong->physics.lattice)));
  }
}

/// 0.3333 of 36 sites is 11 of them, not 12.
std::string about_composition(const Physics& physics) {
  constexpr double nearly = 0.03;  // of a site
  const double sites = count_core_sites(physics.lattice);
  const double a = sites_of_a(physics.composition, sites);
  const double above = a + 1;
  if (physics.composition * sites < above - nearly) return "";
  return fmt::format("{} of {} core sites makes {} of them A; write {}/{} for {}",
                     canonical_decimal(physics.composition), sites, a, above, sites, above);
}

void add_hints_about_compositions(const Campaign& campaign, std::vector<std::string>& lines) {
  std::set<std::pair<int, int>> places;  // a default is met again in every scan
  for (std::size_t k = 0; k < campaign.scans.size(); ++k) {
    const Scan& scan = campaign.scans[k];
    const auto place = scan.places.find("composition");
    if (place == scan.places.end() || !places.emplace(place->second.line, place->second.column).second) continue;
    for (const Point& point : scan.points) {
      const std::string words = about_composition(point.physics);
      if (words.empty()) continue;
      lines.push_back(fmt::format("{}:{}:{}: scans[{}].composition: {}", campaign.file, place->second.line,
                                  place->second.column, k, words));
      break;
    }
  }
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
    if (has_one_start(scan) && !scan.ladder)  // round trips tell the same
      add(
          fmt::format("no point of one start is ever called converged, so {}; 'start: {}' tells whether chains forget "
                      "theirs",
                      scan.until ? "all go on to at_most" : "chains go on for as long as they may",
                      is_semigrand(scan.points.front().physics) ? "[A, B]" : "[random, segregated]"));
    if (scan.ladder && scan.refine && scan.refine->at_most != Refine().at_most)
      add("at_most counts points that are placed between others; a ladder places its rungs, and they do not count");
    if (scan.until && scan.until->at_most < 2 * scan.schedule.measured_sweeps)
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
  add_hints_about_periods(campaign, lines);
  add_hints_about_compositions(campaign, lines);
  return lines;
}

}  // namespace nxmc
