// Equilibrium chains: starts, conserved quantities, bookkeeping of averages, and continuation from saved states.
#include "nxmc/engine/equilibrium.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <numeric>
#include <stdexcept>
#include <string>
#include <string_view>

#include "engine_crystals.hpp"
#include "nxmc/engine/equilibrium_series.hpp"
#include "nxmc/observe/phases.hpp"
#include "nxmc/observe/quantities.hpp"
#include "plain_engines.hpp"

namespace nxmc {
namespace {

using testing_tools::box;
using testing_tools::hexagon;
using testing_tools::OwnedCrystal;
using testing_tools::ReducedCrystal;
using testing_tools::replica_stream;

struct ChainCase {
  std::string name;
  Physics physics;
  Schedule schedule;
};

void PrintTo(const ChainCase& c, std::ostream* out) { *out << c.name; }

ChainCase small_case(const std::string& name, const LatticeSpec& lattice) {
  ChainCase c{name, {}, {}};
  c.physics.method = Method::equilibrium;
  c.physics.lattice = lattice;
  c.physics.shell_stiffness = lattice.shell_layers > 0 ? 10 : 1;
  c.physics.temperature = lattice.shape == "hexagon" ? 0.4 : 3;
  c.schedule.equilibration_sweeps = 10;
  c.schedule.measured_sweeps = 40;
  c.schedule.phases_every = 1;
  c.schedule.areas_every = 4;
  c.schedule.snapshot_sweeps.resize(51);
  std::iota(c.schedule.snapshot_sweeps.begin(), c.schedule.snapshot_sweeps.end(), 0);
  return c;
}

std::vector<ChainCase> chain_cases() {
  std::vector<ChainCase> cases{small_case("Hexagon", hexagon(4)), small_case("HexagonInShell", hexagon(4, 1)),
                               small_case("Box", box(4, 4, 5)), small_case("CubeInShell", box(3, 3, 3, 1))};
  const auto variant = [&](std::size_t of, const std::string& name, const auto& change) {
    ChainCase c = cases[of];
    c.name = name;
    change(c);
    cases.push_back(c);
  };
  variant(1, "HexagonPublished", [](ChainCase& c) { c.physics.hamiltonian = Hamiltonian::published; });
  variant(3, "CubePublished", [](ChainCase& c) { c.physics.hamiltonian = Hamiltonian::published; });
  variant(1, "HexagonSegregated", [](ChainCase& c) { c.physics.start = Start::segregated; });
  variant(1, "HexagonCombined", [](ChainCase& c) { c.physics.interaction = {1, 0.3}; });
  variant(0, "HexagonIsing", [](ChainCase& c) { c.physics.interaction = {0, 1}; });
  variant(2, "BoxFree", [](ChainCase& c) { c.physics.interaction = {0, 0}; });
  variant(1, "HexagonDilute", [](ChainCase& c) { c.physics.composition = 0.29; });
  const auto open_to_reservoir = [](double delta_mu, Start start = Start::random) {
    return [=](ChainCase& c) {
      c.physics.ensemble = Ensemble::semigrand;
      c.physics.delta_mu = delta_mu;
      c.physics.start = start;
    };
  };
  variant(1, "HexagonSemigrand", open_to_reservoir(3));
  variant(0, "BareHexagonSemigrandFromA", open_to_reservoir(-0.3, Start::all_a));
  variant(3, "CubeSemigrandFromB", open_to_reservoir(40, Start::all_b));
  variant(2, "BoxSemigrandSegregated", open_to_reservoir(20, Start::segregated));
  variant(0, "HexagonIsingSemigrand", [&](ChainCase& c) {
    open_to_reservoir(0.2)(c);
    c.physics.interaction = {0, 1};
    c.physics.temperature = 3;
  });
  variant(0, "Bulk", [](ChainCase& c) { c.physics.lattice = testing_tools::rhombus(4, 6); });
  variant(2, "BulkBox", [](ChainCase& c) { c.physics.lattice = testing_tools::periodic(box(4, 4, 5)); });
  variant(0, "BulkSemigrand", [&](ChainCase& c) {
    c.physics.lattice = testing_tools::rhombus(5, 3);
    open_to_reservoir(0.1)(c);
  });
  variant(1, "HexagonSeldomMeasured", [](ChainCase& c) {
    c.schedule.phases_every = 7;
    c.schedule.snapshot_sweeps = {3, 10, 33};
  });
  variant(1, "HexagonWithFewSamples", [](ChainCase& c) { c.schedule.samples = {.every = 2, .at_most = 3}; });
  variant(1, "HexagonWithoutSamples", [](ChainCase& c) { c.schedule.samples = {.every = 0, .at_most = 0}; });
  return cases;
}

class Equilibrium : public ::testing::TestWithParam<ChainCase> {};
INSTANTIATE_TEST_SUITE_P(AllModes, Equilibrium, ::testing::ValuesIn(chain_cases()),
                         [](const auto& tested) { return tested.param.name; });

EquilibriumChain make_chain(const OwnedCrystal& owned, const ChainCase& c, std::uint64_t replica = 21) {
  return {owned.crystal(), c.physics, c.schedule, replica_stream(replica)};
}

Record run_to_end(EquilibriumChain& chain) {
  while (!chain.finished()) chain.advance(1000);
  return chain.record();
}

std::vector<std::uint64_t> bits_of(const std::vector<double>& values) {
  std::vector<std::uint64_t> bits(values.size());
  std::transform(values.begin(), values.end(), bits.begin(), [](double x) { return std::bit_cast<std::uint64_t>(x); });
  return bits;
}

std::size_t column(const std::string& name) {
  const auto columns = equilibrium_columns();
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const Quantity& q) { return q.name == name; });
  if (found == columns.end()) throw std::logic_error("no column " + name);
  return static_cast<std::size_t>(found - columns.begin());
}

