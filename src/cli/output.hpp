// Where results go: standard output or a new file, complete or not at all, with every write error noticed.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <ostream>
#include <string>

namespace nxmc {

using Printer = std::function<void(std::ostream&)>;

/// A reader that went away (`| head`) has what it wanted and is no error: false then.
/// \throws std::runtime_error when standard output cannot be written
bool print_to_stdout(const Printer& print);

/// Writes beside `file` and renames when all is there and durable.
/// \throws std::runtime_error when the file exists or cannot be written
void print_to_new_file(const std::filesystem::path& file, const Printer& print);

/// The same of several files, by their names in the folder: it is there with all of them or not at all.
void print_to_new_folder(const std::filesystem::path& folder, const std::map<std::string, Printer>& files);

/// \throws std::runtime_error with the remedy when something of this name exists, or its directory does not
void require_new_file(const std::filesystem::path& file);

/// ".png": how a name ends, in small letters.
std::string ending_of(const std::string& file);

bool stdout_is_terminal();

}  // namespace nxmc
