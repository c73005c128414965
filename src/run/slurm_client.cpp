#include "nxmc/run/slurm_client.hpp"

#include <array>
#include <cstdio>

#include <fmt/format.h>

namespace nxmc {

namespace {

/// As one word for a shell, whatever is in it.
std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) {
    if (c == '\'')
      text += "'\\''";
    else
      text += c;
  }
  return text + "'";
}

}  // namespace

std::string SlurmAnswer::first_line() const {
  return text.empty() ? std::string("no answer") : text.substr(0, text.find('\n'));
}

SlurmAnswer ask_slurm(const std::vector<std::string>& words, std::chrono::seconds at_most) {
  std::string command = fmt::format("SLURM_TIME_FORMAT=%s timeout --kill-after=1 {}", at_most.count());
  for (const std::string& word : words) command += " " + quoted(word);
  SlurmAnswer answer;
  std::FILE* const output = ::popen((command + " 2>&1").c_str(), "re");
  if (output == nullptr) return answer;
  std::array<char, 256> piece{};
  while (const std::size_t count = std::fread(piece.data(), 1, piece.size(), output))
    answer.text.append(piece.data(), count);
  answer.succeeded = ::pclose(output) == 0;
  return answer;
}

}  // namespace nxmc
