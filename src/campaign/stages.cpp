#include "stages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "bounds.hpp"
#include "fields.hpp"
#include "nxmc/campaign/plan.hpp"
#include "nxmc/campaign/schema.hpp"
#include "nxmc/yaml/numbers.hpp"

namespace nxmc {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

class StagesReader {
 public:
  StagesReader(const ReadStageNumber& read_number, Problems& problems)
      : read_number_(read_number), problems_(problems), before_(problems.count()) {}

  std::vector<WrittenStage> read(const YamlNode& node) {
    std::vector<WrittenStage> stages = read_list(node, 0);
    if (problems_.count() > before_) return {};
    return stages;
  }

 private:
  void add(const YamlNode& node, std::string message) { problems_.add(node.place, node.path, std::move(message)); }
  bool failed() const { return problems_.count() > before_; }

  /// Times count from the beginning of the list.
  std::vector<WrittenStage> read_list(const YamlNode& list, int cycles) {
    std::vector<WrittenStage> stages;
    if (!list.is_list() && !list.is_map()) {
      add(list,
          fmt::format("must be a list of stages, such as [{{until: 7.84, delta_mu: -20}}, {{exchange: off}}], not "
                      "{}",
                      describe(list)));
    } else if (list.is_map()) {
      read_entry(list, cycles, stages);
    } else if (list.items.empty()) {
      add(list, "an empty list; give at least one stage, or remove it");
    } else {
      for (const auto& item : list.items) {
        if (!stages.empty() && stages.back().until == infinity) {
          if (!failed()) add(*stages.back().node, "lacks 'until': only the last stage may go on for ever");
          break;
        }
        read_entry(*item, cycles, stages);
      }
    }
    return stages;
  }

  void read_entry(const YamlNode& entry, int cycles, std::vector<WrittenStage>& stages) {
    if (!expect_map(entry, "a stage such as {until: 10, delta_mu: -20}", problems_)) return;
    refuse_unknown_keys(entry, keys_of_section("stages"), problems_);
    if (find_entry(entry, "repeat") || find_entry(entry, "stages"))
      read_cycle(entry, cycles, stages);
    else
      read_stage(entry, cycles, stages);
  }

  // ---- cycles

  void read_cycle(const YamlNode& entry, int cycles, std::vector<WrittenStage>& stages) {
    constexpr int deepest = 4;
    const Entry repeat = find_entry(entry, "repeat");
    const Entry list = find_entry(entry, "stages");
    for (const YamlNode::Key& key : entry.keys)
      if (key.name != "repeat" && key.name != "stages")
        problems_.add(key.place, entry.path + "." + key.name,
                      "a cycle has only 'repeat' and 'stages'; give it to the stages in it");
    const auto times = repeat ? read_count(*repeat.value, repeat_bounds, problems_) : std::nullopt;
    if (!repeat || !list) {
      add(entry, repeat
                     ? "lacks 'stages', which are repeated: {repeat: 5, stages: [{until: 10, delta_mu: -20}, {until: "
                       "20, delta_mu: 20}]}"
                     : "lacks 'repeat' (how often)");
      return;
    }
    if (cycles >= deepest) {
      add(entry, fmt::format("cycles in cycles go {} deep at most", deepest));
      return;
    }
    const std::vector<WrittenStage> once = read_list(*list.value, cycles + 1);
    if (!times || once.empty() || failed()) return;
    const double period = once.back().until;
    if (period == infinity) {
      add(*once.back().node, "lacks 'until': the last stage of a cycle needs an end");
      return;
    }
    if (!has_room(entry, stages.size(), static_cast<double>(*times) * static_cast<double>(once.size()))) return;
    const double begin = end_of(stages);
    for (std::uint64_t k = 0; k < *times; ++k) {
      for (WrittenStage stage : once) {
        stage.begin = round_to_12_digits(begin + static_cast<double>(k) * period + stage.begin);
        stage.until = round_to_12_digits(begin + static_cast<double>(k) * period + stage.until);
        if (!check_advances(stage)) return;
        stages.push_back(stage);
      }
    }
  }

  /// 12 digits tell times apart, unless a cycle is too short for when it begins.
  bool check_advances(const WrittenStage& stage) {
    if (stage.until > stage.begin && stage.until < time_bounds.high) return true;
    add(*stage.node, "is too short, or too late, for 12 digits of its time, or for a time of at most 1e300");
    return false;
  }

