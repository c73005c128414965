#include "site_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include "nxmc/yaml/fields.hpp"

namespace nxmc {
namespace {

constexpr std::string_view kind = "list of sites";
constexpr std::string_view begin_mark = "# nxmc: sites of ";
constexpr std::string_view end_mark = "# nxmc: end of ";
constexpr std::string_view prefix = "# ";

void add_names(const YamlNode& map, std::vector<std::string>& names) {
  if (!map.is_map()) return;
  const Entry sites = find_entry(map, "sites");
  if (sites && sites.value->is_text()) names.push_back(sites.value->text);
}

/// Of a text that may be wrong in any way.
std::vector<std::string> files_named_in(const std::string& campaign) {
  std::vector<std::string> names;
  Problems problems;
  try {
    const auto root = read_document(campaign, {kind, "", ""}, problems);
    if (root == nullptr || !root->is_map()) return names;
    if (const Entry defaults = find_entry(*root, "defaults")) add_names(*defaults.value, names);
    if (const Entry scans = find_entry(*root, "scans"); scans && scans.value->is_list())
      for (const auto& scan : scans.value->items) add_names(*scan, names);
  } catch (const TooManyProblems&) {  // they are reported when the campaign is read
  }
  return names;
}

struct Line {
  int number;
  std::vector<int> coordinates;
};

/// Reads what people write, line by line.
class SitesReader {
 public:
  SitesReader(const YamlNode& name, Problems& problems) : name_(name), problems_(problems) {}

  std::optional<SiteList> read(const std::string& text) {
    std::istringstream stream(text);
    std::string line;
    for (int number = 1; std::getline(stream, line) && sound_; ++number) read_line(line, number);
    if (!sound_) return std::nullopt;
    if (lines_.empty())
      return refuse("holds no sites; write one in each line: its row and its place there, or x, y and z");
    return list();
  }

 private:
  std::nullopt_t refuse(const std::string& message) {
    sound_ = false;
    problems_.add(name_.place, name_.path, fmt::format("{} {}", quote(name_.text), message));
    return std::nullopt;
  }
  std::nullopt_t refuse_line(int number, const std::string& message) {
    sound_ = false;
    problems_.add(name_.place, name_.path, fmt::format("{}:{}: {}", shortened(name_.text), number, message));
    return std::nullopt;
  }

  void read_line(std::string line, int number) {
    line.erase(std::min(line.find('#'), line.size()));
    std::ranges::replace_if(
        line, [](char c) { return c == ',' || c == '\t' || c == '\r'; }, ' ');
    std::istringstream words(line);
    Line read{number, {}};
    for (std::string word; words >> word;) {
      constexpr int largest = 100'000;
      int coordinate = 0;
      const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), coordinate);
      const bool whole = error == std::errc{} && end == word.data() + word.size();
      if (!whole || coordinate < -largest || coordinate > largest) {
        refuse_line(number, fmt::format("{} is no whole number from {} to {}", quote(word), -largest, largest));
        return;
      }
      read.coordinates.push_back(coordinate);
    }
    if (read.coordinates.empty()) return;
    const std::size_t wanted = lines_.empty() ? read.coordinates.size() : lines_.front().coordinates.size();
    if (read.coordinates.size() != wanted || wanted < 2 || wanted > 3) {
      refuse_line(number,
                  lines_.empty()
                      ? fmt::format("{} number{}; a site has two, its row and its place there, or three, x, y and z",
                                    read.coordinates.size(), read.coordinates.size() == 1 ? "" : "s")
                      : fmt::format("{} numbers, where line {} has {}", read.coordinates.size(), lines_.front().number,
                                    wanted));
      return;
    }
    lines_.push_back(std::move(read));
  }

  std::optional<SiteList> list() {
    const auto dimension = static_cast<int>(lines_.front().coordinates.size());
    std::map<Cell, int> number_of;
    std::vector<Cell> cells;
    for (const Line& line : lines_) {
      Cell cell{};
      std::ranges::copy(line.coordinates, cell.begin());
      const auto [known, is_new] = number_of.try_emplace(cell, line.number);
      if (!is_new) return refuse_line(line.number, fmt::format("the site stands in line {}, too", known->second));
      cells.push_back(cell);
    }
    if (cells.size() < 2) return refuse("holds a single site; a crystal has two at least");
    if (!is_connected(cells, dimension))
      return refuse("holds sites in several pieces, between which there are no bonds; leave one piece");
    if (!is_compact(cells))
      return refuse("holds sites that are spread over too large a box; use fewer, or a crystal along an axis");
    return SiteList(dimension, std::move(cells));
  }

  /// Sites are looked up in a table of the box around them.
  static bool is_compact(const std::vector<Cell>& cells) {
    constexpr double most_places = 1 << 25;
    double places = 1;
    for (std::size_t k = 0; k < 3; ++k) {
      const auto [low, high] = std::ranges::minmax(cells, {}, [k](const Cell& cell) { return cell[k]; });
      places *= high[k] - low[k] + 1.0;
    }
    return places <= most_places;
  }

  const YamlNode& name_;
  Problems& problems_;
  std::vector<Line> lines_;
  bool sound_ = true;
};

}  // namespace

SiteTexts kept_sites(const std::string& campaign) {
  SiteTexts sites;
  if (campaign.find(begin_mark) == std::string::npos) return sites;
  std::istringstream stream(campaign);
  std::string* text = nullptr;
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with(begin_mark)) {
      text = &sites[line.substr(begin_mark.size())];
      text->clear();
    } else if (line.starts_with(end_mark)) {
      text = nullptr;
    } else if (text != nullptr && line.starts_with(prefix)) {
      *text += line.substr(prefix.size()) + '\n';
    }
  }
  return sites;
}

std::string comments_that_keep(const SiteTexts& sites) {
  std::string comments;
  for (const auto& [name, text] : sites) {
    comments += fmt::format("{}{}\n", begin_mark, name);
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) comments += fmt::format("{}{}\n", prefix, line);
    comments += fmt::format("{}{}\n", end_mark, name);
  }
  return comments;
}

std::string with_sites(const std::string& campaign,
                       const std::function<std::string(const std::string& name)>& text_of) {
  if (campaign.find("sites") == std::string::npos) return campaign;
  const SiteTexts kept = kept_sites(campaign);
  SiteTexts more;
  for (const std::string& name : files_named_in(campaign)) {
    if (kept.contains(name) || name.find('\n') != std::string::npos) continue;
    try {
      more[name] = text_of(name);
    } catch (const FileProblems&) {  // reported where the name stands
    }
  }
  if (more.empty()) return campaign;
  return campaign + (campaign.ends_with('\n') ? "" : "\n") + comments_that_keep(more);
}

std::optional<SiteList> read_sites(const YamlNode& name, const SiteTexts& texts, Problems& problems) {
  if (!name.is_text()) {
    problems.add(name.place, name.path,
                 fmt::format("must be the name of a file with a list of sites, not {}", describe(name)));
    return std::nullopt;
  }
  const auto found = texts.find(name.text);
  if (found == texts.end()) {
    problems.add(
        name.place, name.path,
        fmt::format("{} cannot be read: names of files begin where the campaign is, and lists of sites are texts of "
                    "at most 1 MiB",
                    quote(name.text)));
    return std::nullopt;
  }
  return SitesReader(name, problems).read(found->second);
}

}  // namespace nxmc
