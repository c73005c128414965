#include "nxmc/schedule/remainder.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

namespace nxmc {
namespace {

bool holds_kernel(const Archive& archive, Identity identity) {
  for (std::size_t k = 0; k < archive.kernels(); ++k)
    if (archive.kernel_identity(k) == identity) return archive.kernel(k).has_value();
  return false;
}

/// Gives kernels of a plan the places that they have in a part of it.
class PartOfKernels {
 public:
  PartOfKernels(const Plan& whole, const Archive& archive, Plan& part)
      : whole_(whole), archive_(archive), part_(part) {}

  int place_of(int kernel) {
    if (kernel < 0) return kernel;
    const auto [place, is_new] = places_.try_emplace(kernel, static_cast<int>(part_.kernels.size()));
    if (is_new) {
      part_.kernels.push_back(whole_.kernels[static_cast<std::size_t>(kernel)]);
      if (holds_kernel(archive_, part_.kernels.back().identity)) part_.kernels.back().build_seconds = 0;
    }
    return place->second;
  }

 private:
  const Plan& whole_;
  const Archive& archive_;
  Plan& part_;
  std::map<int, int> places_;
};

}  // namespace

Plan remaining_plan(const Plan& plan, const Archive& archive, const WorkLeft& work) {
  Plan part{.campaign = plan.campaign,
            .text = plan.text,
            .seed = plan.seed,
            .scans = plan.scans,
            .jobs = {},
            .kernels = {},
            .points = {},
            .ladders = plan.ladders};
  PartOfKernels kernels(plan, archive, part);
  for (const std::uint64_t index : work.pending) {
    Job job = plan.jobs[index];
    job.kernel = kernels.place_of(job.kernel);
    if (const auto shorter = work.continued.find(index); shorter != work.continued.end())
      job.cost_seconds = std::max(0.0, job.cost_seconds - archive.predicted_seconds(shorter->second));
    part.jobs.push_back(std::move(job));
  }
  return part;
}

}  // namespace nxmc
