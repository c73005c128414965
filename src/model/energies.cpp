#include "nxmc/model/energies.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <future>
#include <numeric>

#include "nxmc/arithmetic/processors.hpp"

namespace nxmc {

namespace {

/// Configurations side by side in the lanes of vectors.
constexpr std::size_t lanes = 8;
/// Rows of a tile whose sums are held in registers at the same time.
constexpr std::size_t rows_at_once = 4;
// A tile stays in the second cache while many configurations go past it.
constexpr std::size_t tile_rows = 64;
constexpr std::size_t tile_columns = 256;
/// Configurations that one thread holds as doubles.
constexpr std::size_t chunk = 512;

using Doubles [[gnu::vector_size(lanes * sizeof(double))]] = double;

[[gnu::always_inline]] inline void load(const double* from, Doubles& to) { std::memcpy(&to, from, sizeof to); }
[[gnu::always_inline]] inline void store(const Doubles& from, double* to) { std::memcpy(to, &from, sizeof from); }

bool is_a(const std::uint8_t* bits, std::size_t site) { return (bits[site / 8] >> (site % 8) & 1U) != 0; }

/// Sites that have the same occupant in all configurations, and the others.
struct Partition {
  std::vector<Site> varying;
  std::vector<Site> frozen;
  std::vector<double> frozen_spin;
};

Partition partition(const PackedConfigurations& configurations) {
  const std::size_t bytes = configurations.bytes_of_one();
  std::vector<std::uint8_t> always(bytes, 0xff);
  std::vector<std::uint8_t> ever(bytes, 0);
  for (std::size_t n = 0; n < configurations.count(); ++n) {
    const std::span<const std::uint8_t> one = configurations.bits.subspan(n * bytes, bytes);
    for (std::size_t k = 0; k < bytes; ++k) {
      always[k] &= one[k];
      ever[k] |= one[k];
    }
  }
  Partition sites;
  for (std::size_t i = 0; i < configurations.sites; ++i) {
    if (is_a(always.data(), i) == is_a(ever.data(), i)) {
      sites.frozen.push_back(static_cast<Site>(i));
      sites.frozen_spin.push_back(is_a(ever.data(), i) ? 1 : -1);
    } else {
      sites.varying.push_back(static_cast<Site>(i));
    }
  }
  return sites;
}

/// The energy as a function of the spins s of the varying sites: constant + sum_i s_i (linear_i + sum_(j<i) V_ij s_j).
struct Form {
  double constant = 0;
  std::vector<double> linear;  // [varying], padded with zeros to whole groups of rows
};

double field_of_frozen(const Kernel& V, const Partition& sites, Site i, std::size_t count) {
  double field = 0;
  for (std::size_t k = 0; k < count; ++k) field += sites.frozen_spin[k] * V.entry(i, sites.frozen[k]);
  return field;
}

std::size_t rounded_up(std::size_t n, std::size_t unit) { return (n + unit - 1) / unit * unit; }

Form make_form(const Kernel& V, const Partition& sites) {
  Form form;
  const std::vector<double> diagonal = V.diagonal();
  form.constant = 0.5 * std::accumulate(diagonal.begin(), diagonal.end(), 0.0);
  for (std::size_t k = 0; k < sites.frozen.size(); ++k)
    form.constant += sites.frozen_spin[k] * field_of_frozen(V, sites, sites.frozen[k], k);
  for (const Site i : sites.varying) form.linear.push_back(field_of_frozen(V, sites, i, sites.frozen.size()));
  form.linear.resize(rounded_up(form.linear.size(), rows_at_once), 0);
  return form;
}

/// Part of the lower triangle of V over the varying sites; zeros elsewhere.
struct Tile {
  std::size_t first_row = 0;
  std::size_t rows = 0;
  std::size_t first_column = 0;
  std::size_t columns = 0;
  std::vector<double> values;  // [row][column]
};

void fill(Tile& tile, const Kernel& V, const std::vector<Site>& varying) {
  tile.values.assign(tile.rows * tile.columns, 0);
  for (std::size_t r = 0; r < tile.rows && tile.first_row + r < varying.size(); ++r) {
    const std::size_t i = tile.first_row + r;
    for (std::size_t c = 0; c < tile.columns && tile.first_column + c < i; ++c)
      tile.values[r * tile.columns + c] = V.entry(varying[i], varying[tile.first_column + c]);
  }
}

// The fields are sums of multiples of 2^-grid and products with +1 and -1: exact, fused or not, on every processor.
NXMC_FOR_EACH_PROCESSOR
void add_tile(const double* values, std::size_t rows, std::size_t columns, const double* row_spins,
              const double* column_spins, double* energies) {
  Doubles total;
  load(energies, total);
  for (std::size_t r = 0; r < rows; r += rows_at_once) {
    const double* v = values + r * columns;
    Doubles f0{};
    Doubles f1{};
    Doubles f2{};
    Doubles f3{};
    for (std::size_t c = 0; c < columns; ++c) {
      Doubles s;
      load(column_spins + c * lanes, s);
      f0 += v[c] * s;
      f1 += v[columns + c] * s;
      f2 += v[2 * columns + c] * s;
      f3 += v[3 * columns + c] * s;
    }
    const double* own = row_spins + r * lanes;
    Doubles s0;
    Doubles s1;
    Doubles s2;
    Doubles s3;
    load(own, s0);
    load(own + lanes, s1);
    load(own + 2 * lanes, s2);
    load(own + 3 * lanes, s3);
    total += s0 * f0;
    total += s1 * f1;
    total += s2 * f2;
    total += s3 * f3;
  }
  store(total, energies);
}

/// Spins of up to `chunk` configurations, [group of lanes][varying site, padded][lane].
class Spins {
 public:
  Spins(const PackedConfigurations& configurations, const std::vector<Site>& varying, std::size_t first,
        std::size_t count)
      : sites_(rounded_up(varying.size(), rows_at_once)), groups_((count + lanes - 1) / lanes) {
    values_.assign(groups_ * sites_ * lanes, 0);
    for (std::size_t k = 0; k < count; ++k) {
      const std::uint8_t* bits = configurations.bits.data() + (first + k) * configurations.bytes_of_one();
      double* spins = values_.data() + k / lanes * sites_ * lanes + k % lanes;
      for (std::size_t i = 0; i < varying.size(); ++i)
        spins[i * lanes] = is_a(bits, static_cast<std::size_t>(varying[i])) ? 1 : -1;
    }
  }
  std::size_t groups() const { return groups_; }
  std::size_t sites() const { return sites_; }
  const double* of(std::size_t group, std::size_t site) const {
    return values_.data() + (group * sites_ + site) * lanes;
  }

