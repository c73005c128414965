#include "nxmc/query/group.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <compare>
#include <functional>
#include <numeric>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "missing.hpp"
#include "nxmc/statistics/pooled_mean.hpp"
#include "nxmc/statistics/pooled_variance.hpp"

namespace nxmc {
namespace {

/// Values that print alike belong together: 12 digits are what campaign files are rounded to.
std::string key_text(double value) { return fmt::format("{:.12g}", value); }

bool same_key(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b) || key_text(a) == key_text(b);
}
template <class T>
bool same_key(const T& a, const T& b) {
  return a == b;
}

/// The same cell of two columns of one type.
bool same_key(const Values& a, std::size_t i, const Values& b, std::size_t j) {
  return std::visit(
      [&](const auto& cells) { return same_key(cells[i], std::get<std::decay_t<decltype(cells)>>(b)[j]); }, a);
}

void append(Values& values, const Values& from, std::size_t row) {
  std::visit([&](auto& cells) { cells.push_back(std::get<std::decay_t<decltype(cells)>>(from)[row]); }, values);
}

/// Numbers from 0 on for the distinct values of a column, in the order of appearance.
class KeyNumbers {
 public:
  std::uint32_t operator()(const Values& values, std::size_t row) {
    return std::visit([&](const auto& cells) { return number(cells[row]); }, values);
  }

 private:
  std::uint32_t number(double value) {
    const auto [known, is_new] = by_bits_.try_emplace(std::bit_cast<std::uint64_t>(value), 0);
    if (is_new) known->second = number(key_text(value));
    return known->second;
  }
  std::uint32_t number(std::int64_t value) {
    const auto next = static_cast<std::uint32_t>(by_bits_.size());
    return by_bits_.try_emplace(static_cast<std::uint64_t>(value), next).first->second;
  }
  std::uint32_t number(const std::string& text) {
    const auto next = static_cast<std::uint32_t>(by_text_.size());
    return by_text_.try_emplace(text, next).first->second;
  }

  std::unordered_map<std::uint64_t, std::uint32_t> by_bits_;
  std::unordered_map<std::string, std::uint32_t> by_text_;
};

/// Numbers from 0 on for pairs of numbers.
class PairNumbers {
 public:
  std::uint32_t operator()(std::uint32_t a, std::uint32_t b) {
    const auto next = static_cast<std::uint32_t>(numbers_.size());
    return numbers_.try_emplace(std::uint64_t{a} << 32U | b, next).first->second;
  }
  std::size_t size() const { return numbers_.size(); }

