#include "nxmc/statics/potentials.hpp"

#include <cassert>
#include <utility>

namespace nxmc::statics {

PairPotentials::PairPotentials(std::vector<std::string> names, std::vector<double> ion_charges,
                               double short_range_cutoff)
    : species(std::move(names)),
      charges(std::move(ion_charges)),
      pairs(species.size() * species.size()),
      cutoff(short_range_cutoff) {
  assert(species.size() == charges.size() && cutoff > 0);
}

void PairPotentials::set(std::size_t one, std::size_t other, const Buckingham& pair) {
  assert(one < species.size() && other < species.size() && pair.rho > 0);
  pairs[one * species.size() + other] = pair;
  pairs[other * species.size() + one] = pair;
}

}  // namespace nxmc::statics