std::size_t count_a(const Occupation& sigma) {
  return static_cast<std::size_t>(std::count(sigma.begin(), sigma.end(), Spin{1}));
}

std::vector<Occupation> snapshots_of(const Record& record, const RecordShape& shape, std::size_t sites) {
  std::vector<Occupation> result;
  for (std::size_t k = 0; k < shape.snapshots; ++k) {
    const auto first = record.configurations.begin() + static_cast<std::ptrdiff_t>(k * shape.snapshot_bytes);
    result.push_back(unpack_bits({first, first + static_cast<std::ptrdiff_t>(shape.snapshot_bytes)}, sites));
  }
  return result;
}

KeptSamples samples_of(const Record& record, const ChainCase& c) {
  const RecordShape shape = record_shape(c.physics, c.schedule);
  return {.every = sample_times(c.physics, c.schedule).every,
          .bits = std::span(record.configurations).subspan(shape.snapshots * shape.snapshot_bytes)};
}

// ---- continuation

TEST_P(Equilibrium, ContinuesFromASavedStateBitForBit) {
  const OwnedCrystal owned(GetParam().physics, true);
  EquilibriumChain whole = make_chain(owned, GetParam());
  const Record expected = run_to_end(whole);
  for (std::uint64_t split = 0; split <= whole.sweeps(); split += split < 12 ? 1 : 13) {
    EquilibriumChain first = make_chain(owned, GetParam());
    EXPECT_EQ(first.advance(split), split);
    const std::vector<std::byte> saved = first.save();
    EquilibriumChain second = make_chain(owned, GetParam());
    second.advance(2);  // whatever it has done before is forgotten
    second.load(saved);
    EXPECT_EQ(second.save(), saved);
    EXPECT_EQ(second.sweeps(), split);
    EXPECT_EQ(second.sigma(), first.sigma());
    const Record record = run_to_end(second);
    EXPECT_EQ(second.save(), whole.save()) << "split after sweep " << split;
    EXPECT_EQ(bits_of(record.values), bits_of(expected.values));
    EXPECT_EQ(bits_of(record.profile), bits_of(expected.profile));
    EXPECT_EQ(record.configurations, expected.configurations);
  }
}

TEST_P(Equilibrium, GoesOnFromTheFinalStateOfAShorterChainBitForBit) {
  const OwnedCrystal owned(GetParam().physics, true);
  ChainCase longer = GetParam();
  std::erase_if(longer.schedule.snapshot_sweeps, [](std::uint64_t sweep) { return sweep > 10; });
  ChainCase shorter = longer;
  for (const std::uint64_t measured : {0U, 1U, 13U, 40U}) {
    shorter.schedule.measured_sweeps = measured;
    EquilibriumChain first = make_chain(owned, shorter);
    const Record end = run_to_end(first);
    EXPECT_EQ(end.final_state.size(), record_shape(shorter.physics, shorter.schedule).final_state);
    EquilibriumChain second = make_chain(owned, longer);
    second.continue_from(end.final_state, samples_of(end, shorter));
    EXPECT_EQ(second.sweeps(), 10 + measured);
    EquilibriumChain whole = make_chain(owned, longer);
    const Record expected = run_to_end(whole);
    const Record record = run_to_end(second);
    EXPECT_EQ(bits_of(record.values), bits_of(expected.values)) << "after " << measured << " measured sweeps";
    EXPECT_EQ(bits_of(record.profile), bits_of(expected.profile));
    EXPECT_EQ(record.configurations, expected.configurations);
    EXPECT_EQ(record.final_state, expected.final_state);
  }
}

TEST(Equilibrium, DoesNotGoOnWithAKernelOfOtherBits) {
  for (const Hamiltonian hamiltonian : {Hamiltonian::exact, Hamiltonian::published}) {
    ChainCase c = small_case("HexagonInShell", hexagon(4, 1));
    c.physics.hamiltonian = hamiltonian;
    const OwnedCrystal owned(c.physics);
    const OwnedKernel& known = *owned.owned_kernel();
    // The last bit of one off-diagonal element; the rows of the projected kernel sum to zero all the same.
    ReducedKernel other = known.reduced();
    const double bit = std::ldexp(1.0, -other.grid);
    const auto site = static_cast<std::size_t>(known.orbits().representative.front());
    other.rows[site == 0 ? 1 : 0] += bit;
    if (hamiltonian == Hamiltonian::exact) other.rows[site] -= bit;
    std::vector<double> storage(Kernel::storage_size(known.lattice(), known.orbits()));
    Kernel::store(other.rows, known.lattice(), known.orbits(), storage);
    const Kernel kernel(known.lattice(), known.orbits(), storage);

    EquilibriumChain first = make_chain(owned, c);
    const std::vector<std::byte> saved = first.save();
    const Record end = run_to_end(first);
    EquilibriumChain second({&owned.lattice(), &kernel, nullptr}, c.physics, c.schedule, replica_stream(21));
    EXPECT_THROW(second.load(saved), std::runtime_error);
    EXPECT_THROW(second.continue_from(end.final_state, samples_of(end, c)), std::runtime_error);
  }
}

