// See run_history.hpp.
#include "run_history.hpp"

#include <algorithm>
#include <cstdint>
#include <span>

#include "checksum.hpp"

namespace nxmc {

namespace {

using hdf5::Description;
using hdf5::Type;

// A campaign that is requeued every hour for ten days.
constexpr std::uint64_t most_runs = 256;
constexpr std::size_t job_width = 32;

/// A row counts as soon as this is not 0: it is written last.
constexpr const char* mark = "/runs/started";

Description described(const char* path, Type type, const char* unit, const char* meaning, std::size_t width = 0) {
  return {path, type, {most_runs}, unit, meaning, width};
}

std::uint64_t used_rows(const std::vector<double>& started) {
  return static_cast<std::uint64_t>(std::ranges::find(started, 0.0) - started.begin());
}

template <class T>
void write_value(const hdf5::File& file, const char* path, std::uint64_t row, const T& value) {
  file.dataset(path).write_scattered(std::span(&row, 1), std::span(&value, 1));
}

void write_text(const hdf5::File& file, const char* path, std::uint64_t row, const std::string& text) {
  file.dataset(path).write_text_scattered(std::span(&row, 1), std::span(&text, 1));
}

void write_row(const hdf5::File& file, std::uint64_t row, const RunRecord& run) {
  write_value(file, "/runs/ranks", row, run.ranks);
  write_text(file, "/runs/host", row, run.host);
  write_text(file, "/runs/program_version", row, run.program_version);
  write_text(file, "/runs/slurm_job", row, run.slurm_job);
  write_value(file, "/runs/slurm_restarts", row, run.slurm_restarts);
  write_value(file, mark, row, run.started);
}

}  // namespace

std::vector<Description> run_history_datasets() {
  return {described(mark, Type::f64, "s since 1970-01-01", "start of each run that worked on this archive; 0: none"),
          described("/runs/ranks", Type::u32, "1", "on how many ranks"),
          described("/runs/host", Type::text, "", "host of rank 0", host_width),
          described("/runs/program_version", Type::text, "", "version of nxmc", program_version_width),
          described("/runs/slurm_job", Type::text, "", "in which Slurm job; empty: in none", job_width),
          described("/runs/slurm_restarts", Type::u32, "1", "how often that job had been requeued by then")};
}

std::vector<RunRecord> read_run_history(const hdf5::File& file) {
  if (!file.has(mark)) return {};
  const std::vector<double> started = file.dataset(mark).read<double>();
  const std::uint64_t count = used_rows(started);
  const auto ranks = file.dataset("/runs/ranks").read_rows<std::uint32_t>(0, count);
  const auto hosts = file.dataset("/runs/host").read_text(0, count);
  const auto versions = file.dataset("/runs/program_version").read_text(0, count);
  const auto slurm_jobs = file.dataset("/runs/slurm_job").read_text(0, count);
  const auto slurm_restarts = file.dataset("/runs/slurm_restarts").read_rows<std::uint32_t>(0, count);
  std::vector<RunRecord> runs(count);
  for (std::uint64_t k = 0; k < count; ++k)
    runs[k] = {.started = started[k],
               .ranks = ranks[k],
               .host = hosts[k],
               .program_version = versions[k],
               .slurm_job = slurm_jobs[k],
               .slurm_restarts = slurm_restarts[k]};
  return runs;
}

void append_to_run_history(const hdf5::File& file, const RunRecord& run) {
  if (!file.has(mark)) return;
  const std::vector<double> started = file.dataset(mark).read<double>();
  write_row(file, std::min<std::uint64_t>(used_rows(started), started.size() - 1), run);
}

void copy_run_history(const hdf5::File& from, const hdf5::File& to) {
  for (const RunRecord& run : read_run_history(from)) append_to_run_history(to, run);
}

}  // namespace nxmc
