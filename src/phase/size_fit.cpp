#include "nxmc/phase/size_fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "nxmc/lattice/lattice.hpp"
#include "nxmc/statistics/line_fit.hpp"

namespace nxmc {
namespace {

/// Chance alone gives larger chi^2 so rarely that the form is not believed.
constexpr double least_probability = 0.01;
constexpr double errors_of_trends = 2;

constexpr std::array numbers_of_place{SizedNumber::equal_weight, SizedNumber::variance_peak, SizedNumber::equal_height};
constexpr std::array forms_with_limit{SizeForm::inverse_length, SizeForm::inverse_sites};

const Estimate& number_in(const Transition& transition, SizedNumber number) {
  switch (number) {
    case SizedNumber::equal_weight:
      return transition.equal_weight;
    case SizedNumber::equal_height:
      return transition.equal_height;
    case SizedNumber::variance_peak:
      return transition.variance_peak;
    case SizedNumber::peak_height:
      return transition.peak_height;
    case SizedNumber::jump:
      break;
  }
  return transition.jump;
}

/// What a form is linear in.
double abscissa(const LatticeSpec& lattice, SizeForm form) {
  const double sites = count_core_sites(lattice);
  const double length = std::pow(sites, 1.0 / dimension_of(lattice));
  switch (form) {
    case SizeForm::linear:
      return length;
    case SizeForm::inverse_length:
      return 1 / length;
    case SizeForm::inverse_sites:
      return 1 / sites;
    case SizeForm::power:
      break;
  }
  return std::log(sites);
}

bool has_error(const Estimate& estimate, SizeForm form) {
  return std::isfinite(estimate.mean) && std::isfinite(estimate.error) && estimate.error > 0 &&
         (form != SizeForm::power || estimate.mean > 0);
}

std::optional<SizeFit> fit_sizes(std::span<const JudgedTransition> sizes, SizedNumber number, SizeForm form) {
  SizeFit fit{.number = number, .form = form, .sizes = {}};
  std::vector<MeasuredPoint> points;
  for (std::size_t k = 0; k < sizes.size(); ++k) {
    const Estimate& value = number_in(sizes[k].transition, number);
    if (!has_error(value, form)) continue;
    fit.sizes.push_back(k);
    const double x = abscissa(sizes[k].lattice, form);
    points.push_back(form == SizeForm::power ? MeasuredPoint{x, {std::log(value.mean), value.error / value.mean}}
                                             : MeasuredPoint{x, value});
  }
  if (points.size() < 2) return std::nullopt;
  const LineFit line = fit_line(points);
  fit.a = line.offset;
  if (form == SizeForm::power) fit.a = {std::exp(line.offset.mean), std::exp(line.offset.mean) * line.offset.error};
  fit.b = line.slope;
  fit.degrees_of_freedom = line.degrees_of_freedom;
  if (fit.degrees_of_freedom == 0) return fit;
  fit.chi_square = line.chi_square;
  fit.probability = probability_of_chi_square(line.chi_square, line.degrees_of_freedom);
  fit.judgement = fit.probability < least_probability ? FitJudgement::rejected : FitJudgement::described;
  return fit;
}

std::vector<SizeFit> fits_of_place(std::span<const JudgedTransition> sizes, SizedNumber number) {
  std::vector<SizeFit> fits;
  const std::optional<SizeFit> line = fit_sizes(sizes, number, SizeForm::linear);
  if (!line) return fits;
  fits.push_back(*line);
  if (line->degrees_of_freedom == 0) return fits;
  for (const SizeForm form : forms_with_limit) fits.push_back(*fit_sizes(sizes, number, form));
  SizeFit& likeliest = *std::ranges::min_element(fits, {}, &SizeFit::chi_square);
  if (likeliest.judgement == FitJudgement::described) likeliest.judgement = FitJudgement::best;
  return fits;
}

const SizeFit* find_fit(std::span<const SizeFit> fits, SizedNumber number, SizeForm form) {
  const auto found =
      std::ranges::find_if(fits, [&](const SizeFit& fit) { return fit.number == number && fit.form == form; });
  return found == fits.end() ? nullptr : &*found;
}

const SizeFit* line_of_most_sizes(std::span<const SizeFit> fits) {
  const SizeFit* chosen = nullptr;
  for (const SizedNumber number : numbers_of_place) {
    const SizeFit* line = find_fit(fits, number, SizeForm::linear);
    if (line != nullptr && (chosen == nullptr || line->sizes.size() > chosen->sizes.size())) chosen = line;
  }
  return chosen;
}

PlaceTrend trend_of(const SizeFit& line, const SizeFit& limit) {
  const bool grows = line.judgement != FitJudgement::rejected;
  const bool approaches = limit.judgement != FitJudgement::rejected;
  if (grows && approaches) return PlaceTrend::undecided;
  if (grows) return PlaceTrend::grows;
  return approaches ? PlaceTrend::approaches : PlaceTrend::neither;
}

bool may_be_at_least(double bound, const Estimate& exponent) {
  return exponent.mean + errors_of_trends * exponent.error >= bound;
}

FluctuationTrend trend_of(const SizeFit& height, const SizeFit* jump) {
  if (height.judgement == FitJudgement::rejected) return FluctuationTrend::no_power;
  const bool may_stay = may_be_at_least(0, height.b);
  const bool may_be_independent = height.b.mean - errors_of_trends * height.b.error <= -1;
  if (may_stay && may_be_independent) return FluctuationTrend::undecided;
  if (may_be_independent) return FluctuationTrend::independent;
  const bool jump_stays = jump == nullptr || may_be_at_least(0, jump->b);
  return may_stay && jump_stays ? FluctuationTrend::first_order : FluctuationTrend::between;
}

}  // namespace

std::string name_of(SizedNumber number, OrderParameter of) {
  if (number == SizedNumber::jump) return fmt::format("jump_{}", to_string(of));
  constexpr std::array<std::string_view, 4> names{"equal_weight", "equal_height", "variance_peak", "peak_height"};
  return std::string(names.at(static_cast<std::size_t>(number)));
}

std::string_view to_string(SizeForm form) {
  constexpr std::array<std::string_view, 4> words{"a+b*L", "a+b/L", "a+b/N", "a*N^b"};
  return words.at(static_cast<std::size_t>(form));
}

std::string_view to_string(FitJudgement judgement) {
  constexpr std::array<std::string_view, 4> words{"untested", "rejected", "described", "best"};
  return words.at(static_cast<std::size_t>(judgement));
}

std::vector<SizeFit> fits_of_sizes(std::span<const JudgedTransition> sizes) {
  std::vector<SizeFit> fits;
  for (const SizedNumber number : numbers_of_place) {
    const std::vector<SizeFit> of_place = fits_of_place(sizes, number);
    fits.insert(fits.end(), of_place.begin(), of_place.end());
  }
  for (const SizedNumber number : {SizedNumber::peak_height, SizedNumber::jump})
    if (const std::optional<SizeFit> fit = fit_sizes(sizes, number, SizeForm::power)) fits.push_back(*fit);
  return fits;
}

std::optional<TrendOfPlace> trend_of_place(std::span<const SizeFit> fits) {
  const SizeFit* line = line_of_most_sizes(fits);
  if (line == nullptr) return std::nullopt;
  TrendOfPlace trend{.trend = PlaceTrend::untested, .line = line, .limit = nullptr};
  if (line->degrees_of_freedom == 0) return trend;
  for (const SizeForm form : forms_with_limit) {
    const SizeFit* fit = find_fit(fits, line->number, form);
    if (fit == nullptr) continue;
    if (trend.limit == nullptr || fit->chi_square < trend.limit->chi_square) trend.limit = fit;
  }
  if (trend.limit != nullptr) trend.trend = trend_of(*line, *trend.limit);
  return trend;
}

std::optional<TrendOfFluctuations> trend_of_fluctuations(std::span<const SizeFit> fits) {
  const SizeFit* height = find_fit(fits, SizedNumber::peak_height, SizeForm::power);
  if (height == nullptr) return std::nullopt;
  const SizeFit* jump = find_fit(fits, SizedNumber::jump, SizeForm::power);
  return TrendOfFluctuations{.trend = trend_of(*height, jump), .height = height, .jump = jump};
}

}  // namespace nxmc
