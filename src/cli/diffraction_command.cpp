// `nxmc diffraction`: powder patterns of configurations.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "commit.hpp"
#include "nxmc/archive/data_file.hpp"
#include "nxmc/query/print.hpp"
#include "nxmc/scattering/form_factor.hpp"
#include "output.hpp"
#include "pattern_tables.hpp"
#include "picture.hpp"
#include "scatterers.hpp"
#include "version.hpp"

namespace nxmc {
namespace {

std::optional<double> finite_number_in(std::string_view word) {
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

struct Range {
  double from = 0;
  double step = 0;
  std::size_t points = 0;  ///< both ends included
};

/// "1:6:0.005"
Range range_of(const char* option, const std::string& text) {
  constexpr double most_points = 1e6;
  std::array<std::optional<double>, 3> numbers;
  std::string_view rest = text;
  for (std::size_t k = 0; k < 3; ++k) {
    const std::size_t colon = k < 2 ? rest.find(':') : std::string_view::npos;
    numbers[k] = finite_number_in(rest.substr(0, colon));
    rest = colon == std::string_view::npos ? std::string_view() : rest.substr(colon + 1);
  }
  const auto& [from, to, step] = numbers;
  if (!from || !to || !step || *from < 0 || *to <= *from || *step <= 0)
    throw UsageError(
        fmt::format("{}: '{}' is no range of positive numbers; write from:to:step, as in 1:6:0.005", option, text));
  const double steps = (*to - *from) / *step;
  if (steps > most_points) throw UsageError(fmt::format("{}: '{}' has more than {} points", option, text, most_points));
  return {*from, *step, static_cast<std::size_t>(std::floor(steps * (1 + 1e-12))) + 1};
}

QGrid q_grid_of(const DiffractionArguments& arguments) {
  const Range range = range_of("--q", arguments.q);
  return {range.from, range.step, range.points};
}

DistanceGrid r_grid_of(const DiffractionArguments& arguments) {
  const Range range = range_of("--r", arguments.r);
  if (range.from != 0) throw UsageError(fmt::format("--r: '{}' must begin with 0", arguments.r));
  if (range.step < PairHistogram::bin_width)
    throw UsageError(fmt::format("--r: steps below {} angstrom, the width of the bins of distances, tell nothing",
                                 PairHistogram::bin_width));
  return {range.step, range.points - 1};
}

/// "1.2" of all elements, "Pb=1.3" of one.
void read_debye_waller(const std::string& text, BeamAndMotion& settings) {
  const std::size_t equals = text.find('=');
  const std::optional<double> b =
      finite_number_in(std::string_view(text).substr(equals == std::string::npos ? 0 : equals + 1));
  const int element = equals == std::string::npos ? 0 : atomic_number(text.substr(0, equals));
  if (!b || *b < 0 || (equals != std::string::npos && element == 0))
    throw UsageError(fmt::format("--debye-waller: '{}' is no B in square angstrom; write 1.0, or Pb=1.3", text));
  if (element == 0)
    settings.debye_waller = *b;
  else
    settings.debye_wallers[element] = *b;
}

BeamAndMotion beam_of(const DiffractionArguments& arguments) {
  BeamAndMotion settings;
  if (!(arguments.wavelength > 0) || !std::isfinite(arguments.wavelength))
    throw UsageError(fmt::format("--wavelength: must be a positive number of angstrom, not {}", arguments.wavelength));
  settings.wavelength = arguments.wavelength;
  if (arguments.correction == "polarisation") settings.correction = Correction::polarisation;
  if (arguments.correction == "lorentz-polarisation") settings.correction = Correction::lorentz_polarisation;
  settings.anomalous = arguments.anomalous;
  for (const std::string& text : arguments.debye_waller) read_debye_waller(text, settings);
  return settings;
}

/// Where results go.
enum class Target { rows_to_stdout, rows_to_file, data_file, picture };

Target target_of(const std::string& output) {
  if (output.empty()) return Target::rows_to_stdout;
  const std::string ending = ending_of(output);
  if (ending == ".h5" || ending == ".hdf5") return Target::data_file;
  if (ending == ".png" || ending == ".pdf" || ending == ".svg") return Target::picture;
  return Target::rows_to_file;
}

/// Where to look for reflections: nowhere if no cell is known.
std::vector<Reflection> reflections_of(const std::vector<UnitCell>& cells, const QGrid& grid) {
  if (cells.empty()) return {};
  const auto [smallest, largest] = std::ranges::minmax(cells, {}, &UnitCell::edge);
  return fcc_reflections(smallest.edge, largest.edge, grid);
}

ComputedPattern compute(Scatterer&& scatterer, const QGrid& grid, const DistanceGrid& distances,
                        const BeamAndMotion& settings, QEnd end, const std::vector<Reflection>& reflections,
                        std::size_t threads) {
  ComputedPattern computed;
  const PairSums sums = pair_sums(scatterer.pairs, grid, threads);
  computed.configurations = static_cast<double>(scatterer.pairs.configurations());
  computed.pattern = debye_pattern(sums, settings);
  computed.peaks = find_peaks(computed.pattern, reflections);
  BeamAndMotion uncorrected = settings;
  uncorrected.correction = Correction::none;
  const Pattern plain = debye_pattern(sums, uncorrected);
  computed.structure_function = structure_function(plain);
  computed.radial = radial_distribution(scatterer.pairs, distances);
  computed.reduced = reduced_pair_distribution(plain, distances, end);
  computed.of = std::move(scatterer);
  computed.of.pairs = {};
  return computed;
}

ComputedPatterns compute_all(const Scatterers& scatterers, const DiffractionArguments& arguments, std::size_t threads) {
  const QGrid grid = q_grid_of(arguments);
  const BeamAndMotion settings = beam_of(arguments);
  const QEnd end = arguments.window == "none" ? QEnd::sudden : QEnd::lorch;
  ComputedPatterns patterns{reflections_of(scatterers.cells, grid), r_grid_of(arguments)};
  const auto as_usage = [](const auto& what) {
    try {
      what();
    } catch (const std::invalid_argument& error) {
      throw UsageError(fmt::format("diffraction: {}", error.what()));
    }
  };
  // Q that the wavelength does not reach, no atoms reach either: that is told before pairs are counted for minutes.
  as_usage([&] { debye_pattern(PairSums{grid, 1, {}, {}, {}}, settings); });
  scatterers.visit([&](Scatterer&& scatterer) {
    as_usage([&] {
      patterns.all.push_back(
          compute(std::move(scatterer), grid, patterns.distances, settings, end, patterns.reflections, threads));
    });
  });
  return patterns;
}

std::string shown_by(const DiffractionArguments& arguments, const Scatterers& scatterers) {
  if (arguments.show.empty()) return scatterers.cells.empty() ? "pattern" : "peaks";
  if (scatterers.cells.empty() && (arguments.show == "peaks" || arguments.show == "course"))
    throw UsageError(
        fmt::format("--show {}: say with --material near which lattice constants reflections are, or ask "
                    "for the pattern",
                    arguments.show));
  return arguments.show;
}

Table table_of(const ComputedPatterns& patterns, const std::string& shown) {
  if (shown == "peaks") return table_of_peaks(patterns);
  if (shown == "course") return table_of_courses(patterns);
  if (shown == "pattern") return table_of_intensities(patterns);
  return table_of_distributions(patterns);
}

/// Columns that are asked for; else those that this kind of pattern has.
Table chosen(const Table& table, const DiffractionArguments& arguments) {
  if (!arguments.columns.empty()) return select_columns(table, arguments.columns);
  return without_empty_columns(without_columns_on_request(table));
}

std::vector<std::pair<std::string, std::string>> attributes_of(const DiffractionArguments& arguments,
                                                               const Scatterers& scatterers) {
  std::vector<std::pair<std::string, std::string>> attributes{
      {"program", fmt::format("nxmc {} (git {})", program_version, commit_of_program())},
      {"description", "powder patterns by Debye's equation"},
      {"wavelength", fmt::format("{} angstrom", arguments.wavelength)},
      {"correction", arguments.correction},
      {"anomalous", arguments.anomalous ? "yes" : "no"},
      {"debye_waller",
       fmt::format("{} square angstrom",
                   arguments.debye_waller.empty() ? "0" : fmt::format("{}", fmt::join(arguments.debye_waller, ",")))},
      {"window", arguments.window}};
  for (std::size_t k = 0; k < scatterers.remarks.size(); ++k)
    attributes.emplace_back(k == 0 ? "remark" : fmt::format("remark_{}", k + 1), scatterers.remarks[k]);
  return attributes;
}

/// A file with everything that plots need, which vanishes with the object.
class PassingFile {
 public:
  PassingFile() : path_(std::filesystem::temp_directory_path() / fmt::format("nxmc-diffraction-{}.h5", ::getpid())) {}
  ~PassingFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  PassingFile(const PassingFile&) = delete;
  PassingFile& operator=(const PassingFile&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// By how much binning can have changed anything, in words.
std::string words_on_binning(const ComputedPatterns& patterns) {
  double of_self = 0;
  double of_peaks = 0;
  for (const ComputedPattern& one : patterns.all) {
    for (std::size_t k = 0; k < one.pattern.error.size(); ++k)
      of_self = std::max(of_self, one.pattern.error[k] / one.pattern.self[k]);
    for (const Peak& peak : one.peaks) {
      if (!peak.maximum) continue;
      const double place = (peak.maximum->q - one.pattern.grid.first) / one.pattern.grid.step;
      of_peaks =
          std::max(of_peaks, one.pattern.error[static_cast<std::size_t>(std::lround(place))] / peak.maximum->intensity);
    }
  }
  std::string words = fmt::format(
      "bins of distances ({} angstrom, each at the mean of its pairs) change I(Q) by at most {:.1g} of the sum of f^2",
      PairHistogram::bin_width, of_self);
  if (of_peaks > 0) words += fmt::format(", and i_max of any peak by at most {:.1g} of it", of_peaks);
  return words;
}

void tell_of_missing_peaks(const ComputedPatterns& patterns, const GlobalOptions& global) {
  std::size_t all = 0;
  std::size_t none = 0;
  std::size_t not_fitted = 0;
  for (const ComputedPattern& one : patterns.all) {
    for (const Peak& peak : one.peaks) {
      ++all;
      if (!peak.maximum)
        ++none;
      else if (!peak.shape)
        ++not_fitted;
    }
  }
  if (none > 0)
    hint(global, fmt::format("{} of {} reflections are no peaks: near them the pattern has no maximum", none, all));
  if (not_fitted > 0)
    hint(global,
         fmt::format("{} of {} peaks have no fit: it did not converge, left the reflection, or is no description of it",
                     not_fitted, all - none));
}

}  // namespace

ExitCode show_diffraction(const DiffractionArguments& arguments, const GlobalOptions& global) {
  const Target target = target_of(arguments.output);
  const QGrid grid = q_grid_of(arguments);
  beam_of(arguments);
  r_grid_of(arguments);
  if (target == Target::rows_to_file || target == Target::data_file) require_new_file(arguments.output);
  const std::size_t threads = std::max(1U, std::thread::hardware_concurrency());
  const Scatterers scatterers = scatterers_of(arguments, threads, global);
  const std::string shown = shown_by(arguments, scatterers);
  const ComputedPatterns none{reflections_of(scatterers.cells, grid), {}};
  if ((shown == "peaks" || shown == "course") && none.reflections.empty())
    throw UsageError(
        fmt::format("--q: there is no reflection of the cells in {}; ask for a wider range, or for --show "
                    "pattern",
                    arguments.q));
  chosen(table_of(none, shown), arguments);  // a slip is found before all work

  const ComputedPatterns patterns = compute_all(scatterers, arguments, threads);
  const Printer print = [&](std::ostream& out) {
    print_table(out, chosen(table_of(patterns, shown), arguments), arguments.format,
                target == Target::rows_to_stdout && stdout_is_terminal());
  };
  bool done = true;
  if (target == Target::rows_to_stdout) {
    print_to_stdout(print);
  } else if (target == Target::rows_to_file) {
    print_to_new_file(arguments.output, print);
  } else if (target == Target::data_file) {
    write_data_file(arguments.output, arrays_of(patterns), attributes_of(arguments, scatterers));
  } else {
    const PassingFile data;
    write_data_file(data.path(), arrays_of(patterns), attributes_of(arguments, scatterers));
    done = draw_picture(data.path().string(), {"--patterns", arguments.output});
  }
  for (const std::string& remark : scatterers.remarks) hint(global, remark);
  hint(global, words_on_binning(patterns));
  tell_of_missing_peaks(patterns, global);
  return done ? ExitCode::done : ExitCode::error;
}

}  // namespace nxmc
