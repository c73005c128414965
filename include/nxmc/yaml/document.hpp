// YAML text as a tree in which every key and value knows its line and its path.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nxmc/yaml/problems.hpp"

namespace nxmc {

/// A value of the document. What an alias refers to is shared, with the place and path of its anchor.
struct YamlNode {
  struct Key {
    std::string name;
    Place place;
  };
  enum class Kind : std::uint8_t { nothing, text, list, map };

  Kind kind = Kind::nothing;
  Place place;
  std::string path;                                    ///< "scans[0].size"
  std::string text;                                    ///< of a scalar
  bool quoted = false;                                 ///< a scalar in quotes is a text even if it looks like a number
  std::vector<std::shared_ptr<const YamlNode>> items;  ///< of a list; the values of a map
  std::vector<Key> keys;                               ///< of a map, each once, in the order of the file
  double expanded = 1;  ///< values below and including this one, aliases counted each time

  bool is_text() const { return kind == Kind::text; }
  bool is_list() const { return kind == Kind::list; }
  bool is_map() const { return kind == Kind::map; }
};

/// What the file is, for messages.
struct DocumentKind {
  std::string_view name;       ///< "campaign"
  std::string_view beginning;  ///< what it begins with
  std::string_view sharing;    ///< what to do instead of merging keys
};

/// Reads one YAML document. Duplicate and merge keys, tags, empty keys and recursion are problems; the offending part
/// is left out of the tree. nullptr when the text cannot be read at all (not text, syntax error, empty, several
/// documents).
std::shared_ptr<const YamlNode> read_document(const std::string& text, const DocumentKind& kind, Problems& problems);

/// The value as a message shows it: "'abc'", "a list", "a mapping", "nothing".
std::string describe(const YamlNode& node);

/// A text in quotes, cut to a readable length and on one line.
std::string quote(std::string_view text);
/// A text cut to a readable length.
std::string shortened(std::string_view text);

}  // namespace nxmc