// Every number of samples, so that every number of bins occurs: the room that the archive has for a final state is
// enough, and none of it is wasted.
TEST(Equilibrium, KnowsTheSizeOfItsFinalStateBeforeItRuns) {
  for (const ChainCase& of : chain_cases()) {
    ChainCase c = of;
    c.schedule.snapshot_sweeps.resize(3);
    c.schedule.samples.at_most = 0;
    c.schedule.measured_sweeps = 1100;
    c.schedule.areas_every = 2;
    const OwnedCrystal owned(c.physics, true);
    EquilibriumChain chain = make_chain(owned, c);
    chain.advance(c.schedule.equilibration_sweeps);
    for (std::uint64_t measured = 0; measured <= 1100; measured += 11) {
      ChainCase shorter = c;
      shorter.schedule.measured_sweeps = measured;
      const std::size_t room = record_shape(c.physics, shorter.schedule).final_state;
      const std::size_t needed = sizeof(std::uint64_t) + chain.save().size();
      EXPECT_LE(needed, room) << c.name << " after " << measured;
      if (is_elastic(c.physics)) {
        EXPECT_EQ(needed, room) << c.name << " after " << measured;
      }
      chain.advance(11);
    }
  }
}

void expect_same_trajectory_with_reduced_kernel(const ChainCase& c) {
  const OwnedCrystal full(c.physics, true);
  const ReducedCrystal reduced(full);
  EquilibriumChain whole = make_chain(full, c);
  const Record expected = run_to_end(whole);

  const auto make_reduced = [&] {
    return EquilibriumChain(reduced.crystal(), c.physics, c.schedule, replica_stream(21));
  };
  EquilibriumChain first = make_reduced();
  first.advance(whole.sweeps() / 2);
  EquilibriumChain second = make_reduced();
  second.load(first.save());
  const Record record = run_to_end(second);
  EXPECT_EQ(second.save(), whole.save());
  EXPECT_EQ(bits_of(record.values), bits_of(expected.values));
  EXPECT_EQ(bits_of(record.profile), bits_of(expected.profile));
  EXPECT_EQ(record.configurations, expected.configurations);
}

TEST(Equilibrium, ContinuesWithAKernelInReducedFormBitForBit) {
  for (const ChainCase& c : chain_cases()) {
    SCOPED_TRACE(c.name);
    if (is_elastic(c.physics)) expect_same_trajectory_with_reduced_kernel(c);
  }
}

TEST_P(Equilibrium, NeverTouchesTheShellNorTheComposition) {
  const OwnedCrystal owned(GetParam().physics);
  const Lattice& lattice = owned.lattice();
  EquilibriumChain chain = make_chain(owned, GetParam());
  const auto a_sites =
      static_cast<std::size_t>(GetParam().physics.composition * static_cast<double>(lattice.core.size()) + 1e-9);
  const Occupation start = chain.sigma();
  bool moved = false;
  bool moved_composition = false;
  while (true) {
    if (!is_semigrand(GetParam().physics)) {
      EXPECT_EQ(count_a(chain.sigma()), a_sites);
    }
    moved_composition = moved_composition || count_a(chain.sigma()) != count_a(start);
    for (std::size_t i = 0; i < lattice.sites(); ++i) {
      if (lattice.in_shell(static_cast<Site>(i))) {
        EXPECT_EQ(chain.sigma()[i], -1);
      }
    }
    moved = moved || chain.sigma() != start;
    if (chain.advance(1) == 0) break;
  }
  EXPECT_TRUE(moved);
  EXPECT_EQ(moved_composition, is_semigrand(GetParam().physics));
}

// ---- the sieve

TEST_P(Equilibrium, FollowsThePlainEngineBitForBit) {
  for (const double temperature : {GetParam().physics.temperature, 0.1, 5.0, 1e12}) {
    ChainCase c = GetParam();
    c.physics.temperature = temperature;
    c.schedule.measured_sweeps = 400;
    c.schedule.areas_every = 0;
    c.schedule.snapshot_sweeps = {};
    const OwnedCrystal owned(c.physics);
    EquilibriumChain chain = make_chain(owned, c);
    Stream stream = replica_stream(21);
    const std::size_t core = owned.lattice().core.size();
    for (std::size_t k = core - 1; k > 0 && c.physics.start == Start::random; --k) stream.below(k + 1);
    State plain = owned.state(c.physics, chain.sigma());
    std::uint64_t accepted = 0;
    while (chain.advance(1) == 1) {
      accepted += testing_tools::plain_sweep(plain, c.physics, stream);
      ASSERT_EQ(chain.sigma(), plain.sigma()) << "after sweep " << chain.sweeps() << " at " << temperature;
    }
    EXPECT_GT(accepted, 10U);
  }
}

TEST(Equilibrium, FollowsThePlainEngineThroughALongChain) {
  ChainCase c = small_case("", hexagon(8, 1));
  c.physics.temperature = 0.2;
  c.schedule.measured_sweeps = 20000;
  c.schedule.phases_every = 1000;
  c.schedule.areas_every = 0;
  c.schedule.snapshot_sweeps = {};
  c.physics.start = Start::segregated;
  const OwnedCrystal owned(c.physics);
  EquilibriumChain chain = make_chain(owned, c);
  Stream stream = replica_stream(21);
  State plain = owned.state(c.physics, chain.sigma());
  while (!chain.finished()) {
    const std::uint64_t sweeps = chain.advance(1000);
    for (std::uint64_t sweep = 0; sweep < sweeps; ++sweep) testing_tools::plain_sweep(plain, c.physics, stream);
    ASSERT_EQ(chain.sigma(), plain.sigma()) << "after sweep " << chain.sweeps();
  }
}

// ---- series

double core_fraction_of_a(const Lattice& lattice, const Occupation& sigma) {
  double a = 0;
  for (const Site i : lattice.core) a += sigma[static_cast<std::size_t>(i)] > 0 ? 1 : 0;
  return a / static_cast<double>(lattice.core.size());
}

