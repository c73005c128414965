// Answers that come block by block against plain ones, on archives of more jobs than a block has.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "nxmc/query/print.hpp"
#include "nxmc/query/query.hpp"
#include "plain_query.hpp"
#include "program.hpp"
#include "sample.hpp"

namespace nxmc {
namespace {

using testing_tools::read_file;
using testing_tools::TemporaryDirectory;

/// Every kind of job, most of them alike, in an order that mixes methods and lists of times.
constexpr const char* many_jobs = R"(name: many
seed: 18446744073709551615
scans:
  - {name: short, method: exchange, lattice: hexagon, size: [2, 3], interaction: none, delta_mu: [-3, -1, 2], replicas: 700,
     times: [0.1, 1], rates: {exchange: 1, diffusion: 2}}
  - {name: long, method: exchange, lattice: hexagon, size: 2, interaction: none, delta_mu: [-1, 2], replicas: 3,
     times: {from: 0.1, to: 20, points: 40}, exchange_until: 3}
  - {name: again, method: exchange, lattice: hexagon, size: [2, 3], interaction: none, delta_mu: [-3], replicas: 100,
     times: [0.1, 1], rates: {exchange: 1, diffusion: 2}}
  - {name: chains, method: equilibrium, lattice: hexagon, size: [3, 10], shell_layers: [0, 1], temperature: 1, interaction: none,
     composition: {from: 0.1, to: 0.9, step: 0.1}, start: [random, segregated], replicas: 30, equilibration_sweeps: 1,
     measured_sweeps: 4}
  - {name: longer, method: equilibrium, lattice: hexagon, size: 3, temperature: 1, interaction: none,
     composition: 0.5, replicas: 40, equilibration_sweeps: 1, measured_sweeps: 8}
  - {name: rods, method: exchange, lattice: box, size: [[2, 2, 4], [2, 2, 10]], interaction: none, delta_mu: -1, replicas: 40,
     times: [0.5, 2]}
  - {name: cubes, method: equilibrium, lattice: cube, size: 2, shell_layers: 1, interaction: none, temperature: 1, replicas: 20,
     equilibration_sweeps: 1, measured_sweeps: 4}
)";

/// Archives with all, some and no results, and one with damaged bytes.
class Archives : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    directory_.emplace();
    const Plan plan = sample::plan_of(many_jobs);
    ASSERT_GT(plan.jobs.size(), 6000U);
    std::mt19937 random(1);
    std::vector<std::uint64_t> some;
    for (std::uint64_t job = 0; job < plan.jobs.size(); ++job)
      if (random() % 3 != 0) some.push_back(job);
    create_archive(*directory_ / "all.h5", plan, sample::provenance());
    sample::fill(*directory_ / "all.h5", plan);
    create_archive(*directory_ / "some.h5", plan, sample::provenance());
    sample::fill(*directory_ / "some.h5", plan, some);
    create_archive(*directory_ / "none.h5", plan, sample::provenance());
    damage(plan);
    repack_archive(*directory_ / "some.h5", *directory_ / "kept.h5");
  }
  static void TearDownTestSuite() { directory_.reset(); }

  static Archive open(const std::string& name) { return Archive::open(*directory_ / name); }
  static constexpr std::array<const char*, 5> names{"all.h5", "some.h5", "none.h5", "damaged.h5", "kept.h5"};

 private:
  /// Flips a bit of the first value of some jobs' results, which are found by their bytes.
  static void damage(const Plan& plan) {
    std::string bytes = read_file(*directory_ / "all.h5");
    for (std::uint64_t job = 100; job < plan.jobs.size(); job += 997) {
      const std::vector<double> values = sample::record_of(plan.jobs[job]).values;
      const std::string wanted(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double));
      const std::size_t place = bytes.find(wanted);
      ASSERT_NE(place, std::string::npos);
      bytes[place + 3] = static_cast<char>(bytes[place + 3] ^ 1);
    }
    testing_tools::write_file(*directory_ / "damaged.h5", bytes);
  }
  static std::optional<TemporaryDirectory> directory_;
};
std::optional<TemporaryDirectory> Archives::directory_;