 private:
  std::size_t sites_;
  std::size_t groups_;
  std::vector<double> values_;
};

void add_linear(const Form& form, const Spins& spins, std::vector<double>& energies) {
  for (std::size_t group = 0; group < spins.groups(); ++group)
    for (std::size_t i = 0; i < form.linear.size(); ++i)
      for (std::size_t lane = 0; lane < lanes; ++lane)
        energies[group * lanes + lane] += form.linear[i] * spins.of(group, i)[lane];
}

void add_pairs(const Kernel& V, const std::vector<Site>& varying, const Spins& spins, std::vector<double>& energies) {
  Tile tile;
  for (tile.first_row = 0; tile.first_row < spins.sites(); tile.first_row += tile_rows) {
    tile.rows = std::min(tile_rows, spins.sites() - tile.first_row);
    const std::size_t end = std::min(tile.first_row + tile.rows, varying.size());
    for (tile.first_column = 0; tile.first_column < end; tile.first_column += tile_columns) {
      tile.columns = std::min(tile_columns, end - tile.first_column);
      fill(tile, V, varying);
      for (std::size_t group = 0; group < spins.groups(); ++group)
        add_tile(tile.values.data(), tile.rows, tile.columns, spins.of(group, tile.first_row),
                 spins.of(group, tile.first_column), energies.data() + group * lanes);
    }
  }
}

/// Calls work(first, count) for all of the chunks, on several threads.
template <class Work>
void for_each_chunk(std::size_t all, std::size_t threads, Work work) {
  const auto some = [&](std::size_t thread) {
    for (std::size_t first = thread * chunk; first < all; first += threads * chunk)
      work(first, std::min(chunk, all - first));
  };
  std::vector<std::future<void>> others;
  for (std::size_t thread = 1; thread < threads && thread * chunk < all; ++thread)
    others.push_back(std::async(std::launch::async, some, thread));
  some(0);
  for (std::future<void>& other : others) other.get();
}

/// m sum_i (V 1 + V_ii)_i sigma_i: how the published program's swaps see the mean.
class MeanField {
 public:
  explicit MeanField(const Kernel& V) : weights_(V.row_sums()) {
    const std::vector<double> diagonal = V.diagonal();
    for (std::size_t i = 0; i < weights_.size(); ++i) weights_[i] += diagonal[i];
  }
  double operator()(const std::uint8_t* bits) const {
    double sum = 0;
    double weighted = 0;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      const double spin = is_a(bits, i) ? 1 : -1;
      sum += spin;
      weighted += spin * weights_[i];
    }
    return sum / static_cast<double>(weights_.size()) * weighted;
  }

 private:
  std::vector<double> weights_;
};

}  // namespace

std::vector<double> elastic_energies(const Kernel& V, Hamiltonian hamiltonian,
                                     const PackedConfigurations& configurations, std::size_t threads) {
  assert(V.sites() == configurations.sites);
  assert(configurations.bits.size() == configurations.count() * configurations.bytes_of_one());
  std::vector<double> energies(configurations.count());
  const Partition sites = partition(configurations);
  const Form form = make_form(V, sites);
  for_each_chunk(energies.size(), threads, [&](std::size_t first, std::size_t count) {
    const Spins spins(configurations, sites.varying, first, count);
    std::vector<double> of_lanes(spins.groups() * lanes, form.constant);
    add_linear(form, spins, of_lanes);
    add_pairs(V, sites.varying, spins, of_lanes);
    std::copy_n(of_lanes.begin(), count, energies.begin() + static_cast<std::ptrdiff_t>(first));
  });
  if (hamiltonian == Hamiltonian::published) {
    const MeanField mean_field(V);
    for (std::size_t k = 0; k < energies.size(); ++k)
      energies[k] -= mean_field(configurations.bits.data() + k * configurations.bytes_of_one());
  }
  return energies;
}

std::vector<double> bond_sums(const Lattice& lattice, const PackedConfigurations& configurations, std::size_t threads) {
  assert(lattice.sites() == configurations.sites);
  std::vector<double> sums(configurations.count());
  for_each_chunk(sums.size(), threads, [&](std::size_t first, std::size_t count) {
    for (std::size_t k = first; k < first + count; ++k) {
      const std::uint8_t* bits = configurations.bits.data() + k * configurations.bytes_of_one();
      std::int64_t sum = 0;
      for (std::size_t i = 0; i < configurations.sites; ++i) {
        for (const Site j : lattice.neighbours(static_cast<Site>(i)))
          if (j > static_cast<Site>(i)) sum += is_a(bits, i) == is_a(bits, static_cast<std::size_t>(j)) ? 1 : -1;
      }
      sums[k] = static_cast<double>(sum);
    }
  });
  return sums;
}

}  // namespace nxmc
