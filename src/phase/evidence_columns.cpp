#include <fmt/format.h>

#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "columns_on_request.hpp"
#include "nxmc/phase/nan.hpp"
#include "nxmc/query/query.hpp"

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
ShownByKeys shown_of_jobs(KnownEvidence& evidence) {
  const std::vector<Identity> identities = evidence.archive().identities();
  ShownByKeys shown;
  for (const auto& [keys, points] : evidence.of({}, {})) {
    for (const auto& [parameters, point] : points) {
      for (const ChainEvidence& chain : point.chains) {
        Shown& of_chain = shown[{to_string(identities[chain.job])}];
        of_chain.r_hat = point.r_hat;
        of_chain.add(chain);
      }
    }
  }
  return shown;
}

ShownByKeys shown_of_groups(KnownEvidence& evidence, const Query& query) {
  ShownByKeys shown;
  for (const auto& [keys, points] : evidence.of({query.where, query.joined}, query.group_by))
    for (const auto& [parameters, point] : points) shown[keys].add(point);
  return shown;
}

/// The three columns are made together, those of jobs once for all queries.
class ShownEvidence {
 public:
  explicit ShownEvidence(std::shared_ptr<KnownEvidence> evidence) : evidence_(std::move(evidence)) {}

  std::shared_ptr<const ShownByKeys> of(const Query& query) {
    if (!query.group_by.empty()) return std::make_shared<ShownByKeys>(shown_of_groups(*evidence_, query));
    if (!of_jobs_) of_jobs_ = std::make_shared<ShownByKeys>(shown_of_jobs(*evidence_));
    return of_jobs_;
  }

 private:
  std::shared_ptr<KnownEvidence> evidence_;
  std::shared_ptr<const ShownByKeys> of_jobs_;
};

JoinedColumn column_of(const std::shared_ptr<ShownEvidence>& evidence, const DescribedColumn& line,
                       double Shown::*part) {
  return {line.name, line.unit, std::vector<double>(), line.meaning, [=](const Query& query) -> JoinedCells {
            if (query.rows != RowKind::jobs)
              throw QueryError(fmt::format("'{}' is a column of equilibrium jobs: of queries without {}", line.name,
                                           options_of_rows));
            return {query.group_by.empty() ? Words{"job"} : query.group_by,
                    [shown = evidence->of(query), part](const Words& cells) -> JoinedCells::Cell {
                      const auto found = shown->find(cells);
                      return found == shown->end() ? nan : found->second.*part;
                    }};
          }};
}

}  // namespace

std::vector<JoinedColumn> evidence_columns(const std::shared_ptr<KnownEvidence>& evidence) {
  const auto shown = std::make_shared<ShownEvidence>(evidence);
  return {column_of(shown, r_hat_line, &Shown::r_hat), column_of(shown, crossings_line, &Shown::crossings),
          column_of(shown, unequilibrated_line, &Shown::unequilibrated)};
}

}  // namespace nxmc
