// What an archive consists of, object by object: so that what another program added to the file can be told from
// damage. HDF5 programs write metadata anew wherever they add something; the digest of the file's bytes is wrong then,
// but its objects are what they were.
//
// The table of contents is part of the archive: /contents/path names every object that nxmc made, /contents/digest is
// the XXH3-64 of what is constant about it, and /contents/fixed is 1 where that includes its values. The user block
// seals the table.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "hdf5.hpp"

namespace nxmc {

/// Adds the table of contents to an archive that has every object by now.
/// \param changes  whether the values of a dataset change, or have checksums of their own
/// \return digest of the table
std::uint64_t write_contents(const hdf5::File& file, const std::function<bool(const std::string& path)>& changes);

/// From now on `file` shows no object but those in its table of contents, if it has one.
void show_own_objects_only(hdf5::File& file);

/// \param sealed  digest of the table of contents
/// \throws ArchiveError that names the object that is missing or not what was sealed
void check_contents(const hdf5::File& file, std::uint64_t sealed);

/// Something that another program made.
struct Addition {
  enum class Kind : std::uint8_t { attribute, object };
  Kind kind = Kind::object;
  std::string path;       ///< of the object, or of the one that has the attribute
  std::string attribute;  ///< its name
  std::string words;      ///< "attribute 'note' of /", "dataset /analysis/peak"
};

/// In the order of their paths; what is inside of an added group is not listed. Empty for archives without a table.
std::vector<Addition> find_additions(const hdf5::File& file);

/// Gives a copy what another program added to the original. \throws ArchiveError when that is not possible
void copy_additions(const hdf5::File& from, const hdf5::File& to);

/// The same for a copy whose rows may stand elsewhere than in the original, which what was added may refer to: only
/// attributes of one value are certain not to. \throws ArchiveError for everything else
void copy_notes(const hdf5::File& from, const hdf5::File& to);
/// \throws ArchiveError when copy_notes() would
void require_notes_only(const hdf5::File& file);

}  // namespace nxmc
