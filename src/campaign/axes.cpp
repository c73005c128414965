// The axes of a scan and the points that they span.
#include "axes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cassert>
#include <unordered_map>
#include <utility>

#include "bounds.hpp"
#include "fields.hpp"
#include "nxmc/campaign/plan.hpp"
#include "nxmc/campaign/schema.hpp"
#include "nxmc/yaml/numbers.hpp"
#include "nxmc/yaml/words.hpp"

namespace nxmc {
namespace {

/// \pre the axis takes numbers
const NumberRule& number_rule(AxisKey key) {
  return *std::ranges::find(scan_keys(), to_string(key), &CampaignKey::name)->bounds;
}

/// Reads one value where a list may stand, or the items of the list.
template <typename ReadOne>
std::vector<AxisValue> read_each(const YamlNode& node, Problems& problems, const ReadOne& read_one) {
  std::vector<AxisValue> values;
  const auto read = [&](const YamlNode& item) {
    if (auto value = read_one(item)) values.push_back({std::move(*value), &item});
  };
  if (!node.is_list()) {
    read(node);
  } else if (node.items.empty()) {
    problems.add(node.place, node.path, "an empty list; give at least one value");
  } else {
    for (const auto& item : node.items) read(*item);
  }
  return values;
}

std::vector<AxisValue> read_number_axis(const YamlNode& node, const NumberRule& rule, Problems& problems) {
  std::vector<AxisValue> values;
  for (const LocatedNumber& number : read_numbers(node, rule, problems)) {
    AxisValue& value = values.emplace_back();  // a temporary would seem uninitialised to GCC 12
    value.value = number.value;
    value.node = number.node;
  }
  return values;
}

std::vector<AxisValue> read_word_axis(AxisKey key, const YamlNode& node, Problems& problems) {
  const auto words = words_of_key(to_string(key));
  return read_each(node, problems,
                   [&](const YamlNode& item) -> std::optional<Value> { return read_word(item, words, problems); });
}

std::optional<Value> read_edges(const YamlNode& node, Problems& problems) {
  if (!node.is_list()) {
    const auto edge = read_number(node, size_bounds, problems);
    if (!edge) return std::nullopt;
    return Edges{{static_cast<int>(*edge), 0, 0}, 1};
  }
  if (node.items.size() != 2 && node.items.size() != 3) {
    problems.add(
        node.place, node.path,
        fmt::format("{} number{}; sizes in a list of their own are two, as those of a cylinder, [6, 20], or three, as "
                    "the edges of a box, [10, 10, 50]",
                    node.items.size(), node.items.size() == 1 ? "" : "s"));
    return std::nullopt;
  }
  Edges edges{.given = static_cast<int>(node.items.size())};
  bool valid = true;
  for (std::size_t k = 0; k < node.items.size(); ++k) {
    const auto edge = read_number(*node.items[k], size_bounds, problems);
    valid = valid && edge;
    if (edge) edges.count[k] = static_cast<int>(*edge);
  }
  return valid ? std::optional<Value>(edges) : std::nullopt;
}

std::vector<AxisValue> read_size_axis(const YamlNode& node, Problems& problems) {
  if (!node.is_map())
    return read_each(node, problems, [&](const YamlNode& item) { return read_edges(item, problems); });
  std::vector<AxisValue> values;
  for (const LocatedNumber& number : read_numbers(node, size_bounds, problems)) {
    values.push_back({Edges{{static_cast<int>(number.value), 0, 0}, 1}, number.node});
  }
  return values;
}

std::optional<Value> read_mixed_interaction(const YamlNode& map, Problems& problems) {
  refuse_unknown_keys(map, keys_of_section("interaction"), problems);
  const Entry elastic = find_entry(map, "elastic");
  const Entry ising = find_entry(map, "ising");
  if (!elastic) {
    problems.add(map.place, map.path,
                 "needs 'elastic: 1'; for a crystal without elastic part write 'interaction: ising' (energies in J)");
    return std::nullopt;
  }
  const auto weight = read_number(*elastic.value, elastic_bounds, problems);
  const auto coupling = ising ? read_number(*ising.value, ising_bounds, problems) : std::optional<double>(0);
  if (!weight || !coupling) return std::nullopt;
  return Interaction{.elastic = *weight, .ising = *coupling};
}

std::optional<Value> read_interaction(const YamlNode& node, Problems& problems) {
  if (node.is_map()) return read_mixed_interaction(node, problems);
  const auto words = words_of_key("interaction");
  const auto word = read_word(node, words, problems);
  if (!word) return std::nullopt;
  if (*word == "elastic") return Interaction{.elastic = 1, .ising = 0};
  if (*word == "ising") return Interaction{.elastic = 0, .ising = 1};
  return Interaction{.elastic = 0, .ising = 0};
}

std::vector<AxisValue> read_axis_values(AxisKey key, const YamlNode& node, Problems& problems) {
  switch (key) {
    case AxisKey::lattice:
    case AxisKey::start:
    case AxisKey::hamiltonian:
      return read_word_axis(key, node, problems);
    case AxisKey::size:
      return read_size_axis(node, problems);
    case AxisKey::interaction:
      return read_each(node, problems, [&](const YamlNode& item) { return read_interaction(item, problems); });
    default:
      return read_number_axis(node, number_rule(key), problems);
  }
}

std::string text_of(const Value& value) {
  if (const auto* number = std::get_if<double>(&value)) return canonical_decimal(*number);
  if (const auto* word = std::get_if<std::string>(&value)) return *word;
  if (const auto* interaction = std::get_if<Interaction>(&value)) return to_string(*interaction);
  const auto& edges = std::get<Edges>(value);
  if (edges.given == 1) return fmt::format("{}", edges.count[0]);
  return fmt::format("[{}]", fmt::join(std::span(edges.count).first(static_cast<std::size_t>(edges.given)), ", "));
}

std::vector<AxisKey> all_axis_keys() {
  std::vector<AxisKey> keys;
  for (std::size_t k = 0; k < axis_count; ++k) keys.push_back(static_cast<AxisKey>(k));
  return keys;
}

std::optional<ZipWord> read_zip_word(const YamlNode& node, Problems& problems) {
  std::vector<std::string_view> words;
  for (const AxisKey key : all_axis_keys()) words.push_back(to_string(key));
  const auto found = node.is_text() ? std::ranges::find(words, std::string_view(node.text)) : words.end();
  if (found != words.end()) return ZipWord{static_cast<AxisKey>(found - words.begin()), node.place, node.path};
  const std::string hint = suggestion(node.text, words, "the axes are");
  problems.add(node.place, node.path, fmt::format("must be the name of an axis, not {}; {}", describe(node), hint));
  return std::nullopt;
}

std::vector<ZipWord> read_zip_group(const YamlNode& list, Problems& problems) {
  if (list.items.size() < 2) {
    problems.add(list.place, list.path, "needs at least two axes: zip: [size, shell_stiffness]");
    return {};
  }
  std::vector<ZipWord> words;
  for (const auto& item : list.items) {
    if (const auto word = read_zip_word(*item, problems)) words.push_back(*word);
  }
  return words;
}

std::optional<std::size_t> index_of(const std::vector<Axis>& axes, AxisKey key) {
  const auto found = std::ranges::find(axes, key, &Axis::key);
  if (found == axes.end()) return std::nullopt;
  return static_cast<std::size_t>(found - axes.begin());
}

/// The zipped axes of one group, as far as they can be zipped.
std::vector<std::size_t> resolve_group(const std::vector<Axis>& axes, const std::vector<ZipWord>& words,
                                       std::vector<bool>& taken, Problems& problems) {
  std::vector<std::size_t> group;
  for (const ZipWord& word : words) {
    const auto index = index_of(axes, word.key);
    if (!index || !axes[*index].several) {
      problems.add(word.place, word.path,
                   fmt::format("'{}' is no list or range in this scan; only those can be zipped", to_string(word.key)));
    } else if (taken[*index]) {
      problems.add(word.place, word.path, fmt::format("'{}' is zipped twice", to_string(word.key)));
    } else {
      taken[*index] = true;
      group.push_back(*index);
    }
  }
  std::ranges::sort(group);
  return group;
}

void check_equal_lengths(const std::vector<Axis>& axes, const std::vector<ZipWord>& words,
                         const std::vector<std::size_t>& group, Problems& problems) {
  const bool sound = std::ranges::all_of(group, [&](std::size_t index) { return axes[index].sound; });
  if (group.size() < 2 || !sound) return;
  std::string lengths;
  bool equal = true;
  for (const std::size_t index : group) {
    const std::size_t length = axes[index].values.size();
    equal = equal && length == axes[group.front()].values.size();
    lengths += fmt::format("{}'{}' has {}", lengths.empty() ? "" : ", ", to_string(axes[index].key), length);
  }
  if (!equal) {
    problems.add(words.front().place, words.front().path, "zipped axes need equally many values: " + lengths);
  }
}

std::size_t length_of(const Grid& grid, const std::vector<std::size_t>& group) {
  return grid.axes[group.front()].values.size();
}

void doubt(Grid& grid, const std::vector<std::size_t>& group) {
  for (const std::size_t index : group) grid.doubtful.insert(grid.axes[index].key);
}

std::string text_of_combination(const Grid& grid, const std::vector<std::size_t>& group, std::size_t k) {
  std::string text;
  for (const std::size_t index : group) text += (text.empty() ? "" : ", ") + text_of(grid.axes[index].values[k].value);
  return text;
}

void refuse_repeated_values(const Grid& grid, const std::vector<std::size_t>& group, Problems& problems) {
  std::unordered_map<std::string, std::size_t> first;
  for (std::size_t k = 0; k < length_of(grid, group); ++k) {
    const std::string text = text_of_combination(grid, group, k);
    const auto [earlier, is_new] = first.try_emplace(text, k);
    if (is_new) continue;
    const AxisValue& value = grid.axes[group.front()].values[k];
    const std::string what = group.size() == 1
                                 ? fmt::format("{} stands twice in the list", text)
                                 : fmt::format("the zipped axes have the same values at their places {} and {}: {}",
                                               earlier->second + 1, k + 1, text);
    problems.add(value.node->place, value.node->path, what);
  }
}

}  // namespace

std::string_view to_string(AxisKey key) {
  constexpr std::array<std::string_view, axis_count> names = {
      "lattice",  "size",        "shell_layers", "shell_stiffness", "temperature",
      "delta_mu", "composition", "start",        "interaction",     "hamiltonian"};
  return names[static_cast<std::size_t>(key)];
}

Axis read_axis(AxisKey key, const YamlNode& node, bool own, Problems& problems) {
  const std::size_t before = problems.count();
  Axis axis{.key = key, .own = own, .node = &node, .values = {}};
  // A mapping is a range everywhere but in `interaction`, where it is one value.
  axis.several = node.is_list() || (node.is_map() && key != AxisKey::interaction);
  axis.values = read_axis_values(key, node, problems);
  axis.sound = problems.count() == before;
  return axis;
}

std::vector<std::vector<ZipWord>> read_zip(const YamlNode& node, Problems& problems) {
  if (!node.is_list()) {
    problems.add(node.place, node.path,
                 fmt::format("must be a list of axes such as [size, shell_stiffness], not {}", describe(node)));
    return {};
  }
  const bool nested = std::ranges::any_of(node.items, [](const auto& item) { return item->is_list(); });
  if (!nested) return {read_zip_group(node, problems)};
  std::vector<std::vector<ZipWord>> groups;
  for (const auto& item : node.items) {
    if (item->is_list()) {
      groups.push_back(read_zip_group(*item, problems));
    } else {
      problems.add(item->place, item->path,
                   fmt::format("must be a list of axes like its neighbours, not {}", describe(*item)));
    }
  }
  return groups;
}

const Axis* Grid::find(AxisKey key) const {
  const auto index = index_of(axes, key);
  return index ? &axes[*index] : nullptr;
}

bool Grid::zipped(AxisKey a, AxisKey b) const {
  const auto first = index_of(axes, a);
  const auto second = index_of(axes, b);
  if (!first || !second) return false;
  return std::ranges::any_of(groups, [&](const std::vector<std::size_t>& group) {
    return std::ranges::count(group, *first) > 0 && std::ranges::count(group, *second) > 0;
  });
}

bool Grid::is_sound(std::span<const AxisKey> keys) const {
  return std::ranges::none_of(keys, [&](AxisKey key) { return doubtful.contains(key); });
}

Grid make_grid(std::vector<Axis> axes, const std::vector<std::vector<ZipWord>>& zip, Problems& problems) {
  Grid grid{.axes = std::move(axes), .groups = {}, .doubtful = {}};
  std::vector<bool> taken(grid.axes.size(), false);
  for (const std::vector<ZipWord>& words : zip) {
    const std::size_t before = problems.count();
    std::vector<std::size_t> group = resolve_group(grid.axes, words, taken, problems);
    grid.zip_doubtful = grid.zip_doubtful || problems.count() > before;
    check_equal_lengths(grid.axes, words, group, problems);
    if (problems.count() > before) doubt(grid, group);
    if (!group.empty()) grid.groups.push_back(std::move(group));
  }
  for (std::size_t index = 0; index < grid.axes.size(); ++index) {
    if (!taken[index]) grid.groups.push_back({index});
  }
  std::ranges::sort(grid.groups);
  for (const auto& group : grid.groups) {
    const bool sound = std::ranges::all_of(group, [&](std::size_t index) { return grid.axes[index].sound; });
    if (!sound) doubt(grid, group);
    if (grid.doubtful.contains(grid.axes[group.front()].key)) continue;
    refuse_repeated_values(grid, group, problems);
  }
  return grid;
}

const AxisValue* selected(const Selection& selection, AxisKey key) { return selection[static_cast<std::size_t>(key)]; }

double count_points(const Grid& grid) {
  double points = 1;
  for (const auto& group : grid.groups) points *= static_cast<double>(std::max(length_of(grid, group), std::size_t{1}));
  return points;
}

void for_each_combination(const Grid& grid, std::span<const AxisKey> keys,
                          const std::function<void(const Selection&)>& visit) {
  std::vector<const std::vector<std::size_t>*> walked;
  for (const auto& group : grid.groups) {
    const bool concerned = std::ranges::any_of(
        group, [&](std::size_t index) { return std::ranges::find(keys, grid.axes[index].key) != keys.end(); });
    if (concerned) walked.push_back(&group);
  }
  Selection selection{};
  const auto walk = [&](const auto& deeper, std::size_t depth) -> void {
    if (depth == walked.size()) {
      visit(selection);
      return;
    }
    const auto& group = *walked[depth];
    for (std::size_t k = 0; k < length_of(grid, group); ++k) {
      for (const std::size_t index : group) {
        const Axis& axis = grid.axes[index];
        selection[static_cast<std::size_t>(axis.key)] = &axis.values[k];
      }
      deeper(deeper, depth + 1);
    }
  };
  walk(walk, 0);
}

void for_each_point(const Grid& grid, const std::function<void(const Selection&)>& visit) {
  for_each_combination(grid, all_axis_keys(), visit);
}

}  // namespace nxmc
