// The columns that describe a job, in the order in which they are shown.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nxmc/archive/archive.hpp"

namespace nxmc {

std::span<const std::string_view> job_table_names();

/// Without values.
std::vector<Column> describe_job_table();

// Those that are no dataset of their own.
Column state_column();
Column seed_column();

/// What jobs of archives have that were written before there was this column; nullopt if all formats have it.
std::optional<Column> defaults_of_later_column(const std::string& name, std::uint64_t count);

/// Of the dataset that such a column is read from, or one of the same name in /jobs.
std::string path_in_archive(const std::string& column);

}  // namespace nxmc
