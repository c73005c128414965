// The bounds of every number in a campaign file, in one table. They are far beyond anything physical, and close enough
// that no energy, rate or elastic constant within them leaves the range of a double: what is refused here would only
// end as a job without finite results.
#pragma once

#include "nxmc/yaml/numbers.hpp"

namespace nxmc {

// ---- counts

/// More values than that in one list or range are a mistake.
inline constexpr double most_values_of_an_axis = 100'000;

inline constexpr NumberRule points_bounds{
    .allowed = "a whole number from 1 to 100000", .low = 1, .high = most_values_of_an_axis, .whole = true};
inline constexpr NumberRule replicas_bounds{
    .allowed = "a whole number from 1 to 1000000", .low = 1, .high = 1e6, .whole = true};
inline constexpr NumberRule sweeps_bounds{
    .allowed = "a whole number from 0 to 1e15", .low = 0, .high = 1e15, .whole = true};
/// Configurations that a chain keeps.
inline constexpr NumberRule samples_bounds{
    .allowed = "a whole number from 1 to 1000000", .low = 1, .high = 1e6, .whole = true};
/// Of what must happen at least once: measured sweeps, intervals, events.
inline constexpr NumberRule positive_count_bounds{
    .allowed = "a whole number from 1 to 1e15", .low = 1, .high = 1e15, .whole = true};

// ---- errors of averages

/// As a number, or as a percentage of the average.
inline constexpr NumberRule precision_bounds{
    .allowed = "a number from 1e-12 to 1e12, or a percentage", .low = 1e-12, .high = 1e12};

/// Of transitions along an axis.
inline constexpr NumberRule tolerance_bounds{.allowed = "a number from 1e-6 to 1e6", .low = 1e-6, .high = 1e6};
/// Of an order parameter, at which the sides of a transition are told apart.
inline constexpr NumberRule split_bounds{
    .allowed = "a number from 1e-6 to 0.999999 (fraction of sites)", .low = 1e-6, .high = 0.999999};
/// Of an order parameter.
inline constexpr NumberRule fraction_bounds{.allowed = "a number from 0 to 1 (fraction of sites)", .low = 0, .high = 1};
inline constexpr NumberRule windows_bounds{
    .allowed = "a whole number from 2 to 1000", .low = 2, .high = 1000, .whole = true};
inline constexpr NumberRule placed_points_bounds{
    .allowed = "a whole number from 1 to 1000", .low = 1, .high = 1000, .whole = true};

// ---- crystals

inline constexpr NumberRule size_bounds{.allowed = "a whole number from 1 to 100000 (sites along an edge of the core)",
                                        .low = 1,
                                        .high = 100'000,
                                        .whole = true};
inline constexpr NumberRule layers_bounds{
    .allowed = "a whole number from 0 to 1000 (layers of sites)", .low = 0, .high = 1000, .whole = true};
/// Beyond them the elastic matrix is singular in double precision.
inline constexpr NumberRule stiffness_bounds{
    .allowed = "a number from 1e-6 to 1e6 (K_shell/K)", .low = 1e-6, .high = 1e6};
inline constexpr NumberRule composition_bounds{
    .allowed = "a number from 0 to 1, or a fraction like 1/3 (of A in the core)",
    .low = 0,
    .high = 1,
    .fraction = true};

// ---- energies: their quotients by k_BT stay below 1e12 times what the bonds of a site add up to

inline constexpr NumberRule temperature_bounds{
    .allowed = "a number from 1e-6 to 1e6 (k_BT in the unit of energy)", .low = 1e-6, .high = 1e6};
inline constexpr NumberRule delta_mu_bounds{
    .allowed = "a number from -1e6 to 1e6 (in the unit of energy)", .low = -1e6, .high = 1e6};
inline constexpr NumberRule elastic_bounds{
    .allowed = "a number from 1e-6 to 1e6 (the weight of V; 1 in the papers)", .low = 1e-6, .high = 1e6};
inline constexpr NumberRule ising_bounds{
    .allowed = "a number from -1e6 to 1e6 (J in epsilon)", .low = -1e6, .high = 1e6};

// ---- times and rates: strongly driven crystals begin at 1e-32

inline constexpr NumberRule time_bounds{
    .allowed = "a time, 0 or a number from 1e-300 to 1e300", .low = 1e-300, .high = 1e300, .or_zero = true};
inline constexpr NumberRule exchange_rate_bounds{.allowed = "a number from 1e-9 to 1e9", .low = 1e-9, .high = 1e9};
inline constexpr NumberRule exchange_rate_of_stage_bounds{
    .allowed = "a number from 1e-9 to 1e9; without exchange a stage has 'exchange: off'", .low = 1e-9, .high = 1e9};
inline constexpr NumberRule diffusion_rate_bounds{
    .allowed = "0 or a number from 1e-9 to 1e9", .low = 1e-9, .high = 1e9, .or_zero = true};

inline constexpr NumberRule share_bounds{.allowed = "a number from 0 to 1 (of Delta E)", .low = 0, .high = 1};

// ---- stages

inline constexpr NumberRule repeat_bounds{
    .allowed = "a whole number from 1 to 1000", .low = 1, .high = 1000, .whole = true};
/// Of a ramp, its first value and its last one included.
inline constexpr NumberRule steps_bounds{
    .allowed = "a whole number from 2 to 1000", .low = 2, .high = 1000, .whole = true};

}  // namespace nxmc
