#include "system_errors.hpp"

#include <array>
#include <cerrno>
#include <system_error>

namespace nxmc {

namespace {

/// Errors that remedies differ for.
constexpr std::array known{ENOSPC,       EDQUOT,    EFBIG,        EACCES,     EPERM,     EROFS,        EIO,
                           ENXIO,        ESTALE,    ENOTCONN,     ETIMEDOUT,  EHOSTDOWN, EHOSTUNREACH, ENETUNREACH,
                           ECONNREFUSED, EREMOTEIO, ECONNABORTED, ECONNRESET, ENODEV};

}  // namespace

std::string words_of_errno(int error) { return std::generic_category().message(error); }

std::string remedy_of_errno(int error) {
  switch (error) {
    case ENOSPC:
      return "Free space there.";
    case EDQUOT:
    case EFBIG:
      return "Free space there, or ask for a larger quota.";
    case EACCES:
    case EPERM:
    case EROFS:
      return "Check permissions there.";
    case EIO:
    case ENXIO:
    case ENODEV:
      return "The disk, or the server that has it, does not work: ask whoever runs it.";
    case ESTALE:
    case ENOTCONN:
    case ETIMEDOUT:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ECONNREFUSED:
    case ECONNABORTED:
    case ECONNRESET:
    case EREMOTEIO:
      return "The file system does not answer: go on when it is back, or ask whoever runs it.";
    default:
      return "Check free space, quota and permissions there.";
  }
}

std::string remedy_of_words(const std::string& reason) {
  for (const int error : known)
    if (reason.find(words_of_errno(error)) != std::string::npos) return remedy_of_errno(error);
  return remedy_of_errno(0);
}

}  // namespace nxmc
