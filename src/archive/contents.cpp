// See contents.hpp.
#include "contents.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <set>
#include <span>
#include <string_view>

#include "digest.hpp"
#include "nxmc/archive/archive.hpp"

namespace nxmc {

namespace {

using hdf5::Kind;

constexpr const char* table_group = "/contents";
constexpr const char* table_paths = "/contents/path";
constexpr const char* table_digests = "/contents/digest";
constexpr const char* table_fixed = "/contents/fixed";

// Coordinates are attributes that HDF5 keeps itself, on both sides: whoever attaches one of ours changes it.
constexpr std::array<std::string_view, 9> usual_attributes{
    "units",         "description",        "CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST", "DIMENSION_LABELS",
    "_Netcdf4Dimid", "_Netcdf4Coordinates"};

std::uint64_t digest_of_group(const std::string& path) {
  Digest digest;
  digest.add("group");
  digest.add(path);
  return digest.value();
}

/// Values that change have a place that does not.
std::uint64_t digest_of_dataset(const hdf5::Dataset& dataset, const std::string& path, bool fixed) {
  Digest digest;
  digest.add("dataset");
  digest.add(path);
  digest.add(static_cast<std::uint64_t>(dataset.type()));
  digest.add(dataset.element_bytes());
  for (const hsize_t length : dataset.shape()) digest.add(length);
  digest.add(dataset.text_attribute("units"));
  digest.add(dataset.text_attribute("description"));
  if (fixed) {
    dataset.visit_bytes([&](std::span<const std::byte> bytes) { digest.add_bytes(bytes.data(), bytes.size()); });
  } else {
    const hdf5::FileRange place = dataset.range();
    digest.add(place.offset);
    digest.add(place.offset == 0 ? 0 : place.length);  // compressed data have no place, and lengths of their own
  }
  return digest.value();
}

struct Entry {
  std::string path;
  std::uint64_t digest = 0;
  std::uint8_t fixed = 1;
};

/// Visits every link; `enter` says whether to go on into a group.
void walk(const hdf5::File& file, const std::string& group,
          const std::function<bool(const std::string& path, Kind kind)>& enter) {
  for (const hdf5::Link& link : file.links(group)) {
    const std::string path = (group == "/" ? "" : group) + "/" + link.name;
    if (enter(path, link.kind) && link.kind == Kind::group) walk(file, path, enter);
  }
}

std::uint64_t digest_of_table(const std::vector<Entry>& entries) {
  Digest digest;
  for (const Entry& entry : entries) {
    digest.add(entry.path);
    digest.add(entry.digest);
    digest.add(entry.fixed);
  }
  return digest.value();
}

template <class T>
void write_column(const hdf5::File& file, const char* path, hdf5::Type type, const char* meaning,
                  const std::vector<T>& values) {
  const hdf5::Description description{path, type, {values.size()}, "", meaning, 0};
  file.create_dataset(description, hdf5::Storage::preallocated).write(std::span<const T>(values));
}

void write_table(const hdf5::File& file, const std::vector<Entry>& entries) {
  std::vector<std::string> paths;
  std::vector<std::uint64_t> digests;
  std::vector<std::uint8_t> fixed;
  std::size_t width = 1;
  for (const Entry& entry : entries) {
    paths.push_back(entry.path);
    digests.push_back(entry.digest);
    fixed.push_back(entry.fixed);
    width = std::max(width, entry.path.size());
  }
  const hdf5::Description description{table_paths, hdf5::Type::text, {paths.size()}, "", "every object that nxmc made",
                                      width};
  file.create_dataset(description, hdf5::Storage::preallocated).write_text(paths);
  write_column(file, table_digests, hdf5::Type::u64, "XXH3-64 of what is constant about it", digests);
  write_column(file, table_fixed, hdf5::Type::u8, "1: that includes its values", fixed);
}

bool has_table(const hdf5::File& file) { return file.has(table_paths); }

std::vector<Entry> read_table(const hdf5::File& file) {
  const std::vector<std::string> paths = file.dataset(table_paths).read_text();
  const auto digests = file.dataset(table_digests).read<std::uint64_t>();
  const auto fixed = file.dataset(table_fixed).read<std::uint8_t>();
  if (digests.size() != paths.size() || fixed.size() != paths.size())
    throw ArchiveError("its table of contents contradicts itself");
  std::vector<Entry> entries(paths.size());
  for (std::size_t i = 0; i < paths.size(); ++i) entries[i] = {paths[i], digests[i], fixed[i]};
  return entries;
}

std::set<std::string> own_paths(const hdf5::File& file) {
  std::set<std::string> own{table_group, table_paths, table_digests, table_fixed};
  for (const std::string& path : file.dataset(table_paths).read_text()) own.insert(path);
  return own;
}

std::uint64_t digest_of(const hdf5::File& file, const Entry& entry) {
  return file.kind(entry.path) == Kind::group
             ? digest_of_group(entry.path)
             : digest_of_dataset(file.dataset(entry.path), entry.path, entry.fixed != 0);
}

std::string words_of(Kind kind, const std::string& path) {
  switch (kind) {
    case Kind::group:
      return "group " + path;
    case Kind::dataset:
      return "dataset " + path;
    case Kind::type:
      return "type " + path;
    case Kind::link:
      break;
  }
  return "link " + path;
}

void add_attributes(const hdf5::File& file, const std::string& path, std::vector<Addition>& additions) {
  for (const std::string& name : file.attributes(path))
    if (std::ranges::find(usual_attributes, name) == usual_attributes.end())
      additions.push_back({Addition::Kind::attribute, path, name, fmt::format("attribute '{}' of {}", name, path)});
}

/// Its parts can have another number of the same kind in a copy.
bool is_note(const hdf5::File& file, const Addition& addition) {
  return addition.kind == Addition::Kind::attribute && file.attribute_has_one_value(addition.path, addition.attribute);
}

[[noreturn]] void refuse_to_move(const hdf5::File& file, const Addition& addition) {
  const bool object = addition.kind == Addition::Kind::object;
  throw ArchiveError(fmt::format(
      "{}: cannot be replaced by an extended one: another program added {} to it, which may belong to rows that will "
      "stand elsewhere. Keep it in a file of its own (cp {} COPY), remove it here (python3 -c \"import h5py; "
      "del h5py.File('{}', 'r+')['{}']{}\"), and give the same command again.",
      file.name(), addition.words, file.name(), file.name(), addition.path,
      object ? "" : fmt::format(".attrs['{}']", addition.attribute)));
}

}  // namespace

std::uint64_t write_contents(const hdf5::File& file, const std::function<bool(const std::string& path)>& changes) {
  std::vector<Entry> entries;
  walk(file, "/", [&](const std::string& path, Kind kind) {
    Entry entry{path, 0, static_cast<std::uint8_t>(kind == Kind::dataset && changes(path) ? 0 : 1)};
    entry.digest = digest_of(file, entry);
    entries.push_back(std::move(entry));
    return true;
  });
  write_table(file, entries);
  return digest_of_table(entries);
}

void show_own_objects_only(hdf5::File& file) {
  if (has_table(file)) file.show_only(own_paths(file));
}

void check_contents(const hdf5::File& file, std::uint64_t sealed) {
  if (!has_table(file)) throw ArchiveError("its table of contents is missing");
  const std::vector<Entry> entries = read_table(file);
  if (digest_of_table(entries) != sealed) throw ArchiveError("its table of contents has changed");
  for (const Entry& entry : entries)
    if (digest_of(file, entry) != entry.digest) throw ArchiveError(entry.path + " has changed");
}

std::vector<Addition> find_additions(const hdf5::File& file) {
  std::vector<Addition> additions;
  if (!has_table(file)) return additions;
  const std::set<std::string> own = own_paths(file);
  add_attributes(file, "/", additions);
  walk(file, "/", [&](const std::string& path, Kind kind) {
    const bool ours = own.contains(path);
    if (ours)
      add_attributes(file, path, additions);
    else
      additions.push_back({Addition::Kind::object, path, "", words_of(kind, path)});
    return ours;
  });
  return additions;
}

void copy_additions(const hdf5::File& from, const hdf5::File& to) {
  for (const Addition& addition : find_additions(from)) {
    if (addition.kind == Addition::Kind::object)
      from.copy_object(addition.path, to);
    else
      from.copy_attribute(addition.path, addition.attribute, to);
  }
}

void require_notes_only(const hdf5::File& file) {
  for (const Addition& addition : find_additions(file))
    if (!is_note(file, addition)) refuse_to_move(file, addition);
}

void copy_notes(const hdf5::File& from, const hdf5::File& to) {
  require_notes_only(from);
  for (const Addition& addition : find_additions(from))
    if (addition.path == "/" || to.has(addition.path)) from.copy_attribute(addition.path, addition.attribute, to);
}

}  // namespace nxmc
