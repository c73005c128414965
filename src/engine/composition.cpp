#include "nxmc/engine/composition.hpp"

#include <algorithm>
#include <cmath>

namespace nxmc {

double sites_of_a(double composition, double core_sites) {
  return std::min(core_sites, std::floor(composition * core_sites + 1e-9 + 1e-12 * core_sites));
}

}  // namespace nxmc
