// Displacements of several configurations side by side: a number that belongs to the crystal, an entry of a factor or
// of a matrix, is read once and meets a lane of each of them. Lanes never mix, and each sees the sums that its
// configuration alone would see, in the same order: neither how many there are nor the processor changes a bit.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace nxmc {

/// Wide enough for the registers of any processor.
inline constexpr std::size_t lanes_of_group = 8;

/// [rows][groups][lanes of a group] for one or two groups. What fits the nearest cache with eight lanes a row waits for
/// additions; more than sixteen do not fit.
struct Slice {
  double* numbers = nullptr;
  std::size_t groups = 0;
};
inline constexpr std::size_t most_groups = 2;
inline std::size_t lanes_of(const Slice& slice) { return slice.groups * lanes_of_group; }

/// Numbers aligned as vector registers want them.
struct alignas(64) Group {
  std::array<double, lanes_of_group> lane;
};

/// L D L^T, L with unit diagonal and stored column by column, rows ascending, without the diagonal.
struct FactorView {
  std::size_t size = 0;
  const std::int64_t* begin = nullptr;  ///< [size + 1] of each column
  const std::int64_t* row = nullptr;
  const double* value = nullptr;
  const double* pivot = nullptr;  ///< [size]
};

/// x <- (L D L^T)^-1 x in all slices, of as many rows as the factor has.
void solve_lanes(const FactorView& factor, std::span<const Slice> slices);

/// A matrix that is stored row by row.
struct RowsView {
  std::size_t rows = 0;
  const std::int64_t* begin = nullptr;  ///< [rows + 1]
  const std::int64_t* column = nullptr;
  const double* value = nullptr;
};

/// y <- A x
void multiply_lanes(const RowsView& matrix, const Slice& x, const Slice& y);

/// Columns of `size` numbers that are orthogonal and of length 1.
struct MotionsView {
  std::size_t size = 0;
  std::size_t count = 0;
  const double* values = nullptr;  ///< [count][size]
};

/// What is left of u without its components along the motions, one motion after the other. \pre size is 4 at least
void remove_motions(const MotionsView& motions, std::span<double> u);
void remove_motions_of_lanes(const MotionsView& motions, const Slice& u);

}  // namespace nxmc
