#include "nxmc/model/energies.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <numeric>

#include "nxmc/arithmetic/chunks.hpp"

namespace nxmc {

namespace {

/// Sites whose occupants are one number, by which sums over them are looked up.
constexpr std::size_t group_size = 6;
constexpr std::size_t words_of_group = std::size_t{1} << group_size;
/// Groups that a group is paired with at the same time: their tables stay in the second cache.
constexpr std::size_t groups_at_once = 4;
/// Configurations that one thread works on at most: many, for each of them pays for a share of the tables.
constexpr std::size_t largest_chunk = 16384;

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
  std::vector<double> linear;  // [varying]
};

double field_of_frozen(const Kernel& V, const Partition& sites, Site i, std::size_t count) {
  double field = 0;
  for (std::size_t k = 0; k < count; ++k) field += sites.frozen_spin[k] * V.entry(i, sites.frozen[k]);
  return field;
}

Form make_form(const Kernel& V, const Partition& sites) {
  Form form;
  const std::vector<double> diagonal = V.diagonal();
  form.constant = 0.5 * std::accumulate(diagonal.begin(), diagonal.end(), 0.0);
  for (std::size_t k = 0; k < sites.frozen.size(); ++k)
    form.constant += sites.frozen_spin[k] * field_of_frozen(V, sites, sites.frozen[k], k);
  for (const Site i : sites.varying) form.linear.push_back(field_of_frozen(V, sites, i, sites.frozen.size()));
  return form;
}

double spin_in(std::size_t word, std::size_t site) { return (word >> site & 1U) != 0 ? 1 : -1; }

/// sum_k s_k weights_k for all words of spins, which is exact: weights are sums of multiples of 2^-grid.
void sums_of_words(const std::array<double, group_size>& weights, double* sums) {
  sums[0] = 0;
  for (const double weight : weights) sums[0] -= weight;
  for (std::size_t k = 0; k < group_size; ++k) {
    const std::size_t half = std::size_t{1} << k;
    for (std::size_t word = 0; word < half; ++word) sums[half + word] = sums[word] + 2 * weights[k];
  }
}

/// Groups of varying sites; the last one may have fewer.
class Groups {
 public:
  explicit Groups(const std::vector<Site>& varying) : varying_(varying) {}
  std::size_t count() const { return (varying_.size() + group_size - 1) / group_size; }
  /// Of the group's sites, by number; those that it lacks are not called for.
  template <class Visit>
  void visit(std::size_t group, Visit visit) const {
    for (std::size_t k = 0; k < group_size && group * group_size + k < varying_.size(); ++k)
      visit(k, group * group_size + k, varying_[group * group_size + k]);
  }

 private:
  const std::vector<Site>& varying_;
};

/// [word] what a group contributes by itself.
std::vector<double> own_table(const Kernel& V, const Form& form, const Groups& groups, std::size_t group) {
  std::vector<double> table(words_of_group, 0);
  for (std::size_t word = 0; word < words_of_group; ++word) {
    groups.visit(group, [&](std::size_t k, std::size_t number, Site i) {
      double field = form.linear[number];
      groups.visit(group, [&](std::size_t l, std::size_t, Site j) {
        if (l < k) field += V.entry(i, j) * spin_in(word, l);
      });
      table[word] += spin_in(word, k) * field;
    });
  }
  return table;
}

/// [word of a][word of b] sum_(i in a, j in b) V_ij s_i s_j.
void fill_pair_table(const Kernel& V, const Groups& groups, std::size_t a, std::size_t b, double* table) {
  std::array<std::array<double, words_of_group>, group_size> fields{};  // [site of b][word of a]
  groups.visit(b, [&](std::size_t l, std::size_t, Site j) {
    std::array<double, group_size> entries{};
    groups.visit(a, [&](std::size_t k, std::size_t, Site i) { entries[k] = V.entry(i, j); });
    sums_of_words(entries, fields[l].data());
  });
  for (std::size_t word = 0; word < words_of_group; ++word) {
    std::array<double, group_size> weights{};
    for (std::size_t l = 0; l < group_size; ++l) weights[l] = fields[l][word];
    sums_of_words(weights, table + word * words_of_group);
  }
}

/// The occupants of groups, [group][configuration].
class Words {
 public:
  Words(const PackedConfigurations& configurations, const Groups& groups, std::size_t first, std::size_t count)
      : count_(count), words_(groups.count() * count, 0) {
    for (std::size_t n = 0; n < count; ++n) {
      const std::uint8_t* bits = configurations.bits.data() + (first + n) * configurations.bytes_of_one();
      for (std::size_t group = 0; group < groups.count(); ++group)
        groups.visit(group, [&](std::size_t k, std::size_t, Site i) {
          const unsigned occupant = is_a(bits, static_cast<std::size_t>(i)) ? 1U : 0U;
          words_[group * count_ + n] = static_cast<std::uint8_t>(words_[group * count_ + n] | occupant << k);
        });
    }
  }
  const std::uint8_t* of(std::size_t group) const { return words_.data() + group * count_; }

