// Assembles D and C bond by bond.
#include "springs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>

#include "dissection.hpp"

namespace nxmc {
namespace {

using Triplet = Eigen::Triplet<double, std::int64_t>;

void check_stiffness(double shell_stiffness) {
  if (shell_stiffness > 0 && std::isfinite(shell_stiffness)) return;
  throw std::invalid_argument(
      fmt::format("shell_stiffness {}: must be positive and finite, or the shell has no shape", shell_stiffness));
}

std::vector<std::int64_t> places(const Lattice& lattice) {
  const std::vector<Site> order = elimination_order(lattice);
  std::vector<std::int64_t> place(order.size());
  for (std::size_t p = 0; p < order.size(); ++p)
    place[static_cast<std::size_t>(order[p])] = static_cast<std::int64_t>(p);
  return place;
}

/// First site with the largest (sign = 1) or smallest (sign = -1) coordinate along axis x.
Site extreme_site(const Lattice& lattice, std::size_t x, double sign) {
  const auto less = [=](const Vector3& a, const Vector3& b) { return sign * a[x] < sign * b[x]; };
  const auto found = std::max_element(lattice.position.begin(), lattice.position.end(), less);
  return static_cast<Site>(found - lattice.position.begin());
}

struct Component {
  Site site;
  int x;
};

/// First of the sites that lie furthest from a line in the x-y plane: their distance from it along z does not count.
Site furthest_site(const Lattice& lattice, Site from, Site to) {
  const Vector3& a = lattice.position[static_cast<std::size_t>(from)];
  const Vector3& b = lattice.position[static_cast<std::size_t>(to)];
  const auto distance = [&](const Vector3& r) {
    return std::abs((b[0] - a[0]) * (r[1] - a[1]) - (b[1] - a[1]) * (r[0] - a[0]));
  };
  const auto less = [&](const Vector3& r, const Vector3& s) { return distance(r) < distance(s); };
  const auto found = std::max_element(lattice.position.begin(), lattice.position.end(), less);
  return static_cast<Site>(found - lattice.position.begin());
}

// The three sites span the crystal: the site at one end is held, the one at the other end of the x axis may only move
// along it, and a third one, seen along z away from their line, may not turn about it. With d from the first to the
// second and t to the third, rotations w that keep these components obey w_z d_x = w_x d_z, w_y d_x = w_x d_y and
// w_x t_y = w_y t_x: none does, as d_x and d_x t_y - d_y t_x are not zero.
std::vector<Component> fixed_components(const Lattice& lattice) {
  const Site left = extreme_site(lattice, 0, -1);
  const Site right = extreme_site(lattice, 0, 1);
  if (lattice.dimension == 2) return {{left, 0}, {left, 1}, {right, 1}};
  const Site top = furthest_site(lattice, left, right);
  return {{left, 0}, {left, 1}, {left, 2}, {right, 1}, {right, 2}, {top, 2}};
}

std::vector<bool> fixed_unknowns(const Lattice& lattice, const std::vector<std::int64_t>& place) {
  const auto d = static_cast<std::size_t>(lattice.dimension);
  std::vector<bool> fixed(d * lattice.sites());
  for (const Component& component : fixed_components(lattice)) {
    const auto p = static_cast<std::size_t>(place[static_cast<std::size_t>(component.site)]);
    fixed[d * p + static_cast<std::size_t>(component.x)] = true;
  }
  return fixed;
}

/// Collects the entries of a matrix in the numbering of unknowns, leaving out fixed ones.
class Assembly {
 public:
  Assembly(const Lattice& lattice, double shell_stiffness, const std::vector<std::int64_t>& place)
      : lattice_(lattice), shell_stiffness_(shell_stiffness), place_(place), fixed_(fixed_unknowns(lattice, place)) {}

  SparseMatrix stiffness() const {
    std::vector<Triplet> entries;
    for_each_bond_end([&](Site i, Site j, double w, const Vector3& alpha) {
      add_block(entries, i, i, w, alpha);
      add_block(entries, i, j, -w, alpha);
    });
    for (std::size_t k = 0; k < fixed_.size(); ++k) {
      const auto unknown = static_cast<std::int64_t>(k);
      if (fixed_[k]) entries.emplace_back(unknown, unknown, 1.0);
    }
    return matrix(unknowns(), unknowns(), entries);
  }

  SparseMatrix coupling() const {
    std::vector<Triplet> entries;
    for_each_bond_end([&](Site i, Site j, double w, const Vector3& alpha) {
      for (int x = 0; x < lattice_.dimension; ++x) {
        const std::int64_t row = unknown(i, x);
        const double value = -w * alpha[static_cast<std::size_t>(x)];
        if (fixed(row) || value == 0) continue;
        entries.emplace_back(row, i, value);
        entries.emplace_back(row, j, value);
      }
    });
    return matrix(unknowns(), static_cast<std::int64_t>(lattice_.sites()), entries);
  }

 private:
  /// Calls visit(i, j, w, alpha) for every bond from both of its ends.
  template <typename Visit>
  void for_each_bond_end(const Visit& visit) const {
    for (Site i = 0; i < static_cast<Site>(lattice_.sites()); ++i) {
      for (std::size_t k = 0; k < lattice_.direction.size(); ++k) {
        const Site j = lattice_.neighbours(i)[k];
        if (j != no_site) visit(i, j, bond_weight(lattice_, shell_stiffness_, i, j), lattice_.direction[k]);
      }
    }
  }

  /// Adds the lower triangle's part of w alpha alpha at the block (i, j).
  void add_block(std::vector<Triplet>& entries, Site i, Site j, double w, const Vector3& alpha) const {
    for (int x = 0; x < lattice_.dimension; ++x) {
      for (int y = 0; y < lattice_.dimension; ++y) {
        const std::int64_t row = unknown(i, x);
        const std::int64_t column = unknown(j, y);
        const double value = w * alpha[static_cast<std::size_t>(x)] * alpha[static_cast<std::size_t>(y)];
        if (row >= column && value != 0 && !fixed(row) && !fixed(column)) entries.emplace_back(row, column, value);
      }
    }
  }

  static SparseMatrix matrix(std::int64_t rows, std::int64_t columns, const std::vector<Triplet>& entries) {
    SparseMatrix result(rows, columns);
    result.setFromTriplets(entries.begin(), entries.end());
    return result;
  }

  std::int64_t unknowns() const { return static_cast<std::int64_t>(fixed_.size()); }
  std::int64_t unknown(Site i, int x) const { return lattice_.dimension * place_[static_cast<std::size_t>(i)] + x; }
  bool fixed(std::int64_t unknown) const { return fixed_[static_cast<std::size_t>(unknown)]; }

  const Lattice& lattice_;
  double shell_stiffness_;
  const std::vector<std::int64_t>& place_;
  std::vector<bool> fixed_;
};

}  // namespace

double bond_weight(const Lattice& lattice, double shell_stiffness, Site i, Site j) {
  return lattice.in_shell(i) && lattice.in_shell(j) ? shell_stiffness : 1;
}

SpringNetwork make_spring_network(const Lattice& lattice, double shell_stiffness) {
  check_stiffness(shell_stiffness);
  SpringNetwork network;
  network.place = places(lattice);
  const Assembly assembly(lattice, shell_stiffness, network.place);
  network.stiffness = assembly.stiffness();
  network.coupling = assembly.coupling();
  return network;
}

}  // namespace nxmc
