// Text as man pages are written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nxmc {

/// Text in which nothing is a request or an escape; characters beyond ASCII are named, hyphens are those that are
/// typed, and `words in backticks` are bold.
std::string roff(std::string_view text);
std::string bold(std::string_view text);
std::string italic(std::string_view text);

/// Of the whole manual.
struct Edition {
  std::string version;
  std::string date;  ///< YYYY-MM-DD
};

/// One page, section by section.
class ManPage {
 public:
  /// \param section  1 for commands, 5 for files
  ManPage(std::string_view name, int section, std::string_view brief, const Edition& edition);

  void begin_section(std::string_view title);
  /// \param text  plain, as for `roff`
  void paragraph(std::string_view text);
  /// \param term  roff already
  void item(std::string_view term, std::string_view text);
  /// Lines as they are.
  void example(const std::vector<std::string>& lines);
  /// A synopsis or another line that is roff already.
  void line(std::string_view text);

  const std::string& text() const { return text_; }

 private:
  void begin_paragraph();

  std::string text_;
  bool section_has_begun_ = false;  ///< and has nothing in it yet
};

}  // namespace nxmc
