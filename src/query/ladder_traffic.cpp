#include "nxmc/query/ladder_traffic.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "missing.hpp"
#include "nxmc/campaign/plan.hpp"
#include "nxmc/observe/quantities.hpp"
#include "nxmc/query/ladder_names.hpp"
#include "nxmc/query/selected_jobs.hpp"

namespace nxmc {
namespace {

struct FoundRung {
  Physics physics;
  std::uint64_t job = 0;
  double acceptance = missing;  ///< with the next one
  double round_trips = missing;
  double restarts = missing;
};

/// Their ladder is named after all of its rungs.
bool is_complete(const std::vector<FoundRung>& rungs) {
  std::vector<Physics> all;
  all.reserve(rungs.size());
  for (const FoundRung& rung : rungs) all.push_back(rung.physics);
  return rungs.size() > 1 && ladder_of_rungs(all) == rungs.front().physics.ladder;
}

/// Of ladders of which a condition names a rung, all of whose rungs have results and are there. Ascending.
std::map<LadderName, std::vector<FoundRung>> find_ladders(const Archive& archive, const Where& where) {
  const LadderNames names(archive);
  const std::vector<bool> superseded = archive.superseded();
  std::set<LadderName> chosen;
  for (const std::uint64_t job : jobs_where(archive, narrowed(where, "exchange_every > 0")))
    if (!superseded[job]) chosen.insert(*names.of(job));
  std::map<LadderName, std::vector<FoundRung>> found;
  for (const LadderName& name : chosen) {
    std::vector<FoundRung> rungs;
    archive.visit_results(names.ladders().at(name), [&](std::uint64_t job, const VisitedResults* results) {
      if (results == nullptr) return;
      rungs.push_back({.physics = archive.physics(job),
                       .job = job,
                       .acceptance = results->values[equilibrium_column("exchange_acceptance")],
                       .round_trips = results->values[equilibrium_column("round_trips")],
                       .restarts = results->values[equilibrium_column("restarts")]});
    });
    std::ranges::sort(rungs, {}, &FoundRung::physics);
    if (is_complete(rungs)) found.emplace(name, std::move(rungs));
  }
  return found;
}

struct Axis {
  std::string name;
  double (*place)(const Physics&) = nullptr;
  std::vector<std::string> columns{};  ///< of jobs, that differ from rung to rung
};

double middle_of_window(const Physics& physics) { return (physics.window->from + physics.window->to) / 2; }

/// Of ladders along two axes that by which rungs are in order.
Axis axis_of(const std::vector<FoundRung>& rungs) {
  if (rungs.front().physics.window != rungs.back().physics.window)
    return {std::string(to_string(rungs.front().physics.window->along)), middle_of_window};
  static const std::vector<Axis> axes{
      {"shell_stiffness", [](const Physics& physics) { return physics.shell_stiffness; }, {"shell_stiffness"}},
      {"temperature", [](const Physics& physics) { return physics.temperature; }, {"temperature"}},
      {"delta_mu", [](const Physics& physics) { return physics.delta_mu; }, {"delta_mu"}},
      {"ising", [](const Physics& physics) { return physics.interaction.ising; }, {"interaction"}}};
  std::optional<Axis> found;
  for (const Axis& axis : axes) {
    const auto place = [&](const FoundRung& rung) { return axis.place(rung.physics); };
    if (std::ranges::adjacent_find(rungs, std::ranges::not_equal_to{}, place) == rungs.end()) continue;
    if (!found)
      found = axis;
    else
      found->columns.push_back(axis.columns.front());
  }
  return found.value_or(axes.front());
}

/// Columns that grow row by row.
class Rows {
 public:
  explicit Rows(const Archive& archive) : archive_(archive) {}

