// One scan: its keys read and checked, its points made.
#include "scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "bias.hpp"
#include "bounds.hpp"
#include "consistency.hpp"
#include "fields.hpp"
#include "ladder.hpp"
#include "nxmc/arithmetic/exp_log.hpp"
#include "nxmc/campaign/plan.hpp"
#include "nxmc/campaign/schema.hpp"
#include "nxmc/material/constants.hpp"
#include "nxmc/yaml/numbers.hpp"
#include "nxmc/yaml/words.hpp"
#include "points.hpp"
#include "refine.hpp"
#include "standards.hpp"
#include "until.hpp"

namespace nxmc {
namespace {

std::vector<double> times_between(const StandardTimes& all) {
  std::vector<double> times{all.from};
  for (int k = 1; k + 1 < all.points; ++k) {
    const double logarithm =
        portable_log(all.from) + (portable_log(all.to) - portable_log(all.from)) * k / (all.points - 1);
    times.push_back(round_to_12_digits(portable_exp(logarithm)));
  }
  times.push_back(all.to);
  return times;
}

/// Evenly, up to the end of the last stage.
std::vector<double> times_up_to(double end) {
  std::vector<double> times;
  constexpr int points = StandardTimes{}.points;
  for (int k = 1; k <= points; ++k) times.push_back(k == points ? end : round_to_12_digits(end * k / points));
  return times;
}

/// That the point says; where every stage has its own, that of the first one, which `physics` gets.
double temperature_at(const Selection& selection, const ScanDraft& draft, Physics& physics) {
  const AxisValue* const axis = selected(selection, AxisKey::temperature);
  double temperature = axis == nullptr ? draft.fixed.temperature : std::get<double>(axis->value);
  begin_with(draft.stages, temperature, physics);
  return temperature;
}

class ScanReader {
 public:
  ScanReader(const YamlNode& own, Defaults& defaults, const MaterialOfCampaign& material, Scrutiny scrutiny,
             Problems& problems)
      : own_(own),
        defaults_(defaults),
        material_(material),
        scrutiny_(scrutiny),
        problems_(problems),
        before_(problems.count()) {
    draft_.units.material = material;
  }

  std::optional<ScanDraft> read() {
    if (!expect_map(own_, "a mapping with 'name', 'method', 'lattice', 'size' …", problems_)) return std::nullopt;
    refuse_unknown_keys(own_, keys_of_section("scan"), problems_);
    guess_misspelt_keys();
    draft_.scan.place = own_.place;
    read_name_and_replicas();
    read_method();
    if (concerns(Concerns::equilibrium)) {
      read_ensemble();
      read_boundary();
    }
    refuse_keys_of_other_scans();
    if (concerns(Concerns::exchange)) read_exchange_keys();
    if (concerns(Concerns::equilibrium)) read_equilibrium_keys();
    read_snapshots();
    read_shell();
    read_list_of_sites();
    read_axes();
    if (draft_.scan.refine) check_refine(*refine_, draft_.scan, draft_.fixed.ensemble, draft_.grid, problems_);
    if (draft_.scan.ladder) check_ladder(*ladder_, draft_.scan, draft_.fixed.ensemble, draft_.grid, problems_);
    if (draft_.scan.bias) check_bias(*bias_, draft_.scan, draft_.fixed.ensemble, draft_.grid, problems_);
    if (until_ != nullptr) check_until_is_measured(*until_, draft_.scan, draft_.grid, problems_);
    if (check_number_of_jobs() && scrutiny_ == Scrutiny::of_combinations) {
      check_combinations(draft_.grid, method_, known_ensemble(),
                         {draft_.fixed.lattice.boundary, draft_.facets, draft_.fixed.lattice.shell_of_a, draft_.sites},
                         problems_);
      check_shell_of_a();
    }
    set_default_times();
    check_attempt_rates();
    check_exchange_stops();
    check_stages_are_reached();
    if (failed()) return std::nullopt;
    return std::move(draft_);
  }

 private:
  /// A key of this scan, its own or inherited.
  struct Found {
    Entry entry;
    bool own = false;
    explicit operator bool() const { return bool(entry); }
    const YamlNode& value() const { return *entry.value; }
  };

  Found find(std::string_view key) {
    Found found{find_entry(own_, key), true};
    if (!found && defaults_.node != nullptr) {
      found = {find_entry(*defaults_.node, key), false};
      if (found) defaults_.used.emplace(key);
    }
    if (found) draft_.scan.places[std::string(key)] = found.entry.key->place;
    return found;
  }

  bool failed() const { return problems_.count() > before_; }

  /// What `read` returns; when it met problems, nobody knows the value of `key`.
  template <typename Read>
  auto read_noting_doubt(std::string_view key, const Read& read) {
    const std::size_t before = problems_.count();
    auto value = read();
    if (problems_.count() > before) doubtful_.emplace(key);
    return value;
  }

  /// A misspelt key is given, with a value that nobody knows: nothing is concluded from its absence.
  void guess_misspelt_keys() {
    for (const auto& meant : {keys_probably_meant(own_), defaults_.probably_meant}) {
      for (const std::string_view key : meant)
        if (!find_entry(own_, key)) doubtful_.emplace(key);
    }
  }

  void add(const YamlNode& node, std::string message) { problems_.add(node.place, node.path, std::move(message)); }
  void miss(std::string_view key, std::string_view explanation) {
    add(own_, fmt::format("lacks '{}' ({})", key, explanation));
  }

  // ---- keys that are no axes

  void read_name_and_replicas() {
    if (const Found name = find("name")) {
      draft_.scan.name = nxmc::read_name(name.value(), problems_).value_or("");
    } else {
      miss("name", "what 'query' shows it as");
    }
    if (const Found replicas = find("replicas")) {
      const auto count =
          read_noting_doubt("replicas", [&] { return read_count(replicas.value(), replicas_bounds, problems_); });
      if (count) draft_.scan.replicas = static_cast<int>(*count);
    }
  }

