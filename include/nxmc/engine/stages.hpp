// Exchange in stages: what drives it is constant in each of them, and changes from one to the next.
#pragma once

#include <compare>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace nxmc {

/// A stretch of time. What it leaves open is what the job has.
struct ExchangeStage {
  double until = std::numeric_limits<double>::infinity();  ///< its end; infinity: the last one
  std::optional<double> temperature{};                     ///< k_BT in the energy unit
  std::optional<double> delta_mu{};                        ///< in the energy unit
  bool exchange = true;                                    ///< else there is only diffusion
  std::optional<double> exchange_rate{};                   ///< Rates::exchange
  std::optional<double> diffusion_rate{};                  ///< Rates::diffusion
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the 0 that results are compared with for a pointer
  friend auto operator<=>(const ExchangeStage&, const ExchangeStage&) = default;
};

/// Stages one after the other, which copies share.
class StageList {
 public:
  StageList() = default;
  /// \pre `until` ascends strictly from above 0, and is infinity in the last one
  explicit StageList(std::vector<ExchangeStage> stages);

  bool empty() const { return stages_ == nullptr; }
  std::span<const ExchangeStage> all() const;

  friend bool operator==(const StageList& a, const StageList& b) { return std::is_eq(a <=> b); }
  friend std::partial_ordering operator<=>(const StageList& a, const StageList& b);

 private:
  std::shared_ptr<const std::vector<ExchangeStage>> stages_;
};

}  // namespace nxmc
