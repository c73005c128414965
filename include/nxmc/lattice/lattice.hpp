// Crystals: sites, bonds, layers, shell and point symmetry. Nothing here knows energies.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nxmc {

using Site = std::int32_t;
inline constexpr Site no_site = -1;
using Vector3 = std::array<double, 3>;
using Cell = std::array<int, 3>;

/// Whether a crystal ends in a surface, or goes on periodically: bulk.
enum class Boundary : std::uint8_t { free, periodic };

/// The cells of a crystal that is none of the shapes. Copies share them; two lists are equal when their cells are.
class SiteList {
 public:
  SiteList() = default;
  /// \param dimension  2: {row, place along the row, 0}; 3: {x, y, z} \param cells  in any order, each once
  SiteList(int dimension, std::vector<Cell> cells);

  bool empty() const { return content_ == nullptr; }
  int dimension() const;
  /// In the order of sites.
  std::span<const Cell> cells() const;

  friend bool operator==(const SiteList& a, const SiteList& b) { return std::is_eq(a <=> b); }
  friend std::strong_ordering operator<=>(const SiteList& a, const SiteList& b);

 private:
  struct Content;
  std::shared_ptr<const Content> content_;
};

/// The shape of crystals that are a list of sites.
inline constexpr std::string_view list_of_sites = "sites";
/// Whether a word of lattice_word is that of such a list, by its digest.
bool names_a_list_of_sites(std::string_view word);

/// What names a crystal. `size` is what its shape says (Shape::sizes_are): {n,0,0} for a hexagon, {nx,ny,nz} for a box
/// (a cube of edge n is the box {n,n,n}, and its shape is "box": both spellings are one crystal). Periodic crystals of
/// the triangular lattice ("hexagon") have a rhombic cell of {rows, sites along a row, 0}.
struct LatticeSpec {
  std::string shape = "hexagon";
  std::array<int, 3> size{};
  int shell_layers = 0;
  Boundary boundary = Boundary::free;
  std::uint32_t covered = 0;  ///< bit k: facet k of the shape is covered by the shell; 0: all sides are
  bool shell_of_a = false;    ///< what the shell consists of where it is frozen: A instead of B
  SiteList sites{};           ///< of the shape "sites"

  bool periodic() const { return boundary == Boundary::periodic; }
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the 0 that results are compared with for a pointer
  friend auto operator<=>(const LatticeSpec&, const LatticeSpec&) = default;
};

/// A crystal. Sites are ordered lexicographically: by row, then along the row (2D); x slowest, z fastest (3D).
///
/// Directions: bond k and bond (k + Z/2) % Z point opposite ways. In 2D, k runs round the ring of neighbours.
/// In 3D the 18 directions are the 6 nearest and the 12 next-nearest neighbours.
struct Lattice {
  LatticeSpec spec;
  int dimension = 2;
  int coordination = 6;                     ///< Z
  std::vector<Vector3> direction;           ///< [Z] unit vectors (also for next-nearest neighbours)
  std::vector<double> bond_length;          ///< [Z] distance to that neighbour: 1, or sqrt(2)
  std::vector<Cell> cell;                   ///< [N] lattice coordinates: {row, place along the row, 0}, or {x, y, z};
                                            ///< those of bonded sites differ by at most 1 in each
  std::vector<Vector3> position;            ///< [N] in units of the lattice spacing; z = 0 in 2D
  std::vector<Site> neighbour;              ///< [N*Z] neighbour[i*Z + k], no_site where the bond is missing
  std::vector<int> layer;                   ///< [N] 1 = surface; 1 + distance in bonds to the nearest surface site;
                                            ///< bulk_layer where there is none
  std::vector<std::uint8_t> shell;          ///< [N] whether sites are in the shell; empty where the shell is the layers
                                            ///< 1 ... shell_layers
  std::vector<Site> core;                   ///< sites that are not in the shell, ascending
  std::vector<Site> boundary;               ///< sites with fewer than Z bonds, ascending
  std::vector<std::vector<Site>> symmetry;  ///< point operations g of crystal and shell as permutations: site i goes to
                                            ///< symmetry[g][i]; the first is the identity. Of periodic crystals those
                                            ///< about their first site: translations are not written out
  std::vector<std::array<Vector3, 3>> rotation;  ///< [|G|] the operation's matrix (rows), same order as `symmetry`

  std::size_t sites() const { return position.size(); }
  std::span<const Site> neighbours(Site i) const {
    const auto z = static_cast<std::size_t>(coordination);
    return {neighbour.data() + static_cast<std::size_t>(i) * z, z};
  }
  bool periodic() const { return spec.periodic(); }
  bool in_shell(Site i) const {
    const auto k = static_cast<std::size_t>(i);
    return shell.empty() ? layer[k] <= spec.shell_layers : shell[k] != 0;
  }
  int bonds_of(Site i) const;
};

/// The layer of all sites of a periodic crystal: none is at a surface.
inline constexpr int bulk_layer = 2;

/// From site i of a periodic crystal to site j: the site that is as far from the first one. O(1)
Site translated(const Lattice& lattice, Site i, Site j);

