#include "nxmc/query/ladder_traffic.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "missing.hpp"
#include "nxmc/campaign/plan.hpp"
#include "nxmc/observe/quantities.hpp"
#include "nxmc/query/selected_jobs.hpp"

namespace nxmc {
namespace {

struct FoundRung {
  Physics physics;
  std::uint64_t job = 0;
  double acceptance = missing;  ///< with the next one
  double round_trips = missing;
};

/// Rungs, interval, replica, measured sweeps.
using LadderKey = std::tuple<Identity, std::uint64_t, std::int64_t, std::uint64_t>;
using FoundLadders = std::map<LadderKey, std::vector<FoundRung>>;

double value_in(std::span<const double> values, std::string_view name) {
  const auto column = std::ranges::find(equilibrium_columns(), name, &Quantity::name);
  return values[static_cast<std::size_t>(column - equilibrium_columns().begin())];
}

/// Complete ones, whose rungs ascend. A condition may have left out some.
FoundLadders find_ladders(const Archive& archive, const Where& where) {
  const std::vector<bool> superseded = archive.superseded();
  const std::vector<std::uint64_t> sweeps = archive.measured_sweeps();
  std::vector<std::uint64_t> jobs;
  for (const std::uint64_t job : jobs_where(archive, narrowed(where, "exchange_every > 0")))
    if (!superseded[job]) jobs.push_back(job);
  FoundLadders ladders;
  archive.visit_results(jobs, [&](std::uint64_t job, const VisitedResults* found) {
    if (found == nullptr) return;
    const Physics physics = archive.physics(job);
    const Column replica = archive.job_column("replica", {job, 1});
    const LadderKey key{physics.ladder, physics.exchange_every,
                        std::get<std::vector<std::int64_t>>(replica.values).front(), sweeps[job]};
    ladders[key].push_back({.physics = physics,
                            .job = job,
                            .acceptance = value_in(found->values, "exchange_acceptance"),
                            .round_trips = value_in(found->values, "round_trips")});
  });
  for (auto& [key, rungs] : ladders) std::ranges::sort(rungs, {}, &FoundRung::physics);
  return ladders;
}

struct Axis {
  std::string name;
  double Physics::*place = nullptr;
};

Axis axis_of(const std::vector<FoundRung>& rungs) {
  const bool stiffness = rungs.front().physics.shell_stiffness != rungs.back().physics.shell_stiffness;
  return stiffness ? Axis{"shell_stiffness", &Physics::shell_stiffness} : Axis{"temperature", &Physics::temperature};
}

/// Columns that grow row by row.
class Rows {
 public:
  void put(const std::string& name, const std::string& unit, Role role, double value, const std::string& meaning) {
    std::get<std::vector<double>>(column(name, unit, role, std::vector<double>(), meaning).values).push_back(value);
  }
  void put(const std::string& name, const std::string& unit, Role role, std::string value, const std::string& meaning) {
    std::get<std::vector<std::string>>(column(name, unit, role, std::vector<std::string>(), meaning).values)
        .push_back(std::move(value));
  }
  void end_row() {
    ++table_.rows;
    next_ = 0;
  }
  Table take() { return std::move(table_); }

 private:
  TableColumn& column(const std::string& name, const std::string& unit, Role role, const Values& none,
                      const std::string& meaning) {
    if (next_ == table_.columns.size()) table_.columns.push_back({name, unit, role, none, meaning});
    return table_.columns[next_++];
  }

  Table table_;
  std::size_t next_ = 0;
};

/// What all rungs have in common; the stiffness or temperature that they differ in is missing.
void put_parameters(const Archive& archive, const LadderKey& key, const std::vector<FoundRung>& rungs, Rows& rows) {
  const Physics& physics = rungs.front().physics;
  const Axis axis = axis_of(rungs);
  const auto unless_along = [&](double Physics::*place) { return axis.place == place ? missing : physics.*place; };
  const auto word = [&](const std::string& name, std::string value, const std::string& meaning) {
    rows.put(name, "", Role::parameter, std::move(value), meaning);
  };
  const Column scan = archive.job_column("scan", {rungs.front().job, 1});
  rows.put("scan", "", Role::label, std::get<std::vector<std::string>>(scan.values).front(),
           "scans that it belongs to");
  word("lattice", lattice_word(physics.lattice), "shape of the crystal");
  word("size", size_word(physics.lattice), "sites along the core's edges");
  const auto number = [&](const std::string& name, const std::string& unit, double value, const std::string& meaning) {
    rows.put(name, unit, Role::parameter, value, meaning);
  };
  number("shell_layers", "layers", physics.lattice.shell_layers, "layers of shell around the core");
  number("shell_stiffness", "K", unless_along(&Physics::shell_stiffness), "of all rungs");
  number("temperature", "energy_unit", unless_along(&Physics::temperature), "of all rungs");
  number("composition", "1", physics.composition, "fraction of A in the core");
  word("start", std::string(to_string(physics.start)), "initial configuration of the core");
  word("interaction", to_string(physics.interaction), "parts of the interaction");
  word("hamiltonian", std::string(to_string(physics.hamiltonian)), "exact, or as the published program counted");
  number("replica", "1", static_cast<double>(std::get<2>(key)), "number of the ladder, from 0");
  number("rungs", "1", static_cast<double>(rungs.size()), "of the ladder");
  number("exchange_every", "sweeps", static_cast<double>(std::get<1>(key)), "between attempts to exchange");
  number("measured_sweeps", "sweeps", static_cast<double>(std::get<3>(key)), "of each rung");
  word("along", axis.name, "in which its rungs differ");
}

void put_ladder(const Archive& archive, const LadderKey& key, const std::vector<FoundRung>& rungs, Rows& rows) {
  const Axis axis = axis_of(rungs);
  const double round_trips = rungs.front().round_trips;
  const auto measured = [&](const std::string& name, const std::string& unit, double value,
                            const std::string& meaning) { rows.put(name, unit, Role::observable, value, meaning); };
  double rejected = 0;
  for (std::size_t rung = 0; rung + 1 < rungs.size(); ++rung) {
    const double from = rungs[rung].physics.*axis.place;
    const double to = rungs[rung + 1].physics.*axis.place;
    const double rejection = 1 - rungs[rung].acceptance;
    rejected += rejection;
    put_parameters(archive, key, rungs, rows);
    rows.put("from", "", Role::label, from, "place of the rung along the axis");
    rows.put("to", "", Role::label, to, "place of the next one");
    measured("exchange_acceptance", "1", rungs[rung].acceptance, "accepted exchanges between the two per attempt");
    measured("rejection", "1", rejected, "rejected exchanges per attempt, summed from the first rung to the next one");
    measured("rejection_density", "", rejection / (to - from), "rejected exchanges per attempt and unit of the axis");
    measured("round_trips", "1", round_trips,
             "of configurations, from the first rung of the ladder to the last and back");
    measured("sweeps_per_round_trip", "sweeps", static_cast<double>(std::get<3>(key)) / round_trips,
             "measured sweeps of a rung in which the ladder as a whole makes one round trip");
    rows.end_row();
  }
}

}  // namespace

Table ladder_traffic(const Archive& archive, const Where& where) {
  Rows rows;
  for (const auto& [key, rungs] : find_ladders(archive, where))
    if (rungs.size() > 1) put_ladder(archive, key, rungs, rows);
  return rows.take();
}

}  // namespace nxmc
