// The text of a file's errors.
#include "nxmc/yaml/problems.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "nxmc/yaml/shown.hpp"

namespace nxmc {
namespace {

auto order(const Problem& problem) {
  return std::tie(problem.place.line, problem.place.column, problem.path, problem.message);
}

/// A problem without a line concerns the file itself (missing, too large).
std::string line_of(const std::string& file, const Problem& problem) {
  std::string text = file + ":";
  if (problem.place.line > 0) text += fmt::format("{}:{}:", problem.place.line, problem.place.column);
  if (!problem.path.empty()) text += " " + shown(problem.path) + ":";
  return text + " " + problem.message;
}

/// More than anybody reads; a file that is no campaign at all has one problem per line.
constexpr std::size_t most_lines = 40;

std::string all_lines(const std::string& file, const std::vector<Problem>& problems) {
  std::string text;
  for (std::size_t k = 0; k < std::min(problems.size(), most_lines); ++k) {
    if (k > 0) text += '\n';
    text += line_of(file, problems[k]);
  }
  const std::size_t more = problems.size() - std::min(problems.size(), most_lines);
  if (more > 0) text += fmt::format("\n… and {} more problem{}", more, more == 1 ? "" : "s");
  if (problems.size() >= Problems::most) text += " at least; the rest of the file was not read";
  return text;
}

}  // namespace

bool Problems::Order::operator()(const Problem& a, const Problem& b) const { return order(a) < order(b); }

void Problems::add(Place place, std::string path, std::string message) {
  different_.insert({place, std::move(path), std::move(message)});
  ++count_;
  if (different_.size() >= most || count_ >= most_with_repetitions) throw TooManyProblems{};
}

std::vector<Problem> Problems::sorted() const {
  std::vector<Problem> result(different_.begin(), different_.end());
  const bool repeated = count_ >= most_with_repetitions && result.size() < most;
  if (repeated) result.push_back({{}, "", "the same mistakes come again and again; the rest of the file was not read"});
  return result;
}

void Problems::take(const Problems& others) {
  different_.insert(others.different_.begin(), others.different_.end());
  count_ += others.count_;
}

FileProblems::FileProblems(const std::string& file, std::vector<Problem> problems)
    : std::runtime_error(all_lines(file, problems)), problems_(std::move(problems)) {}

}  // namespace nxmc