/// What a chain measures after each sweep, as series_columns() name it.
std::vector<double> measured_now(const EquilibriumChain& chain, const OwnedCrystal& owned, const Physics& physics,
                                 const std::vector<Site>& interior) {
  const Lattice& lattice = owned.lattice();
  std::vector<double> values = values_of_columns(phase_fractions(lattice, chain.sigma(), interior), lattice.dimension);
  values.push_back(total_energy(lattice, owned.kernel(), physics.interaction, physics.delta_mu, chain.sigma()));
  values.push_back(is_semigrand(physics) ? core_fraction_of_a(lattice, chain.sigma())
                                         : std::numeric_limits<double>::quiet_NaN());
  return values;
}

double near(double value) { return 1e-10 * (1 + std::fabs(value)); }

/// Compares with averages over the stretches of a chain that goes on sweep by sweep.
void expect_series(const EquilibriumSeries& series, const OwnedCrystal& owned, const ChainCase& c) {
  const std::vector<Site> interior = interior_of_core(owned.lattice());
  const std::size_t width = series_columns().size();
  ASSERT_EQ(series.values.size(), series.sweep.size() * width);
  EquilibriumChain chain = make_chain(owned, c);
  chain.advance(c.schedule.equilibration_sweeps);
  for (std::size_t b = 0; b < series.sweep.size(); ++b) {
    std::vector<double> sums(width, 0.0);
    double samples = 0;
    ASSERT_EQ(series.bin_sweeps[b] % c.schedule.phases_every, 0U);
    for (std::uint64_t sweep = 0; sweep < series.bin_sweeps[b]; sweep += c.schedule.phases_every) {
      chain.advance(c.schedule.phases_every);
      const std::vector<double> now = measured_now(chain, owned, c.physics, interior);
      for (std::size_t k = 0; k < width; ++k) sums[k] += now[k];
      samples += 1;
    }
    ASSERT_EQ(series.sweep[b], chain.sweeps()) << "stretches follow each other";
    for (std::size_t k = 0; k < width; ++k) {
      const double value = series.values[b * width + k];
      const double mean = sums[k] / samples;
      EXPECT_EQ(std::isnan(value), std::isnan(mean)) << series_columns()[k].name;
      if (std::isnan(mean)) continue;
      EXPECT_NEAR(value, mean, near(mean)) << series_columns()[k].name << " of stretch " << b;
    }
  }
  EXPECT_LT(c.schedule.equilibration_sweeps + c.schedule.measured_sweeps - chain.sweeps(), c.schedule.phases_every)
      << "nothing measured is left out";
}

/// Weighted by their lengths, the stretches average to the results of the chain.
void expect_same_averages(const EquilibriumSeries& series, const Record& record) {
  const std::size_t width = series_columns().size();
  const auto all = static_cast<double>(std::accumulate(series.bin_sweeps.begin(), series.bin_sweeps.end(), 0UL));
  for (std::size_t k = 0; k < width; ++k) {
    double mean = 0;
    for (std::size_t b = 0; b < series.sweep.size(); ++b)
      mean += series.values[b * width + k] * static_cast<double>(series.bin_sweeps[b]) / all;
    const double result = record.values[column(series_columns()[k].name)];
    EXPECT_EQ(std::isnan(mean), std::isnan(result)) << series_columns()[k].name;
    if (std::isnan(result)) continue;
    EXPECT_NEAR(mean, result, near(result)) << series_columns()[k].name;
  }
}

TEST_P(Equilibrium, LeavesTheSeriesOfWhatItMeasured) {
  const OwnedCrystal owned(GetParam().physics, true);
  EquilibriumChain chain = make_chain(owned, GetParam());
  const Record record = run_to_end(chain);
  const EquilibriumSeries series = series_of_chain(record.final_state, GetParam().schedule);
  EXPECT_EQ(series.sweep.size(), 40 / GetParam().schedule.phases_every) << "one for each measurement";
  expect_series(series, owned, GetParam());
  expect_same_averages(series, record);
}

TEST(EquilibriumSeries, OfALongChainHasLongerStretches) {
  ChainCase c = small_case("", hexagon(3, 1));
  c.schedule.snapshot_sweeps = {};
  c.schedule.phases_every = 2;
  const OwnedCrystal owned(c.physics, true);
  struct Length {
    std::uint64_t measured;
    std::size_t stretches;
    std::uint64_t bin_sweeps;
    std::uint64_t last;
  };
  for (const Length& length : {Length{0, 0, 0, 0}, Length{1, 0, 0, 0}, Length{1023, 511, 2, 2}, Length{1024, 256, 4, 4},
                               Length{1027, 257, 4, 2}, Length{2047, 512, 4, 2}, Length{2053, 257, 8, 4}}) {
    c.schedule.measured_sweeps = length.measured;
    EquilibriumChain chain = make_chain(owned, c);
    const Record record = run_to_end(chain);
    const EquilibriumSeries series = series_of_chain(record.final_state, c.schedule);
    ASSERT_EQ(series.sweep.size(), length.stretches) << length.measured;
    if (length.stretches == 0) continue;
    EXPECT_EQ(series.bin_sweeps.front(), length.bin_sweeps);
    EXPECT_EQ(series.bin_sweeps.back(), length.last);
    expect_series(series, owned, c);
    expect_same_averages(series, record);
  }
}

