// Kernels on several nodes. The nodes are groups of ranks of one machine: each group has memory of its own, as real
// nodes have.
#include "shared_kernels.hpp"

#include <gtest/gtest.h>
#include <mpi.h>

#include <vector>

namespace nxmc {
namespace {

Plan plan_of(const std::vector<double>& stiffnesses) {
  Plan plan;
  for (const double stiffness : stiffnesses) {
    PlannedKernel kernel;
    kernel.spec = {{"hexagon", {4, 0, 0}, 1}, stiffness, true};
    kernel.build_seconds = stiffness;
    plan.kernels.push_back(kernel);
  }
  return plan;
}

int rank_in(MPI_Comm comm) {
  int rank = 0;
  MPI_Comm_rank(comm, &rank);
  return rank;
}

int sum_over_world(int value) {
  int sum = 0;
  MPI_Allreduce(&value, &sum, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
  return sum;
}

TEST(SharedKernels, EveryNodeHoldsEveryKernelAndEachIsBuiltOnceInTheWorld) {
  const Plan plan = plan_of({1, 2, 5, 10, 20});
  const std::vector<std::size_t> group{0, 2, 3, 4};
  for (const int ranks_per_node : {1, 2, 4}) {
    const Communicator node = Communicator::split(MPI_COMM_WORLD, rank_in(MPI_COMM_WORLD) / ranks_per_node);
    const Communicator leaders = Communicator::node_leaders(MPI_COMM_WORLD, node);
    int built_here = 0;
    const SharedKernels kernels(
        plan, group, {MPI_COMM_WORLD, node, leaders},
        [&](std::size_t k, const SharedKernels::Symmetry& symmetry, std::span<double> rows) {
          ++built_here;
          build_kernel(symmetry.lattice, symmetry.orbits, plan.kernels[k].spec, rows);
        },
        [] { return false; });
    EXPECT_EQ(sum_over_world(built_here), 4) << ranks_per_node << " ranks per node";
    EXPECT_EQ(sum_over_world(kernels.owns_copy() ? 1 : 0), sum_over_world(1) / ranks_per_node);
    for (const std::size_t k : group) {
      const OwnedKernel expected(plan.kernels[k].spec);
      const auto sites = static_cast<Site>(expected.kernel().sites());
      int different = 0;
      for (Site i = 0; i < sites; ++i) {
        for (Site j = 0; j < sites; ++j)
          different += kernels.kernel(k).entry(i, j) == expected.kernel().entry(i, j) ? 0 : 1;
      }
      EXPECT_EQ(different, 0) << "kernel " << k << " on rank " << rank_in(MPI_COMM_WORLD);
      EXPECT_EQ(kernels.lattice(k).sites(), expected.kernel().sites());
    }
  }
}

TEST(SharedKernels, OneRankThatMustStopEndsTheBuildingOnAll) {
  const Plan plan = plan_of({1, 2, 5, 10, 20, 30, 40, 50});
  const std::vector<std::size_t> group{0, 1, 2, 3, 4, 5, 6, 7};
  const Communicator node = Communicator::ranks_of_this_node(MPI_COMM_WORLD);
  const Communicator leaders = Communicator::node_leaders(MPI_COMM_WORLD, node);
  int built_here = 0;
  const bool last = node.rank() == node.size() - 1;
  const SharedKernels kernels(
      plan, group, {MPI_COMM_WORLD, node, leaders},
      [&](std::size_t k, const SharedKernels::Symmetry& symmetry, std::span<double> rows) {
        ++built_here;
        build_kernel(symmetry.lattice, symmetry.orbits, plan.kernels[k].spec, rows);
      },
      [&] { return last && built_here == 1; });
  EXPECT_TRUE(kernels.abandoned());
  EXPECT_TRUE(!last || built_here == 1);
}

TEST(SharedKernels, RanksOfANodeReadTheSameMemory) {
  const Communicator node = Communicator::ranks_of_this_node(MPI_COMM_WORLD);
  const NodeSharedMemory memory(1000, node);
  if (node.rank() == node.size() - 1) memory.values()[999] = 42;
  memory.synchronise();
  EXPECT_EQ(memory.values()[999], 42);
}

TEST(SharedKernels, AGroupWithoutKernelsNeedsNoMemory) {
  const Communicator node = Communicator::ranks_of_this_node(MPI_COMM_WORLD);
  const Communicator leaders = Communicator::node_leaders(MPI_COMM_WORLD, node);
  const SharedKernels kernels(
      {}, {}, {MPI_COMM_WORLD, node, leaders}, [](std::size_t, const auto&, std::span<double>) {},
      [] { return false; });
  EXPECT_FALSE(kernels.in_file());
  EXPECT_FALSE(kernels.owns_copy());
}

}  // namespace
}  // namespace nxmc
