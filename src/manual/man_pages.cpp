#include "man_pages.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <span>
#include <sstream>
#include <string_view>
#include <utility>

#include "arguments.hpp"
#include "grammar.hpp"
#include "nxmc/campaign/schema.hpp"

namespace nxmc {
namespace {

struct Entry {
  std::string_view name;
  std::string_view meaning;
};

constexpr std::array environment{
    Entry{"SLURM_JOB_ID, SLURM_JOB_END_TIME", "inside a Slurm job: `run` stops in time for its end"},
    Entry{"SLURM_JOB_CPUS_PER_NODE", "how many processors of a node Slurm has given"},
    Entry{"NO_COLOR", "if it is set and not empty, `status --watch` uses no colours"},
    Entry{"TERM", "what the terminal can do; with `dumb`, `status --watch` prints lines"},
};

constexpr std::array files{
    Entry{"NAME.yaml", "a campaign, see `nxmc-campaign`(5)"},
    Entry{"NAME.h5", "its archive: all results, the kernels and the campaign itself (HDF5)"},
    Entry{"NAME.h5.checkpoints", "the state of unfinished jobs while there are some"},
    Entry{"NAME.h5.claim", "who writes the archive, and when it last gave a sign of life"},
};

/// "nxmc-run(1)"
std::string reference(std::string_view page, int section) { return fmt::format("{}({})", bold(page), section); }

void add_entries(ManPage& page, std::string_view title, std::span<const Entry> entries) {
  page.begin_section(title);
  for (const Entry& entry : entries) page.item(bold(entry.name), entry.meaning);
}

void add_exit_status(ManPage& page) {
  page.begin_section("EXIT STATUS");
  for (const ExitCodeMeaning& code : exit_codes())
    page.item(bold(std::to_string(static_cast<int>(code.code))), code.meaning);
}

/// What a page without its place in the manual would leave open.
void add_environment_and_files(ManPage& page) {
  add_entries(page, "ENVIRONMENT", environment);
  add_entries(page, "FILES", files);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// What stands below the options in the help: paragraphs, and commands that are indented by two.
void add_footer(ManPage& page, const std::string& footer) {
  std::vector<std::string> examples;
  std::string paragraph;
  const auto finish = [&] {
    if (!examples.empty()) page.example(std::exchange(examples, {}));
    if (!paragraph.empty()) page.paragraph(std::exchange(paragraph, {}));
  };
  for (const std::string& line : lines_of(footer)) {
    const bool is_example = line.starts_with("  ");
    if (line.empty() || is_example != !examples.empty()) finish();
    if (line == "Example:") {
      page.begin_section("EXAMPLES");
    } else if (is_example) {
      examples.push_back(line.substr(2));
    } else {
      paragraph += (paragraph.empty() ? "" : " ") + line;
    }
  }
  finish();
}

std::string value_name(const CLI::Option& option) {
  if (what_it_takes(option) == Takes::nothing) return "";
  if (what_it_takes(option) != Takes::words) {
    const std::string type = option.get_type_name();
    return " " + italic(type.substr(0, type.find(':')));
  }
  std::string words;
  for (const std::string& word : words_of(option)) words += (words.empty() ? "" : "|") + bold(word);
  return " " + words;
}

std::string term_of(const CLI::Option& option) {
  std::string names;
  for (const std::string& name : names_of(option)) names += (names.empty() ? "" : ", ") + bold(name);
  return names + value_name(option);
}

std::string positional_term(const CLI::Option& positional) {
  const std::string name = italic(positional.get_name()) + (may_be_repeated(positional) ? " ..." : "");
  return positional.get_required() ? name : "[" + name + "]";
}

void add_options(ManPage& page, const CLI::App& command) {
  for (const CLI::Option* option : options_of(command)) {
    std::string text = option->get_description();
    for (const CLI::Option* other : option->get_excludes())
      text += fmt::format("; not with `{}`", other->get_positional() ? other->get_name() : names_of(*other).front());
    if (!option->get_default_str().empty()) text += fmt::format(" (default: {})", option->get_default_str());
    if (option->get_required()) text += " (needed)";
    page.item(term_of(*option), text);
  }
}

std::string synopsis(const CLI::App& command) {
  std::string line = bold("nxmc " + command.get_name());
  for (const CLI::Option* option : options_of(command)) {
    if (option->get_required()) line += " " + term_of(*option);
  }
  line += " [" + italic("OPTIONS") + "]";
  for (const CLI::Option* positional : positionals_of(command)) line += " " + positional_term(*positional);
  return line;
}

Page command_page(const CLI::App& app, const CLI::App& command, const Edition& edition) {
  const std::string name = "nxmc-" + command.get_name();
  ManPage page(name, 1, brief(command.get_description()), edition);
  page.begin_section("SYNOPSIS");
  page.line(synopsis(command));
  page.begin_section("DESCRIPTION");
  page.paragraph(command.get_description() + ".");
  for (const CLI::Option* positional : positionals_of(command))
    page.item(positional_term(*positional), positional->get_description());
  page.begin_section("OPTIONS");
  add_options(page, command);
  const CLI::Option& log_level = *app.get_option("--log-level");
  page.item(term_of(log_level), log_level.get_description());
  const std::string footer = command.get_footer();
  const std::size_t example = footer.find("Example:");
  if (example > 0) {
    page.begin_section("NOTES");
    add_footer(page, footer.substr(0, example));
  }
  add_exit_status(page);
  add_environment_and_files(page);
  add_footer(page, footer.substr(example));
  page.begin_section("SEE ALSO");
  page.line(reference("nxmc", 1) + ", " + reference("nxmc-campaign", 5));
  return {"man1/" + name + ".1", page.text()};
}

Page program_page(const CLI::App& app, const Edition& edition) {
  ManPage page("nxmc", 1, "campaigns of Monte Carlo simulations of ion exchange in nanocrystals", edition);
  page.begin_section("SYNOPSIS");
  page.line(bold("nxmc") + " [" + italic("OPTIONS") + "] " + italic("COMMAND"));
  page.begin_section("DESCRIPTION");
  page.paragraph(app.get_description());
  page.begin_section("COMMANDS");
  for (const CLI::App* command : commands_of(app))
    page.item(reference("nxmc-" + command->get_name(), 1), command->get_description());
  page.begin_section("OPTIONS");
  add_options(page, app);
  add_exit_status(page);
  add_environment_and_files(page);
  page.begin_section("EXAMPLES");
  add_footer(page, app.get_footer());
  page.begin_section("SEE ALSO");
  page.line(reference("nxmc-campaign", 5));
  return {"man1/nxmc.1", page.text()};
}

std::string_view sentence_of_concern(Concerns concerns) {
  switch (concerns) {
    case Concerns::exchange:
      return "Of `exchange` only. ";
    case Concerns::equilibrium:
      return "Of `equilibrium` only. ";
    case Concerns::canonical:
      return "Of `equilibrium` at a fixed composition only. ";
    case Concerns::reservoir:
      return "Of `exchange` and `ensemble: semigrand` only. ";
    case Concerns::all:
      break;
  }
  return "";
}

void add_keys(ManPage& page, std::string_view section) {
  for (const CampaignKey& key : keys()) {
    if (key.section != section) continue;
    std::string text(key.meaning);
    text += ". ";
    text += sentence_of_concern(key.concerns);
    const std::string values = values_of(key);
    if (!values.empty()) text += fmt::format("Values: {}. ", values);
    if (!key.unit.empty()) text += fmt::format("Unit: {}. ", key.unit);
    text += sentence_of_default(key);
    page.item(bold(key.name) + (key.is_axis ? " (axis)" : ""), text);
  }
}

Page campaign_page(const Edition& edition) {
  ManPage page("nxmc-campaign", 5, "campaign files of nxmc", edition);
  page.begin_section("DESCRIPTION");
  page.paragraph(
      "A campaign is one YAML file: what is to be simulated, how often, and for how long. It is a list of scans. Each "
      "scan is the cross product of its axes: every combination of their values is a point, and each point is "
      "simulated by as many chains or trajectories as it has replicas.");
  page.paragraph("An axis is a value, a list of values or, if they are numbers, a range that includes both ends.");
  page.begin_section("KEYS OF A CAMPAIGN");
  add_keys(page, "campaign");
  page.begin_section("KEYS OF A SCAN");
  add_keys(page, "scan");
  for (const Section& section : schema_sections()) {
    if (section.name == "campaign" || section.name == "scan" || section.name == "defaults") continue;
    page.begin_section(section.name == "range" ? "KEYS OF A RANGE"
                                               : fmt::format("KEYS OF \\(dq{}\\(dq", roff(section.name)));
    add_keys(page, section.name);
  }
  page.begin_section("EXAMPLES");
  page.example({"name: mine", "seed: 1", "scans:", "  - name: shells", "    method: equilibrium",
                "    lattice: hexagon", "    size: [6, 8]", "    shell_layers: 1",
                "    shell_stiffness: {from: 2, to: 10, step: 1}", "    temperature: 0.2", "    replicas: 2"});
  page.begin_section("SEE ALSO");
  page.line(reference("nxmc", 1) + ", " + reference("nxmc-plan", 1) + ", " + reference("nxmc-run", 1));
  return {"man5/nxmc-campaign.5", page.text()};
}

}  // namespace

std::vector<Page> man_pages(const CLI::App& app, const Edition& edition) {
  std::vector<Page> pages{program_page(app, edition), campaign_page(edition)};
  for (const CLI::App* command : commands_of(app)) pages.push_back(command_page(app, *command, edition));
  return pages;
}

}  // namespace nxmc
