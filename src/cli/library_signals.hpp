// Signal handlers that libraries put up before the program begins.
#pragma once

namespace nxmc {

/// Has signals of crashes and SIGHUP do again what they do by themselves, where a library catches them; those that
/// whoever started the program has ignored stay so. UCX, which Debian's MPICH loads with every command, catches them
/// from the start: a process that crashed would stay and print, and one whose terminal has gone would go on in a
/// debugger's mode. Of a SIGHUP that UCX catches nobody knows whether it had been ignored before (nohup): it ends the
/// program. \pre no handlers of the program's own
void forget_signal_handlers_of_libraries();

}  // namespace nxmc
