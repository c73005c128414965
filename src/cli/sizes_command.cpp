#include "sizes_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "nxmc/lattice/lattice.hpp"
#include "nxmc/phase/nan.hpp"
#include "nxmc/phase/size_comparison.hpp"
#include "nxmc/query/print.hpp"
#include "output.hpp"
#include "remark_column.hpp"
#include "samples_for_answers.hpp"
#include "transition_hints.hpp"

namespace nxmc {
namespace {

/// A crossing of two sizes, or a fit of several.
struct SizesRow {
  const SizeComparison* comparison = nullptr;
  std::vector<std::size_t> sizes;
  const CumulantCrossing* crossing = nullptr;  ///< nullptr: a fit
  const SizeFit* fit = nullptr;                ///< nullptr: a crossing
};

std::vector<SizesRow> rows_of_sizes(std::span<const SizeComparison> comparisons) {
  std::vector<SizesRow> rows;
  for (const SizeComparison& comparison : comparisons) {
    for (std::size_t k = 0; k < comparison.crossings.size(); ++k)
      rows.push_back({&comparison, {k, k + 1}, &comparison.crossings[k], nullptr});
    for (const SizeFit& fit : comparison.fits) rows.push_back({&comparison, fit.sizes, nullptr, &fit});
  }
  return rows;
}

std::string words_of_sizes(const SizeComparison& comparison, std::span<const std::size_t> chosen) {
  std::vector<std::string> words;
  for (const std::size_t k : chosen) words.push_back(size_word(comparison.sizes[k].lattice));
  return fmt::format("{}", fmt::join(words, ","));
}

std::string_view order_parameter_of(const SizeComparison& comparison) {
  return to_string(comparison.sizes.front().transition.of);
}

std::string quantity_of(const SizesRow& row) {
  if (row.fit == nullptr) return "cumulant";
  return name_of(row.fit->number, row.comparison->sizes.front().transition.of);
}

std::string verdict_of_sizes(const SizesRow& row) {
  const std::optional<Verdict> verdict = worst_verdict(row.comparison->sizes, row.sizes);
  return verdict ? std::string(to_string(*verdict)) : "";
}

class TableOfSizes {
 public:
  explicit TableOfSizes(const std::vector<SizesRow>& rows) : rows_(rows) { table_.rows = rows.size(); }

  template <class WordOf>
  void words(const char* name, WordOf word_of) {
    std::vector<std::string> values;
    for (const SizesRow& row : rows_) values.emplace_back(word_of(row));
    table_.columns.push_back({name, "", Role::label, std::move(values)});
  }
  template <class ValueOf>
  void reals(const std::string& name, ValueOf value_of) {
    std::vector<double> values;
    for (const SizesRow& row : rows_) values.push_back(value_of(row));
    table_.columns.push_back({name, "1", Role::observable, std::move(values)});
  }
  template <class ValueOf>
  void wholes(const std::string& name, ValueOf value_of) {
    std::vector<std::int64_t> values;
    for (const SizesRow& row : rows_) values.push_back(value_of(row));
    table_.columns.push_back({name, "1", Role::observable, std::move(values)});
  }
  void of_crossings(const std::string& name, Estimate CumulantCrossing::*member) {
    const auto estimate = [=](const SizesRow& row) {
      return row.crossing == nullptr ? Estimate{nan, nan} : row.crossing->*member;
    };
    reals(name, [=](const SizesRow& row) { return estimate(row).mean; });
    reals(name + "_err", [=](const SizesRow& row) { return estimate(row).error; });
  }
  void of_fits(const std::string& name, Estimate SizeFit::*member) {
    const auto estimate = [=](const SizesRow& row) {
      return row.fit == nullptr ? Estimate{nan, nan} : row.fit->*member;
    };
    reals(name, [=](const SizesRow& row) { return estimate(row).mean; });
    reals(name + "_err", [=](const SizesRow& row) { return estimate(row).error; });
  }
  Table finish() { return std::move(table_); }