  void read_method() {
    const Found method = find("method");
    if (!method) {
      miss("method", "equilibrium or exchange");
      return;
    }
    const auto word = read_word(method.value(), words_of_key("method"), problems_);
    if (!word) return;
    method_ = *word == "exchange" ? Method::exchange : Method::equilibrium;
    draft_.fixed.method = *method_;
  }

  void read_ensemble() {
    const Found ensemble = find("ensemble");
    if (!ensemble) return;
    const auto word =
        read_noting_doubt("ensemble", [&] { return read_word(ensemble.value(), words_of_key("ensemble"), problems_); });
    if (word == to_string(Ensemble::semigrand)) draft_.fixed.ensemble = Ensemble::semigrand;
  }

  std::optional<Ensemble> known_ensemble() const {
    return doubtful_.contains("ensemble") ? std::nullopt : std::optional(draft_.fixed.ensemble);
  }

  void read_boundary() {
    const Found boundary = find("boundary");
    if (!boundary) return;
    const auto word =
        read_noting_doubt("boundary", [&] { return read_word(boundary.value(), words_of_key("boundary"), problems_); });
    if (word == to_string(Boundary::periodic)) draft_.fixed.lattice.boundary = Boundary::periodic;
    // Which sizes there are depends on it.
    if (doubtful_.contains("boundary")) doubtful_.emplace("size");
  }

  bool semigrand() const { return draft_.fixed.ensemble == Ensemble::semigrand; }

  /// With an unknown method every key is looked at, so that all errors are found at once.
  bool concerns(Concerns who) const {
    if (doubtful_.contains("ensemble") && (who == Concerns::canonical || who == Concerns::reservoir)) return true;
    return nxmc::concerns(who, method_ ? to_string(*method_) : "", to_string(draft_.fixed.ensemble));
  }

  void refuse_keys_of_other_scans() {
    for (const CampaignKey& key : scan_keys()) {
      const Entry entry = find_entry(own_, key.name);
      if (entry && !concerns(key.concerns))
        problems_.add(entry.key->place, own_.path + "." + std::string(key.name), why_not(key));
    }
  }

  /// \pre it does not concern the scan
  std::string why_not(const CampaignKey& key) const {
    const bool exchange = *method_ == Method::exchange;
    if (!exchange && key.concerns == Concerns::canonical)
      return fmt::format("with 'ensemble: semigrand' the {} follows from delta_mu; remove it", key.name);
    if (!exchange && key.concerns == Concerns::reservoir)
      return fmt::format(
          "an equilibrium scan at a fixed composition has no '{}': it belongs to exchange scans and to 'ensemble: "
          "semigrand'; remove it, or write that beside it",
          key.name);
    return fmt::format("an {} scan has no '{}': it belongs to {} scans; remove it",
                       exchange ? "exchange" : "equilibrium", key.name, exchange ? "equilibrium" : "exchange");
  }

  void read_exchange_keys() {
    if (const Found rates = find("rates")) {
      read_rates(rates.value());
      draft_.units.own_rates = find_entry(rates.value(), "exchange") || find_entry(rates.value(), "diffusion");
    }
    const Found until = find("exchange_until");
    const Found stages = find("stages");
    if (until && stages && until.own == stages.own)
      problems_.add(until.entry.key->place, until.value().path,
                    "when ions are exchanged is said by 'stages'; remove it, or write a stage {exchange: off} instead");
    if (stages && (!until || stages.own || !until.own))
      stages_ = &stages.value();
    else if (until)
      read_exchange_until(until.value());
    if (const Found times = find("times"))
      read_times(times.value(), "times", draft_.scan.schedule.times, draft_.units.times);
    if (const Found observed = find("observe")) read_observed(observed.value());
    if (const Found events = find("max_events")) {
      const auto count = read_count(events.value(), positive_count_bounds, problems_);
      if (count) draft_.scan.schedule.max_events = *count;
    }
  }

  void read_observed(const YamlNode& node) {
    Schedule& schedule = draft_.scan.schedule;
    std::set<std::string, std::less<>> measured;
    const auto read = [&](const YamlNode& item) {
      const auto word = read_word(item, words_of_key("observe"), problems_);
      if (word && !measured.insert(std::string(*word)).second)
        add(item, fmt::format("'{}' stands twice in the list", *word));
    };
    if (!node.is_list()) {
      read(node);
    } else {
      for (const auto& item : node.items) read(*item);
    }
    schedule.phases = measured.contains("phases");
    schedule.areas = measured.contains("areas");
    schedule.profile = measured.contains("profile");
    schedule.energy = measured.contains("energy");
  }

  void read_exchange_until(const YamlNode& node) {
    std::vector<double> seconds;
    std::vector<double> times;
    read_times(node, "exchange_until", times, seconds);
    if (times.empty() && seconds.empty()) return;
    exchange_until_ = &node;
    if (!seconds.empty())
      draft_.units.exchange_until = seconds.front();
    else
      draft_.fixed.exchange_until = times.front();
  }

  /// Into one of the two, by the unit that they have.
  void read_times(const YamlNode& node, std::string_view key, std::vector<double>& times,
                  std::vector<double>& seconds) {
    const bool one = key == "exchange_until";
    const auto read = [&](const YamlNode& bare) {
      if (!one) return read_ascending_numbers(bare, time_bounds, problems_);
      const auto time = read_number(bare, time_bounds, problems_);
      return time ? std::vector{*time} : std::vector<double>();
    };
    if (!has_units(node)) {
      times = read_noting_doubt(key, [&] { return read(node); });
      return;
    }
    doubtful_seconds_ = doubtful_seconds_ || !may_have_seconds(node);
    seconds = read_noting_doubt(key, [&] {
      const auto bare = in_model_numbers(
          node, Dimension::time, [](double time) { return time; }, problems_);
      return bare == nullptr ? std::vector<double>() : read(*bare);
    });
  }

  /// False, with a problem.
  bool may_have_seconds(const YamlNode& node) {
    if (!may_have_units(node, material_, problems_)) return false;
    if (material_.attempt_rates || material_.doubtful) return true;
    add(node,
        "seconds follow from attempt rates, which neither the campaign nor its material has: add 'attempt_rates: "
        "{exchange: {prefactor: 1e13 Hz, barrier: 0.43 eV}, diffusion: {prefactor: 1e13 Hz, barrier: 0.5 eV}}' to one "
        "of them");
    return false;
  }

