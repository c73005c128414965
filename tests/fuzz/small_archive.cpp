#include "small_archive.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <string_view>

#include "build.hpp"
#include "checksum.hpp"
#include "hdf5.hpp"
#include "integrity.hpp"
#include "layout.hpp"
#include "nxmc/campaign/campaign.hpp"
#include "nxmc/campaign/plan.hpp"
#include "run_history.hpp"
#include "tables.hpp"

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
  - {name: open, method: equilibrium, ensemble: semigrand, lattice: hexagon, size: 2, delta_mu: 0.5, start: B,
     equilibration_sweeps: 2, measured_sweeps: 8, measure_every: {areas: 0}}
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
  const RecordShape shape = record_shape(*job.physics, *job.schedule);
  const auto number = [&] { return static_cast<double>(random() >> 11U) * 0x1p-53; };
  const auto byte = [&] { return static_cast<std::uint8_t>(random()); };
  Record record;
  std::generate_n(std::back_inserter(record.values), shape.values, number);
  std::generate_n(std::back_inserter(record.summary), shape.summary, number);
  std::generate_n(std::back_inserter(record.profile), shape.profile, number);
  std::generate_n(std::back_inserter(record.configurations), shape.configuration_bytes(), byte);
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

Stretch part_of(const SmallArchive& archive, const std::string& path, std::uint64_t first, std::uint64_t count) {
  const Place* place = find_place(archive, path);
  if (place == nullptr) return {};
  return {place->offset + first * place->element, count * place->element};
}

RowOfJob row_of(const SmallArchive& archive, const Tables& tables, std::uint64_t job) {
  const Placement& at = tables.placement(job);
  const std::string table = at.times < 0 ? "/equilibrium" : fmt::format("/exchange/{}", at.times);
  const Tables::TableRowSize size = tables.size_of_results(job);
  return {.identity = tables.name(job).identity,
          .observation = tables.name(job).observation,
          .values = part_of(archive, table + "/results", at.row * size.values, size.values),
          .summary = part_of(archive, table + "/summary", at.row * size.summary, size.summary),
          .profile = part_of(archive, "/profiles/values", at.profile.offset, at.profile.length),
          .configurations = part_of(archive, "/snapshots/bits", at.snapshot_offset, at.configurations().length),
          .final_state = part_of(archive, "/equilibrium/final_states", at.final_state.offset, at.final_state.length)};
}

std::vector<RowOfJob> rows_in(const SmallArchive& archive, const std::filesystem::path& file) {
  const Tables tables(hdf5::File::open(file));
  std::vector<RowOfJob> rows;
  for (std::uint64_t job = 0; job < tables.jobs(); ++job) rows.push_back(row_of(archive, tables, job));
  return rows;
}

template <class T>
std::vector<T> values_of(const std::string& bytes, const Stretch& stretch) {
  std::vector<T> values(stretch.length / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), bytes.data() + stretch.offset, stretch.length);
  return values;
}

/// One column of /status.
class StatusColumn {
 public:
  StatusColumn(const SmallArchive& archive, const char* name)
      : place_(*find_place(archive, std::string("/status/") + name)) {}
  template <class T>
  T number(const std::string& bytes, std::uint64_t job) const {
    T value{};
    std::memcpy(&value, bytes.data() + offset(job), sizeof value);
    return value;
  }
  /// Without padding.
  std::string_view text(const std::string& bytes, std::uint64_t job) const {
    const std::string_view padded = std::string_view(bytes).substr(offset(job), place_.element);
    return padded.substr(0, padded.find('\0'));
  }
  void put(std::string& bytes, std::uint64_t job, std::uint64_t value) const {
    std::memcpy(bytes.data() + offset(job), &value, sizeof value);
  }

 private:
  std::size_t offset(std::uint64_t job) const { return place_.offset + job * place_.element; }
  const Place& place_;
};

struct StatusColumns {
  explicit StatusColumns(const SmallArchive& archive)
      : state(archive, "state"),
        generation(archive, "generation"),
        pieces(archive, "pieces"),
        started(archive, "started"),
        finished(archive, "finished"),
        wall_seconds(archive, "wall_seconds"),
        numerics(archive, "numerics"),
        program_version(archive, "program_version"),
        host(archive, "host"),
        reason(archive, "reason"),
        payload_checksum(archive, "payload_checksum"),
        checksum(archive, "checksum") {}