  bool has_room(const YamlNode& entry, std::size_t before, double more) {
    if (static_cast<double>(before) + more <= static_cast<double>(most_stages)) return true;
    add(entry,
        fmt::format("makes {:.10g} stages; a scan has at most {}", static_cast<double>(before) + more, most_stages));
    return false;
  }

  static double end_of(const std::vector<WrittenStage>& stages) { return stages.empty() ? 0 : stages.back().until; }

  // ---- stages and ramps

  void read_stage(const YamlNode& entry, int cycles, std::vector<WrittenStage>& stages) {
    WrittenStage stage{.begin = end_of(stages), .node = &entry};
    read_end(entry, cycles, stage);
    if (const Entry exchange = find_entry(entry, "exchange"))
      stage.exchange = read_word(*exchange.value, words_of_key("stages.exchange"), problems_) != "off";
    stage.temperature = read_if_given(entry, "temperature", StageQuantity::temperature);
    stage.delta_mu = read_if_given(entry, "delta_mu", StageQuantity::delta_mu);
    if (const Entry rates = find_entry(entry, "rates")) read_rates(*rates.value, stage);
    if (!stage.exchange) refuse_what_exchange_needs(entry);
    const Entry ramp = find_entry(entry, "ramp");
    if (ramp)
      read_ramp(entry, *ramp.value, stage, stages);
    else
      add_stage(entry, stage, stages);
  }

  void add_stage(const YamlNode& entry, const WrittenStage& stage, std::vector<WrittenStage>& stages) {
    for (const char* key : {"from", "to", "steps"})
      if (const Entry of_ramp = find_entry(entry, key))
        problems_.add(of_ramp.key->place, entry.path + "." + key,
                      "belongs to a ramp: add 'ramp: temperature' or 'ramp: delta_mu', or remove it");
    read_steps(entry);
    if (has_room(entry, stages.size(), 1)) stages.push_back(stage);
  }

  void read_end(const YamlNode& entry, int cycles, WrittenStage& stage) {
    const Entry until = find_entry(entry, "until");
    if (!until) return;
    const auto end = read_number_(*until.value, StageQuantity::time);
    if (!end) return;
    if (*end <= stage.begin)
      add(*until.value,
          fmt::format(
              "the stage ends at {}, but begins at {}: times must ascend, and count from the beginning of the {}",
              canonical_decimal(*end), canonical_decimal(stage.begin), cycles > 0 ? "cycle" : "exchange"));
    stage.until = *end;
  }

  std::optional<double> read_if_given(const YamlNode& entry, std::string_view key, StageQuantity quantity) {
    const Entry found = find_entry(entry, key);
    return found ? read_number_(*found.value, quantity) : std::nullopt;
  }

  void read_rates(const YamlNode& node, WrittenStage& stage) {
    if (!expect_map(node, "a mapping with 'exchange' and 'diffusion'", problems_)) return;
    for (const char* key : {"rule", "share"})
      if (const Entry of_scan = find_entry(node, key))
        problems_.add(of_scan.key->place, node.path + "." + key,
                      "a trajectory has one rule of rates; give it to 'rates' of the scan");
    refuse_unknown_keys(node, keys_of_section("rates"), problems_);
    if (const Entry exchange = find_entry(node, "exchange"))
      stage.exchange_rate = read_number(*exchange.value, exchange_rate_of_stage_bounds, problems_);
    if (const Entry diffusion = find_entry(node, "diffusion"))
      stage.diffusion_rate = read_number(*diffusion.value, diffusion_rate_bounds, problems_);
  }

  /// 0 where they are wrong, or none are given.
  std::uint64_t read_steps(const YamlNode& entry) {
    const Entry steps = find_entry(entry, "steps");
    return steps ? read_count(*steps.value, steps_bounds, problems_).value_or(0) : 0;
  }

  void refuse_what_exchange_needs(const YamlNode& entry) {
    const auto refuse = [&](const Entry& found, const std::string& path) {
      if (found)
        problems_.add(found.key->place, path, "has no effect in a stage without exchange; remove one of the two");
    };
    refuse(find_entry(entry, "delta_mu"), entry.path + ".delta_mu");
    const Entry rates = find_entry(entry, "rates");
    if (rates && rates.value->is_map()) refuse(find_entry(*rates.value, "exchange"), rates.value->path + ".exchange");
    const Entry ramp = find_entry(entry, "ramp");
    if (ramp && ramp.value->text == "delta_mu") refuse(ramp, entry.path + ".ramp");
  }

