#include "small_archive.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>

#include "build.hpp"
#include "checksum.hpp"
#include "hdf5.hpp"
#include "integrity.hpp"
#include "layout.hpp"
#include "nxmc/campaign/campaign.hpp"
#include "nxmc/campaign/plan.hpp"
#include "run_history.hpp"
#include "tables.hpp"
#include "user_block.hpp"

namespace nxmc::fuzz {

const char* const small_campaign = R"(name: small
seed: 7
defaults: {temperature: 1}
scans:
  - {name: cores, method: equilibrium, lattice: hexagon, size: 2, shell_layers: 1, shell_stiffness: 3, replicas: 2,
     equilibration_sweeps: 2, measured_sweeps: 8, measure_every: {areas: 0}, snapshots: {sweeps: [0, 9]}}
  - {name: longer, method: equilibrium, lattice: hexagon, size: 2, shell_layers: 1, shell_stiffness: 3,
     equilibration_sweeps: 2, measured_sweeps: 16, measure_every: {areas: 0}, snapshots: {sweeps: [0, 9]}}
  - {name: cubes, method: equilibrium, lattice: cube, size: 3, interaction: ising, equilibration_sweeps: 2, measured_sweeps: 8}
  - {name: rods, method: exchange, lattice: box, size: [[2, 2, 3]], interaction: none, delta_mu: -5, times: [0.1, 1]}
  - {name: flakes, method: exchange, lattice: hexagon, size: 2, interaction: ising, delta_mu: -5, times: [0.1, 1, 10],
     snapshots: {times: [0.1, 5]}, replicas: 3}
)";