TEST(EquilibriumSeries, IsNotReadFromWhatIsNoStateOfTheChain) {
  const ChainCase c = small_case("", hexagon(3, 1));
  const OwnedCrystal owned(c.physics, true);
  EquilibriumChain chain = make_chain(owned, c);
  const std::vector<std::uint8_t> state = run_to_end(chain).final_state;
  const auto expect_refusal = [&](const std::vector<std::uint8_t>& bytes, const Schedule& schedule, const char* words) {
    EXPECT_THAT([&] { series_of_chain(bytes, schedule); },
                ::testing::ThrowsMessage<std::runtime_error>(::testing::HasSubstr(words)));
  };
  constexpr std::size_t magic = 8;
  constexpr std::size_t numerics = 16;
  std::vector<std::uint8_t> other = state;
  other[magic] = 'x';
  expect_refusal(other, c.schedule, "is none of an equilibrium chain");
  for (const int version : {0, 5, 255}) {
    other = state;
    other[numerics] = static_cast<std::uint8_t>(version);
    expect_refusal(other, c.schedule, "is of numerics version");
  }
  other = state;
  other[numerics] = 4;
  expect_refusal(other, c.schedule, "does not have the contents of one");  // that of a crystal in 3D
  Schedule longer = c.schedule;
  longer.measured_sweeps += 1;
  expect_refusal(state, longer, "another length");
  for (std::size_t length = 0; length < state.size(); ++length) {
    expect_refusal({state.begin(), state.begin() + static_cast<std::ptrdiff_t>(length)}, c.schedule,
                   "does not have the contents of one");
    // Ends too early, though it says that it does not.
    if (length < sizeof(std::uint64_t)) continue;
    std::vector<std::uint8_t> shorter(state.begin(), state.begin() + static_cast<std::ptrdiff_t>(length));
    const std::uint64_t says = length - sizeof says;
    std::memcpy(shorter.data(), &says, sizeof says);
    try {
      // Areas and planes stand behind what the series is read from.
      EXPECT_EQ(bits_of(series_of_chain(shorter, c.schedule).values),
                bits_of(series_of_chain(state, c.schedule).values));
    } catch (const std::runtime_error& error) {
      EXPECT_THAT(error.what(), ::testing::HasSubstr("does not have the contents of one"));
    }
  }
}

// ---- averages

// ---- samples

TEST_P(Equilibrium, KeepsTheConfigurationsAfterTheSweepsThatItSays) {
  ChainCase c = GetParam();
  c.schedule.snapshot_sweeps.resize(c.schedule.equilibration_sweeps + c.schedule.measured_sweeps + 1);
  std::iota(c.schedule.snapshot_sweeps.begin(), c.schedule.snapshot_sweeps.end(), 0);
  const RecordShape shape = record_shape(c.physics, c.schedule);
  const OwnedCrystal owned(c.physics, true);
  EquilibriumChain chain = make_chain(owned, c);
  const Record record = run_to_end(chain);
  const SampleTimes times = sample_times(c.physics, c.schedule);
  EXPECT_EQ(times.count, shape.samples);
  ASSERT_EQ(record.configurations.size(), shape.configuration_bytes());
  const auto configuration = [&](std::uint64_t number) {
    return std::span(record.configurations).subspan(number * shape.snapshot_bytes, shape.snapshot_bytes);
  };
  for (std::uint64_t k = 0; k < times.count; ++k)
    EXPECT_TRUE(std::ranges::equal(configuration(shape.snapshots + k),
                                   configuration(c.schedule.equilibration_sweeps + (k + 1) * times.every)))
        << "sample " << k;
}

TEST(Samples, AreAsFarApartAsChainsNeedToForget) {
  Physics physics = small_case("", hexagon(10, 1)).physics;
  Schedule schedule;
  schedule.measured_sweeps = 100'000;
  const auto times = [&] {
    return std::pair(sample_times(physics, schedule).every, sample_times(physics, schedule).count);
  };
  physics.temperature = 0.2;
  EXPECT_EQ(times(), std::pair(100UL, 1000UL));  // 50 by the prediction, once doubled
  schedule.measured_sweeps = 20'000;
  EXPECT_EQ(times(), std::pair(50UL, 400UL));
  physics.temperature = 1;
  EXPECT_EQ(times(), std::pair(32UL, 625UL));
  physics.lattice = box(8, 8, 8);
  physics.temperature = 1.5;
  schedule.measured_sweeps = 4999;
  EXPECT_EQ(times(), std::pair(5UL, 999UL));
  physics.interaction = {0, 0};
  schedule.measured_sweeps = 1000;
  EXPECT_EQ(times(), std::pair(1UL, 1000UL));
  schedule.measured_sweeps = 1001;
  EXPECT_EQ(times(), std::pair(2UL, 500UL));
  physics.interaction = {1e6, 0};
  physics.temperature = 1e-6;
  EXPECT_EQ(times().second, 0UL);
}

TEST(Samples, AreAsManyAsACampaignAsksFor) {
  const Physics physics = small_case("", hexagon(10, 1)).physics;
  Schedule schedule;
  schedule.samples = {.every = 7, .at_most = 5};
  std::uint64_t last = 1;
  for (schedule.measured_sweeps = 0; schedule.measured_sweeps < 3000; ++schedule.measured_sweeps) {
    const SampleTimes times = sample_times(physics, schedule);
    EXPECT_LE(times.count, 5U);
    EXPECT_EQ(times.count, schedule.measured_sweeps / times.every);
    EXPECT_TRUE(times.every == 7 || times.count >= 3) << "not sparser than needed";
    EXPECT_EQ(times.every % last, 0U) << "a longer chain keeps some of what a shorter one has kept";
    last = times.every;
  }
  schedule.samples.at_most = 0;
  EXPECT_EQ(sample_times(physics, schedule).every, 0U);
}

