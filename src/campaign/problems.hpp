// Collects everything that is wrong with a campaign file, so that all of it is reported at once.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "nxmc/campaign/campaign.hpp"

namespace nxmc {

/// Ends the reading of a file that is hopeless: what would come is not looked at.
struct TooManyProblems {};

class Problems {
 public:
  /// More different ones, or more repetitions (a wrong default is met again in every scan), help nobody.
  static constexpr std::size_t most = 1000;
  static constexpr std::size_t most_with_repetitions = 10'000;

  /// \throws TooManyProblems when there are as many; this one has been noted then, too
  void add(Place place, std::string path, std::string message);
  /// Adds those of another collection.
  void take(const Problems& others);
  std::size_t count() const { return count_; }
  bool empty() const { return count_ == 0; }
  /// In the order of the file, each once; after too many repetitions also that there were so many.
  std::vector<Problem> sorted() const;

 private:
  struct Order {
    bool operator()(const Problem& a, const Problem& b) const;
  };
  std::set<Problem, Order> different_;
  std::size_t count_ = 0;
};

}  // namespace nxmc
