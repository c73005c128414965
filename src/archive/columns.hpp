// The constant columns of /jobs and /kernels: one table says for each its name, unit, meaning, and how it is taken from
// and put into a row. Strings and numbers only, so that any HDF5 viewer shows them.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "hdf5.hpp"
#include "layout.hpp"

namespace nxmc {

template <class Entry, class T>
struct Accessor {
  T (*get)(const Entry&);
  void (*set)(Entry&, const T&);
};

template <class Entry>
struct EntryColumn {
  const char* name;
  const char* unit;
  const char* description;
  std::variant<Accessor<Entry, double>, Accessor<Entry, std::int64_t>, Accessor<Entry, std::string>> access;
  /// Of archives that have it; in others an entry has its default.
  int since_format = oldest_archive_format;
  /// Of a column that is only there if some entry has more than its default.
  bool (*is_worth_keeping)(const Entry&) = nullptr;
};

/// Of the column that /status has of it.
inline constexpr const char* numerics_meaning = "numerics version of the results";

/// Everything about a job but its place.
std::vector<EntryColumn<ArchiveRow>> row_columns();
std::vector<EntryColumn<Placement>> placement_columns();
std::vector<EntryColumn<ArchiveKernel>> kernel_columns();

/// Creates and fills one dataset for each column under `group` ("/jobs").
template <class Entry>
void write_columns(const hdf5::File& file, const std::string& group, const std::vector<EntryColumn<Entry>>& columns,
                   const std::vector<Entry>& entries, hdf5::Storage storage);

/// Reads `count` entries back.
template <class Entry>
std::vector<Entry> read_columns(const hdf5::File& file, const std::string& group,
                                const std::vector<EntryColumn<Entry>>& columns, std::uint64_t first,
                                std::uint64_t count);

}  // namespace nxmc
