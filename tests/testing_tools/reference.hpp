// Reads the reference files of tests/data: a crystal and its unprojected kernel as the authors' program printed them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "nxmc/lattice/lattice.hpp"

namespace nxmc::test {

struct Reference {
  std::vector<Vector3> position;  ///< [N]
  std::vector<int> layer;         ///< [N]
  std::vector<double> V;          ///< [N*N] row-major, before the projection
};

inline Reference read_reference(const std::string& name) {
  std::ifstream file(std::filesystem::path(NXMC_TEST_DATA) / name);
  std::string line;
  std::getline(file, line);
  std::getline(file, line);
  const std::size_t n = std::stoul(line.substr(line.find("N=") + 2));
  Reference reference;
  for (std::size_t i = 0; i < n && std::getline(file, line); ++i) {
    Vector3 r{};
    int layer = 0;
    std::istringstream(line) >> r[0] >> r[1] >> r[2] >> layer;
    reference.position.push_back(r);
    reference.layer.push_back(layer);
  }
  for (double value = 0; file >> value;) reference.V.push_back(value);
  if (reference.V.size() != n * n) throw std::runtime_error(name + ": not a reference file");
  return reference;
}

}  // namespace nxmc::test
