// Pair potentials of rigid ions: charges and Buckingham terms.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

namespace nxmc::statics {

/// What was asked of potentials and does not exist (a minimum, a surface without dipole, …), in words for the user.
class StaticsError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A exp(-r/rho) - C/r^6
struct Buckingham {
  double A = 0;    ///< eV
  double rho = 1;  ///< Å, > 0
  double C = 0;    ///< eV Å^6

  bool operator==(const Buckingham&) const = default;
};

/// u(r) = q_i q_j / (4 pi eps0 r) + A exp(-r/rho) - C/r^6; the last two terms end at `cutoff`, without a shift.
struct PairPotentials {
  std::vector<std::string> species;
  std::vector<double> charges;    ///< e, one for each species
  std::vector<Buckingham> pairs;  ///< species x species, symmetric
  double cutoff = 12;             ///< Å

  /// Of these ions, without any Buckingham term.
  PairPotentials(std::vector<std::string> names, std::vector<double> ion_charges, double short_range_cutoff);

  const Buckingham& between(std::size_t one, std::size_t other) const { return pairs[one * species.size() + other]; }
  void set(std::size_t one, std::size_t other, const Buckingham& pair);
};

/// e^2 / (4 pi eps0) in eV Å (CODATA 2018)
inline constexpr double coulomb_constant = 14.399645478425668;
/// eV/Å^3 in GPa (exact)
inline constexpr double gigapascals = 160.2176634;
/// eV/Å^2 in J/m^2 (exact)
inline constexpr double joules_per_square_metre = 16.02176634;

}  // namespace nxmc::statics
