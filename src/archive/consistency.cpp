// See consistency.hpp.
#include "consistency.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "columns.hpp"
#include "nxmc/archive/archive.hpp"
#include "nxmc/campaign/rate_rule_text.hpp"
#include "nxmc/campaign/stage_text.hpp"
#include "nxmc/lattice/lattice.hpp"
#include "nxmc/observe/quantities.hpp"
#include "site_lists.hpp"

namespace nxmc {

namespace {

using hdf5::Dataset;
using Shape = std::vector<hsize_t>;

constexpr std::uint64_t block_rows = 65536;

[[noreturn]] void contradict(const std::string& what) { throw ArchiveError(what); }

// ---------------------------------------------------------------------- shapes and types

bool is_text(const Dataset& dataset) { return dataset.type() == hdf5::Type::text; }

void require_type(const std::string& path, const Dataset& dataset, bool text) {
  if (is_text(dataset) != text) contradict(fmt::format("{} has not the type that it has to have", path));
}

/// Which shapes of which datasets go together.
class Sizes {
 public:
  explicit Sizes(const hdf5::File& file) : file_(file) {}

  Shape shape(const std::string& path) const { return file_.dataset(path).shape(); }
  std::uint64_t rows(const std::string& path) const { return file_.dataset(path).rows(); }

  void require(const std::string& path, const Shape& expected, bool text = false) const {
    const Dataset dataset = file_.dataset(path);
    require_type(path, dataset, text);
    if (dataset.shape() != expected) contradict(fmt::format("{} has not the shape that it has to have", path));
  }
  void require_if_there(const std::string& path, const Shape& expected, bool text = false) const {
    if (file_.has(path)) require(path, expected, text);
  }
  /// One number or text, as a value or as a list of one.
  void require_single(const std::string& path, bool text) const {
    const Dataset dataset = file_.dataset(path);
    require_type(path, dataset, text);
    if (dataset.rows() != 1 || dataset.row_size() != 1) contradict(fmt::format("{} is not one value", path));
  }
  void require_list(const std::string& path, bool text) const {
    const Dataset dataset = file_.dataset(path);
    require_type(path, dataset, text);
    if (dataset.shape().size() != 1) contradict(fmt::format("{} is not a list", path));
  }
  void require_list_if_there(const std::string& path) const {
    if (file_.has(path)) require_list(path, false);
  }
  template <class Entry>
  void require_columns(const std::string& group, const std::vector<EntryColumn<Entry>>& columns,
                       std::uint64_t entries) const {
    for (const EntryColumn<Entry>& column : columns) {
      const std::string path = group + "/" + column.name;
      const bool text = std::holds_alternative<Accessor<Entry, std::string>>(column.access);
      if (column.since_format == oldest_archive_format)
        require(path, {entries}, text);
      else
        require_if_there(path, {entries}, text);
    }
  }
  bool has(const std::string& path) const { return file_.has(path); }

