// See translation.hpp.
#include "translation.hpp"

#include <algorithm>
#include <limits>

namespace nxmc {

namespace {

std::vector<std::size_t> places_of(const std::vector<std::string>& names, const std::vector<std::string>& stored) {
  std::vector<std::size_t> places;
  for (const std::string& name : names) {
    const auto found = std::ranges::find(stored, name);
    if (found == stored.end()) return {};
    places.push_back(static_cast<std::size_t>(found - stored.begin()));
  }
  return places;
}

}  // namespace

ColumnTranslation::ColumnTranslation(const std::vector<std::string>& stored, std::span<const Quantity> present)
    : stored_(stored.size()), identity_(std::ranges::equal(stored, present, {}, {}, &Quantity::name)) {
  for (const Quantity& quantity : present) {
    std::vector<std::size_t> itself = places_of({quantity.name}, stored);
    sources_.push_back(itself.empty() ? places_of(quantity.parts, stored) : std::move(itself));
  }
}

std::vector<double> ColumnTranslation::operator()(std::span<const double> values) const {
  const std::size_t rows = stored_ == 0 ? 0 : values.size() / stored_;
  std::vector<double> translated;
  translated.reserve(rows * sources_.size());
  for (std::size_t row = 0; row < rows; ++row) {
    const std::span<const double> cells = values.subspan(row * stored_, stored_);
    for (const std::vector<std::size_t>& sources : sources_) {
      double sum = sources.empty() ? std::numeric_limits<double>::quiet_NaN() : cells[sources.front()];
      for (std::size_t k = 1; k < sources.size(); ++k) sum += cells[sources[k]];
      translated.push_back(sum);
    }
  }
  return translated;
}

}  // namespace nxmc
