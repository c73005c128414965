// Constants of nature in the units of materials: Å, GPa, eV, K, s. All are exact since 2019.
#pragma once

namespace nxmc {

inline constexpr double joule_per_ev = 1.602176634e-19;
inline constexpr double boltzmann = 1.380649e-23 / joule_per_ev;  ///< eV/K
inline constexpr double ev_per_kj_per_mol = 1e3 / 6.02214076e23 / joule_per_ev;
inline constexpr double ev_per_gpa_cubic_angstrom = 1e9 * 1e-30 / joule_per_ev;

}  // namespace nxmc
