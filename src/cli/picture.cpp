#include "picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "commands.hpp"
#include "output.hpp"
#include "python_program.hpp"

namespace nxmc {

void require_picture_name(const std::string& file) {
  const std::string ending = ending_of(file);
  constexpr std::array<std::string_view, 3> known{".png", ".pdf", ".svg"};
  if (std::ranges::find(known, ending) == known.end())
    throw UsageError(fmt::format("--output: '{}' is no name of a picture; end it in .png, .pdf or .svg", file));
}

bool draw_picture(const std::string& archive, std::vector<std::string> options) {
  return run_python_program("plot.py", std::move(options), {archive});
}

}  // namespace nxmc
