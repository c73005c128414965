// Writes what is said about nxmc elsewhere than in its help, from the same description:
//   nxmc_manual DIRECTORY DATE     man pages and completions, as they are installed, below DIRECTORY/share
//   nxmc_manual --renew SOURCE     campaigns/schema.json and the table of keys in campaigns/README.md
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "completions.hpp"
#include "grammar.hpp"
#include "keys.hpp"
#include "man_pages.hpp"

namespace nxmc {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) throw std::runtime_error(fmt::format("{}: cannot be read", file.string()));
  return text.str();
}

void write(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream stream(file, std::ios::binary);
  stream << text;
  stream.close();
  if (!stream) throw std::runtime_error(fmt::format("{}: cannot be written", file.string()));
}

void write_manual(const fs::path& directory, const std::string& date) {
  GlobalOptions global;
  Action action;
  CLI::App app;
  describe_commands(app, global, action, NXMC_VERSION);
  const fs::path share = directory / "share";
  for (const Page& page : man_pages(app, {NXMC_VERSION, date})) write(share / "man" / page.file, page.text);
  write(share / "bash-completion" / "completions" / "nxmc", bash_completion(app));
  write(share / "zsh" / "site-functions" / "_nxmc", zsh_completion(app));
  write(share / "fish" / "vendor_completions.d" / "nxmc.fish", fish_completion(app));
}

void renew_table(const fs::path& readme, std::string_view name, const std::string& table) {
  const std::string begin = fmt::format("<!-- {}: begin -->\n", name);
  const std::string end = fmt::format("<!-- {}: end -->", name);
  std::string text = read(readme);
  const std::size_t from = text.find(begin);
  const std::size_t to = text.find(end);
  if (from == std::string::npos || to == std::string::npos || to < from)
    throw std::runtime_error(
        fmt::format("{}: lacks the lines {} and {}", readme.string(), begin.substr(0, begin.size() - 1), end));
  text.replace(from + begin.size(), to - from - begin.size(), table);
  write(readme, text);
}

void renew_what_is_checked_in(const fs::path& source) {
  write(source / "campaigns" / "schema.json", editor_schema());
  renew_table(source / "campaigns" / "README.md", "keys", key_table());
  renew_table(source / "campaigns" / "README.md", "shapes", shape_table());
}

int act(const std::vector<std::string>& arguments) {
  if (arguments.size() == 2 && arguments[0] == "--renew") {
    renew_what_is_checked_in(arguments[1]);
  } else if (arguments.size() == 2) {
    write_manual(arguments[0], arguments[1]);
  } else {
    std::cerr << "Usage: nxmc_manual DIRECTORY DATE | nxmc_manual --renew SOURCE\n";
    return 2;
  }
  return 0;
}

}  // namespace
}  // namespace nxmc

int main(int argc, char** argv) {
  try {
    return nxmc::act({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << "nxmc_manual: " << error.what() << "\n";
    return 1;
  }
}
