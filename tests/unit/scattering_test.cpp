#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <random>
#include <stdexcept>
#include <vector>

#include "nxmc/scattering/debye.hpp"
#include "nxmc/scattering/form_factor.hpp"
#include "nxmc/scattering/pair_distribution.hpp"
#include "nxmc/scattering/pair_histogram.hpp"
#include "nxmc/scattering/reflections.hpp"
#include "nxmc/scattering/unit_cell.hpp"

namespace nxmc {
namespace {

constexpr int sulphur = 16;
constexpr int cadmium = 48;
constexpr int lead = 82;
constexpr UnitCell lead_sulphide{lead, sulphur, CationPlaces::rocksalt, 5.94};
constexpr UnitCell cadmium_sulphide{cadmium, sulphur, CationPlaces::zincblende, 5.81};
constexpr UnitCell rocksalt_cadmium_sulphide{cadmium, sulphur, CationPlaces::rocksalt, 5.81};

PairHistogram histogram_of(const Atoms& atoms, std::size_t threads = 2) {
  PairHistogram histogram;
  histogram.add(atoms, threads);
  return histogram;
}

Pattern pattern_of(const Atoms& atoms, const QGrid& grid, const BeamAndMotion& settings = {}) {
  return debye_pattern(pair_sums(histogram_of(atoms), grid, 2), settings);
}

/// Debye's equation as it is written.
double direct_sum(const Atoms& atoms, double q, const BeamAndMotion& settings = {}) {
  struct Scatterer {
    Position x;
    std::complex<double> f;
    double b;
  };
  std::vector<Scatterer> all;
  for (const auto& [element, positions] : atoms) {
    const auto own = settings.debye_wallers.find(element);
    const double b = own == settings.debye_wallers.end() ? settings.debye_waller : own->second;
    std::complex<double> f = form_factor(element, q);
    if (settings.anomalous) f += anomalous_part(element, settings.wavelength);
    for (const Position& x : positions) all.push_back({x, f, b});
  }
  double sum = 0;
  const double s = q / (4 * std::numbers::pi);
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < all.size(); ++j) {
      if (i == j) {
        sum += std::norm(all[i].f);
        continue;
      }
      const double x = q * std::hypot(all[i].x[0] - all[j].x[0], all[i].x[1] - all[j].x[1], all[i].x[2] - all[j].x[2]);
      sum += std::real(all[i].f * std::conj(all[j].f)) * (x == 0 ? 1 : std::sin(x) / x) *
             std::exp(-(all[i].b + all[j].b) * s * s);
    }
  }
  return sum;
}

Atoms random_atoms() {
  std::mt19937_64 random(5);
  std::uniform_real_distribution<double> place(-15, 15);
  Atoms atoms;
  for (const auto& [element, number] : {std::pair{sulphur, 150}, {cadmium, 80}, {lead, 70}})
    for (int i = 0; i < number; ++i) atoms[element].push_back({place(random), place(random), place(random)});
  return atoms;
}

Atoms rotated(const Atoms& atoms) {
  // About (1, 2, 3) by one radian, then moved.
  const double norm = std::sqrt(14.0);
  const Position n{1 / norm, 2 / norm, 3 / norm};
  const double c = std::cos(1.0);
  const double s = std::sin(1.0);
  Atoms result;
  for (const auto& [element, positions] : atoms) {
    for (const Position& x : positions) {
      const double along = n[0] * x[0] + n[1] * x[1] + n[2] * x[2];
      const Position across{n[1] * x[2] - n[2] * x[1], n[2] * x[0] - n[0] * x[2], n[0] * x[1] - n[1] * x[0]};
      Position y{};
      for (std::size_t k = 0; k < 3; ++k) y[k] = 100 + c * x[k] + s * across[k] + (1 - c) * along * n[k];
      result[element].push_back(y);
    }
  }
  return result;
}

TEST(DebyesEquation, IsTheSumOverAllPairsWithinItsStatedError) {
  const QGrid grid{0, 0.93, 11};
  for (const Atoms& atoms : {random_atoms(), core_shell_sphere(lead_sulphide, cadmium_sulphide, 14, 0.5)}) {
    const Pattern pattern = pattern_of(atoms, grid);
    for (std::size_t k = 0; k < grid.points; ++k) {
      const double exact = direct_sum(atoms, grid.at(k));
      EXPECT_NEAR(pattern.intensity[k], exact, pattern.error[k] + 1e-12 * exact) << grid.at(k);
      EXPECT_LT(pattern.error[k], 1e-3 * pattern.self[k]) << grid.at(k);
    }
  }
}

