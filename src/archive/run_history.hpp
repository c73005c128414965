// Which runs worked on an archive: the datasets under /runs, a row for each run. Older archives have none.
#pragma once

#include <string>
#include <vector>

#include "hdf5.hpp"
#include "nxmc/archive/archive.hpp"

namespace nxmc {

std::vector<hdf5::Description> run_history_datasets();

/// In the order of their starts; empty where the archive has no history.
std::vector<RunRecord> read_run_history(const hdf5::File& file);
/// Adds a run; in a full history it takes the place of the last one. Nothing where the archive has no history.
void append_to_run_history(const hdf5::File& file, const RunRecord& run);
/// For a new archive that goes on where an old one ends.
void copy_run_history(const hdf5::File& from, const hdf5::File& to);

}  // namespace nxmc
