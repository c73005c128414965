// A nanocrystal in a solution of cations and pseudoligands, as Fan et al., Nat. Commun. 7, 11503 (2016), simulate it.
#pragma once

#include <cstddef>
#include <string_view>

#include "nxmc/statics/compound.hpp"
#include "nxmc/statics/ions.hpp"
#include "nxmc/statics/potentials.hpp"

namespace nxmc {

inline constexpr std::string_view pseudoligand = "PSL";

/// Whose cation pseudoligands like better.
enum class Preferred { none, A, B };

/// One species more: pseudoligands with the potentials of Supplementary Table 1, and the charge that makes them neutral
/// with a cation of B.
statics::PairPotentials with_pseudoligands(const statics::PairPotentials& ions, const statics::Pairing& A,
                                           const statics::Pairing& B, Preferred preferred);

struct Solution {
  statics::Ions ions;             ///< in a cube of 10 nm
  std::size_t formula_units = 0;  ///< of the nanocrystal
  std::size_t pairs = 0;          ///< of a cation of B and a pseudoligand
};

/// A sphere of 4.7 nm with as many cations as anions, round the middle between two of them, and four pairs for each of
/// its formula units at random places that are not too near to anything. The same places in every call.
Solution nanocrystal_in_solution(const statics::Ions& cell_of_A, const statics::Pairing& A, const statics::Pairing& B,
                                 std::size_t pseudoligand_species);

}  // namespace nxmc
