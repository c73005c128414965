// What the sanitizer does not report: HDF5 1.10 loses an object header when it cannot read one. (Objects that nxmc
// forgets to close stay in HDF5's tables, where no search for leaks would find them anyway.)

extern "C" const char* __lsan_default_suppressions();  // NOLINT(bugprone-reserved-identifier): the sanitizer's name
extern "C" const char* __lsan_default_suppressions() { return "leak:libhdf5"; }