 private:
  struct Mixed {
    std::size_t operator()(std::uint64_t key) const {
      return static_cast<std::size_t>(key * 0x9e3779b97f4a7c15U >> 7U);
    }
  };
  std::unordered_map<std::uint64_t, std::uint32_t, Mixed> numbers_;
};

/// A key of the groups.
struct Key {
  TableColumn column;  ///< its values: one for each group, that of its first row
  KeyNumbers numbers{};
  PairNumbers with_those_before{};
};

/// A parameter that may differ within a group.
struct OtherParameter {
  TableColumn column;  ///< its values: one for each group, that of its first measured row
  bool mixed = false;
};

/// What the variance of a quantity over several chains takes beside the variances within them.
struct Pooling {
  std::string mean;                                 ///< the quantity
  std::string error;                                ///< column of its error bars
  std::vector<std::vector<ChainMoments>> chains{};  ///< [group]
};

struct Observable {
  std::string name;
  std::string unit;
  std::string error;              ///< column of its error bars; empty: none
  std::optional<Pooling> pooled;  ///< of variances, which are pooled instead of averaged
  bool wanted = true;             ///< others are only looked at to see whether anything was measured
  std::vector<MeanSums> sums{};   ///< [group]
  double seen_again = 0;          ///< values in the second pass
};

constexpr const char* length_of_chain = "measured_sweeps";

/// Whether a column is the variance of another one along each chain.
std::optional<Pooling> pooling_of(const Table& table, const TableColumn& column) {
  constexpr std::string_view suffix = "_var";
  if (!column.name.ends_with(suffix)) return {};
  const std::string mean = column.name.substr(0, column.name.size() - suffix.size());
  if (find_column(table, mean) == nullptr) return {};
  const std::string error = mean + "_err";
  return Pooling{mean, find_column(table, error) == nullptr ? "" : error};
}

bool is_error_bar(const Table& table, const TableColumn& column) {
  constexpr std::string_view suffix = "_err";
  return column.name.size() > suffix.size() && column.name.ends_with(suffix) &&
         find_column(table, column.name.substr(0, column.name.size() - suffix.size())) != nullptr;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

TableColumn without_values(const TableColumn& column) {
  TableColumn head{column.name, column.unit, column.role, {}, column.description, column.on_request};
  std::visit([&](const auto& cells) { head.values = std::decay_t<decltype(cells)>(); }, column.values);
  return head;
}

/// A column of numbers of a block, a value for each of its rows.
class NumbersOfRows {
 public:
  NumbersOfRows(const Block& block, const std::string& name) : block_(block), found_(find_column(block, name)) {
    if (found_.column != nullptr) reals_ = std::get_if<std::vector<double>>(&found_.column->values);
  }
  explicit operator bool() const { return found_.column != nullptr; }
  double operator[](std::size_t row) const {
    const std::size_t cell = found_.of_jobs ? block_.job_of_row[row] : row;
    return reals_ != nullptr ? (*reals_)[cell] : number_at(*found_.column, cell);
  }

 private:
  const Block& block_;
  BlockColumn found_;
  const std::vector<double>* reals_ = nullptr;
};

std::size_t hash_of(const Values& values, std::size_t row) {
  return std::visit([&](const auto& cells) { return std::hash<std::decay_t<decltype(cells[row])>>()(cells[row]); },
                    values);
}

}  // namespace

struct GroupBuilder::Impl {
  bool knows_lengths = false;  ///< how long chains were measured
  std::vector<Key> keys;
  std::vector<OtherParameter> parameters;
  std::vector<Observable> observables;
  PairNumbers groups;  // of keys of jobs and of rows
  std::vector<std::int64_t> counts;
  std::vector<std::size_t> signatures;  // [group] of parameters of a job whose rows agreed with the group's so far

  /// The number of each row's combination of keys; `visit_new` is called for a row that begins a group.
  template <class VisitNew>
  std::vector<std::uint32_t> groups_of_rows(const Block& block, VisitNew visit_new) {
    std::vector<std::uint32_t> of_jobs(block.jobs.rows, 0);
    std::vector<std::uint32_t> of_rows(block.rows.rows, 0);
    for (Key& key : keys) {
      const auto [column, job_level] = find_column(block, key.column.name);
      std::vector<std::uint32_t>& numbers = job_level ? of_jobs : of_rows;
      for (std::size_t i = 0; i < numbers.size(); ++i)
        numbers[i] = key.with_those_before(numbers[i], key.numbers(column->values, i));
    }
    for (std::size_t row = 0; row < of_rows.size(); ++row) {
      const std::size_t known = groups.size();
      of_rows[row] = groups(of_jobs[block.job_of_row[row]], of_rows[row]);
      if (groups.size() > known) visit_new(row);
    }
    return of_rows;
  }

  void begin_group(const Block& block, std::size_t row) {
    for (Key& key : keys) {
      const auto [column, of_jobs] = find_column(block, key.column.name);
      append(key.column.values, column->values, of_jobs ? block.job_of_row[row] : row);
    }
    for (OtherParameter& parameter : parameters)
      std::visit([](auto& cells) { cells.emplace_back(); }, parameter.column.values);
    for (Observable& observable : observables) {
      if (!observable.wanted) continue;
      observable.sums.emplace_back();
      if (observable.pooled) observable.pooled->chains.emplace_back();
    }
    counts.push_back(0);
    signatures.push_back(0);
  }

  std::vector<std::uint8_t> measured_rows(const Block& block) const {
    std::vector<std::uint8_t> measured(block.rows.rows, 0);
    for (const Observable& observable : observables) {
      const NumbersOfRows values(block, observable.name);
      for (std::size_t row = 0; row < measured.size(); ++row)
        if (!std::isnan(values[row])) measured[row] = 1;
    }
    return measured;
  }

