// See commit.hpp.
#include "commit.hpp"

#include "git_hash.hpp"

namespace nxmc {

const char* commit_of_program() { return git_hash; }

}  // namespace nxmc
