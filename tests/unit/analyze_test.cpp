// Tables, conditions, averages and their printed forms, on tables made by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "nxmc/query/condition.hpp"
#include "nxmc/query/extended_xyz.hpp"
#include "nxmc/query/group.hpp"
#include "nxmc/query/print.hpp"
#include "nxmc/query/progress.hpp"
#include "nxmc/query/table.hpp"
#include "nxmc/schedule/forecast.hpp"

namespace nxmc {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsNan;

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

TableColumn words(const std::string& name, std::vector<std::string> values, Role role = Role::label) {
  return {name, "", role, std::move(values)};
}
TableColumn integers(const std::string& name, std::vector<std::int64_t> values, Role role = Role::parameter) {
  return {name, "1", role, std::move(values)};
}
TableColumn parameter(const std::string& name, std::vector<double> values) {
  return {name, "epsilon", Role::parameter, std::move(values)};
}
TableColumn observable(const std::string& name, std::vector<double> values) {
  return {name, "1", Role::observable, std::move(values)};
}

/// Five jobs: two sizes, one unfinished, one box.
Table jobs() {
  return {{words("scan", {"stiff", "stiff,soft", "soft", "soft", "rods"}),
           words("size", {"10", "16", "16", "10", "10x10x50"}, Role::parameter),
           integers("shell_layers", {1, 1, 2, 2, 0}), parameter("temperature", {0.2, 0.1 + 0.2, 0.4, 0.2, 1.5}),
           words("state", {"done", "done", "waiting", "done", "failed"}),
           observable("f_U", {0.5, 0.1, missing, 0.2, missing})},
          5};
}

std::vector<std::size_t> where(const std::string& condition) {
  return matching_rows(jobs(), parse_condition(condition));
}

struct ConditionCase {
  std::string text;
  std::vector<std::size_t> rows;
};
void PrintTo(const ConditionCase& c, std::ostream* out) { *out << c.text; }

class ConditionTable : public testing::TestWithParam<ConditionCase> {};
TEST_P(ConditionTable, SelectsTheRowsThatAPersonWould) { EXPECT_EQ(where(GetParam().text), GetParam().rows); }

INSTANTIATE_TEST_SUITE_P(
    Numbers, ConditionTable,
    testing::Values(ConditionCase{"temperature == 0.3", {1}},  // 0.1 + 0.2 is not 0.3 to the bit
                    ConditionCase{"temperature == 0.2000001", {}}, ConditionCase{"temperature < 0.3", {0, 3}},
                    ConditionCase{"temperature <= 0.3", {0, 1, 3}}, ConditionCase{"temperature > 0.3", {2, 4}},
                    ConditionCase{"temperature >= 0.3", {1, 2, 4}}, ConditionCase{"temperature != 0.2", {1, 2, 4}},
                    ConditionCase{"temperature > 2e-1", {1, 2, 4}}, ConditionCase{"temperature>-3", {0, 1, 2, 3, 4}},
                    ConditionCase{"0.3 <= temperature", {1, 2, 4}}, ConditionCase{"shell_layers == 0", {4}},
                    ConditionCase{"shell_layers in [0, 2]", {2, 3, 4}},
                    ConditionCase{"shell_layers not in [0,2]", {0, 1}}, ConditionCase{"temperature == inf", {}}));
INSTANTIATE_TEST_SUITE_P(
    Words, ConditionTable,
    testing::Values(ConditionCase{"state == done", {0, 1, 3}}, ConditionCase{"state == 'done'", {0, 1, 3}},
                    ConditionCase{"state != \"done\"", {2, 4}}, ConditionCase{"scan == soft", {1, 2, 3}},
                    ConditionCase{"scan == stiff", {0, 1}}, ConditionCase{"scan in [rods, stiff]", {0, 1, 4}},
                    ConditionCase{"size == 16", {1, 2}}, ConditionCase{"size == 10x10x50", {4}},
                    ConditionCase{"size > 12", {1, 2}}, ConditionCase{"size == 1.6e1", {1, 2}},
                    ConditionCase{"'done' == state", {0, 1, 3}}));
INSTANTIATE_TEST_SUITE_P(Logic, ConditionTable,
                         testing::Values(ConditionCase{"size == 10 and state == done", {0, 3}},
                                         ConditionCase{"size == 10 or state == failed", {0, 3, 4}},
                                         ConditionCase{"state == failed or size == 10 and temperature > 1", {4}},
                                         ConditionCase{"(state == failed or size == 10) and temperature > 1", {4}},
                                         ConditionCase{"(state == failed or size == 10) and temperature < 1", {0, 3}},
                                         ConditionCase{"not state == done", {2, 4}},
                                         ConditionCase{"not not state == done", {0, 1, 3}},
                                         ConditionCase{"not (size == 10 or size == 16)", {4}}));
INSTANTIATE_TEST_SUITE_P(
    Formulas, ConditionTable,
    testing::Values(
        ConditionCase{"f_U > temperature", {0}}, ConditionCase{"f_U <= temperature", {1, 3}},
        ConditionCase{"f_U == temperature", {3}}, ConditionCase{"f_U != temperature", {0, 1}},
        ConditionCase{"temperature > f_U", {1}}, ConditionCase{"f_U > -temperature", {0, 1, 3}},
        ConditionCase{"temperature > shell_layers / 5", {1, 4}}, ConditionCase{"temperature>shell_layers/5", {1, 4}},
        ConditionCase{"2 * f_U + 0.1 <= temperature", {1}}, ConditionCase{"temperature - 2 * f_U >= 0.1", {1}},
        ConditionCase{"2 * (f_U + 0.1) <= temperature + 0.2", {1}},
        ConditionCase{"(f_U + temperature) / 2 > 0.25", {0}}, ConditionCase{"((f_U + temperature)) / 2 > 0.25", {0}},
        ConditionCase{"((f_U + temperature) / 2 > 0.25)", {0}}, ConditionCase{"0.25 < (f_U + temperature) / 2", {0}},
        ConditionCase{"(f_U) > (temperature)", {0}},
        ConditionCase{"(f_U + temperature) / 2 > 0.25 and (state == done or size == 16)", {0}},
        ConditionCase{"not (f_U > temperature)", {1, 2, 3, 4}}, ConditionCase{"f_U - 0.4 > 0", {0}},
        ConditionCase{"f_U -0.4 > 0", {0}}, ConditionCase{"- f_U < -0.4", {0}}, ConditionCase{"-(f_U) < - 0.4", {0}},
        ConditionCase{"-f_U < -0.4", {0}}, ConditionCase{"1 - 2 - 3 == -4 * shell_layers", {0, 1}},
        ConditionCase{"12 / 2 / 3 == 2 * shell_layers", {0, 1}}, ConditionCase{"2 + 3 * 2 == 8 * shell_layers", {0, 1}},
        ConditionCase{"size / 8 == 2 * shell_layers", {1}}, ConditionCase{"size > shell_layers", {0, 1, 2, 3}},
        ConditionCase{"1 / shell_layers > 0", {0, 1, 2, 3}},  // divided by zero: nothing to compare
        ConditionCase{"1 / shell_layers != 7", {0, 1, 2, 3}}, ConditionCase{"not 1 / shell_layers > 0", {4}},
        ConditionCase{"+f_U > temperature", {0}}, ConditionCase{"scan == temperature", {}}));
INSTANTIATE_TEST_SUITE_P(MissingValues, ConditionTable,
                         testing::Values(ConditionCase{"f_U < 1", {0, 1, 3}}, ConditionCase{"f_U != 0.5", {1, 3}},
                                         ConditionCase{"f_U not in [0.5]", {1, 3}},
                                         ConditionCase{"not f_U < 1", {2, 4}}));

struct ErrorCase {
  std::string text;
  std::string message;
};
void PrintTo(const ErrorCase& c, std::ostream* out) { *out << c.text.substr(0, 60); }

class ConditionErrors : public testing::TestWithParam<ErrorCase> {};
TEST_P(ConditionErrors, SayWhereAndWhat) {
  try {
    where(GetParam().text);
    FAIL() << "accepted: " << GetParam().text;
  } catch (const QueryError& error) {
    EXPECT_THAT(error.what(), HasSubstr(GetParam().message));
  }
}
INSTANTIATE_TEST_SUITE_P(
    All, ConditionErrors,
    testing::Values(
        ErrorCase{"", "the condition is empty"}, ErrorCase{"  ", "the condition is empty"},
        ErrorCase{"temprature < 1",
                  "position 1 of the condition: there is no column 'temprature'; did you mean 'temperature'?"},
        ErrorCase{"size == 10 and xyzzy < 1",
                  "position 16 of the condition: there is no column 'xyzzy'; the columns are scan size"},
        ErrorCase{"temperature = 0.2", "position 13 of the condition: write '=='"},
        ErrorCase{"temperature", "a comparison (== != < <= > >= in) was expected after 'temperature', not 'the end'"},
        ErrorCase{"temperature <", "position 14 of the condition: a number or a word was expected, not 'the end'"},
        ErrorCase{"0.1 < temperature < 0.3", "write 'a < x and x < b'"},
        ErrorCase{"size == 10 && size == 16", "write 'and' instead of '&&'"},
        ErrorCase{"size == 10 || size == 16", "write 'or' instead of '||'"},
        ErrorCase{"size == 10 size == 16",
                  "position 12 of the condition: 'and', 'or' or the end was expected, not 'size'"},
        ErrorCase{"(size == 10", "the parenthesis opened at position 1 is never closed"},
        ErrorCase{"size == 10)", "not ')'"}, ErrorCase{"state == 'done", "position 10 of the condition: the quote"},
        ErrorCase{"size in 10", "a list was expected"}, ErrorCase{"size in [10", "',' or ']' was expected"},
        ErrorCase{"size in []", "a number or a word was expected, not ']'"},
        ErrorCase{"temperature == warm", "column 'temperature' holds numbers; 'warm' is none"},
        ErrorCase{"temperature == nan", "column 'temperature' holds numbers"},
        ErrorCase{"state < done", "column 'state' holds words; compare it with == or !="},
        ErrorCase{"state > 3", "column 'state' holds words"}, ErrorCase{"1 < 2", "must be a column name"},
        ErrorCase{"and", "a column name was expected, not 'and'"}, ErrorCase{"size ! 3", "not '!'"},
        ErrorCase{"f_U > temprature",
                  "column 'f_U' holds numbers; 'temprature' is none, nor is it a column; did you mean 'temperature'?"},
        ErrorCase{"2 * f_X > 1", "position 5 of the condition: there is no column 'f_X'; did you mean 'f_U'?"},
        ErrorCase{"f_U+0.1 > 2 * temperature", "+ and - between columns and numbers need spaces round them"},
        ErrorCase{"f_U > state",
                  "position 7 of the condition: column 'state' holds words, with which one cannot calculate"},
        ErrorCase{"2 * scan > 1", "position 5 of the condition: column 'scan' holds words"},
        ErrorCase{"2 * 'done' > 1", "position 5 of the condition: one cannot calculate with the word 'done'"},
        ErrorCase{"1 + 2 < 4", "one side of a comparison must be a column name"},
        ErrorCase{"2 * f_U", "was expected after the formula, not 'the end'"},
        ErrorCase{"2 * > 1", "position 5 of the condition: a column name or a number was expected, not '>'"},
        ErrorCase{"f_U > 2 *", "a column name or a number was expected, not 'the end'"},
        ErrorCase{"f_U > (1 + temperature", "the parenthesis opened at position 7 is never closed"},
        ErrorCase{"f_U > (1 temperature)", "an operator (+ - * /) or ')' was expected, not 'temperature'"},
        ErrorCase{"f_U > ()", "was expected, not ')'"}, ErrorCase{"f_U + 1 in [2]", "not 'in'"},
        ErrorCase{"1 < 2 * f_U < 3", "write 'a < x and x < b'"},
        ErrorCase{"f_U > " + std::string(200'000, '('), "nested too deeply"},
        ErrorCase{"f_U > " + std::string(200'000, '-') + " 1", "'and', 'or' or the end was expected"},
        ErrorCase{std::string(200'000, '('), "nested too deeply"}));

TEST(Condition, LongFormulasAreNoDeepOnes) {
  std::string sum = "f_U";
  for (int term = 0; term < 50'000; ++term) sum += " + 0 * temperature";
  EXPECT_EQ(where(sum + " > 0.4"), (std::vector<std::size_t>{0}));
}

TEST(Condition, OfAnEmptyTableSelectsNothing) {
  Table none = select_rows(jobs(), {});
  EXPECT_THAT(matching_rows(none, parse_condition("size > 12 and temperature < 1")), IsEmpty());
}

TEST(Columns, ComeInTheOrderAskedFor) {
  const Table selected = select_columns(jobs(), {"f_U", "size"});
  ASSERT_EQ(selected.columns.size(), 2);
  EXPECT_EQ(selected.columns[0].name, "f_U");
  EXPECT_EQ(selected.columns[1].name, "size");
}

TEST(Columns, ThatDoNotExistAreReportedWithTheNearestName) {
  EXPECT_THAT([] { select_columns(jobs(), {"shell_layer"}); },
              testing::ThrowsMessage<QueryError>(HasSubstr("did you mean 'shell_layers'?")));
}

std::vector<double> numbers(const Table& table, const std::string& name) {
  return std::get<std::vector<double>>(get_column(table, name).values);
}

/// Replicas of two temperatures, by hand: values 0.2, 0.4 and 0.6 at T = 1; 0.5 and an unfinished one at T = 2.
Table replicas(std::vector<double> errors) {
  return {{parameter("temperature", {1, 1, 1, 2, 2}), integers("replica", {0, 1, 2, 0, 1}, Role::label),
           observable("f_U", {0.2, 0.4, 0.6, 0.5, missing}), observable("f_U_err", std::move(errors)),
           observable("acceptance", {0.1, 0.2, 0.3, 0.4, missing})},
          5};
}

TEST(Grouping, TakesTheSpreadOfMembersWhereItIsTheLargerError) {
  const Table groups = group_rows(replicas({0.03, 0.04, 0.05, 0.07, missing}), {"temperature"}).table;
  EXPECT_THAT(numbers(groups, "temperature"), ElementsAre(1, 2));
  EXPECT_THAT(std::get<std::vector<std::int64_t>>(get_column(groups, "n").values), ElementsAre(3, 1));
  EXPECT_THAT(numbers(groups, "f_U"), ElementsAre(DoubleNear(0.4, 1e-15), 0.5));
  // s = 0.2 and s/sqrt(3) = 0.115 > sqrt(0.03^2 + 0.04^2 + 0.05^2)/3 = 0.0236; alone, a member keeps its own error
  EXPECT_THAT(numbers(groups, "f_U_err"), ElementsAre(DoubleNear(0.2 / std::sqrt(3.0), 1e-15), 0.07));
}

TEST(Grouping, TakesTheMembersOwnErrorsWhereTheyAgreeByChance) {
  const Table groups = group_rows(replicas({0.3, 0.4, 1.2, 0.07, missing}), {"temperature"}).table;
  // sqrt(0.09 + 0.16 + 1.44) / 3 = 1.3 / 3
  EXPECT_THAT(numbers(groups, "f_U_err"), ElementsAre(DoubleNear(1.3 / 3, 1e-15), 0.07));
}

TEST(Grouping, GivesQuantitiesWithoutErrorsTheSpreadAndSingleOnesNone) {
  const Table groups = group_rows(replicas({0.3, 0.4, 1.2, 0.07, missing}), {"temperature"}).table;
  EXPECT_THAT(numbers(groups, "acceptance"), ElementsAre(DoubleNear(0.2, 1e-15), 0.4));
  EXPECT_THAT(numbers(groups, "acceptance_err"), ElementsAre(DoubleNear(0.1 / std::sqrt(3.0), 1e-15), IsNan()));
}

// Two chains on different sides of a transition: each is narrow, together they are not.
TEST(Grouping, PoolsVariancesWithinAndBetweenChains) {
  const Table chains{
      {parameter("temperature", {1, 1, 2, 2, 2}), integers("replica", {0, 1, 0, 1, 2}, Role::label),
       TableColumn{"measured_sweeps", "sweeps", Role::label, std::vector<double>{100, 300, 50, 50, 50}},
       observable("f_U", {0.2, 0.6, 0.5, 0.5, missing}), observable("f_U_err", {0.01, 0.01, 0, 0, missing}),
       observable("f_U_var", {0.001, 0.003, 0.004, 0.006, missing}),
       observable("f_U_var_err", {1e-4, 1e-4, 0, 0, missing})},
      5};
  const Table groups = group_rows(chains, {"temperature"}).table;
  // weights 1/4 and 3/4: within 0.0025, between 3/16 * 0.4^2 = 0.03
  EXPECT_THAT(numbers(groups, "f_U_var"), ElementsAre(DoubleNear(0.0325, 1e-15), DoubleNear(0.005, 1e-15)));
  // Without one chain the other's variance is left: sqrt(1/2 * 2 * 0.001^2); but two that disagree do not know by how
  // much.
  EXPECT_GT(numbers(groups, "f_U_var_err")[0], 0.03);
  EXPECT_THAT(numbers(groups, "f_U_var_err")[1], DoubleNear(0.001, 1e-15));
  EXPECT_THAT(numbers(groups, "f_U"), ElementsAre(DoubleNear(0.4, 1e-15), 0.5)) << "means are as they were";
}

TEST(Grouping, KeepsTheOrderOfKeysNAndObservables) {
  std::vector<std::string> names;
  for (const TableColumn& column : group_rows(replicas({1, 1, 1, 1, 1}), {"replica", "temperature"}).table.columns) {
    names.push_back(column.name);
  }
  EXPECT_THAT(names, ElementsAre("replica", "temperature", "n", "f_U", "f_U_err", "acceptance", "acceptance_err"));
}

TEST(Grouping, CountsOnlyMeasuredRows) {
  const Table unfinished{{words("scan", {"a", "a"}), observable("c", {missing, missing})}, 2};
  const Table groups = group_rows(unfinished, {"scan"}).table;
  EXPECT_THAT(std::get<std::vector<std::int64_t>>(get_column(groups, "n").values), ElementsAre(0));
  EXPECT_THAT(numbers(groups, "c"), ElementsAre(IsNan()));
}

TEST(Grouping, NamesParametersThatDifferWithinAGroup) {
  Table table = replicas({1, 1, 1, 1, 1});
  table.columns.push_back(parameter("delta_mu", {-20, -20, -10, -20, -20}));
  EXPECT_THAT(group_rows(table, {"temperature"}).mixed, ElementsAre("delta_mu"));
  EXPECT_THAT(group_rows(table, {"temperature", "delta_mu"}).mixed, IsEmpty());
  EXPECT_THAT(group_rows(table, {"delta_mu"}).mixed, ElementsAre("temperature"));
}

TEST(Grouping, PutsMissingKeysTogether) {
  const Table table{{parameter("delta_mu", {missing, missing}), observable("c", {0.25, 0.75})}, 2};
  EXPECT_THAT(numbers(group_rows(table, {"delta_mu"}).table, "c"), ElementsAre(0.5));
}

TEST(Grouping, RefusesMeasuredKeysAndUnknownOnes) {
  EXPECT_THAT([] { group_rows(jobs(), {"f_U"}); }, testing::ThrowsMessage<QueryError>(HasSubstr("'f_U' is measured")));
  EXPECT_THAT([] { group_rows(jobs(), {"siz"}); },
              testing::ThrowsMessage<QueryError>(HasSubstr("did you mean 'size'")));
}

std::string printed(const Table& table, TableFormat format, bool units = false) {
  std::ostringstream out;
  print_table(out, table, format, units);
  return out.str();
}

TEST(Printing, GivesValuesTheDigitsThatTheirErrorsAllow) {
  const auto check = [](double value, double error, const std::string& v, const std::string& e) {
    const PrintedPair pair = print_with_error(value, error);
    EXPECT_EQ(pair.value, v);
    EXPECT_EQ(pair.error, e);
  };
  check(0.51731234, 0.0042, "0.5173", "0.0042");
  check(0.51731234, 0.0996, "0.52", "0.10");  // not 0.517 and 0.100: two digits of the error, after rounding
  check(-1234.5678, 3.14159, "-1234.6", "3.1");
  check(123456.0, 789.0, "123456", "789");
  check(0.5, 0.0, "0.5", "0");
  check(1e-30, 2.5e-32, "1.000e-30", "2.5e-32");
}

TEST(Printing, AlignsColumnsAndShowsUnits) {
  const Table table{{words("state", {"done", ""}), parameter("temperature", {0.1 + 0.2, 12}),
                     observable("f_U", {0.123456789, missing}), observable("f_U_err", {0.0123, missing})},
                    2};
  EXPECT_EQ(printed(table, TableFormat::table),
            "state  temperature    f_U  f_U_err\n"
            "done           0.3  0.123    0.012\n"
            "-               12      -        -\n");
  EXPECT_EQ(printed(table, TableFormat::table, true),
            "state  temperature    f_U  f_U_err\n"
            "         [epsilon]\n"
            "done           0.3  0.123    0.012\n"
            "-               12      -        -\n");
}

TEST(Printing, ShowsControlCharactersOfOthersInTablesAndKeepsThemAsTheyAreForPrograms) {
  const Table table{{{"host", "", Role::label, std::vector<std::string>{"n1\x1b[2J", "K\u00f6ln"}}}, 2};
  EXPECT_EQ(printed(table, TableFormat::table), "host\nn1\\x1b[2J\nK\u00f6ln\n");
  EXPECT_EQ(printed(table, TableFormat::csv), "host\nn1\x1b[2J\nK\u00f6ln\n");
}

TEST(Printing, QuotesCsvAsRfc4180Says) {
  const Table table{{words("scan", {"plain", "a,b", "say \"hi\"", "two\nlines", ""})}, 5};
  EXPECT_EQ(printed(table, TableFormat::csv), "scan\nplain\n\"a,b\"\n\"say \"\"hi\"\"\"\n\"two\nlines\"\n\n");
}

TEST(Printing, CsvNumbersReadBackToTheBit) {
  const std::vector<double> values{0.1, 0.1 + 0.2, 1.0 / 3, 1e-32, -6.02214076e23, 5e-324, 300};
  std::istringstream lines(printed({{observable("x", values)}, values.size()}, TableFormat::csv));
  std::string line;
  std::getline(lines, line);
  for (const double value : values) {
    std::getline(lines, line);
    double back = 0;
    std::from_chars(line.data(), line.data() + line.size(), back);
    EXPECT_EQ(back, value) << line;
  }
}

TEST(Printing, JsonReadsBackToTheBitWithNullForMissing) {
  const auto rows = nlohmann::json::parse(printed(jobs(), TableFormat::json));
  ASSERT_EQ(rows.size(), 5);
  EXPECT_EQ(rows[1]["temperature"].get<double>(), 0.1 + 0.2);
  EXPECT_EQ(rows[1]["scan"], "stiff,soft");
  EXPECT_EQ(rows[4]["shell_layers"], 0);
  EXPECT_TRUE(rows[2]["f_U"].is_null());
}

TEST(Printing, JsonGivesSizesAsNumbersWhereTheyAre) {
  const auto rows = nlohmann::json::parse(printed(jobs(), TableFormat::json));
  EXPECT_EQ(rows[1]["size"], 16);
  EXPECT_EQ(rows[4]["size"], "10x10x50");
}

TEST(Columns, WithoutAnyValueCanBeLeftOut) {
  const Table unfinished = select_rows(jobs(), {2, 4});
  EXPECT_EQ(find_column(without_empty_columns(unfinished), "f_U"), nullptr);
  EXPECT_EQ(without_empty_columns(unfinished).columns.size() + 1, unfinished.columns.size());
  EXPECT_EQ(without_empty_columns(select_rows(jobs(), {})).columns.size(), jobs().columns.size());
}

TEST(Grouping, CountsAJobOfTwoScansInBoth) {
  const Table split = one_row_per_item(jobs(), "scan");
  EXPECT_THAT(std::get<std::vector<std::string>>(get_column(split, "scan").values),
              ElementsAre("stiff", "stiff", "soft", "soft", "soft", "rods"));
  const Table groups = group_rows(split, {"scan"}).table;
  EXPECT_THAT(std::get<std::vector<std::int64_t>>(get_column(groups, "n").values), ElementsAre(0, 2, 2))
      << "rods, soft, stiff";
}

TEST(Condition, WordsThatNoRowHasAreReportedWithThoseThatThereAre) {
  const auto unknown = [](const std::string& text) { return unknown_words(jobs(), parse_condition(text)); };
  EXPECT_THAT(unknown("scan == stif"), ElementsAre("no row has scan 'stif'; did you mean 'stiff'?"));
  EXPECT_THAT(unknown("temperature > 0 and not size in [10, 99]"),
              ElementsAre("no row has size '99'; there are 10, 16, 10x10x50"));
  EXPECT_THAT(unknown("scan == soft and size == 16 and state == truncated and size > 99"), IsEmpty());
}

TEST(Printing, EmptyTablesAreStillWellFormed) {
  const Table none = select_rows(jobs(), {});
  EXPECT_EQ(nlohmann::json::parse(printed(none, TableFormat::json)).size(), 0);
  EXPECT_EQ(printed(none, TableFormat::csv), "scan,size,shell_layers,temperature,state,f_U\n");
}

TEST(Forecast, CountsKernelsJobsAndIdleRanks) {
  const NodeMemory node{1e9, 2, 0};
  Plan plan;
  plan.kernels.resize(1);
  plan.kernels[0].build_seconds = 40;
  plan.jobs.resize(4);
  for (Job& job : plan.jobs) {
    job.physics = std::make_shared<const Physics>();
    job.kernel = 0;
    job.cost_seconds = 30;
  }
  EXPECT_DOUBLE_EQ(predicted_core_seconds(plan), 160);
  const Forecast two = forecast(plan, 2, node);
  EXPECT_NEAR(two.wall_seconds, 100, 1);  // 40 for the kernel, then two jobs on each rank
  EXPECT_NEAR(two.work_seconds, 60, 0.1);
  EXPECT_NEAR(two.efficiency, 0.8, 0.01);
  EXPECT_NEAR(forecast(plan, 1, node).efficiency, 1, 0.01);
  const Forecast uneven = forecast(plan, {30, 30, 30, 90}, 2, node);
  EXPECT_NEAR(uneven.work_seconds, 120, 0.1) << "the last of four that were predicted to be alike";
}

TEST(Forecast, TakesKernelsOneAfterTheOtherWhereRanksThatShareANodeNeedIt) {
  Plan plan;
  plan.kernels.resize(2);
  for (PlannedKernel& kernel : plan.kernels) kernel.rank_bytes = 300e6;
  plan.jobs.resize(6);
  for (std::size_t k = 0; k < plan.jobs.size(); ++k) {
    plan.jobs[k].physics = std::make_shared<const Physics>();
    plan.jobs[k].kernel = static_cast<int>(k / 3);
    plan.jobs[k].cost_seconds = 30;
  }
  EXPECT_NEAR(forecast(plan, 2, {1e9, 1, 0}).work_seconds, 90, 1) << "two nodes: three jobs on each rank";
  EXPECT_NEAR(forecast(plan, 2, {1e9, 2, 0}).work_seconds, 120, 1)
      << "one node: a rank idles at the end of each kernel";
}

TEST(Pace, CountsSinceTheFirstJobStarted) {
  const auto pace = recent_pace({{95, 100, 5, 7}, {100, 105, 5, 3}, {102, 105, 5, 10}}, {});
  ASSERT_TRUE(pace);
  EXPECT_DOUBLE_EQ(pace->jobs_per_second, 0.3);
  EXPECT_DOUBLE_EQ(pace->work_per_second, 2);
}

TEST(Pace, OfAnActiveRunFallsWhileNothingFinishes) {
  EXPECT_DOUBLE_EQ(recent_pace({{0, 1, 1, 1}, {0, 2, 2, 1}, {0, 3, 3, 1}}, 30)->jobs_per_second, 0.1);
}

TEST(Pace, StartsWithTheEndOfAJobThatAnEarlierRunBegan) {
  const auto pace = recent_pace({{{}, 100, 50, 7}, {{}, 104, 50, 1}, {{}, 106, 50, 1}, {{}, 110, 50, 8}}, {});
  ASSERT_TRUE(pace);
  EXPECT_DOUBLE_EQ(pace->jobs_per_second, 0.3);
  EXPECT_DOUBLE_EQ(pace->work_per_second, 1);
}

TEST(Pace, ForgetsRunsBeforeALongPause) {
  const auto pace = recent_pace(
      {{0, 5, 5, 1}, {5, 10, 5, 1}, {99'990, 100'000, 5, 1}, {99'995, 100'000, 5, 1}, {99'998, 100'005, 5, 4}}, {});
  ASSERT_TRUE(pace);
  EXPECT_DOUBLE_EQ(pace->jobs_per_second, 0.2);
  EXPECT_DOUBLE_EQ(pace->work_per_second, 0.4);
}

TEST(Pace, IsUnknownFromFewJobsOrALittleTime) {
  EXPECT_FALSE(recent_pace({}, {}));
  EXPECT_FALSE(recent_pace({{0, 100, 5, 7}, {0, 200, 5, 7}}, {}));
  EXPECT_FALSE(recent_pace({{100, 101, 1, 7}, {100, 101, 1, 7}, {100, 101.5, 1, 7}}, {}));
}

TEST(Pace, OfThousandsOfShortJobsCountsThoseOfTheLastSeconds) {
  std::vector<FinishedJob> jobs;
  jobs.reserve(100'000);
  for (int k = 0; k < 100'000; ++k) jobs.push_back({1e-3 * k, 1e-3 * (k + 1), 1e-3, 2});
  const auto pace = recent_pace(jobs, {});
  ASSERT_TRUE(pace);
  EXPECT_NEAR(pace->jobs_per_second, 1000, 1);
  EXPECT_NEAR(pace->work_per_second, 2000, 2);
}

// 40 000 a second, of twice the work in the last 4 s: that of 10 s would be 1.4 on average.
TEST(Pace, OfVeryManyShortJobsCountsThoseOfFewerSeconds) {
  std::vector<FinishedJob> jobs;
  jobs.reserve(600'000);
  for (int k = 0; k < 600'000; ++k) jobs.push_back({2.5e-5 * k, 2.5e-5 * (k + 1), 2.5e-5, k < 440'000 ? 1.0 : 2.0});
  const auto pace = recent_pace(jobs, {});
  ASSERT_TRUE(pace);
  EXPECT_NEAR(pace->jobs_per_second, 40'000, 40);
  EXPECT_NEAR(pace->work_per_second, 80'000, 80);
}

TEST(ExtendedXyz, WritesAFrameForEachSnapshot) {
  const Lattice lattice = make_lattice({"hexagon", {2, 0, 0}, 0});
  Occupation sigma(lattice.sites(), 1);
  sigma[0] = -1;
  std::ostringstream out;
  ExtendedXyzPrinter frames(out, lattice, {});
  EXPECT_TRUE(frames.print({0, Occupation(lattice.sites(), 1)}));
  EXPECT_TRUE(frames.print({0.5, sigma}));
  std::vector<std::string> lines;
  std::istringstream text(out.str());
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  ASSERT_EQ(lines.size(), 18);
  EXPECT_EQ(lines[0], "7");
  EXPECT_THAT(lines[1], testing::StartsWith("Lattice=\"4 0.0 0.0 0.0 3.73"));
  EXPECT_THAT(lines[1], testing::EndsWith(" Properties=species:S:1:pos:R:3:layer:I:1:phase:I:1 time=0 A=Pb B=Cd "
                                          "positions=lattice"));
  EXPECT_THAT(lines[10], testing::HasSubstr(" time=0.5 "));
  EXPECT_THAT(lines[2], testing::StartsWith("Pb "));
  EXPECT_THAT(lines[11], testing::StartsWith("Cd "));
  // The centre is surrounded by six A in the first frame (U1), by five in the second.
  EXPECT_THAT(lines[5], testing::EndsWith(" 2 2"));
  EXPECT_THAT(lines[14], testing::EndsWith(" 2 0"));
}

TEST(ExtendedXyz, RelaxedPositionsAreTheLatticePlusTheDisplacement) {
  const Lattice lattice = make_lattice({"box", {2, 3, 2}, 0});
  Occupation sigma(lattice.sites(), 1);
  sigma[3] = -1;
  const DisplacementSolver solver(lattice, 1, 0.2);
  const std::vector<double> u = solver.solve(sigma);
  std::ostringstream out;
  ExtendedXyzPrinter(out, lattice, {.a = "Cd", .b = "Hg", .clock = "sweep", .relaxed = &solver, .mismatch = 0.2})
      .print({7, sigma});
  std::istringstream text(out.str());
  std::string line;
  std::getline(text, line);
  std::getline(text, line);
  EXPECT_THAT(line, testing::HasSubstr("Properties=species:S:1:pos:R:3:displacement:R:3:layer:I:1:phase:I:1 sweep=7 "
                                       "A=Cd B=Hg positions=relaxed mismatch=0.2"));
  for (std::size_t i = 0; i < lattice.sites(); ++i) {
    std::string species;
    Vector3 x;
    Vector3 shift;
    int layer = 0;
    int phase = 0;
    text >> species >> x[0] >> x[1] >> x[2] >> shift[0] >> shift[1] >> shift[2] >> layer >> phase;
    ASSERT_TRUE(text);
    EXPECT_EQ(species, i == 3 ? "Hg" : "Cd");
    for (std::size_t k = 0; k < 3; ++k) {
      EXPECT_EQ(shift[k], u[3 * i + k]);
      EXPECT_EQ(x[k], lattice.position[i][k] + shift[k]);
    }
  }
}

}  // namespace
}  // namespace nxmc