/// Sites grouped by symmetry: each site is the image of one representative. Of periodic crystals the first site stands
/// for all, and translations lead there: to_site and from_site, which are point operations, are the identity.
struct Orbits {
  std::vector<Site> representative;     ///< [R] ascending
  std::vector<std::int32_t> row;        ///< [N] index into `representative`
  std::vector<std::int32_t> to_site;    ///< [N] operation g with symmetry[g][representative[row[i]]] == i
  std::vector<std::int32_t> from_site;  ///< [N] the inverse operation of to_site[i]
};

/// \throws std::invalid_argument for an unknown shape, a size that the shape does not allow, or negative layers
Lattice make_lattice(const LatticeSpec& spec);
/// The same with `symmetry` and `rotation` left empty: permutations would be most of a 3D crystal's memory, and only
/// kernels need them.
Lattice make_lattice_without_symmetry(const LatticeSpec& spec);
Orbits find_orbits(const Lattice& lattice);

/// Whether springs along the bonds let nothing move without force but the whole crystal. False also where more than
/// some hundred sites hang together so loosely that it is not found out. True of the table's shapes, whose allowed
/// sizes are, with shells all round; crystals are looked at that are lists of sites or have a shell on some facets
/// only.
bool is_rigid(const Lattice& lattice);
/// Whether all sites can be reached from one along bonds.
bool is_connected(std::span<const Cell> cells, int dimension);

/// A kind of crystal that campaigns can name. Adding one is one function and one row of the table behind `shapes()`.
struct Shape {
  std::string_view name;  ///< "hexagon" or "box"
  int dimension;
  int sizes;                   ///< how many numbers `size` takes: 0 (a list of sites), 1, 2 or 3
  int smallest;                ///< fewest sites along each edge of the whole crystal; with a shell the core may have 1
  std::string_view sizes_are;  ///< what these numbers mean, in words
  Boundary boundary = Boundary::free;
};
/// Those with a surface: each name once.
std::span<const Shape> shapes();
/// Words for boxes some of whose edges are equal: of so many sizes, the first are those of all edges but the last ones.
struct BoxWord {
  std::string_view name;  ///< "cube": {n} is {n, n, n}
  int sizes;
  std::string_view sizes_are;
};
std::span<const BoxWord> box_words();
/// The crystal of a shape's or a box's word and its sizes. \pre there are as many as it takes
LatticeSpec spec_of_word(std::string_view word, std::span<const int> sizes);
/// That of a crystal, with its boundary. \throws std::invalid_argument for an unknown shape
const Shape& shape_of(const LatticeSpec& spec);

/// 2 or 3. \throws std::invalid_argument for an unknown shape
int dimension_of(const LatticeSpec& spec);

/// Names of the flat sides that a shape has, in the order of LatticeSpec::covered: "+z", "+x+y+z"; in 2D rows run along
/// x. \throws std::invalid_argument for an unknown shape
std::vector<std::string> facets_of(const LatticeSpec& spec);
/// Bits of LatticeSpec::covered of facets with these names, 0 where these are all that there are; nothing where one is
/// none of the shape's. \throws as facets_of
std::optional<std::uint32_t> covered_facets(const LatticeSpec& spec, std::span<const std::string> names);
/// Names of those that the shell covers, joined by commas; empty where it covers all.
std::string covered_word(const LatticeSpec& spec);

/// Number of sites of the whole crystal, and of its core, without building it; exact up to 2^53, never overflows.
/// These and the following throw as make_lattice does, but know no limit of size where there is a formula: hexagons and
/// boxes. Other crystals are counted row by row, once; what has too many rows to be counted is refused.
double count_sites(const LatticeSpec& spec);
double count_core_sites(const LatticeSpec& spec);
/// Those of the core that are not in its outermost layer; all of a periodic crystal.
double count_inner_core_sites(const LatticeSpec& spec);

/// How many planes of sites there are across each lattice coordinate: of the core, or of the whole crystal.
Cell count_planes(const LatticeSpec& spec, bool core_only);

/// Number of classes of sites that symmetry makes equivalent, size of Orbits::representative, without building the
/// crystal.
double count_orbits(const LatticeSpec& spec);

/// Order of the point group, size of Lattice::symmetry, without building the crystal.
double count_symmetries(const LatticeSpec& spec);

/// Predicted bytes of a crystal without its symmetry, and of its symmetry: permutations and Orbits.
double lattice_bytes(const LatticeSpec& spec);
double symmetry_bytes(const LatticeSpec& spec);

/// "16" for a hexagon, "10x10x50" for a box, "12x12" for a periodic hexagonal cell.
std::string size_name(const LatticeSpec& spec);
/// Shape and size as archives have them: a box with equal edges is a cube of one size, and so is a cell of the bulk.
/// Words of periodic crystals begin with periodic_prefix. What is not usual about a shell stands in brackets: "cube(A)"
/// where it consists of A, "box(+z,-z)" where it covers these facets only, "box(A,+z,-z)".
inline constexpr std::string_view periodic_prefix = "periodic-";
std::string lattice_word(const LatticeSpec& spec);
/// Shape and boundary that a word of lattice_word stands for, whether there is such a crystal or not.
void set_lattice_word(LatticeSpec& spec, std::string_view word);
std::string size_word(const LatticeSpec& spec);

}  // namespace nxmc
