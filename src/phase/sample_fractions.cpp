#include "sample_fractions.hpp"

#include <bit>
#include <cmath>

#include "nxmc/arithmetic/chunks.hpp"
#include "nxmc/engine/record.hpp"
#include "nxmc/model/energies.hpp"
#include "nxmc/observe/phases.hpp"

namespace nxmc {

std::vector<std::vector<double>> fractions_of_samples(const Lattice& lattice, std::span<const std::uint8_t> bits,
                                                      std::size_t threads) {
  const PackedConfigurations configurations{bits, lattice.sites()};
  const std::vector<Site> interior = interior_of_core(lattice);
  const auto sites = static_cast<double>(interior.size());
  const std::size_t bytes = configurations.bytes_of_one();
  std::vector<std::vector<double>> fractions(fraction_columns().size(), std::vector<double>(configurations.count()));
  for_each_chunk(configurations.count(), threads, [&](const Chunk& chunk) {
    for (std::size_t n = chunk.first; n < chunk.last; ++n) {
      const std::span<const std::uint8_t> one = bits.subspan(n * bytes, bytes);
      const Occupation sigma = unpack_bits({one.begin(), one.end()}, lattice.sites());
      const std::vector<double> values =
          values_of_columns(phase_fractions(lattice, sigma, interior), lattice.dimension);
      // Sums of fractions differ in their last digits though they are of as many sites, which ranks must not see.
      for (std::size_t k = 0; k < values.size(); ++k) fractions[k][n] = std::round(values[k] * sites) / sites;
    }
  });
  return fractions;
}

std::vector<double> core_compositions(const Lattice& lattice, std::span<const std::uint8_t> bits) {
  const std::size_t bytes = PackedConfigurations{bits, lattice.sites()}.bytes_of_one();
  std::vector<double> compositions;
  for (std::size_t first = 0; first < bits.size(); first += bytes) {
    int a = 0;
    for (const std::uint8_t byte : bits.subspan(first, bytes)) a += std::popcount(byte);
    compositions.push_back(a / static_cast<double>(lattice.core.size()));
  }
  return compositions;
}

}  // namespace nxmc
