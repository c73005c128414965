#include "pattern_tables.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

namespace nxmc {
namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

/// Which pattern a row belongs to.
using Owners = std::vector<const ComputedPattern*>;

class Builder {
 public:
  /// \param of  one pattern for each row
  explicit Builder(const Owners& of) {
    table_.rows = of.size();
    const auto label = [&](const char* name, const char* unit, const char* meaning, auto value) {
      std::vector<double> values;
      for (const ComputedPattern* pattern : of) values.push_back(value(*pattern));
      reals(name, unit, meaning, std::move(values), Role::label);
    };
    std::vector<std::string> scans;
    std::vector<std::string> jobs;
    for (const ComputedPattern* pattern : of) {
      scans.push_back(pattern->of.scan);
      jobs.push_back(pattern->of.job);
    }
    words("scan", "of the job", std::move(scans));
    words("job", "the first of those whose configurations are averaged", std::move(jobs));
    label("frame", "1", "of the file", [](const auto& one) { return one.of.frame; });
    label("time", "1", "of the snapshots", [](const auto& one) { return one.of.time; });
    label("sweep", "1", "of the snapshots", [](const auto& one) { return one.of.sweep; });
    label("shell_fraction", "1", "of the volume of a sphere", [](const auto& one) { return one.of.shell_fraction; });
    label("fraction_B", "1", "of all sites", [](const auto& one) { return one.of.fraction_B; });
    label("configurations", "1", "that are averaged", [](const auto& one) { return one.configurations; });
    label("atoms", "1", "of a configuration", [](const auto& one) { return one.pattern.atoms; });
  }

  void reals(const std::string& name, const char* unit, const char* meaning, std::vector<double> values,
             Role role = Role::observable, bool on_request = false) {
    table_.columns.push_back({name, unit, role, std::move(values), meaning, on_request});
  }
  void words(const char* name, const char* meaning, std::vector<std::string> values) {
    table_.columns.push_back({name, "", Role::label, std::move(values), meaning});
  }
  Table build() && { return std::move(table_); }