  void read_rates(const YamlNode& node) {
    if (!expect_map(node, "a mapping with 'exchange' and 'diffusion'", problems_)) return;
    refuse_unknown_keys(node, keys_of_section("rates"), problems_);
    const auto read = [&](std::string_view key, const NumberRule& rule, double standard) {
      const Entry entry = find_entry(node, key);
      return entry ? read_number(*entry.value, rule, problems_).value_or(standard) : standard;
    };
    const Rates standard;
    draft_.fixed.rates = {.exchange = read("exchange", exchange_rate_bounds, standard.exchange),
                          .diffusion = read("diffusion", diffusion_rate_bounds, standard.diffusion)};
    read_rate_rule(node);
  }

  void read_rate_rule(const YamlNode& rates) {
    RateRule& rule = draft_.fixed.rate_rule;
    if (const Entry word = find_entry(rates, "rule")) {
      const auto read = read_word(*word.value, words_of_key("rule"), problems_);
      if (read == "metropolis") rule.kind = RateRule::Kind::metropolis;
      if (read == "heat_bath") rule.kind = RateRule::Kind::heat_bath;
    }
    const Entry share = find_entry(rates, "share");
    if (!share) return;
    if (rule.kind == RateRule::Kind::exponential)
      rule.share = read_number(*share.value, share_bounds, problems_).value_or(rule.share);
    else
      problems_.add(share.key->place, rates.path + ".share",
                    "only 'rule: exponential' shares the energy among both directions; remove it");
  }

  void read_equilibrium_keys() {
    Schedule& schedule = draft_.scan.schedule;
    schedule.equilibration_sweeps = read_sweeps("equilibration_sweeps", sweeps_bounds, standard_sweeps);
    schedule.measured_sweeps = read_sweeps("measured_sweeps", positive_count_bounds, standard_sweeps);
    schedule.phases_every = standard_phases_every;
    schedule.areas_every = standard_areas_every;
    if (const Found occupation = find("shell_occupation"))
      draft_.fixed.lattice.shell_of_a =
          read_word(occupation.value(), words_of_key("shell_occupation"), problems_) == "A";
    if (const Found every = find("measure_every")) read_measure_every(every.value());
    const Found samples = find("samples");
    if (samples) read_samples(samples.value());
    if (const Found until = find("until")) {
      until_ = &until.value();
      draft_.scan.until = read_until(*until_, schedule.measured_sweeps, problems_);
    }
    if (const Found refine = find("refine")) {
      refine_ = &refine.value();
      draft_.scan.refine = read_refine(*refine_, problems_);
    }
    if (const Found ladder = find("ladder")) {
      ladder_ = &ladder.value();
      draft_.scan.ladder = read_ladder(*ladder_, problems_);
    }
    // They go on for longer than is known yet, and their samples tell the transition.
    if (ladder_ != nullptr && refine_ != nullptr && !samples) schedule.samples.at_most = most_samples_of_search;
    if (const Found bias = find("bias")) {
      bias_ = &bias.value();
      draft_.scan.bias = read_bias(*bias_, problems_);
    }
  }

  std::uint64_t read_sweeps(std::string_view key, const NumberRule& rule, std::uint64_t otherwise) {
    const Found found = find(key);
    return found ? read_count(found.value(), rule, problems_).value_or(otherwise) : otherwise;
  }

  void read_measure_every(const YamlNode& node) {
    if (!expect_map(node, "a mapping with 'phases' and 'areas' (in sweeps)", problems_)) return;
    refuse_unknown_keys(node, keys_of_section("measure_every"), problems_);
    Schedule& schedule = draft_.scan.schedule;
    schedule.phases_every = read_interval(node, "phases", positive_count_bounds, schedule.phases_every);
    schedule.areas_every = read_interval(node, "areas", sweeps_bounds, schedule.areas_every);
  }

  void read_samples(const YamlNode& node) {
    Sampling& samples = draft_.scan.schedule.samples;
    if (node.is_text()) {
      if (read_word(node, words_of_key("samples"), problems_)) samples = {.every = 0, .at_most = 0};
      return;
    }
    if (!expect_map(node, "'none', or a mapping with 'every' (in sweeps) and 'at_most'", problems_)) return;
    refuse_unknown_keys(node, keys_of_section("samples"), problems_);
    samples.every = read_interval(node, "every", positive_count_bounds, samples.every);
    if (const Entry most = find_entry(node, "at_most"))
      samples.at_most = read_count(*most.value, samples_bounds, problems_).value_or(samples.at_most);
  }

  std::uint64_t read_interval(const YamlNode& map, std::string_view key, const NumberRule& rule,
                              std::uint64_t otherwise) {
    const Entry entry = find_entry(map, key);
    if (!entry) return otherwise;
    const std::uint64_t interval = read_count(*entry.value, rule, problems_).value_or(otherwise);
    const std::uint64_t measured = draft_.scan.schedule.measured_sweeps;
    if (interval > measured) {
      add(*entry.value, fmt::format("every {} sweeps of {} measured ones is never", interval, measured));
    }
    return interval;
  }

  void read_snapshots() {
    const Found snapshots = find("snapshots");
    if (!snapshots) return;
    const YamlNode& node = snapshots.value();
    if (!expect_map(node, "a mapping with 'times' (exchange) or 'sweeps' (equilibrium)", problems_)) return;
    refuse_unknown_keys(node, keys_of_section("snapshots"), problems_);
    const Entry times = find_entry(node, "times");
    const Entry sweeps = find_entry(node, "sweeps");
    if (snapshots.own && method_) refuse_snapshots_of_the_other_method(*method_ == Method::exchange ? sweeps : times);
    if (times && concerns(Concerns::exchange)) {
      read_times(*times.value, "snapshots", draft_.scan.schedule.snapshot_times, draft_.units.snapshot_times);
    }
    if (sweeps && concerns(Concerns::equilibrium)) read_snapshot_sweeps(*sweeps.value);
  }

