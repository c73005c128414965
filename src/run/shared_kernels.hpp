// Kernels that live once per node: built in parallel, once in the whole campaign, and read by every rank of the node.
#pragma once

#include <mpi.h>

#include <cstddef>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "mpi_session.hpp"
#include "nxmc/campaign/plan.hpp"
#include "nxmc/elastic/kernel.hpp"

namespace nxmc {

/// A stretch of memory that all ranks of a node see. An MPI shared-memory window where /dev/shm has room; otherwise, as
/// in containers with 64 MB of it, a mapped temporary file whose name is removed at once.
class NodeSharedMemory {
 public:
  /// Collective over the node. \throws std::runtime_error when neither way has room
  NodeSharedMemory(std::size_t doubles, const Communicator& node);
  /// Collective over the node, but not when an exception is on its way: the other ranks do not know of it, and freeing
  /// a window waits for them.
  ~NodeSharedMemory();
  NodeSharedMemory(const NodeSharedMemory&) = delete;
  NodeSharedMemory& operator=(const NodeSharedMemory&) = delete;

  std::span<double> values() const { return {begin_, size_}; }
  /// Collective over the node: what any rank wrote before is visible to all ranks after.
  void synchronise() const;
  bool in_file() const { return window_ == MPI_WIN_NULL && size_ > 0; }
  /// This rank made it, for all others of the node.
  bool owned_here() const { return owned_here_; }

 private:
  void allocate_window(const Communicator& node);
  void map_file(const Communicator& node);
  MPI_Comm node_;
  std::size_t size_;
  bool owned_here_;
  double* begin_ = nullptr;
  MPI_Win window_ = MPI_WIN_NULL;
  int exceptions_before_ = std::uncaught_exceptions();
};

/// The lattices and kernels of one group, ready for use by this rank.
class SharedKernels {
 public:
  struct Ranks {
    MPI_Comm world;
    const Communicator& node;
    const Communicator& leaders;
  };
  struct Symmetry {
    Lattice lattice;
    Orbits orbits;
  };
  /// Writes the reduced rows of kernel k of the plan; called on one rank of the world for each k, in parallel.
  using Source = std::function<void(std::size_t kernel, const Symmetry& symmetry, std::span<double> rows)>;

  /// Collective over the world.
  /// \param must_stop  asked on every rank before each kernel; a single yes ends the building everywhere
  SharedKernels(const Plan& plan, std::span<const std::size_t> kernels, const Ranks& ranks, const Source& source,
                const std::function<bool()>& must_stop);

  /// The building was ended early: there are no kernels.
  bool abandoned() const { return abandoned_; }

  /// \pre `kernel` belongs to the group
  const Kernel& kernel(std::size_t kernel) const { return crystals_.at(kernel).view; }
  const Lattice& lattice(std::size_t kernel) const { return crystals_.at(kernel).symmetry->lattice; }
  bool in_file() const { return memory_->in_file(); }
  std::size_t bytes() const { return memory_->values().size_bytes(); }
  /// Exactly one rank of a node does, unless there are no kernels.
  bool owns_copy() const { return memory_->owned_here(); }

 private:
  struct SharedCrystal {
    const Symmetry* symmetry;
    std::span<double> storage;
    Kernel view;
  };
  std::map<LatticeSpec, Symmetry> symmetries_;
  std::unique_ptr<NodeSharedMemory> memory_;
  std::map<std::size_t, SharedCrystal> crystals_;
  bool abandoned_ = false;
};

}  // namespace nxmc
