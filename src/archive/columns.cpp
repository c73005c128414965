// See columns.hpp.
#include "columns.hpp"

#include "nxmc/campaign/rate_rule_text.hpp"
#include "nxmc/campaign/stage_text.hpp"
#include "site_lists.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace nxmc {

namespace {

constexpr double not_applicable = std::numeric_limits<double>::quiet_NaN();

using Integer = std::int64_t;
using Text = std::string;

/// For columns that follow from others.
template <class Entry, class T>
void ignore(Entry& /*entry*/, const T& /*value*/) {}

template <class Word, std::size_t count>
Word parse_word(const Text& text, const std::array<Word, count>& words) {
  const auto found = std::ranges::find_if(words, [&](Word word) { return to_string(word) == text; });
  if (found == words.end())
    throw ArchiveError("'" + text + "' in the archive is no word that this nxmc knows. Use a newer one.");
  return *found;
}

Method parse_method(const Text& text) { return parse_word(text, std::array{Method::equilibrium, Method::exchange}); }
Start parse_start(const Text& text) {
  return parse_word(text, std::array{Start::random, Start::segregated, Start::all_a, Start::all_b});
}
Hamiltonian parse_hamiltonian(const Text& text) {
  return parse_word(text, std::array{Hamiltonian::exact, Hamiltonian::published});
}

/// \param parse  throws std::invalid_argument
template <class Parse>
auto parse_of_row(const Text& text, Parse parse) {
  try {
    return parse(text);
  } catch (const std::invalid_argument& error) {
    throw ArchiveError(std::string(error.what()) + " that this nxmc knows. Use a newer one.");
  }
}

bool is_equilibrium(const ArchiveRow& row) { return row.physics.method == Method::equilibrium; }
double if_exchange(const ArchiveRow& row, double value) { return is_equilibrium(row) ? not_applicable : value; }
bool has_reservoir(const ArchiveRow& row) { return !is_equilibrium(row) || is_semigrand(row.physics); }
void set_if_applicable(double& target, double value) {
  if (!std::isnan(value)) target = value;
}

Integer as_integer(std::uint64_t value) { return static_cast<Integer>(value); }
std::uint64_t as_count(Integer value) { return static_cast<std::uint64_t>(value); }

Text ladder_name(const Physics& physics) { return physics.exchange_every == 0 ? Text() : to_string(physics.ladder); }

OrderParameter parse_order_parameter(const Text& text) {
  return parse_word(text, std::array{OrderParameter::f_U, OrderParameter::c});
}

Window& window_of(ArchiveRow& row) {
  if (!row.physics.window) row.physics.window.emplace();
  return *row.physics.window;
}

template <double Window::*end>
Accessor<ArchiveRow, double> window_access() {
  return {[](const ArchiveRow& r) { return r.physics.window ? *r.physics.window.*end : not_applicable; },
          [](ArchiveRow& r, const double& v) {
            if (!std::isnan(v)) window_of(r).*end = v;
          }};
}

const LatticeSpec& lattice_of(const ArchiveRow& row) { return row.physics.lattice; }
LatticeSpec& lattice_of(ArchiveRow& row) { return row.physics.lattice; }
const LatticeSpec& lattice_of(const ArchiveKernel& kernel) { return kernel.spec.lattice; }
LatticeSpec& lattice_of(ArchiveKernel& kernel) { return kernel.spec.lattice; }

template <class Entry, std::size_t edge>
Accessor<Entry, Integer> edge_access() {
  return {[](const Entry& e) -> Integer { return lattice_of(e).size[edge]; },
          [](Entry& e, const Integer& v) { lattice_of(e).size[edge] = static_cast<int>(v); }};
}

template <class Entry>
std::vector<EntryColumn<Entry>> lattice_columns() {
  return {
      {"lattice", "",
       "shape of the crystal; in brackets the facets that its shell covers, where these are not all, and A where it "
       "consists of that",
       Accessor<Entry, Text>{[](const Entry& e) { return lattice_word(lattice_of(e)); },
                             [](Entry& e, const Text& v) { set_lattice_word(lattice_of(e), v); }}},
      {"size", "sites", "sites along the core's edges",
       Accessor<Entry, Text>{[](const Entry& e) { return size_word(lattice_of(e)); }, ignore<Entry, Text>}},
      {"nx", "sites", "sites along the core's edge, or its first one", edge_access<Entry, 0>()},
      {"ny", "sites", "sites along the core's second edge; 0 for shapes with one number", edge_access<Entry, 1>()},
      {"nz", "sites", "sites along the core's third edge; 0 for shapes with one number", edge_access<Entry, 2>()},
      {"shell_layers", "layers", "layers of shell around the core",
       Accessor<Entry, Integer>{[](const Entry& e) -> Integer { return lattice_of(e).shell_layers; },
                                [](Entry& e, const Integer& v) { lattice_of(e).shell_layers = static_cast<int>(v); }}},
  };
}

template <class Entry>
Accessor<Entry, Text> identity_access() {
  return {[](const Entry& e) { return to_string(e.identity); },
          [](Entry& e, const Text& v) { e.identity = parse_identity(v); }};
}

std::vector<EntryColumn<ArchiveRow>> identity_columns() {
  using Row = ArchiveRow;
  return {
      {"identity", "", "name of the trajectory: hash of physical parameters and replica", identity_access<Row>()},
      {"observation", "", "hash of what is observed and for how long",
       Accessor<Row, Text>{[](const Row& r) { return to_string(r.observation); },
                           [](Row& r, const Text& v) { r.observation = parse_identity(v); }}},
      {"continuation", "",
       "hash of what is observed, but for the number of measured sweeps: rows that share it and the identity are one "
       "chain of different lengths",
       Accessor<Row, Text>{[](const Row& r) { return to_string(r.continuation); },
                           [](Row& r, const Text& v) { r.continuation = parse_identity(v); }}},
      {"scan", "", "scans that the job belongs to",
       Accessor<Row, Text>{[](const Row& r) { return r.scans; }, [](Row& r, const Text& v) { r.scans = v; }}},
      {"method", "", "equilibrium (Metropolis) or exchange (kinetic Monte Carlo)",
       Accessor<Row, Text>{[](const Row& r) { return Text(to_string(r.physics.method)); },
                           [](Row& r, const Text& v) { r.physics.method = parse_method(v); }}},
  };
}

std::vector<EntryColumn<ArchiveRow>> physics_columns() {
  using Row = ArchiveRow;
  using Number = Accessor<Row, double>;
  return {
      {"shell_stiffness", "K", "spring constant of bonds within the shell",
       Number{[](const Row& r) { return r.physics.shell_stiffness; },
              [](Row& r, const double& v) { r.physics.shell_stiffness = v; }}},
      {"temperature", "energy_unit", "k_B T",
       Number{[](const Row& r) { return r.physics.temperature; },
              [](Row& r, const double& v) { r.physics.temperature = v; }}},
      {"delta_mu", "energy_unit",
       "drive of the exchange, or of the reservoir of the semi-grand ensemble; NaN for equilibrium at a fixed "
       "composition",
       Number{[](const Row& r) { return has_reservoir(r) ? r.physics.delta_mu : not_applicable; },
              [](Row& r, const double& v) { set_if_applicable(r.physics.delta_mu, v); }}},
      // Equilibrium without composition is semi-grand: no column of its own says so.
      {"composition", "1", "fraction of A in the core; NaN for exchange and in the semi-grand ensemble",
       Number{[](const Row& r) { return has_reservoir(r) ? not_applicable : r.physics.composition; },
              [](Row& r, const double& v) {
                set_if_applicable(r.physics.composition, v);
                if (is_equilibrium(r) && std::isnan(v)) r.physics.ensemble = Ensemble::semigrand;
              }}},
      {"start", "", "initial configuration of the core; empty for exchange, which starts from all A",
       Accessor<Row, Text>{[](const Row& r) { return is_equilibrium(r) ? Text(to_string(r.physics.start)) : Text(); },
                           [](Row& r, const Text& v) {
                             if (!v.empty()) r.physics.start = parse_start(v);
                           }}},
      {"interaction", "", "parts of the interaction",
       Accessor<Row, Text>{[](const Row& r) { return to_string(r.physics.interaction); }, ignore<Row, Text>}},
      {"elastic", "energy_unit", "strength of the elastic part",
       Number{[](const Row& r) { return r.physics.interaction.elastic; },
              [](Row& r, const double& v) { r.physics.interaction.elastic = v; }}},
      {"ising", "energy_unit", "strength of the Ising part",
       Number{[](const Row& r) { return r.physics.interaction.ising; },
              [](Row& r, const double& v) { r.physics.interaction.ising = v; }}},
      {"hamiltonian", "", "exact, or as the published program counted",
       Accessor<Row, Text>{[](const Row& r) { return Text(to_string(r.physics.hamiltonian)); },
                           [](Row& r, const Text& v) { r.physics.hamiltonian = parse_hamiltonian(v); }}},
      {"rate_exchange", "1/time", "k0 of exchange flips; NaN for equilibrium",
       Number{[](const Row& r) { return if_exchange(r, r.physics.rates.exchange); },
              [](Row& r, const double& v) { set_if_applicable(r.physics.rates.exchange, v); }}},
      {"rate_diffusion", "1/time", "k0 of diffusion swaps; NaN for equilibrium",
       Number{[](const Row& r) { return if_exchange(r, r.physics.rates.diffusion); },
              [](Row& r, const double& v) { set_if_applicable(r.physics.rates.diffusion, v); }}},
      {"exchange_until", "time", "end of exchange flips; NaN for equilibrium",
       Number{[](const Row& r) { return if_exchange(r, r.physics.exchange_until); },
              [](Row& r, const double& v) { set_if_applicable(r.physics.exchange_until, v); }}},
      {"rate_rule", "", "rule of rates, where it is not exp(-Delta E / 2 k_BT)",
       Accessor<Row, Text>{[](const Row& r) { return to_string(r.physics.rate_rule); },
                           [](Row& r, const Text& v) { r.physics.rate_rule = parse_of_row(v, parse_rate_rule); }},
       6, [](const Row& r) { return r.physics.rate_rule != RateRule(); }},
      {"stages", "",
       "stages of the exchange, in the units of the job; empty where nothing changes but by exchange_until",
       Accessor<Row, Text>{[](const Row& r) { return to_string(r.physics.stages); },
                           [](Row& r, const Text& v) { r.physics.stages = parse_of_row(v, parse_stages); }},
       6, [](const Row& r) { return !r.physics.stages.empty(); }},
      {"exchange_every", "sweeps", "between attempts to exchange configurations on a ladder",
       Accessor<Row, Integer>{[](const Row& r) { return as_integer(r.physics.exchange_every); },
                              [](Row& r, const Integer& v) { r.physics.exchange_every = as_count(v); }},
       4},
      {"ladder", "", "name of the ladder, the same for all of its rungs",
       Accessor<Row, Text>{[](const Row& r) { return ladder_name(r.physics); },
                           [](Row& r, const Text& v) {
                             if (!v.empty()) r.physics.ladder = parse_identity(v);
                           }},
       4},
      {"bias", "", "order parameter that is levelled in a window (flat histogram); empty where none is",
       Accessor<Row, Text>{
           [](const Row& r) { return r.physics.window ? Text(to_string(r.physics.window->along)) : Text(); },
           [](Row& r, const Text& v) {
             if (!v.empty()) window_of(r).along = parse_order_parameter(v);
           }},
       6},
      {"window_from", "1", "lower end of the window; NaN without", window_access<&Window::from>(), 6},
      {"window_to", "1", "upper end of the window; NaN without", window_access<&Window::to>(), 6},
      {"exploratory", "", "1: of a round in which a ladder finds where to place its rungs, which answers leave out",
       Accessor<Row, Integer>{[](const Row& r) -> Integer { return r.exploratory ? 1 : 0; },
                              [](Row& r, const Integer& v) { r.exploratory = v != 0; }},
       4},
      {"replica", "1", "number of the trajectory, from 0",
       Accessor<Row, Integer>{[](const Row& r) -> Integer { return r.replica; },
                              [](Row& r, const Integer& v) { r.replica = static_cast<std::uint32_t>(v); }}},
      {"energy_unit", "", "unit of this job's energies: epsilon, J or kT",
       Accessor<Row, Text>{[](const Row& r) { return Text(energy_unit(r.physics.interaction)); }, ignore<Row, Text>}},
  };
}

template <std::uint64_t ArchiveRow::*member>
Accessor<ArchiveRow, Integer> count_access() {
  return {[](const ArchiveRow& r) { return as_integer(r.*member); },
          [](ArchiveRow& r, const Integer& v) { r.*member = as_count(v); }};
}

std::vector<EntryColumn<ArchiveRow>> schedule_columns() {
  using Row = ArchiveRow;
  return {
      {"n_sites", "sites", "sites of the crystal", count_access<&Row::sites>()},
      {"n_core", "sites", "sites of its core", count_access<&Row::core_sites>()},
      {"equilibration_sweeps", "sweeps", "equilibrium: sweeps before measuring",
       count_access<&Row::equilibration_sweeps>()},
      {"measured_sweeps", "sweeps", "equilibrium: measured sweeps", count_access<&Row::measured_sweeps>()},
      {"phases_every", "sweeps", "equilibrium: between measurements of phases", count_access<&Row::phases_every>()},
      {"areas_every", "sweeps", "equilibrium: between measurements of areas, 0 = never",
       count_access<&Row::areas_every>()},
      {"max_events", "events", "exchange: the job ends there as truncated; -1 = no limit",
       count_access<&Row::max_events>()},
      {"predicted_seconds", "s", "predicted computing time on one core",
       Accessor<Row, double>{[](const Row& r) { return r.predicted_seconds; },
                             [](Row& r, const double& v) { r.predicted_seconds = v; }}},
      {"kernel", "", "index into /kernels, -1 without elastic interaction",
       Accessor<Row, Integer>{[](const Row& r) -> Integer { return r.kernel; },
                              [](Row& r, const Integer& v) { r.kernel = static_cast<std::int32_t>(v); }}},
  };
}

template <std::uint64_t Placement::*member>
Accessor<Placement, Integer> place_access() {
  return {[](const Placement& p) { return as_integer(p.*member); },
          [](Placement& p, const Integer& v) { p.*member = as_count(v); }};
}

template <class Entry>
void append(std::vector<EntryColumn<Entry>>& columns, std::vector<EntryColumn<Entry>> more) {
  columns.insert(columns.end(), more.begin(), more.end());
}

template <class Entry, class T>
std::vector<T> values_of(const std::vector<Entry>& entries, const Accessor<Entry, T>& access) {
  std::vector<T> values(entries.size());
  std::ranges::transform(entries, values.begin(), access.get);
  return values;
}

hdf5::Description describe(const std::string& path, const char* unit, const char* meaning, std::size_t count) {
  return {
      .path = path, .type = hdf5::Type::f64, .shape = {count}, .unit = unit, .description = meaning, .text_width = 0};
}

/// Writes the values of one column in the type that they have.
struct ColumnWriter {
  const hdf5::File& file;
  hdf5::Description description;
  hdf5::Storage storage;

