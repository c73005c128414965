// The keys of a campaign, for editors and for READMEs.
#pragma once

#include <string>

namespace nxmc {

/// campaigns/schema.json: a JSON schema, draft 7.
std::string editor_schema();

/// The keys of a scan as a table in Markdown.
std::string key_table();

/// The shapes of crystals as a table in Markdown.
std::string shape_table();

}  // namespace nxmc