  void read_ramp(const YamlNode& entry, const YamlNode& ramp, const WrittenStage& whole,
                 std::vector<WrittenStage>& stages) {
    const auto word = read_word(ramp, words_of_key("ramp"), problems_);
    for (const std::string_view name : {"from", "to", "steps"})
      if (!find_entry(entry, name))
        add(entry, fmt::format("lacks '{}': {{ramp: temperature, from: 0.2, to: 0.6, steps: 20, until: 100}}", name));
    if (!find_entry(entry, "until")) add(entry, "lacks 'until', the end of the ramp");
    if (!word) return;
    const bool hotter = *word == "temperature";
    const StageQuantity quantity = hotter ? StageQuantity::temperature : StageQuantity::delta_mu;
    if (const Entry constant = find_entry(entry, *word))
      problems_.add(constant.key->place, entry.path + "." + *word, "changes along the ramp; remove one of the two");
    const double from = read_if_given(entry, "from", quantity).value_or(0);
    const double to = read_if_given(entry, "to", quantity).value_or(0);
    const std::uint64_t steps = read_steps(entry);
    if (failed() || !has_room(entry, stages.size(), static_cast<double>(steps))) return;
    for (std::uint64_t k = 0; k < steps; ++k) {
      WrittenStage step = whole;
      const auto done = static_cast<double>(k);
      const auto all = static_cast<double>(steps);
      (hotter ? step.temperature : step.delta_mu) = round_to_12_digits(from + (to - from) * done / (all - 1));
      step.begin = end_of(stages);
      if (k + 1 < steps) step.until = round_to_12_digits(whole.begin + (whole.until - whole.begin) * (done + 1) / all);
      if (!check_advances(step)) return;
      stages.push_back(step);
    }
  }

  const ReadStageNumber& read_number_;
  Problems& problems_;
  std::size_t before_;
};

/// Leaves out what the job has, too.
void drop(std::optional<double>& number, double of_job) {
  if (number == of_job) number.reset();
}

bool differ_in_their_ends_only(ExchangeStage a, const ExchangeStage& b) {
  a.until = b.until;
  return a == b;
}

}  // namespace

std::vector<WrittenStage> read_stages(const YamlNode& node, const ReadStageNumber& read_number, Problems& problems) {
  return StagesReader(read_number, problems).read(node);
}

bool all_have_temperatures(std::span<const WrittenStage> stages) {
  return !stages.empty() &&
         std::ranges::all_of(stages, [](const WrittenStage& stage) { return stage.temperature.has_value(); });
}

bool all_have_drives(std::span<const WrittenStage> stages) {
  return !stages.empty() && std::ranges::all_of(stages, [](const WrittenStage& stage) {
    return !stage.exchange || stage.delta_mu.has_value();
  });
}

void begin_with(std::span<const WrittenStage> stages, double& temperature, Physics& physics) {
  if (all_have_temperatures(stages)) {
    temperature = *stages.front().temperature;
    if (energy_unit(physics.interaction) != "kT") physics.temperature = temperature;
  }
  const auto driven = std::ranges::find_if(stages, &WrittenStage::exchange);
  if (all_have_drives(stages) && driven != stages.end()) physics.delta_mu = *driven->delta_mu;
}

void set_stages(std::vector<ExchangeStage> stages, Physics& physics) {
  std::vector<ExchangeStage> kept;
  for (ExchangeStage& stage : stages) {
    if (!stage.exchange) {
      stage.delta_mu.reset();
      stage.exchange_rate.reset();
    }
    drop(stage.temperature, physics.temperature);
    drop(stage.delta_mu, physics.delta_mu);
    drop(stage.exchange_rate, physics.rates.exchange);
    drop(stage.diffusion_rate, physics.rates.diffusion);
    if (!kept.empty() && differ_in_their_ends_only(kept.back(), stage))
      kept.back().until = stage.until;
    else
      kept.push_back(stage);
  }
  kept.back().until = infinity;
  const ExchangeStage plain;
  if (kept.size() == 1 && kept[0] == plain) return;
  const bool relaxes =
      kept.size() == 2 && differ_in_their_ends_only(kept[0], plain) && kept[1] == ExchangeStage{.exchange = false};
  if (relaxes)
    physics.exchange_until = kept[0].until;
  else
    physics.stages = StageList(std::move(kept));
}

}  // namespace nxmc