  void operator()(const std::vector<double>& values) {
    file.create_dataset(description, storage).write(std::span(values));
  }
  void operator()(const std::vector<Integer>& values) {
    description.type = hdf5::Type::i64;
    file.create_dataset(description, storage).write(std::span(values));
  }
  void operator()(const std::vector<Text>& values) {
    description.type = hdf5::Type::text;
    for (const Text& value : values) description.text_width = std::max(description.text_width, value.size());
    file.create_dataset(description, storage).write_text(values);
  }
};

template <class T>
std::vector<T> read_values(const hdf5::Dataset& column, std::uint64_t first, std::uint64_t count) {
  if constexpr (std::is_same_v<T, Text>)
    return column.read_text(first, count);
  else
    return column.read_rows<T>(first, count);
}

}  // namespace

std::vector<EntryColumn<ArchiveRow>> row_columns() {
  std::vector<EntryColumn<ArchiveRow>> columns = identity_columns();
  append(columns, lattice_columns<ArchiveRow>());
  append(columns, physics_columns());
  append(columns, schedule_columns());
  return columns;
}

std::vector<EntryColumn<Placement>> placement_columns() {
  using P = Placement;
  return {
      {"times", "", "k of /exchange/<k> with its results; -1: they are in /equilibrium",
       Accessor<P, Integer>{[](const P& p) -> Integer { return p.times; },
                            [](P& p, const Integer& v) { p.times = static_cast<std::int32_t>(v); }}},
      {"row", "", "row of its results there", place_access<&P::row>()},
      {"profile_offset", "values", "first value in /profiles/values",
       Accessor<P, Integer>{[](const P& p) { return as_integer(p.profile.offset); },
                            [](P& p, const Integer& v) { p.profile.offset = as_count(v); }}},
      {"profile_length", "values", "values of its composition profiles: time x plane, or plane x {mean, error}",
       Accessor<P, Integer>{[](const P& p) { return as_integer(p.profile.length); },
                            [](P& p, const Integer& v) { p.profile.length = as_count(v); }}},
      {"snapshots", "1", "configurations kept", place_access<&P::snapshots>()},
      {"samples", "1", "configurations kept for averages, behind its snapshots", place_access<&P::samples>(), 3},
      {"sample_every", "sweeps", "between samples, the first after as many measured sweeps; 0 when none are kept",
       place_access<&P::sample_every>(), 3},
      {"snapshot_bytes", "bytes", "of one configuration in /snapshots/bits", place_access<&P::snapshot_bytes>()},
      {"snapshot_offset", "bytes", "of the first configuration in /snapshots/bits",
       place_access<&P::snapshot_offset>()},
      {"snapshot_at", "", "first of its times or sweeps in /snapshots/at", place_access<&P::snapshot_at>()},
      {"final_state_offset", "bytes", "of the chain's final state in /equilibrium/final_states",
       Accessor<P, Integer>{[](const P& p) { return as_integer(p.final_state.offset); },
                            [](P& p, const Integer& v) { p.final_state.offset = as_count(v); }}},
      {"final_state_length", "bytes", "of the chain's final state; 0 for exchange",
       Accessor<P, Integer>{[](const P& p) { return as_integer(p.final_state.length); },
                            [](P& p, const Integer& v) { p.final_state.length = as_count(v); }}},
  };
}