  void refuse_snapshots_of_the_other_method(const Entry& entry) {
    if (!entry) return;
    const bool exchange = *method_ == Method::exchange;
    problems_.add(entry.key->place, entry.value->path,
                  fmt::format("an {} scan keeps snapshots at '{}'", exchange ? "exchange" : "equilibrium",
                              exchange ? "times" : "sweeps"));
  }

  void read_snapshot_sweeps(const YamlNode& node) {
    Schedule& schedule = draft_.scan.schedule;
    const std::uint64_t all = schedule.equilibration_sweeps + schedule.measured_sweeps;
    for (const double sweep : read_ascending_numbers(node, sweeps_bounds, problems_)) {
      schedule.snapshot_sweeps.push_back(static_cast<std::uint64_t>(sweep));
    }
    if (!schedule.snapshot_sweeps.empty() && schedule.snapshot_sweeps.back() > all) {
      add(node, fmt::format("sweep {} is never reached: a chain has {} (equilibration and measurement)",
                            schedule.snapshot_sweeps.back(), all));
    }
  }

  void read_shell() {
    const Entry layers = find_entry(own_, "shell_layers");
    const Found shell = find("shell");
    if (!shell || (layers && !shell.own)) return;
    const YamlNode& node = shell.value();
    if (!expect_map(node, "a mapping with 'layers' and 'facets': {layers: 2, facets: [+z, -z]}", problems_)) return;
    refuse_unknown_keys(node, keys_of_section("shell"), problems_);
    if (layers)
      problems_.add(layers.key->place, own_.path + ".shell_layers",
                    "the layers stand in 'shell', too; remove one of the two");
    const Entry own_layers = find_entry(node, "layers");
    if (own_layers) {
      layers_of_shell_ = {own_layers, shell.own};
    } else {
      add(node, "lacks 'layers' (of sites)");
      doubtful_.emplace("shell_layers");
    }
    if (const Entry facets = find_entry(node, "facets")) read_facets(*facets.value);
  }

  void check_shell_of_a() {
    const Found occupation = find("shell_occupation");
    const Axis* const layers = draft_.grid.find(AxisKey::shell_layers);
    if (!draft_.fixed.lattice.shell_of_a || !occupation.own || (layers != nullptr && !layers->sound)) return;
    const auto is_there = [](const AxisValue& value) { return std::get<double>(value.value) > 0; };
    if (layers != nullptr && std::ranges::any_of(layers->values, is_there)) return;
    add(occupation.value(), "there is no shell that could consist of it; add 'shell_layers: 1', or remove it");
  }

  void read_facets(const YamlNode& node) {
    const auto read = [&](const YamlNode& item) {
      if (!item.is_text()) {
        add(item, fmt::format("must be the name of a facet, such as +z, not {}", describe(item)));
        return;
      }
      if (std::ranges::find(draft_.facets, item.text, &CoveredFacet::name) != draft_.facets.end())
        add(item, fmt::format("'{}' stands twice in the list", item.text));
      draft_.facets.push_back({item.text, &item});
    };
    if (!node.is_list()) {
      read(node);
    } else if (node.items.empty()) {
      add(node, "an empty list; name a facet at least, or remove it: the shell covers all sides then");
    } else {
      for (const auto& item : node.items) read(*item);
    }
  }

  // ---- axes

  void read_list_of_sites() {
    const std::array shape{find_entry(own_, "lattice"), find_entry(own_, "size")};
    const Found sites = find("sites");
    if (!sites || (!sites.own && (shape[0] || shape[1]))) return;
    list_ = &sites.value();
    for (const Entry& key : shape)
      if (key)
        problems_.add(key.key->place, own_.path + "." + key.key->name,
                      "a list of sites has neither lattice nor size; remove it, or 'sites'");
    if (draft_.fixed.lattice.periodic()) add(*list_, "a list of sites ends in a surface; remove 'boundary: periodic'");
    draft_.sites = read_noting_doubt("sites", [&] {
                     return read_sites(*list_, *defaults_.sites, problems_);
                   }).value_or(SiteList());
  }

  /// A list of sites is one crystal: a lattice without sizes.
  Axis axis_of_list(AxisKey key) const {
    Axis axis{.key = key, .node = list_, .values = {}};
    axis.sound = !draft_.sites.empty();
    AxisValue& value = axis.values.emplace_back();
    value.node = list_;
    if (key == AxisKey::lattice)
      value.value = word_of_list(draft_.sites);
    else
      value.value = Edges{.given = 0};
    return axis;
  }

  /// Layers of the shell stand in `shell_layers` or in `shell`.
  Found find_axis(AxisKey key) {
    if (key == AxisKey::shell_layers && layers_of_shell_) return layers_of_shell_;
    return find(to_string(key));
  }

  void read_axes() {
    std::map<AxisKey, Axis> read;
    // What quantities are in the model depends on these two.
    for (const AxisKey key : {AxisKey::lattice, AxisKey::interaction}) read_axis_into(read, key);
    for (std::size_t k = 0; k < axis_count; ++k) read_axis_into(read, static_cast<AxisKey>(k));
    if (stages_ != nullptr) read_stage_list(read);
    std::vector<Axis> axes;
    axes.reserve(read.size());
    for (auto& [key, axis] : read) axes.push_back(std::move(axis));
    const Found zip = find("zip");
    std::vector<std::vector<ZipWord>> groups;
    if (zip) groups = read_noting_doubt("zip", [&] { return read_zip(zip.value(), problems_); });
    require_axes(axes);
    if (!check_no_flat_box(axes, problems_)) std::ranges::find(axes, AxisKey::size, &Axis::key)->sound = false;
    draft_.grid = make_grid(std::move(axes), groups, problems_);
    note_doubts();
  }

