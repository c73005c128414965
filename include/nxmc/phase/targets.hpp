// States that somebody asks for: "shell_stiffness=10.82, temperature=0.2:0.22:0.005".
#pragma once

#include <string>
#include <vector>

#include "nxmc/phase/sample_set.hpp"

namespace nxmc {

/// What a parameter shall be: numbers, or words of `hamiltonian`.
struct Targets {
  std::vector<double> shell_stiffness;
  std::vector<double> temperature;
  std::vector<double> delta_mu;
  std::vector<double> elastic;  ///< weight of the elastic part
  std::vector<double> ising;    ///< J
  std::vector<Hamiltonian> hamiltonian;
};

/// `parameter=values` separated by commas; values are one, a list [a, b, c] or a range from:to:step, both ends
/// included. \throws QueryError that says what is wrong, and with what to write instead
Targets parse_targets(const std::string& text);

/// Every combination of what is asked for, with the other parameters as in the states that were measured. Ascending,
/// each once. None with a delta_mu where the composition is fixed, none of the published Hamiltonian where it
/// fluctuates.
std::vector<SampledState> states_at(const Targets& targets, const SampleSet& samples);

}  // namespace nxmc
