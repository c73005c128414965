// One elastic kernel as an HDF5 file of its own, for analysis outside nxmc.
#pragma once

#include <filesystem>
#include <string>

#include "nxmc/elastic/kernel.hpp"

namespace nxmc {

/// Writes /position (N x 3, in lattice spacings), /layer (N; 1 = surface) and /V (N x N, in epsilon). Attributes of the
/// root tell which kernel it is, and the program (name and version) that computed it. The file appears under its name
/// only when it is complete. \throws ArchiveError when the name is taken or the file cannot be written
void write_kernel_file(const std::filesystem::path& file, const KernelSpec& spec, const OwnedKernel& kernel,
                       const std::string& program);

}  // namespace nxmc
