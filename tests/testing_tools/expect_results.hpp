// Whether a row of an archive holds the made-up results of a sample job, to the bit.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "sample.hpp"

namespace nxmc::sample {

/// \param job  of the plan
inline void expect_results_of(const Archive& archive, const Plan& plan, std::uint64_t job, std::uint64_t row) {
  const Record record = record_of(plan.jobs[job]);
  if (plan.jobs[job].physics->method == Method::equilibrium) {
    const EquilibriumResults results = archive.equilibrium();
    const std::size_t width = results.columns.size();
    const std::vector<double> values(results.values.begin() + static_cast<std::ptrdiff_t>(row * width),
                                     results.values.begin() + static_cast<std::ptrdiff_t>((row + 1) * width));
    EXPECT_EQ(bits(values), bits(record.values)) << "row " << row;
  } else {
    const std::optional<ExchangeResults> results = archive.exchange(row);
    ASSERT_TRUE(results) << "row " << row;
    EXPECT_EQ(results->times, plan.jobs[job].schedule->times);
    EXPECT_EQ(bits(results->values), bits(record.values));
    EXPECT_EQ(bits(results->summary), bits(record.summary));
  }
  EXPECT_EQ(bits(archive.profile(row)), bits(record.profile));
  std::vector<std::uint8_t> configurations;
  for (const Snapshot& snapshot : archive.snapshots(row)) {
    const std::vector<std::uint8_t> bits = pack_bits(snapshot.sigma);
    configurations.insert(configurations.end(), bits.begin(), bits.end());
  }
  const std::vector<std::uint8_t> samples = archive.samples(row).bits;
  configurations.insert(configurations.end(), samples.begin(), samples.end());
  EXPECT_EQ(configurations, record.configurations);
}

}  // namespace nxmc::sample
