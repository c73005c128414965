// What a campaign left in its archive, to the bit: for comparing runs.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "nxmc/archive/archive.hpp"

namespace nxmc::testing_tools {

/// The state of a job, then every number that it left.
using JobBits = std::vector<std::uint64_t>;
/// By job identity and observation: chains of one identity may have several lengths.
using CampaignBits = std::map<std::string, JobBits>;

inline JobBits bits(const std::vector<double>& values) {
  JobBits patterns;
  patterns.reserve(values.size());
  for (const double value : values)
    patterns.push_back(std::isnan(value) ? ~std::uint64_t{0} : std::bit_cast<std::uint64_t>(value));
  return patterns;
}

inline CampaignBits results_of(const Archive& archive) {
  const auto names = archive.identities_and_observations({0, archive.jobs()});
  const auto states = archive.states();
  const auto equilibrium = archive.equilibrium();
  const std::size_t width = equilibrium.columns.size();
  CampaignBits results;
  for (std::uint64_t job = 0; job < archive.jobs(); ++job) {
    JobBits all{static_cast<std::uint64_t>(states[job])};
    const auto append = [&](const std::vector<double>& values) {
      const auto patterns = bits(values);
      all.insert(all.end(), patterns.begin(), patterns.end());
    };
    const auto row = equilibrium.values.begin() + static_cast<std::ptrdiff_t>(job * width);
    append({row, row + static_cast<std::ptrdiff_t>(width)});
    if (const auto exchange = archive.exchange(job)) {
      append(exchange->values);
      append(exchange->summary);
    }
    append(archive.profile(job));
    for (const Snapshot& snapshot : archive.snapshots(job)) {
      append({snapshot.at});
      for (const Spin spin : snapshot.sigma) all.push_back(static_cast<std::uint64_t>(spin + 1));
    }
    const std::vector<std::uint8_t> samples = archive.samples(job).bits;
    all.insert(all.end(), samples.begin(), samples.end());
    results[to_string(names[job].first) + ' ' + to_string(names[job].second)] = all;
  }
  return results;
}

inline CampaignBits results_of(const std::filesystem::path& file) { return results_of(Archive::open(file)); }

/// Whether the bits are those of a job that ended with results.
inline bool has_results(const JobBits& job) { return nxmc::has_results(static_cast<JobState>(job.front())); }

}  // namespace nxmc::testing_tools
