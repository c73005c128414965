// A file as text, before YAML.
#include "text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

namespace nxmc {
namespace {

struct Position {
  std::size_t offset = 0;
  Place place{1, 1};
};

void step_over(Position& position, std::string_view text, std::size_t length) {
  if (text[position.offset] == '\n') {
    ++position.place.line;
    position.place.column = 0;
  }
  ++position.place.column;
  position.offset += length;
}

bool is_control(char32_t code) {
  return (code < 0x20 && code != '\t' && code != '\n' && code != '\r') || (code >= 0x7F && code <= 0x9F);
}

/// \pre a valid character of `length` bytes stands there
char32_t code_point(std::string_view text, std::size_t offset, std::size_t length) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[offset + k]); };
  if (length == 1) return byte(0);
  char32_t code = byte(0) & (0x7FU >> length);
  for (std::size_t k = 1; k < length; ++k) code = code << 6U | (byte(k) & 0x3FU);
  return code;
}

// ---- characters that look like others

enum class Look : std::uint8_t { nothing, space, quote, sign };

/// Characters from `first` to `last`, and what they are taken for.
struct Impostor {
  char32_t first;
  char32_t last;
  Look look;
  std::string_view name;
  std::string_view instead;  ///< empty: the ASCII character of the same place in the full-width block
};

constexpr std::string_view a_space = "an ordinary space";
constexpr std::string_view a_power = "powers of ten as 1e-3";

constexpr std::array impostors = {
    Impostor{0x0085, 0x0085, Look::space, "a next-line character", "an ordinary line break"},
    Impostor{0x00A0, 0x00A0, Look::space, "a no-break space", a_space},
    Impostor{0x00AB, 0x00AB, Look::quote, "a typographic quotation mark", "\" or '"},
    Impostor{0x00AD, 0x00AD, Look::nothing, "a soft hyphen", ""},
    Impostor{0x00B2, 0x00B3, Look::sign, "a superscript digit", a_power},
    Impostor{0x00B4, 0x00B4, Look::quote, "an accent", "\" or '"},
    Impostor{0x00B7, 0x00B7, Look::sign, "a raised dot", a_power},
    Impostor{0x00B9, 0x00B9, Look::sign, "a superscript digit", a_power},
    Impostor{0x00BB, 0x00BB, Look::quote, "a typographic quotation mark", "\" or '"},
    Impostor{0x00D7, 0x00D7, Look::sign, "a multiplication sign", a_power},
    Impostor{0x02BC, 0x02BC, Look::quote, "a typographic apostrophe", "'"},
    Impostor{0x02D0, 0x02D0, Look::sign, "a length mark", "':'"},
    Impostor{0x060C, 0x060C, Look::sign, "an Arabic comma", "','"},
    Impostor{0x066B, 0x066B, Look::sign, "an Arabic decimal separator", "'.'"},
    Impostor{0x061C, 0x061C, Look::nothing, "a mark of the direction of writing", ""},
    Impostor{0x1680, 0x1680, Look::space, "an ogham space", a_space},
    Impostor{0x180E, 0x180E, Look::nothing, "a Mongolian separator", ""},
    Impostor{0x2000, 0x200A, Look::space, "a typographic space", a_space},
    Impostor{0x200B, 0x200B, Look::nothing, "a zero-width space", ""},
    Impostor{0x200C, 0x200D, Look::nothing, "a zero-width joiner", ""},
    Impostor{0x200E, 0x200F, Look::nothing, "a mark of the direction of writing", ""},
    Impostor{0x2010, 0x2015, Look::sign, "a typographic dash", "'-'"},
    Impostor{0x2018, 0x201B, Look::quote, "a typographic quotation mark", "'"},
    Impostor{0x201C, 0x201F, Look::quote, "a typographic quotation mark", "\""},
    Impostor{0x2022, 0x2023, Look::sign, "a bullet", "'- '"},
    Impostor{0x2026, 0x2026, Look::sign, "an ellipsis", "all values, or {from: …, to: …, step: …}"},
    Impostor{0x2028, 0x2029, Look::space, "a line separator", "an ordinary line break"},
    Impostor{0x202A, 0x202E, Look::nothing, "a mark of the direction of writing", ""},
    Impostor{0x202F, 0x202F, Look::space, "a narrow no-break space", a_space},
    Impostor{0x2032, 0x2033, Look::quote, "a prime", "\" or '"},
    Impostor{0x2039, 0x203A, Look::quote, "a typographic quotation mark", "\" or '"},
    Impostor{0x2043, 0x2043, Look::sign, "a bullet", "'- '"},
    Impostor{0x2044, 0x2044, Look::sign, "a fraction slash", "the fraction as a decimal"},
    Impostor{0x205F, 0x205F, Look::space, "a mathematical space", a_space},
    Impostor{0x2060, 0x2064, Look::nothing, "a character without width", ""},
    Impostor{0x2066, 0x2069, Look::nothing, "a mark of the direction of writing", ""},
    Impostor{0x2070, 0x207F, Look::sign, "a superscript", a_power},
    Impostor{0x2212, 0x2212, Look::sign, "a minus sign", "'-'"},
    Impostor{0x2215, 0x2215, Look::sign, "a division slash", "the fraction as a decimal"},
    Impostor{0x2219, 0x2219, Look::sign, "a bullet operator", a_power},
    Impostor{0x2236, 0x2236, Look::sign, "a ratio sign", "':'"},
    Impostor{0x22C5, 0x22C5, Look::sign, "a dot operator", a_power},
    Impostor{0x3000, 0x3000, Look::space, "an ideographic space", a_space},
    Impostor{0x3001, 0x3001, Look::sign, "an ideographic comma", "','"},
    Impostor{0x3002, 0x3002, Look::sign, "an ideographic full stop", "'.'"},
    Impostor{0x3008, 0x300B, Look::quote, "an angle bracket", "\" or '"},
    Impostor{0x300C, 0x300F, Look::quote, "a corner bracket", "\" or '"},
    Impostor{0x3010, 0x3010, Look::sign, "a lenticular bracket", "'['"},
    Impostor{0x3011, 0x3011, Look::sign, "a lenticular bracket", "']'"},
    Impostor{0x301C, 0x301C, Look::sign, "a wave dash", "{from: …, to: …, step: …}"},
    Impostor{0xA789, 0xA789, Look::sign, "a modifier letter colon", "':'"},
    Impostor{0xFE50, 0xFE51, Look::sign, "a small comma", "','"},
    Impostor{0xFE52, 0xFE52, Look::sign, "a small full stop", "'.'"},
    Impostor{0xFE55, 0xFE55, Look::sign, "a small colon", "':'"},
    Impostor{0xFE58, 0xFE58, Look::sign, "a small dash", "'-'"},
    Impostor{0xFE63, 0xFE63, Look::sign, "a small hyphen", "'-'"},
    Impostor{0xFEFF, 0xFEFF, Look::nothing, "a byte order mark in the middle of the file", ""},
    Impostor{0xFF01, 0xFF5E, Look::sign, "a full-width character", ""},
    Impostor{0xFF61, 0xFF61, Look::sign, "a half-width full stop", "'.'"},
    Impostor{0xFF64, 0xFF64, Look::sign, "a half-width comma", "','"},
};

