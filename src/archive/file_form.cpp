// See file_form.hpp.
#include "file_form.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "system_errors.hpp"

namespace nxmc {

namespace {

// As the kernel shows it: libacl would only take it apart and put it together again.
constexpr const char* access_control_list = "system.posix_acl_access";

[[noreturn]] void fail(const Descriptor& copy, const std::string& what, int error) {
  throw ArchiveError(
      fmt::format("{}: a copy that takes the place of a file cannot get its {}: {}. Let the owner of that file do "
                  "this, or change what the copy cannot have (chgrp, chmod, setfacl, setfattr).",
                  copy.path().string(), what, words_of_errno(error)));
}

bool has_no_attributes(int error) { return error == ENOTSUP || error == ENOSYS; }

std::vector<std::string> attribute_names(const Descriptor& file) {
  // Between asking for the length and asking for the names somebody may add one.
  while (true) {
    const ssize_t length = ::flistxattr(file.number(), nullptr, 0);
    if (length < 0 && has_no_attributes(errno)) return {};
    if (length < 0) fail(file, "extended attributes", errno);
    std::string packed(static_cast<std::size_t>(length), '\0');
    const ssize_t got = ::flistxattr(file.number(), packed.data(), packed.size());
    if (got < 0 && errno == ERANGE) continue;
    if (got < 0) fail(file, "extended attributes", errno);
    std::vector<std::string> names;
    for (std::size_t at = 0; at < static_cast<std::size_t>(got); at += names.back().size() + 1)
      names.emplace_back(packed.c_str() + at);
    return names;
  }
}

/// nullopt when it is gone, or is one that this user cannot read.
std::optional<std::string> attribute(const Descriptor& file, const std::string& name) {
  while (true) {
    const ssize_t length = ::fgetxattr(file.number(), name.c_str(), nullptr, 0);
    if (length < 0) return {};
    std::string value(static_cast<std::size_t>(length), '\0');
    const ssize_t got = ::fgetxattr(file.number(), name.c_str(), value.data(), value.size());
    if (got < 0 && errno == ERANGE) continue;
    if (got < 0) return {};
    value.resize(static_cast<std::size_t>(got));
    return value;
  }
}

/// Users set these. The others belong to the system, which gives the copy its own (security labels, places on disks).
bool is_to_be_kept(const std::string& name) { return name.starts_with("user.") || name == access_control_list; }

void keep_attributes(const Descriptor& original, const Descriptor& copy) {
  for (const std::string& name : attribute_names(original)) {
    const std::optional<std::string> value = attribute(original, name);
    if (!value) continue;
    if (::fsetxattr(copy.number(), name.c_str(), value->data(), value->size(), 0) != 0 && is_to_be_kept(name))
      fail(copy, fmt::format("attribute {}", name), errno);
  }
}

/// A directory can have given the copy a list that the original does not have.
void remove_inherited_list(const Descriptor& original, const Descriptor& copy) {
  if (attribute(original, access_control_list) || !attribute(copy, access_control_list)) return;
  if (::fremovexattr(copy.number(), access_control_list) != 0) fail(copy, "access control list", errno);
}

struct stat look_at(const Descriptor& file) {
  struct stat about {};
  if (::fstat(file.number(), &about) != 0) fail(file, "permissions", errno);
  return about;
}

}  // namespace

// The group first, before it can read anything; the list last, because it counts and chmod(2) would change it.
void keep_form(const Descriptor& original, const Descriptor& copy) {
  constexpr auto same_user = static_cast<uid_t>(-1);
  constexpr auto same_group = static_cast<gid_t>(-1);
  const struct stat wanted = look_at(original);
  const struct stat present = look_at(copy);
  if (wanted.st_gid != present.st_gid && ::fchown(copy.number(), same_user, wanted.st_gid) != 0)
    fail(copy, "group", errno);
  if (wanted.st_uid != present.st_uid && ::fchown(copy.number(), wanted.st_uid, same_group) != 0 && errno != EPERM)
    fail(copy, "owner", errno);
  remove_inherited_list(original, copy);
  if (::fchmod(copy.number(), wanted.st_mode & 07777U) != 0) fail(copy, "permissions", errno);
  keep_attributes(original, copy);
}

}  // namespace nxmc
