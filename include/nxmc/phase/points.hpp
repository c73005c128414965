// The points of a phase diagram that an archive has equilibrium chains of, each with its verdict.
#pragma once

#include <string>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/phase/verdict.hpp"
#include "nxmc/query/joined_column.hpp"

namespace nxmc {

struct JudgedPoint {
  /// The parameters in which the points differ, as in conditions of queries: "size == 8 and shell_stiffness == 6.5";
  /// empty where there is one point only.
  std::string where;
  Verdict verdict = Verdict::converged;
  Verdict by_averages = Verdict::converged;  ///< what averages alone lead to
  bool semigrand = false;                    ///< its composition fluctuates
  bool window = false;                       ///< of a flat histogram
};

/// What a point is judged by: by the averages of its chains alone, which is quick, or by their samples as well, which
/// can find it metastable, and one start enough.
enum class Evidence { averages, samples };

/// Samples where all of them are looked at in about two seconds, else averages alone.
Evidence affordable_evidence(const Archive& archive);

/// Points with results, in the order of their parameters.
/// \param where  of which jobs \throws QueryError, ArchiveError as Answer
std::vector<JudgedPoint> judge_points(const Archive& archive, const Where& where, Evidence evidence);

}  // namespace nxmc