  void read_axis_into(std::map<AxisKey, Axis>& axes, AxisKey key) {
    const CampaignKey& scan_key = *std::ranges::find(scan_keys(), to_string(key), &CampaignKey::name);
    if (axes.contains(key) || !concerns(scan_key.concerns)) return;
    if (list_ != nullptr && (key == AxisKey::lattice || key == AxisKey::size)) {
      axes.emplace(key, axis_of_list(key));
      return;
    }
    const Found found = find_axis(key);
    if (!found) return;
    const bool physical = scan_key.dimension && has_units(found.value());
    axes.emplace(key, physical ? read_physical_axis(axes, scan_key, key, found)
                               : read_axis(key, found.value(), found.own, problems_));
  }

  Axis read_physical_axis(const std::map<AxisKey, Axis>& axes, const CampaignKey& scan_key, AxisKey key,
                          const Found& found) {
    const YamlNode& node = found.value();
    Axis unknown{.key = key,
                 .own = found.own,
                 .several = node.is_list() || node.is_map(),
                 .sound = false,
                 .node = &node,
                 .values = {}};
    if (!may_have_units(node, material_, problems_) || !material_.pair) return unknown;
    const std::optional<ToModel> to_model =
        key == AxisKey::size ? sites_of_lengths(axes, node) : numbers_of_energies(axes, key, node);
    if (!to_model) return unknown;
    const auto in_model = in_model_numbers(node, *scan_key.dimension, *to_model, problems_);
    if (in_model == nullptr) return unknown;
    Axis axis = read_axis(key, *in_model, found.own, problems_);
    axis.node = &node;
    axis.in_model_numbers = in_model;
    return axis;
  }

  /// Nothing where nobody knows the lattices, or, with a problem, where they have different spacings.
  std::optional<int> common_dimension(const std::map<AxisKey, Axis>& axes, const YamlNode& node) {
    const auto lattice = axes.find(AxisKey::lattice);
    if (lattice == axes.end() || !lattice->second.sound) return std::nullopt;
    std::set<int> dimensions;
    for (const AxisValue& value : lattice->second.values)
      dimensions.insert(shape_of(std::get<std::string>(value.value)).dimension);
    if (dimensions.size() > 1) add(node, "has other units in 2D than in 3D; give hexagons a scan of their own");
    return dimensions.size() == 1 ? std::optional(*dimensions.begin()) : std::nullopt;
  }

  /// Nothing, with a problem where there is none yet, if they cannot be told.
  std::optional<ToModel> sites_of_lengths(const std::map<AxisKey, Axis>& axes, const YamlNode& node) {
    const auto dimension = common_dimension(axes, node);
    if (!dimension) return std::nullopt;
    const double spacing = spacing_in_nm(*material_.pair, *dimension);
    return [this, spacing](double angstrom) {
      const double nm = angstrom / unit_named("nm")->size;
      const double sites = std::round(nm / spacing);
      const RoundedEdge rounded{nm, static_cast<int>(std::clamp(sites, 0.0, size_bounds.high))};
      if (std::ranges::find(draft_.scan.rounded, rounded) == draft_.scan.rounded.end())
        draft_.scan.rounded.push_back(rounded);
      return sites;
    };
  }

  /// The same of temperatures and energies.
  std::optional<ToModel> numbers_of_energies(const std::map<AxisKey, Axis>& axes, AxisKey key, const YamlNode& node) {
    const auto dimension = common_dimension(axes, node);
    const auto interactions = axes.find(AxisKey::interaction);
    if (!dimension || (interactions != axes.end() && !interactions->second.sound)) return std::nullopt;
    std::map<std::string_view, Interaction> units{{"epsilon", Interaction{.elastic = 1, .ising = 0}}};
    if (interactions != axes.end()) {
      units.clear();
      for (const AxisValue& value : interactions->second.values) {
        const auto& interaction = std::get<Interaction>(value.value);
        units.emplace(energy_unit(interaction), interaction);
      }
    }
    if (units.size() != 1) {
      add(node, "these interactions measure energies in different units; give each a scan of its own");
      return std::nullopt;
    }
    const auto& [unit, interaction] = *units.begin();
    const bool temperature = key == AxisKey::temperature;
    if (temperature) draft_.units.kelvin = true;
    if (unit == "kT") {
      draft_.units.electronvolt = draft_.units.electronvolt || !temperature;
      return [](double value) { return value; };
    }
    const double energy = energy_unit_in_ev(*material_.pair, interaction, *dimension);
    if (energy > 0) return [=](double value) { return (temperature ? boltzmann * value : value) / energy; };
    if (unit == "epsilon")
      add(node,
          "both compounds have the same lattice constant: epsilon is 0, and no unit of energy; write numbers of "
          "the model");
    else if (energy <= 0)
      add(node,
          "the energies of mixing of the material favour mixing: J is not positive, and no unit of energy; write "
          "numbers of the model");
    else
      add(node,
          "energies are in J, which follows from 'energies_of_mixing' of the material, and it has none: add them, "
          "or write numbers of the model");
    return std::nullopt;
  }

  void note_doubts() {
    if (doubtful_.contains("zip")) draft_.grid.zip_doubtful = true;
    for (std::size_t k = 0; k < axis_count; ++k) {
      const auto key = static_cast<AxisKey>(k);
      if (doubtful_.contains(to_string(key))) draft_.grid.doubtful.insert(key);
    }
  }

  void require_axes(const std::vector<Axis>& axes) {
    const auto has = [&](AxisKey key) { return std::ranges::find(axes, key, &Axis::key) != axes.end(); };
    if (!has(AxisKey::lattice)) miss("lattice", "hexagon, cube, box or another shape");
    if (!has(AxisKey::size)) miss("size", "sites along an edge of the core; for a box [[10, 10, 50]]");
    if (!has(AxisKey::temperature) && !only_without_interaction(axes) && !stages_have_temperatures()) {
      miss("temperature", "k_BT in the unit of energy; the papers have 0.2 for hexagons, 1.5 for cubes, 2 for ising");
    }
    const bool driven = method_ == Method::exchange && draft_.fixed.exchange_until > 0 && !stages_have_drives();
    if (driven && !has(AxisKey::delta_mu)) {
      miss("delta_mu", "the drive, mu_A - mu_B; the papers have -20 for hexagons, -200 in 3D, -10 for ising and none");
    }
    if (method_ == Method::equilibrium && semigrand() && !has(AxisKey::delta_mu))
      miss("delta_mu", "mu_A - mu_B of the reservoir, which decides on the composition; 0 favours neither");
  }

