// The campaign file, described: which keys stand where, what they mean and take, and what holds without them. The
// parser reads names, words and bounds from here; the schema for editors, the tables of keys and the manual are made of
// it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nxmc/material/quantity.hpp"
#include "nxmc/yaml/numbers.hpp"

namespace nxmc {

/// Which scans a key concerns.
enum class Concerns : std::uint8_t {
  all,
  equilibrium,
  exchange,
  canonical,  ///< equilibrium at a fixed composition
  reservoir   ///< exchange, and the semi-grand ensemble
};
/// "all", "equilibrium", "exchange", "canonical", "exchange, semigrand"
std::string_view to_string(Concerns concerns);
/// Whether scans of this method and ensemble have such keys. \param method  empty where it is not known: all keys
/// \param ensemble  empty where none is given: canonical
bool concerns(Concerns who, std::string_view method, std::string_view ensemble);

/// How a value is written; an axis may also have a list of them, and a range if they are numbers.
enum class Form : std::uint8_t {
  name,
  file,
  seed,
  number,
  precision,      ///< a number, or a percentage: `5%`
  numbers,        ///< ascending: one, a list or a range
  word,           ///< one of words_of_key
  word_or_pair,   ///< the same, or two of them in a list
  words,          ///< names, one or a list of them
  some_of_words,  ///< one of words_of_key, or a list of some
  edges,          ///< a number, or two or three in a list
  interaction,
  zip,
  mapping,          ///< with the keys of the section of the same name
  attempt_rate,     ///< {prefactor: 1e13 Hz, barrier: 0.43 eV}
  mapping_or_word,  ///< the same, or one of words_of_key
  count_or_word,    ///< a number, or one of words_of_key
  stages,           ///< mappings with the keys of the section of that name, in a list or one alone
  scans
};

struct CampaignKey {
  std::string_view section;
  std::string_view name;
  Form form = Form::number;
  Concerns concerns = Concerns::all;
  bool is_axis = false;
  bool in_defaults = true;  ///< of a scan
  bool required = false;    ///< in its section; what may also stand in `defaults` is not
  const NumberRule* bounds = nullptr;
  std::string_view unit{};
  std::optional<Dimension> dimension{};  ///< its numbers may have units of it, where the campaign has a material
  std::string_view meaning{};            ///< with words of the file in backticks
  std::string standard{};                ///< its default, as it would be written
  std::string without{};                 ///< what holds without the key, where no value says so
};

/// All keys, section by section.
std::span<const CampaignKey> keys();
/// Those of a scan; axes in the order of their cross product, the first varying slowest.
std::span<const CampaignKey> scan_keys();

/// What holds without the key: "`0.5`", "no limit".
std::string default_of(const CampaignKey& key);
/// "Default: `0.5`.", or "Needed."
std::string sentence_of_default(const CampaignKey& key);
/// What it takes, in words: "a number from 0 to 1", "`random`, `segregated`"; empty where its meaning says it.
std::string values_of(const CampaignKey& key);
/// With its section, unless that is the campaign or a scan: "rates.exchange".
std::string full_name(const CampaignKey& key);
/// Without the backticks.
std::string plain_text(std::string_view marked);

/// A mapping of the campaign file and its keys.
struct Section {
  std::string_view name;
  std::vector<std::string_view> keys;
};
/// "campaign", "scan", "defaults", "range", "rates", "interaction", "measure_every", "until", "refine", "ladder",
/// "samples", "snapshots", "stages" and "attempt_rates".
const std::vector<Section>& schema_sections();
/// \pre `name` is one of them
std::span<const std::string_view> keys_of_section(std::string_view name);

/// A key that takes words, and its words.
const std::vector<Section>& schema_words();
/// \pre `key` takes words
std::span<const std::string_view> words_of_key(std::string_view key);
/// The same of a key whose name others have, too.
std::span<const std::string_view> words_of(const CampaignKey& key);

}  // namespace nxmc
