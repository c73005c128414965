#include "nxmc/arithmetic/exp_log.hpp"

#include <limits>

#include "nxmc/arithmetic/processors.hpp"

namespace nxmc {

NXMC_FOR_EACH_PROCESSOR
void portable_exp(std::span<double> values) {
  for (double& value : values) value = portable_exp(value);
}

// log x = k ln 2 + log(1 + f) with 1 + f in [sqrt(1/2), sqrt 2), and
// log(1 + f) = 2 artanh s = 2s + s^3 R(s^2) with s = f / (2 + f), summed so that the leading term f is exact.
double portable_log(double x) {
  using Limits = std::numeric_limits<double>;
  if (!(x > 0)) return x == 0 ? -Limits::infinity() : Limits::quiet_NaN();
  if (x == Limits::infinity()) return x;

  constexpr auto one = std::bit_cast<std::uint64_t>(1.0);
  constexpr auto sqrt_half = std::bit_cast<std::uint64_t>(0x1.6a09e667f3bcdp-1);
  constexpr std::uint64_t mantissa_bits = 0x000fffffffffffffU;
  const bool subnormal = x < Limits::min();
  const auto pattern = std::bit_cast<std::uint64_t>(subnormal ? x * 0x1p54 : x);
  // Shifting the origin of mantissas to sqrt(1/2) makes the exponent field count from there.
  const std::uint64_t from_sqrt_half = pattern + (one - sqrt_half);
  const auto k = static_cast<double>(static_cast<int>(from_sqrt_half >> 52U) - (subnormal ? 1023 + 54 : 1023));
  const double f = std::bit_cast<double>((from_sqrt_half & mantissa_bits) + sqrt_half) - 1.0;

  constexpr double ln2_high = 0x1.62e42fefa38p-1;  // 41 bits: its product with k is exact
  constexpr double ln2_low = 0x1.ef35793c7673p-45;
  const double s = f / (2.0 + f);
  const double z = s * s;
  const double z2 = z * z;
  const double r01 = 0x1.5555555555593p-1 + z * 0x1.999999997fb31p-2;
  const double r23 = 0x1.2492494217a3cp-2 + z * 0x1.c71c51e7f534ep-3;
  const double r45 = 0x1.7466462d0ac72p-3 + z * 0x1.39a0f4f47802ap-3;
  const double r6 = 0x1.2f0d8f2f1bd71p-3;
  const double R = z * ((r01 + z2 * r23) + (z2 * z2) * (r45 + z2 * r6));
  const double half_f2 = 0.5 * f * f;
  // 2s = f - s f = f - f^2/2 + s f^2/2
  return k * ln2_high - ((half_f2 - (s * (half_f2 + R) + k * ln2_low)) - f);
}

}  // namespace nxmc