  /// Longer chains count more.
  void add_chains(const Block& block, Observable& observable, const std::vector<std::uint32_t>& group_of_row) const {
    Pooling& pooling = *observable.pooled;
    const NumbersOfRows variances(block, observable.name);
    const NumbersOfRows errors_of_variance(block, observable.error);
    const NumbersOfRows means(block, pooling.mean);
    const NumbersOfRows errors_of_mean(block, pooling.error);
    const NumbersOfRows lengths(block, knows_lengths ? length_of_chain : "");
    for (std::size_t row = 0; row < group_of_row.size(); ++row) {
      if (std::isnan(variances[row])) continue;
      pooling.chains[group_of_row[row]].push_back(
          {.weight = lengths ? lengths[row] : 1,
           .mean = means[row],
           .error_of_mean = errors_of_mean ? errors_of_mean[row] : missing,
           .variance = variances[row],
           .error_of_variance = errors_of_variance ? errors_of_variance[row] : missing});
    }
  }

  /// Compares the parameters of measured rows with those of the first one of their group. Rows of jobs that are alike
  /// are the rule: a group remembers what its last job was like.
  void compare_parameters(const Block& block, const std::vector<std::uint32_t>& group_of_row,
                          const std::vector<std::uint8_t>& measured) {
    std::vector<std::pair<OtherParameter*, const TableColumn*>> of_jobs;
    std::vector<std::pair<OtherParameter*, const TableColumn*>> of_rows;
    for (OtherParameter& parameter : parameters) {
      const auto [column, job_level] = find_column(block, parameter.column.name);
      if (!parameter.mixed) (job_level ? of_jobs : of_rows).emplace_back(&parameter, column);
    }
    std::vector<std::size_t> signature_of_job(block.jobs.rows, 1);
    for (const auto& [parameter, column] : of_jobs)
      for (std::size_t job = 0; job < block.jobs.rows; ++job)
        signature_of_job[job] = signature_of_job[job] * 0x9e3779b97f4a7c15U + hash_of(column->values, job) + 1;
    for (std::size_t row = 0; row < block.rows.rows; ++row) {
      if (measured[row] == 0) continue;
      const std::uint32_t group = group_of_row[row];
      const std::uint32_t job = block.job_of_row[row];
      const bool first = counts[group]++ == 0;
      if (first || signatures[group] != signature_of_job[job]) {
        for (const auto& [parameter, column] : of_jobs) compare(*parameter, group, *column, job, first);
        signatures[group] = signature_of_job[job];
      }
      for (const auto& [parameter, column] : of_rows) compare(*parameter, group, *column, row, first);
    }
  }

