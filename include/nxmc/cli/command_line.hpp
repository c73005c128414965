// The program as users meet it: commands, help, messages, exit codes.
#pragma once

namespace nxmc {

/// Everything behind main(); returns the exit code: 0 done, 1 error, 2 wrong usage, 75 stopped early and resumable.
int command_line(int argc, char** argv);

}  // namespace nxmc
