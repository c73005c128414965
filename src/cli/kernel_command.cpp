// `nxmc kernel`: one elastic kernel as a file, with everything wrong found before anything is computed.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <vector>

#include "commands.hpp"
#include "commit.hpp"
#include "nxmc/archive/kernel_file.hpp"
#include "nxmc/campaign/amounts.hpp"
#include "nxmc/elastic/blas.hpp"
#include "nxmc/elastic/kernel.hpp"
#include "nxmc/node/memory_limits.hpp"
#include "nxmc/query/table.hpp"
#include "output.hpp"
#include "version.hpp"

namespace nxmc {

std::vector<std::string> kernel_lattice_names() {
  std::vector<std::string> names{"cube"};
  for (const Shape& shape : shapes()) names.emplace_back(shape.name);
  return names;
}

namespace {

std::vector<int> parse_sizes(const std::string& text) {
  std::vector<int> sizes;
  std::string list = text;
  std::replace(list.begin(), list.end(), 'x', ',');  // as sizes are printed: 10x10x50
  for (const std::string& item : list_items(list)) {
    int size = 0;
    const auto [end, error] = std::from_chars(item.data(), item.data() + item.size(), size);
    if (error != std::errc{} || end != item.data() + item.size() || size < 1) {
      throw UsageError(
          fmt::format("--size: '{}' is no number of sites; write for example 12, or 10x10x50 for a box", item));
    }
    sizes.push_back(size);
  }
  return sizes;
}

const Shape& find_shape(const std::string& name) {
  const std::string_view wanted = name == "cube" ? std::string_view("box") : name;
  const auto all = shapes();
  const auto shape = std::find_if(all.begin(), all.end(), [&](const Shape& s) { return s.name == wanted; });
  if (shape == all.end()) {
    throw UsageError(
        fmt::format("--lattice: there is no '{}'; choose one of {}", name, fmt::join(kernel_lattice_names(), ", ")));
  }
  return *shape;
}

LatticeSpec to_lattice(const KernelArguments& arguments) {
  const Shape& shape = find_shape(arguments.lattice);
  std::vector<int> sizes = parse_sizes(arguments.size);
  if (arguments.lattice == "cube" && sizes.size() == 1) sizes.assign(3, sizes.front());
  if (sizes.size() != static_cast<std::size_t>(shape.sizes)) {
    throw UsageError(
        fmt::format("--size: a {} has {}; '{}' has {}", arguments.lattice,
                    shape.sizes == 1 || arguments.lattice == "cube" ? "one size" : "three sizes, as in 10x10x50",
                    arguments.size, sizes.size()));
  }
  if (arguments.shell_layers < 0) throw UsageError("--shell-layers: must be 0 or more");
  LatticeSpec spec{std::string(shape.name), {}, arguments.shell_layers};
  std::copy(sizes.begin(), sizes.end(), spec.size.begin());
  return spec;
}

KernelSpec to_kernel(const KernelArguments& arguments) {
  if (!(arguments.shell_stiffness > 0) || !std::isfinite(arguments.shell_stiffness)) {
    throw UsageError(fmt::format("--shell-stiffness: {} is not a positive number", arguments.shell_stiffness));
  }
  if (arguments.shell_layers == 0 && arguments.shell_stiffness != 1) {
    throw UsageError(
        fmt::format("--shell-stiffness: without shell there is nothing of stiffness {}; add --shell-layers",
                    arguments.shell_stiffness));
  }
  return {to_lattice(arguments), arguments.shell_stiffness, !arguments.unprojected};
}

void require_memory(const KernelSpec& spec) {
  const double needed = kernel_row_bytes(spec.lattice) + std::max(kernel_build_bytes(spec), kernel_bytes(spec));
  const ProcessRoom room = process_room();
  if (needed > room.bytes()) {
    throw std::runtime_error(
        fmt::format("the kernel of {} sites needs {} of memory; {} leaves this process {}. Choose a smaller --size, or "
                    "raise the limit",
                    count_sites(spec.lattice), readable_bytes(needed), room.name(), readable_bytes(room.bytes())));
  }
  const double available = available_memory();
  if (needed <= available) return;
  throw std::runtime_error(
      fmt::format("the kernel of {} sites needs {} of memory; {} are available. Choose a smaller --size",
                  count_sites(spec.lattice), readable_bytes(needed), readable_bytes(available)));
}

/// Sizes that a shape does not allow are the user's mistake, whatever memory they would need.
void require_crystal(const LatticeSpec& spec) {
  try {
    count_sites(spec);
  } catch (const std::invalid_argument& error) {
    throw UsageError(fmt::format("--size: {}", error.what()));
  }
}

}  // namespace

ExitCode write_kernel(const KernelArguments& arguments) {
  const KernelSpec spec = to_kernel(arguments);
  require_crystal(spec.lattice);
  require_new_file(arguments.output);
  start_blas();
  require_memory(spec);
  write_kernel_file(arguments.output, spec, OwnedKernel(spec),
                    fmt::format("nxmc {} (git {})", program_version, commit_of_program()));
  return ExitCode::done;
}

}  // namespace nxmc
