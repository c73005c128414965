// Writing from several ranks: who may write what, when it counts, and what happens when one rank cannot.
#include "nxmc/archive/writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <stdexcept>

#include "program.hpp"
#include "sample.hpp"

namespace nxmc {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
namespace fs = std::filesystem;

int rank() {
  int value = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &value);
  return value;
}

int ranks() {
  int value = 1;
  MPI_Comm_size(MPI_COMM_WORLD, &value);
  return value;
}

void barrier() { MPI_Barrier(MPI_COMM_WORLD); }

/// A directory that rank 0 makes and all ranks know.
class SharedDirectory {
 public:
  SharedDirectory() {
    if (rank() == 0) own_.emplace();
    std::string name = rank() == 0 ? own_->path().string() : "";
    name.resize(256);
    MPI_Bcast(name.data(), static_cast<int>(name.size()), MPI_CHAR, 0, MPI_COMM_WORLD);
    path_ = name.c_str();
  }
  ~SharedDirectory() { barrier(); }
  SharedDirectory(const SharedDirectory&) = delete;
  SharedDirectory& operator=(const SharedDirectory&) = delete;
  fs::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::optional<testing_tools::TemporaryDirectory> own_;
  fs::path path_;
};

class Writer : public testing::Test {
 protected:
  Writer() {
    if (rank() == 0) create_archive(file, plan, sample::provenance());
    barrier();
  }
  SharedDirectory directory;
  fs::path file = directory / "x.h5";
  Plan plan = sample::plan_of(sample::everything);
};

/// Sends completed jobs to rank 0 by repeating there what can be repeated: only checksums of written payloads travel.
std::vector<CompletedJob> complete_all(const Plan& plan, ArchiveWriter& writer) {
  std::vector<std::uint64_t> checksums(plan.jobs.size(), 0);
  for (std::uint64_t job = 0; job < plan.jobs.size(); ++job)
    if (job % static_cast<std::uint64_t>(ranks()) == static_cast<std::uint64_t>(rank()))
      checksums[job] = sample::complete(plan, job, writer).payload_checksum;
  MPI_Allreduce(MPI_IN_PLACE, checksums.data(), static_cast<int>(checksums.size()), MPI_UINT64_T, MPI_SUM,
                MPI_COMM_WORLD);
  std::vector<CompletedJob> all;
  for (std::uint64_t job = 0; job < plan.jobs.size(); ++job) {
    all.push_back(sample::completed(plan, job));
    if (!sample::is_large(all.back().record)) continue;
    all.back().payload_written = true;
    all.back().payload_checksum = checksums[job];
  }
  return all;
}

TEST_F(Writer, LeavesTheSameBytesForAnyNumberOfRanks) {
  ArchiveWriter writer(file, MPI_COMM_WORLD);
  for (std::size_t k = 0; k < plan.kernels.size(); ++k)
    if (k % static_cast<std::size_t>(ranks()) == static_cast<std::size_t>(rank()))
      writer.write_kernel(k, sample::kernel_of(plan.kernels[k]));
  const std::vector<CompletedJob> all = complete_all(plan, writer);
  if (rank() == 0)
    for (const CompletedJob& completed : all) writer.commit({&completed, 1});
  writer.close();
  if (rank() == 0) {
    const fs::path alone = directory / "alone.h5";
    create_archive(alone, plan, sample::provenance());
    sample::fill(alone, plan);
    EXPECT_EQ(testing_tools::read_file(file), testing_tools::read_file(alone));
    EXPECT_THAT(Archive::open(file).verify(), IsEmpty());
  }
}

TEST_F(Writer, ShowsReadersCommittedRowsAtOnce) {
  ArchiveWriter writer(file, MPI_COMM_WORLD);
  if (rank() == 0) {
    const Archive reader = Archive::open(file);
    for (std::uint64_t job = 0; job < plan.jobs.size(); ++job) {
      const std::uint64_t next = job;
      writer.mark_running({&next, 1});
      EXPECT_EQ(reader.states()[job], JobState::running);
      EXPECT_FALSE(reader.exchange(job));
      const CompletedJob completed = sample::completed(plan, job);
      writer.commit({&completed, 1});
      EXPECT_EQ(reader.states()[job], completed.status.state);
    }
    EXPECT_THAT(reader.verify(), IsEmpty());
  }
  writer.close();
}

