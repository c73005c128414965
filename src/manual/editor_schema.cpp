#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "keys.hpp"
#include "nxmc/campaign/schema.hpp"

namespace nxmc {
namespace {

using Json = nlohmann::ordered_json;

Json schema_reference(std::string_view name) { return {{"$ref", fmt::format("#/definitions/{}", name)}}; }

/// A value, or a list of such.
Json one_or_several(const Json& one) {
  return {{"anyOf", {one, {{"type", "array"}, {"minItems", 1}, {"items", one}}}}};
}

/// Whole numbers shorter than a double's digits, so that 1000 does not become 1000.0.
Json number(double value) {
  const auto whole = static_cast<std::int64_t>(value < 1e15 && value > -1e15 ? value : 0);
  return static_cast<double>(whole) == value ? Json(whole) : Json(value);
}

Json number_or_fraction(const Json& number) {
  return {{"anyOf", {number, {{"type", "string"}, {"pattern", "^[0-9]+/[0-9]+$"}}}}};
}

Json quantity(const std::string& pattern_of_unit) {
  return {{"type", "string"}, {"pattern", fmt::format("^[-+0-9.eE]+ ?{}$", pattern_of_unit)}};
}

std::string units_of(Dimension dimension) {
  std::string words;
  for (const Unit& unit : units())
    if (unit.dimension == dimension) words += fmt::format("{}{}", words.empty() ? "" : "|", unit.name);
  return fmt::format("({})", words);
}

/// Without bounds those of a range, which are those of its axis.
Json number_within(const NumberRule* bounds, const std::optional<Dimension>& dimension = std::nullopt) {
  Json rule{{"type", "number"}};
  if (bounds == nullptr) {
    Json any = number_or_fraction(rule);
    any["anyOf"].push_back(quantity("[^ ]+"));
    return any;
  }
  rule["minimum"] = number(bounds->or_zero ? std::min(bounds->low, 0.0) : bounds->low);
  rule["maximum"] = number(bounds->high);
  if (bounds->whole) rule["multipleOf"] = 1;  // 1e6 is a number to some readers, and no integer
  if (dimension) return {{"anyOf", {rule, quantity(units_of(*dimension))}}};
  return bounds->fraction ? number_or_fraction(rule) : rule;
}

Json numbers_within(const CampaignKey& key) {
  Json numbers = one_or_several(number_within(key.bounds, key.dimension));
  numbers["anyOf"].push_back(schema_reference("range"));
  return numbers;
}

Json edges_within(const CampaignKey& key) {
  const Json edge = number_within(key.bounds, key.dimension);
  const Json edges{{"type", "array"}, {"minItems", 2}, {"maxItems", 3}, {"items", edge}};
  const Json several{{"type", "array"}, {"minItems", 1}, {"items", {{"anyOf", {edge, edges}}}}};
  return {{"anyOf", {edge, several, schema_reference("range")}}};
}

/// Words of a scan's key have a definition of their own, to which lists of them refer.
Json words(const CampaignKey& key) {
  if (!key.is_axis) return {{"enum", words_of(key)}};
  return one_or_several(schema_reference(key.name));
}

Json form_of(const CampaignKey& key) {
  switch (key.form) {
    case Form::name:
      return {{"type", "string"}, {"minLength", 1}, {"maxLength", 64}};
    case Form::file:
      return {{"type", "string"}, {"minLength", 1}};
    case Form::seed:
      return {{"type", "integer"}, {"minimum", 0}, {"maximum", std::numeric_limits<std::uint64_t>::max()}};
    case Form::number:
      return key.is_axis ? numbers_within(key) : number_within(key.bounds, key.dimension);
    case Form::precision:
      return {{"anyOf", {number_within(key.bounds), {{"type", "string"}, {"pattern", "^[0-9.eE+-]+ ?%$"}}}}};
    case Form::numbers:
      return numbers_within(key);
    case Form::word:
      return words(key);
    case Form::word_or_pair:
      return {{"anyOf",
               {{{"enum", words_of(key)}},
                {{"type", "array"}, {"minItems", 2}, {"maxItems", 2}, {"items", {{"enum", words_of(key)}}}}}}};
    case Form::words:
      return {{"anyOf", {{{"type", "string"}}, {{"type", "array"}, {"minItems", 1}, {"items", {{"type", "string"}}}}}}};
    case Form::some_of_words:
      return {{"anyOf",
               {{{"enum", words_of(key)}},
                {{"type", "array"}, {"uniqueItems", true}, {"items", {{"enum", words_of(key)}}}}}}};
    case Form::edges:
      return edges_within(key);
    case Form::interaction:
      return one_or_several(schema_reference("interaction"));
    case Form::zip:
      return {{"anyOf",
               {{{"type", "array"}, {"minItems", 2}, {"items", schema_reference("axis")}},
                {{"type", "array"},
                 {"minItems", 1},
                 {"items", {{"type", "array"}, {"minItems", 2}, {"items", schema_reference("axis")}}}}}}};
    case Form::count_or_word:
      return {{"anyOf", {{{"enum", words_of(key)}}, number_within(key.bounds)}}};
    case Form::attempt_rate:
      return {
          {"type", "object"},
          {"required", {"prefactor", "barrier"}},
          {"additionalProperties", false},
          {"properties",
           {{"prefactor", quantity(units_of(Dimension::rate))}, {"barrier", quantity(units_of(Dimension::energy))}}}};
    case Form::mapping:
    case Form::mapping_or_word:
      return {{"allOf", {schema_reference(key.name)}}};  // beside a reference alone, a description would not count
    case Form::stages:
      return {
          {"anyOf",
           {{{"type", "array"}, {"minItems", 1}, {"items", schema_reference("stages")}}, schema_reference("stages")}}};
    case Form::scans:
      return {{"type", "array"}, {"minItems", 1}, {"items", schema_reference("scan")}};
  }
  return {};
}

std::string description_of(const CampaignKey& key) {
  std::string text(key.meaning);
  if (!key.unit.empty()) text += fmt::format(". Unit: {}", key.unit);
  return plain_text(fmt::format("{}. {}", text, sentence_of_default(key)));
}

/// Of a number or a word.
Json json_of(const std::string& standard) {
  Json value = Json::parse(standard, nullptr, false);
  return value.is_discarded() ? Json(standard) : value;
}

Json described(const CampaignKey& key) {
  Json value{{"description", description_of(key)}};
  value.update(form_of(key));
  if (key.form == Form::some_of_words) {
    value["default"] = words_of(key);
  } else if (!key.standard.empty() && key.form != Form::mapping) {
    value["default"] = json_of(key.standard);
  }
  return value;
}

const CampaignKey& find_key(std::string_view section, std::string_view name) {
  return *std::ranges::find_if(keys(),
                               [&](const CampaignKey& key) { return key.section == section && key.name == name; });
}

/// A mapping with the keys of a section; those of scans are defined once, for scans and defaults.
Json mapping(const Section& section) {
  const bool of_scans = section.name == "scan" || section.name == "defaults";
  Json required = Json::array();
  Json properties = Json::object();
  for (const std::string_view name : section.keys) {
    const CampaignKey& key = find_key(of_scans ? "scan" : section.name, name);
    if (key.required && section.name != "defaults") required.push_back(name);
    properties[std::string(name)] = of_scans ? schema_reference(fmt::format("keys/{}", name)) : described(key);
  }
  Json object{{"type", "object"}};
  if (!required.empty()) object["required"] = required;
  object["additionalProperties"] = false;
  object["properties"] = properties;
  return object;
}

Json keys_of_scans() {
  Json all = Json::object();
  for (const CampaignKey& key : scan_keys()) all[std::string(key.name)] = described(key);
  return all;
}

Json names_of_axes() {
  Json names = Json::array();
  for (const CampaignKey& key : scan_keys()) {
    if (key.is_axis) names.push_back(key.name);
  }
  return names;
}

Json definitions() {
  Json all = Json::object();
  for (const Section& section : schema_sections()) {
    if (section.name != "campaign") all[std::string(section.name)] = mapping(section);
  }
  all["range"]["oneOf"] = {{{"required", {"step"}}}, {{"required", {"points"}}}};
  all["range"]["dependencies"] = {{"scale", {"points"}}};
  all["interaction"] = {{"anyOf", {{{"enum", words_of_key("interaction")}}, all["interaction"]}}};
  for (const CampaignKey& key : scan_keys()) {
    if (key.form == Form::mapping_or_word)
      all[std::string(key.name)] = {{"anyOf", {{{"enum", words_of(key)}}, all[std::string(key.name)]}}};
    if (key.form == Form::word && key.is_axis) all[std::string(key.name)] = {{"enum", words_of(key)}};
  }
  all["axis"] = {{"enum", names_of_axes()}};
  all["keys"] = keys_of_scans();
  return all;
}

std::string name_of_item(const Json::const_iterator& item, bool of_object) {
  return of_object ? Json(item.key()).dump() + ": " : "";
}

std::string in_one_line(const Json& value) {
  if (!value.is_structured()) return value.dump();
  std::string items;
  for (auto item = value.begin(); item != value.end(); ++item)
    items += (items.empty() ? "" : ", ") + name_of_item(item, value.is_object()) + in_one_line(*item);
  return value.is_object() ? "{" + items + "}" : "[" + items + "]";
}

/// What fits into a line stands in one.
std::string printed(const Json& value, std::size_t indentation) {
  constexpr std::size_t width = 120;
  std::string line = in_one_line(value);
  if (!value.is_structured() || value.empty() || indentation + line.size() <= width) return line;
  std::string items;
  for (auto item = value.begin(); item != value.end(); ++item) {
    items += fmt::format("{}\n{:{}}{}{}", items.empty() ? "" : ",", "", indentation + 2,
                         name_of_item(item, value.is_object()), printed(*item, indentation + 2));
  }
  return fmt::format("{}{}\n{:{}}{}", line.front(), items, "", indentation, line.back());
}

}  // namespace

std::string editor_schema() {
  Json schema{{"$schema", "http://json-schema.org/draft-07/schema#"},
              {"title", "nxmc campaign"},
              {"description",
               "Campaigns of Monte Carlo simulations of nanocrystal ion exchange. nxmc itself checks more than this "
               "schema can say."}};
  schema.update(mapping(schema_sections().front()));
  schema["definitions"] = definitions();
  return printed(schema, 0) + "\n";
}

}  // namespace nxmc
