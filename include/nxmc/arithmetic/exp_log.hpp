// exp and log with the same bits on every machine. The C library's differ between versions and processors, and a
// trajectory that depends on them could not be resumed elsewhere.
#pragma once

namespace nxmc {

/// e^x to within 1 unit in the last place for |x| < 708; +inf above 709.78, 0 below -745.2, NaN for NaN.
/// Written without branches in the common range, so that compilers vectorise loops over it; every lane gives the same bits.
double portable_exp(double x);

/// Natural logarithm to within 1 unit in the last place for positive normal and subnormal x; -inf for 0, NaN below.
double portable_log(double x);

}  // namespace nxmc