TEST(Samples, OfAnotherChainAreRefused) {
  ChainCase shorter = small_case("", hexagon(3, 1));
  shorter.schedule.snapshot_sweeps = {};
  shorter.schedule.samples = {.every = 3, .at_most = 100};
  ChainCase longer = shorter;
  longer.schedule.measured_sweeps = 80;
  longer.schedule.samples.every = 4;
  const OwnedCrystal owned(shorter.physics);
  EquilibriumChain first = make_chain(owned, shorter);
  const Record end = run_to_end(first);
  EquilibriumChain second = make_chain(owned, longer);
  const std::vector<std::byte> before = second.save();
  EXPECT_THROW(second.continue_from(end.final_state, samples_of(end, shorter)), std::runtime_error);
  EXPECT_THROW(second.continue_from(end.final_state, {}), std::runtime_error);
  EXPECT_THROW(second.continue_from(end.final_state, {.every = 4, .bits = std::span(end.configurations).first(8)}),
               std::runtime_error);
  EXPECT_EQ(second.save(), before);
}

// ---- averages

TEST_P(Equilibrium, AveragesWhatIsTrueOfItsSnapshots) {
  ChainCase c = GetParam();
  c.schedule.snapshot_sweeps = small_case("", c.physics.lattice).schedule.snapshot_sweeps;
  const OwnedCrystal owned(c.physics, true);
  const Lattice& lattice = owned.lattice();
  const std::vector<Site> interior = interior_of_core(lattice);
  ASSERT_FALSE(interior.empty());
  EquilibriumChain chain = make_chain(owned, c);
  const Record record = run_to_end(chain);
  const RecordShape shape = record_shape(c.physics, c.schedule);
  ASSERT_EQ(record.values.size(), shape.values);
  ASSERT_EQ(record.profile.size(), shape.profile);
  const std::vector<Occupation> configurations = snapshots_of(record, shape, lattice.sites());
  ASSERT_EQ(configurations.size(), 51U);

  std::map<std::string, double> sums;
  std::vector<double> profile(shape.profile / 2, 0.0);
  double samples = 0;
  double area_samples = 0;
  for (std::size_t sweep = 11; sweep < configurations.size(); ++sweep) {
    const Occupation& sigma = configurations[sweep];
    if ((sweep - 10) % c.schedule.phases_every == 0) {
      const PhaseFractions phases = phase_fractions(lattice, sigma, interior);
      const std::vector<double> fractions = values_of_columns(phases, lattice.dimension);
      for (std::size_t k = 0; k < fractions.size(); ++k) sums[fraction_columns()[k].name] += fractions[k];
      sums["f_U squared"] += phases.united() * phases.united();
      sums["energy"] += total_energy(lattice, owned.kernel(), c.physics.interaction, c.physics.delta_mu, sigma);
      const double of_a = core_fraction_of_a(lattice, sigma);
      sums["c"] += of_a;
      sums["c squared"] += of_a * of_a;
      const std::vector<double> planes = composition_profile(lattice, sigma, true);
      for (std::size_t z = 0; z < planes.size(); ++z) profile[z] += planes[z];
      samples += 1;
    }
    if ((sweep - 10) % c.schedule.areas_every == 0) {
      const AreaMoments moments = area_moments(area_deviations(lattice, owned.solver()->solve(sigma), interior));
      sums["area"] += moments.mean;
      sums["area squared"] += moments.mean_square;
      area_samples += 1;
    }
  }
  for (const FractionColumn& fraction : fraction_columns()) {
    const double value = record.values[column(fraction.name)];
    EXPECT_EQ(std::isnan(value), !exists_in(fraction, lattice.dimension)) << fraction.name;
    if (std::isnan(value)) continue;
    EXPECT_NEAR(value, sums[fraction.name] / samples, 1e-10) << fraction.name;
  }
  const double mean_energy = sums["energy"] / samples;
  EXPECT_NEAR(record.values[column("energy")], mean_energy, 1e-10 * (1 + std::fabs(mean_energy)));
  EXPECT_NEAR(record.values[column("f_U_var")], sums["f_U squared"] / samples - std::pow(sums["f_U"] / samples, 2),
              1e-12);
  if (is_semigrand(c.physics)) {
    const double mean = sums["c"] / samples;
    EXPECT_NEAR(record.values[column("c")], mean, 1e-12);
    EXPECT_NEAR(record.values[column("c_var")], sums["c squared"] / samples - mean * mean, 1e-12);
    const bool varies = sums["c squared"] / samples - mean * mean > 1e-12;
    EXPECT_EQ(record.values[column("c_err")] > 0, varies);
    EXPECT_EQ(record.values[column("c_var_err")] > 0, varies);
  } else {
    for (const char* name : {"c", "c_err", "c_var", "c_var_err"})
      EXPECT_TRUE(std::isnan(record.values[column(name)])) << name;
  }
  if (is_elastic(c.physics)) {
    const double rms = std::sqrt(sums["area squared"] / area_samples - std::pow(sums["area"] / area_samples, 2));
    EXPECT_NEAR(record.values[column("rms_area")], rms, 1e-12);
  } else {
    EXPECT_TRUE(std::isnan(record.values[column("rms_area")]));
  }
  for (std::size_t z = 0; z < profile.size(); ++z) EXPECT_NEAR(record.profile[2 * z], profile[z] / samples, 1e-12);
}