  /// The columns of /jobs that all rungs have in common, of one of them.
  void put_job(std::uint64_t job, const std::vector<std::string>& left_out) {
    for (const char* name :
         {"scan", "lattice", "size", "shell_layers", "shell_stiffness", "temperature", "composition", "delta_mu",
          "start", "interaction", "hamiltonian", "exchange_every", "replica", "measured_sweeps"}) {
      const Column stored = archive_.job_column(name, {job, 1});
      const bool differs = std::ranges::find(left_out, name) != left_out.end();
      std::visit([&](const auto& values) { put(stored, values, differs); }, stored.values);
    }
  }
  void put(const std::string& name, const std::string& unit, Role role, double value, const std::string& meaning) {
    std::get<std::vector<double>>(column(name, unit, role, std::vector<double>(), meaning).values).push_back(value);
  }
  void put_word(const std::string& name, const std::string& value, const std::string& meaning) {
    std::get<std::vector<std::string>>(column(name, "", Role::parameter, std::vector<std::string>(), meaning).values)
        .push_back(value);
  }
  void put(const DescribedColumn& described, const std::variant<double, std::string>& value) {
    if (const auto* const word = std::get_if<std::string>(&value))
      return put_word(described.name, *word, described.meaning);
    const std::string_view role = described.role;
    put(described.name, described.unit,
        role == "measured" ? Role::observable
        : role == "label"  ? Role::label
                           : Role::parameter,
        std::get<double>(value), described.meaning);
  }
  void end_row() {
    ++table_.rows;
    next_ = 0;
  }
  Table take() { return std::move(table_); }

 private:
  template <class T>
  void put(const Column& stored, const std::vector<T>& values, bool left_out) {
    if constexpr (std::is_same_v<T, std::string>)
      put_word(stored.name, left_out ? "" : values.front(), stored.description);
    else
      put(stored.name, stored.unit, Role::parameter, left_out ? missing : static_cast<double>(values.front()),
          stored.description);
  }
  TableColumn& column(const std::string& name, const std::string& unit, Role role, const Values& none,
                      const std::string& meaning) {
    if (next_ == table_.columns.size()) table_.columns.push_back({name, unit, role, none, meaning});
    return table_.columns[next_++];
  }

  const Archive& archive_;
  Table table_;
  std::size_t next_ = 0;
};

void put_ladder(const std::vector<FoundRung>& rungs, double measured_sweeps, Rows& rows) {
  const Axis axis = axis_of(rungs);
  const double round_trips = rungs.front().round_trips;
  double rejected = 0;
  for (std::size_t rung = 0; rung + 1 < rungs.size(); ++rung) {
    const double from = axis.place(rungs[rung].physics);
    const double to = axis.place(rungs[rung + 1].physics);
    const double rejection = 1 - rungs[rung].acceptance;
    rejected += rejection;
    rows.put_job(rungs.front().job, axis.columns);
    const std::array<std::variant<double, std::string>, ladder_columns.size()> values{
        static_cast<double>(rungs.size()),
        axis.name,
        from,
        to,
        rungs[rung].acceptance,
        rejected,
        from == to ? missing : rejection / (to - from),
        round_trips,
        round_trips > 0 ? measured_sweeps / round_trips : missing,
        rungs.front().restarts};
    for (std::size_t k = 0; k < values.size(); ++k) rows.put(ladder_columns[k], values[k]);
    rows.end_row();
  }
}

}  // namespace

Table ladder_traffic(const Archive& archive, const Where& where) {
  const std::vector<std::uint64_t> sweeps = archive.measured_sweeps();
  Rows rows(archive);
  for (const auto& [name, rungs] : find_ladders(archive, where))
    put_ladder(rungs, static_cast<double>(sweeps[rungs.front().job]), rows);
  return rows.take();
}

std::vector<LadderSummary> ladder_summaries(const Archive& archive, const Where& where) {
  const std::vector<Identity> identities = archive.identities();
  std::vector<LadderSummary> all;
  for (const auto& [name, rungs] : find_ladders(archive, where)) {
    const Axis axis = axis_of(rungs);
    LadderSummary ladder{.job = to_string(identities[rungs.front().job]),
                         .first_rung = rungs.front().physics,
                         .along = axis.name,
                         .rungs = rungs.size(),
                         .round_trips = rungs.front().round_trips,
                         .restarts = rungs.front().restarts,
                         .rejection = 0,
                         .least_acceptance = missing};
    for (std::size_t rung = 0; rung + 1 < rungs.size(); ++rung) {
      const double acceptance = rungs[rung].acceptance;
      ladder.rejection += 1 - acceptance;
      if (std::isnan(acceptance) || ladder.least_acceptance <= acceptance) continue;
      ladder.least_acceptance = acceptance;
      ladder.from = axis.place(rungs[rung].physics);
      ladder.to = axis.place(rungs[rung + 1].physics);
    }
    all.push_back(ladder);
  }
  return all;
}

}  // namespace nxmc
