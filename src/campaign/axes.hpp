// The axes of a scan and the points that they span.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "nxmc/model/hamiltonian.hpp"
#include "nxmc/yaml/document.hpp"
#include "nxmc/yaml/problems.hpp"

namespace nxmc {

/// In the order of the schema, which is that of the cross product.
enum class AxisKey : std::uint8_t {
  lattice,
  size,
  shell_layers,
  shell_stiffness,
  temperature,
  delta_mu,
  composition,
  start,
  interaction,
  hamiltonian
};
inline constexpr std::size_t axis_count = 10;
std::string_view to_string(AxisKey key);

/// A `size` entry: one number, or two or three in brackets.
struct Edges {
  std::array<int, 3> count{};
  int given = 1;
};

using Value = std::variant<double, std::string, Edges, Interaction>;

struct AxisValue {
  Value value;
  const YamlNode* node = nullptr;  ///< what it stands in: the value itself, or a range
};

struct Axis {
  AxisKey key{};
  bool own = true;       ///< given in the scan, not inherited from the defaults
  bool several = false;  ///< a list or a range
  bool sound = true;     ///< none of its values is missing because it was wrong
  const YamlNode* node = nullptr;
  std::vector<AxisValue> values;
  std::shared_ptr<const YamlNode> in_model_numbers{};  ///< holds the nodes of values that were given in physical units
};

/// Reads the values of an axis; those that are wrong are left out, with a problem.
Axis read_axis(AxisKey key, const YamlNode& node, bool own, Problems& problems);

/// `zip` as it is written: groups of axes that are walked together.
struct ZipWord {
  AxisKey key{};
  Place place;
  std::string path;
};
std::vector<std::vector<ZipWord>> read_zip(const YamlNode& node, Problems& problems);

/// Axes in groups that are walked together; the cross product is over the groups.
struct Grid {
  std::vector<Axis> axes;                        ///< in the order of AxisKey
  std::vector<std::vector<std::size_t>> groups;  ///< indices into `axes`, by the first of each group
  /// Axes with wrong values, zipped to unequal ones or perhaps misspelt: their problems are reported, and what else is
  /// looked for leaves them out.
  std::set<AxisKey> doubtful;
  bool zip_doubtful = false;

  bool is_sound(std::span<const AxisKey> keys) const;
  const Axis* find(AxisKey key) const;
  bool zipped(AxisKey a, AxisKey b) const;
};

/// Checks that zipped axes have equally many values, and that no value or zipped combination occurs twice, as far as
/// the axes are sound.
Grid make_grid(std::vector<Axis> axes, const std::vector<std::vector<ZipWord>>& zip, Problems& problems);

/// One value of each axis; nullptr for an axis that the scan does not have.
using Selection = std::array<const AxisValue*, axis_count>;
const AxisValue* selected(const Selection& selection, AxisKey key);

/// At least 1, also when a wrong axis has no values.
double count_points(const Grid& grid);
/// All combinations of the groups that contain one of `keys`, the first group slowest; the other axes are left out.
/// \pre the keys are sound
void for_each_combination(const Grid& grid, std::span<const AxisKey> keys,
                          const std::function<void(const Selection&)>& visit);
void for_each_point(const Grid& grid, const std::function<void(const Selection&)>& visit);

}  // namespace nxmc