  bool stages_have_drives() const { return doubtful_.contains("stages") || all_have_drives(draft_.stages); }
  bool stages_have_temperatures() const { return doubtful_.contains("stages") || all_have_temperatures(draft_.stages); }

  static bool only_without_interaction(const std::vector<Axis>& axes) {
    const auto axis = std::ranges::find(axes, AxisKey::interaction, &Axis::key);
    if (axis == axes.end() || axis->values.empty()) return false;
    return std::ranges::all_of(
        axis->values, [](const AxisValue& value) { return energy_unit(std::get<Interaction>(value.value)) == "kT"; });
  }

  // ---- stages

  /// Whether some numbers of stages have units, and some have none.
  struct Spelling {
    bool physical = false;
    bool bare = false;
  };

  void read_stage_list(const std::map<AxisKey, Axis>& axes) {
    draft_.stages = read_noting_doubt("stages", [&] {
      return read_stages(
          *stages_,
          [&](const YamlNode& node, StageQuantity quantity) { return read_stage_number(axes, node, quantity); },
          problems_);
    });
    if (draft_.stages.empty()) doubtful_.emplace("stages");
    if (doubtful_.contains("stages")) return;
    check_stages_do_something();
    check_spelling_without_interaction(axes);
    for (const AxisKey key : {AxisKey::temperature, AxisKey::delta_mu}) refuse_axis_that_no_stage_has(axes, key);
    begin_with(draft_.stages, draft_.fixed.temperature, draft_.fixed);
  }

  std::optional<double> read_stage_number(const std::map<AxisKey, Axis>& axes, const YamlNode& node,
                                          StageQuantity quantity) {
    const bool physical = has_units(node);
    Spelling& spelling = spelling_of_stages_[static_cast<std::size_t>(quantity)];
    (physical ? spelling.physical : spelling.bare) = true;
    if (quantity == StageQuantity::time) return read_end_of_stage(node, spelling);
    const bool temperature = quantity == StageQuantity::temperature;
    const NumberRule& bounds = temperature ? temperature_bounds : delta_mu_bounds;
    if (!physical) return read_number(node, bounds, problems_);
    const bool known = may_have_units(node, material_, problems_) && material_.pair;
    const std::optional<ToModel> to_model =
        known ? numbers_of_energies(axes, temperature ? AxisKey::temperature : AxisKey::delta_mu, node) : std::nullopt;
    if (!to_model) {
      doubtful_.emplace("stages");
      return std::nullopt;
    }
    const auto bare =
        in_model_numbers(node, temperature ? Dimension::temperature : Dimension::energy, *to_model, problems_);
    return bare == nullptr ? std::nullopt : read_number(*bare, bounds, problems_);
  }

  std::optional<double> read_end_of_stage(const YamlNode& node, const Spelling& spelling) {
    if (spelling.physical && spelling.bare) {
      add(node, "some ends of stages have a unit, and others have none; write all of them in one way");
      return std::nullopt;
    }
    if (!spelling.physical) return read_number(node, time_bounds, problems_);
    doubtful_seconds_ = doubtful_seconds_ || !may_have_seconds(node);
    draft_.units.stages_in_seconds = true;
    const auto bare = in_model_numbers(
        node, Dimension::time, [](double time) { return time; }, problems_);
    return bare == nullptr ? std::nullopt : read_number(*bare, time_bounds, problems_);
  }

  void check_stages_do_something() {
    if (std::ranges::none_of(draft_.stages, &WrittenStage::exchange))
      add(*stages_, "no stage exchanges ions: the crystal, A throughout, stays as it is; let one of them exchange");
    for (const WrittenStage& stage : draft_.stages) {
      if (stage.exchange || stage.diffusion_rate.value_or(draft_.fixed.rates.diffusion) > 0) continue;
      add(*stage.node,
          "nothing can move: there is no exchange, and the rate of diffusion is 0; leave the stage out, or "
          "give it 'rates: {diffusion: 1}'");
    }
  }

  /// Energies in k_BT do not know what others have said in eV, and temperatures matter to attempt rates only.
  void check_spelling_without_interaction(const std::map<AxisKey, Axis>& axes) {
    const auto interactions = axes.find(AxisKey::interaction);
    if (interactions == axes.end() || !interactions->second.sound) return;
    const bool any = std::ranges::any_of(interactions->second.values, [](const AxisValue& value) {
      return energy_unit(std::get<Interaction>(value.value)) == "kT";
    });
    if (!any) return;
    const auto spelling = [&](AxisKey key, StageQuantity quantity) {
      Spelling all = spelling_of_stages_[static_cast<std::size_t>(quantity)];
      const auto axis = axes.find(key);
      if (axis != axes.end()) (axis->second.in_model_numbers != nullptr ? all.physical : all.bare) = true;
      return all;
    };
    const Spelling temperatures = spelling(AxisKey::temperature, StageQuantity::temperature);
    const Spelling drives = spelling(AxisKey::delta_mu, StageQuantity::delta_mu);
    if (spelling_of_stages_[static_cast<std::size_t>(StageQuantity::temperature)].bare ||
        (temperatures.bare && temperatures.physical))
      add(*stages_,
          "energies are in k_BT without interaction: the temperature of a stage matters only in K, with attempt rates, "
          "and so must that of the scan be; remove it, or write both in K");
    if (drives.bare && drives.physical)
      add(*stages_, "delta_mu is in eV here and in k_BT there; write it in one way in the scan and in its stages");
  }

  /// Its points would all be the same; of one value nobody minds.
  void refuse_axis_that_no_stage_has(const std::map<AxisKey, Axis>& axes, AxisKey key) {
    const auto axis = axes.find(key);
    const bool unused =
        key == AxisKey::temperature ? all_have_temperatures(draft_.stages) : all_have_drives(draft_.stages);
    if (axis == axes.end() || !unused || axis->second.values.size() < 2) return;
    add(*axis->second.node,
        fmt::format("its values have no effect: every stage{} has a {} of its own; remove it here or there",
                    key == AxisKey::delta_mu ? " with exchange" : "", to_string(key)));
  }

