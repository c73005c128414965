// Default options of AddressSanitizer for programs that start MPI: no search for leaks. Open MPI never frees what it
// takes at start, and unloads the modules that took it, so that no suppression can name them.

extern "C" const char* __asan_default_options();  // NOLINT(bugprone-reserved-identifier): the sanitizer's name
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }
