// The energy of ions in a periodic cell, with its first and second derivatives: Ewald sum and short-range pairs.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "nxmc/statics/ions.hpp"
#include "nxmc/statics/potentials.hpp"

namespace nxmc::statics {

/// With respect to the changes of ions.hpp, at none; eV, and eV/Å for displacements.
struct Derivatives {
  double energy = 0;         ///< eV per cell
  Eigen::VectorXd gradient;  ///< 6 + 3 n; minus the forces on the ions are the last 3 n
  Eigen::MatrixXd hessian;   ///< (6 + 3 n)^2, symmetric
};

/// Which pairs are near enough, and which wave vectors long enough waves, to count: taken from one configuration and
/// good for those near it. The short-range terms end at a cutoff without a shift, so that the energy jumps where pairs
/// cross it; with the pairs of one configuration it is smooth, and minima are well defined.
class LatticeEnergy {
 public:
  /// \param splitting  Ewald's, 1/Å; 0: the one that makes both sums about equally long. The energy does not depend on
  /// it. \pre the charges of the cell add up to zero, unless it is periodic for the sake of the sum only
  LatticeEnergy(const PairPotentials& potentials, const Ions& ions, double splitting = 0);

  double energy(const Ions& ions) const;
  /// O(n * pairs within the cutoff) for the near part, O(n^2 * wave vectors) for the rest.
  Derivatives derivatives(const Ions& ions) const;
  /// Short-range pairs of this cell; two configurations with the same ones have the same smooth energy.
  std::size_t short_range_pairs() const { return short_range_pairs_; }

 private:
  struct Pair {
    Eigen::Index one, other;
    Eigen::Vector3d cells;  ///< the second ion is so many edges away from where it stands
    double weight;          ///< 1/2 for an ion and its own image
    bool short_range, coulomb;
  };
  enum class Order { energy, derivatives };

  void add_near(const Ions& ions, Order order, Derivatives& sum) const;
  void add_waves(const Ions& ions, Order order, Derivatives& sum) const;
  Derivatives evaluate(const Ions& ions, Order order) const;

  PairPotentials potentials_;
  double splitting_;
  std::vector<Pair> pairs_;
  std::vector<Eigen::Vector3d> waves_;  ///< whole numbers of reciprocal edges; one of each k and -k
  std::size_t short_range_pairs_ = 0;
};

/// The Buckingham terms alone, eV per cell.
double short_range_energy(const PairPotentials& potentials, const Ions& ions);

}  // namespace nxmc::statics
