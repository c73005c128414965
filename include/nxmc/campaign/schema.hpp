// The words of the campaign file: which keys stand where, and which words they take. The parser reads these tables, and
// campaigns/schema.json is tested against them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace nxmc {

/// Which scans a key concerns.
enum class Concerns : std::uint8_t { all, equilibrium, exchange };

struct ScanKey {
  std::string_view name;
  Concerns concerns = Concerns::all;
  bool is_axis = false;
  bool in_defaults = true;
};

/// Keys of a scan; axes in the order of their cross product, the first varying slowest.
std::span<const ScanKey> scan_keys();

/// A mapping of the campaign file and its keys.
struct Section {
  std::string_view name;
  std::vector<std::string_view> keys;
};
/// "campaign", "scan", "defaults", "range", "rates", "interaction", "measure_every" and "snapshots".
const std::vector<Section>& schema_sections();
/// \pre `name` is one of them
std::span<const std::string_view> keys_of_section(std::string_view name);

/// A key that takes words, and its words.
const std::vector<Section>& schema_words();
/// \pre `key` takes words
std::span<const std::string_view> words_of_key(std::string_view key);

}  // namespace nxmc
