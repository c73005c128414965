#include "refine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "along.hpp"
#include "bounds.hpp"
#include "fields.hpp"
#include "nxmc/campaign/schema.hpp"
#include "points.hpp"

namespace nxmc {
namespace {

bool is_flat(const AxisValue& lattice) { return shape_of(std::get<std::string>(lattice.value)).dimension == 2; }

}  // namespace

std::optional<Refine> read_refine(const YamlNode& node, Problems& problems) {
  if (!expect_map(node, "a mapping with 'along' and 'tolerance': {along: shell_stiffness, tolerance: 0.02}", problems))
    return std::nullopt;
  const std::size_t before = problems.count();
  refuse_unknown_keys(node, keys_of_section("refine"), problems);
  Refine refine;
  refine.along = read_along(node, problems).value_or(refine.along);
  if (const Entry to = find_entry(node, "to")) read_word(*to.value, words_of_key("to"), problems);
  if (const Entry of = find_entry(node, "of"))
    refine.of = order_parameter_named(read_word(*of.value, words_of_key("of"), problems).value_or(""));
  if (const Entry split = find_entry(node, "split")) refine.split = read_number(*split.value, split_bounds, problems);
  if (const Entry tolerance = find_entry(node, "tolerance"))
    refine.tolerance = read_number(*tolerance.value, tolerance_bounds, problems).value_or(1);
  else
    problems.add(node.place, node.path, "lacks 'tolerance' (the standard error that the transition shall have)");
  if (const Entry most = find_entry(node, "at_most"))
    refine.at_most = static_cast<int>(read_count(*most.value, placed_points_bounds, problems).value_or(1));
  return problems.count() > before ? std::nullopt : std::optional(refine);
}

void check_refine(const YamlNode& node, const Scan& scan, Ensemble ensemble, const Grid& grid, Problems& problems) {
  const auto add = [&](std::string message) {
    if (!message.empty()) problems.add(node.place, node.path, std::move(message));
  };
  if (scan.until) add("a scan has 'refine' or 'until': the first makes chains longer as the transition needs it");
  if (scan.schedule.samples.at_most == 0)
    add("the transition is found from the samples of chains, which 'samples: none' does not keep");
  if (const Axis* const lattice = grid.find(AxisKey::lattice);
      lattice != nullptr && scan.refine->of == OrderParameter::f_C && std::ranges::any_of(lattice->values, is_flat))
    add("crystals in 2D have no columns: f_C is of cubes and boxes");
  if (const Axis* const lattice = grid.find(AxisKey::lattice);
      lattice != nullptr && scan.refine->of == OrderParameter::f_S && !std::ranges::all_of(lattice->values, is_flat))
    add("crystals in 3D have no superlattice: f_S is of hexagons");
  if (scan.refine->of == OrderParameter::c && grid.find(AxisKey::delta_mu) == nullptr)
    add("the composition is fixed: c tells sides apart with 'ensemble: semigrand' only");
  const std::string_view name = to_string(scan.refine->along);
  add(why_no_line(scan.refine->along, ensemble, grid, "between which the transition is looked for"));
  for (std::size_t k = 0; k < axis_count; ++k) {
    const auto other = static_cast<AxisKey>(k);
    if (other != key_of(scan.refine->along) && grid.zipped(key_of(scan.refine->along), other))
      add(fmt::format("'{}' is zipped with '{}': points between its values would not know the other", name,
                      to_string(other)));
  }
}

}  // namespace nxmc