 private:
  std::size_t count_;
  std::vector<std::uint8_t> words_;
};

void add_looked_up(const double* table, const std::uint8_t* rows, const std::uint8_t* columns, std::size_t count,
                   double* energies) {
  for (std::size_t n = 0; n < count; ++n) energies[n] += table[rows[n] * words_of_group + columns[n]];
}

/// The same of four tables, one after the other: the sums are those of four calls to the bit.
void add_four_looked_up(const double* tables, const std::uint8_t* rows,
                        const std::array<const std::uint8_t*, groups_at_once>& columns, std::size_t count,
                        double* energies) {
  constexpr std::size_t one = words_of_group * words_of_group;
  for (std::size_t n = 0; n < count; ++n) {
    const double* row = tables + rows[n] * words_of_group;
    energies[n] += row[columns[0][n]];
    energies[n] += row[one + columns[1][n]];
    energies[n] += row[2 * one + columns[2][n]];
    energies[n] += row[3 * one + columns[3][n]];
  }
}

/// Pairs within a group, and of each group with those before it.
void add_groups(const Kernel& V, const Form& form, const Groups& groups, const Words& occupants, std::size_t count,
                double* energies) {
  std::vector<double> tables(groups_at_once * words_of_group * words_of_group);
  for (std::size_t a = 0; a < groups.count(); ++a) {
    const std::uint8_t* rows = occupants.of(a);
    const std::vector<double> own = own_table(V, form, groups, a);
    for (std::size_t n = 0; n < count; ++n) energies[n] += own[rows[n]];
    std::size_t b = 0;
    for (; b + groups_at_once <= a; b += groups_at_once) {
      std::array<const std::uint8_t*, groups_at_once> columns{};
      for (std::size_t k = 0; k < groups_at_once; ++k) {
        fill_pair_table(V, groups, a, b + k, tables.data() + k * words_of_group * words_of_group);
        columns[k] = occupants.of(b + k);
      }
      add_four_looked_up(tables.data(), rows, columns, count, energies);
    }
    for (; b < a; ++b) {
      fill_pair_table(V, groups, a, b, tables.data());
      add_looked_up(tables.data(), rows, occupants.of(b), count, energies);
    }
  }
}

/// Calls work(first, count) for all of them in chunks, equally many for each thread.
template <class Work>
void for_each_chunk(std::size_t all, std::size_t threads, Work work) {
  if (all == 0) return;
  const std::size_t of_a_thread = (all + threads * largest_chunk - 1) / (threads * largest_chunk);
  const std::size_t chunk = (all + threads * of_a_thread - 1) / (threads * of_a_thread);
  in_parallel((all + chunk - 1) / chunk, threads,
              [&](std::size_t number) { work(number * chunk, std::min(chunk, all - number * chunk)); });
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
  const Groups groups(sites.varying);
  for_each_chunk(energies.size(), threads, [&](std::size_t first, std::size_t count) {
    const Words occupants(configurations, groups, first, count);
    std::fill_n(energies.begin() + static_cast<std::ptrdiff_t>(first), count, form.constant);
    add_groups(V, form, groups, occupants, count, energies.data() + first);
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
