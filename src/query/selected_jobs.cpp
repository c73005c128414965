#include "nxmc/query/selected_jobs.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "joined_rows.hpp"
#include "nxmc/query/condition.hpp"
#include "nxmc/query/group.hpp"
#include "row_source.hpp"

namespace nxmc {

void check_job_condition(const std::string& condition) {
  const Table columns = columns_of(RowKind::jobs);
  check_condition(resolved(parse_condition(condition), columns), columns, {});
}

std::vector<std::uint64_t> jobs_where(const Archive& archive, const Where& where) {
  RowSource source(archive, RowKind::jobs, RowSource::Chains::all);
  const Table known = with_joined(source.columns(), where.joined);
  const Condition condition = resolved(parse_condition(where.condition), known);
  WordsOfColumns words = words_in(archive, compared_columns(condition));
  collect_words_of_joined(where.joined, condition, words);
  check_condition(condition, known, words);
  std::vector<std::uint64_t> found;
  source.visit(rows_where(condition, where.joined, RowKind::jobs),
               [&](const Block& block, const std::vector<std::uint64_t>& jobs) {
                 for (const std::uint32_t job : block.job_of_row) found.push_back(jobs[job]);
                 return true;
               });
  return found;
}

Remainder without_jobs(const Archive& archive, const std::string& text) {
  RowSource source(archive, RowKind::jobs, RowSource::Chains::all);
  const Condition condition = resolved(parse_condition(text), source.columns());
  const WordsOfColumns words = words_in(archive, compared_columns(condition));
  check_condition(condition, source.columns(), words);
  RowSelection all{.of_jobs = {}, .of_rows = {}, .columns = compared_columns(condition)};
  all.columns.insert("scan");
  Remainder rest{.scans = {}, .concerned = 0, .hints = unknown_words(words, condition)};
  source.visit(all, [&](const Block& block, const std::vector<std::uint64_t>& jobs) {
    const Block memberships = one_row_per_item(block, "scan");
    std::vector<bool> goes(memberships.rows.rows, false);
    for (const std::size_t row : matching_rows(memberships, condition)) goes[row] = true;
    std::size_t membership = 0;
    for (std::size_t row = 0; row < jobs.size(); ++row) {
      const std::vector<std::string> scans = list_items(text_at(get_column(block.jobs, "scan"), row));
      std::vector<std::string> stays;
      for (const std::string& scan : scans)
        if (!goes[membership++]) stays.push_back(scan);
      rest.scans.push_back(fmt::format("{}", fmt::join(stays, ",")));
      if (stays.size() < scans.size()) ++rest.concerned;
    }
    return true;
  });
  return rest;
}

}  // namespace nxmc
