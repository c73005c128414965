#include "material_behind.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace nxmc {
namespace {

constexpr std::string_view mark = "--- # material: ";

/// Of a line; npos if none begins so.
std::size_t find_mark(const std::string& text) {
  if (text.starts_with(mark)) return 0;
  const std::size_t before = text.find("\n" + std::string(mark));
  return before == std::string::npos ? before : before + 1;
}

}  // namespace

std::optional<MaterialBehind> material_behind(const std::string& text) {
  const std::size_t at = find_mark(text);
  if (at == std::string::npos) return std::nullopt;
  const std::size_t end = std::min(text.find('\n', at), text.size());
  MaterialBehind behind{.campaign = text.substr(0, at),
                        .name = text.substr(at + mark.size(), end - at - mark.size()),
                        .material = text.substr(std::min(end + 1, text.size()))};
  if (behind.name.ends_with('\r')) behind.name.pop_back();
  behind.lines_above = static_cast<std::size_t>(std::ranges::count(behind.campaign, '\n')) + 1;
  return behind;
}

std::string with_material_behind(const std::string& campaign, const std::string& name, const std::string& material) {
  return fmt::format("{}{}{}{}\n{}", campaign, campaign.ends_with('\n') ? "" : "\n", mark, name, material);
}

}  // namespace nxmc
