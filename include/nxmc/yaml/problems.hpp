// Collects everything that is wrong with a file, so that all of it is reported at once.
#pragma once

#include <cstddef>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace nxmc {

/// Where something stands in a file; line and column count from 1.
struct Place {
  int line = 0;
  int column = 0;
};

/// One thing that is wrong with a file: `file:12:5: scans[0].shel_stiffness: unknown key; did you mean …`.
struct Problem {
  Place place;
  std::string path;     ///< "scans[0].shell_stiffness"
  std::string message;  ///< reason and remedy
};

/// All problems of a file at once, in the order of its lines; what() has one line for each (of the first 40). Without
/// a line number, `place.line` 0, a problem concerns the file as a whole.
class FileProblems : public std::runtime_error {
 public:
  FileProblems(const std::string& file, std::vector<Problem> problems);
  const std::vector<Problem>& problems() const { return problems_; }

 private:
  std::vector<Problem> problems_;
};

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
