#include "nxmc/query/print.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "nxmc/yaml/shown.hpp"

namespace nxmc {
namespace {

using Text = fmt::memory_buffer;

void append(Text& text, std::string_view more) { text.append(more.data(), more.data() + more.size()); }

/// Numbers as text. Many are fractions of the same number of sites: what was printed lately is remembered.
template <class Write>
class NumberTexts {
 public:
  explicit NumberTexts(Write write) : write_(write) {}

  std::string_view operator()(double value) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    Entry& entry = entries_[bits * 0x9e3779b97f4a7c15U >> (64U - slots_log2)];
    if (entry.length == 0 || entry.bits != bits) {
      entry.bits = bits;
      entry.length = static_cast<std::uint8_t>(write_(entry.text.data(), value) - entry.text.data());
    }
    return {entry.text.data(), entry.length};
  }

 private:
  static constexpr unsigned slots_log2 = 12;
  struct Entry {
    std::uint64_t bits = 0;
    std::uint8_t length = 0;
    std::array<char, 39> text{};
  };
  Write write_;
  std::vector<Entry> entries_ = std::vector<Entry>(std::size_t{1} << slots_log2);
};

char* write_exact(char* to, double value) { return fmt::format_to(to, FMT_COMPILE("{}"), value); }
char* write_6_digits(char* to, double value) { return fmt::format_to(to, FMT_COMPILE("{:.6g}"), value); }

/// Of one row of a block: the columns that are printed.
struct TableCell {
  const TableColumn& column;
  std::size_t row;
};

/// Where the columns that are printed stand in a block.
class BlockCells {
 public:
  BlockCells(const Block& block, const Table& columns) : block_(block) {
    for (const TableColumn& column : columns.columns) columns_.push_back(find_column(block, column.name));
  }
  std::size_t columns() const { return columns_.size(); }
  bool is_of_jobs(std::size_t k) const { return columns_[k].of_jobs; }
  TableCell operator()(std::size_t k, std::size_t row) const {
    return {*columns_[k].column, columns_[k].of_jobs ? block_.job_of_row[row] : row};
  }