std::vector<EntryColumn<ArchiveKernel>> kernel_columns() {
  using K = ArchiveKernel;
  std::vector<EntryColumn<K>> columns = lattice_columns<K>();
  append(columns,
         {
             {"identity", "", "hash of what the kernel is", identity_access<K>()},
             {"shell_stiffness", "K", "spring constant of bonds within the shell",
              Accessor<K, double>{[](const K& k) { return k.spec.shell_stiffness; },
                                  [](K& k, const double& v) { k.spec.shell_stiffness = v; }}},
             {"projected", "", "1: V = P(4S - C^T D^+ C)P; 0: without P",
              Accessor<K, Integer>{[](const K& k) -> Integer { return k.spec.projected ? 1 : 0; },
                                   [](K& k, const Integer& v) { k.spec.projected = v != 0; }}},
             {"n_sites", "sites", "columns of V",
              Accessor<K, Integer>{[](const K& k) { return as_integer(k.sites); },
                                   [](K& k, const Integer& v) { k.sites = as_count(v); }}},
             {"representatives", "sites", "rows of V that symmetry does not repeat",
              Accessor<K, Integer>{[](const K& k) { return as_integer(k.representatives); },
                                   [](K& k, const Integer& v) { k.representatives = as_count(v); }}},
             {"offset", "values", "first value in /kernels/rows",
              Accessor<K, Integer>{[](const K& k) { return as_integer(k.values.offset); },
                                   [](K& k, const Integer& v) { k.values.offset = as_count(v); }}},
             {"length", "values", "values in /kernels/rows, row-major; 0: too large to keep, only its digest is known",
              Accessor<K, Integer>{[](const K& k) { return as_integer(k.values.length); },
                                   [](K& k, const Integer& v) { k.values.length = as_count(v); }}},
         });
  return columns;
}

