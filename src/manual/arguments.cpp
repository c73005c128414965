#include "arguments.hpp"

#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

#include "nxmc/phase/requested_columns.hpp"

namespace nxmc {
namespace {

/// What an argument is called in the help.
std::string type_of(const CLI::Option& option) {
  return option.get_positional() ? option.get_name() : option.get_type_name();
}

}  // namespace

Takes what_it_takes(const CLI::Option& option) {
  if (option.get_expected_max() == 0) return Takes::nothing;
  static const std::array<std::pair<std::string_view, Takes>, 8> known{{{"CAMPAIGN", Takes::campaign},
                                                                        {"MATERIAL", Takes::campaign},
                                                                        {"MATERIALS", Takes::campaign},
                                                                        {"FILE", Takes::archive},
                                                                        {"FILES", Takes::archive},
                                                                        {"OUT", Takes::output},
                                                                        {"COLUMNS", Takes::columns},
                                                                        {"CONDITION", Takes::condition}}};
  const std::string type = type_of(option);
  const auto found = std::ranges::find(known, type, &std::pair<std::string_view, Takes>::first);
  if (found != known.end()) return found->second;
  const bool is_words = std::ranges::all_of(type, [](char c) { return c >= 'a' || c == '-' || c == '_'; });
  return is_words && !option.get_positional() ? Takes::words : Takes::anything;
}

std::vector<std::string> words_of(const CLI::Option& option) {
  std::istringstream type(option.get_type_name());
  std::vector<std::string> words;
  for (std::string word; std::getline(type, word, '|');) words.push_back(word);
  return words;
}

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::vector<std::string> names_of(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  return names;
}

std::vector<const CLI::Option*> options_of(const CLI::App& command) {
  return command.get_options([](const CLI::Option* option) { return !option->get_positional(); });
}

std::vector<const CLI::Option*> positionals_of(const CLI::App& command) {
  return command.get_options([](const CLI::Option* option) { return option->get_positional(); });
}

bool may_be_repeated(const CLI::Option& positional) { return positional.get_items_expected_max() > 1; }

std::string brief(std::string_view description) {
  std::size_t end = description.size();
  for (const std::string_view mark : {". ", "; ", ": ", " ("}) end = std::min(end, description.find(mark));
  return std::string(description.substr(0, end));
}

std::vector<std::string> column_names() {
  const Table columns = describe_all_columns();
  const TableColumn& named = get_column(columns, "column");
  std::vector<std::string> names;
  for (std::size_t row = 0; row < columns.rows; ++row) {
    const std::string name = text_at(named, row);
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

std::string in_quotes(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace nxmc
