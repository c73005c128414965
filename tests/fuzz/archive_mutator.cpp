// Changes the lines that change an archive: a value here and there, most of them such as indices, counts, words and
// numbers go wrong with.
#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "archive_edits.hpp"
#include "harness.hpp"
#include "program.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

using namespace nxmc::fuzz;
using Random = std::minstd_rand;

std::size_t below(Random& random, std::size_t bound) { return bound == 0 ? 0 : random() % bound; }

template <class T>
std::string bytes_of(T value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

std::string integer(Random& random, std::size_t width) {
  const std::uint64_t power = std::uint64_t{1} << below(random, 64);
  const std::array<std::uint64_t, 8> values{below(random, 12), ~std::uint64_t{0},   power, power - 1,
                                            ~power + 1,        below(random, 4096), 0,     random()};
  std::string bytes = bytes_of(values[below(random, values.size())]);
  bytes.resize(width, '\0');
  return bytes;
}

std::string real(Random& random) {
  using Limits = std::numeric_limits<double>;
  const std::array values{Limits::quiet_NaN(),
                          Limits::infinity(),
                          -Limits::infinity(),
                          0.0,
                          -0.0,
                          -1.0,
                          1e300,
                          -1e300,
                          5e-324,
                          1e-12,
                          0.5,
                          1.0e9,
                          3.0};
  return bytes_of(values[below(random, values.size())]);
}

std::string text(Random& random, std::size_t width) {
  constexpr std::array<std::string_view, 20> words{
      "hexagon",  "box",  "cube",  "equilibrium", "exchange", "exact",   "published", "random", "segregated", "2",
      "10x10x50", "-1x2", "2x2x2", "999999999",   "a,b",      "\x1b[2J", "\xff\xfe",  "",       "elastic",    "ising"};
  std::string word(words[below(random, words.size())]);
  if (below(random, 4) == 0)
    for (std::size_t i = 0; i < width; ++i) word.push_back(static_cast<char>(random()));
  word.resize(width, '\0');
  return word;
}

std::string value_for(Random& random, const Place& place) {
  if (place.is_text) return text(random, place.element);
  if (place.is_real && below(random, 8) != 0) return real(random);
  return integer(random, place.element);
}

Edit random_edit(Random& random, const SmallArchive& archive) {
  switch (below(random, 16)) {
    case 0:
      return {"@", below(random, archive.bytes.size()), integer(random, 1 + below(random, 8))};
    case 1:
      return {"length", below(random, archive.bytes.size() + 1), ""};
    default: {
      const Place& place = archive.places[below(random, archive.places.size())];
      const std::size_t element = below(random, std::min<std::size_t>(place.length / place.element, 16));
      return {place.path, element * place.element, value_for(random, place)};
    }
  }
}

void change(Random& random, const SmallArchive& archive, std::vector<Edit>& edits) {
  const std::size_t chosen = below(random, edits.size());
  if (edits.empty() || below(random, 3) == 0) {
    edits.push_back(random_edit(random, archive));
    return;
  }
  Edit& edit = edits[chosen];
  switch (below(random, 5)) {
    case 0:
      edits.erase(edits.begin() + static_cast<std::ptrdiff_t>(chosen));
      break;
    case 1:
      edit.offset = edit.offset + 8 * below(random, 8) - 8 * below(random, 8);
      break;
    case 2: {
      std::string bytes = edit.bytes;
      bytes.resize(bytes.size() + 8);
      auto* data = reinterpret_cast<std::uint8_t*>(bytes.data());
      bytes.resize(LLVMFuzzerMutate(data, edit.bytes.size(), bytes.size()));
      edit.bytes = bytes;
      break;
    }
    default:
      edit = random_edit(random, archive);
  }
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned int seed) {
  static const SmallArchive archive = [] {
    const nxmc::testing_tools::TemporaryDirectory directory;
    return make_small_archive(directory.path());
  }();
  Random random(seed);
  std::vector<Edit> edits = parse_edits(text_of({data, size}));
  std::erase_if(edits, is_look);
  change(random, archive, edits);
  edits.push_back({std::string(looks[below(random, looks.size())]), 0, ""});  // all of it would take long
  const std::string changed = to_text(edits);
  if (changed.size() > max_size) return size;
  std::copy(changed.begin(), changed.end(), data);
  return changed.size();
}