 private:
  const Block& block_;
  std::vector<BlockColumn> columns_;
};

/// One way to print rows. Cells of jobs are put into words once for all rows of the job.
class RowFormat {
 public:
  virtual ~RowFormat() = default;
  virtual void begin(Text& out, const Table& columns) = 0;
  virtual void cell(Text& out, std::size_t k, const TableCell& cell, const TableCell* partner) = 0;
  virtual void begin_row(Text& /*out*/, bool /*first*/) {}
  virtual void end_row(Text& out, std::size_t begin) = 0;
  virtual void end(Text& out, bool any_row) = 0;
};

bool needs_quotes(std::string_view text) { return text.find_first_of(",\"\r\n") != std::string_view::npos; }

void append_csv(Text& out, std::string_view text) {
  if (!needs_quotes(text)) return append(out, text);
  out.push_back('"');
  for (const char c : text) {
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  out.push_back('"');
}

class Csv : public RowFormat {
 public:
  void begin(Text& out, const Table& columns) override {
    for (std::size_t k = 0; k < columns.columns.size(); ++k) {
      if (k > 0) out.push_back(',');
      append_csv(out, columns.columns[k].name);
    }
    out.push_back('\n');
  }
  void cell(Text& out, std::size_t k, const TableCell& cell, const TableCell* /*partner*/) override {
    if (k > 0) out.push_back(',');
    if (is_missing(cell.column, cell.row)) return;
    if (const auto* reals = std::get_if<std::vector<double>>(&cell.column.values))
      append(out, numbers_((*reals)[cell.row]));
    else if (const auto* words = std::get_if<std::vector<std::string>>(&cell.column.values))
      append_csv(out, (*words)[cell.row]);
    else
      append(out, fmt::format_int(std::get<std::vector<std::int64_t>>(cell.column.values)[cell.row]).str());
  }
  void end_row(Text& out, std::size_t /*begin*/) override { out.push_back('\n'); }
  void end(Text& /*out*/, bool /*any_row*/) override {}

 private:
  NumberTexts<decltype(&write_exact)> numbers_{&write_exact};
};

/// Sizes are words because boxes have three, seeds because they have 64 bits; they are numbers to whoever reads them.
bool is_number_in_words(const TableColumn& column, std::string_view text) {
  if (column.name != "size" && column.name != "seed") return false;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && (text.size() == 1 || text[0] != '0');
}

/// Words may come from anywhere (a failed job's reason): what is not UTF-8 is replaced.
std::string in_json(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

class Json : public RowFormat {
 public:
  void begin(Text& out, const Table& columns) override {
    for (const TableColumn& column : columns.columns) names_.push_back(in_json(column.name) + ":");
    out.push_back('[');
  }
  void begin_row(Text& out, bool first) override { append(out, first ? "\n{" : ",\n{"); }
  void cell(Text& out, std::size_t k, const TableCell& cell, const TableCell* /*partner*/) override {
    if (k > 0) out.push_back(',');
    append(out, names_[k]);
    if (const auto* reals = std::get_if<std::vector<double>>(&cell.column.values))
      append_number(out, (*reals)[cell.row]);
    else if (const auto* words = std::get_if<std::vector<std::string>>(&cell.column.values))
      append_word(out, cell.column, (*words)[cell.row]);
    else
      append(out, fmt::format_int(std::get<std::vector<std::int64_t>>(cell.column.values)[cell.row]).str());
  }
  void end_row(Text& out, std::size_t /*begin*/) override { out.push_back('}'); }
  void end(Text& out, bool any_row) override { append(out, any_row ? "\n]\n" : "]\n"); }

 private:
  void append_number(Text& out, double value) {
    if (!std::isfinite(value)) return append(out, "null");
    const std::string_view text = numbers_(value);
    append(out, text);
    // A whole number is still a real one to readers that tell them apart.
    if (text.find_first_not_of("-0123456789") == std::string_view::npos) append(out, ".0");
  }
  static void append_word(Text& out, const TableColumn& column, const std::string& word) {
    if (word.empty()) return append(out, "null");
    append(out, is_number_in_words(column, word) ? word : in_json(word));
  }

  std::vector<std::string> names_;
  NumberTexts<decltype(&write_exact)> numbers_{&write_exact};
};

/// Characters, as far as they are told apart by their first bytes.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string unit_cell(const TableColumn& column) {
  return column.unit.empty() || column.unit == "1" ? std::string() : fmt::format("[{}]", column.unit);
}

/// The text of a cell of a table for people. \param partner  the value that it is the error of, or the error of it
class PlainCells {
 public:
  std::string_view operator()(const TableCell& cell, const TableCell* partner, bool is_error) {
    const auto& [column, row] = cell;
    const auto* reals = std::get_if<std::vector<double>>(&column.values);
    if (reals != nullptr ? std::isnan((*reals)[row]) : is_missing(column, row)) return "-";
    if (partner != nullptr && !is_missing(partner->column, partner->row)) return with_error(cell, *partner, is_error);
    if (const auto* words = std::get_if<std::vector<std::string>>(&column.values)) return word((*words)[row]);
    if (column.role == Role::observable) return numbers_(reals != nullptr ? (*reals)[row] : number_at(column, row));
    if (reals != nullptr)
      text_ = fmt::format(FMT_COMPILE("{:.12g}"), (*reals)[row]);
    else
      text_ = text_at(column, row);
    return text_;
  }

 private:
  /// Most words are plain; those of others may hold what a terminal obeys.
  std::string_view word(const std::string& text) {
    if (std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; })) return text;
    text_ = shown(text);
    return text_;
  }

  std::string_view with_error(const TableCell& cell, const TableCell& partner, bool is_error) {
    const double own = number_at(cell.column, cell.row);
    const double other = number_at(partner.column, partner.row);
    const PrintedPair pair = is_error ? print_with_error(other, own) : print_with_error(own, other);
    text_ = is_error ? pair.error : pair.value;
    return text_;
  }

  NumberTexts<decltype(&write_6_digits)> numbers_{&write_6_digits};
  std::string text_;
};

/// Which column a column is printed with: errors decide on the digits of their values.
struct Partner {
  std::optional<std::size_t> column;
  bool is_error = false;
};

std::vector<Partner> partners_in(const Table& columns) {
  constexpr std::string_view suffix = "_err";
  const auto number_of = [&](const std::string& name) -> std::optional<std::size_t> {
    const auto found = std::ranges::find(columns.columns, name, &TableColumn::name);
    if (found == columns.columns.end()) return std::nullopt;
    return static_cast<std::size_t>(found - columns.columns.begin());
  };
  std::vector<Partner> partners;
  for (const TableColumn& column : columns.columns) {
    const std::string& name = column.name;
    std::optional<std::size_t> value;
    if (name.ends_with(suffix)) value = number_of(name.substr(0, name.size() - suffix.size()));
    partners.push_back(value ? Partner{value, true} : Partner{number_of(name + std::string(suffix)), false});
  }
  return partners;
}

