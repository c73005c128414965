#include "verdict_hints.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nxmc/phase/points.hpp"

namespace nxmc {
namespace {

/// "at 2 of 15 points (size == 8, size == 10)"; empty where no point has the verdict.
std::string places(const std::vector<JudgedPoint>& points, Verdict verdict) {
  constexpr std::size_t named = 3;
  std::size_t count = 0;
  std::string names;
  for (const JudgedPoint& point : points) {
    if (point.verdict != verdict) continue;
    if (++count <= named && !point.where.empty()) names += (names.empty() ? "" : ", ") + point.where;
  }
  if (count == 0) return {};
  if (points.size() == 1) return "here";
  return fmt::format("at {} of {} points ({}{})", count, points.size(), names, count > named ? ", …" : "");
}

bool groups_by(const Query& query, const char* column) {
  return std::ranges::find(query.group_by, column) != query.group_by.end();
}

/// Whether two rows that answers have are of one chain.
bool observes_doubly(const Archive& archive) {
  const std::vector<Method> methods = archive.methods();
  const std::vector<bool> superseded = archive.superseded();
  std::vector<Identity> chains = archive.identities();
  std::size_t kept = 0;
  for (std::size_t job = 0; job < methods.size(); ++job)
    if (methods[job] == Method::equilibrium && !superseded[job]) chains[kept++] = chains[job];
  chains.resize(kept);
  std::ranges::sort(chains);
  return std::ranges::adjacent_find(chains) != chains.end();
}

}  // namespace

std::vector<std::string> verdict_hints(const Archive& archive, const Query& query) {
  if (query.rows != RowKind::jobs || query.group_by.empty()) return {};
  const std::vector<JudgedPoint> points = judge_points(archive, query.where, Evidence::averages);
  std::vector<std::string> hints;
  if (const std::string where = places(points, Verdict::metastable); !where.empty())
    hints.push_back(fmt::format("chains from different starts disagree {}: not all have reached equilibrium{}", where,
                                groups_by(query, "start") ? "" : "; see with start in --group-by"));
  if (const std::string where = places(points, Verdict::too_short); !where.empty())
    hints.push_back(fmt::format(
        "chains {} were measured for less than {:.0f} autocorrelation times (tau_int): their errors may be too small",
        where, enough_autocorrelation_times));
  return hints;
}

std::string warning_of_doubled_chains(const Archive& archive, const Query& query) {
  if (query.rows != RowKind::jobs || query.group_by.empty() || groups_by(query, "job") || !observes_doubly(archive))
    return {};
  const std::string equilibrium = "method == equilibrium";
  Query chains{.rows = RowKind::jobs,
               .where = query.where.empty() ? equilibrium : fmt::format("({}) and {}", query.where, equilibrium),
               .columns = {"job", "n"},
               .group_by = {"job"}};
  std::size_t doubled = 0;
  Answer(archive, chains).visit([&](const Block& block) {
    const TableColumn& rows_of_chain = get_column(block.rows, "n");
    for (std::size_t row = 0; row < block.rows.rows; ++row) doubled += number_at(rows_of_chain, row) > 1 ? 1 : 0;
    return true;
  });
  if (doubled == 0) return {};
  return fmt::format(
      "{} chain{} more than once, because scans observe {} in several ways (samples, snapshots, equilibration_sweeps): "
      "the errors are too small; choose one of the scans with --where",
      doubled, doubled == 1 ? " counts" : "s count", doubled == 1 ? "it" : "them");
}

}  // namespace nxmc
