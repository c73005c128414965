#include "archive_edits.hpp"

#include <fcntl.h>

#include <algorithm>
#include <charconv>
#include <span>
#include <sstream>

#include "durable_file.hpp"

namespace nxmc::fuzz {

namespace {

constexpr std::size_t most_edits = 16;
constexpr std::string_view digits = "0123456789abcdef";

std::string bytes_from(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    const std::size_t high = digits.find(hex[i]);
    const std::size_t low = digits.find(hex[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) break;
    bytes.push_back(static_cast<char>(16 * high + low));
  }
  return bytes;
}

std::string hex_of(std::string_view bytes) {
  std::string hex;
  for (const char c : bytes) {
    hex.push_back(digits[static_cast<unsigned char>(c) / 16]);
    hex.push_back(digits[static_cast<unsigned char>(c) % 16]);
  }
  return hex;
}

std::uint64_t number_from(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::vector<std::string> words_of(std::string_view line) {
  std::istringstream stream{std::string(line)};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

/// From `first` on, as far as there is room.
void overwrite(std::span<char> room, std::size_t first, std::string_view bytes) {
  if (first >= room.size()) return;
  std::copy_n(bytes.begin(), std::min(bytes.size(), room.size() - first),
              room.begin() + static_cast<std::ptrdiff_t>(first));
}

bool is_mutable(const std::string& path) {
  return path.starts_with("/status/") || path.starts_with("/runs/") || path.ends_with("/results") ||
         path.ends_with("/summary") || path == "/profiles/values" || path == "/snapshots/bits" ||
         path == "/equilibrium/final_states" || path == "/kernels/rows" || path == "/kernels/seals";
}

void write(const std::filesystem::path& file, const std::string& bytes) {
  const Descriptor descriptor(file, O_RDWR | O_CREAT | O_TRUNC);
  descriptor.write(0, bytes.data(), bytes.size());
}

/// Applies edits of datasets; true when there was one.
template <class Choose>
bool edit_datasets(std::string& bytes, const SmallArchive& archive, const std::vector<Edit>& edits, Choose choose) {
  bool any = false;
  for (const Edit& edit : edits) {
    const Place* place = find_place(archive, edit.where);
    if (place == nullptr || !choose(edit.where)) continue;
    overwrite(std::span(bytes).subspan(place->offset, place->length), edit.offset, edit.bytes);
    any = true;
  }
  return any;
}

void edit_file(std::string& bytes, const std::vector<Edit>& edits) {
  for (const Edit& edit : edits) {
    if (edit.where == "@") overwrite(bytes, edit.offset, edit.bytes);
    if (edit.where == "length") bytes.resize(std::min<std::size_t>(bytes.size(), edit.offset));
  }
}

}  // namespace

std::vector<Edit> parse_edits(std::string_view text) {
  std::vector<Edit> edits;
  while (!text.empty() && edits.size() < most_edits) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::vector<std::string> words = words_of(line);
    if (words.size() == 3 && words[0].starts_with('/'))
      edits.push_back({words[0], number_from(words[1]), bytes_from(words[2])});
    if (words.size() == 2 && words[0].starts_with('@'))
      edits.push_back({"@", number_from(std::string_view(words[0]).substr(1)), bytes_from(words[1])});
    if (words.size() == 1 && std::ranges::find(looks, words[0]) != looks.end()) edits.push_back({words[0], 0, ""});
    if (words.size() == 2 && words[0] == "length") edits.push_back({words[0], number_from(words[1]), ""});
  }
  return edits;
}

std::string to_text(const std::vector<Edit>& edits) {
  std::string text;
  for (const Edit& edit : edits) {
    text += edit.where;
    if (edit.where != "@" && !is_look(edit)) text += ' ';
    if (!is_look(edit)) text += std::to_string(edit.offset);
    if (edit.where != "length" && !is_look(edit)) text += ' ' + hex_of(edit.bytes);
    text += '\n';
  }
  return text;
}

bool write_edited(const std::filesystem::path& file, const SmallArchive& archive, const std::vector<Edit>& edits) {
  std::string bytes = archive.bytes;
  if (edit_datasets(bytes, archive, edits, is_mutable)) seal_rows(bytes, archive);
  if (edit_datasets(bytes, archive, edits, [](const std::string& path) { return !is_mutable(path); }))
    seal_metadata(bytes);
  edit_file(bytes, edits);
  if (bytes == archive.bytes) return false;
  write(file, bytes);
  return true;
}

}  // namespace nxmc::fuzz
