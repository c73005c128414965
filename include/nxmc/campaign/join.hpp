// One campaign file that asks for what several ask for.
#pragma once

#include <string>
#include <vector>

namespace nxmc {

/// The text of a campaign that has all jobs of campaigns of the same name and seed: one of theirs if that has all of
/// them, else a new one with the scans of all; a scan whose name is taken gets a number behind it. Texts that this nxmc
/// does not understand are put behind each other, as documents.
std::string join_campaigns(const std::vector<std::string>& texts);

}  // namespace nxmc
