#include "verdict_hints.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nxmc/phase/doubled_chains.hpp"
#include "nxmc/phase/evidence.hpp"
#include "nxmc/phase/points.hpp"

namespace nxmc {
namespace {

/// "at 2 of 15 points (size == 8, size == 10)"; empty where it is so of none.
template <typename IsSo>
std::string places(const std::vector<JudgedPoint>& points, const IsSo& is_so) {
  constexpr std::size_t named = 3;
  std::size_t count = 0;
  std::string names;
  for (const JudgedPoint& point : points) {
    if (!is_so(point)) continue;
    if (++count <= named && !point.where.empty()) names += (names.empty() ? "" : ", ") + point.where;
  }
  if (count == 0) return {};
  if (points.size() == 1) return "here";
  return fmt::format("at {} of {} points ({}{})", count, points.size(), names, count > named ? ", …" : "");
}

bool groups_by(const Query& query, const char* column) {
  return std::ranges::find(query.group_by, column) != query.group_by.end();
}

}  // namespace

std::vector<std::string> verdict_hints(const Archive& archive, const Query& query) {
  if (query.rows != RowKind::jobs || query.group_by.empty()) return {};
  const std::vector<JudgedPoint> points =
      judge_points(archive, {query.where, query.joined}, affordable_evidence(archive));
  const auto verdict_is = [](Verdict verdict) {
    return [verdict](const JudgedPoint& point) { return point.verdict == verdict && point.by_averages == verdict; };
  };
  const auto samples_make_it = [](Verdict verdict) {
    return [verdict](const JudgedPoint& point) {
      return point.verdict == verdict && point.by_averages != verdict && !point.window;
    };
  };
  const auto is_incomplete_window = [](const JudgedPoint& point) {
    return point.window && point.verdict == Verdict::too_short && point.by_averages != Verdict::too_short;
  };
  std::vector<std::string> hints;
  if (const std::string where = places(points, verdict_is(Verdict::metastable)); !where.empty())
    hints.push_back(fmt::format("chains from different starts disagree {}: not all have reached equilibrium{}", where,
                                groups_by(query, "start") ? "" : "; see with start in --group-by"));
  if (const std::string where = places(points, samples_make_it(Verdict::metastable)); !where.empty())
    hints.push_back(
        fmt::format("samples of different chains disagree {} (column r_hat): not all have reached equilibrium", where));
  if (const std::string where = places(points, verdict_is(Verdict::too_short)); !where.empty())
    hints.push_back(fmt::format(
        "chains {} were measured for less than {:.0f} autocorrelation times (tau_int): their errors may be too small",
        where, enough_autocorrelation_times));
  if (const std::string where = places(points, samples_make_it(Verdict::too_short)); !where.empty())
    hints.push_back(
        fmt::format("chains {} are too short to tell whether they agree (r_hat above {})", where, largest_r_hat));
  if (const std::string where = places(points, is_incomplete_window); !where.empty())
    hints.push_back(
        fmt::format("windows {} were not seen as a whole, or their ladders made fewer than {:.0f} round trips: raise "
                    "equilibration_sweeps and measured_sweeps",
                    where, enough_round_trips));
  for (const bool semigrand : {false, true}) {
    const auto is_doubtful = [&](const JudgedPoint& point) {
      return point.semigrand == semigrand && verdict_is(Verdict::one_start)(point);
    };
    if (const std::string where = places(points, is_doubtful); !where.empty())
      hints.push_back(fmt::format("chains {} began alike, and may be wrong alike: contrasting starts tell (start: {})",
                                  where, semigrand ? "[A, B]" : "[random, segregated]"));
  }
  return hints;
}

std::string warning_of_doubled_chains(const Archive& archive, const Query& query) {
  const std::size_t doubled = doubled_chains(archive, query);
  if (doubled == 0) return {};
  return fmt::format(
      "{} chain{} more than once, because scans observe {} in several ways (samples, snapshots, equilibration_sweeps): "
      "the errors are too small; choose one of the scans with --where",
      doubled, doubled == 1 ? " counts" : "s count", doubled == 1 ? "it" : "them");
}

}  // namespace nxmc