namespace {

constexpr std::uint64_t waiting_job = 6;
constexpr std::uint64_t failed_job = 7;

Provenance provenance() {
  return {.program_version = "0.1.0",
          .git_hash = "abc123",
          .libraries = "HDF5 1.10.8",
          .host = "node7",
          .user = "ada",
          .created = 1.5e9};
}

/// Made up, but of the right shape.
Record record_of(const Job& job) {
  std::mt19937_64 random(job.identity.low);
  const RecordShape shape = record_shape(job.physics, *job.schedule);
  const auto number = [&] { return static_cast<double>(random() >> 11U) * 0x1p-53; };
  const auto byte = [&] { return static_cast<std::uint8_t>(random()); };
  Record record;
  std::generate_n(std::back_inserter(record.values), shape.values, number);
  std::generate_n(std::back_inserter(record.summary), shape.summary, number);
  std::generate_n(std::back_inserter(record.profile), shape.profile, number);
  std::generate_n(std::back_inserter(record.snapshots), shape.snapshots * shape.snapshot_bytes, byte);
  std::generate_n(std::back_inserter(record.final_state), shape.final_state, byte);
  return record;
}

StatusRow status_of(std::uint64_t job) {
  StatusRow row;
  JobStatus& status = row.status;
  status.state = job == failed_job ? JobState::failed : job % 2 == 0 ? JobState::done : JobState::truncated;
  status.pieces = 1;
  status.started = 1.6e9 + static_cast<double>(job);
  status.finished = status.started + 2.5;
  status.wall_seconds = 2.25;
  status.numerics = 1;
  status.program_version = "0.1.0";
  status.host = "node7";
  if (job == failed_job) status.reason = "made to fail";
  return row;
}

void seal(const Tables& tables, std::uint64_t job, StatusRow row) {
  const TableRow results = tables.results(job);
  const bool whole = has_results(row.status.state);
  row.payload_checksum = payload_checksum(tables.payload(job).view());
  row.checksum =
      row_checksum(tables.identities()[job], tables.observations()[job], whole ? results.values : std::vector<double>{},
                   whole ? results.summary : std::vector<double>{}, row);
  tables.write_status(std::span(&job, 1), std::span(&row, 1));
  tables.write_states(std::span(&job, 1), std::span(&row.status.state, 1));
}

void fill_kernel(const Tables& tables, std::size_t k) {
  const ArchiveKernel& entry = tables.kernel_entries()[k];
  ReducedKernel kernel{.rows = {}, .grid = 47};
  for (std::size_t i = 0; i < entry.values.length; ++i) kernel.rows.push_back(0x1p-20 * static_cast<double>(i));
  KernelSeal seal{.mark = seal_mark, .grid = kernel.grid, .digest = digest(kernel), .checksum = 0};
  seal.checksum = seal_checksum(entry.identity, seal);
  tables.write_kernel_values(k, kernel.rows);
  tables.write_seal(k, seal);
}

void fill(const Tables& tables, const Plan& plan) {
  for (std::size_t k = 0; k < tables.kernels(); ++k) fill_kernel(tables, k);
  for (std::uint64_t job = 0; job < plan.jobs.size(); ++job) {
    if (job == waiting_job) continue;
    const Record record = record_of(plan.jobs[job]);
    RowWriter writer(tables);
    writer.results(job, record.values, record.summary);
    writer.payload(job, payload_of(record));
    writer.flush();
    seal(tables, job, status_of(job));
  }
  append_to_run_history(tables.file(), {.started = 1.6e9,
                                        .ranks = 2,
                                        .host = "node7",
                                        .program_version = "0.1.0",
                                        .slurm_job = "12",
                                        .slurm_restarts = 1});
}

herr_t collect_name(hid_t /*root*/, const char* name, const H5O_info_t* about, void* names) {
  if (about->type == H5O_TYPE_DATASET)
    static_cast<std::vector<std::string>*>(names)->push_back(std::string("/") + name);
  return 0;
}

std::vector<std::string> names_of_datasets(const std::filesystem::path& archive) {
  const hdf5::Handle access = hdf5::access_properties();
  const hdf5::Handle file(hdf5::check(H5Fopen(archive.c_str(), H5F_ACC_RDONLY, access.id()), archive.string(), "open"),
                          H5Fclose);
  std::vector<std::string> names;
  hdf5::check(H5Ovisit(file.id(), H5_INDEX_NAME, H5_ITER_INC, collect_name, &names), archive.string(), "list it");
  return names;
}

std::vector<Place> places_in(const std::filesystem::path& archive) {
  const std::vector<std::string> names = names_of_datasets(archive);
  const hdf5::File file = hdf5::File::open(archive);
  std::vector<Place> places;
  for (const std::string& name : names) {
    const hdf5::Dataset dataset = file.dataset(name);
    const hdf5::FileRange range = dataset.range();
    if (range.length == 0) continue;
    const hdf5::Type type = dataset.type();
    places.push_back({.path = name,
                      .offset = range.offset,
                      .length = range.length,
                      .element = range.length / (dataset.rows() * dataset.row_size()),
                      .is_text = type == hdf5::Type::text,
                      .is_real = type == hdf5::Type::f64});
  }
  return places;
}

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

SmallArchive make_small_archive(const std::filesystem::path& directory) {
  const std::filesystem::path archive = directory / "small.h5";
  const Plan plan = make_plan(parse_campaign(small_campaign, "small.yaml"));
  UnfinishedFile unfinished(archive);
  build_archive(unfinished, lay_out(plan, provenance()).finish(), hdf5::Storage::preallocated,
                [&](const Tables& tables) { fill(tables, plan); });
  unfinished.publish_as_new();
  SmallArchive made{.bytes = bytes_of(archive), .places = places_in(archive)};
  std::filesystem::remove(archive);
  return made;
}

void seal_rows(const std::filesystem::path& archive) {
  Tables tables(hdf5::File::open(archive, hdf5::access_properties()));
  const std::vector<std::uint8_t> states = tables.raw_states(0, tables.jobs());
  const std::vector<StatusRow> rows = tables.status(0, states);
  for (std::uint64_t job = 0; job < rows.size(); ++job)
    if (is_sealed(states[job])) seal(tables, job, rows[job]);
  tables.close();
}

void seal_metadata(const std::filesystem::path& archive) {
  constexpr std::size_t place_of_block_size = 24;
  constexpr std::size_t place_of_ranges = 40;
  constexpr std::size_t place_of_contents = 56;
  constexpr std::size_t header = 72;
  // … as user_block.hpp describes it
  std::ifstream stream(archive, std::ios::binary);
  const auto number_at = [&](std::size_t place) {
    std::uint64_t value = 0;
    stream.seekg(static_cast<std::streamoff>(place));
    stream.read(reinterpret_cast<char*>(&value), sizeof value);
    return value;
  };
  std::vector<hdf5::FileRange> ranges(number_at(place_of_ranges));
  for (std::size_t i = 0; i < ranges.size(); ++i)
    ranges[i] = {number_at(header + 16 * i), number_at(header + 16 * i + 8)};
  seal_user_block(archive, number_at(place_of_block_size), false, number_at(place_of_contents), ranges);
}

}  // namespace nxmc::fuzz
