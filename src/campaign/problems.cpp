// The text of a campaign's errors.
#include "problems.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace nxmc {
namespace {

auto order(const Problem& problem) {
  return std::tie(problem.place.line, problem.place.column, problem.path, problem.message);
}

/// A problem without a line concerns the file itself (missing, too large).
std::string line_of(const std::string& file, const Problem& problem) {
  std::string text = file + ":";
  if (problem.place.line > 0) text += fmt::format("{}:{}:", problem.place.line, problem.place.column);
  if (!problem.path.empty()) text += " " + problem.path + ":";
  return text + " " + problem.message;
}

/// More than anybody reads; a file that is no campaign at all has one problem per line.
constexpr std::size_t most_lines = 200;

std::string all_lines(const std::string& file, const std::vector<Problem>& problems) {
  std::string text;
  for (std::size_t k = 0; k < std::min(problems.size(), most_lines); ++k) {
    if (k > 0) text += '\n';
    text += line_of(file, problems[k]);
  }
  if (problems.size() > most_lines) {
    const std::size_t more = problems.size() - most_lines;
    text += fmt::format("\n… and {} more problem{}", more, more == 1 ? "" : "s");
  }
  return text;
}

}  // namespace

void Problems::add(Place place, std::string path, std::string message) {
  problems_.push_back({place, std::move(path), std::move(message)});
}

std::vector<Problem> Problems::sorted() const {
  std::vector<Problem> result = problems_;
  std::ranges::sort(result, [](const Problem& a, const Problem& b) { return order(a) < order(b); });
  const auto same = [](const Problem& a, const Problem& b) { return order(a) == order(b); };
  result.erase(std::unique(result.begin(), result.end(), same), result.end());
  return result;
}

CampaignError::CampaignError(const std::string& file, std::vector<Problem> problems)
    : std::runtime_error(all_lines(file, problems)), problems_(std::move(problems)) {}

}  // namespace nxmc
