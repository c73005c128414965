// Whether what is constant in an archive fits together: everything that later is an index, a length or a word is one
// that there is. Digests tell what was written; this tells that it can be read.
#pragma once

#include "hdf5.hpp"
#include "tables.hpp"

namespace nxmc {

/// \throws ArchiveError when a dataset is missing, or has not the shape and the type that it has to have
void require_sizes(const hdf5::File& file);

/// \throws ArchiveError that names the column and the job whose value is none that there can be
void require_consistent(const Tables& tables);

}  // namespace nxmc
