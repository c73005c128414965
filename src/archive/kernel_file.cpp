#include "nxmc/archive/kernel_file.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "durable_file.hpp"
#include "hdf5.hpp"

namespace nxmc {
namespace {

std::vector<double> coordinates(const Lattice& lattice) {
  std::vector<double> values;
  for (const Vector3& position : lattice.position) values.insert(values.end(), position.begin(), position.end());
  return values;
}

void write_positions(const hdf5::File& file, const Lattice& lattice) {
  const hdf5::Description description{
      "/position", hdf5::Type::f64, {lattice.sites(), 3}, "a", "site positions on the perfect lattice"};
  file.create_dataset(description, hdf5::Storage::preallocated).write<double>(coordinates(lattice));
}

void write_layers(const hdf5::File& file, const Lattice& lattice) {
  const hdf5::Description description{
      "/layer", hdf5::Type::i32, {lattice.sites()}, "1", "1 + distance in bonds from the surface"};
  const std::vector<std::int32_t> layers(lattice.layer.begin(), lattice.layer.end());
  file.create_dataset(description, hdf5::Storage::preallocated).write<std::int32_t>(layers);
}

/// Row by row: the full matrix may be larger than what is left of the memory.
void write_matrix(const hdf5::File& file, const KernelSpec& spec, const Kernel& V) {
  const std::string meaning = spec.projected ? "elastic kernel P (4S - C^T D^+ C) P" : "elastic kernel 4S - C^T D^+ C";
  const hdf5::Description description{"/V", hdf5::Type::f64, {V.sites(), V.sites()}, "epsilon", meaning};
  const hdf5::Dataset matrix = file.create_dataset(description, hdf5::Storage::preallocated);
  std::vector<double> row(V.sites());
  for (std::size_t i = 0; i < V.sites(); ++i) {
    std::fill(row.begin(), row.end(), 0.0);
    V.add_row(1, static_cast<Site>(i), row);
    matrix.write_rows<double>(i, 1, row);
  }
}

/// As users write them on the command line.
void write_provenance(const hdf5::File& file, const KernelSpec& spec, const std::string& program) {
  const LatticeSpec& lattice = spec.lattice;
  file.write_attribute("program", program);
  file.write_attribute("description",
                       "interaction of sites: the energy is 1/2 sum V_ij s_i s_j, with s = 1 for A and -1 for B");
  file.write_attribute("energy_unit", "epsilon");
  file.write_attribute("length_unit", "a");
  file.write_attribute("lattice", lattice_word(lattice));
  file.write_attribute("size", size_word(lattice));
  file.write_attribute("shell_layers", static_cast<std::int64_t>(lattice.shell_layers));
  file.write_attribute("shell_stiffness", spec.shell_stiffness);
  file.write_attribute("projected", static_cast<std::int64_t>(spec.projected ? 1 : 0));
}

}  // namespace

void write_kernel_file(const std::filesystem::path& file, const KernelSpec& spec, const OwnedKernel& kernel,
                       const std::string& program) {
  require_absent(file);
  UnfinishedFile unfinished(file);
  unfinished.require_space(sizeof(double) * kernel.lattice().sites() * kernel.lattice().sites());
  hdf5::File content = hdf5::File::create(unfinished.path(), 0);
  write_provenance(content, spec, program);
  write_positions(content, kernel.lattice());
  write_layers(content, kernel.lattice());
  write_matrix(content, spec, kernel.kernel());
  content.close();
  unfinished.publish_as_new();
}

}  // namespace nxmc
