// What sums of squares of normal numbers reach by chance.
#pragma once

namespace nxmc {

/// What a chi^2 divided by its degrees of freedom exceeds about once in 400 times, after Wilson and Hilferty (PNAS 17,
/// 684, 1931). \pre freedom > 0
double chi_squared_by_chance(double freedom);

}  // namespace nxmc
