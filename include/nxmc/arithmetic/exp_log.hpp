// exp and log with the same bits on every machine. The C library's differ between versions and processors, and a
// trajectory that depends on them could not be resumed elsewhere.
//
// Only IEEE additions, multiplications and divisions in a fixed order, and shifts of bit patterns. Coefficients are
// minimax (Remez) fits, so that the error of the polynomials stays below 0.04 units in the last place.
#pragma once

#include <bit>
#include <cfloat>
#include <cmath>
#include <cstdint>
#include <span>

namespace nxmc {

static_assert(FLT_EVAL_METHOD == 0, "nxmc needs double arithmetic without excess precision (x87 has it)");

/// e^x to within 1 unit in the last place, gradual underflow included; +inf above 709.78, 0 below -745.2, NaN for NaN.
///
/// Without branches, so that compilers vectorise loops over it; every lane of every width gives the same bits.
/// e^x = 2^k e^r with r = x - k ln 2, |r| <= (ln 2)/2 (Cody and Waite 1980).
[[gnu::always_inline]] inline double portable_exp(double x) {
  // Beyond this bound the result is 0 or +inf anyway. A comparison in this order passes NaN on, and a single one keeps
  // the function free of control flow: GCC merges two into a branch that may not be speculated, and stops vectorising.
  constexpr double bound = 746.0;
  const double magnitude = std::fabs(x);
  x = std::copysign(bound < magnitude ? bound : magnitude, x);

  // Adding 1.5 * 2^52 rounds to an integer and leaves it in the low bits; 2046 more makes it 2 * 1023 + k, which halves
  // into two biased exponents.
  constexpr double integer_shift = 0x1.8p52 + 2046.0;
  constexpr double log2_e = 0x1.71547652b82fep+0;
  constexpr double ln2_high = 0x1.62e42fefa38p-1;  // 41 bits: its product with k is exact
  constexpr double ln2_low = 0x1.ef35793c7673p-45;
  const double shifted = x * log2_e + integer_shift;
  const double k = shifted - integer_shift;
  const double r_high = x - k * ln2_high;
  const double r_low = k * ln2_low;
  const double r = r_high - r_low;

  // e^r = 1 + r + r^2 q(r), where r enters the linear term unrounded, as r_high - r_low. Estrin's scheme: short
  // dependency chains for the accept step of Metropolis, which waits for it.
  const double r2 = r * r;
  const double r4 = r2 * r2;
  const double q01 = 0x1.000000000000ap-1 + r * 0x1.55555555554f8p-3;
  const double q23 = 0x1.5555555550754p-5 + r * 0x1.1111111128173p-7;
  const double q45 = 0x1.6c16c1846fc26p-10 + r * 0x1.a01a0128fd34dp-13;
  const double q67 = 0x1.a019994466ed1p-16 + r * 0x1.71df27213941fp-19;
  const double q89 = 0x1.28ae345d4da14p-22 + r * 0x1.ad7e86dfc8893p-26;
  const double q = (q01 + r2 * q23) + r4 * ((q45 + r2 * q67) + r4 * q89);
  const double exp_r = 1.0 + (r_high + (r2 * q - r_low));

  // 2^k as a product of two normal powers: k itself reaches from -1076 to 1076, where 2^k is no normal number.
  const auto exponents = std::bit_cast<std::uint64_t>(shifted);
  const std::uint64_t lower_half = exponents >> 1U;
  const auto scale_1 = std::bit_cast<double>(lower_half << 52U);
  const auto scale_2 = std::bit_cast<double>((exponents - lower_half) << 52U);
  return (exp_r * scale_1) * scale_2;
}

/// Replaces each value by its exponential; the same bits as the scalar function, on every processor.
void portable_exp(std::span<double> values);

/// Natural logarithm to within 1 unit in the last place for positive normal and subnormal x; -inf for 0, NaN below.
double portable_log(double x);

}  // namespace nxmc
