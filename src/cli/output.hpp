// Where results go: standard output or a new file, complete or not at all, with every write error noticed.
#pragma once

#include <filesystem>
#include <functional>
#include <ostream>

namespace nxmc {

using Printer = std::function<void(std::ostream&)>;

/// A reader that went away (`| head`) has what it wanted and is no error: false then.
/// \throws std::runtime_error when standard output cannot be written
bool print_to_stdout(const Printer& print);

/// Writes beside `file` and renames when all is there and durable.
/// \throws std::runtime_error when the file exists or cannot be written
void print_to_new_file(const std::filesystem::path& file, const Printer& print);

/// \throws std::runtime_error with the remedy when something of this name exists, or its directory does not
void require_new_file(const std::filesystem::path& file);

bool stdout_is_terminal();

}  // namespace nxmc
