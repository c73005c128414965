#include "nxmc/phase/size_comparison.hpp"

#include <algorithm>
#include <memory>
#include <numeric>
#include <tuple>
#include <utility>

#include "cumulant_crossing.hpp"
#include "nxmc/lattice/lattice.hpp"
#include "nxmc/phase/reweighting.hpp"

namespace nxmc {
namespace {

/// What crystals that differ in size alone have in common.
struct Kind {
  LatticeSpec proportions;  ///< with the smallest whole numbers as sizes
  std::optional<double> composition;
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the 0 that results are compared with for a pointer
  friend auto operator<=>(const Kind&, const Kind&) = default;
};

Kind kind_of(const SampleSet& set) {
  Kind kind{set.lattice, set.composition};
  int divisor = 0;
  for (const int sites : set.lattice.size) divisor = std::gcd(divisor, sites);
  for (int& sites : kind.proportions.size) sites /= std::max(divisor, 1);
  return kind;
}

/// Crystals of one kind, which have further parameters in common, and what is kept of the last one for the next.
struct Sequence {
  SizeComparison comparison;
  std::optional<CurvesOfSize> last;
};

class ComparisonOfOneKind {
 public:
  ComparisonOfOneKind(const Archive& archive, const Where& where, const TransitionSought& sought, std::size_t threads)
      : archive_(archive), where_(where), sought_(sought), threads_(threads) {}

  /// The next larger size.
  void add(SampleSet samples) {
    const auto reweighting = std::make_shared<Reweighting>(archive_, std::move(samples), threads_);
    for (JudgedTransition& judged : judged_transitions(archive_, *reweighting, where_, sought_)) {
      Sequence& sequence = sequence_of(judged.transition.others);
      CurvesOfSize curves(reweighting, judged.transition, sought_.axis);
      if (sequence.last) sequence.comparison.crossings.push_back(cross_cumulants(*sequence.last, curves, threads_));
      sequence.last.emplace(std::move(curves));
      sequence.comparison.sizes.push_back(std::move(judged));
    }
  }

  void finish(ComparedSizes& compared) {
    std::ranges::sort(sequences_, {}, [](const Sequence& sequence) -> const SampledState& {
      return sequence.comparison.sizes.front().transition.others;
    });
    for (Sequence& sequence : sequences_) {
      SizeComparison& comparison = sequence.comparison;
      if (comparison.sizes.size() == 1) {
        compared.alone.push_back(comparison.sizes.front().lattice);
        continue;
      }
      comparison.fits = fits_of_sizes(comparison.sizes);
      compared.comparisons.push_back(std::move(comparison));
    }
  }

 private:
  Sequence& sequence_of(const SampledState& others) {
    const auto known = std::ranges::find_if(sequences_, [&](const Sequence& sequence) {
      return sequence.comparison.sizes.front().transition.others == others;
    });
    return known == sequences_.end() ? sequences_.emplace_back() : *known;
  }

  const Archive& archive_;
  const Where& where_;
  const TransitionSought& sought_;
  std::size_t threads_;
  std::vector<Sequence> sequences_;
};

}  // namespace

ComparedSizes compare_sizes(const Archive& archive, std::vector<SampleSet> samples, const Where& where,
                            const TransitionSought& sought, std::size_t threads) {
  std::ranges::sort(samples, {},
                    [](const SampleSet& set) { return std::tuple(kind_of(set), count_core_sites(set.lattice)); });
  ComparedSizes compared;
  for (auto first = samples.begin(); first != samples.end();) {
    const auto last = std::find_if(first, samples.end(),
                                   [kind = kind_of(*first)](const SampleSet& set) { return kind_of(set) != kind; });
    if (last - first == 1) {
      compared.alone.push_back(first->lattice);
    } else {
      ComparisonOfOneKind comparison(archive, where, sought, threads);
      for (auto set = first; set != last; ++set) comparison.add(std::move(*set));
      comparison.finish(compared);
    }
    first = last;
  }
  return compared;
}

std::optional<Verdict> worst_verdict(std::span<const JudgedTransition> sizes, std::span<const std::size_t> chosen) {
  std::optional<Verdict> worst = Verdict::converged;
  for (const std::size_t k : chosen) {
    if (!sizes[k].verdict) return std::nullopt;
    worst = std::max(*worst, *sizes[k].verdict);
  }
  return worst;
}

}  // namespace nxmc