class Aligned : public RowFormat {
 public:
  Aligned(std::vector<std::size_t> widths, std::vector<Partner> partners, bool show_units)
      : widths_(std::move(widths)), partners_(std::move(partners)), show_units_(show_units) {}

  void begin(Text& out, const Table& columns) override {
    for (const TableColumn& column : columns.columns) is_text_.push_back(is_text(column));
    line(out, columns, [](const TableColumn& column) { return column.name; });
    if (show_units_) line(out, columns, unit_cell);
  }
  void cell(Text& out, std::size_t k, const TableCell& cell, const TableCell* partner) override {
    padded(out, k, cells_(cell, partner, partners_[k].is_error));
  }
  void end_row(Text& out, std::size_t begin) override {
    std::size_t end = out.size();
    while (end > begin && out[end - 1] == ' ') --end;
    out.resize(end);
    out.push_back('\n');
  }
  void end(Text& /*out*/, bool /*any_row*/) override {}

 private:
  template <class TextOf>
  void line(Text& out, const Table& columns, TextOf text_of) {
    const std::size_t begin = out.size();
    for (std::size_t k = 0; k < columns.columns.size(); ++k) padded(out, k, text_of(columns.columns[k]));
    end_row(out, begin);
  }
  void padded(Text& out, std::size_t k, std::string_view text) {
    if (k > 0) append(out, "  ");
    const std::size_t width = width_of(text);
    const std::size_t blanks = widths_[k] > width ? widths_[k] - width : 0;
    if (is_text_[k]) append(out, text);
    out.resize(out.size() + blanks);
    std::fill(out.end() - static_cast<std::ptrdiff_t>(blanks), out.end(), ' ');
    if (!is_text_[k]) append(out, text);
  }

  std::vector<std::size_t> widths_;
  std::vector<Partner> partners_;
  bool show_units_;
  std::vector<bool> is_text_;
  PlainCells cells_;
};

void flush(std::ostream& out, Text& text) {
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  text.clear();
}

}  // namespace

struct TablePrinter::Impl {
  Table columns;
  Options options;
  std::vector<Partner> partners;
  std::unique_ptr<RowFormat> format{};
  Text text{};
  bool any_row = false;
  // What a look has seen.
  PlainCells cells{};
  std::vector<std::size_t> widths{};
  std::vector<bool> has_values{};

  void choose_columns();
  /// Calls `visit(k, cell, partner)` for each column in turn.
  template <class Visit>
  void visit_cells(const BlockCells& at, std::size_t row, bool of_jobs, Visit visit) const {
    for (std::size_t k = 0; k < at.columns(); ++k)
      if (at.is_of_jobs(k) == of_jobs) visit_cell(at, k, row, visit);
  }
  template <class Visit>
  void visit_cell(const BlockCells& at, std::size_t k, std::size_t row, Visit visit) const {
    const TableCell cell = at(k, row);
    if (!partners[k].column) return visit(k, cell, nullptr);
    const TableCell partner = at(*partners[k].column, row);
    visit(k, cell, &partner);
  }
};

TablePrinter::TablePrinter(Table columns, const Options& options)
    : impl_(std::make_unique<Impl>(Impl{std::move(columns), options, {}})) {
  impl_->partners = partners_in(impl_->columns);
  for (const TableColumn& column : impl_->columns.columns) {
    impl_->widths.push_back(
        std::max(width_of(column.name), options.show_units ? width_of(unit_cell(column)) : std::size_t{0}));
    impl_->has_values.push_back(false);
  }
}

TablePrinter::~TablePrinter() = default;
TablePrinter::TablePrinter(TablePrinter&&) noexcept = default;
TablePrinter& TablePrinter::operator=(TablePrinter&&) noexcept = default;

bool TablePrinter::looks_first() const { return impl_->options.format == TableFormat::table; }

void TablePrinter::look(const Block& block) {
  const BlockCells at(block, impl_->columns);
  const auto see = [&](std::size_t k, const TableCell& cell, const TableCell* partner) {
    impl_->has_values[k] = impl_->has_values[k] || !is_missing(cell.column, cell.row);
    impl_->widths[k] = std::max(impl_->widths[k], width_of(impl_->cells(cell, partner, impl_->partners[k].is_error)));
  };
  for (std::size_t row = 0; row < block.rows.rows; ++row) {
    const bool same_job = row > 0 && block.job_of_row[row] == block.job_of_row[row - 1];
    if (!same_job) impl_->visit_cells(at, row, true, see);
    impl_->visit_cells(at, row, false, see);
  }
  impl_->any_row = impl_->any_row || block.rows.rows > 0;
}

