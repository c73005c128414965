// Stages in words: what names jobs that have them, stands in archives, and is shown.
#pragma once

#include <string>
#include <string_view>

#include "nxmc/engine/stages.hpp"

namespace nxmc {

/// "until 7.84: delta_mu -20 | then: exchange off, temperature 0.3"; empty without stages. In units of the model.
std::string to_string(const StageList& stages);

/// Back, from exactly such a text.
/// \throws std::invalid_argument if it is none
StageList parse_stages(std::string_view text);

}  // namespace nxmc
