// yaml-cpp's event stream to a tree. The events are read instead of YAML::Node because that class keeps the first of
// duplicate keys without a word, and follows aliases into exponentially many copies.
#include "nxmc/yaml/document.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <iterator>
#include <map>
#include <optional>
#include <sstream>
#include <unordered_map>
#include <utility>

#include "nxmc/yaml/shown.hpp"
#include "text.hpp"

namespace nxmc {
namespace {

// No file comes near this number.
constexpr double most_unfolded_values = 1'000'000;

/// yaml-cpp's marks count bytes along a line; editors and their users count characters.
class Places {
 public:
  explicit Places(std::string_view text) : text_(text) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    line_begins_.push_back(text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0);
    for (std::size_t k = 0; k < text.size(); ++k) {
      if (text[k] == '\n') line_begins_.push_back(k + 1);
    }
  }

  /// Bytes before it in the text.
  std::size_t offset(const YAML::Mark& mark) const {
    const auto line = static_cast<std::size_t>(mark.line);
    return line < line_begins_.size() ? line_begins_[line] + static_cast<std::size_t>(mark.column) : 0;
  }

  Place operator()(const YAML::Mark& mark) {
    const auto line = static_cast<std::size_t>(mark.line);
    const auto bytes = static_cast<std::size_t>(mark.column);
    if (line >= line_begins_.size()) return {1, 1};  // yaml-cpp's "null mark"
    // Marks mostly advance, so that a long line is not counted anew for each of them.
    if (line != line_ || bytes < bytes_) {
      line_ = line;
      bytes_ = 0;
      characters_ = 0;
    }
    for (; bytes_ < bytes; ++bytes_) characters_ += begins_character(line_begins_[line] + bytes_) ? 1 : 0;
    return {mark.line + 1, characters_ + 1};
  }

 private:
  bool begins_character(std::size_t offset) const {
    return offset >= text_.size() || (static_cast<unsigned char>(text_[offset]) & 0xC0U) != 0x80U;
  }

