// What a file costs before it is planned or refused: how often and how much it allocates, whatever the machine.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <string>

#include "giant_campaigns.hpp"
#include "nxmc/campaign/plan.hpp"

namespace {

struct Allocations {
  std::size_t count = 0;
  std::size_t bytes = 0;  // now
  std::size_t peak = 0;
};
Allocations allocations;  // of this program, which has one thread

void* counted(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  ++allocations.count;
  allocations.bytes += malloc_usable_size(memory);
  allocations.peak = std::max(allocations.peak, allocations.bytes);
  return memory;
}

void release(void* memory) {
  if (memory != nullptr) allocations.bytes -= malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) { return counted(std::malloc(std::max<std::size_t>(size, 1))); }
void operator delete(void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { release(memory); }

namespace nxmc {
namespace {

using testing_tools::GiantCampaign;

class Giants : public testing::TestWithParam<GiantCampaign> {};

TEST_P(Giants, ArePlannedOrRefusedWithLittleWork) {
  const std::string text = GetParam().text();
  ASSERT_LE(text.size(), testing_tools::largest_campaign_file);
  const Allocations before = allocations;
  allocations.peak = allocations.bytes;
  std::string message;
  try {
    make_plan(parse_campaign(text, "x.yaml"));
  } catch (const CampaignError& error) {
    message = error.what();
    EXPECT_LE(error.problems().size(), 1000U);
  }
  EXPECT_LE(std::count(message.begin(), message.end(), '\n'), 40);
  EXPECT_LT(message.size(), 20'000U);
  const double megabytes = 1e-6 * static_cast<double>(allocations.peak - before.bytes);
  EXPECT_LT(megabytes, 180);
  EXPECT_LT(allocations.count - before.count, 6'000'000U);
  RecordProperty("megabytes", fmt::format("{:.0f}", megabytes));
}

INSTANTIATE_TEST_SUITE_P(All, Giants, testing::ValuesIn(testing_tools::giant_campaigns()),
                         [](const auto& giant) { return giant.param.name; });

TEST(Giants, CostNothingWhereTheySayTooMuch) {
  allocations.peak = allocations.bytes;
  const std::size_t before = allocations.bytes;
  EXPECT_THROW(
      parse_campaign("name: x\nscans: [{name: s, method: equilibrium, lattice: hexagon, size: {from: 3, to: 12, "
                     "step: 1}, temperature: {from: 0.1, to: 1, points: 100000}, replicas: 1000000}]\n",
                     "x.yaml"),
      CampaignError);
  EXPECT_LT(allocations.peak - before, 20'000'000U);
}

}  // namespace
}  // namespace nxmc
