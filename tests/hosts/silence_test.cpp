// A rank that never answers, at every stage of a run on this host: the run ends with 75, and goes on to the same bits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "hosts/campaign.hpp"
#include "mpirun.hpp"
#include "program.hpp"
#include "results.hpp"
#include "silent_rank.hpp"
#include "warning.hpp"

namespace nxmc {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing_tools::await_standstill;
using testing_tools::campaign;
using testing_tools::CampaignBits;
using testing_tools::Hangs;
using testing_tools::Outcome;
using testing_tools::oversubscribed;
using testing_tools::results_of;
using testing_tools::run_program;
using testing_tools::RunningProgram;
using testing_tools::SilentRank;
using testing_tools::TemporaryDirectory;
using testing_tools::under_mpirun;
using testing_tools::with_silent_rank;
using Clock = std::chrono::steady_clock;

CampaignBits results_without_silence() {
  const TemporaryDirectory directory;
  testing_tools::write_file(directory / "campaign.yaml", campaign);
  const Outcome outcome =
      run_program({NXMC_PROGRAM, "run", "campaign.yaml", "--archive", "a.h5"}, {}, directory.path());
  if (outcome.exit_code != 0) throw std::runtime_error(outcome.err);
  return results_of(directory / "a.h5");
}

class Silence : public testing::Test {
 protected:
  static void SetUpTestSuite() { expected() = results_without_silence(); }
  void SetUp() override { testing_tools::write_file(directory / "campaign.yaml", campaign); }

  static std::vector<std::string> command(const std::vector<std::string>& options = {}) {
    std::vector<std::string> words{NXMC_PROGRAM,         "run",  "campaign.yaml", "--archive", "a.h5",
                                   "--checkpoint-every", "0.02s"};
    words.insert(words.end(), options.begin(), options.end());
    return words;
  }
  std::vector<std::string> silenced(const SilentRank& silent, const std::vector<std::string>& options = {}) const {
    return under_mpirun(2, with_silent_rank(silent, sign(), command(options)));
  }
  std::filesystem::path sign() const { return directory / "stands-still"; }

  void expect_that_it_goes_on_to_the_same_bits() const {
    const Outcome outcome = run_program(under_mpirun(2, command()), oversubscribed(), directory.path());
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(results_of(directory / "a.h5"), expected());
    EXPECT_EQ(run_program({NXMC_PROGRAM, "verify", "a.h5"}, {}, directory.path()).exit_code, 0);
    EXPECT_FALSE(std::filesystem::exists(directory / "a.h5.claim"));
    EXPECT_FALSE(std::filesystem::exists(directory / "a.h5.checkpoints"));
  }

  static CampaignBits& expected() {
    static CampaignBits results;
    return results;
  }