// Almost without united sites what is not in the superlattice (in columns) is in no phase: both have the same error.
// Errors of f_S1 and f_S2 added up as if they were independent are others, because what one gains the other often
// loses.
TEST(Equilibrium, SumsOfFractionsHaveTheErrorOfTheSum) {
  for (const bool plane : {true, false}) {
    ChainCase c = small_case("", plane ? hexagon(4, 1) : box(4, 4, 4, 1));
    c.physics.shell_stiffness = plane ? 10 : 8;
    c.physics.temperature = plane ? 0.2 : 1.5;
    c.schedule = {};
    c.schedule.equilibration_sweeps = 100;
    c.schedule.measured_sweeps = 4000;
    const OwnedCrystal owned(c.physics, false);
    EquilibriumChain chain = make_chain(owned, c);
    const Record record = run_to_end(chain);
    const auto value = [&](const std::string& name) { return record.values[column(name)]; };
    ASSERT_LT(value("f_U"), 1e-4) << "another case is needed";
    const std::string sum = plane ? "f_S" : "f_C";
    EXPECT_GT(value(sum), 0.05);
    EXPECT_NEAR(value(sum), 1 - value("f_0") - value("f_U"), 1e-12);
    EXPECT_NEAR(value(sum + "_err"), value("f_0_err"), 0.01 * value("f_0_err"));
    double apart = 0;
    for (const char* part : {"f_S1_err", "f_S2_err", "f_Cx_err", "f_Cy_err", "f_Cz_err"})
      if (!std::isnan(value(part))) apart += value(part) * value(part);
    EXPECT_GT(std::fabs(std::sqrt(apart) - value(sum + "_err")), 0.05 * value(sum + "_err"));
  }
}

TEST(Equilibrium, CountsPicksOfLikeOccupantsAsAttempts) {
  ChainCase c = small_case("", hexagon(6));
  c.physics.temperature = 1e12;  // every swap of unlike occupants is accepted
  c.physics.composition = 0.25;
  c.schedule.measured_sweeps = 2000;
  c.schedule.phases_every = 500;
  c.schedule.areas_every = 0;
  c.schedule.snapshot_sweeps = {};
  const OwnedCrystal owned(c.physics);
  EquilibriumChain chain = make_chain(owned, c);
  const auto n = static_cast<double>(owned.lattice().core.size());
  const auto a = static_cast<double>(count_a(chain.sigma()));
  const double expected = 2 * a * (n - a) / (n * (n - 1));
  const double attempts = 2000 * n;
  EXPECT_NEAR(run_to_end(chain).values[column("acceptance")], expected,
              5 * std::sqrt(expected * (1 - expected) / attempts));
}

TEST(Equilibrium, ReportsTheAutocorrelationTimeInSweeps) {
  ChainCase c = small_case("", hexagon(5));
  c.physics.temperature = 1e12;
  c.schedule.measured_sweeps = 20000;
  c.schedule.phases_every = 10;  // samples ten sweeps apart are uncorrelated: half a sample is five sweeps
  c.schedule.areas_every = 0;
  c.schedule.snapshot_sweeps = {};
  const OwnedCrystal owned(c.physics);
  EquilibriumChain chain = make_chain(owned, c);
  EXPECT_NEAR(run_to_end(chain).values[column("tau_int")], 5.0, 1.5);
}

// ---- starts

TEST(Equilibrium, TakesCompositionsAsTheDecimalsTheyAreWrittenAs) {
  ChainCase c = small_case("", box(2, 5, 10));
  c.physics.interaction = {0, 0};
  c.schedule.snapshot_sweeps = {};
  const OwnedCrystal owned(c.physics);
  for (int percent = 0; percent <= 100; ++percent) {
    c.physics.composition = percent / 100.0;
    EXPECT_EQ(count_a(make_chain(owned, c).sigma()), static_cast<std::size_t>(percent));
  }
  c.physics.composition = 0.299;
  EXPECT_EQ(count_a(make_chain(owned, c).sigma()), 29U);
}

TEST(Equilibrium, StartsFromAnyCoreConfigurationWithEqualProbability) {
  ChainCase c = small_case("", hexagon(2, 1));
  c.physics.interaction = {0, 0};
  c.physics.composition = 3.0 / 7.0;
  c.schedule.snapshot_sweeps = {};
  const OwnedCrystal owned(c.physics);
  constexpr int starts = 7000;
  std::map<Occupation, int> counts;
  for (std::uint64_t replica = 0; replica < starts; ++replica) ++counts[make_chain(owned, c, replica).sigma()];
  ASSERT_EQ(counts.size(), 35U);
  double chi_squared = 0;
  for (const auto& [sigma, count] : counts) chi_squared += std::pow(count - starts / 35.0, 2) / (starts / 35.0);
  EXPECT_LT(chi_squared, 65.25);  // 34 degrees of freedom, 0.1 %
}

TEST(Equilibrium, StartsFromOneKindWhereItIsOpen) {
  ChainCase c = small_case("", hexagon(3, 1));
  c.physics.ensemble = Ensemble::semigrand;
  const OwnedCrystal owned(c.physics);
  for (const auto& [start, a_sites] :
       {std::pair{Start::all_a, std::size_t{19}}, std::pair{Start::all_b, std::size_t{0}},
        std::pair{Start::random, std::size_t{9}}}) {
    c.physics.start = start;
    EXPECT_EQ(count_a(make_chain(owned, c).sigma()), a_sites);
  }
}

TEST(Equilibrium, StartsSegregatedAlongTheLongestAxis) {
  for (const Cell& size : {Cell{2, 3, 6}, Cell{2, 6, 3}, Cell{6, 2, 3}}) {
    ChainCase c = small_case("", box(size[0], size[1], size[2], 1));
    c.physics.interaction = {0, 0};
    c.physics.start = Start::segregated;
    c.schedule.snapshot_sweeps = {};
    const OwnedCrystal owned(c.physics);
    const auto axis = static_cast<std::size_t>(std::max_element(size.begin(), size.end()) - size.begin());
    const Occupation sigma = make_chain(owned, c).sigma();
    for (const Site i : owned.lattice().core) {
      const int plane = owned.lattice().cell[static_cast<std::size_t>(i)][axis];
      EXPECT_EQ(sigma[static_cast<std::size_t>(i)] > 0, plane < 4);  // planes 1 to 3 of a core that spans 1 to 6
    }
  }
}

