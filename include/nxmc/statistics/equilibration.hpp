// How much of the beginning of a chain still remembers its start.
#pragma once

#include <cstddef>
#include <span>

namespace nxmc {

struct Equilibration {
  std::size_t discarded = 0;     ///< leading values that are not equilibrated
  double effective_samples = 0;  ///< of those that are left; all of them where these are constant
};

/// The part of a series that is left when its beginning is cut so that the rest has the most effective samples
/// (Chodera, J. Chem. Theory Comput. 12, 1799, 2016): values that drift lengthen the autocorrelation time by more than
/// they add.
///
/// That maximum is flat and noisy, so the earliest of 64 evenly spaced places is taken that has 90 % of it: what is
/// left of the drift then costs less than half an error bar of the mean. A rest that is constant counts as so many
/// independent values: a chain that ends up in a state that it never leaves is equilibrated from there on.
/// Series of more than 1023 values are averaged over bins first.
///
/// A chain that sits in a metastable state looks equilibrated: the answer must not be trusted alone. Less than 4
/// values: nothing is cut.
Equilibration equilibrated_part(std::span<const double> values);

}  // namespace nxmc
