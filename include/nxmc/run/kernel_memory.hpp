// Whether the kernels of a plan fit into the memory of a node, by the rule that a run goes by.
#pragma once

#include <optional>
#include <string>

#include "nxmc/campaign/plan.hpp"

namespace nxmc {

/// Of what is available, the part that kernels may take unless --memory says otherwise; chains and buffers need the
/// rest.
inline constexpr double share_for_kernels = 0.8;

/// What kernels may take on this node unless --memory says otherwise, in bytes.
double default_kernel_memory();

/// Why a run would refuse the plan where kernels may take this many bytes of a node; nullopt when it would not.
std::optional<std::string> kernel_too_large(const Plan& plan, double bytes);

}  // namespace nxmc
