// Apart, so that a new commit compiles little.
#pragma once

namespace nxmc {

/// What the program was built from, as git names it.
const char* commit_of_program();

}  // namespace nxmc
