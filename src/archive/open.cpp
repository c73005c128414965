// See open.hpp.
#include "open.hpp"

#include <utility>

#include "consistency.hpp"
#include "contents.hpp"

namespace nxmc {

namespace {

Tables read_tables(const std::filesystem::path& file, const UserBlock& block) {
  hdf5::File content = hdf5::File::open(file);
  if (!block.as_sealed) check_contents(content, *block.contents);
  show_own_objects_only(content);
  require_sizes(content);
  Tables tables(std::move(content));
  require_consistent(tables);
  return tables;
}

}  // namespace

OpenedArchive open_checked(const std::filesystem::path& file) {
  UserBlock block = check_user_block(file);
  // Whatever HDF5 cannot do with a file whose digests are right is the file's fault.
  try {
    Tables tables = read_tables(file, block);
    return {std::move(block), std::move(tables)};
  } catch (const hdf5::Failure& failure) {
    fail_damaged(file, failure.problem());
  } catch (const ArchiveError& contradiction) {
    fail_damaged(file, contradiction.what());
  }
}

}  // namespace nxmc