 private:
  const hdf5::File& file_;
};

void require_campaign(const Sizes& sizes) {
  for (const char* name : {"name", "text", "program_version", "git_hash", "libraries", "host", "user"})
    sizes.require_single(std::string("/campaign/") + name, true);
  for (const char* name : {"seed", "created"}) sizes.require_single(std::string("/campaign/") + name, false);
  sizes.require_list("/campaign/scans", true);
}

void require_status(const Sizes& sizes, std::uint64_t jobs) {
  for (const char* name : {"state", "generation", "pieces", "started", "finished", "wall_seconds", "numerics",
                           "payload_checksum", "checksum"})
    sizes.require(std::string("/status/") + name, {jobs});
  for (const char* name : {"program_version", "host", "reason"})
    sizes.require(std::string("/status/") + name, {jobs}, true);
}

void require_run_history(const Sizes& sizes) {
  if (!sizes.has("/runs/started")) return;
  sizes.require_list("/runs/started", false);
  const std::uint64_t runs = sizes.rows("/runs/started");
  if (runs == 0) contradict("/runs/started has no room for a run");
  for (const char* name : {"ranks", "slurm_restarts"}) sizes.require(std::string("/runs/") + name, {runs});
  for (const char* name : {"host", "program_version", "slurm_job"})
    sizes.require(std::string("/runs/") + name, {runs}, true);
}

void require_column_names(const Sizes& sizes, const std::string& path, std::uint64_t columns) {
  for (const char* part : {"", "_unit", "_description"}) sizes.require(path + part, {columns}, true);
}

void require_rank(const std::string& path, const Shape& shape, std::size_t rank) {
  if (shape.size() != rank) contradict(fmt::format("{} has not the shape that it has to have", path));
}

void require_equilibrium(const Sizes& sizes) {
  if (!sizes.has("/equilibrium/results")) return;
  const Shape results = sizes.shape("/equilibrium/results");
  require_rank("/equilibrium/results", results, 2);
  sizes.require("/equilibrium/results", results);
  sizes.require("/equilibrium/job", {results[0]});
  require_column_names(sizes, "/equilibrium/column", results[1]);
}

void require_exchange(const Sizes& sizes) {
  for (int k = 0; sizes.has(fmt::format("/exchange/{}", k)); ++k) {
    const std::string group = fmt::format("/exchange/{}", k);
    const Shape results = sizes.shape(group + "/results");
    require_rank(group + "/results", results, 3);
    sizes.require(group + "/results", results);
    sizes.require(group + "/job", {results[0]});
    sizes.require(group + "/time", {results[1]});
    const Shape summary = sizes.shape(group + "/summary");
    require_rank(group + "/summary", summary, 2);
    sizes.require(group + "/summary", {results[0], summary[1]});
    if (k > 0) {
      sizes.require("/exchange/column", {results[2]}, true);
      sizes.require("/exchange/summary_column", {summary[1]}, true);
    } else {
      require_column_names(sizes, "/exchange/column", results[2]);
      require_column_names(sizes, "/exchange/summary_column", summary[1]);
    }
    if (summary[1] != exchange_summary_columns().size())
      contradict(group + "/summary has not the columns that it has to have");
  }
}

void require_kernels(const Sizes& sizes) {
  constexpr hsize_t words_of_a_seal = 5;
  if (!sizes.has("/kernels/seals")) return;
  const Shape seals = sizes.shape("/kernels/seals");
  require_rank("/kernels/seals", seals, 2);
  sizes.require("/kernels/seals", seals);
  if (seals[1] < words_of_a_seal) contradict("/kernels/seals has not the shape that it has to have");
  sizes.require_columns("/kernels", kernel_columns(), seals[0]);
  sizes.require_list_if_there("/kernels/rows");
}

// ---------------------------------------------------------------------- indices, lengths and words

/// Part of a column of /jobs or /kernels: its values for `count` entries from `first` on.
class Numbers {
 public:
  Numbers(const hdf5::File& file, const std::string& path, std::uint64_t first, std::uint64_t count)
      : values_(file.dataset(path).read_rows<std::int64_t>(first, count)) {}
  /// Of a column that not every archive has.
  static Numbers or_zeros(const hdf5::File& file, const std::string& path, std::uint64_t first, std::uint64_t count) {
    return file.has(path) ? Numbers(file, path, first, count) : Numbers(count);
  }
  std::int64_t operator[](std::size_t i) const { return values_[i]; }

 private:
  explicit Numbers(std::uint64_t count) : values_(count, 0) {}

  std::vector<std::int64_t> values_;
};

class Words {
 public:
  Words(const hdf5::File& file, const std::string& path, std::uint64_t first, std::uint64_t count)
      : texts_(file.dataset(path).read_fixed_texts(first, count)) {}
  std::string_view operator[](std::size_t i) const { return texts_[i]; }

