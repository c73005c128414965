// Starts the command line.
#include "nxmc/cli/command_line.hpp"

int main(int argc, char** argv) { return nxmc::command_line(argc, argv); }
