// Files with lists of sites that campaigns name. An archive holds nothing of a campaign but its text, and all ranks
// read it from there: what the files held is kept at the end of that text, in comments.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "nxmc/lattice/lattice.hpp"
#include "nxmc/yaml/document.hpp"

namespace nxmc {

/// What is in files, by the names that campaigns call them.
using SiteTexts = std::map<std::string, std::string>;

/// Those that a text keeps.
SiteTexts kept_sites(const std::string& campaign);

/// The text with what it keeps, and beside it of files that it names and that can be read.
/// \param text_of  what is in a file of this name; \throws FileProblems where it cannot be read
std::string with_sites(const std::string& campaign, const std::function<std::string(const std::string& name)>& text_of);

/// Comments that keep what files hold.
std::string comments_that_keep(const SiteTexts& sites);

/// The sites of a file; nothing when there is a problem. \param name  where it stands in the campaign
std::optional<SiteList> read_sites(const YamlNode& name, const SiteTexts& texts, Problems& problems);

}  // namespace nxmc