 private:
  const std::vector<SizesRow>& rows_;
  Table table_;
};

const JudgedTransition& first_size(const SizesRow& row) { return row.comparison->sizes.front(); }

Table table_of_sizes(const std::vector<SizesRow>& rows, LineAxis axis) {
  TableOfSizes table(rows);
  table.words("lattice", [](const SizesRow& row) { return lattice_word(first_size(row).lattice); });
  table.words("sizes", [](const SizesRow& row) { return words_of_sizes(*row.comparison, row.sizes); });
  table.wholes("shell_layers", [](const SizesRow& row) { return first_size(row).lattice.shell_layers; });
  table.reals("composition", [](const SizesRow& row) { return first_size(row).composition.value_or(nan); });
  for (const LineAxis other : other_axes(axis))
    table.reals(std::string(to_string(other)),
                [=](const SizesRow& row) { return value_of_other(first_size(row), other); });
  table.words("interaction", [=](const SizesRow& row) { return interaction_of(first_size(row), axis); });
  table.words("hamiltonian",
              [](const SizesRow& row) { return to_string(first_size(row).transition.others.hamiltonian); });
  table.words("along", [=](const SizesRow&) { return to_string(axis); });
  table.words("order_parameter", [](const SizesRow& row) { return order_parameter_of(*row.comparison); });
  table.words("quantity", quantity_of);
  table.of_crossings("crossing", &CumulantCrossing::place);
  table.of_crossings("cumulant", &CumulantCrossing::cumulant);
  table.reals("crossings", [](const SizesRow& row) {
    return row.crossing == nullptr ? nan : static_cast<double>(row.crossing->found);
  });
  table.words("form", [](const SizesRow& row) { return row.fit == nullptr ? "" : to_string(row.fit->form); });
  table.of_fits("a", &SizeFit::a);
  table.of_fits("b", &SizeFit::b);
  table.reals("chi2", [](const SizesRow& row) { return row.fit == nullptr ? nan : row.fit->chi_square; });
  table.reals("dof", [](const SizesRow& row) {
    return row.fit == nullptr ? nan : static_cast<double>(row.fit->degrees_of_freedom);
  });
  table.reals("p", [](const SizesRow& row) { return row.fit == nullptr ? nan : row.fit->probability; });
  table.words("fit", [](const SizesRow& row) { return row.fit == nullptr ? "" : to_string(row.fit->judgement); });
  table.words("verdict", verdict_of_sizes);
  table.words(remark_column, [](const SizesRow& row) { return row.crossing == nullptr ? "" : row.crossing->remark; });
  return table.finish();
}

std::string with_error(const Estimate& estimate) {
  const PrintedPair printed = print_with_error(estimate.mean, estimate.error);
  return fmt::format("{} ± {}", printed.value, printed.error);
}

std::string chi_of(const SizeFit& fit) {
  return fmt::format("chi2/dof = {:.3g}/{}", fit.chi_square, fit.degrees_of_freedom);
}

std::string words_of_trend(const SizeComparison& comparison, const TrendOfPlace& trend) {
  const std::string name = name_of(trend.line->number, comparison.sizes.front().transition.of);
  const std::string_view line = to_string(trend.line->form);
  switch (trend.trend) {
    case PlaceTrend::untested:
      return fmt::format("two sizes determine a and b of {} = {}, and test nothing: a third one would", name, line);
    case PlaceTrend::grows:
      return fmt::format(
          "{} goes as {} ({}); {} and other forms with a limit for large N are rejected ({}): none is "
          "extrapolated",
          name, line, chi_of(*trend.line), to_string(trend.limit->form), chi_of(*trend.limit));
    case PlaceTrend::approaches:
      return fmt::format("{} goes to {} for large N, as {} ({}); {} is rejected ({})", name, with_error(trend.limit->a),
                         to_string(trend.limit->form), chi_of(*trend.limit), line, chi_of(*trend.line));
    case PlaceTrend::undecided:
      return fmt::format(
          "{} agrees with {} ({}) and with {} ({}): these sizes cannot tell whether there is a limit for "
          "large N",
          name, line, chi_of(*trend.line), to_string(trend.limit->form), chi_of(*trend.limit));
    case PlaceTrend::neither:
      break;
  }
  return fmt::format("no form describes {}: {} has {}, {} {}", name, line, chi_of(*trend.line),
                     to_string(trend.limit->form), chi_of(*trend.limit));
}

std::string words_of_fluctuations(const SizeComparison& comparison, const TrendOfFluctuations& trend) {
  std::string words =
      fmt::format("var {} at its peak goes as N^({})", order_parameter_of(comparison), with_error(trend.height->b));
  if (trend.jump != nullptr) words += fmt::format(", the jump as N^({})", with_error(trend.jump->b));
  switch (trend.trend) {
    case FluctuationTrend::first_order:
      return words + ": the difference of the sides does not shrink with size, as at a first-order transition";
    case FluctuationTrend::between:
      return words + ": between 0, of a first-order transition, and -1, of regions that fluctuate on their own";
    case FluctuationTrend::independent:
      return words + ": as 1/N, of regions that fluctuate on their own, without transition";
    case FluctuationTrend::undecided:
      return words + ": its error allows a first-order transition (0) as well as none (-1)";
    case FluctuationTrend::no_power:
      break;
  }
  return words + fmt::format(", which does not describe it ({})", chi_of(*trend.height));
}

/// \param apart  what tells it apart from other comparisons
std::string name_of_sizes(const SizeComparison& comparison, std::span<const std::size_t> chosen,
                          const std::string& apart) {
  return fmt::format("{} {}{}", lattice_word(comparison.sizes.front().lattice), words_of_sizes(comparison, chosen),
                     apart);
}

bool is_known(const CumulantCrossing& crossing) { return !std::isnan(crossing.place.mean); }

bool crosses_a_neighbour(const SizeComparison& comparison, std::size_t size) {
  return (size > 0 && is_known(comparison.crossings[size - 1])) ||
         (size < comparison.crossings.size() && is_known(comparison.crossings[size]));
}

/// What the table does not say in words.
std::vector<std::string> sentences_on(const SizeComparison& comparison, const std::string& apart) {
  std::vector<std::string> sentences;
  for (std::size_t k = 0; k < comparison.crossings.size(); ++k) {
    const std::array pair{k, k + 1};
    const CumulantCrossing& crossing = comparison.crossings[k];
    const std::string name = name_of_sizes(comparison, pair, apart);
    if (!crossing.remark.empty()) sentences.push_back(fmt::format("{}: {}", name, crossing.remark));
    if (crossing.found > 1)
      sentences.push_back(fmt::format("{}: the cumulants cross at {} places; the one shown has the largest cumulant",
                                      name, crossing.found));
    if (crossing.holds_for_some_only)
      sentences.push_back(
          fmt::format("{}: not all resampled sets have the crossing: its error holds for those that do", name));
  }
  if (const auto trend = trend_of_place(comparison.fits))
    sentences.push_back(fmt::format("{}: {}", name_of_sizes(comparison, trend->line->sizes, apart),
                                    words_of_trend(comparison, *trend)));
  if (const auto trend = trend_of_fluctuations(comparison.fits))
    sentences.push_back(fmt::format("{}: {}", name_of_sizes(comparison, trend->height->sizes, apart),
                                    words_of_fluctuations(comparison, *trend)));
  if (comparison.fits.empty() && std::ranges::none_of(comparison.crossings, is_known))
    sentences.push_back(fmt::format("{} {}: nothing is known with its error of two sizes or more: no fit",
                                    lattice_word(comparison.sizes.front().lattice),
                                    size_word(comparison.sizes.front().lattice)));
  return sentences;
}

void hint_at_lonely_sizes(const ComparedSizes& compared, const GlobalOptions& global) {
  constexpr std::size_t most_named = 5;
  std::vector<std::string> names;
  for (const LatticeSpec& lattice : compared.alone)
    names.push_back(fmt::format("{} {}", lattice_word(lattice), size_word(lattice)));
  if (names.empty()) return;
  const bool more = names.size() > most_named;
  if (more) names.resize(most_named);
  hint(global, fmt::format("{}{}: no other size has the same other parameters; left out", fmt::join(names, ", "),
                           more ? ", …" : ""));
}

}  // namespace

Table columns_of_sizes(LineAxis axis) { return table_of_sizes({}, axis); }

ExitCode show_sizes(const Archive& archive, const Where& where, const DiagramArguments& arguments,
                    const GlobalOptions& global) {
  const LineAxis axis = *line_axis_named(arguments.along);
  FoundSamples samples = samples_for_answers(archive, where, global);
  const ComparedSizes compared = compare_sizes(archive, std::move(samples.sets), where,
                                               {axis, order_parameter_named(arguments.of), arguments.split},
                                               std::max(1U, std::thread::hardware_concurrency()));
  if (compared.comparisons.empty())
    throw ArchiveError(fmt::format(
        "{}: no two sizes with the same other parameters, each with two values of {} at least: a comparison needs them",
        arguments.archive, arguments.along));
  const Table table =
      chosen_columns(table_of_sizes(rows_of_sizes(compared.comparisons), axis), arguments.columns, arguments.format);
  print_to_stdout([&](std::ostream& out) { print_table(out, table, arguments.format, stdout_is_terminal()); });
  std::vector<JudgedTransition> first;  // of each comparison
  std::vector<JudgedTransition> all;
  for (const SizeComparison& comparison : compared.comparisons) {
    first.push_back(comparison.sizes.front());
    for (std::size_t k = 0; k < comparison.sizes.size(); ++k) {
      all.push_back(comparison.sizes[k]);
      // Where cumulants cross, a size without a peak of its own lacks nothing.
      if (std::isnan(all.back().transition.variance_peak.mean) && crosses_a_neighbour(comparison, k))
        all.back().transition.remark.clear();
    }
  }
  const std::vector<std::string> apart = what_tells_apart(first, axis);
  for (std::size_t k = 0; k < first.size(); ++k)
    for (const std::string& sentence : sentences_on(compared.comparisons[k], apart[k])) hint(global, sentence);
  hint_at_lonely_sizes(compared, global);
  hint_at_what_is_missing(all, axis, global);
  return ExitCode::done;
}

}  // namespace nxmc
