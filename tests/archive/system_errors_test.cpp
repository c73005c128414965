// What users are told to do where storage fails.
#include "system_errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

namespace nxmc {
namespace {

using ::testing::HasSubstr;

TEST(Remedies, AreThoseOfTheError) {
  EXPECT_EQ(remedy_of_errno(ENOSPC), "Free space there.");
  EXPECT_THAT(remedy_of_errno(EDQUOT), HasSubstr("quota"));
  EXPECT_EQ(remedy_of_errno(EROFS), "Check permissions there.");
  EXPECT_THAT(remedy_of_errno(EIO), HasSubstr("the server that has it, does not work"));
  for (const int away : {ENOTCONN, ESTALE, ETIMEDOUT, EHOSTUNREACH})
    EXPECT_THAT(remedy_of_errno(away), HasSubstr("does not answer: go on when it is back")) << words_of_errno(away);
  EXPECT_THAT(remedy_of_errno(EBADF), HasSubstr("free space, quota and permissions"));
}

// As HDF5 1.10 words it.
TEST(Remedies, AreFoundInTheWordsOfOthers) {
  EXPECT_EQ(remedy_of_words("file write failed (time = now, errno = 28, error message = 'No space left on device')"),
            "Free space there.");
  EXPECT_THAT(remedy_of_words("file write failed (errno = 107, error message = 'Transport endpoint is not connected')"),
              HasSubstr("does not answer"));
  EXPECT_THAT(remedy_of_words("no reason given by HDF5"), HasSubstr("free space, quota and permissions"));
}

}  // namespace
}  // namespace nxmc
