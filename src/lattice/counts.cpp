#include "counts.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "operations.hpp"
#include "outline.hpp"
#include "shapes.hpp"

namespace nxmc {
namespace {

/// What has been counted. Campaigns ask for the same crystals again and again, once for each of up to millions of jobs;
/// a count is a function of the crystal alone, so that remembering it changes nothing but the time.
template <typename Found>
class Memory {
 public:
  template <typename Find>
  Found of(const LatticeSpec& spec, const Find& find) {
    {
      const std::scoped_lock lock(mutex_);
      if (const auto known = found_.find(spec); known != found_.end()) return known->second;
    }
    const Found found = find(spec);
    const std::scoped_lock lock(mutex_);
    constexpr std::size_t most = 4096;
    if (found_.size() >= most) found_.clear();
    found_.emplace(spec, found);
    return found;
  }

 private:
  std::mutex mutex_;
  std::map<LatticeSpec, Found> found_;
};

Cell planes_of(const Runs& runs) {
  const Cell lowest = runs.lowest();
  Cell planes = runs.highest();
  for (std::size_t k = 0; k < 3; ++k) planes[k] += 1 - lowest[k];
  return planes;
}

Counts count(const LatticeSpec& spec) {
  const Outline outline = outline_of(spec);
  return {.sites = outline.whole.count(),
          .core = outline.core.count(),
          .inner_core = outline.core.eroded().count(),
          .planes = planes_of(outline.whole),
          .core_planes = planes_of(outline.core)};
}

std::vector<Cell> ends_of(const Runs& runs) {
  const std::size_t along = runs.dimension() == 2 ? 1 : 2;
  std::vector<Cell> ends;
  for (const Run& run : runs.runs()) {
    Cell last = run.first;
    last[along] += run.cells - 1;
    ends.push_back(run.first);
    ends.push_back(last);
  }
  return ends;
}

std::array<std::int64_t, 3> total_of(const Runs& runs) {
  const std::size_t along = runs.dimension() == 2 ? 1 : 2;
  std::array<std::int64_t, 3> total{};
  for (const Run& run : runs.runs()) {
    const std::int64_t cells = run.cells;
    for (std::size_t k = 0; k < 3; ++k) total[k] += cells * run.first[k];
    total[along] += cells * (cells - 1) / 2;
  }
  return total;
}

SymmetryCounts count_symmetry(const LatticeSpec& spec) {
  constexpr double most_looked_at = 1 << 21;
  const Outline outline = outline_of(spec);
  const double sites = outline.whole.count();
  const bool all = sites <= most_looked_at;
  const std::vector<Cell> cells = all ? outline.whole.cells() : ends_of(outline.whole);
  const std::vector<Cell> core = all ? outline.core.cells() : ends_of(outline.core);
  const std::array<std::int64_t, 3> total = total_of(outline.whole);
  SymmetryCounts counts{};
  double fixed = 0;  // Burnside: as many classes as operations leave cells in place, on average
  for (const CellMap& map : point_group(outline.whole.dimension())) {
    const std::optional<Cell> shift = shift_about_centre(total, static_cast<std::int64_t>(sites), map);
    if (!shift) continue;
    const auto stays_in = [&](const Runs& runs) {
      return [&](const Cell& cell) { return runs.contains(moved(map, *shift, cell)); };
    };
    if (!std::ranges::all_of(cells, stays_in(outline.whole)) || !std::ranges::all_of(core, stays_in(outline.core)))
      continue;
    ++counts.operations;
    fixed += static_cast<double>(
        std::ranges::count_if(cells, [&](const Cell& cell) { return moved(map, *shift, cell) == cell; }));
  }
  counts.orbits = (all ? fixed : sites) / counts.operations;
  return counts;
}

/// Those of the crystal's formulas, where nothing has to be counted.
const ShapeDefinition* with_formulas(const LatticeSpec& spec) {
  const ShapeDefinition& definition = checked_shape(spec);
  return definition.orbits != nullptr && spec.covered == 0 ? &definition : nullptr;
}

}  // namespace

Counts counted(const LatticeSpec& spec) {
  static Memory<Counts> memory;
  return memory.of(spec, count);
}

SymmetryCounts counted_symmetry(const LatticeSpec& spec) {
  static Memory<SymmetryCounts> memory;
  return memory.of(spec, count_symmetry);
}

double count_sites(const LatticeSpec& spec) {
  const ShapeDefinition* const definition = with_formulas(spec);
  return definition == nullptr ? counted(spec).sites : definition->count(total_edges(*definition, spec));
}

double count_core_sites(const LatticeSpec& spec) {
  const ShapeDefinition& definition = checked_shape(spec);
  return definition.count == nullptr ? counted(spec).core
                                     : definition.count({spec.size[0], spec.size[1], spec.size[2]});
}

double count_inner_core_sites(const LatticeSpec& spec) {
  const ShapeDefinition* const definition = with_formulas(spec);
  if (definition == nullptr) return counted(spec).inner_core;
  if (spec.periodic()) return count_core_sites(spec);
  Edges edges{};
  for (std::size_t k = 0; k < static_cast<std::size_t>(definition->shape.sizes); ++k) {
    edges[k] = std::int64_t{spec.size[k]} - definition->edge_growth;
    if (edges[k] < 1) return 0;
  }
  return definition->count(edges);
}

Cell count_planes(const LatticeSpec& spec, bool core_only) {
  const ShapeDefinition* const definition = with_formulas(spec);
  if (definition == nullptr) return core_only ? counted(spec).core_planes : counted(spec).planes;
  const Edges edges = core_only ? Edges{spec.size[0], spec.size[1], spec.size[2]} : total_edges(*definition, spec);
  const Region region = definition->region(edges);
  Cell planes{};
  for (std::size_t k = 0; k < 3; ++k) planes[k] = static_cast<int>(region.highest[k] - region.lowest[k] + 1);
  return planes;
}

double count_orbits(const LatticeSpec& spec) {
  const ShapeDefinition* const definition = with_formulas(spec);
  return definition == nullptr ? counted_symmetry(spec).orbits : definition->orbits(total_edges(*definition, spec));
}

double count_symmetries(const LatticeSpec& spec) {
  const ShapeDefinition* const definition = with_formulas(spec);
  return definition == nullptr ? counted_symmetry(spec).operations
                               : definition->symmetries(total_edges(*definition, spec));
}

double lattice_bytes(const LatticeSpec& spec) {
  const double bonds = checked_shape(spec).shape.dimension == 2 ? 6 : 18;
  const double core = sizeof(Site) * count_core_sites(spec);
  const double shell = shell_is_layers(spec) ? 0 : sizeof(std::uint8_t);
  return (sizeof(Cell) + sizeof(Vector3) + sizeof(int) + bonds * sizeof(Site) + shell) * count_sites(spec) + core;
}

double symmetry_bytes(const LatticeSpec& spec) {
  constexpr double orbits = 3 * sizeof(std::int32_t);
  return (count_symmetries(spec) * sizeof(Site) + orbits) * count_sites(spec);
}

}  // namespace nxmc