std::string printed(Answer& answer, TableFormat format) {
  std::ostringstream out;
  TablePrinter printer(answer.columns(), {.format = format, .show_units = true, .leave_out_empty_columns = true});
  if (printer.looks_first())
    answer.visit([&](const Block& block) {
      printer.look(block);
      return true;
    });
  printer.begin(out);
  answer.visit([&](const Block& block) {
    printer.print(out, block);
    return true;
  });
  printer.end(out);
  return out.str();
}

std::string plainly_printed(const Table& table, TableFormat format) {
  std::ostringstream out;
  if (format == TableFormat::csv)
    plain::print_csv(out, table);
  else
    plain::print_aligned(out, without_empty_columns(table), true);
  return out.str();
}

Table with_columns_of(const Table& table, const Answer& answer) {
  std::vector<std::string> names;
  for (const TableColumn& column : answer.columns().columns) names.push_back(column.name);
  return select_columns(table, names);
}

void expect_plain_answer(const Archive& archive, const Table& rows, const Query& query) {
  std::string words = query.where + " | ";
  for (const std::string& key : query.group_by) words += key + " ";
  words += "| ";
  for (const std::string& name : query.columns) words += name + " ";
  SCOPED_TRACE(archive.file().filename().string() + " " + std::to_string(static_cast<int>(query.rows)) + ": " + words);
  Answer answer(archive, query);
  Groups expected = plain::answer(rows, query);
  expected.table = with_columns_of(expected.table, answer);
  for (const TableFormat format : {TableFormat::csv, TableFormat::table}) {
    // Texts, and no strings of many megabytes in a message.
    EXPECT_TRUE(printed(answer, format) == plainly_printed(expected.table, format));
  }
  EXPECT_TRUE(nlohmann::ordered_json::parse(printed(answer, TableFormat::json)) == plain::json_rows(expected.table));
  std::string mixed;
  for (const std::string& name : expected.mixed) mixed += (mixed.empty() ? "" : ", ") + name;
  bool warned = false;
  for (const std::string& warning : answer.warnings())
    if (warning.starts_with("the averages mix rows that differ in " + mixed + ";")) warned = true;
  EXPECT_EQ(warned, !mixed.empty());
}

template <class T>
const T& one_of(const std::vector<T>& all, std::mt19937& random) {
  return all[random() % all.size()];
}

Query random_query(std::mt19937& random) {
  using Rows = RowKind;
  const std::vector<std::string> of_jobs{"",
                                         "size == 3",
                                         "size > 2 and size < 10",
                                         "delta_mu < 0 or composition >= 0.5",
                                         "scan == short and replica < 5",
                                         "not scan in [short, chains]",
                                         "state == done",
                                         "state != done and method == exchange",
                                         "scan == again or size == 2x2x10",
                                         "exchange_until > 1",
                                         "replica == 699",
                                         "seed == 18446744073709551615 and measured_sweeps > 4",
                                         "start == random and shell_layers == 1",
                                         "temperature == 7"};
  const std::vector<std::string> keys_of_jobs{"size",  "delta_mu", "scan",         "method",          "composition",
                                              "start", "replica",  "shell_layers", "measured_sweeps", "exchange_until"};
  Query query;
  query.rows = one_of<Rows>({Rows::jobs, Rows::times, Rows::profiles}, random);
  std::vector<std::string> conditions = of_jobs;
  std::vector<std::string> keys = keys_of_jobs;
  std::vector<std::string> values;
  if (query.rows == Rows::jobs) {
    conditions.insert(conditions.end(), {"f_U > 0.5", "energy < 0.3 and size == 3", "events > 0.9 or f_U_err < 0.1"});
    values = {"f_U", "f_U_err", "energy", "acceptance", "wall_seconds", "events"};
  } else if (query.rows == Rows::times) {
    conditions.insert(conditions.end(), {"time > 0.5", "c < 0.25 and size == 2", "not f_U > 0.1 or time == 0.1"});
    keys.insert(keys.end(), {"time", "time"});
    values = {"c", "f_U", "energy", "time"};
  } else {
    conditions.insert(conditions.end(), {"plane in [0, 3]", "c > 0.9 or c_err < 0.1", "time > 1"});
    keys.insert(keys.end(), {"time", "plane", "plane"});
    values = {"c", "plane", "c_err"};
  }
  query.where = one_of(conditions, random);
  if (random() % 3 != 0) {
    for (std::size_t k = 1 + random() % 3; k > 0; --k) {
      const std::string key = one_of(keys, random);
      if (std::find(query.group_by.begin(), query.group_by.end(), key) == query.group_by.end())
        query.group_by.push_back(key);
    }
    if (random() % 2 == 0) query.columns = {query.group_by.front(), "n", values.front(), values.front() + "_err"};
  } else if (random() % 2 == 0) {
    query.columns = {"job", "size", one_of(values, random), one_of(values, random), "state", "measured_sweeps"};
    std::sort(query.columns.begin() + 2, query.columns.end());
    query.columns.erase(std::unique(query.columns.begin(), query.columns.end()), query.columns.end());
  }
  return query;
}

