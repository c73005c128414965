// How strongly an atom scatters X-rays, from the tables of xraylib (Schoonjans et al., Spectrochim. Acta B 66, 776,
// 2011).
#pragma once

#include <complex>
#include <string>
#include <string_view>

namespace nxmc {

/// Atomic number of an element; 0 if it is none, or one whose form factor is not known.
int atomic_number(std::string_view symbol);
/// \pre 1 <= atomic_number <= 98
std::string element_symbol(int atomic_number);

/// f0 of the neutral atom, in electrons. \param q  4 pi sin(theta) / lambda, 1/angstrom
/// \throws std::invalid_argument  beyond what is tabulated
double form_factor(int atomic_number, double q);

/// f' + i f'': what f0 lacks near absorption edges. \param wavelength  angstrom
/// \throws std::invalid_argument  beyond what is tabulated
std::complex<double> anomalous_part(int atomic_number, double wavelength);

}  // namespace nxmc