 private:
  Table table_;
};

Owners one_row_each(const ComputedPatterns& patterns) {
  Owners owners;
  for (const ComputedPattern& pattern : patterns.all) owners.push_back(&pattern);
  return owners;
}

double relative_error_at(const Pattern& pattern, double q) {
  const auto k = static_cast<std::size_t>(std::lround((q - pattern.grid.first) / pattern.grid.step));
  return pattern.error[k] / pattern.intensity[k];
}

double ratio(const Peak& first, const Peak& second) {
  return first.maximum && second.maximum ? first.maximum->intensity / second.maximum->intensity : missing;
}

double ratio_of_areas(const Peak& first, const Peak& second) {
  return first.shape && second.shape ? first.shape->area / second.shape->area : missing;
}

/// What is told of a peak: name, unit, meaning, and value.
struct PeakColumn {
  const char* name;
  const char* unit;
  const char* meaning;
  double (*value)(const Peak&);
};
const std::vector<PeakColumn>& peak_columns() {
  static const std::vector<PeakColumn> columns{
      {"q_max", "1/angstrom", "where the pattern is highest near the reflection",
       [](const Peak& peak) { return peak.maximum ? peak.maximum->q : missing; }},
      {"i_max", "electrons^2", "the pattern there, background included",
       [](const Peak& peak) { return peak.maximum ? peak.maximum->intensity : missing; }},
      {"q", "1/angstrom", "centre of the fitted pseudo-Voigt function",
       [](const Peak& peak) { return peak.shape ? peak.shape->q : missing; }},
      {"height", "electrons^2", "its height over the background",
       [](const Peak& peak) { return peak.shape ? peak.shape->height : missing; }},
      {"width", "1/angstrom", "its full width at half height",
       [](const Peak& peak) { return peak.shape ? peak.shape->width : missing; }},
      {"area", "electrons^2/angstrom", "its area",
       [](const Peak& peak) { return peak.shape ? peak.shape->area : missing; }},
      {"eta", "1", "0: Gauss, 1: Lorentz", [](const Peak& peak) { return peak.shape ? peak.shape->eta : missing; }},
      {"misfit", "1", "root mean square of pattern - fit over the height",
       [](const Peak& peak) { return peak.shape ? peak.shape->misfit : missing; }}};
  return columns;
}

/// Rows for each point of a grid of each pattern.
Owners rows_of_grid(const ComputedPatterns& patterns, std::size_t points) {
  Owners owners;
  for (const ComputedPattern& pattern : patterns.all) owners.insert(owners.end(), points, &pattern);
  return owners;
}

std::vector<double> joined(const ComputedPatterns& patterns,
                           const std::vector<double>& (*values)(const ComputedPattern&)) {
  std::vector<double> all;
  for (const ComputedPattern& pattern : patterns.all) {
    const std::vector<double>& own = values(pattern);
    all.insert(all.end(), own.begin(), own.end());
  }
  return all;
}

/// As people write it: 0.68, not the sum of its steps.
double without_rounding_errors(double value) { return std::round(value * 1e12) / 1e12; }

std::vector<double> grid_of_q(const ComputedPatterns& patterns) {
  std::vector<double> q;
  if (patterns.all.empty()) return q;
  const QGrid& grid = patterns.all.front().pattern.grid;
  for (std::size_t k = 0; k < grid.points; ++k) q.push_back(without_rounding_errors(grid.at(k)));
  return q;
}

std::vector<double> grid_of_r(const ComputedPatterns& patterns) {
  std::vector<double> r;
  for (std::size_t k = 0; k < patterns.distances.points; ++k)
    r.push_back(without_rounding_errors(patterns.distances.at(k)));
  return r;
}

std::vector<double> repeated(const std::vector<double>& values, std::size_t times) {
  std::vector<double> all;
  for (std::size_t k = 0; k < times; ++k) all.insert(all.end(), values.begin(), values.end());
  return all;
}

/// What there is of each pattern along Q or r: name, unit, meaning, and values.
struct Curve {
  const char* name;
  const char* unit;
  const char* meaning;
  const std::vector<double>& (*values)(const ComputedPattern&);
};
const std::vector<Curve>& curves_over_q() {
  static const std::vector<Curve> curves{
      {"intensity", "electrons^2", "I(Q)", [](const ComputedPattern& one) -> const auto& {return one.pattern.intensity;
}
}  // namespace
, {"self", "electrons^2", "of uncorrelated atoms, sum of f^2",
   [](const ComputedPattern& one) -> const auto& {return one.pattern.self;
}  // namespace nxmc
}
, {"binning_error", "electrons^2", "that bins of distances can have made at most",
   [](const ComputedPattern& one) -> const auto& {return one.pattern.error;
}
}
, {
  "s", "1", "total scattering structure function S(Q)", [](const ComputedPattern& one) -> const auto& {
    return one.structure_function;
  }
}
}
;
return curves;
}
const std::vector<Curve>& curves_over_r() {
  static const std::vector<Curve> curves{{"radial", "1/angstrom",
                                          "radial distribution function R(r), weighted with numbers of electrons",
                                          [](const ComputedPattern& one) -> const auto& {return one.radial;
}
}
, {
  "g", "1/angstrom^2", "reduced pair distribution function G(r), from S(Q) between the ends of Q",
      [](const ComputedPattern& one) -> const auto& {
    return one.reduced;
  }
}
}
;
return curves;
}

}  // namespace

Table table_of_peaks(const ComputedPatterns& patterns) {
  Owners owners;
  std::vector<std::string> names;
  for (const ComputedPattern& pattern : patterns.all) {
    for (const Peak& peak : pattern.peaks) {
      owners.push_back(&pattern);
      names.push_back(name_of(peak.reflection));
    }
  }
  Builder builder(owners);
  builder.words("reflection", "hkl of the cubic cell", std::move(names));
  for (const PeakColumn& column : peak_columns()) {
    std::vector<double> values;
    for (const ComputedPattern& pattern : patterns.all)
      for (const Peak& peak : pattern.peaks) values.push_back(column.value(peak));
    builder.reals(column.name, column.unit, column.meaning, std::move(values));
  }
  std::vector<double> errors;
  for (const ComputedPattern& pattern : patterns.all)
    for (const Peak& peak : pattern.peaks)
      errors.push_back(peak.maximum ? relative_error_at(pattern.pattern, peak.maximum->q) : missing);
  builder.reals("binning_error", "1", "that bins of distances can have made at most, of i_max", std::move(errors));
  return std::move(builder).build();
}

