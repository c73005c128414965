// Columns of queries that this module knows: made where a query names them.
#pragma once

#include <array>
#include <memory>

#include "known_evidence.hpp"
#include "nxmc/archive/archive.hpp"
#include "nxmc/query/columns.hpp"
#include "nxmc/query/joined_column.hpp"

namespace nxmc {

inline constexpr DescribedColumn verdict_line{
    "verdict", "", "word", "label",
    "whether averages of its point can be believed: converged, one start, short or metastable"};
inline constexpr DescribedColumn reason_line{
    "reason", "", "word", "label",
    "why the job is there: the campaign asks for it, it was placed by 'refine', or its chain went on (longer)"};
inline constexpr DescribedColumn r_hat_line{"r_hat", "1", "real", "measured",
                                            "split R-hat of f_U, in 3D or of f_C, where it fluctuates or of c, along "
                                            "the samples of all chains of its point: above 1.05 they disagree"};
inline constexpr DescribedColumn crossings_line{
    "crossings", "1", "real", "measured",
    "passages between the two states of its point, from sample to sample; missing where its samples show one state"};
inline constexpr DescribedColumn unequilibrated_line{
    "unequilibrated", "sweeps", "real", "measured",
    "measured sweeps at the beginning of a chain that still remember its start"};
inline constexpr DescribedColumn kelvin_line{"kelvin", "K", "real", "measured",
                                             "its temperature, where the campaign names a material"};
inline constexpr DescribedColumn unit_energy_line{"unit_energy", "eV", "real", "measured",
                                                  "its unit of energy, where the campaign names a material"};
inline constexpr DescribedColumn unit_length_line{"unit_length", "angstrom", "real", "measured",
                                                  "from a site to the next, where the campaign names a material"};
inline constexpr DescribedColumn unit_time_line{
    "unit_time", "s", "real", "measured",
    "its unit of time, where the campaign has attempt rates and the ratio of its rates is theirs"};
inline constexpr std::array columns_on_request{verdict_line,     reason_line,         r_hat_line,
                                               crossings_line,   unequilibrated_line, kelvin_line,
                                               unit_energy_line, unit_length_line,    unit_time_line};

/// The column `verdict`: of a job that of its point, whatever else is chosen; of averages the worst of the points that
/// they are of, judged by the chains that were chosen, and by their samples. Missing where there are no equilibrium
/// results.
JoinedColumn verdict_column(const std::shared_ptr<KnownEvidence>& evidence);

/// The columns `r_hat`, `crossings` and `unequilibrated`: of a job what is known of it, or of its point; of averages
/// over the chains that were chosen: the worst R-hat of their points, the sum of crossings, the longest beginning.
std::vector<JoinedColumn> evidence_columns(const std::shared_ptr<KnownEvidence>& evidence);

/// The column `reason`. `campaign`: the file asks for the job; `placed`: a point that the campaign placed itself
/// (`refine`); `longer`: its chain went on (`refine`, `until`); `before`: an earlier version of the file asked for it.
/// Missing where this version does not understand the file. \pre the archive outlives it
JoinedColumn reason_column(const Archive& archive);

/// The columns `kelvin`, `unit_energy`, `unit_length` and `unit_time` of jobs; of averages missing unless they are over
/// rows that agree in all that these follow from. \pre the archive outlives them
std::vector<JoinedColumn> unit_columns(const Archive& archive);

}  // namespace nxmc
