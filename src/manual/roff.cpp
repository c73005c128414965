#include "roff.hpp"

#include <fmt/format.h>

#include <cassert>
#include <cstdint>

namespace nxmc {
namespace {

/// The character of UTF-8 that begins at `at`, which moves behind it.
std::uint32_t next_character(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t k) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[k])); };
  const std::uint32_t first = byte(at++);
  if (first < 0x80U) return first;
  const int more = first >= 0xf0U ? 3 : first >= 0xe0U ? 2 : 1;
  std::uint32_t character = first & (0x3fU >> static_cast<unsigned>(more));
  for (int k = 0; k < more && at < text.size(); ++k) character = (character << 6U) | (byte(at++) & 0x3fU);
  return character;
}

std::string escaped(std::uint32_t character) {
  switch (character) {
    case '\\':
      return "\\e";
    case '-':
      return "\\-";
    case '\'':
      return "\\(aq";
    case '`':
      return "\\(ga";
    case '^':
      return "\\(ha";
    case '~':
      return "\\(ti";
    default:
      return character < 0x80U ? std::string(1, static_cast<char>(character)) : fmt::format("\\[u{:04X}]", character);
  }
}

/// A line that begins with a dot would be a request.
std::string guarded(const std::string& line) { return line.starts_with('.') ? "\\&" + line : line; }

std::string literal(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) result += escaped(next_character(text, at));
  return result;
}

}  // namespace

std::string roff(std::string_view text) {
  std::string result;
  bool in_bold = false;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '`') {
      in_bold = !in_bold;
      result += in_bold ? "\\fB" : "\\fR";
      ++at;
    } else if (text[at] == '\n') {
      result += "\n.br\n";
      ++at;
    } else {
      result += escaped(next_character(text, at));
    }
  }
  assert(!in_bold);
  return guarded(result);
}

std::string bold(std::string_view text) { return "\\fB" + literal(text) + "\\fR"; }
std::string italic(std::string_view text) {
  std::string marked = literal(text);
  // Between alternatives lines may end: there are more than fit on one.
  for (std::size_t at = marked.find('|'); at != std::string::npos; at = marked.find('|', at + 1))
    marked.insert(at + 1, "\\:");
  return "\\fI" + marked + "\\fR";
}

ManPage::ManPage(std::string_view name, int section, std::string_view brief, const Edition& edition) {
  // Not adjusted: a line of one long word has no spaces to widen.
  text_ = fmt::format(".TH {} {} {} \"nxmc {}\" \"nxmc\"\n.ad l\n", roff(name), section, edition.date, edition.version);
  begin_section("NAME");
  line(fmt::format("{} \\- {}", roff(name), roff(brief)));
}

void ManPage::begin_section(std::string_view title) {
  text_ += fmt::format(".SH {}\n", title);
  section_has_begun_ = true;
}

/// The heading of a section is followed by a paragraph anyway.
void ManPage::begin_paragraph() {
  if (!section_has_begun_) text_ += ".PP\n";
  section_has_begun_ = false;
}

void ManPage::paragraph(std::string_view text) {
  begin_paragraph();
  text_ += roff(text) + "\n";
}

void ManPage::item(std::string_view term, std::string_view text) {
  section_has_begun_ = false;
  text_ += fmt::format(".TP\n{}\n{}\n", term, roff(text));
}

void ManPage::example(const std::vector<std::string>& lines) {
  begin_paragraph();
  text_ += ".nf\n.RS 4\n";
  for (const std::string& each : lines) text_ += guarded(literal(each)) + "\n";
  text_ += ".RE\n.fi\n";
}

void ManPage::line(std::string_view text) {
  section_has_begun_ = false;
  text_ += fmt::format("{}\n", text);
}

}  // namespace nxmc
