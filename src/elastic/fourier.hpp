// Fourier transforms over the cells of a periodic crystal.
#pragma once

#include <array>
#include <complex>
#include <functional>
#include <vector>

#include "nxmc/lattice/lattice.hpp"

namespace nxmc {

using Complex = std::complex<double>;

/// Sums along each edge, written out: edges have at most some hundred sites, and libraries add in orders that depend on
/// the processor, which would give the same configuration other areas elsewhere.
class CellTransform {
 public:
  /// \pre a periodic crystal
  explicit CellTransform(const LatticeSpec& spec);

  /// values[m] becomes sum_R values[R] exp(-2 pi i m . R / L): cells and wave numbers in the order of sites.
  /// \param must_stop  asked again and again \throws BuildingAbandoned once it says so
  void forward(std::vector<Complex>& values, const std::function<bool()>& must_stop = {}) const;
  /// values[R] becomes sum_m values[m] exp(+2 pi i m . R / L), without the factor 1/N.
  void backward(std::vector<Complex>& values, const std::function<bool()>& must_stop = {}) const;

 private:
  enum class Sign { minus, plus };
  void transform(std::vector<Complex>& values, Sign sign, const std::function<bool()>& must_stop) const;
  void transform_along(std::size_t edge, std::vector<Complex>& values, Sign sign,
                       const std::function<bool()>& must_stop) const;

  std::array<std::size_t, 3> edges_{};         // 1 where there is none
  std::array<std::vector<Complex>, 3> roots_;  // [edge][n] exp(2 pi i n / L)
};

}  // namespace nxmc