TEST_F(Writer, NeverRewritesACommittedRow) {
  ArchiveWriter writer(file, MPI_COMM_WORLD);
  if (rank() == 0) {
    const CompletedJob first = sample::completed(plan, 4);
    writer.commit({&first, 1});
    const std::string before = testing_tools::read_file(file);
    CompletedJob second = first;
    second.record.values.assign(second.record.values.size(), 1.0);
    EXPECT_THROW(writer.commit({&second, 1}), std::logic_error);
    const std::uint64_t job = 4;
    EXPECT_THROW(writer.mark_running({&job, 1}), std::logic_error);
    const std::vector<CompletedJob> twice{sample::completed(plan, 5), sample::completed(plan, 5)};
    EXPECT_THROW(writer.commit(twice), std::logic_error);
    EXPECT_EQ(testing_tools::read_file(file), before);
  }
  writer.close();
}

TEST_F(Writer, ComputesARowAgainAfterAReset) {
  ArchiveWriter writer(file, MPI_COMM_WORLD);
  if (rank() == 0) {
    const CompletedJob first = sample::completed(plan, 4);
    writer.commit({&first, 1});
    const std::vector<std::uint64_t> jobs{4, 5};
    writer.reset(jobs);
    const Archive reader = Archive::open(file);
    EXPECT_EQ(reader.states()[4], JobState::waiting);
    EXPECT_EQ(reader.status()[4].generation, 1U);
    EXPECT_EQ(reader.status()[5].generation, 0U) << "it had no results to give up";
    writer.commit({&first, 1});
    EXPECT_EQ(reader.states()[4], first.status.state);
    EXPECT_THAT(reader.verify(), IsEmpty());
  }
  writer.close();
}

TEST_F(Writer, KeepsTheReasonOfAFailedJob) {
  ArchiveWriter writer(file, MPI_COMM_WORLD);
  if (rank() == 0) {
    CompletedJob failed;
    failed.job = 2;
    failed.status = sample::status_of(2);
    failed.status.state = JobState::failed;
    failed.status.reason = std::string(159, 'x') + "ä and more";
    writer.commit({&failed, 1});
    const Archive reader = Archive::open(file);
    EXPECT_EQ(reader.status()[2].reason, std::string(159, 'x')) << "cut between characters";
    EXPECT_THAT(reader.verify(), IsEmpty());
    EXPECT_TRUE(std::isnan(reader.equilibrium().values[2 * reader.equilibrium().columns.size()]));
  }
  writer.close();
}

TEST_F(Writer, RefusesRecordsOfTheWrongSize) {
  ArchiveWriter writer(file, MPI_COMM_WORLD);
  CompletedJob completed = sample::completed(plan, plan.jobs.size() - 1);
  completed.record.configurations.pop_back();
  EXPECT_THROW(writer.write_payload(completed.job, completed.record), std::logic_error);
  if (rank() == 0) {
    EXPECT_THROW(writer.commit({&completed, 1}), std::logic_error);
    completed = sample::completed(plan, 0);
    completed.record.values.pop_back();
    EXPECT_THROW(writer.commit({&completed, 1}), std::logic_error);
  } else {
    EXPECT_THROW(writer.commit({&completed, 1}), std::logic_error) << "only rank 0 commits";
  }
  writer.close();
}

TEST_F(Writer, OpensOnNoRankWhenOneCannot) {
  // The last rank is given another name: as if its node did not see the file.
  const bool odd = rank() == ranks() - 1;
  const fs::path name = odd ? directory / "not there.h5" : file;
  try {
    const ArchiveWriter writer(name, MPI_COMM_WORLD);
    FAIL() << "it opened";
  } catch (const ArchiveError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("not there.h5"), HasSubstr("there is no such file")));
  }
}

TEST_F(Writer, RefusesADamagedArchiveOnAllRanks) {
  if (rank() == 0) fs::resize_file(file, fs::file_size(file) - 1);
  barrier();
  try {
    const ArchiveWriter writer(file, MPI_COMM_WORLD);
    FAIL() << "it opened";
  } catch (const ArchiveError& error) {
    EXPECT_THAT(error.what(), AllOf(StartsWith(file.string()), HasSubstr("truncated")));
  }
}

TEST_F(Writer, ReplacesAKernelThatWasStoredBefore) {
  ArchiveWriter writer(file, MPI_COMM_WORLD);
  if (rank() == ranks() - 1) {
    const ReducedKernel first = sample::kernel_of(plan.kernels[0]);
    ReducedKernel second = first;
    second.rows[3] += 1;
    writer.write_kernel(0, first);
    EXPECT_EQ(Archive::open(file).kernel_digest(0), digest(first));
    writer.write_kernel(0, second);
    const Archive reader = Archive::open(file);
    EXPECT_EQ(reader.kernel_digest(0), digest(second));
    EXPECT_EQ(reader.kernel(0)->rows, second.rows);
  }
  writer.close();
}

}  // namespace
}  // namespace nxmc
