// Conditions of `--where`, from text to rows.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "harness.hpp"
#include "nxmc/query/condition.hpp"
#include "nxmc/query/selected_jobs.hpp"

namespace {

using namespace nxmc;

/// Every type of column, with values that are missing, infinite, numbers in words, and lists.
Table sample_table() {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  Table table;
  table.rows = 6;
  table.columns = {
      {"job", "", Role::label, std::vector<std::string>{"00", "1f", "2e", "3d", "4c", "5b"}},
      {"scan", "", Role::label, std::vector<std::string>{"a", "b", "a,b", "stiff", "", "a,stiff"}},
      {"size", "sites", Role::parameter, std::vector<std::string>{"4", "16", "3x3x5", "-1e3", "1e999", ""}},
      {"replica", "1", Role::label,
       std::vector<std::int64_t>{0, 1, 2, -1, std::numeric_limits<std::int64_t>::max(), 7}},
      {"temperature", "epsilon", Role::parameter, std::vector<double>{0.2, 1e-300, nan, infinity, -infinity, -0.0}},
      {"f_U", "1", Role::observable, std::vector<double>{0.1 + 0.2, 0.3, 1, 1e308, nan, 5e-324}},
      {"state", "", Role::label, std::vector<std::string>{"done", "failed", "waiting", "done", "done", "truncated"}},
  };
  return table;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Table table = sample_table();
  const std::string text(fuzz::text_of({data, size}));
  try {
    const Condition condition = parse_condition(text);
    const std::vector<std::size_t> rows = matching_rows(table, condition);
    fuzz::require(std::is_sorted(rows.begin(), rows.end()), "rows ascend");
    fuzz::require(rows.empty() || rows.back() < table.rows, "rows are rows of the table");
    unknown_words(table, condition);
  } catch (const QueryError&) {
  }
  try {
    check_job_condition(text);
  } catch (const QueryError&) {
  }
  return 0;
}
