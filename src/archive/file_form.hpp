// What a file is besides its bytes: permissions, owner, group, access control list and other extended attributes.
#pragma once

#include "durable_file.hpp"

namespace nxmc {

/// Gives a copy, which only its owner can open so far, what its original has. The owner is kept where this user may
/// give files away. \throws ArchiveError when group, permissions, access control list or a user's attribute cannot be
/// kept: a copy that others can read, or that shuts them out, must not take the place of the original
void keep_form(const Descriptor& original, const Descriptor& copy);

}  // namespace nxmc