Table table_of_courses(const ComputedPatterns& patterns) {
  Builder builder(one_row_each(patterns));
  const std::vector<Reflection>& reflections = patterns.reflections;
  const auto add = [&](const std::string& name, const char* unit, const char* meaning, bool on_request, auto value) {
    std::vector<double> values;
    for (const ComputedPattern& pattern : patterns.all) values.push_back(value(pattern));
    builder.reals(name, unit, meaning, std::move(values), Role::observable, on_request);
  };
  if (reflections.size() >= 2) {
    add("i_111_200", "1", "ratio of i_max of (111) and (200)", false,
        [](const auto& one) { return ratio(one.peaks[0], one.peaks[1]); });
    add("area_111_200", "1", "ratio of their areas", false,
        [](const auto& one) { return ratio_of_areas(one.peaks[0], one.peaks[1]); });
  }
  constexpr std::size_t shown = 4;  // without being asked for
  for (const PeakColumn& column : peak_columns()) {
    const bool on_request = std::string(column.name) != "q_max" && std::string(column.name) != "width";
    for (std::size_t k = 0; k < reflections.size(); ++k)
      add(std::string(column.name) + "_" + name_of(reflections[k]), column.unit, column.meaning,
          on_request || k >= shown, [&](const auto& one) { return column.value(one.peaks[k]); });
  }
  return std::move(builder).build();
}

Table table_of_intensities(const ComputedPatterns& patterns) {
  const std::vector<double> q = grid_of_q(patterns);
  Builder builder(rows_of_grid(patterns, q.size()));
  builder.reals("q", "1/angstrom", "4 pi sin(theta) / lambda", repeated(q, patterns.all.size()), Role::label);
  for (const Curve& curve : curves_over_q())
    builder.reals(curve.name, curve.unit, curve.meaning, joined(patterns, curve.values));
  return std::move(builder).build();
}

Table table_of_distributions(const ComputedPatterns& patterns) {
  const std::vector<double> r = grid_of_r(patterns);
  Builder builder(rows_of_grid(patterns, r.size()));
  builder.reals("r", "angstrom", "distance of two atoms", repeated(r, patterns.all.size()), Role::label);
  for (const Curve& curve : curves_over_r())
    builder.reals(curve.name, curve.unit, curve.meaning, joined(patterns, curve.values));
  return std::move(builder).build();
}

std::vector<DataArray> arrays_of(const ComputedPatterns& patterns) {
  std::vector<DataArray> arrays;
  const std::vector<double> q = grid_of_q(patterns);
  const std::vector<double> r = grid_of_r(patterns);
  arrays.push_back({"/q", "1/angstrom", "4 pi sin(theta) / lambda", {q.size()}, q});
  arrays.push_back({"/r", "angstrom", "distance of two atoms", {r.size()}, r});
  const auto add = [&](const std::vector<Curve>& curves, std::size_t points) {
    for (const Curve& curve : curves)
      arrays.push_back({std::string("/") + curve.name,
                        curve.unit,
                        curve.meaning,
                        {patterns.all.size(), points},
                        joined(patterns, curve.values)});
  };
  add(curves_over_q(), q.size());
  add(curves_over_r(), r.size());
  const Table courses = without_empty_columns(table_of_courses(patterns));
  for (const TableColumn& column : courses.columns) {
    const std::string unit = column.unit.empty() ? "1" : column.unit;
    arrays.push_back({"/pattern/" + column.name, unit, column.description, {courses.rows}, column.values});
  }
  return arrays;
}

}  // namespace nxmc