TEST(DebyesEquation, IsCloserToTheSumThanCentresOfBinsWouldBe) {
  // Multiples of 5.81 angstrom lie at edges of bins: their centres are 0.001 angstrom away, all to one side.
  const Atoms atoms = core_shell_sphere(cadmium_sulphide, cadmium_sulphide, 16, 0);
  const QGrid grid{2.16, 0.001, 1};
  const double exact = direct_sum(atoms, 2.16);
  EXPECT_NEAR(pattern_of(atoms, grid).intensity[0], exact, 1e-6 * exact);
}

TEST(DebyesEquation, OfTwoAtomsIsOneWave) {
  const Atoms atoms{{lead, {{0, 0, 0}}}, {sulphur, {{1, 2, 2}}}};
  const QGrid grid{0.5, 0.25, 40};
  const Pattern pattern = pattern_of(atoms, grid);
  for (std::size_t k = 0; k < grid.points; ++k) {
    const double q = grid.at(k);
    const double f = form_factor(lead, q);
    const double g = form_factor(sulphur, q);
    EXPECT_NEAR(pattern.intensity[k], f * f + g * g + 2 * f * g * std::sin(3 * q) / (3 * q), 1e-4) << q;
  }
}

TEST(DebyesEquation, CountsAllElectronsAtZeroAndScattersFromTheSquareOfTheirNumber) {
  const Atoms atoms = random_atoms();
  const double electrons = 150 * 16 + 80 * 48 + 70 * 82;
  EXPECT_NEAR(pattern_of(atoms, {0, 0.1, 2}).intensity[0], electrons * electrons, 1e-6 * electrons * electrons);
}

TEST(DebyesEquation, DoesNotSeeRotations) {
  const Atoms atoms = core_shell_sphere(lead_sulphide, cadmium_sulphide, 12, 0.4);
  const QGrid grid{0.1, 0.3, 30};
  const Pattern pattern = pattern_of(atoms, grid);
  const Pattern of_rotated = pattern_of(rotated(atoms), grid);
  for (std::size_t k = 0; k < grid.points; ++k)
    EXPECT_NEAR(of_rotated.intensity[k], pattern.intensity[k], pattern.error[k] + of_rotated.error[k]);
}

TEST(DebyesEquation, WeighsAtomsThatMoveAndAbsorb) {
  const Atoms atoms = random_atoms();
  BeamAndMotion settings;
  settings.debye_waller = 1.1;
  settings.debye_wallers = {{sulphur, 0.7}};
  settings.anomalous = true;
  const QGrid grid{0.4, 0.9, 8};
  const Pattern pattern = pattern_of(atoms, grid, settings);
  for (std::size_t k = 0; k < grid.points; ++k) {
    const double exact = direct_sum(atoms, grid.at(k), settings);
    EXPECT_NEAR(pattern.intensity[k], exact, pattern.error[k] + 1e-12 * exact);
  }
}

// Two equal atoms 3 angstrom apart: S - 1 is their wave, as far as motion leaves it.
TEST(StructureFunction, IsDampedByMotion) {
  BeamAndMotion settings;
  settings.debye_waller = 1.1;
  const QGrid grid{0.5, 0.25, 40};
  const std::vector<double> s = structure_function(pattern_of(Atoms{{lead, {{0, 0, 0}, {1, 2, 2}}}}, grid, settings));
  for (std::size_t k = 0; k < grid.points; ++k) {
    const double q = grid.at(k);
    const double wave = std::sin(3 * q) / (3 * q) * std::exp(-2 * 1.1 * std::pow(q / (4 * std::numbers::pi), 2));
    EXPECT_NEAR(s[k], 1 + wave, 1e-7) << q;
  }
}

