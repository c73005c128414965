// What a run takes of the memory of a node, by the rule that the run itself goes by.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <string>

#include "nxmc/campaign/plan.hpp"
#include "nxmc/node/memory_limits.hpp"

namespace nxmc {

/// What a run may take of a node: all ranks there together, programs and shared kernels included.
struct NodeMemory {
  double bytes = 0;
  int ranks = 1;
  double fixed = 0;  ///< of these bytes, what programs and the plan take
  /// What one process may take for kernels, crystals and chains by a limit of its own, and that limit's name.
  double process_bytes = std::numeric_limits<double>::infinity();
  std::string process_limit = {};
};
/// The same with what this plan takes.
NodeMemory with_plan(NodeMemory memory, const Plan& plan);

/// Of what is available, the part that a run takes unless --memory says otherwise; file buffers and what predictions
/// miss need the rest.
inline constexpr double share_of_available = 0.8;

/// What a run takes of this node unless --memory says otherwise, in bytes; of what is free before it starts.
double default_node_memory();

/// The same memory for processes that may map so much more.
NodeMemory within(const ProcessRoom& room, NodeMemory memory);

/// Ranks of a node before they know of any campaign.
double program_bytes(int ranks);

/// The peak of a run of all jobs on a node, and what it consists of.
struct NodeForecast {
  double peak = 0;
  double programs = 0;       ///< ranks before they know of any campaign; pages that they share count once
  double plan = 0;           ///< lists of all jobs on each rank, results that wait for their commit
  double kernels = 0;        ///< once on the node
  double crystals = 0;       ///< lattices and symmetry on each rank
  double building = 0;       ///< beside the kernels, while they are built
  double displacements = 0;  ///< factors or preconditioners on the ranks that use them
  double chains = 0;         ///< as many as run at a time; never while kernels are built
  std::size_t groups = 0;    ///< kernels that live together; more groups where memory is tighter
  /// Why the run would refuse instead.
  std::optional<std::string> obstacle;
};
NodeForecast forecast_node(const Plan& plan, NodeMemory memory);

}  // namespace nxmc