 private:
  hdf5::FixedTexts texts_;
};

/// Whether `count` things of `size` each from `offset` on are within `room`; nothing of it may be negative.
bool fits(std::int64_t offset, std::int64_t count, std::int64_t size, std::uint64_t room) {
  if (offset < 0 || count < 0 || size < 0) return false;
  if (count == 0 || size == 0) return true;
  const auto whole = static_cast<std::uint64_t>(offset);
  if (whole > room) return false;
  return static_cast<std::uint64_t>(count) <= (room - whole) / static_cast<std::uint64_t>(size);
}

bool is_identity(std::string_view text) {
  constexpr std::size_t digits = 32;
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// \param parse  throws std::invalid_argument
template <class Parse>
bool is_parsed(std::string_view text, Parse parse) {
  try {
    parse(text);
    return true;
  } catch (const std::invalid_argument&) {
    return false;
  }
}

bool is_int(std::int64_t value) {
  return value >= std::numeric_limits<int>::min() && value <= std::numeric_limits<int>::max();
}

/// Numbers of sites of crystals; neighbours in the table mostly have the same.
class SiteCounter {
 public:
  explicit SiteCounter(const hdf5::File& file) : lists_(file) {}
  /// nullopt when there is no such crystal.
  std::optional<double> operator()(std::string_view shape, std::array<std::int64_t, 3> size, std::int64_t layers) {
    if (shape == last_shape_ && size == last_size_ && layers == last_layers_) return last_;
    last_shape_ = shape;
    last_size_ = size;
    last_layers_ = layers;
    last_ = count(shape, size, layers);
    return last_;
  }

 private:
  std::optional<double> count(std::string_view shape, std::array<std::int64_t, 3> size, std::int64_t layers) {
    if (!is_int(size[0]) || !is_int(size[1]) || !is_int(size[2]) || !is_int(layers)) return {};
    LatticeSpec spec{.size = {static_cast<int>(size[0]), static_cast<int>(size[1]), static_cast<int>(size[2])},
                     .shell_layers = static_cast<int>(layers)};
    set_lattice_word(spec, shape);
    lists_.complete(spec);
    try {
      return count_sites(spec);
    } catch (const std::invalid_argument&) {
      return {};
    }
  }

  SiteLists lists_;
  std::string last_shape_;
  std::array<std::int64_t, 3> last_size_{};
  std::int64_t last_layers_ = -1;
  std::optional<double> last_;
};

/// Lengths of what jobs have their places in.
struct Rooms {
  std::uint64_t profiles = 0;
  std::uint64_t snapshots = 0;
  std::uint64_t snapshot_times = 0;
  std::uint64_t final_states = 0;
  std::uint64_t kernels = 0;
};

/// The jobs of one stretch of the table.
class JobsCheck {
 public:
  JobsCheck(const Tables& tables, std::uint64_t first, std::uint64_t count)
      : tables_(tables), first_(first), count_(count) {}

  void check(const Rooms& rooms) const {
    check_names();
    check_words();
    check_ensembles();
    check_counts();
    check_ladders();
    check_windows();
    check_texts_of_exchange("stages", parse_stages);
    check_texts_of_exchange("rate_rule", parse_rate_rule);
    check_crystals(rooms);
    check_places(rooms);
  }

 private:
  Numbers numbers(const char* column) const { return {tables_.file(), path(column), first_, count_}; }
  Words words(const char* column) const { return {tables_.file(), path(column), first_, count_}; }
  static std::string path(const char* column) { return std::string("/jobs/") + column; }

  /// Once for each job, until one is wrong.
  template <class Condition>
  void require(const char* column, Condition is_right) const {
    for (std::size_t i = 0; i < count_; ++i)
      if (!is_right(i)) contradict(fmt::format("{} of job {} is none that there can be", path(column), first_ + i));
  }

  void check_names() const {
    for (const char* column : {"identity", "observation", "continuation"}) {
      const Words names = words(column);
      require(column, [&](std::size_t i) { return is_identity(names[i]); });
    }
  }

  void check_words() const {
    const Words method = words("method");
    const Words start = words("start");
    const Words hamiltonian = words("hamiltonian");
    const Numbers times = numbers("times");
    require("method", [&](std::size_t i) {
      return method[i] == (times[i] < 0 ? to_string(Method::equilibrium) : to_string(Method::exchange));
    });
    require("start", [&](std::size_t i) {
      constexpr std::array starts{Start::random, Start::segregated, Start::all_a, Start::all_b};
      return start[i].empty() || std::ranges::any_of(starts, [&](Start known) { return start[i] == to_string(known); });
    });
    require("hamiltonian", [&](std::size_t i) {
      return hamiltonian[i] == to_string(Hamiltonian::exact) || hamiltonian[i] == to_string(Hamiltonian::published);
    });
  }

  /// Columns of answers are doubles, which count up to 2^53.
  void check_counts() const {
    constexpr std::int64_t most = std::int64_t{1} << 53U;
    for (const char* column : {"equilibration_sweeps", "measured_sweeps", "phases_every", "areas_every", "replica"}) {
      const Numbers counts = numbers(column);
      require(column, [&](std::size_t i) { return counts[i] >= 0 && counts[i] <= most; });
    }
  }

  /// A core in equilibrium has a composition, or a reservoir: then it may begin with one kind, and has an energy.
  void check_ensembles() const {
    const Numbers times = numbers("times");
    const std::vector<double> c = tables_.file().dataset(path("composition")).read_rows<double>(first_, count_);
    const std::vector<double> delta_mu = tables_.file().dataset(path("delta_mu")).read_rows<double>(first_, count_);
    require("composition", [&](std::size_t i) { return times[i] >= 0 || std::isnan(c[i]) != std::isnan(delta_mu[i]); });
    const Words start = words("start");
    const Words hamiltonian = words("hamiltonian");
    require("start", [&](std::size_t i) {
      return std::isnan(c[i]) || (start[i] != to_string(Start::all_a) && start[i] != to_string(Start::all_b));
    });
    require("hamiltonian", [&](std::size_t i) {
      return times[i] >= 0 || !std::isnan(c[i]) || hamiltonian[i] != to_string(Hamiltonian::published);
    });
  }

  /// A rung has the name of its ladder, other chains have none.
  void check_ladders() const {
    const Numbers every = Numbers::or_zeros(tables_.file(), path("exchange_every"), first_, count_);
    require("exchange_every", [&](std::size_t i) { return every[i] >= 0; });
    if (!tables_.file().has(path("ladder"))) return;
    const Words ladder = words("ladder");
    require("ladder", [&](std::size_t i) { return every[i] == 0 ? ladder[i].empty() : is_identity(ladder[i]); });
  }

  /// A window has two ends, in an order parameter that its chain can be led along.
  void check_windows() const {
    if (!tables_.file().has(path("bias"))) return;
    const std::vector<double> from = tables_.file().dataset(path("window_from")).read_rows<double>(first_, count_);
    const std::vector<double> to = tables_.file().dataset(path("window_to")).read_rows<double>(first_, count_);
    const std::vector<double> c = tables_.file().dataset(path("composition")).read_rows<double>(first_, count_);
    const Numbers times = numbers("times");
    const Numbers every = Numbers::or_zeros(tables_.file(), path("exchange_every"), first_, count_);
    const Words bias = words("bias");
    require("bias", [&](std::size_t i) {
      if (bias[i].empty()) return std::isnan(from[i]) && std::isnan(to[i]);
      const bool known = bias[i] == to_string(std::isnan(c[i]) ? OrderParameter::c : OrderParameter::f_U);
      return known && times[i] < 0 && every[i] > 0 && 0 <= from[i] && from[i] <= to[i] && to[i] <= 1;
    });
  }

  /// Of exchange jobs only, empty where they have none. \param parse  throws std::invalid_argument
  template <class Parse>
  void check_texts_of_exchange(const char* name, Parse parse) const {
    if (!tables_.file().has(path(name))) return;
    const Words texts = words(name);
    const Numbers times = numbers("times");
    std::string_view known;  // jobs that follow each other mostly have the same
    require(name, [&](std::size_t i) {
      if (texts[i] != known && !is_parsed(texts[i], parse)) return false;
      known = texts[i];
      return known.empty() || times[i] >= 0;
    });
  }

  void check_crystals(const Rooms& rooms) const {
    const Words lattice = words("lattice");
    const Numbers nx = numbers("nx");
    const Numbers ny = numbers("ny");
    const Numbers nz = numbers("nz");
    const Numbers layers = numbers("shell_layers");
    const Numbers sites = numbers("n_sites");
    const Numbers core = numbers("n_core");
    const Numbers kernel = numbers("kernel");
    SiteCounter count(tables_.file());
    require("n_sites", [&](std::size_t i) {
      const std::optional<double> right = count(lattice[i], {nx[i], ny[i], nz[i]}, layers[i]);
      return right && *right == static_cast<double>(sites[i]);
    });
    require("n_core", [&](std::size_t i) { return core[i] > 0 && core[i] <= sites[i]; });
    require("kernel", [&](std::size_t i) {
      return kernel[i] == -1 || (kernel[i] >= 0 && static_cast<std::uint64_t>(kernel[i]) < rooms.kernels);
    });
  }

  void check_places(const Rooms& rooms) const {
    constexpr std::int64_t bits_of_a_byte = 8;
    const Numbers times = numbers("times");
    const Numbers row = numbers("row");
    require("row",
            [&](std::size_t i) { return tables_.job_at(times[i], row[i]) == static_cast<std::int64_t>(first_ + i); });
    check_profiles(times, rooms);
    const Numbers snapshots = numbers("snapshots");
    const Numbers bytes = numbers("snapshot_bytes");
    const Numbers offset = numbers("snapshot_offset");
    const Numbers at = numbers("snapshot_at");
    const Numbers sites = numbers("n_sites");
    const Numbers samples = Numbers::or_zeros(tables_.file(), path("samples"), first_, count_);
    require("snapshots", [&](std::size_t i) {
      const auto room = static_cast<std::int64_t>(rooms.snapshots);
      const bool countable = snapshots[i] >= 0 && samples[i] >= 0 && snapshots[i] <= room && samples[i] <= room;
      return countable && fits(offset[i], snapshots[i] + samples[i], bytes[i], rooms.snapshots);
    });
    check_samples(samples);
    require("snapshot_bytes", [&](std::size_t i) {
      return snapshots[i] + samples[i] == 0 || bytes[i] == (sites[i] + bits_of_a_byte - 1) / bits_of_a_byte;
    });
    require("snapshot_at", [&](std::size_t i) { return fits(at[i], snapshots[i], 1, rooms.snapshot_times); });
    const Numbers state_length = numbers("final_state_length");
    const Numbers state_offset = numbers("final_state_offset");
    require("final_state_length", [&](std::size_t i) {
      const bool of_a_chain = times[i] < 0 || state_length[i] == 0;
      return of_a_chain && fits(state_offset[i], state_length[i], 1, rooms.final_states);
    });
  }

  void check_samples(const Numbers& samples) const {
    const Numbers every = Numbers::or_zeros(tables_.file(), path("sample_every"), first_, count_);
    const Numbers measured = numbers("measured_sweeps");
    require("sample_every", [&](std::size_t i) {
      return every[i] == 0 ? samples[i] == 0 : every[i] > 0 && measured[i] / every[i] == samples[i];
    });
  }

  /// Time after time, or mean and error by turns.
  void check_profiles(const Numbers& times, const Rooms& rooms) const {
    const Numbers length = numbers("profile_length");
    const Numbers offset = numbers("profile_offset");
    require("profile_length", [&](std::size_t i) {
      const std::int64_t parts = times[i] < 0 ? 2 : static_cast<std::int64_t>(tables_.count_times(times[i]));
      const bool divides = length[i] == 0 || (parts > 0 && length[i] % parts == 0);
      return divides && fits(offset[i], length[i], 1, rooms.profiles);
    });
  }

  const Tables& tables_;
  std::uint64_t first_;
  std::uint64_t count_;
};

void check_kernels(const hdf5::File& file, std::uint64_t kernels) {
  const auto numbers = [&](const char* column) { return Numbers(file, std::string("/kernels/") + column, 0, kernels); };
  const Words identity(file, "/kernels/identity", 0, kernels);
  const Words lattice(file, "/kernels/lattice", 0, kernels);
  const Numbers nx = numbers("nx");
  const Numbers ny = numbers("ny");
  const Numbers nz = numbers("nz");
  const Numbers layers = numbers("shell_layers");
  const Numbers sites = numbers("n_sites");
  const Numbers representatives = numbers("representatives");
  const Numbers offset = numbers("offset");
  const Numbers length = numbers("length");
  const std::uint64_t room = file.rows("/kernels/rows");
  SiteCounter count(file);
  for (std::size_t k = 0; k < kernels; ++k) {
    const auto require = [&](const char* column, bool is_right) {
      if (!is_right) contradict(fmt::format("/kernels/{} of kernel {} is none that there can be", column, k));
    };
    require("identity", is_identity(identity[k]));
    const std::optional<double> right = count(lattice[k], {nx[k], ny[k], nz[k]}, layers[k]);
    require("n_sites", right && *right == static_cast<double>(sites[k]));
    require("representatives", representatives[k] > 0 && representatives[k] <= sites[k]);
    const bool whole = length[k] == 0 || (length[k] % sites[k] == 0 && length[k] / sites[k] == representatives[k]);
    require("length", whole && fits(offset[k], length[k], 1, room));
  }
}

}  // namespace

void require_sizes(const hdf5::File& file) {
  const Sizes sizes(file);
  sizes.require_list("/status/state", false);
  const std::uint64_t jobs = sizes.rows("/status/state");
  require_campaign(sizes);
  require_status(sizes, jobs);
  sizes.require_columns("/jobs", row_columns(), jobs);
  sizes.require_columns("/jobs", placement_columns(), jobs);
  require_run_history(sizes);
  require_equilibrium(sizes);
  require_exchange(sizes);
  require_kernels(sizes);
  for (const char* heap : {"/profiles/values", "/snapshots/bits", "/snapshots/at", "/equilibrium/final_states"})
    sizes.require_list_if_there(heap);
}

void require_consistent(const Tables& tables) {
  const hdf5::File& file = tables.file();
  const Rooms rooms{.profiles = file.rows("/profiles/values"),
                    .snapshots = file.rows("/snapshots/bits"),
                    .snapshot_times = file.rows("/snapshots/at"),
                    .final_states = file.rows("/equilibrium/final_states"),
                    .kernels = tables.kernels()};
  if (tables.kernels() > 0) check_kernels(file, tables.kernels());
  // Each job has a row that is its own: with as many rows as jobs, each row has a job.
  if (tables.result_rows() != tables.jobs()) contradict("its tables have not one row for each job");
  for (std::uint64_t first = 0; first < tables.jobs(); first += block_rows)
    JobsCheck(tables, first, std::min(block_rows, tables.jobs() - first)).check(rooms);
}

}  // namespace nxmc
