// How much the campaigns of the tests compute: NXMC_TEST_WORK=0.1 in the environment makes their chains ten times
// shorter, as a machine that is ten times quicker would.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "program.hpp"

namespace nxmc::testing_tools {

/// Of an amount that takes time.
std::uint64_t work(std::uint64_t amount);

/// The campaign with so much shorter chains, those that are short anyway excepted.
std::string with_share_of_work(const std::string& campaign);

inline void write_campaign(const std::filesystem::path& file, const std::string& text) {
  write_file(file, with_share_of_work(text));
}

}  // namespace nxmc::testing_tools
