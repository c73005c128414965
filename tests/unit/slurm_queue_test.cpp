#include "nxmc/slurm/queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>

#include "nxmc/slurm/client.hpp"

namespace nxmc {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* separator = "|1f2e3d4c5b6a7988|";

/// As squeue of Slurm 22.05 writes them, with the separator for each '%'; SLURM_TIME_FORMAT=%s.
std::string queue_of(std::string text) {
  for (auto at = text.find('%'); at != std::string::npos; at = text.find('%', at)) text.replace(at, 1, separator);
  return text;
}

const std::string queue = queue_of(
    "12%12%N/A%RUNNING%None%1795272581%1795276181%2%1%/home/ada%/home/ada/slurm/requeue.sbatch mine.yaml --memory 4G%\n"
    "13%13%N/A%PENDING%Resources%1795276180%NONE%1%0%/home/ada%/home/ada/slurm/chain.sbatch mine.yaml%\n"
    "14%14%N/A%PENDING%JobHeldUser%N/A%N/A%1%0%/home/a|b\n15|c|%/home/a|b\n15|c|/a|b.sbatch mine.yaml%\n"
    "17%15%2%COMPLETED%None%1795272581%1795272599%1%0%/home/ada%/home/ada/slurm/array.sbatch a.yaml b.yaml%\n");

/// A program that Ctrl-Z stopped before it had begun would keep `status --watch` from being stopped as well.
TEST(SlurmClient, ProgramsAreNotStoppedFromTheTerminal) {
  const SlurmAnswer answer = ask_slurm({"sed", "-n", "s/^SigBlk:\\s*//p", "/proc/self/status"});
  ASSERT_TRUE(answer.succeeded);
  const auto blocked = std::stoull(answer.text, nullptr, 16);
  for (const int stop : {SIGTSTP, SIGTTIN, SIGTTOU}) EXPECT_TRUE((blocked >> (stop - 1)) & 1U) << stop;
  for (const int end : {SIGTERM, SIGINT, SIGPIPE}) EXPECT_FALSE((blocked >> (end - 1)) & 1U) << end;
}

TEST(SlurmQueue, GivesStatesTimesAndRequeues) {
  const auto entries = parse_queue(queue, separator);
  ASSERT_THAT(entries, SizeIs(4));
  const SlurmJobState& running = entries[0].job;
  EXPECT_EQ(running.id, "12");
  EXPECT_EQ(running.state, "RUNNING");
  EXPECT_EQ(running.reason, "");
  EXPECT_EQ(running.ends, 1795276181);
  EXPECT_EQ(running.nodes, 2U);
  EXPECT_EQ(running.restarts, 1U);
  EXPECT_FALSE(running.has_ended());
  EXPECT_EQ(entries[0].directory, "/home/ada");
  EXPECT_EQ(entries[0].command, "/home/ada/slurm/requeue.sbatch mine.yaml --memory 4G");
  EXPECT_TRUE(entries[1].job.is_pending());
  EXPECT_EQ(entries[1].job.reason, "Resources");
  EXPECT_EQ(entries[1].job.starts, 1795276180);
  EXPECT_EQ(entries[1].job.ends, std::nullopt);
  EXPECT_EQ(entries[2].job.starts, std::nullopt);
  EXPECT_EQ(entries[2].directory, "/home/a|b\n15|c|") << "names hold what they like";
  EXPECT_EQ(entries[2].command, "/home/a|b\n15|c|/a|b.sbatch mine.yaml");
  EXPECT_EQ(entries[3].job.id, "15_2");
  EXPECT_EQ(entries[3].job.raw_id, "17");
  EXPECT_TRUE(entries[3].job.has_ended());
}

TEST(SlurmQueue, PassesOverWhatIsNoJob) {
  for (const char* text :
       {"", "\n", "slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n\n|||\n",
        "%%%%%%%%%%%\n", "12%12%N/A%RUNNING%", "x%x%N/A%RUNNING%None%1%2%2%1%/home/ada%/x%\n"})
    EXPECT_THAT(parse_queue(queue_of(text), separator), IsEmpty()) << text;
  EXPECT_THAT(parse_queue("squeue: a notice of the site\n" + queue, separator), SizeIs(4));
}

TEST(SlurmCommand, WritesToTheArchiveOfItsCampaignWhereItWasSubmitted) {
  EXPECT_TRUE(writes_to("/x/requeue.sbatch mine.yaml", "/home/ada", "/home/ada/mine.h5"));
  EXPECT_TRUE(writes_to("/x/requeue.sbatch in/mine.yaml --memory 4G", "/home/ada", "/home/ada/mine.h5"));
  EXPECT_FALSE(writes_to("/x/requeue.sbatch mine.yaml", "/home/ada/other", "/home/ada/mine.h5"));
  EXPECT_FALSE(writes_to("/x/requeue.sbatch other.yaml", "/home/ada", "/home/ada/mine.h5"));
  EXPECT_FALSE(writes_to("/x/mine.sbatch", "/home/ada", "/home/ada/mine.h5"));
  EXPECT_TRUE(writes_to("/x/array.sbatch soft.yaml mine.yml", "/home/ada", "/home/ada/mine.h5"));
}

TEST(SlurmCommand, WritesToTheArchiveThatItNames) {
  const char* command = "/home/ada/mine.sbatch mine.yaml --archive out/a.h5 --memory 4G";
  EXPECT_TRUE(writes_to(command, "/home/ada", "/home/ada/out/a.h5"));
  EXPECT_TRUE(writes_to(command, "/home/ada", "/home/ada/in/../out/a.h5"));
  EXPECT_FALSE(writes_to(command, "/home/ada", "/home/ada/mine.h5"));
  EXPECT_TRUE(writes_to("/x/mine.sbatch mine.yaml --archive=/data/a.h5", "/home/ada", "/data/a.h5"));
  EXPECT_TRUE(writes_to("/x/mine.sbatch my own.yaml --archive my own.h5", "/home/ada", "/home/ada/my own.h5"));
  EXPECT_FALSE(writes_to("/x/mine.sbatch mine.yaml --archive", "/home/ada", "/home/ada/other.h5"));
  EXPECT_FALSE(writes_to("", "/home/ada", "/home/ada/mine.h5"));
}

}  // namespace
}  // namespace nxmc
