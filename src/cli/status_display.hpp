// The live picture of `nxmc status --watch`: a bar for each scan, and below it what is at work.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "status_text.hpp"

namespace nxmc {

struct Screen {
  std::size_t columns = 80;
  std::size_t lines = 24;
  bool unicode = false;
  bool colour = false;
};

/// Lines that fit the screen: none is wider, and they leave its last line free.
std::vector<std::string> status_picture(const CampaignStatus& status, const Screen& screen);

}  // namespace nxmc
