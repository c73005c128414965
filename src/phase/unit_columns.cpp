#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "columns_on_request.hpp"
#include "nxmc/campaign/physical_units.hpp"
#include "nxmc/campaign/plan.hpp"
#include "nxmc/phase/nan.hpp"
#include "nxmc/query/query.hpp"
#include "nxmc/schedule/campaign_changes.hpp"

namespace nxmc {
namespace {

double number_in(const std::string& word) {
  double value = nan;
  std::from_chars(word.data(), word.data() + word.size(), value);
  return value;
}

/// The units of jobs, given the words of what they follow from.
class UnitsOfArchive {
 public:
  explicit UnitsOfArchive(const Archive& archive) : archive_(archive) {
    if (const auto campaign = archived_campaign(archive); campaign && campaign->material) units_.emplace(*campaign);
  }

  static std::vector<std::string> follow_from() {
    return {"job", "lattice", "elastic", "ising", "temperature", "rate_exchange", "rate_diffusion"};
  }

  using Unit = double (*)(const PhysicalUnits&, const Physics&);
  /// \param words  of follow_from()
  double unit(Unit which, const std::vector<std::string>& words) {
    return units_ ? which(*units_, physics_of(words)) : nan;
  }

 private:
  Physics physics_of(const std::vector<std::string>& words) {
    Physics physics;
    physics.interaction = {.elastic = number_in(words[2]), .ising = number_in(words[3])};
    if (energy_unit(physics.interaction) == "kT" || names_a_list_of_sites(words[1]))
      return archive_.physics(row_of(words[0]));
    set_lattice_word(physics.lattice, words[1]);
    physics.temperature = number_in(words[4]);
    physics.rates = {.exchange = number_in(words[5]), .diffusion = number_in(words[6])};
    return physics;
  }

  /// One of those that the job has.
  std::uint64_t row_of(const std::string& job) {
    if (rows_.empty()) {
      const std::vector<Identity> identities = archive_.identities();
      for (std::uint64_t row = 0; row < identities.size(); ++row) rows_.emplace(to_string(identities[row]), row);
    }
    return rows_.at(job);
  }

  const Archive& archive_;
  std::optional<PhysicalUnits> units_;
  std::unordered_map<std::string, std::uint64_t> rows_;
};

/// Of averages, whose keys do not name single jobs, nothing is known.
JoinedCells cells_of(const Archive& archive, UnitsOfArchive::Unit which, const Query& query) {
  if (!query.group_by.empty())
    return {.by = {}, .cell_of = [](const std::vector<std::string>& /*words*/) { return JoinedCells::Cell(nan); }};
  const auto units = std::make_shared<UnitsOfArchive>(archive);
  return {.by = UnitsOfArchive::follow_from(), .cell_of = [units, which](const std::vector<std::string>& words) {
            return JoinedCells::Cell(units->unit(which, words));
          }};
}

JoinedColumn column_of(const DescribedColumn& line, const Archive& archive, UnitsOfArchive::Unit which) {
  return {.name = line.name,
          .unit = line.unit,
          .values = std::vector<double>(),
          .description = line.meaning,
          .join = [&archive, which](const Query& query) { return cells_of(archive, which, query); }};
}

}  // namespace

std::vector<JoinedColumn> unit_columns(const Archive& archive) {
  constexpr double angstrom_per_nm = 10;
  using Units = PhysicalUnits;
  return {column_of(kelvin_line, archive, [](const Units& u, const Physics& p) { return u.temperature(p); }),
          column_of(unit_energy_line, archive, [](const Units& u, const Physics& p) { return u.energy(p); }),
          column_of(unit_length_line, archive,
                    [](const Units& u, const Physics& p) { return angstrom_per_nm * u.length(p); }),
          column_of(unit_time_line, archive, [](const Units& u, const Physics& p) { return u.time(p); })};
}

}  // namespace nxmc
