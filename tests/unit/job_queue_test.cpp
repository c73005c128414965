#include "nxmc/schedule/job_queue.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "plain_job_queue.hpp"

namespace nxmc {
namespace {

std::vector<PendingJob> jobs_of_kind(std::uint32_t kind, const std::vector<double>& seconds,
                                     std::uint64_t first_index) {
  std::vector<PendingJob> jobs;
  jobs.reserve(seconds.size());
  for (const double s : seconds) jobs.push_back({first_index++, s, kind});
  return jobs;
}

std::vector<std::uint64_t> numbers_of(const Batch& batch) {
  std::vector<std::uint64_t> numbers;
  for (const PendingJob& job : batch.jobs) numbers.push_back(job.job);
  return numbers;
}

TEST(JobQueue, HandsOutTheLongestJobFirst) {
  JobQueue queue(jobs_of_kind(0, {1, 5, 3}, 10));
  EXPECT_EQ(numbers_of(queue.take(0)), std::vector<std::uint64_t>{11});
  EXPECT_EQ(numbers_of(queue.take(0)), std::vector<std::uint64_t>{12});
  EXPECT_EQ(numbers_of(queue.take(0)), std::vector<std::uint64_t>{10});
  EXPECT_TRUE(queue.empty());
  EXPECT_TRUE(queue.take(0).empty());
}

TEST(JobQueue, JobsOfEqualLengthKeepTheOrderOfTheCampaign) {
  JobQueue queue(jobs_of_kind(0, {2, 2, 2}, 4));
  EXPECT_EQ(numbers_of(queue.take(10)), (std::vector<std::uint64_t>{4, 5, 6}));
}

TEST(JobQueue, ABatchStaysWithinItsTargetUnlessItIsASingleJob) {
  JobQueue queue(jobs_of_kind(0, {5, 1, 1, 1, 1}, 0));
  const Batch longest = queue.take(2.5);
  EXPECT_EQ(longest.jobs.size(), 1U);
  EXPECT_DOUBLE_EQ(longest.seconds, 5);
  const Batch batch = queue.take(2.5);
  EXPECT_EQ(batch.jobs.size(), 2U);
  EXPECT_DOUBLE_EQ(batch.seconds, 2);
}

TEST(JobQueue, MeasuredTimesCorrectPredictionsOfTheirKind) {
  auto jobs = jobs_of_kind(0, {1, 1}, 0);
  const auto others = jobs_of_kind(1, {2}, 2);
  jobs.insert(jobs.end(), others.begin(), others.end());
  JobQueue queue(jobs);
  EXPECT_DOUBLE_EQ(queue.remaining_seconds(), 4);
  queue.learn(0, 1, 10);
  queue.learn(1, 2, 2);
  EXPECT_DOUBLE_EQ(queue.corrected(0, 1), 10);
  EXPECT_DOUBLE_EQ(queue.corrected(1, 2), 2);
  EXPECT_DOUBLE_EQ(queue.remaining_seconds(), 22);
  EXPECT_EQ(numbers_of(queue.take(0)).front(), 0U) << "after correction a job of kind 0 is the longest";
}

TEST(JobQueue, AKindWithoutMeasurementIsCorrectedByAllOthers) {
  auto jobs = jobs_of_kind(0, {1}, 0);
  const auto others = jobs_of_kind(1, {1}, 1);
  jobs.insert(jobs.end(), others.begin(), others.end());
  JobQueue queue(jobs);
  queue.learn(0, 2, 6);
  EXPECT_DOUBLE_EQ(queue.corrected(1, 1), 3);
}

TEST(JobQueue, EveryJobComesOutExactlyOnce) {
  std::vector<PendingJob> jobs;
  for (std::uint64_t j = 0; j < 1000; ++j)
    jobs.push_back({j, static_cast<double>(j % 37) + 0.5, static_cast<std::uint32_t>(j % 3)});
  JobQueue queue(jobs);
  std::vector<int> seen(1000, 0);
  std::size_t taken = 0;
  while (!queue.empty()) {
    const Batch batch = queue.take(20);
    for (const PendingJob& job : batch.jobs) ++seen[job.job];
    taken += batch.jobs.size();
    if (taken > 300) queue.learn(static_cast<std::uint32_t>(taken % 3), 1, static_cast<double>(taken % 5 + 1));
  }
  EXPECT_EQ(taken, 1000U);
  for (const int count : seen) EXPECT_EQ(count, 1);
  EXPECT_DOUBLE_EQ(queue.remaining_seconds(), 0);
}

TEST(JobQueue, AJobThatIsPutBackComesWhenItWouldHave) {
  JobQueue queue(jobs_of_kind(0, {5, 4, 3, 2}, 0));
  const Batch first = queue.take(9);
  ASSERT_EQ(numbers_of(first), (std::vector<std::uint64_t>{0, 1}));
  queue.put_back(first.jobs[1]);
  EXPECT_EQ(queue.size(), 3U);
  EXPECT_DOUBLE_EQ(queue.remaining_seconds(), 9);
  EXPECT_EQ(numbers_of(queue.take(100)), (std::vector<std::uint64_t>{1, 2, 3}));
  queue.put_back(first.jobs[0]);
  EXPECT_EQ(numbers_of(queue.take(0)), std::vector<std::uint64_t>{0});
}

TEST(JobQueue, DoesWhatAPlainSearchThroughAllKindsDoes) {
  std::mt19937_64 random(7);
  const auto number = [&](std::uint64_t most) { return random() % most; };
  for (int trial = 0; trial < 50; ++trial) {
    std::vector<PendingJob> jobs;
    const std::uint64_t kinds = 1 + number(20);
    // Powers of two: both ways of summing up are exact.
    for (std::uint64_t j = 0; j < 300; ++j)
      jobs.push_back({j, static_cast<double>(1 + number(8)), static_cast<std::uint32_t>(number(kinds))});
    JobQueue queue(jobs);
    testing_tools::PlainJobQueue plain(jobs);
    std::vector<PendingJob> out;
    while (!queue.empty()) {
      const auto target = static_cast<double>(number(12));
      const Batch batch = queue.take(target);
      const Batch expected = plain.take(target);
      ASSERT_EQ(numbers_of(batch), numbers_of(expected));
      EXPECT_DOUBLE_EQ(batch.seconds, expected.seconds);
      out.insert(out.end(), batch.jobs.begin(), batch.jobs.end());
      if (number(3) == 0) {
        const PendingJob& job = out[number(out.size())];
        const auto measured = static_cast<double>(std::uint64_t{1} << number(4));
        queue.learn(job.kind, job.predicted_seconds, measured * job.predicted_seconds);
        plain.learn(job.kind, job.predicted_seconds, measured * job.predicted_seconds);
      }
      if (number(8) == 0) {
        queue.put_back(out.back());
        plain.put_back(out.back());
        out.pop_back();
      }
      ASSERT_NEAR(queue.remaining_seconds(), plain.remaining_seconds(), 1e-9 * (1 + plain.remaining_seconds()));
    }
  }
}

}  // namespace
}  // namespace nxmc
