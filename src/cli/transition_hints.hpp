// What to say of transitions of which something is missing, or which cannot be believed yet.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "commands.hpp"
#include "nxmc/phase/judged_transition.hpp"

namespace nxmc {

/// [transition] " (temperature 0.2)": what tells it apart from the others besides its crystal; empty where nothing
/// does.
std::vector<std::string> what_tells_apart(std::span<const JudgedTransition> found, LineAxis axis);

void hint_at_what_is_missing(std::span<const JudgedTransition> found, LineAxis axis, const GlobalOptions& global);

}  // namespace nxmc