  static void compare(OtherParameter& parameter, std::uint32_t group, const TableColumn& column, std::size_t cell,
                      bool first) {
    if (parameter.mixed) return;
    if (first)
      std::visit([&](auto& cells) { cells[group] = std::get<std::decay_t<decltype(cells)>>(column.values)[cell]; },
                 parameter.column.values);
    else
      parameter.mixed = !same_key(parameter.column.values, group, column.values, cell);
  }
};

GroupBuilder::GroupBuilder(const Table& columns, const std::vector<std::string>& keys,
                           const std::vector<std::string>& wanted)
    : impl_(std::make_unique<Impl>()) {
  for (const std::string& name : keys) {
    const TableColumn& column = get_column(columns, name);
    if (column.role == Role::observable)
      throw QueryError(fmt::format("--group-by: '{}' is measured; group by what was simulated", name));
    impl_->keys.push_back({without_values(column)});
  }
  impl_->knows_lengths = find_column(columns, length_of_chain) != nullptr;
  for (const TableColumn& column : columns.columns) {
    if (column.role == Role::parameter && !contains(keys, column.name))
      impl_->parameters.push_back({without_values(column)});
    if (column.role != Role::observable || is_text(column) || is_error_bar(columns, column)) continue;
    const std::string error = column.name + "_err";
    const bool is_wanted = wanted.empty() || contains(wanted, column.name) || contains(wanted, error);
    impl_->observables.push_back({column.name, column.unit, find_column(columns, error) == nullptr ? "" : error,
                                  pooling_of(columns, column), is_wanted});
  }
}

GroupBuilder::~GroupBuilder() = default;
GroupBuilder::GroupBuilder(GroupBuilder&&) noexcept = default;
GroupBuilder& GroupBuilder::operator=(GroupBuilder&&) noexcept = default;

Table GroupBuilder::columns() const {
  Table table;
  for (const Key& key : impl_->keys) table.columns.push_back(without_values(key.column));
  table.columns.push_back({"n", "1", Role::label, std::vector<std::int64_t>()});
  for (const Observable& observable : impl_->observables) {
    table.columns.push_back({observable.name, observable.unit, Role::observable, std::vector<double>()});
    table.columns.push_back({observable.name + "_err", observable.unit, Role::observable, std::vector<double>()});
  }
  return table;
}

std::vector<std::string> GroupBuilder::columns_of_first_pass() const {
  std::vector<std::string> names = columns_of_second_pass();
  for (const OtherParameter& parameter : impl_->parameters) names.push_back(parameter.column.name);
  for (const Observable& observable : impl_->observables) {
    names.push_back(observable.name);
    if (observable.wanted && !observable.error.empty()) names.push_back(observable.error);
    if (!observable.wanted || !observable.pooled) continue;
    names.push_back(observable.pooled->mean);
    if (!observable.pooled->error.empty()) names.push_back(observable.pooled->error);
    if (impl_->knows_lengths) names.emplace_back(length_of_chain);
  }
  return names;
}

std::vector<std::string> GroupBuilder::columns_of_second_pass() const {
  std::vector<std::string> names;
  for (const Key& key : impl_->keys) names.push_back(key.column.name);
  for (const Observable& observable : impl_->observables)
    if (observable.wanted) names.push_back(observable.name);
  return names;
}

void GroupBuilder::add(const Block& block) {
  const auto group_of_row = impl_->groups_of_rows(block, [&](std::size_t row) { impl_->begin_group(block, row); });
  impl_->compare_parameters(block, group_of_row, impl_->measured_rows(block));
  for (Observable& observable : impl_->observables) {
    if (!observable.wanted) continue;
    if (observable.pooled) impl_->add_chains(block, observable, group_of_row);
    const NumbersOfRows values(block, observable.name);
    const NumbersOfRows errors(block, observable.error);
    for (std::size_t row = 0; row < group_of_row.size(); ++row) {
      const double value = values[row];
      if (std::isnan(value)) continue;
      observable.sums[group_of_row[row]].add(value, errors ? errors[row] : missing);
    }
  }
}

void GroupBuilder::begin_second_pass() {
  for (Observable& observable : impl_->observables) {
    observable.seen_again = 0;
    for (MeanSums& sums : observable.sums) sums.begin_second_pass();
  }
}

void GroupBuilder::add_again(const Block& block) {
  const std::size_t groups = impl_->counts.size();
  const auto group_of_row = impl_->groups_of_rows(block, [](std::size_t) {});
  for (Observable& observable : impl_->observables) {
    if (!observable.wanted) continue;
    const NumbersOfRows values(block, observable.name);
    for (std::size_t row = 0; row < group_of_row.size(); ++row) {
      const double value = values[row];
      if (std::isnan(value) || group_of_row[row] >= groups) continue;
      observable.sums[group_of_row[row]].add_again(value);
      observable.seen_again += 1;
    }
  }
}

bool GroupBuilder::passes_agree() const {
  const auto agrees = [](const Observable& observable) {
    double n = 0;
    for (const MeanSums& sums : observable.sums) n += sums.n;
    return n == observable.seen_again;
  };
  return impl_->groups.size() == impl_->counts.size() && std::ranges::all_of(impl_->observables, agrees);
}

Groups GroupBuilder::finish() {
  Groups result{columns(), {}};
  Table& table = result.table;
  table.rows = impl_->counts.size();
  std::size_t next = 0;
  for (Key& key : impl_->keys) table.columns[next++].values = std::move(key.column.values);
  table.columns[next++].values = impl_->counts;
  for (const Observable& observable : impl_->observables) {
    std::vector<double> means(table.rows, missing);
    std::vector<double> errors(table.rows, missing);
    for (std::size_t group = 0; group < observable.sums.size(); ++group) {
      const Estimate average =
          observable.pooled ? pooled_variance(observable.pooled->chains[group]) : pooled_mean(observable.sums[group]);
      means[group] = average.mean;
      errors[group] = average.error;
    }
    table.columns[next++].values = std::move(means);
    table.columns[next++].values = std::move(errors);
  }
  for (const OtherParameter& parameter : impl_->parameters)
    if (parameter.mixed) result.mixed.push_back(parameter.column.name);

  std::vector<std::size_t> order(table.rows);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
    for (std::size_t k = 0; k < impl_->keys.size(); ++k) {
      if (comes_before(table.columns[k], a, b)) return true;
      if (comes_before(table.columns[k], b, a)) return false;
    }
    return false;
  });
  table = select_rows(table, order);
  return result;
}

