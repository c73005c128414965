// yaml-cpp's event stream to a tree. The events are read instead of YAML::Node because that class keeps the first of
// duplicate keys without a word, and follows aliases into exponentially many copies.
#include "document.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <map>
#include <optional>
#include <sstream>
#include <unordered_map>
#include <utility>

namespace nxmc {
namespace {

constexpr std::size_t deepest_nesting = 32;
constexpr double most_values = 1'000'000;

/// yaml-cpp's marks count bytes along a line; editors and their users count characters.
class Places {
 public:
  explicit Places(std::string_view text) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    text_ = text;
    line_begins_.push_back(0);
    for (std::size_t k = 0; k < text.size(); ++k) {
      if (text[k] == '\n') line_begins_.push_back(k + 1);
    }
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

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(Places& places, Problems& problems) : places_(&places), problems_(&problems) {}

  std::shared_ptr<const YamlNode> root() const { return root_; }
  Place document_start() const { return document_start_; }

  void OnDocumentStart(const YAML::Mark& mark) override { document_start_ = places(mark); }
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

  std::shared_ptr<YamlNode> make(YamlNode::Kind kind, Place place) const {
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
    if (!parent.key) return parent.node->path;
    return parent.node->path.empty() ? parent.key->name : parent.node->path + "." + parent.key->name;
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
      problems_->add(place, next_path(),
                     "merge keys are not read; put what scans share under 'defaults', or repeat it");
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

  Places* places_;
  Problems* problems_;
  std::shared_ptr<const YamlNode> root_;
  Place document_start_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, std::shared_ptr<const YamlNode>> anchors_;
};

/// yaml-cpp's reason in the words of somebody who looks at the line.
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
  return known == translations.end() ? reason : std::string(known->ours);
}

struct Position {
  std::size_t offset = 0;
  Place place{1, 1};
};

/// Bytes of the UTF-8 character at `offset`; 0 if there is no valid one (overlong forms and surrogates included).
std::size_t utf8_length(std::string_view text, std::size_t offset) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[offset + k]); };
  const auto tail = [&](std::size_t k, unsigned low = 0x80, unsigned high = 0xBF) {
    return offset + k < text.size() && byte(k) >= low && byte(k) <= high;
  };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    return tail(1, lead == 0xE0 ? 0xA0 : 0x80, lead == 0xED ? 0x9F : 0xBF) && tail(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    return tail(1, lead == 0xF0 ? 0x90 : 0x80, lead == 0xF4 ? 0x8F : 0xBF) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

void step_over(Position& position, std::string_view text, std::size_t length) {
  if (text[position.offset] == '\n') {
    ++position.place.line;
    position.place.column = 0;
  }
  ++position.place.column;
  position.offset += length;
}

bool is_control(char c) {
  const auto code = static_cast<unsigned char>(c);
  return (code < 0x20 && c != '\t' && c != '\n' && c != '\r') || code == 0x7F;
}

/// False, with a problem, when the bytes are not UTF-8 text.
bool check_text(std::string_view text, Problems& problems) {
  Position position;
  while (position.offset < text.size()) {
    const std::size_t length = utf8_length(text, position.offset);
    const bool control = length == 1 && is_control(text[position.offset]);
    if (length == 0 || control) {
      const unsigned byte = static_cast<unsigned char>(text[position.offset]);
      problems.add(
          position.place, "",
          fmt::format("byte 0x{:02x} is not text: a campaign is a YAML file in UTF-8, not a binary file", byte));
      return false;
    }
    step_over(position, text, length);
  }
  return true;
}

/// Tabs before a key or value: YAML forbids them, yaml-cpp lets some pass and misjudges the level of the line.
bool check_indentation(std::string_view text, Problems& problems) {
  int line = 1;
  for (std::size_t begin = 0; begin < text.size(); ++line) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view content = text.substr(begin, end - begin);
    const std::size_t first = std::min(content.find_first_not_of(" \t\r"), content.size());
    const std::size_t tab = content.substr(0, first).find('\t');
    const bool blank = first == content.size() || content[first] == '#';
    if (tab != std::string_view::npos && !blank) {
      problems.add({line, static_cast<int>(tab) + 1}, "", "a tab in the indentation; use spaces");
    }
    begin = end + 1;
  }
  return problems.empty();
}

void check_single_document(YAML::Parser& parser, Places& places, Problems& problems) {
  Problems ignored;
  TreeBuilder second(places, ignored);
  if (!parser.HandleNextDocument(second)) return;
  problems.add(second.document_start(), "", "a second YAML document; a campaign file holds one");
}

std::shared_ptr<const YamlNode> parse(const std::string& text, Places& places, Problems& problems) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  TreeBuilder builder(places, problems);
  if (parser.HandleNextDocument(builder)) check_single_document(parser, places, problems);
  std::shared_ptr<const YamlNode> root = builder.root();
  if (root == nullptr || root->kind == YamlNode::Kind::nothing) {
    problems.add({1, 1}, "", "empty; a campaign begins with 'name:' (see campaigns/quickstart.yaml)");
    return nullptr;
  }
  if (root->expanded > most_values) {
    problems.add(
        root->place, "",
        fmt::format("aliases unfold to {:.3g} values; a campaign has at most {:.0f}", root->expanded, most_values));
    return nullptr;
  }
  return root;
}

}  // namespace

std::shared_ptr<const YamlNode> read_document(const std::string& text, Problems& problems) {
  if (!check_text(text, problems) || !check_indentation(text, problems)) return nullptr;
  Problems found;
  Places places(text);
  try {
    std::shared_ptr<const YamlNode> root = parse(text, places, found);
    for (const Problem& problem : found.sorted()) problems.add(problem.place, problem.path, problem.message);
    return root;
  } catch (const YAML::Exception& error) {
    // What was found before may be a consequence of the same mistake.
    problems.add(places(error.mark), "", "not valid YAML: " + readable(error.msg));
  } catch (const TooDeep& error) {
    problems.add(error.place, "", fmt::format("lists and mappings nested more than {} deep", deepest_nesting));
  }
  return nullptr;
}

std::string quote(std::string_view text) {
  constexpr std::size_t longest = 40;
  if (text.size() <= longest) return fmt::format("'{}'", text);
  std::size_t cut = 0;
  while (cut < longest) cut += std::max<std::size_t>(utf8_length(text, cut), 1);
  return fmt::format("'{}…'", text.substr(0, cut));
}

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
