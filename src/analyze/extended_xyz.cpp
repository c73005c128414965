#include "nxmc/analyze/extended_xyz.hpp"

#include <fmt/format.h>

#include "nxmc/observe/phases.hpp"

namespace nxmc {
namespace {

int order_parameter(const Lattice& lattice, const Occupation& sigma, Site i) {
  if (lattice.bonds_of(i) < lattice.coordination) return 0;
  switch (local_phase(lattice, sigma, i)) {
    case Phase::U1:
      return 2;
    case Phase::S1:
      return 1;
    case Phase::none:
      return 0;
    case Phase::S2:
      return -1;
    case Phase::U2:
      return -2;
  }
  return 0;
}

void print_frame(std::ostream& out, const Lattice& lattice, const Snapshot& snapshot, const std::string& clock) {
  out << fmt::format("{}\nProperties=species:S:1:pos:R:3:layer:I:1:order_parameter:I:1 {}={} pbc=\"F F F\"\n",
                     lattice.sites(), clock, snapshot.at);
  for (std::size_t k = 0; k < lattice.sites(); ++k) {
    const auto& [x, y, z] = lattice.position[k];
    out << fmt::format("{} {} {} {} {} {}\n", snapshot.sigma[k] > 0 ? 'A' : 'B', x, y, z, lattice.layer[k],
                       order_parameter(lattice, snapshot.sigma, static_cast<Site>(k)));
  }
}

}  // namespace

void print_extended_xyz(std::ostream& out, const Lattice& lattice, const std::vector<Snapshot>& snapshots,
                        const std::string& clock) {
  for (const Snapshot& snapshot : snapshots) {
    if (!out) return;
    print_frame(out, lattice, snapshot, clock);
  }
}

}  // namespace nxmc
