// Whether the owner of a claim still lives, as far as it can be seen from here.
#pragma once

#include <string>

#include "claim_text.hpp"

namespace nxmc {

/// This process as the owner of a claim; nonce and ranks are still to be given.
Owner myself();

enum class Life {
  dead,       ///< all its ranks were here, and none is left
  replaced,   ///< an earlier start of the same Slurm job, which Slurm has given up: but it may still write
  uncertain,  ///< only its beat can tell
};

Life look_for(const Owner& owner, const Owner& me);

}  // namespace nxmc