template <class Entry>
void write_columns(const hdf5::File& file, const std::string& group, const std::vector<EntryColumn<Entry>>& columns,
                   const std::vector<Entry>& entries, hdf5::Storage storage) {
  for (const EntryColumn<Entry>& column : columns) {
    if (column.is_worth_keeping != nullptr && std::ranges::none_of(entries, column.is_worth_keeping)) continue;
    ColumnWriter write{file, describe(group + "/" + column.name, column.unit, column.description, entries.size()),
                       storage};
    std::visit([&](const auto& access) { write(values_of(entries, access)); }, column.access);
  }
}

template <class Entry>
std::vector<Entry> read_columns(const hdf5::File& file, const std::string& group,
                                const std::vector<EntryColumn<Entry>>& columns, std::uint64_t first,
                                std::uint64_t count) {
  std::vector<Entry> entries(count);
  const auto read_into_entries = [&]<class T>(const hdf5::Dataset& column, const Accessor<Entry, T>& access) {
    const std::vector<T> values = read_values<T>(column, first, count);
    for (std::size_t i = 0; i < count; ++i) access.set(entries[i], values[i]);
  };
  for (const EntryColumn<Entry>& column : columns) {
    if (column.since_format > oldest_archive_format && !file.has(group + "/" + column.name)) continue;
    const hdf5::Dataset dataset = file.dataset(group + "/" + column.name);
    std::visit([&](const auto& access) { read_into_entries(dataset, access); }, column.access);
  }
  if constexpr (!std::is_same_v<Entry, Placement>) {
    SiteLists lists(file);
    for (Entry& entry : entries) lists.complete(lattice_of(entry));
  }
  return entries;
}

template void write_columns(const hdf5::File&, const std::string&, const std::vector<EntryColumn<ArchiveRow>>&,
                            const std::vector<ArchiveRow>&, hdf5::Storage);
template void write_columns(const hdf5::File&, const std::string&, const std::vector<EntryColumn<ArchiveKernel>>&,
                            const std::vector<ArchiveKernel>&, hdf5::Storage);
template void write_columns(const hdf5::File&, const std::string&, const std::vector<EntryColumn<Placement>>&,
                            const std::vector<Placement>&, hdf5::Storage);
template std::vector<Placement> read_columns(const hdf5::File&, const std::string&,
                                             const std::vector<EntryColumn<Placement>>&, std::uint64_t, std::uint64_t);
template std::vector<ArchiveRow> read_columns(const hdf5::File&, const std::string&,
                                              const std::vector<EntryColumn<ArchiveRow>>&, std::uint64_t,
                                              std::uint64_t);
template std::vector<ArchiveKernel> read_columns(const hdf5::File&, const std::string&,
                                                 const std::vector<EntryColumn<ArchiveKernel>>&, std::uint64_t,
                                                 std::uint64_t);

}  // namespace nxmc