  StatusFields row(const std::string& bytes, std::uint64_t job) const {
    return {.raw_state = state.number<std::uint8_t>(bytes, job),
            .generation = generation.number<std::uint32_t>(bytes, job),
            .pieces = pieces.number<std::uint32_t>(bytes, job),
            .started = started.number<double>(bytes, job),
            .finished = finished.number<double>(bytes, job),
            .wall_seconds = wall_seconds.number<double>(bytes, job),
            .numerics = numerics.number<std::int32_t>(bytes, job),
            .program_version = program_version.text(bytes, job),
            .host = host.text(bytes, job),
            .reason = reason.text(bytes, job),
            .payload_checksum = payload_checksum.number<std::uint64_t>(bytes, job),
            .checksum = 0};
  }

  StatusColumn state;
  StatusColumn generation;
  StatusColumn pieces;
  StatusColumn started;
  StatusColumn finished;
  StatusColumn wall_seconds;
  StatusColumn numerics;
  StatusColumn program_version;
  StatusColumn host;
  StatusColumn reason;
  StatusColumn payload_checksum;
  StatusColumn checksum;
};

std::uint64_t payload_checksum_of(const std::string& bytes, const RowOfJob& row) {
  const auto profile = values_of<double>(bytes, row.profile);
  const auto configurations = values_of<std::uint8_t>(bytes, row.configurations);
  const auto final_state = values_of<std::uint8_t>(bytes, row.final_state);
  return payload_checksum({profile, configurations, final_state});
}

std::uint64_t number_at(const std::string& bytes, std::size_t place) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data() + place, sizeof value);
  return value;
}

void put_number(std::string& bytes, std::size_t place, std::uint64_t value) {
  std::memcpy(bytes.data() + place, &value, sizeof value);
}

}  // namespace

const Place* find_place(const SmallArchive& archive, const std::string& path) {
  const auto place = std::ranges::find(archive.places, path, &Place::path);
  return place == archive.places.end() ? nullptr : &*place;
}

SmallArchive make_small_archive(const std::filesystem::path& directory) {
  const std::filesystem::path archive = directory / "small.h5";
  const Plan plan = make_plan(parse_campaign(small_campaign, "small.yaml"));
  UnfinishedFile unfinished(archive);
  build_archive(unfinished, lay_out(plan, provenance(), [](ArchiveRow&) {}).finish(), hdf5::Storage::preallocated,
                [&](const Tables& tables) { fill(tables, plan); });
  unfinished.publish_as_new();
  SmallArchive made{.bytes = bytes_of(archive), .places = places_in(archive), .rows = {}};
  made.rows = rows_in(made, archive);
  std::filesystem::remove(archive);
  return made;
}

void seal_rows(std::string& bytes, const SmallArchive& archive) {
  const StatusColumns columns(archive);
  RowChecksum checksum;
  for (std::uint64_t job = 0; job < archive.rows.size(); ++job) {
    const RowOfJob& row = archive.rows[job];
    const auto state = columns.state.number<std::uint8_t>(bytes, job);
    if (!is_sealed(state)) continue;
    columns.payload_checksum.put(bytes, job, payload_checksum_of(bytes, row));
    const bool results = has_results(as_state(state));
    const auto values = values_of<double>(bytes, results ? row.values : Stretch());
    const auto summary = values_of<double>(bytes, results ? row.summary : Stretch());
    columns.checksum.put(bytes, job, checksum(row.identity, row.observation, values, summary, columns.row(bytes, job)));
  }
}

void seal_metadata(std::string& bytes) {
  // As user_block.hpp describes it.
  constexpr std::size_t place_of_block_size = 24;
  constexpr std::size_t place_of_count = 40;
  constexpr std::size_t place_of_digest = 48;
  constexpr std::size_t place_of_seals = 56;
  constexpr std::size_t place_of_block_digest = 64;
  constexpr std::size_t place_of_ranges = 72;
  const std::uint64_t contents = number_at(bytes, place_of_seals);
  for (const std::size_t place : {place_of_digest, place_of_seals, place_of_block_digest}) put_number(bytes, place, 0);
  const std::uint64_t block_size = number_at(bytes, place_of_block_size);
  std::string covered = bytes.substr(0, block_size);
  std::size_t position = block_size;
  for (std::uint64_t i = 0; i < number_at(bytes, place_of_count); ++i) {
    const std::size_t range = place_of_ranges + i * sizeof(hdf5::FileRange);
    covered.append(bytes, position, number_at(bytes, range) - position);
    position = number_at(bytes, range) + number_at(bytes, range + sizeof(std::uint64_t));
  }
  covered.append(bytes, position);
  put_number(bytes, place_of_digest, XXH3_64bits(covered.data(), covered.size()));
  put_number(bytes, place_of_seals, contents);
  put_number(bytes, place_of_block_digest, XXH3_64bits(bytes.data(), block_size));
}

}  // namespace nxmc::fuzz
