// How many sites of a core a composition makes A.
#pragma once

namespace nxmc {

/// floor(c N). A decimal like 0.29 lies a little below its name in binary, and 0.29 * 100 below 29; 1/3 is kept with 12
/// digits. The bound is above that and far below one site. \pre 0 <= composition <= 1
double sites_of_a(double composition, double core_sites);

}  // namespace nxmc