void TablePrinter::Impl::choose_columns() {
  if (!options.leave_out_empty_columns || !any_row) return;
  Table shown;
  std::vector<std::size_t> widths_of_shown;
  for (std::size_t k = 0; k < columns.columns.size(); ++k) {
    if (!has_values[k]) continue;
    shown.columns.push_back(columns.columns[k]);
    widths_of_shown.push_back(widths[k]);
  }
  columns = std::move(shown);
  widths = std::move(widths_of_shown);
  partners = partners_in(columns);
}

void TablePrinter::begin(std::ostream& out) {
  switch (impl_->options.format) {
    case TableFormat::table:
      impl_->choose_columns();
      impl_->format = std::make_unique<Aligned>(impl_->widths, impl_->partners, impl_->options.show_units);
      break;
    case TableFormat::csv:
      impl_->format = std::make_unique<Csv>();
      break;
    case TableFormat::json:
      impl_->format = std::make_unique<Json>();
      break;
  }
  impl_->any_row = false;
  impl_->format->begin(impl_->text, impl_->columns);
  flush(out, impl_->text);
}

void TablePrinter::print(std::ostream& out, const Block& block) {
  constexpr std::size_t much = std::size_t{1} << 16U;
  const BlockCells at(block, impl_->columns);
  Text& text = impl_->text;
  std::vector<std::string> of_job(at.columns());  // the text of each stretch of columns of jobs, at its first column
  const auto put = [&](std::size_t k, const TableCell& cell, const TableCell* partner) {
    impl_->format->cell(text, k, cell, partner);
  };
  const auto put_into_words = [&](std::size_t row) {
    for (std::size_t k = 0; k < at.columns();) {
      const std::size_t first = k;
      const std::size_t before = text.size();
      for (; k < at.columns() && at.is_of_jobs(k); ++k) impl_->visit_cell(at, k, row, put);
      of_job[first].assign(text.data() + before, text.size() - before);
      text.resize(before);
      if (k == first) ++k;
    }
  };
  for (std::size_t row = 0; row < block.rows.rows && out; ++row) {
    if (row == 0 || block.job_of_row[row] != block.job_of_row[row - 1]) put_into_words(row);
    impl_->format->begin_row(text, !std::exchange(impl_->any_row, true));
    const std::size_t begin = text.size();
    for (std::size_t k = 0; k < at.columns();) {
      append(text, of_job[k]);
      for (; k < at.columns() && at.is_of_jobs(k); ++k) continue;
      for (; k < at.columns() && !at.is_of_jobs(k); ++k) impl_->visit_cell(at, k, row, put);
    }
    impl_->format->end_row(text, begin);
    if (text.size() >= much) flush(out, text);
  }
  flush(out, text);
}

void TablePrinter::end(std::ostream& out) {
  impl_->format->end(impl_->text, impl_->any_row);
  flush(out, impl_->text);
}

PrintedPair print_with_error(double value, double error) {
  error = std::abs(error);  // -0 is a legal square root
  constexpr int most_decimals = 12;
  if (!(error > 0) || std::isinf(error) || std::isinf(value)) {
    return {fmt::format("{:.6g}", value), fmt::format("{:.2g}", error)};
  }
  // The exponent of the error as it is printed: 0.0996 becomes 0.10, one decimal less than 0.099 would need.
  const std::string rounded = fmt::format("{:.1e}", error);
  const int exponent = std::stoi(rounded.substr(rounded.find('e') + 1));
  const int decimals = std::max(0, 1 - exponent);
  if (decimals <= most_decimals)
    return {fmt::format("{:.{}f}", value, decimals), fmt::format("{:.{}f}", error, decimals)};
  const int digits =
      value == 0 ? 1 : std::clamp(static_cast<int>(std::floor(std::log10(std::abs(value)))) - exponent + 1, 1, 16);
  return {fmt::format("{:.{}e}", value, digits), rounded};
}

void print_table(std::ostream& out, const Table& table, TableFormat format, bool show_units) {
  const Block block = as_block(table);
  TablePrinter printer(select_rows(table, {}), {.format = format, .show_units = show_units});
  if (printer.looks_first()) printer.look(block);
  printer.begin(out);
  printer.print(out, block);
  printer.end(out);
}

}  // namespace nxmc