TEST(Equilibrium, StartsSegregatedInAHexagonWithOneStraightBoundary) {
  ChainCase c = small_case("", hexagon(8, 1));
  c.physics.start = Start::segregated;
  c.physics.interaction = {0, 0};
  const OwnedCrystal owned(c.physics);
  const Occupation sigma = make_chain(owned, c).sigma();
  double largest_a = -1e9;
  double smallest_b = 1e9;
  for (const Site i : owned.lattice().core) {
    const double x = owned.lattice().position[static_cast<std::size_t>(i)][0];
    if (sigma[static_cast<std::size_t>(i)] > 0) {
      largest_a = std::max(largest_a, x);
    } else {
      smallest_b = std::min(smallest_b, x);
    }
  }
  EXPECT_LE(largest_a, smallest_b);
}

// ---- where nothing can move

TEST(Equilibrium, EndsQuietlyWhereNothingCanMove) {
  ChainCase lonely = small_case("", hexagon(1, 2));
  ChainCase all_a = small_case("", hexagon(3, 1));
  all_a.physics.composition = 1;
  ChainCase all_b = small_case("", hexagon(3, 1));
  all_b.physics.composition = 0;
  for (const ChainCase& c : {lonely, all_a, all_b}) {
    const OwnedCrystal owned(c.physics, true);
    EquilibriumChain chain = make_chain(owned, c);
    const Occupation start = chain.sigma();
    EXPECT_EQ(chain.advance(1000), 50U);
    ASSERT_TRUE(chain.finished());
    EXPECT_EQ(chain.sigma(), start);
    EXPECT_EQ(chain.record().values[column("acceptance")], 0.0);
    EXPECT_EQ(chain.record().values.size(), record_shape(c.physics, c.schedule).values);
  }
}

TEST(Equilibrium, LeavesNumbersThatDoNotExistAsNaN) {
  ChainCase c = small_case("", hexagon(3, 1));
  c.schedule.measured_sweeps = 0;
  c.schedule.snapshot_sweeps = {};
  const OwnedCrystal owned(c.physics);
  EquilibriumChain chain = make_chain(owned, c);
  for (const double value : run_to_end(chain).values) EXPECT_TRUE(std::isnan(value));
}

// ---- wrong states

TEST(Equilibrium, RefusesAStateThatIsNotItsOwnAndStaysAsItWas) {
  const ChainCase c = small_case("", hexagon(3, 1));
  const OwnedCrystal owned(c.physics);
  EquilibriumChain chain = make_chain(owned, c);
  chain.advance(20);
  const std::vector<std::byte> saved = chain.save();
  ChainCase more_often = c;
  more_often.schedule.areas_every = 2;
  ChainCase too_short = c;
  too_short.schedule.measured_sweeps = 9;
  EquilibriumChain other_schedule = make_chain(owned, more_often);
  EquilibriumChain ends_earlier = make_chain(owned, too_short);
  EquilibriumChain other_stream = make_chain(owned, c, 22);
  EXPECT_THROW(other_schedule.load(saved), std::runtime_error);
  EXPECT_THROW(ends_earlier.load(saved), std::runtime_error);
  EXPECT_THROW(other_stream.load(saved), std::runtime_error);
  for (std::size_t length = 0; length < saved.size(); ++length) {
    EXPECT_THROW(chain.load(std::span(saved).first(length)), std::runtime_error);
  }
  EXPECT_EQ(chain.save(), saved);
  const std::vector<std::uint8_t> says_too_much(16, 1);
  EXPECT_THROW(chain.continue_from(says_too_much, {}), std::runtime_error);
  EXPECT_THROW(chain.continue_from({}, {}), std::runtime_error);
  EXPECT_EQ(chain.save(), saved);
}

TEST(Equilibrium, RefusesAStateWithMeasurementsThatAreInfinite) {
  ChainCase c = small_case("", hexagon(3, 1));
  c.schedule.samples.at_most = 0;
  const OwnedCrystal owned(c.physics);
  EquilibriumChain chain = make_chain(owned, c);
  run_to_end(chain);
  const std::vector<std::byte> saved = chain.save();
  std::vector<std::byte> infinite = saved;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  std::memcpy(infinite.data() + infinite.size() - sizeof infinity, &infinity,
              sizeof infinity);  // the last sum of its last series
  EXPECT_THAT([&] { chain.load(infinite); },
              ::testing::ThrowsMessage<std::runtime_error>(::testing::HasSubstr("damaged checkpoint")));
  EXPECT_EQ(chain.save(), saved);
}

TEST(Equilibrium, ResultsThatAreNotFiniteAreNoResults) {
  ChainCase c = small_case("Overflow", hexagon(4));
  c.physics.interaction = {.elastic = 0, .ising = 1e308};  // far beyond what a campaign may say
  const OwnedCrystal owned(c.physics);
  EquilibriumChain chain(owned.crystal(), c.physics, c.schedule, replica_stream(1));
  EXPECT_THAT([&] { chain.advance(1000); }, ::testing::ThrowsMessage<std::runtime_error>(::testing::HasSubstr(
                                                "inf: numbers of this job leave the range of double precision")));

  c.physics.interaction.ising = 1e160;  // energies are finite, the scatter of their squares is not
  EquilibriumChain wide(owned.crystal(), c.physics, c.schedule, replica_stream(1));
  EXPECT_THAT([&] { wide.advance(1000); },
              ::testing::ThrowsMessage<std::runtime_error>(::testing::HasSubstr("the square of energy")));
}

}  // namespace
}  // namespace nxmc
