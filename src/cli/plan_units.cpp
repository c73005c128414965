#include "plan_units.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "nxmc/campaign/physical_units.hpp"
#include "nxmc/campaign/plan.hpp"

namespace nxmc {
namespace {

/// Different ones, in the order of the campaign; of many the first and the last.
class Pairs {
 public:
  void add(std::string text) {
    if (std::ranges::find(all_, text) == all_.end() && all_.size() < most_looked_at) all_.push_back(std::move(text));
  }
  /// \param all  that were looked at; else nobody knows how many there are
  std::string joined(bool all) const {
    constexpr std::size_t most_shown = 4;
    if (all_.size() <= most_shown) return fmt::format("{}", fmt::join(all_, ", "));
    return fmt::format("{}, {} \u2026 {}{}", all_[0], all_[1], all_.back(),
                       all ? fmt::format(" ({} values)", all_.size()) : "");
  }
  bool empty() const { return all_.empty(); }

 private:
  static constexpr std::size_t most_looked_at = 1000;
  std::vector<std::string> all_;
};

std::string unit_of_energy(const Physics& physics) {
  const std::string_view unit = energy_unit(physics.interaction);
  return std::string(unit == "epsilon" ? "\u03B5" : unit == "kT" ? "k_BT" : unit);
}

/// 2.5e-7 s as "250 ns".
std::string span_of_time(double seconds) {
  constexpr std::array<std::pair<double, const char*>, 6> units{
      {{1, "s"}, {1e-3, "ms"}, {1e-6, "\u00B5s"}, {1e-9, "ns"}, {1e-12, "ps"}, {1e-15, "fs"}}};
  for (const auto& [size, name] : units)
    if (seconds >= size && seconds < 1e4) return fmt::format("{:.4g} {}", seconds / size, name);
  return fmt::format("{:.4g} s", seconds);
}

bool feels_delta_mu(const Physics& physics) { return physics.method == Method::exchange || is_semigrand(physics); }

/// "10 sites = 5.9 nm", with the length that was asked for.
std::string size_in_words(const Scan& scan, const Physics& physics, double nm) {
  std::string text;
  for (const int edge : physics.lattice.size) {
    if (edge == 0) continue;
    text += fmt::format("{}{} sites = {:.4g} nm", text.empty() ? "" : " x ", edge, edge * nm);
    const auto asked = std::ranges::find(scan.rounded, edge, &RoundedEdge::sites);
    if (asked != scan.rounded.end()) text += fmt::format(" (for {:.4g} nm)", asked->nm);
    if (physics.lattice.size[1] == edge && physics.lattice.size[2] == edge) break;  // a cube
  }
  return text;
}

void add_scan(UnitsInWords& lines, const Scan& scan, const PhysicalUnits& units) {
  Pairs temperatures;
  Pairs drives;
  Pairs sizes;
  Pairs times;
  constexpr std::size_t most_points = 20'000;
  const std::size_t step = scan.points.size() / most_points + 1;
  for (std::size_t k = 0; k < scan.points.size(); k += step) {
    const Physics& physics = scan.points[k].physics;
    const double kelvin = units.temperature(physics);
    const std::string unit = unit_of_energy(physics);
    sizes.add(size_in_words(scan, physics, units.length(physics)));
    if (std::isnan(kelvin)) continue;
    if (unit == "k_BT")
      temperatures.add(fmt::format("{:.6g} K", kelvin));
    else
      temperatures.add(fmt::format("{:.6g} K = {:.4g} {}", kelvin, physics.temperature, unit));
    if (feels_delta_mu(physics))
      drives.add(fmt::format("{:.6g} eV = {:.4g} {}", as_written(physics.delta_mu * units.energy(physics)),
                             physics.delta_mu, unit));
    const double second = units.time(physics);
    if (physics.method == Method::exchange && !std::isnan(second))
      times.add(fmt::format("1 = {} at {:.6g} K, where exchange is {:.4g} and diffusion {:.4g}", span_of_time(second),
                            kelvin, physics.rates.exchange, physics.rates.diffusion));
  }
  const auto add = [&](const char* name, const Pairs& pairs) {
    if (!pairs.empty()) lines.emplace_back("", fmt::format("{}: {} {}", scan.name, name, pairs.joined(step == 1)));
  };
  add("size", sizes);
  add("temperature", temperatures);
  add("delta_mu", drives);
  add("time", times);
}

}  // namespace

UnitsInWords units_in_words(const Campaign& campaign) {
  constexpr double mev = 1e3;
  if (!campaign.material) return {};
  const PairProperties pair = properties_of(*campaign.material);
  std::string material = fmt::format("{} to {} ({}); \u03B5 = {:.4g} meV in 3D, {:.4g} in 2D",
                                     campaign.material->A.name, campaign.material->B.name, campaign.material_name,
                                     mev * pair.cubic.epsilon.value, mev * pair.triangular.epsilon.value);
  if (pair.cubic.J)
    material += fmt::format("; J = {:.4g} and {:.4g} meV", mev * pair.cubic.J->value, mev * pair.triangular.J->value);
  UnitsInWords lines{{"material", material}};
  const PhysicalUnits units(campaign);
  constexpr std::size_t most_scans = 20;
  for (std::size_t k = 0; k < std::min(campaign.scans.size(), most_scans); ++k)
    add_scan(lines, campaign.scans[k], units);
  if (campaign.scans.size() > most_scans)
    lines.emplace_back("", fmt::format("\u2026 and {} more scans", campaign.scans.size() - most_scans));
  return lines;
}

}  // namespace nxmc
