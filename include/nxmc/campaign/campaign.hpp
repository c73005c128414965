// The campaign file: YAML text to validated scans in which every value knows its line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nxmc/campaign/line_axis.hpp"
#include "nxmc/engine/parameters.hpp"
#include "nxmc/material/material.hpp"
#include "nxmc/observe/order_parameter.hpp"
#include "nxmc/yaml/problems.hpp"

namespace nxmc {

/// What is wrong with a campaign.
class CampaignError : public FileProblems {
 public:
  using FileProblems::FileProblems;
};

/// One point of a scan's axes: everything but the replica.
struct Point {
  Physics physics;
  std::shared_ptr<const Schedule>
      schedule{};  ///< where times in seconds depend on its temperature; else that of the scan
  /// Where it is given in K and no parameter tells it: without interaction.
  double kelvin = std::numeric_limits<double>::quiet_NaN();
};

/// How precisely the averages of a point shall be known; its chains go on, at lengths that double, until they are.
struct Until {
  /// One standard error of an average over all chains of the point.
  struct Target {
    std::string quantity;  ///< column of equilibrium jobs
    double error = 0;      ///< of the average itself if `relative`
    bool relative = false;
    friend bool operator==(const Target&, const Target&) = default;
  };
  std::vector<Target> targets;  ///< all of them
  std::uint64_t at_most = 0;    ///< measured sweeps
  friend bool operator==(const Until&, const Until&) = default;
};

/// Chains that go on for a transition are measured for at most so many times as long as the campaign begins with.
inline constexpr std::uint64_t most_lengthening = 256;

/// Samples of a chain where nothing else is said, on ladders that go on for a transition.
inline constexpr std::uint64_t most_samples_of_search = 10'000;

/// Points that a campaign places itself, between the values that it is given of an axis.
struct Refine {
  LineAxis along = LineAxis::shell_stiffness;
  double tolerance = 0;  ///< one standard error of the transition, in the unit of the axis
  std::optional<OrderParameter> of =
      std::nullopt;                            ///< by which the sides are told apart; nullopt: see main_order_parameter
  std::optional<double> split = std::nullopt;  ///< at this value of it; nullopt: in the valley of its histogram
  int at_most = 40;                            ///< further points on each line
  friend bool operator==(const Refine&, const Refine&) = default;
};

inline constexpr std::size_t most_rungs = 1000;

/// Chains along an axis, its rungs, exchange configurations.
struct ScanLadder {
  LineAxis along = LineAxis::shell_stiffness;
  /// The values of another axis, zipped with it, change from rung to rung, too. `along` is the one of the two by which
  /// rungs are in order, that of Physics.
  std::optional<LineAxis> beside{};
  std::uint64_t exchange_every = 0;  ///< sweeps; 0: as often as it costs little
  /// Where they are is found in rounds of doubling length, the last of measured_sweeps; else at the values of the axis.
  bool places_rungs = false;
  friend bool operator==(const ScanLadder&, const ScanLadder&) = default;
};

/// Up to which f_U is levelled where nothing else is said: cores that are parted altogether, in 2D.
inline constexpr double highest_f_u = 0.5;

/// Flat histograms: each point is measured in windows of an order parameter, whose chains exchange configurations.
struct ScanBias {
  OrderParameter along = OrderParameter::f_U;
  double from = 0;
  double to = highest_f_u;
  int windows = 0;                   ///< 0: as many as the core is large
  std::uint64_t exchange_every = 0;  ///< as ScanLadder has it
  friend bool operator==(const ScanBias&, const ScanBias&) = default;
};

/// An edge that was given in nm, and the sites that come next to it.
struct RoundedEdge {
  double nm = 0;
  int sites = 0;
  friend bool operator==(const RoundedEdge&, const RoundedEdge&) = default;
};

/// A scan after validation and expansion of its axes.
struct Scan {
  std::string name;
  Place place;
  std::vector<Point> points;
  Schedule schedule;  ///< the same for all points: a scan whose points have different default times must give its own
  int replicas = 1;
  std::optional<Until> until;           ///< equilibrium only
  std::optional<Refine> refine;         ///< equilibrium only; without `until`
  std::optional<ScanLadder> ladder;     ///< equilibrium only; with one of the two it goes on until it knows enough
  std::optional<ScanBias> bias;         ///< equilibrium only; without the three
  std::map<std::string, Place> places;  ///< where each key of the scan (or its default) stands
  std::vector<RoundedEdge> rounded{};   ///< sizes in nm
};

/// Whether a campaign places points of the scan itself: on ladders the rungs are the points.
inline bool places_points(const Scan& scan) { return scan.refine && !scan.ladder; }

/// The axis along which a campaign places points of the scan itself, or rungs, or has these go on, if it does.
std::optional<LineAxis> placed_along(const Scan& scan);

/// The measured sweeps of its chains: one length, or with `until` those that they may have one after the other. Of
/// ladders that of the first round.
std::vector<std::uint64_t> lengths_of_chains(const Scan& scan);

struct Campaign {
  std::string file;  ///< as given, for messages
  /// Verbatim; behind a line `--- # material: NAME` that of the material file, so that the text says everything.
  std::string text;
  std::string name;
  std::uint64_t seed = 1;
  std::vector<Scan> scans;
  std::string material_name{};  ///< as written
  std::optional<Material> material{};
  std::optional<AttemptRates> attempt_rates{};  ///< its own, or those of the material
};

/// The text of a file that a campaign names, a material or a list of sites, given its name as the campaign writes it.
/// \throws FileProblems where there is none
using TextOfFile = std::function<std::string(const std::string& name)>;

/// Of such a file, what the text of a campaign in an archive keeps: a material behind its line `--- # material: NAME`,
/// a list in comments; empty where it keeps none of this name.
std::string text_kept_in(const std::string& campaign_text, const std::string& name);

/// Reads and validates a campaign file.
/// \throws CampaignError with every problem of the file; also for a file that is missing, a directory, unreadable,
/// empty, binary or larger than 1 MiB (refused unread)
/// \param interrupt  called again and again while a pipe has nothing to read yet; throws to give up
/// \param otherwise  of files that it names and that are not there: their text from elsewhere, or empty
Campaign read_campaign(const std::filesystem::path& file, const std::function<void()>& interrupt = {},
                       const TextOfFile& otherwise = {});
/// \param material_text  where the text does not hold its material itself; empty: nowhere
Campaign parse_campaign(const std::string& text, const std::string& file_name, const TextOfFile& material_text = {});

}  // namespace nxmc
