// A campaign and its material in one text, as archives keep it: the files one after the other, with a line between them
// that begins a YAML document and names the second file.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace nxmc {

struct MaterialBehind {
  std::string campaign;         ///< what stands before it
  std::string name;             ///< as the campaign writes it
  std::string material;         ///< the file, verbatim
  std::size_t lines_above = 0;  ///< its own begin after so many of the whole text
};

/// Nothing where no material stands behind a campaign.
std::optional<MaterialBehind> material_behind(const std::string& text);

/// \pre the name is one line
std::string with_material_behind(const std::string& campaign, const std::string& name, const std::string& material);

}  // namespace nxmc