const Impostor* find_impostor(char32_t code) {
  if (code < 0x80) return nullptr;
  const auto found =
      std::ranges::find_if(impostors, [&](const Impostor& one) { return one.first <= code && code <= one.last; });
  return found == impostors.end() ? nullptr : &*found;
}

/// Walks through a YAML text and knows what is comment and what is quoted, without understanding the rest.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  /// Brackets that are open in each other at most, and the first place where they are too many.
  std::size_t deepest() const { return deepest_; }
  Place too_deep() const { return too_deep_; }

  std::vector<Lookalike> scan() {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text_.starts_with(byte_order_mark)) at_.offset = byte_order_mark.size();
    while (at_.offset < text_.size()) {
      const std::size_t length = std::max<std::size_t>(utf8_length(text_, at_.offset), 1);
      if (length == 1) {
        ascii(text_[at_.offset]);
      } else {
        other(code_point(text_, at_.offset, length));
      }
      step_over(at_, text_, length);
    }
    return std::move(found_);
  }

 private:
  enum class Where : std::uint8_t { plain, comment, single_quoted, double_quoted };

  void ascii(char c) {
    const bool at_start =
        std::exchange(token_may_begin_, std::string_view(" \t\r\n[]{},").find(c) != std::string::npos);
    if (c == '\n') {
      kinds_of_line_.clear();
      if (where_ == Where::comment) where_ = Where::plain;
    }
    switch (where_) {
      case Where::comment:
        return;
      case Where::single_quoted:
        if (c == '\'') close();  // of '' the second opens again
        return;
      case Where::double_quoted:
        if (c == '"' && !escaped_) close();
        escaped_ = c == '\\' && !escaped_;
        return;
      case Where::plain:
        count_bracket(c);
        if (at_start && c == '#') where_ = Where::comment;
        if (at_start && (c == '\'' || c == '"')) open(c == '"' ? Where::double_quoted : Where::single_quoted);
        return;
    }
  }

  void count_bracket(char c) {
    if (c == ']' || c == '}') open_ -= open_ > 0 ? 1 : 0;
    if (c != '[' && c != '{') return;
    if (++open_ == deepest_nesting + 1) too_deep_ = at_.place;
    deepest_ = std::max(deepest_, open_);
  }

  void other(char32_t code) {
    escaped_ = false;
    const Impostor* impostor = find_impostor(code);
    token_may_begin_ = impostor != nullptr && impostor->look != Look::quote && impostor->look != Look::sign;
    if (where_ == Where::comment || impostor == nullptr || !kinds_of_line_.insert(code).second) return;
    const bool visible = impostor->look == Look::quote || impostor->look == Look::sign;
    found_.push_back({at_.offset, at_.place, code, visible, impostor->look == Look::quote});
  }

  void open(Where quoted) {
    where_ = quoted;
    escaped_ = false;
    found_before_quote_ = found_.size();
  }

  /// What stands in quotes is meant. (Quotes that are never closed are not.)
  void close() {
    found_.resize(found_before_quote_);
    where_ = Where::plain;
    token_may_begin_ = true;
  }

  std::string_view text_;
  Position at_;
  Where where_ = Where::plain;
  bool token_may_begin_ = true;
  bool escaped_ = false;
  std::size_t open_ = 0;
  std::size_t deepest_ = 0;
  Place too_deep_;
  std::size_t found_before_quote_ = 0;
  std::set<char32_t> kinds_of_line_;
  std::vector<Lookalike> found_;
};

