#include "xyz_frames.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "nxmc/scattering/form_factor.hpp"
#include "nxmc/scattering/pair_histogram.hpp"

namespace nxmc {
namespace {

constexpr std::size_t longest_shown = 30;

std::string shown(std::string_view word) {
  return word.size() <= longest_shown ? std::string(word) : std::string(word.substr(0, longest_shown)) + "...";
}

class Lines {
 public:
  explicit Lines(const std::filesystem::path& file) : file_(file), stream_(file) {
    std::error_code ignored;
    if (std::filesystem::is_directory(file, ignored))
      throw std::runtime_error(fmt::format("{} is a directory, no XYZ file", file.string()));
    if (!stream_) throw std::runtime_error(fmt::format("cannot read {}: {}", file.string(), std::strerror(errno)));
  }

  /// False at the end of the file.
  bool next(std::string& line) {
    if (!std::getline(stream_, line)) return false;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    ++number_;
    return true;
  }

  [[noreturn]] void fail(const std::string& reason) const {
    throw std::runtime_error(fmt::format("{}:{}: {}", file_.string(), std::max<std::size_t>(number_, 1), reason));
  }

 private:
  std::filesystem::path file_;
  std::ifstream stream_;
  std::size_t number_ = 0;
};

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  constexpr std::string_view blanks = " \t";
  for (std::size_t from = line.find_first_not_of(blanks); from != std::string_view::npos;) {
    const std::size_t to = std::min(line.find_first_of(blanks, from), line.size());
    words.push_back(line.substr(from, to - from));
    from = line.find_first_not_of(blanks, to);
  }
  return words;
}

/// key=value and key="value with blanks" of a comment; other words are passed over.
std::map<std::string, std::string, std::less<>> keys_of(std::string_view comment) {
  std::map<std::string, std::string, std::less<>> keys;
  while (true) {
    const std::size_t equals = comment.find('=');
    if (equals == std::string_view::npos) return keys;
    const std::size_t blank = comment.find_last_of(" \t", equals);
    const std::size_t begin = blank == std::string_view::npos ? 0 : blank + 1;
    const std::string key(comment.substr(begin, equals - begin));
    comment.remove_prefix(equals + 1);
    const bool quoted = !comment.empty() && comment.front() == '"';
    if (quoted) comment.remove_prefix(1);
    const std::size_t end = std::min(quoted ? comment.find('"') : comment.find_first_of(" \t"), comment.size());
    keys[key] = std::string(comment.substr(0, end));
    comment.remove_prefix(end);
  }
}

std::optional<double> number_in(std::string_view word) {
  double value = 0;
  if (word.starts_with('+')) word.remove_prefix(1);
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  return value;
}

/// Where the columns are.
struct Columns {
  std::size_t species = 0;
  std::size_t position = 1;
};

/// `Properties=species:S:1:pos:R:3:…`: name, type and number of columns by turns.
Columns columns_of(const std::string& properties, const Lines& lines) {
  std::vector<std::string> parts(1);
  for (const char letter : properties) {
    if (letter == ':')
      parts.emplace_back();
    else
      parts.back() += letter;
  }
  std::optional<std::size_t> species;
  std::optional<std::size_t> position;
  std::size_t column = 0;
  for (std::size_t k = 0; k + 2 < parts.size(); k += 3) {
    if (parts[k] == "species" || parts[k] == "element" || parts[k] == "symbol") species = column;
    if (parts[k] == "pos") position = column;
    const std::optional<double> count = number_in(parts[k + 2]);
    if (!count || !(*count >= 1) || !(*count <= 1000))
      lines.fail(fmt::format("Properties: '{}' is no number of columns", shown(parts[k + 2])));
    column += static_cast<std::size_t>(*count);
  }
  if (!species || !position)
    lines.fail("Properties has no species or no pos; it needs both, as in Properties=species:S:1:pos:R:3");
  return {*species, *position};
}

std::size_t number_of_atoms_in(const std::string& line, const Lines& lines) {
  const std::vector<std::string_view> words = words_of(line);
  const std::optional<double> number = words.size() == 1 ? number_in(words[0]) : std::nullopt;
  if (!number || *number < 0 || *number != std::floor(*number))
    lines.fail(fmt::format("'{}' is no number of atoms, with which a frame of XYZ begins", shown(line)));
  if (*number == 0) lines.fail("a frame without atoms");
  if (*number > static_cast<double>(PairHistogram::most_atoms))
    lines.fail(fmt::format("{} atoms are more than the {} that are possible", *number, PairHistogram::most_atoms));
  return static_cast<std::size_t>(*number);
}

void read_atom(const std::string& line, const Columns& columns, const Lines& lines, Atoms& atoms) {
  const std::vector<std::string_view> words = words_of(line);
  if (words.size() <= std::max(columns.species, columns.position + 2))
    lines.fail(fmt::format("'{}' has no symbol and three coordinates", shown(line)));
  const int element = atomic_number(words[columns.species]);
  if (element == 0)
    lines.fail(fmt::format("'{}' is no element with known form factor (H to Cf); write its symbol, as in Pb",
                           shown(words[columns.species])));
  Position x{};
  for (std::size_t k = 0; k < 3; ++k) {
    const std::string_view word = words[columns.position + k];
    const std::optional<double> value = number_in(word);
    if (!value || !std::isfinite(*value)) lines.fail(fmt::format("coordinate '{}' is no finite number", shown(word)));
    x[k] = *value;
  }
  atoms[element].push_back(x);
}

XyzFrame read_frame(Lines& lines, std::size_t number) {
  std::string line;
  if (!lines.next(line)) lines.fail("the file ends before the comment of its frame");
  const auto keys = keys_of(line);
  const auto value = [&](std::string_view key) {
    const auto found = keys.find(key);
    return found == keys.end() ? std::string() : found->second;
  };
  XyzFrame frame;
  frame.time = number_in(value("time"));
  if (!frame.time) frame.time = number_in(value("sweep"));
  frame.in_spacings = value("positions") == "lattice" || value("positions") == "relaxed";
  frame.periodic = value("pbc").find('T') != std::string::npos;
  const std::string properties = value("Properties");
  const Columns columns = properties.empty() ? Columns{} : columns_of(properties, lines);
  for (std::size_t atom = 0; atom < number; ++atom) {
    if (!lines.next(line)) lines.fail(fmt::format("the file ends after {} of {} atoms", atom, number));
    read_atom(line, columns, lines, frame.atoms);
  }
  return frame;
}

}  // namespace

void visit_xyz(const std::filesystem::path& file, const std::function<void(XyzFrame&&, std::size_t)>& visit) {
  Lines lines(file);
  std::size_t frames = 0;
  for (std::string line; lines.next(line);) {
    if (words_of(line).empty()) continue;  // between frames, and at the end
    visit(read_frame(lines, number_of_atoms_in(line, lines)), ++frames);
  }
  if (frames == 0) throw std::runtime_error(fmt::format("{}: an empty file, without any atoms", file.string()));
}

}  // namespace nxmc