  // ---- what follows from the axes

  /// First, because all other checks walk through the points: false when there are too many. How many there are is said
  /// only when it is known.
  bool check_number_of_jobs() {
    const double stages = count_points(draft_.grid) * static_cast<double>(draft_.stages.size());
    if (draft_.jobs() <= most_jobs && stages <= most_observations) return true;
    if (draft_.jobs() <= most_jobs) {
      add(*stages_,
          fmt::format("the points have {:.10g} stages together; a scan has at most {:.0f}", stages, most_observations));
      return false;
    }
    const Grid& grid = draft_.grid;
    const bool known = grid.doubtful.empty() && !grid.zip_doubtful && !doubtful_.contains("replicas");
    if (known) add(own_, fmt::format("makes {:.10g} jobs; a campaign has at most {:.0f}", draft_.jobs(), most_jobs));
    return false;
  }

  void set_default_times() {
    if (method_ != Method::exchange || doubtful_.contains("times")) return;
    if (!draft_.scan.schedule.times.empty() || !draft_.units.times.empty() || doubtful_.contains("stages")) return;
    if (!draft_.stages.empty() && std::isfinite(draft_.stages.back().until)) {
      (draft_.units.stages_in_seconds ? draft_.units.times : draft_.scan.schedule.times) =
          times_up_to(draft_.stages.back().until);
      return;
    }
    constexpr std::array keys = {AxisKey::lattice, AxisKey::interaction};
    if (draft_.grid.find(AxisKey::lattice) == nullptr || !draft_.grid.is_sound(keys)) return;
    if (count_points(draft_.grid) > most_jobs) return;
    std::set<bool> kinds;
    for_each_combination(draft_.grid, keys, [&](const Selection& selection) {
      const auto& word = std::get<std::string>(selected(selection, AxisKey::lattice)->value);
      kinds.insert(shape_of(word).dimension == 3 && interaction_of(selection).elastic != 0);
    });
    if (kinds.size() > 1) {
      miss("times",
           "the defaults differ between these crystals: 1e-32 to 100 for elastic ones in 3D, 1e-3 to 300 for others");
      return;
    }
    static const std::array times = {times_between(standard_times), times_between(standard_times_elastic_3d)};
    draft_.scan.schedule.times = times[*kinds.begin() ? 1 : 0];
  }

  /// Of attempt rates the ratio, and all that is in seconds, depends on the temperature.
  void check_attempt_rates() {
    const ScanUnits& units = draft_.units;
    if (const Found rates = find("rates"); rates && units.any_time() && units.own_rates)
      add(rates.value(),
          "seconds follow from 'attempt_rates', and with them both rates: remove it, or write times in units of the "
          "model");
    const bool by_temperature = units.uses_attempt_rates() && method_ == Method::exchange;
    if ((!by_temperature && !units.electronvolt) || !material_.pair || count_points(draft_.grid) > most_jobs) return;
    constexpr std::array keys = {AxisKey::lattice, AxisKey::size, AxisKey::temperature, AxisKey::delta_mu,
                                 AxisKey::interaction};
    if (!draft_.grid.is_sound(keys) || draft_.grid.find(AxisKey::lattice) == nullptr) return;
    for_each_combination(draft_.grid, keys, [&](const Selection& selection) {
      if (problems_.count() == before_) check_attempt_rates_of(selection);
    });
  }

  void check_attempt_rates_of(const Selection& selection) {
    const AxisValue* const temperature = selected(selection, AxisKey::temperature);
    const YamlNode& node = temperature == nullptr ? own_ : *temperature->node;
    Physics physics = make_physics(selection, draft_.fixed, draft_.facets, draft_.sites);
    const double as_given = temperature_at(selection, draft_, physics);
    const double kelvin = kelvin_of(draft_.units, physics, as_given);
    if (!(kelvin > 0)) {
      add(node, draft_.units.electronvolt
                    ? "without interaction energies are in k_BT: beside delta_mu in eV the temperature must be in K"
                    : "attempt rates depend on the temperature, which is not known in K here: write it so");
      return;
    }
    if (draft_.units.electronvolt && !delta_mu_bounds.admits(physics.delta_mu / (boltzmann * kelvin)))
      add(node, fmt::format("delta_mu / k_BT is {:.3g} at {:.6g} K, and must be {}",
                            physics.delta_mu / (boltzmann * kelvin), kelvin, delta_mu_bounds.allowed));
    if (!draft_.units.uses_attempt_rates() || method_ != Method::exchange) return;
    const AttemptRates& rates = *draft_.units.material.attempt_rates;
    const double k0 = rate_at(rates.exchange, kelvin);
    const double ratio = rate_at(rates.diffusion, kelvin) / k0;
    if (!(k0 > 0) || !diffusion_rate_bounds.admits(ratio)) {
      add(node, fmt::format("at {:.6g} K ions are exchanged {:.3g} times a second and diffuse {:.3g} times as often, "
                            "which must be {}: look at the barriers of 'attempt_rates'",
                            kelvin, k0, ratio, diffusion_rate_bounds.allowed));
      return;
    }
    rates_met_.insert(k0);
    for (const WrittenStage& stage : draft_.stages) check_attempt_rates_in(stage, physics, as_given, k0);
  }

  void check_attempt_rates_in(const WrittenStage& stage, const Physics& physics, double as_given, double k0) {
    if (problems_.count() > before_) return;
    const AttemptRates& rates = *draft_.units.material.attempt_rates;
    const double kelvin = kelvin_in(stage, draft_.units, physics, as_given);
    const double exchange = rate_at(rates.exchange, kelvin) / k0;
    const double diffusion = rate_at(rates.diffusion, kelvin) / k0;
    if (stage.exchange_rate || stage.diffusion_rate)
      add(*stage.node, "rates follow from 'attempt_rates' here; remove them from the stage");
    else if (!exchange_rate_bounds.admits(exchange) || !diffusion_rate_bounds.admits(diffusion))
      add(*stage.node, fmt::format("at {:.6g} K ions are exchanged {:.3g} times, and diffuse {:.3g} times, as often as "
                                   "they are exchanged at the scan's temperature, which must be {}: look at the "
                                   "barriers of 'attempt_rates'",
                                   kelvin, exchange, diffusion, exchange_rate_bounds.allowed));
  }

