#include "lanes.hpp"

#include <cassert>
#include <cstring>

#include "nxmc/arithmetic/register_widths.hpp"

// Loops over groups and joined columns are unrolled, so that what they hold stays in registers.
#if defined(__clang__)
#define NXMC_UNROLL _Pragma("clang loop unroll(full)")
#else
#define NXMC_UNROLL _Pragma("GCC unroll 8")
#endif

namespace nxmc {
namespace {

/// A row of a slice, in vectors as wide as registers.
template <std::size_t groups, std::size_t bytes>
struct Row {
  using Doubles [[gnu::vector_size(bytes)]] = double;
  static constexpr std::size_t lanes_of_vector = bytes / sizeof(double);
  static constexpr std::size_t vectors = groups * lanes_of_group / lanes_of_vector;
  Doubles part[vectors];  // NOLINT(modernize-avoid-c-arrays): std::array of vectors drops their attribute

  [[gnu::always_inline]] void load(const double* from) {
    NXMC_UNROLL
    for (std::size_t g = 0; g < vectors; ++g) std::memcpy(&part[g], from + g * lanes_of_vector, sizeof(Doubles));
  }
  [[gnu::always_inline]] void store(double* to) const {
    NXMC_UNROLL
    for (std::size_t g = 0; g < vectors; ++g) std::memcpy(to + g * lanes_of_vector, &part[g], sizeof(Doubles));
  }
  [[gnu::always_inline]] void clear() {
    NXMC_UNROLL
    for (std::size_t g = 0; g < vectors; ++g) part[g] = Doubles{};
  }
  [[gnu::always_inline]] void add(const Row& x) {
    NXMC_UNROLL
    for (std::size_t g = 0; g < vectors; ++g) part[g] += x.part[g];
  }
  [[gnu::always_inline]] void scale(double a) {
    NXMC_UNROLL
    for (std::size_t g = 0; g < vectors; ++g) part[g] *= a;
  }
  [[gnu::always_inline]] void add_product(double a, const Row& x) {
    NXMC_UNROLL
    for (std::size_t g = 0; g < vectors; ++g) part[g] += a * x.part[g];
  }
  [[gnu::always_inline]] void subtract_product(double a, const Row& x) {
    NXMC_UNROLL
    for (std::size_t g = 0; g < vectors; ++g) part[g] -= a * x.part[g];
  }
  [[gnu::always_inline]] void subtract_product(const Row& a, double x) {
    NXMC_UNROLL
    for (std::size_t g = 0; g < vectors; ++g) part[g] -= a.part[g] * x;
  }
};

/// One number as a row of its own.
struct Scalar {
  double number;
  [[gnu::always_inline]] void load(const double* from) { number = *from; }
  [[gnu::always_inline]] void store(double* to) const { *to = number; }
  [[gnu::always_inline]] void clear() { number = 0; }
  [[gnu::always_inline]] void add(const Scalar& x) { number += x.number; }
  [[gnu::always_inline]] void add_product(double a, const Scalar& x) { number += a * x.number; }
  [[gnu::always_inline]] void subtract_product(const Scalar& a, double x) { number -= a.number * x; }
};

// ---- triangular solves

/// Columns that are done slice after slice while they are in a cache, in entries.
constexpr std::int64_t entries_of_chunk = 16384;
/// Columns with the same rows below them, which are read and written once for all of these.
constexpr std::size_t most_joined = 4;

[[gnu::always_inline]] inline std::size_t first_of(const FactorView& f, std::size_t column) {
  return static_cast<std::size_t>(f.begin[column]);
}

/// Whether column j + 1 has the rows that column j has beside it.
[[gnu::always_inline]] inline bool joined_to_next(const FactorView& f, std::size_t j) {
  const std::int64_t length = f.begin[j + 1] - f.begin[j];
  return length > 0 && f.row[f.begin[j]] == static_cast<std::int64_t>(j + 1) &&
         f.begin[j + 2] - f.begin[j + 1] == length - 1;
}

/// x_r <- x_r - L_rj x_j for these columns, of each row in the order of columns.
template <std::size_t groups, std::size_t columns, std::size_t bytes>
[[gnu::always_inline]] inline void eliminate_joined(const FactorView& f, std::size_t j, double* x) {
  constexpr std::size_t width = groups * lanes_of_group;
  Row<groups, bytes> solved[columns];  // NOLINT(modernize-avoid-c-arrays)
  const double* value[columns]{};      // NOLINT(modernize-avoid-c-arrays)
  NXMC_UNROLL
  for (std::size_t k = 0; k < columns; ++k) {
    solved[k].load(x + (j + k) * width);
    NXMC_UNROLL
    for (std::size_t l = 0; l < k; ++l) solved[k].subtract_product(solved[l], f.value[first_of(f, j + l) + k - 1 - l]);
    solved[k].store(x + (j + k) * width);
    value[k] = f.value + first_of(f, j + k) + columns - 1 - k;
  }
  const std::int64_t first = f.begin[j + columns - 1];
  const std::int64_t rows = f.begin[j + columns] - first;
  for (std::int64_t e = 0; e < rows; ++e) {
    double* const at = x + static_cast<std::size_t>(f.row[first + e]) * width;
    Row<groups, bytes> below;
    below.load(at);
    NXMC_UNROLL
    for (std::size_t k = 0; k < columns; ++k) below.subtract_product(solved[k], value[k][e]);
    below.store(at);
  }
}

template <std::size_t groups, std::size_t bytes>
[[gnu::always_inline]] inline void forwards(const FactorView& f, std::size_t from, std::size_t to, double* x) {
  for (std::size_t j = from; j < to;) {
    std::size_t columns = 1;
    while (columns < most_joined && j + columns < to && joined_to_next(f, j + columns - 1)) ++columns;
    switch (columns) {
      case 1:
        eliminate_joined<groups, 1, bytes>(f, j, x);
        break;
      case 2:
        eliminate_joined<groups, 2, bytes>(f, j, x);
        break;
      case 3:
        eliminate_joined<groups, 3, bytes>(f, j, x);
        break;
      default:
        eliminate_joined<groups, 4, bytes>(f, j, x);
    }
    j += columns;
  }
}

/// x_i <- x_i / D_i - sum_r L_ri x_r, rows ascending: none but the last is known before the column after it is done.
template <std::size_t groups, std::size_t bytes>
[[gnu::always_inline]] inline void backwards(const FactorView& f, std::size_t from, std::size_t to, double* x) {
  constexpr std::size_t width = groups * lanes_of_group;
  for (std::size_t i = to; i-- > from;) {
    Row<groups, bytes> solved;
    solved.load(x + i * width);
    solved.scale(1 / f.pivot[i]);
    for (std::int64_t e = f.begin[i]; e < f.begin[i + 1]; ++e) {
      Row<groups, bytes> above;
      above.load(x + static_cast<std::size_t>(f.row[e]) * width);
      solved.subtract_product(f.value[e], above);
    }
    solved.store(x + i * width);
  }
}

NXMC_FOR_EACH_REGISTER_WIDTH(forwards_in_slice, (const FactorView& f, std::size_t from, std::size_t to, const Slice& x),
                             {
                               if (x.groups == 1) {
                                 forwards<1, register_bytes>(f, from, to, x.numbers);
                               } else {
                                 forwards<2, register_bytes>(f, from, to, x.numbers);
                               }
                             })

NXMC_FOR_EACH_REGISTER_WIDTH(backwards_in_slice,
                             (const FactorView& f, std::size_t from, std::size_t to, const Slice& x), {
                               if (x.groups == 1) {
                                 backwards<1, register_bytes>(f, from, to, x.numbers);
                               } else {
                                 backwards<2, register_bytes>(f, from, to, x.numbers);
                               }
                             })

// ---- products

template <std::size_t groups, std::size_t bytes>
[[gnu::always_inline]] inline void multiply(const RowsView& matrix, const double* x, double* y) {
  constexpr std::size_t width = groups * lanes_of_group;
  for (std::size_t r = 0; r < matrix.rows; ++r) {
    Row<groups, bytes> sum;
    sum.clear();
    for (std::int64_t e = matrix.begin[r]; e < matrix.begin[r + 1]; ++e) {
      Row<groups, bytes> factor;
      factor.load(x + static_cast<std::size_t>(matrix.column[e]) * width);
      sum.add_product(matrix.value[e], factor);
    }
    sum.store(y + r * width);
  }
}

NXMC_FOR_EACH_REGISTER_WIDTH(multiply_slice, (const RowsView& matrix, const Slice& x, const Slice& y), {
  if (x.groups == 1) {
    multiply<1, register_bytes>(matrix, x.numbers, y.numbers);
  } else {
    multiply<2, register_bytes>(matrix, x.numbers, y.numbers);
  }
})

// ---- rigid motions

/// u <- u - component * motion and, of what comes out, sum_k next_k u_k: of numbers 0, 4, 8 …, of 1, 5, 9 …, and so
/// on, then of these four, which is the order of Eigen with registers of two numbers. \param motion  null: none yet
template <class Row, std::size_t width>
[[gnu::always_inline]] inline void subtract_and_project(const double* motion, const double* next, std::size_t size,
                                                        double* u, Row& component) {
  const auto at = [&](std::size_t k, Row& number) {
    number.load(u + k * width);
    if (motion == nullptr) return;
    number.subtract_product(component, motion[k]);
    number.store(u + k * width);
  };
  Row sum[4];  // NOLINT(modernize-avoid-c-arrays)
  NXMC_UNROLL
  for (Row& part : sum) part.clear();
  const std::size_t in_fours = size / 4 * 4;
  for (std::size_t k = 0; k < in_fours; k += 4) {
    NXMC_UNROLL
    for (std::size_t l = 0; l < 4; ++l) {
      Row number;
      at(k + l, number);
      sum[l].add_product(next[k + l], number);
    }
  }
  sum[0].add(sum[2]);
  sum[1].add(sum[3]);
  std::size_t k = in_fours;
  if (size - k >= 2) {
    for (std::size_t l = 0; l < 2; ++l) {
      Row number;
      at(k + l, number);
      sum[l].add_product(next[k + l], number);
    }
    k += 2;
  }
  sum[0].add(sum[1]);
  if (k < size) {
    Row number;
    at(k, number);
    sum[0].add_product(next[k], number);
  }
  component = sum[0];
}

template <class Row, std::size_t width>
[[gnu::always_inline]] inline void remove_motions(const MotionsView& motions, double* u) {
  assert(motions.size >= 4 && motions.count > 0);
  Row component;
  component.clear();
  const double* before = nullptr;
  for (std::size_t m = 0; m < motions.count; ++m) {
    const double* const motion = motions.values + m * motions.size;
    subtract_and_project<Row, width>(before, motion, motions.size, u, component);
    before = motion;
  }
  const double* const last = motions.values + (motions.count - 1) * motions.size;
  for (std::size_t k = 0; k < motions.size; ++k) {
    Row number;
    number.load(u + k * width);
    number.subtract_product(component, last[k]);
    number.store(u + k * width);
  }
}

NXMC_FOR_EACH_REGISTER_WIDTH(remove_motions_of_slice, (const MotionsView& motions, const Slice& u), {
  if (u.groups == 1) {
    remove_motions<Row<1, register_bytes>, lanes_of_group>(motions, u.numbers);
  } else {
    remove_motions<Row<2, register_bytes>, 2 * lanes_of_group>(motions, u.numbers);
  }
})

}  // namespace

void solve_lanes(const FactorView& factor, std::span<const Slice> slices) {
  for (std::size_t from = 0; from < factor.size;) {
    std::size_t to = from + 1;
    while (to < factor.size && factor.begin[to + 1] - factor.begin[from] < entries_of_chunk) ++to;
    for (const Slice& slice : slices) forwards_in_slice(factor, from, to, slice);
    from = to;
  }
  for (std::size_t to = factor.size; to > 0;) {
    std::size_t from = to - 1;
    while (from > 0 && factor.begin[to] - factor.begin[from - 1] < entries_of_chunk) --from;
    for (const Slice& slice : slices) backwards_in_slice(factor, from, to, slice);
    to = from;
  }
}

void multiply_lanes(const RowsView& matrix, const Slice& x, const Slice& y) {
  assert(x.groups == y.groups);
  multiply_slice(matrix, x, y);
}

void remove_motions(const MotionsView& motions, std::span<double> u) {
  assert(u.size() == motions.size);
  remove_motions<Scalar, 1>(motions, u.data());
}

void remove_motions_of_lanes(const MotionsView& motions, const Slice& u) { remove_motions_of_slice(motions, u); }

}  // namespace nxmc