TEST(DebyesEquation, IsCorrectedByPolarisationAndLorentzFactor) {
  const Atoms atoms{{lead, {{0, 0, 0}}}};
  const double wavelength = 1.5;
  const double theta = 0.4;
  const QGrid grid{4 * std::numbers::pi * std::sin(theta) / wavelength, 0.1, 1};
  const double plain = pattern_of(atoms, grid).intensity[0];
  BeamAndMotion settings;
  settings.wavelength = wavelength;
  settings.correction = Correction::polarisation;
  const double cosine = std::cos(2 * theta);
  EXPECT_NEAR(pattern_of(atoms, grid, settings).intensity[0] / plain, (1 + cosine * cosine) / 2, 1e-12);
  settings.correction = Correction::lorentz_polarisation;
  EXPECT_NEAR(pattern_of(atoms, grid, settings).intensity[0] / plain,
              (1 + cosine * cosine) / (std::sin(theta) * std::sin(theta) * std::cos(theta)), 1e-12);
  EXPECT_THROW(pattern_of(atoms, {8.4, 0.1, 2}, settings), std::invalid_argument);
}

TEST(DebyesEquation, OfSeveralConfigurationsIsTheMeanOfTheirs) {
  const Atoms one = core_shell_sphere(lead_sulphide, cadmium_sulphide, 9, 0);
  const Atoms other = core_shell_sphere(lead_sulphide, cadmium_sulphide, 11, 1);
  PairHistogram both;
  both.add(one, 1);
  both.add(other, 1);
  const QGrid grid{0.2, 0.5, 12};
  const Pattern mean = debye_pattern(pair_sums(both, grid, 1), {});
  const Pattern of_one = pattern_of(one, grid);
  const Pattern of_other = pattern_of(other, grid);
  for (std::size_t k = 0; k < grid.points; ++k) {
    EXPECT_NEAR(mean.intensity[k], (of_one.intensity[k] + of_other.intensity[k]) / 2, 2 * mean.error[k]);
    EXPECT_DOUBLE_EQ(mean.self[k], (of_one.self[k] + of_other.self[k]) / 2);
  }
}

TEST(PairHistogram, IsTheSameForAnyNumberOfThreadsAndAnyOrderOfAtoms) {
  const Atoms atoms = core_shell_sphere(lead_sulphide, cadmium_sulphide, 20, 0.5);
  Atoms reversed = atoms;
  for (auto& [element, positions] : reversed) std::ranges::reverse(positions);
  const QGrid grid{1.5, 0.01, 200};
  const Pattern pattern = debye_pattern(pair_sums(histogram_of(atoms, 1), grid, 1), {});
  for (const std::size_t threads : {1U, 2U, 3U, 7U}) {
    EXPECT_EQ(debye_pattern(pair_sums(histogram_of(reversed, threads), grid, threads), {}).intensity,
              pattern.intensity);
  }
}

TEST(PairHistogram, CountsEachPairOnce) {
  const PairHistogram histogram = histogram_of(random_atoms());
  const auto pairs = [&](int a, int b) {
    double sum = 0;
    for (const DistanceBin& bin : histogram.bins({a, b})) sum += bin.pairs;
    return sum;
  };
  EXPECT_EQ(pairs(sulphur, sulphur), 150 * 149 / 2);
  EXPECT_EQ(pairs(sulphur, lead), 150 * 70);
  EXPECT_EQ(pairs(cadmium, lead), 80 * 70);
}

TEST(PairHistogram, RefusesWhatItCannotCount) {
  PairHistogram histogram;
  EXPECT_THROW(histogram.add({}, 1), std::invalid_argument);
  EXPECT_THROW(histogram.add({{lead, {{0, 0, std::nan("")}}}}, 1), std::invalid_argument);
  EXPECT_THROW(histogram.add({{lead, {{0, 0, 0}, {0, 0, 1e4}}}}, 1), std::invalid_argument);
}

TEST(FormFactor, IsTheNumberOfElectronsAtZeroAndFallsOff) {
  for (const int element : {sulphur, cadmium, lead}) {
    EXPECT_DOUBLE_EQ(form_factor(element, 0), element);
    EXPECT_NEAR(form_factor(element, 1e-9), element, 1e-6);
    EXPECT_LT(form_factor(element, 3), form_factor(element, 2));
  }
  EXPECT_EQ(atomic_number("Cd"), cadmium);
  EXPECT_EQ(atomic_number("Qq"), 0);
  EXPECT_EQ(element_symbol(lead), "Pb");
  EXPECT_GT(anomalous_part(lead, 1.5406).imag(), 0);  // electrons that absorb
  EXPECT_LT(anomalous_part(lead, 1.5406).real(), 0);
}

