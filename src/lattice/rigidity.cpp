// Whether springs along the bonds hold a crystal together, so that nothing but the whole of it moves without force.
//
// Rigid bodies are grown site by site: from a triangle (2D) or a tetrahedron (3D) of bonded sites, by sites with bonds
// to the body in as many directions as space has. Mostly one body is the whole crystal. Where not, what bodies and
// single sites can do against each other is the null space of the bonds between them: body P moves the cell c by w =
// t_P + s_P x c, and the bond from c to c' does not change its length when (w' - w) . (c' - c) = 0. Rigidity does not
// change under affine maps (forces that balance are mapped to such), so that cells can stand for positions, and whole
// numbers modulo a prime for the real ones: a rank that the prime diminishes by chance is one in 2^31.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "nxmc/lattice/lattice.hpp"

namespace nxmc {
namespace {

constexpr std::int32_t no_body = -1;
constexpr std::int64_t prime = 2147483647;

std::size_t index(Site i) { return static_cast<std::size_t>(i); }

std::array<std::int64_t, 3> difference(const Cell& a, const Cell& b) {
  return {std::int64_t{a[0]} - b[0], std::int64_t{a[1]} - b[1], std::int64_t{a[2]} - b[2]};
}

std::array<std::int64_t, 3> cross(const std::array<std::int64_t, 3>& a, const std::array<std::int64_t, 3>& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

bool is_zero(const std::array<std::int64_t, 3>& a) { return a[0] == 0 && a[1] == 0 && a[2] == 0; }

/// Bond directions that are linearly independent.
class Directions {
 public:
  void add(const std::array<std::int64_t, 3>& direction) {
    if (rank_ == 0 && !is_zero(direction)) {
      first_ = direction;
      rank_ = 1;
    } else if (rank_ == 1 && !is_zero(cross(first_, direction))) {
      normal_ = cross(first_, direction);
      rank_ = 2;
    } else if (rank_ == 2) {
      const std::int64_t volume = normal_[0] * direction[0] + normal_[1] * direction[1] + normal_[2] * direction[2];
      if (volume != 0) rank_ = 3;
    }
  }
  int rank() const { return rank_; }

 private:
  int rank_ = 0;
  std::array<std::int64_t, 3> first_{};
  std::array<std::int64_t, 3> normal_{};
};

class Bodies {
 public:
  explicit Bodies(const Lattice& lattice) : lattice_(lattice), body_(lattice.sites(), no_body) {
    // From the middle of the list of sites, which mostly lies inside: there the first body is nearly all.
    const std::size_t n = lattice.sites();
    for (std::size_t k = 0; k < n; ++k) {
      const std::size_t i = (n / 2 + k) % n;
      if (body_[i] == no_body) begin_at(static_cast<Site>(i));
    }
    // What is left are single sites.
    for (std::size_t i = 0; i < n; ++i) {
      if (body_[i] != no_body) continue;
      body_[i] = static_cast<std::int32_t>(is_single_.size());
      is_single_.push_back(true);
    }
  }

  std::size_t count() const { return is_single_.size(); }
  bool is_single(std::size_t body) const { return is_single_[body]; }
  std::size_t of(Site i) const { return static_cast<std::size_t>(body_[index(i)]); }

 private:
  bool is_free(Site i) const { return i != no_site && body_[index(i)] == no_body; }

  Directions bonds_to(Site i, std::int32_t body) const {
    Directions directions;
    for (const Site j : lattice_.neighbours(i))
      if (j != no_site && body_[index(j)] == body)
        directions.add(difference(lattice_.cell[index(j)], lattice_.cell[index(i)]));
    return directions;
  }

  bool are_bonded(Site i, Site j) const {
    return std::ranges::find(lattice_.neighbours(i), j) != lattice_.neighbours(i).end();
  }

  /// A triangle or tetrahedron with a corner at a site.
  std::optional<std::vector<Site>> simplex_at(Site i) const {
    const auto bonds = lattice_.neighbours(i);
    for (const Site j : bonds) {
      if (!is_free(j)) continue;
      for (const Site k : bonds) {
        if (!is_free(k) || k == j || !are_bonded(j, k)) continue;
        Directions plane;
        plane.add(difference(lattice_.cell[index(j)], lattice_.cell[index(i)]));
        plane.add(difference(lattice_.cell[index(k)], lattice_.cell[index(i)]));
        if (plane.rank() < 2) continue;
        if (lattice_.dimension == 2) return std::vector{i, j, k};
        for (const Site l : bonds) {
          if (!is_free(l) || l == j || l == k || !are_bonded(j, l) || !are_bonded(k, l)) continue;
          Directions space = plane;
          space.add(difference(lattice_.cell[index(l)], lattice_.cell[index(i)]));
          if (space.rank() == 3) return std::vector{i, j, k, l};
        }
      }
    }
    return std::nullopt;
  }

  void begin_at(Site i) {
    const std::optional<std::vector<Site>> simplex = simplex_at(i);
    if (!simplex) return;
    const auto body = static_cast<std::int32_t>(is_single_.size());
    is_single_.push_back(false);
    std::vector<Site> queue = *simplex;
    for (const Site j : queue) body_[index(j)] = body;
    for (std::size_t head = 0; head < queue.size(); ++head) {
      for (const Site j : lattice_.neighbours(queue[head])) {
        if (!is_free(j) || bonds_to(j, body).rank() < lattice_.dimension) continue;
        body_[index(j)] = body;
        queue.push_back(j);
      }
    }
  }

  const Lattice& lattice_;
  std::vector<std::int32_t> body_;
  std::vector<bool> is_single_;
};

std::int64_t remainder(std::int64_t x) { return (x % prime + prime) % prime; }

std::int64_t inverse(std::int64_t x) {
  std::int64_t result = 1;
  for (std::int64_t power = prime - 2; power > 0; power /= 2, x = x * x % prime)
    if (power % 2 == 1) result = result * x % prime;
  return result;
}

/// Rank of rows that are added one by one.
class Elimination {
 public:
  explicit Elimination(std::size_t unknowns) : pivot_row_(unknowns) {}

  void add(std::vector<std::int64_t> row) {
    for (std::size_t k = 0; k < row.size(); ++k) {
      if (row[k] == 0) continue;
      const std::vector<std::int64_t>& pivot = pivot_row_[k];
      if (pivot.empty()) {
        const std::int64_t scale = inverse(row[k]);
        for (std::int64_t& value : row) value = value * scale % prime;
        pivot_row_[k] = std::move(row);
        ++rank_;
        return;
      }
      const std::int64_t factor = prime - row[k];
      for (std::size_t l = k; l < row.size(); ++l) row[l] = (row[l] + factor * pivot[l]) % prime;
    }
  }
  std::size_t rank() const { return rank_; }

 private:
  std::vector<std::vector<std::int64_t>> pivot_row_;
  std::size_t rank_ = 0;
};

}  // namespace

bool is_rigid(const Lattice& lattice) {
  const Bodies bodies(lattice);
  const std::size_t d = lattice.dimension == 2 ? 2 : 3;
  const std::size_t turns = d == 2 ? 1 : 3;
  if (bodies.count() == 1) return !bodies.is_single(0);
  std::vector<std::size_t> first{0};
  for (std::size_t body = 0; body < bodies.count(); ++body)
    first.push_back(first.back() + d + (bodies.is_single(body) ? 0 : turns));
  constexpr std::size_t most_unknowns = 1200;
  if (first.back() > most_unknowns) return false;
  Elimination bonds(first.back());
  for (Site i = 0; i < static_cast<Site>(lattice.sites()); ++i) {
    for (const Site j : lattice.neighbours(i)) {
      if (j < i || bodies.of(i) == bodies.of(j)) continue;  // no_site is negative
      const Cell& from = lattice.cell[index(i)];
      const Cell& to = lattice.cell[index(j)];
      const auto bond = difference(to, from);
      const auto turn = cross(difference(from, {}), difference(to, {}));
      std::vector<std::int64_t> row(first.back(), 0);
      for (const auto& [body, sign] : {std::pair{bodies.of(j), 1}, std::pair{bodies.of(i), -1}}) {
        for (std::size_t x = 0; x < d; ++x) row[first[body] + x] = remainder(sign * bond[x]);
        for (std::size_t x = 0; x < turns && !bodies.is_single(body); ++x)
          row[first[body] + d + x] = remainder(sign * turn[d == 2 ? 2 : x]);
      }
      bonds.add(std::move(row));
    }
  }
  return bonds.rank() + d + turns == first.back();
}

}  // namespace nxmc
