// Commits made-up results until it is done or killed: `crash_writer CAMPAIGN ARCHIVE DIRECTORY`. Whatever commit()
// reported done is noted in DIRECTORY/acknowledged, 8 bytes for each job; each rank's process id is in
// DIRECTORY/rank<r>.
#include <mpi.h>
#include <unistd.h>

#include <fcntl.h>

#include <array>
#include <filesystem>

#include "program.hpp"
#include "sample.hpp"

namespace {

using namespace nxmc;

constexpr std::size_t jobs_per_commit = 3;
constexpr std::uint64_t stride = 7919;  // a prime: small and large jobs come mixed

/// What a worker tells rank 0: a job, and the checksum of the payload that it wrote.
using Note = std::array<std::uint64_t, 2>;

void work(const Plan& plan, const std::vector<JobState>& states, ArchiveWriter& writer, int rank, int ranks) {
  for (std::uint64_t i = static_cast<std::uint64_t>(rank) - 1; i < plan.jobs.size();
       i += static_cast<std::uint64_t>(ranks) - 1) {
    const std::uint64_t job = i * stride % plan.jobs.size();
    if (has_results(states[job])) continue;
    const Note note{job, sample::complete(plan, job, writer).payload_checksum};
    MPI_Send(note.data(), 2, MPI_UINT64_T, 0, 0, MPI_COMM_WORLD);
  }
}

void commit(const Plan& plan, const std::vector<JobState>& states, ArchiveWriter& writer, int acknowledged) {
  std::size_t left = 0;
  for (const JobState state : states) left += has_results(state) ? 0U : 1U;
  while (left > 0) {
    std::vector<CompletedJob> group;
    for (; left > 0 && group.size() < jobs_per_commit; --left) {
      Note note{};
      MPI_Recv(note.data(), 2, MPI_UINT64_T, MPI_ANY_SOURCE, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
      group.push_back(sample::completed(plan, note[0]));
      group.back().payload_written = sample::is_large(group.back().record);
      group.back().payload_checksum = note[1];
    }
    writer.commit(group);
    for (const CompletedJob& completed : group)
      if (::write(acknowledged, &completed.job, sizeof completed.job) != sizeof completed.job)
        MPI_Abort(MPI_COMM_WORLD, 1);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  MPI_Init(&argc, &argv);
  int rank = 0;
  int ranks = 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  const std::filesystem::path archive = argv[2];
  const std::filesystem::path directory = argv[3];
  testing_tools::write_file(directory / ("rank" + std::to_string(rank)), std::to_string(::getpid()));
  const Plan plan = sample::plan_of(testing_tools::read_file(argv[1]));
  const std::vector<JobState> states = Archive::open(archive).states();
  ArchiveWriter writer(archive, MPI_COMM_WORLD);
  if (rank == 0)
    commit(plan, states, writer, ::open((directory / "acknowledged").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600));
  else
    work(plan, states, writer, rank, ranks);
  writer.close();
  MPI_Finalize();
}