TEST(UnitCell, HasItsAnionsOnOneLatticeForBothStructures) {
  const auto nearest = [](CationPlaces structure) {
    double least = 10;
    for (const Position& c : cations_of_cell(structure))
      for (const Position& a : anions_of_cell())
        least = std::min(least, std::hypot(c[0] - a[0], c[1] - a[1], c[2] - a[2]));
    return least;
  };
  EXPECT_DOUBLE_EQ(nearest(CationPlaces::rocksalt), 0.5);
  EXPECT_DOUBLE_EQ(nearest(CationPlaces::zincblende), std::sqrt(3) / 4);
}

TEST(CoreShellSphere, HasAsManyAtomsAsItsVolumeHolds) {
  const Atoms sphere = core_shell_sphere(lead_sulphide, cadmium_sulphide, 35, 0.5);
  const double volume = 4 * std::numbers::pi / 3 * 35 * 35 * 35;
  EXPECT_NEAR(static_cast<double>(sphere.at(lead).size()), volume / 2 * 4 / std::pow(5.94, 3), 40);
  EXPECT_NEAR(static_cast<double>(sphere.at(cadmium).size()), volume / 2 * 4 / std::pow(5.81, 3), 60);
}

struct PublishedPeaks {
  const char* name;
  const UnitCell* shell;
  double shell_fraction;
  std::array<double, 3> q;
  double ratio;
};

class SpheresOfNelson : public testing::TestWithParam<PublishedPeaks> {};

/// Computed once by an independent script with bins of 0.002 angstrom and other form factors (Waasmaier and Kirfel):
/// together they change Q by less than 5e-4 and the ratio by less than half a per cent.
TEST_P(SpheresOfNelson, HaveTheirPeaksThere) {
  const PublishedPeaks& published = GetParam();
  const Atoms sphere = core_shell_sphere(lead_sulphide, *published.shell, 35, published.shell_fraction);
  const QGrid grid{1.5, 0.002, 1001};
  const std::vector<Peak> peaks = find_peaks(pattern_of(sphere, grid), fcc_reflections(5.81, 5.94, grid));
  ASSERT_GE(peaks.size(), 3);
  for (std::size_t k = 0; k < 3; ++k) {
    ASSERT_TRUE(peaks[k].maximum);
    EXPECT_NEAR(peaks[k].maximum->q, published.q[k], 5e-4);
  }
  EXPECT_NEAR(peaks[0].maximum->intensity / peaks[1].maximum->intensity, published.ratio, 0.005 * published.ratio);
}

INSTANTIATE_TEST_SUITE_P(
    All, SpheresOfNelson,
    testing::Values(PublishedPeaks{"PbS", &cadmium_sulphide, 0, {1.8311, 2.1142, 2.9910}, 0.936},
                    PublishedPeaks{"CdS", &cadmium_sulphide, 1, {1.8717, 2.1614, 3.0578}, 3.951},
                    PublishedPeaks{"RocksaltCdS", &rocksalt_cadmium_sulphide, 1, {1.8722, 2.1615, 3.0578}, 0.578},
                    PublishedPeaks{"Zincblende20", &cadmium_sulphide, 0.2, {1.8296, 2.1087, 3.0003}, 0.974},
                    PublishedPeaks{"Zincblende50", &cadmium_sulphide, 0.5, {1.8334, 2.0915, 3.0273}, 1.037},
                    PublishedPeaks{"Zincblende90", &cadmium_sulphide, 0.9, {1.8708, 2.0255, 3.0550}, 3.509},
                    PublishedPeaks{"Rocksalt20", &rocksalt_cadmium_sulphide, 0.2, {1.8366, 2.1216, 2.9993}, 0.927},
                    PublishedPeaks{"Rocksalt50", &rocksalt_cadmium_sulphide, 0.5, {1.8503, 2.1394, 3.0263}, 0.870}),
    [](const auto& published) { return published.param.name; });

