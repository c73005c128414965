#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "chosen_chains.hpp"
#include "columns_on_request.hpp"
#include "nan.hpp"
#include "nxmc/phase/evidence.hpp"

namespace nxmc {
namespace {

/// What is shown of a row.
struct Shown {
  double r_hat = nan;
  double crossings = nan;
  double unequilibrated = nan;

  void add(const PointEvidence& point) {
    if (!(r_hat >= point.r_hat)) r_hat = point.r_hat;
    for (const ChainEvidence& chain : point.chains) add(chain);
  }
  void add(const ChainEvidence& chain) {
    if (!std::isnan(chain.crossings)) crossings = (std::isnan(crossings) ? 0 : crossings) + chain.crossings;
    if (!(unequilibrated >= chain.unequilibrated)) unequilibrated = chain.unequilibrated;
  }
};

using ShownByKeys = std::map<Words, Shown>;

/// Of each job what is known of itself, and R-hat of its point.
ShownByKeys shown_of_jobs(const Archive& archive, std::size_t threads) {
  const std::vector<Identity> identities = archive.identities();
  ShownByKeys shown;
  for (const auto& [keys, points] : chosen_chains(archive, "", {})) {
    for (const auto& [point, jobs] : points) {
      const PointEvidence evidence = evidence_of(archive, jobs, threads);
      for (const ChainEvidence& chain : evidence.chains) {
        Shown& of_chain = shown[{to_string(identities[chain.job])}];
        of_chain.r_hat = evidence.r_hat;
        of_chain.add(chain);
      }
    }
  }
  return shown;
}

ShownByKeys shown_of_groups(const Archive& archive, const Query& query, std::size_t threads) {
  ShownByKeys shown;
  for (const auto& [keys, points] : chosen_chains(archive, query.where, query.group_by))
    for (const auto& [point, jobs] : points) shown[keys].add(evidence_of(archive, jobs, threads));
  return shown;
}

/// Of one query: its columns are made together.
class EvidenceOfQuery {
 public:
  explicit EvidenceOfQuery(const Archive& archive) : archive_(archive) {}

  std::shared_ptr<const ShownByKeys> shown(const Query& query) {
    const std::pair asked{query.where, query.group_by};
    if (!shown_ || asked != asked_) {
      const std::size_t threads = std::max(1U, std::thread::hardware_concurrency());
      shown_ = std::make_shared<ShownByKeys>(query.group_by.empty() ? shown_of_jobs(archive_, threads)
                                                                    : shown_of_groups(archive_, query, threads));
      asked_ = asked;
    }
    return shown_;
  }

 private:
  const Archive& archive_;
  std::pair<std::string, Words> asked_;
  std::shared_ptr<const ShownByKeys> shown_;
};

JoinedColumn column_of(const std::shared_ptr<EvidenceOfQuery>& evidence, const ColumnOnRequest& line,
                       double Shown::*part) {
  return {line.name, line.unit, std::vector<double>(), line.meaning, [=](const Query& query) -> JoinedCells {
            if (query.rows != RowKind::jobs)
              throw QueryError(fmt::format(
                  "'{}' is a column of equilibrium jobs: of queries without --times and --profiles", line.name));
            const bool grouped = !query.group_by.empty();
            return {grouped ? query.group_by : Words{"job"},
                    [shown = evidence->shown(query), part](const Words& cells) -> JoinedCells::Cell {
                      const auto found = shown->find(cells);
                      return found == shown->end() ? nan : found->second.*part;
                    }};
          }};
}

}  // namespace

std::vector<JoinedColumn> evidence_columns(const Archive& archive) {
  const auto evidence = std::make_shared<EvidenceOfQuery>(archive);
  return {column_of(evidence, r_hat_line, &Shown::r_hat), column_of(evidence, crossings_line, &Shown::crossings),
          column_of(evidence, unequilibrated_line, &Shown::unequilibrated)};
}

}  // namespace nxmc