  /// In the unit of time of the model. Negative: there is none.
  double last_observation(double k0) const {
    double last = -1;
    for (const auto* times : {&draft_.scan.schedule.times, &draft_.scan.schedule.snapshot_times})
      if (!times->empty()) last = std::max(last, times->back());
    for (const auto* seconds : {&draft_.units.times, &draft_.units.snapshot_times})
      if (!seconds->empty()) last = std::max(last, seconds->back() * k0);
    return last;
  }

  std::string time_in_words(double time, double k0) const {
    return draft_.units.any_time() ? fmt::format("{:.6g} s", time / k0) : canonical_decimal(time);
  }

  void check_stages_are_reached() {
    const bool known = method_ == Method::exchange && !draft_.stages.empty() && !doubtful_.contains("stages") &&
                       !doubtful_.contains("times") && !doubtful_.contains("snapshots") && !doubtful_seconds_;
    if (!known) return;
    constexpr double rounding = 1e-9;
    if (rates_met_.empty()) rates_met_.insert(1);
    for (const double k0 : rates_met_) {
      const double last = last_observation(k0);
      const double unit = draft_.units.stages_in_seconds ? k0 : 1;
      const double begin = draft_.stages.back().begin * unit;
      const double end = draft_.stages.back().until * unit;
      if (last < 0) continue;
      if (begin >= last)
        add(*draft_.stages.back().node,
            fmt::format(
                "this stage begins at {}, and the last observation is at {}: it has no effect; add later times, "
                "or remove it",
                time_in_words(begin, k0), time_in_words(last, k0)));
      else if (last > end * (1 + rounding))
        add(*draft_.stages.back().node,
            fmt::format("the last observation is at {}, after the end of the last stage at {}; add a stage, leave out "
                        "this 'until', or observe earlier",
                        time_in_words(last, k0), time_in_words(end, k0)));
      else
        continue;
      return;
    }
  }

  void check_exchange_stops() {
    const ScanUnits& units = draft_.units;
    const bool known = method_ == Method::exchange && exchange_until_ != nullptr && !doubtful_.contains("times") &&
                       !doubtful_.contains("snapshots") && !doubtful_seconds_;
    if (!known) return;
    if (rates_met_.empty()) rates_met_.insert(1);  // nothing is in seconds
    for (const double k0 : rates_met_) {
      const double last = last_observation(k0);
      const double until = units.exchange_until ? *units.exchange_until * k0 : draft_.fixed.exchange_until;
      if (last < 0 || until <= last) continue;
      add(*exchange_until_,
          fmt::format("has no effect: the last observation is at {}; lower it, add later times, or remove it",
                      time_in_words(last, k0)));
      return;
    }
  }

  const YamlNode& own_;
  Defaults& defaults_;
  const MaterialOfCampaign& material_;
  Scrutiny scrutiny_;
  Problems& problems_;
  std::size_t before_;
  std::optional<Method> method_;
  const YamlNode* exchange_until_ = nullptr;  // nullptr when it is not given, or wrong
  const YamlNode* stages_ = nullptr;          // nullptr when none are given
  std::array<Spelling, 3> spelling_of_stages_{};
  const YamlNode* list_ = nullptr;    // of sites; nullptr when crystals have a shape
  Found layers_of_shell_;             // of the key `shell`
  const YamlNode* until_ = nullptr;   // nullptr when it is not given
  const YamlNode* refine_ = nullptr;  // the same
  const YamlNode* ladder_ = nullptr;  // the same
  const YamlNode* bias_ = nullptr;    // the same
  bool doubtful_seconds_ = false;
  std::set<double> rates_met_;                   // 1/s, of attempts of exchange, at the temperatures of the scan
  std::set<std::string, std::less<>> doubtful_;  // keys with wrong values, and those that are perhaps misspelt
  ScanDraft draft_;
};

}  // namespace

std::set<std::string_view> keys_probably_meant(const YamlNode& map) {
  const auto known = keys_of_section("scan");
  std::set<std::string_view> meant;
  for (const YamlNode::Key& key : map.keys) {
    if (std::ranges::find(known, key.name) != known.end()) continue;
    if (const auto nearest = nearest_word(key.name, known)) meant.insert(*nearest);
  }
  return meant;
}

std::optional<ScanDraft> read_scan(const YamlNode& node, Defaults& defaults, const MaterialOfCampaign& material,
                                   Scrutiny scrutiny, Problems& problems) {
  return ScanReader(node, defaults, material, scrutiny, problems).read();
}

Scan expand(ScanDraft draft) {
  draft.scan.points.reserve(static_cast<std::size_t>(count_points(draft.grid)));
  SchedulesByRate schedules;
  StageList shared;
  for_each_point(draft.grid, [&](const Selection& selection) {
    Point& point = draft.scan.points.emplace_back();
    point.physics = make_physics(selection, draft.fixed, draft.facets, draft.sites);
    const double temperature = temperature_at(selection, draft, point.physics);
    if (draft.units.material.pair) set_physical(draft.units, draft.scan.schedule, temperature, schedules, point);
    if (draft.stages.empty()) return;
    set_stages(stages_at(point, draft.units, draft.stages, temperature), point.physics);
    if (point.physics.stages == shared) point.physics.stages = shared;  // of equal lists one is kept
    shared = point.physics.stages;
  });
  if (const auto& first = draft.scan.points.front().schedule) draft.scan.schedule = *first;
  if (draft.scan.ladder) {
    if (draft.scan.ladder->places_rungs) add_first_rungs(*draft.scan.ladder, draft.scan.points);
    join_rungs(*draft.scan.ladder, draft.scan.points);
  }
  if (draft.scan.bias) open_windows(*draft.scan.bias, draft.scan.points);
  return std::move(draft.scan);
}

}  // namespace nxmc