  std::string_view text_;
  std::vector<std::size_t> line_begins_;
  std::size_t line_ = 0;
  std::size_t bytes_ = 0;
  int characters_ = 0;
};

/// Ends the parse where going on would exhaust the stack.
struct TooDeep {
  Place place;
};

/// Ends the parse where going on would exhaust the memory.
struct TooManyValues {
  Place place;
};

/// The name of a scan or campaign, which may have typographic characters: where it stands in the text, in bytes.
struct NameSpan {
  std::size_t begin;
  std::size_t end;
};

/// Keys and paths without end would fill the memory, since every value has a path.
std::string longer_path(const std::string& path, std::string_view key) {
  constexpr std::size_t longest_path = 160;
  if (path.size() > longest_path) return path;
  return path.empty() ? shortened(key) : path + "." + shortened(key);
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(const DocumentKind& kind, Places& places, Problems& problems)
      : kind_(kind), places_(&places), problems_(&problems) {}

  std::shared_ptr<const YamlNode> root() const { return root_; }
  const std::vector<NameSpan>& names() const { return names_; }

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    finish(make(YamlNode::Kind::nothing, places(mark)), anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    auto node = make(YamlNode::Kind::text, places(mark));
    node->text = value;
    node->quoted = tag == "!";
    refuse_tag(*node, tag);
    if (!node->quoted && is_value_of_name()) {
      names_.push_back({places_->offset(mark), places_->offset(mark) + value.size()});
    }
    finish(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto target = anchors_.find(anchor);
    if (target != anchors_.end()) {
      attach(target->second, places(mark));
      return;
    }
    problems_->add(places(mark), next_path(), "an alias inside of what it refers to; give the value itself");
    attach(make(YamlNode::Kind::nothing, places(mark)), places(mark));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(YamlNode::Kind::list, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(YamlNode::Kind::map, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  /// A list or map that is being read; of a map also the key whose value comes next.
  struct Open {
    std::shared_ptr<YamlNode> node;
    YAML::anchor_t anchor;
    std::optional<YamlNode::Key> key;
    bool key_refused = false;
    std::unordered_map<std::string, int> lines;  // of the keys so far
  };

  bool is_value_of_name() const { return !open_.empty() && open_.back().key && open_.back().key->name == "name"; }

  std::shared_ptr<YamlNode> make(YamlNode::Kind kind, Place place) {
    if (++values_ > most_values) throw TooManyValues{place};
    auto node = std::make_shared<YamlNode>();
    node->kind = kind;
    node->place = place;
    node->path = next_path();
    return node;
  }

  /// Path of the value that comes next.
  std::string next_path() const {
    if (open_.empty()) return "";
    const Open& parent = open_.back();
    if (parent.node->is_list()) return fmt::format("{}[{}]", parent.node->path, parent.node->items.size());
    return parent.key ? longer_path(parent.node->path, parent.key->name) : parent.node->path;
  }

  void open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (open_.size() >= deepest_nesting) throw TooDeep{places(mark)};
    auto node = make(kind, places(mark));
    refuse_tag(*node, tag);
    open_.push_back({.node = std::move(node), .anchor = anchor, .key = std::nullopt, .lines = {}});
  }

  void close() {
    assert(!open_.empty());
    Open finished = std::move(open_.back());
    open_.pop_back();
    finish(std::move(finished.node), finished.anchor);
  }

  void finish(std::shared_ptr<YamlNode> node, YAML::anchor_t anchor) {
    for (const auto& item : node->items) node->expanded += item->expanded;
    const Place place = node->place;
    if (anchor != YAML::NullAnchor) anchors_[anchor] = node;
    attach(std::move(node), place);
  }

  void attach(std::shared_ptr<const YamlNode> node, Place place) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node->is_list()) {
      parent.node->items.push_back(std::move(node));
    } else if (!parent.key) {
      begin_entry(parent, *node, place);
    } else {
      end_entry(parent, std::move(node));
    }
  }

  void begin_entry(Open& map, const YamlNode& key, Place place) {
    map.key = YamlNode::Key{key.text, place};
    map.key_refused = true;
    if (!key.is_text()) {
      problems_->add(place, map.node->path, fmt::format("a key must be a word, not {}", describe(key)));
    } else if (key.text == "<<" && !key.quoted) {
      problems_->add(place, next_path(), fmt::format("merge keys are not read; {}", kind_.sharing));
    } else if (const auto [first, is_new] = map.lines.try_emplace(key.text, place.line); !is_new) {
      problems_->add(place, next_path(), fmt::format("duplicate key; it stands already in line {}", first->second));
    } else {
      map.key_refused = false;
    }
  }

  static void end_entry(Open& map, std::shared_ptr<const YamlNode> value) {
    if (!map.key_refused) {
      map.node->keys.push_back(std::move(*map.key));
      map.node->items.push_back(std::move(value));
    }
    map.key.reset();
  }

  void refuse_tag(const YamlNode& node, const std::string& tag) {
    // yaml-cpp marks plain values with "?" and quoted ones with "!".
    if (tag.empty() || tag == "?" || tag == "!") return;
    problems_->add(node.place, node.path, fmt::format("tags such as {} are not read; remove it", quote(tag)));
  }

  Place places(const YAML::Mark& mark) const { return (*places_)(mark); }

  DocumentKind kind_;
  Places* places_;
  Problems* problems_;
  std::shared_ptr<const YamlNode> root_;
  std::size_t values_ = 0;
  std::vector<NameSpan> names_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, std::shared_ptr<const YamlNode>> anchors_;
};

/// yaml-cpp's reason in the words of somebody who looks at the line. It may quote any character of the file.
std::string readable(const std::string& reason) {
  struct Translation {
    std::string_view theirs;
    std::string_view ours;
  };
  constexpr std::array<Translation, 12> translations = {{
      {"illegal map value", "a ':' where no key can stand; check the indentation of this line and the one above"},
      {"end of map not found", "this line fits no level of indentation, or lacks ': ' after its key"},
      {"end of map flow not found", "a '{' is not closed before this"},
      {"end of sequence not found", "this line fits no level of indentation; list items start with '- '"},
      {"end of sequence flow not found", "a '[' is not closed before this"},
      {"illegal flow end", "a ']' or '}' that closes nothing"},
      {"illegal block entry", "a '- ' where no list item can stand"},
      {"illegal map key", "a key where none can stand; check the indentation"},
      {"illegal EOF in scalar", "the file ends inside of a quoted text"},
      {"the referenced anchor is not defined", "an alias '*…' without an anchor '&…' above it"},
      {"unknown token", "a character that cannot begin a value; put texts with special characters in quotes"},
      {"illegal tab when looking for indentation", "a tab in the indentation; use spaces"},
  }};
  const auto known = std::ranges::find(translations, std::string_view(reason), &Translation::theirs);
  return known == translations.end() ? shown(reason) : std::string(known->ours);
}

/// Ends the parse at the start of a second document, of which nothing else matters.
struct SecondDocument {
  YAML::Mark mark;
};

class NoDocument final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override { throw SecondDocument{mark}; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
  void OnAlias(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
  void OnScalar(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                const std::string& /*value*/) override {}
  void OnSequenceStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                       YAML::EmitterStyle::value /*style*/) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                  YAML::EmitterStyle::value /*style*/) override {}
  void OnMapEnd() override {}
};

void check_single_document(YAML::Parser& parser, const DocumentKind& kind, Places& places, Problems& problems) {
  try {
    NoDocument none;
    parser.HandleNextDocument(none);
  } catch (const SecondDocument& second) {
    problems.add(places(second.mark), "", fmt::format("a second YAML document; a {} file holds one", kind.name));
  }
}

void parse(const std::string& text, const DocumentKind& kind, TreeBuilder& builder, Places& places,
           Problems& problems) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  if (parser.HandleNextDocument(builder)) check_single_document(parser, kind, places, problems);
}

