// Campaign files below 1 MiB that ask for far more than their size lets expect, in the ways in which a file can: values
// repeated by ranges, defaults and aliases, mistakes repeated by them, nesting, words and keys without end.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace nxmc::testing_tools {

inline constexpr std::size_t largest_campaign_file = (std::size_t{1} << 20U) - 1;

/// Written when it is wanted: most tests want one of them.
using CampaignText = std::function<std::string()>;

/// `head`, as many of piece(0), piece(1), … as fit (at most `most`), `tail`.
inline CampaignText filled(std::string head, std::function<std::string(int)> piece, std::string tail = "",
                           int most = 1'000'000) {
  return [head = std::move(head), piece = std::move(piece), tail = std::move(tail), most] {
    std::string text = head;
    for (int k = 0; k < most; ++k) {
      const std::string next = piece(k);
      if (text.size() + next.size() + tail.size() > largest_campaign_file) break;
      text += next;
    }
    return text + tail;
  };
}

struct GiantCampaign {
  std::string name;
  CampaignText text;
};
inline void PrintTo(const GiantCampaign& giant, std::ostream* out) { *out << giant.name; }

inline std::vector<GiantCampaign> giant_campaigns() {
  const std::string equilibrium = "method: equilibrium, lattice: hexagon, size: 4, temperature: 0.2";
  const std::string exchange = "method: exchange, lattice: hexagon, size: 4, temperature: 0.2, delta_mu: -20";
  const std::string many = "{from: 1, to: 2, points: 100000}";
  const auto same = [](const std::string& text) { return [text](int) { return text; }; };
  const auto scan = [](int k) { return fmt::format("  - {{name: s{}}}\n", k); };
  const auto scan_with = [](const std::string& keys) {
    return [keys](int k) { return fmt::format("  - {{name: s{}, {}}}\n", k, keys); };
  };
  const auto with_defaults = [](const std::string& defaults) {
    return "name: x\ndefaults: {" + defaults + "}\nscans:\n";
  };
  std::string unknown;
  for (int k = 0; k < 990; ++k) unknown += fmt::format("temperatura{}: 1, ", k);
  return {
      {"AScanRepeatedByAliases",
       filled("name: x\nscans:\n  - &s {name: s, method: equilibrium, lattice: hexagon, size: 4, temperature: " + many +
                  "}\n",
              same("  - *s\n"), "", 200)},
      {"ALongAxisInManyScans", filled("name: x\nscans:\n", scan_with(equilibrium + ", shell_stiffness: " + many))},
      {"LongZippedAxesInManyScans", filled(with_defaults(equilibrium + ", shell_layers: 1, shell_stiffness: " + many +
                                                         ", composition: {from: 0.2, to: 0.8, points: 100000}"),
                                           scan_with("zip: [shell_stiffness, composition]"))},
      {"LongTimesInDefaults", filled(with_defaults("times: " + many), scan_with(exchange), "", 100)},
      {"LongSnapshotsInDefaults", filled(with_defaults(exchange + ", snapshots: {times: " + many + "}"), scan)},
      {"LongSweepsInDefaults",
       filled(with_defaults(equilibrium + ", snapshots: {sweeps: {from: 1, to: 100000, step: 1}}"), scan)},
      {"UnknownDefaultsAndEmptyScans", filled(with_defaults(unknown), same("  - {}\n"), "", 2400)},
      {"EmptyScans", filled("name: x\nscans:\n", same("  - {}\n"))},
      {"ManyReplicasInManyScans", filled(with_defaults(equilibrium + ", replicas: 1000000"), scan)},
      {"AWrongRangeInManyScans", filled("name: x\nx: &a {from: 1, to: 2, points: 3, " + unknown + "}\nscans:\n",
                                        scan_with("method: equilibrium, lattice: hexagon, size: 4, temperature: *a"))},
      {"CrystalsTimesCompositions",
       filled(with_defaults("size: {from: 3, to: 102, step: 1}, composition: {from: 0, to: 1, points: 100000}"),
              scan_with("method: equilibrium, lattice: hexagon, temperature: 0.2"))},
      {"SizesBeyondAnyMachine",
       [] {
         return "name: x\nscans: [{name: s, method: equilibrium, lattice: hexagon, size: {from: 1, to: 100000, step: "
                "1}, temperature: 0.2}]\n";
       }},
      {"WordsThatAreNearlyRight",
       filled("name: x\nscans: [{name: s, " + equilibrium + ", start: [", same("randum,"), "]}]\n")},
      {"AxesThatAreNearlyRight",
       filled("name: x\nscans: [{name: s, " + equilibrium + ", zip: [", same("shell_stiffnes,"), "]}]\n")},
      {"KeysOfHundredLetters",
       filled("name: x\n", [](int k) { return fmt::format("{}{}: 1\n", std::string(100, 'k'), k); })},
      {"ALongKeyAboveAList", filled("? " + std::string(300'000, 'k') + "\n: [", same("1,"), "]\n")},
      {"DeepPathsAboveAList", filled(
                                  [] {
                                    std::string text;
                                    for (int k = 0; k < 30; ++k) text += std::string(1000, 'k') + ": {";
                                    return "{" + text + "a: [";
                                  }(),
                                  same("1,"), "]" + std::string(31, '}'))},
      {"AListWithoutEnd", filled("name: x\nscans: [", same("a,"), "]\n")},
      {"BracketsInBrackets", [] { return std::string(largest_campaign_file, '['); }},
      {"BracketsBehindAnApostropheInAWord", filled("name: x\nscans: [it 's", same("["))},
      {"BracketsBehindAnApostropheInABlock", filled("name: |\n  it's\n  'x\nscans: ", same("["))},
      {"BracketsAndValuesBehindAnApostropheInAWord",
       filled("name: x\nscans: [it 's" + std::string(249'999, '['), same("a,"))},
      {"KeysInKeys", filled("", same("? "))},
      {"ListsInALine", filled("", same("- "))},
      {"AliasesOfAliases",
       [] {
         std::string text = "name: x\na0: &a0 [1, 1, 1, 1, 1, 1, 1, 1]\n";
         for (int k = 1; k < 30; ++k)
           text += fmt::format("a{0}: &a{0} [*a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}]\n", k, k - 1);
         return text + "scans: []\n";
       }},
      {"Anchors", filled(
                      "name: x\nx: [", [](int k) { return fmt::format("&a{} 1,", k); }, "]\nscans: []\n")},
      {"AliasesInThemselves", filled("a: &a [", same("*a,"), "]\n")},
      {"DuplicateKeys", filled("", same("name: x\n"))},
      {"ListsAsKeys", filled("", same("[a]: 1\n"))},
      {"Tags", filled("name: x\nscans: [", same("!x 1,"), "]\n")},
      {"Tabs", filled("name: x\n", same("\ta: 1\n"))},
      {"NoBreakSpaces", filled("name: x\n", same("\xC2\xA0\xC2\xA0size: 4\n"))},
      {"Quotes", filled("", same("\""))},
  };
}

/// 10^7 jobs are the most that a campaign may have; all of one point, and each of another.
inline std::vector<GiantCampaign> largest_campaigns() {
  const std::string head = "name: x\nscans: [{name: s, method: equilibrium, lattice: hexagon, size: 4, ";
  const auto scan = [&](const std::string& keys) { return [text = head + keys + "}]\n"] { return text; }; };
  return {{"replicas", scan("temperature: {from: 0.1, to: 1, points: 10}, replicas: 1000000")},
          {"points",
           scan("temperature: {from: 0.1, to: 1, points: 10000}, composition: {from: 0.1, to: 0.9, points: 1000}")}};
}

}  // namespace nxmc::testing_tools
