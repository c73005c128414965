#include "pending_areas.hpp"

#include <cassert>

namespace nxmc {

void PendingAreas::add(const Occupation& sigma) {
  assert(can_measure());
  const std::vector<std::uint8_t> bits = pack_bits(sigma);
  bits_.insert(bits_.end(), bits.begin(), bits.end());
  ++count_;
}

std::vector<AreaMoments> PendingAreas::measure(std::span<const Site> observed) {
  std::vector<AreaMoments> all;
  if (empty()) return all;
  all.reserve(count_);
  solver_->solve(bits_, [&](const DisplacementLanes& some) {
    const std::vector<AreaMoments> moments = area_moments_of_lanes(*lattice_, some.u, some.lanes, observed);
    all.insert(all.end(), moments.begin(), moments.begin() + static_cast<std::ptrdiff_t>(some.count));
  });
  assert(all.size() == count_);
  forget();
  return all;
}

void PendingAreas::forget() {
  bits_.clear();
  count_ = 0;
}

}  // namespace nxmc