TEST_F(Archives, AnswerRandomQueriesAsPlainlyEvaluatedTablesDo) {
  std::mt19937 random(20261128);
  for (const char* name : names) {
    const Archive archive = open(name);
    std::map<RowKind, Table> rows;
    for (const RowKindOption& kind : row_kinds) rows.emplace(kind.kind, plain::rows_of(archive, kind.kind));
    for (int k = 0; k < 20; ++k) {
      const Query query = random_query(random);
      expect_plain_answer(archive, rows.at(query.rows), query);
    }
  }
}

TEST_F(Archives, AnswerTheSameWhenAskedAgain) {
  const Archive archive = open("some.h5");
  Answer answer(archive, {.rows = RowKind::times, .where = "c > 0.5", .columns = {}, .group_by = {}});
  const std::string once = printed(answer, TableFormat::csv);
  EXPECT_EQ(printed(answer, TableFormat::csv), once);
}

TEST_F(Archives, StopReadingWhenNobodyListens) {
  const Archive archive = open("all.h5");
  Answer answer(archive, {.rows = RowKind::times, .where = "", .columns = {"c"}, .group_by = {}});
  int blocks = 0;
  answer.visit([&](const Block&) {
    ++blocks;
    return false;
  });
  EXPECT_EQ(blocks, 1);
}

TEST_F(Archives, CountDamagedRowsAmongThoseAskedForOnly) {
  const Archive archive = open("damaged.h5");
  const auto warnings = [&](const std::string& where) {
    Answer answer(archive, {.rows = RowKind::jobs, .where = where, .columns = {"n"}, .group_by = {"method"}});
    return answer.warnings();
  };
  EXPECT_THAT(warnings("replica >= 0"), testing::Contains(testing::HasSubstr("rows are damaged and left out")));
  EXPECT_THAT(warnings("replica == 100000"), testing::IsEmpty());
}

TEST(OrderOfGroups, IsThatOfNumbersAlsoInWords) {
  const auto before = [](const std::string& a, const std::string& b) {
    return comes_before({"size", "", Role::parameter, std::vector<std::string>{a, b}}, 0, 1);
  };
  const std::vector<std::string> sorted{"9", "10", "10x10x4", "10x10x50", "16", "a2", "a10", "b", ""};
  for (std::size_t i = 0; i < sorted.size(); ++i)
    for (std::size_t j = 0; j < sorted.size(); ++j)
      EXPECT_EQ(before(sorted[i], sorted[j]), i < j) << sorted[i] << sorted[j];
  const TableColumn numbers{"t", "", Role::parameter, std::vector<double>{0.15, 0.2, std::nan("")}};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) EXPECT_EQ(comes_before(numbers, i, j), i < j);
}

}  // namespace
}  // namespace nxmc
