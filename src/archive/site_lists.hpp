// Crystals that are lists of sites: /crystals holds their coordinates, by the words that tables have for them.
#pragma once

#include <map>
#include <string>

#include "hdf5.hpp"
#include "nxmc/lattice/lattice.hpp"

namespace nxmc {

/// Reads lists when a crystal asks for its own, each once.
class SiteLists {
 public:
  explicit SiteLists(const hdf5::File& file) : file_(file) {}
  /// Gives a crystal its sites that a word of lattice_word names by a list; others stay as they are, and so do those
  /// whose list is missing.
  void complete(LatticeSpec& spec);

 private:
  const hdf5::File& file_;
  std::map<std::string, SiteList> lists_;
};

/// Where the list of a crystal is.
std::string path_of_sites(const LatticeSpec& spec);

}  // namespace nxmc