void check_root(const YamlNode* root, const DocumentKind& kind, Problems& problems) {
  if (root == nullptr || root->kind == YamlNode::Kind::nothing) {
    problems.add({1, 1}, "", fmt::format("empty; a {} begins with {}", kind.name, kind.beginning));
  } else if (root->expanded > most_unfolded_values) {
    problems.add(root->place, "",
                 fmt::format("aliases unfold to {:.3g} values; a {} has at most {:.0f}", root->expanded, kind.name,
                             most_unfolded_values));
  }
}

/// Names may have typographic characters, if they do not begin with quotes.
bool is_part_of_a_name(const Lookalike& one, const std::vector<NameSpan>& names) {
  const auto after = std::ranges::upper_bound(names, one.offset, {}, &NameSpan::begin);
  if (after == names.begin() || !one.visible) return false;
  const NameSpan& name = *std::prev(after);
  return one.offset < name.end && !(one.is_quote && one.offset == name.begin);
}

/// False, with problems, when there are characters that only look like those that belong there: all else that is wrong
/// may be a consequence.
bool check_lookalikes(const std::string& text, const std::vector<NameSpan>& names, Problems& problems) {
  for (const Lookalike& one : find_lookalikes(text)) {
    if (!is_part_of_a_name(one, names)) problems.add(one.place, "", describe(one));
  }
  return problems.empty();
}

}  // namespace

std::shared_ptr<const YamlNode> read_document(const std::string& text, const DocumentKind& kind, Problems& problems) {
  if (!check_text(text, kind.name, problems) || !check_indentation(text, problems) ||
      !check_brackets(text, kind.name, problems))
    return nullptr;
  Problems found;
  Problems fatal;  // what was found before it may be a consequence of the same mistake
  Places places(text);
  TreeBuilder builder(kind, places, found);
  try {
    parse(text, kind, builder, places, found);
    check_root(builder.root().get(), kind, fatal);
  } catch (const YAML::Exception& error) {
    fatal.add(places(error.mark), "", "not valid YAML: " + readable(error.msg));
  } catch (const TooDeep& error) {
    fatal.add(error.place, "", too_deep_message());
  } catch (const TooManyValues& error) {
    fatal.add(error.place, "", too_many_values_message(kind.name));
  } catch (const TooManyProblems&) {
    if (check_lookalikes(text, builder.names(), problems)) problems.take(found);
    throw;
  }
  if (!check_lookalikes(text, builder.names(), problems)) return nullptr;
  problems.take(fatal.empty() ? found : fatal);
  return fatal.empty() ? builder.root() : nullptr;
}

std::string shortened(std::string_view text) {
  constexpr std::size_t longest = 40;
  if (text.size() <= longest) return std::string(text);
  std::size_t cut = 0;
  while (cut < longest) cut += std::max<std::size_t>(utf8_length(text, cut), 1);
  return std::string(text.substr(0, cut)) + "…";
}

std::string quote(std::string_view text) { return fmt::format("'{}'", shown(shortened(text))); }

std::string describe(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::nothing:
      return "nothing";
    case YamlNode::Kind::text:
      return quote(node.text);
    case YamlNode::Kind::list:
      return "a list";
    case YamlNode::Kind::map:
      return "a mapping";
  }
  assert(false);
  return "";
}

}  // namespace nxmc
