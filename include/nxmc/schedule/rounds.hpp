// What is decided while a campaign runs: whether the chains of a point go on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/campaign/plan.hpp"

namespace nxmc {

/// What a chain has found.
struct ChainResult {
  const Job* job = nullptr;
  std::span<const double> values;  ///< as equilibrium_columns
};

/// Whether a point is known as precisely as is asked for; a function of the results of all its chains, and of nothing
/// else, so that a campaign that was interrupted decides as one that was not.
using IsPrecise = std::function<bool(const Until&, std::span<const ChainResult>)>;

class Rounds;
/// Precise points whose samples doubt what averages say: their chains go on. A function of what is committed alone; the
/// archive holds the results that the rounds know.
using FindDoubtful = std::function<std::vector<std::size_t>(const Archive&, const Rounds&)>;

/// Where a point of a scan with `until` stands.
enum class PointStanding : std::uint8_t {
  going_on,  ///< chains of its round have no results yet
  precise,   ///< as asked for
  at_limit   ///< not, after as many sweeps as were allowed
};

/// The rounds of all points. Points do not wait for each other.
class Rounds {
 public:
  /// \pre the plan lives as long
  Rounds(const Plan& plan, IsPrecise is_precise);

  /// Whether what the job finds decides about others.
  bool concerns(std::uint64_t job) const { return points_of_job_.contains(job); }
  /// Takes the results of a job. Returns the conditional jobs that are asked for from now on and have no results yet.
  /// \param values  as equilibrium_columns
  std::vector<std::uint64_t> finish(std::uint64_t job, std::span<const double> values);
  /// A precise point goes on for another round after all; at its limit it is not precise. Returns as `finish`.
  std::vector<std::uint64_t> go_on(std::size_t point);
  /// Of precise points those results count that are of the longest chains. Returns as `finish`.
  std::vector<std::uint64_t> look_at_longest_chains();
  /// Whether the job is to be done: any that is not conditional, and those whose round has come.
  bool asks_for(std::uint64_t job) const { return !plan_->jobs[job].conditional || asked_[job]; }

  std::size_t points() const { return plan_->points.size(); }
  PointStanding standing(std::size_t point) const { return states_[point].standing; }
  /// The round that it is in, or was in last.
  std::size_t round(std::size_t point) const { return states_[point].round; }
  /// The results of the chains in a round; empty unless all have some.
  std::vector<ChainResult> results(std::size_t point, std::size_t round) const;
  std::size_t count(PointStanding standing) const;

 private:
  struct State {
    std::size_t round = 0;
    PointStanding standing = PointStanding::going_on;
  };
  void advance(std::size_t point, std::vector<std::uint64_t>& asked);
  void begin_next_round(std::size_t point, std::vector<std::uint64_t>& asked);

  const Plan* plan_;
  IsPrecise is_precise_;
  std::map<std::uint64_t, std::vector<std::size_t>> points_of_job_;
  std::map<std::uint64_t, std::vector<double>> results_;  // of jobs that concern points
  std::vector<bool> asked_;                               // [job] conditional ones
  std::vector<State> states_;                             // [point]
};

/// Has points go on until none is doubted. Returns as `Rounds::finish`. A run does this when all that it knows of is
/// done, and before it begins: so both ask for the same. \throws ArchiveError
std::vector<std::uint64_t> go_on_where_doubted(
    Rounds& rounds, const std::function<std::vector<std::size_t>(const Rounds&)>& find_doubtful);

/// For each conditional job the one whose chain it goes on with.
std::map<std::uint64_t, std::uint64_t> chains_before(const Plan& plan);

}  // namespace nxmc