/// A pattern made of pseudo-Voigt functions over a line.
Pattern made_pattern(const std::vector<PeakShape>& shapes, double background, double slope, const QGrid& grid) {
  Pattern pattern{grid, {}, {}, {}, {}, 1};
  for (std::size_t k = 0; k < grid.points; ++k) {
    double sum = background + slope * grid.at(k);
    for (const PeakShape& shape : shapes) {
      const double x = (grid.at(k) - shape.q) / shape.width;
      sum += shape.height * (shape.eta / (1 + 4 * x * x) + (1 - shape.eta) * std::exp(-4 * std::numbers::ln2 * x * x));
    }
    pattern.intensity.push_back(sum);
  }
  return pattern;
}

TEST(Peaks, AreFoundAgainWithTheirHeightsWidthsAndAreas) {
  const QGrid grid{1.4, 0.004, 501};
  const std::vector<PeakShape> shapes{
      {1.84, 900, 0.09, 0, 0.3, 0}, {2.10, 400, 0.11, 0, 0.6, 0}, {3.0, 700, 0.1, 0, 0, 0}};
  const Pattern pattern = made_pattern(shapes, 120, -15, grid);
  const std::vector<Peak> peaks = find_peaks(pattern, fcc_reflections(5.81, 5.94, grid));
  ASSERT_EQ(peaks.size(), 3);
  for (std::size_t k = 0; k < 3; ++k) {
    ASSERT_TRUE(peaks[k].shape) << k;
    const double tolerance = 2e-3;  // the tails of the others are no straight line
    EXPECT_NEAR(peaks[k].shape->q, shapes[k].q, tolerance * 0.1);
    EXPECT_NEAR(peaks[k].shape->height, shapes[k].height, tolerance * shapes[k].height);
    EXPECT_NEAR(peaks[k].shape->width, shapes[k].width, tolerance * shapes[k].width);
    double area = 0;
    const QGrid wide{-200, 0.01, 40000};
    PeakShape same = *peaks[k].shape;
    for (const double value : made_pattern({same}, 0, 0, wide).intensity) area += value * wide.step;
    EXPECT_NEAR(same.area, area, 2e-3 * area);
  }
}

TEST(Peaks, AreNotInventedWhereThereIsNone) {
  const QGrid grid{1.4, 0.01, 200};
  for (const Peak& peak : find_peaks(made_pattern({}, 100, -20, grid), fcc_reflections(5.81, 5.94, grid))) {
    EXPECT_FALSE(peak.maximum);
    EXPECT_FALSE(peak.shape);
  }
}

TEST(RadialDistribution, CountsNeighbours) {
  // In the bulk of rock salt 6 neighbours of the other kind; a sphere lacks those at its surface.
  const Atoms one_kind = core_shell_sphere({lead, lead, CationPlaces::rocksalt, 6}, {}, 30, 0);
  const DistanceGrid grid{0.1, 100};
  const std::vector<double> radial = radial_distribution(histogram_of(one_kind), grid);
  double neighbours = 0;
  for (std::size_t k = 25; k < 35; ++k) neighbours += radial[k] * grid.step;
  EXPECT_GT(neighbours, 5);
  EXPECT_LT(neighbours, 6);
  const double total = static_cast<double>(number_of_atoms(one_kind)) - 1;
  const DistanceGrid all{0.1, 700};
  double sum = 0;
  for (const double value : radial_distribution(histogram_of(one_kind), all)) sum += value * all.step;
  EXPECT_NEAR(sum, total, 1e-6 * total);
}

TEST(ReducedPairDistribution, IsTheRadialOneOverTheDistanceWhenAllOfQIsThere) {
  // Two atoms at 3 angstrom: 2/pi int Q (S - 1) sin(Qr) dQ = delta(r - 3) / 3, smeared by the end of Q to an area of
  // 1/3.
  const Atoms pair{{lead, {{0, 0, 0}, {3, 0, 0}}}};
  const Pattern pattern = pattern_of(pair, {0, 0.01, 3001});
  for (const QEnd end : {QEnd::sudden, QEnd::lorch}) {
    const DistanceGrid grid{0.01, 600};
    double area = 0;
    const std::vector<double> g = reduced_pair_distribution(pattern, grid, end);
    for (std::size_t k = 0; k < grid.points; ++k)
      if (std::abs(grid.at(k) - 3) < 1.5) area += g[k] * grid.step;
    EXPECT_NEAR(area, 1.0 / 3, 0.01);
    EXPECT_NEAR(grid.at(static_cast<std::size_t>(std::ranges::max_element(g) - g.begin())), 3, 0.02);
  }
}

}  // namespace
}  // namespace nxmc