/// Also those in comments, in quotes, and in what only looks like quotes.
std::optional<Place> find_bracket_beyond(std::size_t most, std::string_view text) {
  Position position;
  std::size_t count = 0;
  while (position.offset < text.size()) {
    const char c = text[position.offset];
    if ((c == '[' || c == '{') && ++count > most) return position.place;
    step_over(position, text, std::max<std::size_t>(utf8_length(text, position.offset), 1));
  }
  return std::nullopt;
}

}  // namespace

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

bool check_text(std::string_view text, std::string_view kind, Problems& problems) {
  Position position;
  while (position.offset < text.size()) {
    const std::size_t length = utf8_length(text, position.offset);
    const bool control = length == 1 && is_control(static_cast<unsigned char>(text[position.offset]));
    if (length == 0 || control) {
      const unsigned byte = static_cast<unsigned char>(text[position.offset]);
      problems.add(
          position.place, "",
          fmt::format("byte 0x{:02x} is not text: a {} is a YAML file in UTF-8, not a binary file", byte, kind));
      return false;
    }
    step_over(position, text, length);
  }
  return true;
}

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

bool check_brackets(std::string_view text, std::string_view kind, Problems& problems) {
  constexpr std::size_t hopeless = 10 * deepest_nesting;  // in texts that are no YAML, some may stay open
  Scanner scanner(text);
  scanner.scan();
  if (scanner.deepest() > hopeless) {
    problems.add(scanner.too_deep(), "", too_deep_message());
  } else if (const auto place = find_bracket_beyond(most_values, text)) {  // the scanner can be misled
    problems.add(*place, "", too_many_values_message(kind));
  }
  return problems.empty();
}

std::string too_many_values_message(std::string_view kind) {
  return fmt::format("more than {} values; a {} has at most as many", most_values, kind);
}

std::string too_deep_message() { return fmt::format("lists and mappings nested more than {} deep", deepest_nesting); }

std::string describe(const Lookalike& lookalike) {
  constexpr char32_t full_width = 0xFEE0;  // code points above their ASCII twins
  const Impostor& impostor = *find_impostor(lookalike.code);
  const std::string what = fmt::format("{} (U+{:04X})", impostor.name, static_cast<std::uint32_t>(lookalike.code));
  if (impostor.look == Look::nothing) return what + ", which nobody can see; delete it";
  if (!impostor.instead.empty()) return fmt::format("{}; write {} instead", what, impostor.instead);
  return fmt::format("{}; write '{}' instead", what, static_cast<char>(lookalike.code - full_width));
}

std::vector<Lookalike> find_lookalikes(std::string_view text) { return Scanner(text).scan(); }

bool has_invisible_characters(std::string_view text) {
  for (std::size_t offset = 0; offset < text.size();) {
    const std::size_t length = std::max<std::size_t>(utf8_length(text, offset), 1);
    const char32_t code = code_point(text, offset, length);
    const Impostor* impostor = find_impostor(code);
    if (is_control(code) || (impostor != nullptr && impostor->look == Look::nothing)) return true;
    offset += length;
  }
  return false;
}

}  // namespace nxmc
