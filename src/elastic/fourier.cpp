#include "fourier.hpp"

#include <algorithm>
#include <cassert>
#include <cstdint>

#include "abandonable.hpp"
#include "nxmc/arithmetic/root_of_unity.hpp"

namespace nxmc {

CellTransform::CellTransform(const LatticeSpec& spec) {
  assert(spec.periodic());
  for (std::size_t k = 0; k < edges_.size(); ++k) {
    edges_[k] = static_cast<std::size_t>(std::max(spec.size[k], 1));
    const auto edge = static_cast<std::int64_t>(edges_[k]);
    for (std::int64_t n = 0; n < edge; ++n) roots_[k].push_back(root_of_unity(n, edge));
  }
}

void CellTransform::forward(std::vector<Complex>& values, const std::function<bool()>& must_stop) const {
  transform(values, Sign::minus, must_stop);
}
void CellTransform::backward(std::vector<Complex>& values, const std::function<bool()>& must_stop) const {
  transform(values, Sign::plus, must_stop);
}

void CellTransform::transform(std::vector<Complex>& values, Sign sign, const std::function<bool()>& must_stop) const {
  assert(values.size() == edges_[0] * edges_[1] * edges_[2]);
  for (std::size_t edge = 0; edge < edges_.size(); ++edge)
    if (edges_[edge] > 1) transform_along(edge, values, sign, must_stop);
}

void CellTransform::transform_along(std::size_t edge, std::vector<Complex>& values, Sign sign,
                                    const std::function<bool()>& must_stop) const {
  const std::size_t length = edges_[edge];
  std::size_t stride = 1;
  for (std::size_t k = edge + 1; k < edges_.size(); ++k) stride *= edges_[k];
  std::vector<Complex> line(length);
  for (std::size_t first = 0; first < values.size(); ++first) {
    if (first / stride % length != 0) continue;
    for (std::size_t n = 0; n < length; ++n) line[n] = values[first + n * stride];
    for (std::size_t m = 0; m < length; ++m) {
      constexpr std::size_t sums_between_looks = 64;
      if (m % sums_between_looks == 0) abandon_if(must_stop);
      Complex sum = 0;
      for (std::size_t n = 0, turn = 0; n < length; ++n, turn = (turn + m) % length) {
        const Complex& root = roots_[edge][turn];
        const double sine = sign == Sign::plus ? root.imag() : -root.imag();
        sum += Complex(line[n].real() * root.real() - line[n].imag() * sine,
                       line[n].real() * sine + line[n].imag() * root.real());
      }
      values[first + m * stride] = sum;
    }
  }
}

}  // namespace nxmc