  const TemporaryDirectory directory;
};

class SilenceAtEveryStage : public Silence, public testing::WithParamInterface<SilentRank> {};

TEST_P(SilenceAtEveryStage, DoesNotKeepARunThatIsToldToStop) {
  RunningProgram run(silenced(GetParam()), oversubscribed(), directory.path());
  await_standstill(sign(), run);
  testing_tools::warn(run);
  const auto told = Clock::now();
  const Outcome stopped = run.wait(std::chrono::minutes(3));
  EXPECT_EQ(stopped.exit_code, 75) << stopped.err;
  EXPECT_THAT(stopped.err, HasSubstr("The same command goes on"));
  std::printf("%-44s  ended %4.1f s after the warning, with %d\n", testing::PrintToString(GetParam()).c_str(),
              std::chrono::duration<double>(Clock::now() - told).count(), stopped.exit_code);
  expect_that_it_goes_on_to_the_same_bits();
}
INSTANTIATE_TEST_SUITE_P(
    Stages, SilenceAtEveryStage,
    testing::Values(
        SilentRank{"the start", 1, "MPI_Comm_split_type"}, SilentRank{"the start", 0, "MPI_Comm_split_type"},
        SilentRank{"the opening of files", 1, "MPI_File_open"}, SilentRank{"kernels", 1, "MPI_Win_allocate_shared"},
        SilentRank{"kernels", 0, "MPI_Win_allocate_shared"}, SilentRank{"work", 1, "MPI_Mrecv"},
        SilentRank{"work", 0, "MPI_Mrecv"}, SilentRank{"a checkpoint", 1, "MPI_Mrecv fdatasync"},
        SilentRank{"a hanging write of a checkpoint", 1, "MPI_Mrecv fdatasync", Hangs::thread},
        SilentRank{"a commit", 0, "MPI_Mrecv fdatasync"}, SilentRank{"the closing of files", 1, "MPI_File_close"},
        SilentRank{"the closing of files", 0, "MPI_File_close"}, SilentRank{"the end of MPI", 1, "MPI_Finalize"},
        SilentRank{"the end of MPI", 0, "MPI_Finalize"}));

/// With a limit that ends in time, though the run does not: also where only a watchdog can help.
class SilenceWithALimit : public Silence, public testing::WithParamInterface<SilentRank> {};

TEST_P(SilenceWithALimit, DoesNotOutliveTheTimeLimit) {
  const auto start = Clock::now();
  RunningProgram run(silenced(GetParam(), {"--time-limit", "30s"}), oversubscribed(), directory.path());
  await_standstill(sign(), run);
  const Outcome stopped = run.wait(std::chrono::minutes(3));
  EXPECT_EQ(stopped.exit_code, 75) << stopped.err;
  EXPECT_THAT(stopped.err, AllOf(HasSubstr("the time limit"), HasSubstr("The same command goes on")));
  std::printf("%-44s  ended %4.1f s after the limit, with %d\n", testing::PrintToString(GetParam()).c_str(),
              std::chrono::duration<double>(Clock::now() - start).count() - 30, stopped.exit_code);
  expect_that_it_goes_on_to_the_same_bits();
}
INSTANTIATE_TEST_SUITE_P(
    LongStages, SilenceWithALimit,
    testing::Values(SilentRank{"the first word", 1, "MPI_Comm_dup"}, SilentRank{"the first word", 0, "MPI_Comm_dup"},
                    SilentRank{"kernels", 1, "MPI_Win_allocate_shared"}, SilentRank{"work", 1, "MPI_Mrecv"},
                    SilentRank{"work", 0, "MPI_Mrecv"},
                    SilentRank{"a hanging write of a checkpoint", 1, "MPI_Mrecv fdatasync", Hangs::thread},
                    SilentRank{"a hanging commit", 0, "MPI_Mrecv fdatasync", Hangs::thread},
                    SilentRank{"hanging at the closing of files", 1, "MPI_File_close", Hangs::thread},
                    SilentRank{"the end of MPI", 1, "MPI_Finalize"}));

class LongSilenceWithoutLimit : public Silence {};

TEST_F(LongSilenceWithoutLimit, OfAWorkerIsToldAfterAMinuteTheOthersFinishTheRestAndTheRunEnds) {
  const auto start = Clock::now();
  RunningProgram run(silenced({"work", 1, "MPI_Mrecv"}), oversubscribed(), directory.path());
  await_standstill(sign(), run);
  const Outcome ended = run.wait(std::chrono::minutes(5));
  EXPECT_GE(Clock::now() - start, std::chrono::seconds(60));
  EXPECT_EQ(ended.exit_code, 75) << ended.err;
  EXPECT_THAT(ended.err,
              AllOf(HasSubstr("rank 1 on "), HasSubstr(" has not been heard of for 60 s; the others go on without it"),
                    HasSubstr("stopped by a rank that gives no sign of life: ")));
  EXPECT_THAT(ended.err, Not(HasSubstr(": 0 of 22 jobs")));
  expect_that_it_goes_on_to_the_same_bits();
}

TEST_F(LongSilenceWithoutLimit, EndsWhenTheRankComesBack) {
  RunningProgram run(silenced({"work", 1, "MPI_Mrecv"}), oversubscribed(), directory.path());
  const pid_t silent = await_standstill(sign(), run);
  // Rank 0 goes on having something to do: it waits with the other for this.
  kill(silent, SIGCONT);
  EXPECT_EQ(run.wait().exit_code, 0) << run.err();
  EXPECT_EQ(results_of(directory / "a.h5"), expected());
}

}  // namespace
}  // namespace nxmc
