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
  for (const char* const bulk : {"cube", "hexagon", "box"}) names.push_back(std::string(periodic_prefix) + bulk);
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

LatticeSpec lattice_named(const std::string& name) {
  const std::vector<std::string> names = kernel_lattice_names();
  if (std::ranges::find(names, name) == names.end())
    throw UsageError(fmt::format("--lattice: there is no '{}'; choose one of {}", name, fmt::join(names, ", ")));
  LatticeSpec spec;
  set_lattice_word(spec, name);
  return spec;
}

/// How many sizes a crystal has, in words.
std::string_view words_for_sizes(std::size_t sizes) {
  if (sizes == 1) return "one size";
  return sizes == 2 ? "two sizes, as in 12x18" : "three sizes, as in 10x10x50";
}

std::uint32_t covered_by(const LatticeSpec& spec, const KernelArguments& arguments) {
  if (arguments.shell_facets.empty()) return 0;
  if (arguments.shell_layers == 0)
    throw UsageError("--shell-facets: without shell there is nothing to cover them; add --shell-layers");
  if (const auto covered = covered_facets(spec, list_items(arguments.shell_facets))) return *covered;
  const std::vector<std::string> facets = facets_of(spec);
  throw UsageError(facets.empty() ? fmt::format("--shell-facets: a {} has no flat sides", arguments.lattice)
                                  : fmt::format("--shell-facets: the facets of a {} are {}; '{}' has others",
                                                arguments.lattice, fmt::join(facets, ", "), arguments.shell_facets));
}

LatticeSpec to_lattice(const KernelArguments& arguments) {
  LatticeSpec spec = lattice_named(arguments.lattice);
  const auto wanted = static_cast<std::size_t>(shape_of(spec).sizes);
  std::vector<int> sizes = parse_sizes(arguments.size);
  const bool is_cube = arguments.lattice.ends_with("cube") && spec.shape == "box";
  const bool equal_edges = is_cube || (spec.periodic() && wanted == 2);
  if (equal_edges && sizes.size() == 1) sizes.assign(wanted, sizes.front());
  if (sizes.size() != wanted)
    throw UsageError(fmt::format("--size: a {} has {}; '{}' has {}", arguments.lattice,
                                 words_for_sizes(is_cube ? 1 : wanted), arguments.size, sizes.size()));
  if (arguments.shell_layers < 0) throw UsageError("--shell-layers: must be 0 or more");
  spec.shell_layers = arguments.shell_layers;
  std::copy(sizes.begin(), sizes.end(), spec.size.begin());
  spec.covered = covered_by(spec, arguments);
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
  KernelSpec spec{to_lattice(arguments), arguments.shell_stiffness, !arguments.unprojected};
  if (spec.lattice.periodic() && !spec.projected)
    throw UsageError("--unprojected: a periodic crystal has no kernel without projection; leave it out");
  return spec;
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
