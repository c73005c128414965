// Building a complete archive file from its layout: the only place that creates HDF5 objects.
#pragma once

#include <functional>

#include "durable_file.hpp"
#include "hdf5.hpp"
#include "layout.hpp"
#include "tables.hpp"

namespace nxmc {

/// Creates every dataset in `file`, takes its space, lets `fill` write results, and seals the user block. What remains
/// is to publish the file. \throws ArchiveError when the space does not suffice
void build_archive(const UnfinishedFile& file, const Layout& layout, hdf5::Storage storage,
                   const std::function<void(const Tables&)>& fill);

/// The layout of an existing archive.
Layout read_layout(const Tables& tables);

Provenance read_provenance(const hdf5::File& file);
std::string read_single_text(const hdf5::File& file, const std::string& path);

}  // namespace nxmc
