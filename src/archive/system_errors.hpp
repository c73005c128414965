// What a file system said, and what to do about it.
#pragma once

#include <string>

namespace nxmc {

/// "No space left on device" and its kin.
std::string words_of_errno(int error);

/// What to do where reading or writing failed in this way: make room, get permission, or wait for the storage.
std::string remedy_of_errno(int error);

/// The same where only the words are known, as in what HDF5 says of its reasons.
std::string remedy_of_words(const std::string& reason);

}  // namespace nxmc
