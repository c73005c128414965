#include "nxmc/query/extended_xyz.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "nxmc/observe/phases.hpp"

namespace nxmc {
namespace {

/// The order parameter s of Eq. 13; 3, 4 and 5 in columns along x, y and z.
int phase_number(const Lattice& lattice, const Occupation& sigma, Site i) {
  if (lattice.bonds_of(i) < lattice.coordination) return 0;
  switch (local_phase(lattice, sigma, i)) {
    case Phase::U1:
      return 2;
    case Phase::S1:
      return 1;
    case Phase::none:
      return 0;
    case Phase::S2:
      return -1;
    case Phase::U2:
      return -2;
    case Phase::Cx:
      return 3;
    case Phase::Cy:
      return 4;
    case Phase::Cz:
      return 5;
  }
  return 0;
}

/// The period of a crystal: as many steps along each direction as its edges have sites, and across a plane one.
std::string periodic_cell_of(const Lattice& lattice) {
  const bool flat = lattice.dimension == 2;
  const auto edge = [&](std::size_t k) {
    // The first steps along the edges, to the first neighbours along them: rows, and along a row.
    const Vector3& step = flat ? (k == 0 ? lattice.direction[1] : lattice.direction[0]) : lattice.direction[k];
    const double sites = lattice.spec.size[k];
    return fmt::format("{} {} {}", sites * step[0], sites * step[1], sites * step[2]);
  };
  return fmt::format(R"(Lattice="{} {} {}" pbc="T T {}")", edge(0), edge(1), flat ? "0.0 0.0 2.0" : edge(2),
                     flat ? 'F' : 'T');
}

/// Key of the comment: the cell around the crystal.
std::string cell_of(const Lattice& lattice) {
  if (lattice.periodic()) return periodic_cell_of(lattice);
  constexpr double margin = 1;
  Vector3 low = lattice.position.front();
  Vector3 high = low;
  for (const Vector3& x : lattice.position) {
    for (std::size_t k = 0; k < 3; ++k) {
      low[k] = std::min(low[k], x[k]);
      high[k] = std::max(high[k], x[k]);
    }
  }
  const auto edge = [&](std::size_t k) { return high[k] - low[k] + 2 * margin; };
  return fmt::format(R"(Lattice="{} 0.0 0.0 0.0 {} 0.0 0.0 0.0 {}" Origin="{} {} {}" pbc="F F F")", edge(0), edge(1),
                     edge(2), low[0] - margin, low[1] - margin, low[2] - margin);
}

std::string comment_of(const Snapshot& snapshot, const std::string& cell, const XyzStyle& style) {
  const bool relaxed = style.relaxed != nullptr;
  std::string comment = fmt::format(
      "{} Properties=species:S:1:pos:R:3{}:layer:I:1:phase:I:1 {}={} A={} B={} positions={}", cell,
      relaxed ? ":displacement:R:3" : "", style.clock, snapshot.at, style.a, style.b, relaxed ? "relaxed" : "lattice");
  if (relaxed) comment += fmt::format(" mismatch={}", style.mismatch);
  return comment;
}

}  // namespace

ExtendedXyzPrinter::ExtendedXyzPrinter(std::ostream& out, const Lattice& lattice, XyzStyle style)
    : out_(out), lattice_(lattice), style_(std::move(style)), cell_(cell_of(lattice)) {}

bool ExtendedXyzPrinter::print(const Snapshot& snapshot) {
  std::vector<double> u;
  if (style_.relaxed != nullptr) u = style_.relaxed->solve(snapshot.sigma);
  out_ << lattice_.sites() << '\n' << comment_of(snapshot, cell_, style_) << '\n';
  for (std::size_t i = 0; i < lattice_.sites(); ++i) print_site(snapshot.sigma, i, u);
  return out_.good();
}

void ExtendedXyzPrinter::print_site(const Occupation& sigma, std::size_t i, const std::vector<double>& u) {
  Vector3 x = lattice_.position[i];
  Vector3 displacement{};
  const auto d = static_cast<std::size_t>(lattice_.dimension);
  for (std::size_t k = 0; k < d && !u.empty(); ++k) {
    displacement[k] = u[d * i + k];
    x[k] += displacement[k];
  }
  line_.clear();
  auto end =
      fmt::format_to(std::back_inserter(line_), "{} {} {} {}", sigma[i] > 0 ? style_.a : style_.b, x[0], x[1], x[2]);
  if (!u.empty()) end = fmt::format_to(end, " {} {} {}", displacement[0], displacement[1], displacement[2]);
  fmt::format_to(end, " {} {}\n", lattice_.layer[i], phase_number(lattice_, sigma, static_cast<Site>(i)));
  out_ << line_;
}

}  // namespace nxmc
