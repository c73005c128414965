// Exactness of kernels in storage, reading, symmetry and rounding; behaviour of the displacement solver.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>
#include <utility>

#include "nxmc/elastic/displacements.hpp"
#include "nxmc/elastic/kernel.hpp"

namespace nxmc {
namespace {

std::size_t at(Site i) { return static_cast<std::size_t>(i); }

const KernelSpec hexagon{{"hexagon", {4, 0, 0}, 1}, 10};
const KernelSpec cube{{"box", {3, 3, 3}, 1}, 10};

/// Every kind of symmetry, both forms of V.
std::vector<KernelSpec> crystals() {
  return {hexagon,
          cube,
          {hexagon.lattice, 10, false},
          {cube.lattice, 10, false},
          {{"hexagon", {5, 0, 0}, 0}, 1},
          {{"box", {4, 4, 4}, 0}, 1},
          {{"box", {2, 2, 5}, 1}, 0.7},
          {{"box", {3, 5, 3}, 0}, 1, false},
          {{"box", {2, 3, 4}, 0}, 1},
          {{"box", {2, 3, 12}, 0}, 1},  // rows are read in long runs, forwards and backwards
          {{"box", {2, 2, 10}, 1}, 3}};
}

/// The same kernel read from storage of the other form than the one of its size.
struct ReducedView {
  explicit ReducedView(const OwnedKernel& owned)
      : storage(owned.reduced().rows.size()), kernel(owned.lattice(), owned.orbits(), storage) {
    Kernel::store(owned.reduced().rows, owned.lattice(), owned.orbits(), storage);
  }
  std::vector<double> storage;
  Kernel kernel;
};

Site last_site(const OwnedKernel& owned) { return static_cast<Site>(owned.lattice().sites()) - 1; }

std::string error_of(double shell_stiffness) {
  try {
    build_kernel(make_lattice(hexagon.lattice), {hexagon.lattice, shell_stiffness});
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "no error";
}

TEST(Kernel, IsSymmetricToTheBitUnderEveryOperationAndTransposition) {
  for (const KernelSpec& spec : crystals()) {
    const OwnedKernel owned(spec);
    const Kernel& V = owned.kernel();
    for (Site i = 0; i <= last_site(owned); ++i) {
      for (Site j = 0; j <= last_site(owned); ++j) {
        ASSERT_EQ(V.entry(i, j), V.entry(j, i)) << size_name(spec.lattice) << ": " << i << ", " << j;
        for (const std::vector<Site>& g : owned.lattice().symmetry)
          ASSERT_EQ(V.entry(g[at(i)], g[at(j)]), V.entry(i, j));
      }
    }
  }
}

TEST(Kernel, EntriesAreMultiplesOfTheGrid) {
  for (const KernelSpec& spec : crystals()) {
    const OwnedKernel owned(spec);
    for (const double value : owned.reduced().rows) {
      const double multiple = std::ldexp(value, owned.reduced().grid);
      ASSERT_EQ(multiple, std::round(multiple));
    }
  }
}

TEST(Kernel, FieldsAreTheSameBitsInAnyOrderOfSummation) {
  for (const KernelSpec& spec : crystals()) {
    const OwnedKernel owned(spec);
    std::vector<Site> sites(owned.lattice().sites());
    for (std::size_t i = 0; i < sites.size(); ++i) sites[i] = static_cast<Site>(i);
    std::mt19937 random(7);
    std::vector<double> sigma(sites.size());
    for (double& s : sigma) s = random() % 2 == 0 ? 1 : -1;
    const auto field = [&] {
      std::vector<double> phi(sites.size());
      for (const Site i : sites) owned.kernel().add_row(sigma[at(i)], i, phi);
      return phi;
    };
    const std::vector<double> phi = field();
    for (int shuffles = 0; shuffles < 5; ++shuffles) {
      std::shuffle(sites.begin(), sites.end(), random);
      EXPECT_EQ(field(), phi);
    }
  }
}

TEST(Kernel, FullAndReducedStorageReadTheSameBits) {
  for (const KernelSpec& spec : crystals()) {
    const OwnedKernel owned(spec);
    const ReducedView reduced(owned);
    for (Site i = 0; i <= last_site(owned); ++i) {
      std::vector<double> phi(owned.lattice().sites(), 1.5);
      std::vector<double> phi_reduced = phi;
      owned.kernel().add_row(-2, i, phi);
      reduced.kernel.add_row(-2, i, phi_reduced);
      ASSERT_EQ(phi, phi_reduced);
      owned.kernel().add_difference(2, i, last_site(owned) - i, phi);
      reduced.kernel.add_difference(2, i, last_site(owned) - i, phi_reduced);
      ASSERT_EQ(phi, phi_reduced);
      for (Site j = 0; j <= last_site(owned); ++j) ASSERT_EQ(owned.kernel().entry(i, j), reduced.kernel.entry(i, j));
    }
    EXPECT_EQ(owned.kernel().diagonal(), reduced.kernel.diagonal());
    EXPECT_EQ(owned.kernel().row_sums(), reduced.kernel.row_sums());
  }
}

TEST(Kernel, RowsAreMadeOfEntries) {
  const OwnedKernel owned(cube);
  const Kernel& V = owned.kernel();
  const std::vector<double> diagonal = V.diagonal();
  for (Site i = 0; i <= last_site(owned); ++i) {
    EXPECT_EQ(diagonal[at(i)], V.entry(i, i));
    std::vector<double> row(V.sites(), 1);
    V.add_row(2, i, row);
    std::vector<double> difference(V.sites(), 1);
    V.add_difference(-2, i, 0, difference);
    for (Site j = 0; j <= last_site(owned); ++j) {
      EXPECT_EQ(row[at(j)], 1 + 2 * V.entry(i, j));
      EXPECT_EQ(difference[at(j)], 1 - 2 * (V.entry(i, j) - V.entry(0, j)));
    }
  }
}

TEST(Kernel, SmallCrystalsAreStoredInFullAndLargeOnesReduced) {
  for (const auto& [spec, full] : {std::pair{LatticeSpec{"hexagon", {30, 0, 0}, 1}, true},      // N = 2791
                                   std::pair{LatticeSpec{"hexagon", {31, 0, 0}, 1}, false}}) {  // N = 2977
    const Lattice lattice = make_lattice(spec);
    const Orbits orbits = find_orbits(lattice);
    const std::size_t n = lattice.sites();
    EXPECT_EQ(Kernel::storage_size(lattice, orbits), (full ? n : orbits.representative.size()) * n);
  }
}

TEST(Kernel, PredictedBytesAreThoseOfTheStorage) {
  for (const LatticeSpec& spec : {LatticeSpec{"hexagon", {31, 0, 0}, 0}, LatticeSpec{"hexagon", {31, 0, 0}, 1},
                                  LatticeSpec{"box", {14, 14, 14}, 1}, LatticeSpec{"box", {12, 12, 50}, 0}}) {
    const Lattice lattice = make_lattice(spec);
    const std::size_t size = Kernel::storage_size(lattice, find_orbits(lattice));
    EXPECT_EQ(kernel_bytes({spec, 10}), static_cast<double>(size * sizeof(double)));
  }
}

TEST(Kernel, PredictionsOfAbsurdSizesDoNotOverflow) {
  const LatticeSpec spec{"box", {1000000000, 1000000000, 1000000000}, 1};
  EXPECT_GT(kernel_bytes({spec, 10}), 1e50);
  EXPECT_GT(kernel_build_bytes({spec, 10}), 1e30);
  EXPECT_GT(DisplacementSolver::bytes(spec), 1e30);
}

TEST(Kernel, A40CubeFitsInto20GiB) {
  const KernelSpec spec{{"box", {38, 38, 38}, 1}, 10};
  EXPECT_LT(kernel_bytes(spec) + kernel_build_bytes(spec), 20.0 * 1024 * 1024 * 1024);
}

TEST(Kernel, IsTheSameWhereverItsRowsAreKept) {
  const Lattice lattice = make_lattice(cube.lattice);
  const ReducedKernel expected = build_kernel(lattice, cube);
  // What was there before does not matter, nor does the alignment.
  std::vector<double> storage(expected.rows.size() + 1, 7.0);
  const std::span<double> rows = std::span(storage).subspan(1);
  EXPECT_EQ(build_kernel(lattice, find_orbits(lattice), cube, rows), expected.grid);
  EXPECT_TRUE(std::ranges::equal(rows, expected.rows));
}

TEST(Kernel, DoesNotDependOnWhatElseIsComputed) {
  const Lattice lattice = make_lattice(cube.lattice);
  const ReducedKernel alone = build_kernel(lattice, cube);
  build_kernel(lattice, {cube.lattice, 3});
  build_kernel(make_lattice(hexagon.lattice), hexagon);
  const ReducedKernel again = build_kernel(lattice, cube);
  EXPECT_EQ(alone.rows, again.rows);
  EXPECT_EQ(alone.grid, again.grid);
}

TEST(Kernel, RefusesAShellWithoutStiffness) {
  EXPECT_EQ(error_of(0), "shell_stiffness 0: must be positive and finite, or the shell has no shape");
  EXPECT_EQ(error_of(-1), "shell_stiffness -1: must be positive and finite, or the shell has no shape");
  EXPECT_EQ(error_of(std::numeric_limits<double>::infinity()),
            "shell_stiffness inf: must be positive and finite, or the shell has no shape");
  EXPECT_THROW(build_kernel(make_lattice(cube.lattice), {cube.lattice, std::nan("")}), std::invalid_argument);
}

TEST(Kernel, SaysWhenTheMatrixIsSingularInDoublePrecision) {
  EXPECT_THROW(build_kernel(make_lattice(hexagon.lattice), {hexagon.lattice, 1e-300}), std::runtime_error);
}

std::vector<std::int8_t> striped(std::size_t sites) {
  std::vector<std::int8_t> sigma(sites);
  for (std::size_t i = 0; i < sites; ++i) sigma[i] = i % 5 < 2 ? std::int8_t{1} : std::int8_t{-1};
  return sigma;
}

TEST(Displacements, AreTheSameBitsEachTimeAndInEachSolver) {
  const Lattice lattice = make_lattice(cube.lattice);
  const auto sigma = striped(lattice.sites());
  const DisplacementSolver solver(lattice, 10);
  const std::vector<double> u = solver.solve(sigma);
  solver.solve(std::vector<std::int8_t>(lattice.sites(), 1));
  EXPECT_EQ(solver.solve(sigma), u);
  EXPECT_EQ(DisplacementSolver(lattice, 10).solve(sigma), u);
}

/// Configurations one after the other, as bits.
std::vector<std::uint8_t> packed(const std::vector<std::vector<std::int8_t>>& configurations) {
  std::vector<std::uint8_t> bits;
  for (const auto& sigma : configurations) {
    const std::size_t first = bits.size();
    bits.resize(first + (sigma.size() + 7) / 8);
    for (std::size_t i = 0; i < sigma.size(); ++i)
      if (sigma[i] > 0) bits[first + i / 8] = static_cast<std::uint8_t>(bits[first + i / 8] | 1U << (i % 8));
  }
  return bits;
}

std::vector<std::vector<std::int8_t>> random_configurations(std::size_t count, std::size_t sites) {
  std::mt19937_64 engine(count);
  std::vector<std::vector<std::int8_t>> configurations(count, std::vector<std::int8_t>(sites));
  for (auto& sigma : configurations) {
    std::bernoulli_distribution is_a(std::uniform_real_distribution<double>(0, 1)(engine));
    for (std::int8_t& occupant : sigma) occupant = is_a(engine) ? std::int8_t{1} : std::int8_t{-1};
  }
  configurations.front().assign(sites, 1);
  return configurations;
}

/// Displacements of each of them, taken out of its lane.
std::vector<std::vector<double>> solved_side_by_side(const DisplacementSolver& solver,
                                                     const std::vector<std::vector<std::int8_t>>& configurations) {
  std::vector<std::vector<double>> all;
  solver.solve(packed(configurations), [&](const DisplacementLanes& some) {
    EXPECT_EQ(some.first, all.size());
    EXPECT_LE(some.count, some.lanes);
    for (std::size_t lane = 0; lane < some.count; ++lane) {
      std::vector<double>& u = all.emplace_back();
      for (std::size_t k = lane; k < some.u.size(); k += some.lanes) u.push_back(some.u[k]);
    }
  });
  return all;
}

TEST(Displacements, SideBySideAreThoseOfEachAloneToTheBit) {
  std::vector<KernelSpec> specs = crystals();
  specs.push_back({{"hexagon", {10, 0, 0}, 0}, 1});
  specs.push_back({{"box", {6, 6, 7}, 1}, 10});  // with more entries than are gone through at a time
  specs.push_back({{"triangle", {2, 0, 0}, 0}, 1});
  specs.push_back({.lattice = {"box", {4, 4, 4}, 0, Boundary::periodic}});
  for (const KernelSpec& spec : specs) {
    SCOPED_TRACE(lattice_word(spec.lattice) + " " + size_name(spec.lattice));
    const Lattice lattice = make_lattice(spec.lattice);
    const DisplacementSolver solver(lattice, spec.shell_stiffness);
    for (const std::size_t count : {1, 2, 7, 8, 9, 16, 17, 24, 63, 64, 65, 130}) {
      const auto configurations = random_configurations(count, lattice.sites());
      const std::vector<std::vector<double>> found = solved_side_by_side(solver, configurations);
      ASSERT_EQ(found.size(), count);
      for (std::size_t k = 0; k < count; ++k)
        EXPECT_EQ(found[k], solver.solve(configurations[k])) << k << " of " << count;
    }
  }
}

TEST(Displacements, SideBySideAreThoseOfEachAloneByConjugateGradients) {
  const Lattice lattice = make_lattice(cube.lattice);
  const DisplacementSolver solver(lattice, 10, default_mismatch, DisplacementMethod::conjugate_gradients);
  EXPECT_EQ(solver.at_a_time(), 1U);
  const auto configurations = random_configurations(3, lattice.sites());
  const std::vector<std::vector<double>> found = solved_side_by_side(solver, configurations);
  ASSERT_EQ(found.size(), 3U);
  for (std::size_t k = 0; k < found.size(); ++k) EXPECT_EQ(found[k], solver.solve(configurations[k]));
}

TEST(Displacements, OfNoConfigurationAreNone) {
  const Lattice lattice = make_lattice(cube.lattice);
  const DisplacementSolver solver(lattice, 10);
  EXPECT_GT(solver.at_a_time(), 1U);
  EXPECT_TRUE(solved_side_by_side(solver, {}).empty());
}

TEST(Displacements, AreTheSameByConjugateGradients) {
  for (const KernelSpec& spec : {hexagon, cube, KernelSpec{.lattice = {"box", {3, 3, 9}, 1}, .shell_stiffness = 10}}) {
    const Lattice lattice = make_lattice(spec.lattice);
    const auto sigma = striped(lattice.sites());
    const DisplacementSolver gradients(lattice, 10, default_mismatch, DisplacementMethod::conjugate_gradients);
    const std::vector<double> u = gradients.solve(sigma);
    const std::vector<double> expected =
        DisplacementSolver(lattice, 10, default_mismatch, DisplacementMethod::factor).solve(sigma);
    ASSERT_EQ(u.size(), expected.size());
    for (std::size_t k = 0; k < u.size(); ++k) EXPECT_NEAR(u[k], expected[k], 1e-11);
    gradients.solve(std::vector<std::int8_t>(lattice.sites(), 1));
    EXPECT_EQ(gradients.solve(sigma), u) << "to the bit, whatever was solved before";
  }
}

TEST(Displacements, OfLargeCrystalsDoNotNeedTheMemoryOfAFactor) {
  EXPECT_EQ(displacement_method({"box", {13, 13, 13}, 1}), DisplacementMethod::factor);
  EXPECT_EQ(displacement_method({"hexagon", {100, 0, 0}, 1}), DisplacementMethod::factor);
  const LatticeSpec large{"box", {40, 40, 40}, 1};
  EXPECT_EQ(displacement_method(large), DisplacementMethod::conjugate_gradients);
  EXPECT_LT(DisplacementSolver::bytes(large), displacement_factor_bytes(large) / 5);
}

TEST(Displacements, AreZeroForUniformComposition) {
  for (const KernelSpec& spec : {hexagon, cube}) {
    const Lattice lattice = make_lattice(spec.lattice);
    const std::vector<double> u = DisplacementSolver(lattice, 10).solve(std::vector<std::int8_t>(lattice.sites(), -1));
    ASSERT_EQ(u.size(), lattice.sites() * static_cast<std::size_t>(lattice.dimension));
    EXPECT_THAT(u, testing::Each(0.0));
  }
}

TEST(Displacements, AreProportionalToTheMismatch) {
  const Lattice lattice = make_lattice(hexagon.lattice);
  const auto sigma = striped(lattice.sites());
  const std::vector<double> u = DisplacementSolver(lattice, 10, 0.1).solve(sigma);
  const std::vector<double> doubled = DisplacementSolver(lattice, 10, 0.2).solve(sigma);
  for (std::size_t k = 0; k < u.size(); ++k) EXPECT_DOUBLE_EQ(doubled[k], 2 * u[k]);
}

// One large atom at the centre pushes its neighbours outwards.
TEST(Displacements, PointAwayFromALargeAtom) {
  const Lattice lattice = make_lattice({"hexagon", {5, 0, 0}, 0});
  std::vector<std::int8_t> sigma(lattice.sites(), -1);
  const Site centre = static_cast<Site>(lattice.sites() / 2);
  sigma[at(centre)] = 1;
  const std::vector<double> u = DisplacementSolver(lattice, 1).solve(sigma);
  for (std::size_t k = 0; k < lattice.direction.size(); ++k) {
    const Site j = lattice.neighbours(centre)[k];
    double outwards = 0;
    for (std::size_t x = 0; x < 2; ++x) {
      outwards += lattice.direction[k][x] * (u[2 * at(j) + x] - u[2 * at(centre) + x]);
    }
    EXPECT_GT(outwards, 0.01);
  }
}

TEST(Displacements, SolversCanBeMoved) {
  const Lattice lattice = make_lattice(hexagon.lattice);
  DisplacementSolver solver(lattice, 10);
  const std::vector<double> u = solver.solve(striped(lattice.sites()));
  const DisplacementSolver moved = std::move(solver);
  EXPECT_EQ(moved.solve(striped(lattice.sites())), u);
}

}  // namespace
}  // namespace nxmc
