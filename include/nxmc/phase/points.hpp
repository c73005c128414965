// The points of a phase diagram that an archive has equilibrium chains of, each with its verdict.
#pragma once

#include <string>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/phase/verdict.hpp"
#include "nxmc/query/query.hpp"

namespace nxmc {

struct JudgedPoint {
  /// The parameters in which the points differ, as in conditions of queries: "size == 8 and shell_stiffness == 6.5";
  /// empty where there is one point only.
  std::string where;
  Verdict verdict = Verdict::converged;
};

/// What a point is judged by: by the averages of its chains alone, which is quick, or by their samples as well, which
/// can find it metastable, and one start enough.
enum class Evidence { averages, samples };

/// Points with results, in the order of their parameters.
/// \param where  of which jobs; empty: all \throws QueryError, ArchiveError as Answer
std::vector<JudgedPoint> judge_points(const Archive& archive, const std::string& where, Evidence evidence);

/// The column `verdict` of queries: of a job that of its point, whatever else is chosen; of averages the worst of the
/// points that they are of, judged by the chains that were chosen, and by their samples. Missing where there are no
/// equilibrium results. \pre the archive outlives it
JoinedColumn verdict_column(const Archive& archive);

/// `describe_columns` of queries, with lines for those that are made on request.
Table describe_all_columns();

}  // namespace nxmc