Groups group_rows(const Table& table, const std::vector<std::string>& keys) {
  GroupBuilder groups(table, keys);
  const Block block = as_block(table);
  groups.add(block);
  groups.begin_second_pass();
  groups.add_again(block);
  return groups.finish();
}

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes the digits at the front of a text, without zeros at their front.
std::string_view take_digits(std::string_view& text) {
  while (text.size() > 1 && text[0] == '0' && is_digit(text[1])) text.remove_prefix(1);
  std::size_t end = 0;
  while (end < text.size() && is_digit(text[end])) ++end;
  const std::string_view digits = text.substr(0, end);
  text.remove_prefix(end);
  return digits;
}

/// The numbers in both by value, all else letter by letter.
bool word_before(const std::string& word, const std::string& other) {
  std::string_view a = word;
  std::string_view b = other;
  while (!a.empty() && !b.empty()) {
    if (is_digit(a[0]) && is_digit(b[0])) {
      const std::string_view number = take_digits(a);
      const std::string_view other_number = take_digits(b);
      if (number.size() != other_number.size()) return number.size() < other_number.size();
      if (number != other_number) return number < other_number;
      continue;
    }
    if (a[0] != b[0]) return a[0] < b[0];
    a.remove_prefix(1);
    b.remove_prefix(1);
  }
  return a.empty() == b.empty() ? word < other : a.empty();
}

}  // namespace

bool comes_before(const TableColumn& column, std::size_t row, std::size_t other) {
  if (is_missing(column, row) || is_missing(column, other)) return !is_missing(column, row);
  if (is_text(column)) {
    const auto& words = std::get<std::vector<std::string>>(column.values);
    return word_before(words[row], words[other]);
  }
  return number_at(column, row) < number_at(column, other);
}

Table one_row_per_item(const Table& table, const std::string& column) {
  std::vector<std::size_t> rows;
  std::vector<std::string> items;
  for (std::size_t row = 0; row < table.rows; ++row) {
    std::vector<std::string> of_row = list_items(text_at(get_column(table, column), row));
    if (of_row.empty()) of_row.emplace_back();
    for (std::string& item : of_row) {
      rows.push_back(row);
      items.push_back(std::move(item));
    }
  }
  Table split = select_rows(table, rows);
  std::ranges::find(split.columns, column, &TableColumn::name)->values = std::move(items);
  return split;
}

Block one_row_per_item(const Block& block, const std::string& column) {
  Table jobs = block.jobs;
  std::vector<std::int64_t> numbers(jobs.rows);
  std::iota(numbers.begin(), numbers.end(), std::int64_t{0});
  jobs.columns.push_back({"", "", Role::label, std::move(numbers)});
  jobs = one_row_per_item(jobs, column);
  if (jobs.rows == block.jobs.rows) return block;
  const auto job_before = std::get<std::vector<std::int64_t>>(jobs.columns.back().values);
  jobs.columns.pop_back();

  std::vector<std::size_t> rows;
  Block split{std::move(jobs), {}, {}};
  std::size_t first = 0;  // row of the job
  for (std::size_t job = 0; job < split.jobs.rows; ++job) {
    const auto before = static_cast<std::uint32_t>(job_before[job]);
    while (first < block.job_of_row.size() && block.job_of_row[first] < before) ++first;
    for (std::size_t row = first; row < block.job_of_row.size() && block.job_of_row[row] == before; ++row) {
      rows.push_back(row);
      split.job_of_row.push_back(static_cast<std::uint32_t>(job));
    }
  }
  split.rows = select_rows(block.rows, rows);
  return split;
}

}  // namespace nxmc
