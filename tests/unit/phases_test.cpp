// Local phases against a literal reading of their rules, areas against strains computed by hand, composition profiles.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "crystals_of_all_shapes.hpp"
#include "nxmc/lattice/lattice.hpp"
#include "nxmc/observe/phases.hpp"

namespace nxmc {
namespace {

using Occupants = std::vector<std::int8_t>;
using Matrix3 = std::array<Vector3, 3>;

Lattice hexagon(int n, int shell_layers = 0) { return make_lattice({"hexagon", {n, 0, 0}, shell_layers}); }
Lattice box(int nx, int ny, int nz, int shell_layers = 0) { return make_lattice({"box", {nx, ny, nz}, shell_layers}); }

Occupants uniform_crystal(const Lattice& lattice, std::int8_t occupant) {
  Occupants sigma(lattice.sites(), occupant);
  return sigma;
}

Occupants random_crystal(const Lattice& lattice, double fraction_of_a, std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::bernoulli_distribution is_a(fraction_of_a);
  Occupants sigma(lattice.sites());
  for (std::int8_t& occupant : sigma) occupant = is_a(engine) ? std::int8_t{1} : std::int8_t{-1};
  return sigma;
}

/// The rules of Eq. 13 as they are written down, for a ring of neighbours in ring order.
Phase phase_by_the_rules(int centre, const std::array<int, 6>& ring) {
  const int sum = ring[0] + ring[1] + ring[2] + ring[3] + ring[4] + ring[5];
  bool alternating = true;
  for (std::size_t k = 0; k < 6; ++k) alternating = alternating && ring[k] == -ring[(k + 1) % 6];
  int s = 0;
  if (sum == -6) s = centre == -1 ? -2 : -1;
  if (sum == +6) s = centre == +1 ? +2 : +1;
  if (alternating) s = centre == -1 ? -1 : +1;
  switch (s) {
    case +2:
      return Phase::U1;
    case +1:
      return Phase::S1;
    case -1:
      return Phase::S2;
    case -2:
      return Phase::U2;
    default:
      return Phase::none;
  }
}

/// Neighbours in ring order, found from positions alone: by the angle of the bond.
std::array<Site, 6> ring_by_angle(const Lattice& lattice, Site i) {
  const Vector3& centre = lattice.position[static_cast<std::size_t>(i)];
  const auto angle = [&](Site j) {
    const Vector3& p = lattice.position[static_cast<std::size_t>(j)];
    return std::atan2(p[1] - centre[1], p[0] - centre[0]);
  };
  std::vector<Site> ring;
  for (std::size_t j = 0; j < lattice.sites(); ++j) {
    const double distance = std::hypot(lattice.position[j][0] - centre[0], lattice.position[j][1] - centre[1]);
    if (std::abs(distance - 1) < 1e-6) ring.push_back(static_cast<Site>(j));
  }
  std::ranges::sort(ring, {}, angle);
  std::array<Site, 6> result{};
  EXPECT_EQ(ring.size(), result.size());
  std::ranges::copy_n(ring.begin(), 6, result.begin());
  return result;
}

Site centre_of(const Lattice& lattice) {
  return static_cast<Site>(std::ranges::max_element(lattice.layer) - lattice.layer.begin());
}

PhaseFractions count_by_the_rules(const Lattice& lattice, const Occupants& sigma, std::span<const Site> observed) {
  std::array<int, 5> count{};
  for (const Site i : observed) {
    std::array<int, 6> ring{};
    std::ranges::transform(ring_by_angle(lattice, i), ring.begin(),
                           [&](Site j) { return sigma[static_cast<std::size_t>(j)]; });
    ++count[static_cast<std::size_t>(phase_by_the_rules(sigma[static_cast<std::size_t>(i)], ring))];
  }
  PhaseFractions fractions;
  for (std::size_t phase = 0; phase < count.size(); ++phase) {
    fractions.f[phase] = static_cast<double>(count[phase]) / static_cast<double>(observed.size());
  }
  return fractions;
}

/// Three-sublattice colouring: neighbours have different colours.
int colour(const Lattice& lattice, std::size_t i) {
  const double row = lattice.position[i][1] / (std::sqrt(3.0) / 2);
  const long y = std::lround(row);
  const long x = std::lround(lattice.position[i][0] - 0.5 * row);
  return static_cast<int>((((x - y) % 3) + 3) % 3);
}

/// Displacements u = G x of a homogeneous deformation with gradient G.
std::vector<double> homogeneous(const Lattice& lattice, const Matrix3& gradient) {
  std::vector<double> u;
  for (const Vector3& x : lattice.position) {
    for (std::size_t row = 0; row < static_cast<std::size_t>(lattice.dimension); ++row) {
      u.push_back(gradient[row][0] * x[0] + gradient[row][1] * x[1] + gradient[row][2] * x[2]);
    }
  }
  return u;
}

std::vector<Site> all_sites(const Lattice& lattice) {
  std::vector<Site> sites(lattice.sites());
  for (std::size_t i = 0; i < sites.size(); ++i) sites[i] = static_cast<Site>(i);
  return sites;
}

TEST(Phases, AllRingPatternsFollowTheRules) {
  const Lattice lattice = hexagon(2);
  const Site centre = centre_of(lattice);
  const std::array<Site, 6> ring_sites = ring_by_angle(lattice, centre);
  std::array<int, 5> seen{};
  for (unsigned pattern = 0; pattern < 128; ++pattern) {
    const auto occupant = [&](unsigned bit) { return (pattern >> bit) % 2 == 1 ? 1 : -1; };
    Occupants sigma = uniform_crystal(lattice, 1);
    std::array<int, 6> ring{};
    for (unsigned k = 0; k < 6; ++k) {
      ring[k] = occupant(k);
      sigma[static_cast<std::size_t>(ring_sites[k])] = static_cast<std::int8_t>(occupant(k));
    }
    sigma[static_cast<std::size_t>(centre)] = static_cast<std::int8_t>(occupant(6));

    const Phase phase = local_phase(lattice, sigma, centre);
    EXPECT_EQ(phase, phase_by_the_rules(occupant(6), ring)) << "pattern " << pattern;
    ++seen[static_cast<std::size_t>(phase)];
  }
  EXPECT_EQ(seen, (std::array{1, 3, 120, 3, 1}));
}

TEST(Phases, FractionsInTheHexagonAreCountsByTheRules) {
  const Lattice lattice = hexagon(5, 1);
  for (const double c : {0.1, 0.33, 0.5, 0.67, 0.9}) {
    for (const auto& observed : {interior_of_crystal(lattice), interior_of_core(lattice)}) {
      const Occupants sigma = random_crystal(lattice, c, 17);
      EXPECT_EQ(phase_fractions(lattice, sigma, observed), count_by_the_rules(lattice, sigma, observed));
    }
  }
}

TEST(Phases, HoneycombOrderIsOneSuperlattice) {
  // One B in three, on one sublattice: B sits in rings of A and A in alternating rings, all of it S1; the inverse is
  // S2.
  const Lattice lattice = hexagon(6);
  Occupants sigma = uniform_crystal(lattice, 1);
  for (std::size_t i = 0; i < sigma.size(); ++i) {
    if (colour(lattice, i) == 0) sigma[i] = -1;
  }
  const std::vector<Site> observed = interior_of_crystal(lattice);
  EXPECT_EQ(phase_fractions(lattice, sigma, observed).of(Phase::S1), 1);
  std::ranges::transform(sigma, sigma.begin(), [](std::int8_t s) { return static_cast<std::int8_t>(-s); });
  EXPECT_EQ(phase_fractions(lattice, sigma, observed).of(Phase::S2), 1);
}

TEST(Phases, UniformCrystalsAreUnited) {
  for (const Lattice& lattice : {hexagon(4), box(4, 5, 6)}) {
    const std::vector<Site> observed = interior_of_crystal(lattice);
    EXPECT_EQ(phase_fractions(lattice, uniform_crystal(lattice, 1), observed).of(Phase::U1), 1);
    EXPECT_EQ(phase_fractions(lattice, uniform_crystal(lattice, -1), observed).of(Phase::U2), 1);
    EXPECT_EQ(phase_fractions(lattice, uniform_crystal(lattice, -1), observed).united(), 1);
  }
}

/// NaN, which equals nothing, as a word.
std::map<std::string, std::string> shown_columns(const PhaseFractions& fractions, int dimension) {
  std::map<std::string, std::string> shown;
  const std::vector<double> values = values_of_columns(fractions, dimension);
  for (std::size_t k = 0; k < values.size(); ++k)
    shown[fraction_columns()[k].name] = std::isnan(values[k]) ? "-" : std::to_string(values[k]).substr(0, 5);
  return shown;
}

TEST(Phases, EachDimensionHasItsOwnColumns) {
  using Columns = std::map<std::string, std::string>;
  const PhaseFractions plane{{0.125, 0.25, 0.375, 0.125, 0.125, 0, 0, 0}};
  EXPECT_EQ(shown_columns(plane, 2), (Columns{{"f_U1", "0.125"},
                                              {"f_S1", "0.250"},
                                              {"f_0", "0.375"},
                                              {"f_S2", "0.125"},
                                              {"f_U2", "0.125"},
                                              {"f_U", "0.250"},
                                              {"f_S", "0.375"},
                                              {"f_Cx", "-"},
                                              {"f_Cy", "-"},
                                              {"f_Cz", "-"},
                                              {"f_C", "-"}}));
  const PhaseFractions solid{{0.125, 0, 0.25, 0, 0.125, 0.25, 0.125, 0.125}};
  EXPECT_EQ(shown_columns(solid, 3), (Columns{{"f_U1", "0.125"},
                                              {"f_S1", "-"},
                                              {"f_0", "0.250"},
                                              {"f_S2", "-"},
                                              {"f_U2", "0.125"},
                                              {"f_U", "0.250"},
                                              {"f_S", "-"},
                                              {"f_Cx", "0.250"},
                                              {"f_Cy", "0.125"},
                                              {"f_Cz", "0.125"},
                                              {"f_C", "0.500"}}));
}

/// The rule as it is stated, from distances alone: the two nearest neighbours along one axis are like the site, the
/// four across are unlike; or all within sqrt(2) are like it.
Phase phase_in_space_by_the_rules(const Lattice& lattice, const Occupants& sigma, Site i) {
  const Vector3& centre = lattice.position[static_cast<std::size_t>(i)];
  const std::int8_t own = sigma[static_cast<std::size_t>(i)];
  std::array<int, 3> like_along{};
  int like = 0;
  for (std::size_t j = 0; j < lattice.sites(); ++j) {
    Vector3 r{};
    for (std::size_t x = 0; x < 3; ++x) r[x] = lattice.position[j][x] - centre[x];
    const double square = r[0] * r[0] + r[1] * r[1] + r[2] * r[2];
    if (square < 0.5 || square > 2.5 || sigma[j] != own) continue;
    ++like;
    for (std::size_t x = 0; x < 3; ++x)
      if (std::abs(std::abs(r[x]) - 1) < 1e-9 && square < 1.5) ++like_along[x];
  }
  if (like == 18) return own > 0 ? Phase::U1 : Phase::U2;
  if (like_along == std::array{2, 0, 0}) return Phase::Cx;
  if (like_along == std::array{0, 2, 0}) return Phase::Cy;
  if (like_along == std::array{0, 0, 2}) return Phase::Cz;
  return Phase::none;
}

TEST(Phases, ColumnsFollowTheRuleWhateverSurroundsASite) {
  const Lattice lattice = box(5, 6, 5);
  const std::vector<Site> observed = interior_of_crystal(lattice);
  std::map<Phase, int> seen;
  for (const double c : {0.05, 0.3, 0.5, 0.7, 0.95})
    for (unsigned seed = 1; seed <= 40; ++seed) {
      const Occupants sigma = random_crystal(lattice, c, seed);
      for (const Site i : observed) {
        const Phase phase = phase_in_space_by_the_rules(lattice, sigma, i);
        ASSERT_EQ(local_phase(lattice, sigma, i), phase);
        ++seen[phase];
      }
    }
  EXPECT_EQ(seen.size(), 6U) << "U1, U2, columns along three axes, and none";
}

TEST(Phases, RowsThatAlternateLikeAChequerboardAreColumns) {
  const Lattice lattice = box(5, 5, 5, 1);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    Occupants sigma = uniform_crystal(lattice, -1);
    for (std::size_t i = 0; i < sigma.size(); ++i) {
      const Cell& cell = lattice.cell[i];
      if ((cell[(axis + 1) % 3] + cell[(axis + 2) % 3]) % 2 == 0) sigma[i] = 1;
    }
    const std::array along{Phase::Cx, Phase::Cy, Phase::Cz};
    EXPECT_EQ(phase_fractions(lattice, sigma, interior_of_core(lattice)).of(along[axis]), 1);
  }
}

TEST(Phases, InABoxEveryOneOfTheNineteenSitesMatters) {
  const Lattice lattice = box(3, 3, 3);
  const Site centre = centre_of(lattice);
  std::vector<bool> matters(lattice.sites(), false);
  matters[static_cast<std::size_t>(centre)] = true;
  for (const Site j : lattice.neighbours(centre)) matters[static_cast<std::size_t>(j)] = true;
  ASSERT_EQ(std::ranges::count(matters, true), 19);  // the eight corners of the cube do not

  for (const std::int8_t majority : {std::int8_t{1}, std::int8_t{-1}}) {
    const Phase united = majority > 0 ? Phase::U1 : Phase::U2;
    for (std::size_t i = 0; i < lattice.sites(); ++i) {
      Occupants sigma = uniform_crystal(lattice, majority);
      sigma[i] = static_cast<std::int8_t>(-majority);
      EXPECT_EQ(local_phase(lattice, sigma, centre), matters[i] ? Phase::none : united) << "site " << i;
    }
  }
}

TEST(Phases, InteriorLeavesOutTheOutermostLayer) {
  const auto hexagon_sites = [](std::size_t n) { return 3 * n * n - 3 * n + 1; };
  const Lattice lattice = hexagon(6, 2);  // edge 8 in all
  EXPECT_EQ(interior_of_crystal(lattice).size(), hexagon_sites(7));
  EXPECT_EQ(interior_of_core(lattice).size(), hexagon_sites(5));
  EXPECT_EQ(interior_of_crystal(hexagon(6)), interior_of_core(hexagon(6)));
  EXPECT_EQ(interior_of_crystal(box(4, 5, 6, 1)).size(), 4U * 5U * 6U);
  EXPECT_EQ(interior_of_core(box(4, 5, 6, 1)).size(), 2U * 3U * 4U);
  for (const Site i : interior_of_core(lattice)) EXPECT_EQ(lattice.bonds_of(i), lattice.coordination);
}

TEST(Phases, CrystalWithoutInteriorHasNoFractions) {
  const Lattice lattice = box(2, 3, 3);
  const std::vector<Site> observed = interior_of_crystal(lattice);
  ASSERT_TRUE(observed.empty());
  const Occupants sigma = uniform_crystal(lattice, 1);
  for (const double f : phase_fractions(lattice, sigma, observed).f) EXPECT_TRUE(std::isnan(f));
  for (const double f : PhaseCounter(lattice, sigma, observed).fractions().f) EXPECT_TRUE(std::isnan(f));
}

void expect_counter_to_follow(const Lattice& lattice, Occupants sigma, std::span<const Site> observed) {
  PhaseCounter counter(lattice, sigma, observed);
  ASSERT_EQ(counter.fractions(), phase_fractions(lattice, sigma, observed));
  std::mt19937_64 engine(5);
  for (int flips = 1; flips <= 1000; ++flips) {
    const auto i = static_cast<std::size_t>(engine() % lattice.sites());
    sigma[i] = static_cast<std::int8_t>(-sigma[i]);
    counter.flip(static_cast<Site>(i));
    ASSERT_EQ(counter.fractions(), phase_fractions(lattice, sigma, observed)) << flips << " flips";
  }
}

TEST(PhaseCounter, FollowsEveryFlipToTheBit) {
  for (const Lattice& lattice : {hexagon(5, 1), box(4, 4, 5, 1)}) {
    for (const auto& observed : {interior_of_crystal(lattice), interior_of_core(lattice)}) {
      expect_counter_to_follow(lattice, random_crystal(lattice, 0.5, 23), observed);
      // In 3D only crystals that are nearly of one kind have united sites, and columns where some are in rows.
      expect_counter_to_follow(lattice, uniform_crystal(lattice, 1), observed);
      expect_counter_to_follow(lattice, uniform_crystal(lattice, -1), observed);
    }
  }
}

TEST(PhaseCounter, ComesBackWhenTheCrystalDoes) {
  const Lattice lattice = hexagon(6);
  const std::vector<Site> observed = interior_of_crystal(lattice);
  PhaseCounter counter(lattice, uniform_crystal(lattice, 1), observed);
  for (Site i = 0; i < static_cast<Site>(lattice.sites()); ++i) counter.flip(i);
  EXPECT_EQ(counter.fractions().of(Phase::U2), 1);
}

TEST(Areas, RigidTranslationChangesNothing) {
  for (const Lattice& lattice : {hexagon(4), box(3, 4, 2)}) {
    const std::vector<double> u(static_cast<std::size_t>(lattice.dimension) * lattice.sites(), 0.3);
    for (const double deviation : area_deviations(lattice, u, all_sites(lattice))) EXPECT_EQ(deviation, 0);
  }
}

TEST(Areas, SmallRotationEntersInSecondOrder) {
  const double theta = 1e-3;
  const Matrix3 about_z{{{0, -theta, 0}, {theta, 0, 0}, {0, 0, 0}}};
  const Lattice flat = hexagon(4);
  for (const double deviation : area_deviations(flat, homogeneous(flat, about_z), all_sites(flat))) {
    EXPECT_NEAR(deviation, theta * theta, 1e-15);
  }
  // In 3D only the two thirds of the bonds' squares that lie across the axis see it.
  const Lattice solid = box(3, 3, 3);
  const std::vector<Site> centre{centre_of(solid)};
  EXPECT_NEAR(area_deviations(solid, homogeneous(solid, about_z), centre)[0], 2 * theta * theta / 3, 1e-15);
}

TEST(Areas, HomogeneousStrainGivesTheMeanSquareStretch) {
  // With F = 1 + G and all bonds present, the mean over unit vectors of |F d|^2 is tr(F^T F)/dimension.
  const Matrix3 gradient{{{0.02, 0.05, 0}, {-0.01, -0.03, 0}, {0, 0, 0}}};
  const double in_plane = 1.02 * 1.02 + 0.05 * 0.05 + 0.01 * 0.01 + 0.97 * 0.97;
  const Lattice flat = hexagon(4);
  for (const double deviation : area_deviations(flat, homogeneous(flat, gradient), interior_of_crystal(flat))) {
    EXPECT_NEAR(deviation, in_plane / 2 - 1, 1e-14);
  }
  const Lattice solid = box(4, 4, 4);
  for (const double deviation : area_deviations(solid, homogeneous(solid, gradient), interior_of_crystal(solid))) {
    EXPECT_NEAR(deviation, (in_plane + 1) / 3 - 1, 1e-14);
  }
}

TEST(Areas, BoundarySitesAverageOverTheBondsTheyHave) {
  // Corner of a 2 x 2 x 2 box, stretched by s along x. Of its six bonds one lies along x, two (length^2 2) have one
  // step in x.
  const double s = 0.1;
  const Lattice lattice = box(2, 2, 2);
  const std::vector<double> u = homogeneous(lattice, {{{s, 0, 0}, {0, 0, 0}, {0, 0, 0}}});
  const double stretched = (1 + s) * (1 + s);
  const double expected = (stretched + 1 + 1 + 2 * (stretched + 1) / 2 + 1) / 6 - 1;
  for (const double deviation : area_deviations(lattice, u, all_sites(lattice)))
    EXPECT_NEAR(deviation, expected, 1e-14);
}

TEST(Areas, OneDisplacedSiteIsSeenByItselfAndItsNeighbours) {
  const Lattice lattice = hexagon(4);
  const Site centre = centre_of(lattice);
  std::vector<double> u(2 * lattice.sites(), 0.0);
  u[2 * static_cast<std::size_t>(centre)] = 0.1;
  const std::vector<double> deviations = area_deviations(lattice, u, all_sites(lattice));
  EXPECT_NEAR(deviations[static_cast<std::size_t>(centre)], 0.01, 1e-15);  // the first order cancels round the ring
  for (std::size_t k = 0; k < 6; ++k) {
    // Seen from the neighbour along d, the moved site lies along -d.
    const auto j = static_cast<std::size_t>(lattice.neighbours(centre)[k]);
    EXPECT_NEAR(deviations[j], (0.01 - 2 * 0.1 * lattice.direction[k][0]) / 6, 1e-15);
  }
  EXPECT_EQ(std::ranges::count_if(deviations, [](double deviation) { return deviation != 0; }), 7);
}

TEST(Areas, MomentsAreMeanAndMeanSquare) {
  const AreaMoments moments = area_moments(std::array{0.1, -0.3});
  EXPECT_DOUBLE_EQ(moments.mean, -0.1);
  EXPECT_DOUBLE_EQ(moments.mean_square, 0.05);
  EXPECT_DOUBLE_EQ(moments.rms(), std::sqrt(0.05));
  EXPECT_TRUE(std::isnan(area_moments({}).rms()));
}

TEST(Areas, SideBySideAreThoseOfEachAloneToTheBit) {
  std::vector<LatticeSpec> specs = testing_tools::crystals_of_all_shapes();
  specs.push_back({"hexagon", {4, 4, 0}, 0, Boundary::periodic});
  specs.push_back({"box", {4, 3, 4}, 0, Boundary::periodic});
  for (const LatticeSpec& spec : specs) {
    SCOPED_TRACE(lattice_word(spec) + " " + size_name(spec));
    const Lattice lattice = make_lattice(spec);
    const std::size_t length = static_cast<std::size_t>(lattice.dimension) * lattice.sites();
    std::mt19937_64 engine(lattice.sites());
    std::normal_distribution<double> displacement(0, 0.03);
    for (const std::vector<Site>& observed : {all_sites(lattice), interior_of_crystal(lattice)}) {
      for (const std::size_t lanes : {1, 8, 16}) {
        std::vector<double> u(length * lanes);
        for (double& x : u) x = displacement(engine);
        const std::vector<AreaMoments> moments = area_moments_of_lanes(lattice, u, lanes, observed);
        ASSERT_EQ(moments.size(), lanes);
        for (std::size_t lane = 0; lane < lanes; ++lane) {
          std::vector<double> own;
          for (std::size_t k = lane; k < u.size(); k += lanes) own.push_back(u[k]);
          const AreaMoments expected = area_moments(area_deviations(lattice, own, observed));
          EXPECT_EQ(std::isnan(moments[lane].mean), observed.empty());
          if (observed.empty()) continue;
          EXPECT_EQ(moments[lane].mean, expected.mean) << lane;
          EXPECT_EQ(moments[lane].mean_square, expected.mean_square) << lane;
        }
      }
    }
  }
}

TEST(Profile, FollowsTheCompositionAlongZ) {
  const Lattice lattice = box(2, 3, 5);
  Occupants sigma = uniform_crystal(lattice, -1);
  std::vector<double> expected(5);
  for (int plane = 0; plane < 5; ++plane) {
    int left = plane;  // as many A as the plane's number
    for (std::size_t i = 0; i < lattice.sites(); ++i) {
      const bool in_plane = std::lround(lattice.position[i][2] - lattice.position[0][2]) == plane;
      if (in_plane && left-- > 0) sigma[i] = 1;
    }
    expected[static_cast<std::size_t>(plane)] = plane / 6.0;
  }
  EXPECT_EQ(composition_profile(lattice, sigma, false), expected);
}

TEST(Profile, FollowsTheLongestEdgeWhicheverItIs) {
  const Lattice lattice = box(5, 2, 3);
  Occupants sigma = uniform_crystal(lattice, -1);
  for (std::size_t i = 0; i < lattice.sites(); ++i) {
    if (std::lround(lattice.position[i][0] - lattice.position[0][0]) >= 3) sigma[i] = 1;
  }
  EXPECT_EQ(composition_profile(lattice, sigma, false), (std::vector<double>{0, 0, 0, 1, 1}));
  EXPECT_EQ(profile_planes({"box", {2, 5, 5}, 1}, false), 7U);
}

TEST(Profile, OfTheCoreLeavesTheShellOut) {
  const Lattice lattice = box(3, 3, 4, 1);
  Occupants sigma = uniform_crystal(lattice, -1);
  for (const Site i : lattice.core) sigma[static_cast<std::size_t>(i)] = 1;
  EXPECT_EQ(composition_profile(lattice, sigma, true), std::vector<double>(4, 1.0));
  const double diluted = 9.0 / 25.0;
  EXPECT_EQ(composition_profile(lattice, sigma, false), (std::vector{0.0, diluted, diluted, diluted, diluted, 0.0}));
}

TEST(Profile, OfAllShapesCountsEachSiteOnce) {
  for (const LatticeSpec& spec : testing_tools::crystals_of_all_shapes()) {
    const Lattice lattice = make_lattice(spec);
    const Occupants sigma = random_crystal(lattice, 0.4, 3);
    for (const bool core_only : {false, true}) {
      SCOPED_TRACE(testing_tools::name_of_crystal(spec));
      const std::vector<double> profile = composition_profile(lattice, sigma, core_only);
      ASSERT_EQ(profile.size(), profile_planes(spec, core_only));
      if (profile.empty()) continue;
      const Cell planes = count_planes(spec, true);
      const int longest = *std::ranges::max_element(planes);
      const std::size_t axis = planes[2] == longest ? 2 : planes[1] == longest ? 1 : 0;
      std::map<int, std::pair<int, int>> counts;  // A and all, by coordinate
      for (std::size_t i = 0; i < lattice.sites(); ++i) {
        if (core_only && lattice.in_shell(static_cast<Site>(i))) continue;
        auto& [a, all] = counts[lattice.cell[i][axis]];
        a += sigma[i] > 0 ? 1 : 0;
        ++all;
      }
      ASSERT_EQ(counts.size(), profile.size());
      std::size_t plane = 0;
      for (const auto& [coordinate, count] : counts)
        EXPECT_EQ(profile[plane++], static_cast<double>(count.first) / count.second);
    }
  }
}

TEST(Interior, OfAllShapesHasAllNeighboursInTheCore) {
  for (const LatticeSpec& spec : testing_tools::crystals_of_all_shapes()) {
    const Lattice lattice = make_lattice(spec);
    std::vector<Site> inside;
    for (const Site i : lattice.core) {
      const auto bonds = lattice.neighbours(i);
      const auto is_core = [&](Site j) { return std::ranges::binary_search(lattice.core, j); };
      if (std::ranges::all_of(bonds, is_core)) inside.push_back(i);
    }
    EXPECT_EQ(interior_of_core(lattice), inside) << testing_tools::name_of_crystal(spec);
    EXPECT_EQ(static_cast<double>(inside.size()), count_inner_core_sites(spec));
  }
}

TEST(Profile, HasAsManyPlanesAsAnnounced) {
  for (const bool core_only : {false, true}) {
    for (const Lattice& lattice : {hexagon(4, 1), box(3, 3, 4, 2), box(4, 3, 2)}) {
      EXPECT_EQ(composition_profile(lattice, uniform_crystal(lattice, 1), core_only).size(),
                profile_planes(lattice.spec, core_only));
    }
  }
  EXPECT_EQ(profile_planes({"hexagon", {4, 0, 0}, 1}, false), 0U);
  EXPECT_EQ(profile_planes({"box", {3, 3, 4}, 2}, false), 8U);
  EXPECT_EQ(profile_planes({"box", {3, 3, 4}, 2}, true), 4U);
  EXPECT_THROW(profile_planes({"spere", {3, 0, 0}, 0}, true), std::invalid_argument);
}

}  // namespace
}  // namespace nxmc
