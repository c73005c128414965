// `nxmc repack`: a compressed copy of an archive.
#include <fmt/format.h>

#include <string>

#include "commands.hpp"
#include "output.hpp"

namespace nxmc {

ExitCode repack(const RepackArguments& arguments) {
  Archive::open(arguments.from);  // says what is wrong with it before anything is written
  require_new_file(arguments.to);
  repack_archive(arguments.from, arguments.to);
  return ExitCode::done;
}

}  // namespace nxmc
