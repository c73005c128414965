// Rows and kernels on their way from archives into a new one: extended, pruned and merged archives are made of these
// steps.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "layout.hpp"
#include "tables.hpp"

namespace nxmc {

/// An archive that is read from.
struct Source {
  std::filesystem::path file;
  Tables tables;
  Layout layout;
};

/// \throws ArchiveError when the file cannot be used, or its results have columns that this nxmc does not know
Source open_source(const std::filesystem::path& file);

/// Gives jobs of sources rows in a new archive, and kernels to those that need one.
class RowAdder {
 public:
  /// \pre `builder` outlives this object
  explicit RowAdder(LayoutBuilder& builder);
  /// \param scans  those that the job belongs to there, joined by commas
  void add(const Source& source, std::uint64_t job, std::string scans);

 private:
  std::int32_t kernel_like(const ArchiveKernel& kernel);
  LayoutBuilder& builder_;
  std::map<Identity, std::int32_t> kernels_;
};

/// For each row of a source the one that takes its results; nullopt: none does.
using Destinations = std::vector<std::optional<std::uint64_t>>;

/// Copies sealed rows that are intact. What is written was checked as it was read, so that the source may be written to
/// meanwhile; rows that are not intact stay waiting. \throws ArchiveError when a row has no room where it goes
void copy_rows(const Source& source, const Tables& target, const Destinations& destinations);

/// Copies the intact kernels that the target has a place for and does not know yet, as far as they are wanted.
void copy_kernels(const Source& source, const Tables& target, const std::function<bool(Identity)>& is_wanted);

}  // namespace nxmc
