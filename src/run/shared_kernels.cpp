#include "shared_kernels.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <stdexcept>

#include "nxmc/campaign/amounts.hpp"
#include "nxmc/elastic/abandoned.hpp"
#include "nxmc/node/environment.hpp"

namespace nxmc {

namespace {

// Open MPI keeps its message buffers in /dev/shm too: leave them room.
constexpr double spare_shared_memory = 16.0 * 1024 * 1024;

bool shared_memory_suffices(std::size_t doubles, const Communicator& node) {
  int suffices = 1;
  if (node.rank() == 0 && node.size() > 1) {
    suffices = static_cast<double>(doubles) * sizeof(double) + spare_shared_memory <= free_space("/dev/shm") ? 1 : 0;
  }
  check_mpi(MPI_Bcast(&suffices, 1, MPI_INT, 0, node.get()), "MPI_Bcast");
  return suffices != 0;
}

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() {
    if (fd_ >= 0) close(fd_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

/// Creates a file of its own kind and reserves its space, so that a full disk is an error here and not a SIGBUS later.
/// Sets `name`; returns errno, 0 on success.
int create_reserved(std::string& name, std::size_t bytes) {
  std::error_code error;
  auto directory = std::filesystem::temp_directory_path(error);
  if (error) directory = "/tmp";
  name = (directory / "nxmc-kernels-XXXXXX").string();
  const FileDescriptor file(mkstemp(name.data()));
  if (file.get() < 0) return errno;
  return posix_fallocate(file.get(), 0, static_cast<off_t>(bytes));
}

}  // namespace

NodeSharedMemory::NodeSharedMemory(std::size_t doubles, const Communicator& node)
    : node_(node.get()), size_(doubles), owned_here_(doubles > 0 && node.rank() == 0) {
  if (doubles == 0) return;
  if (shared_memory_suffices(doubles, node)) {
    allocate_window(node);
  } else {
    map_file(node);
  }
}

void NodeSharedMemory::allocate_window(const Communicator& node) {
  const auto own = static_cast<MPI_Aint>(owned_here_ ? size_ * sizeof(double) : 0);
  double* mine = nullptr;
  check_mpi(
      MPI_Win_allocate_shared(own, sizeof(double), MPI_INFO_NULL, node.get(), static_cast<void*>(&mine), &window_),
      "MPI_Win_allocate_shared");
  MPI_Aint bytes = 0;
  int unit = 0;
  check_mpi(MPI_Win_shared_query(window_, 0, &bytes, &unit, static_cast<void*>(&begin_)), "MPI_Win_shared_query");
  check_mpi(MPI_Win_lock_all(MPI_MODE_NOCHECK, window_), "MPI_Win_lock_all");
}

void NodeSharedMemory::map_file(const Communicator& node) {
  const std::size_t bytes = size_ * sizeof(double);
  std::string name;
  int error = owned_here_ ? create_reserved(name, bytes) : 0;
  name = broadcast(name, node.get());
  check_mpi(MPI_Bcast(&error, 1, MPI_INT, 0, node.get()), "MPI_Bcast");
  void* address = MAP_FAILED;
  if (error == 0) {
    const FileDescriptor file(open(name.c_str(), O_RDWR | O_CLOEXEC));
    if (file.get() >= 0) address = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    if (address == MAP_FAILED) error = errno;
  }
  int worst = 0;
  check_mpi(MPI_Allreduce(&error, &worst, 1, MPI_INT, MPI_MAX, node.get()), "MPI_Allreduce");
  if (owned_here_) unlink(name.c_str());
  if (worst != 0) {
    throw std::runtime_error(
        fmt::format("{} of kernels have room neither in /dev/shm nor in {} ({}). Set TMPDIR to a local "
                    "directory with enough space",
                    readable_bytes(static_cast<double>(bytes)), name, std::strerror(worst)));
  }
  begin_ = static_cast<double*>(address);
}

void NodeSharedMemory::synchronise() const {
  // A barrier alone does not make stores visible: MPI-3 asks for a sync on both sides of it.
  if (window_ != MPI_WIN_NULL) check_mpi(MPI_Win_sync(window_), "MPI_Win_sync");
  check_mpi(MPI_Barrier(node_), "MPI_Barrier");
  if (window_ != MPI_WIN_NULL) check_mpi(MPI_Win_sync(window_), "MPI_Win_sync");
}

NodeSharedMemory::~NodeSharedMemory() {
  if (std::uncaught_exceptions() > exceptions_before_) return;
  if (window_ != MPI_WIN_NULL) {
    MPI_Win_unlock_all(window_);
    MPI_Win_free(&window_);
  } else if (begin_ != nullptr) {
    munmap(begin_, size_ * sizeof(double));
  }
}

namespace {

/// builder[k] is the rank that builds kernels[k]: the longest first, each to the rank with least to do.
std::vector<int> share_out(const Plan& plan, std::span<const std::size_t> kernels, int ranks) {
  std::vector<std::size_t> order(kernels.size());
  for (std::size_t k = 0; k < order.size(); ++k) order[k] = k;
  const auto seconds = [&](std::size_t k) { return plan.kernels[kernels[k]].build_seconds; };
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return seconds(a) > seconds(b); });
  std::vector<double> load(static_cast<std::size_t>(ranks), 0);
  std::vector<int> builder(kernels.size());
  for (const std::size_t k : order) {
    const auto least = std::min_element(load.begin(), load.end());
    *least += seconds(k);
    builder[k] = static_cast<int>(least - load.begin());
  }
  return builder;
}

bool any_rank(bool here, MPI_Comm world) {
  int flag = here ? 1 : 0;
  check_mpi(MPI_Allreduce(MPI_IN_PLACE, &flag, 1, MPI_INT, MPI_MAX, world), "MPI_Allreduce");
  return flag != 0;
}

/// Carries a kernel from the node where it was built to all others, through their first ranks.
void copy_to_nodes(std::span<double> storage, int source_node, MPI_Comm leaders) {
  constexpr std::size_t piece = std::size_t{1} << 27;  // MPI counts are int
  for (std::size_t begin = 0; begin < storage.size(); begin += piece) {
    const auto part = storage.subspan(begin, std::min(piece, storage.size() - begin));
    check_mpi(MPI_Bcast(part.data(), static_cast<int>(part.size()), MPI_DOUBLE, source_node, leaders), "MPI_Bcast");
  }
}

/// Kernels that are stored as reduced rows are large: they are written where they stay.
void obtain(const SharedKernels::Source& source, std::size_t kernel, const SharedKernels::Symmetry& symmetry,
            std::span<double> storage) {
  const std::size_t reduced = symmetry.orbits.representative.size() * symmetry.lattice.sites();
  if (storage.size() == reduced) return source(kernel, symmetry, storage);
  std::vector<double> rows(reduced);
  source(kernel, symmetry, rows);
  Kernel::store(rows, symmetry.lattice, symmetry.orbits, storage);
}

/// node_of[r]: the place of rank r's node among the node leaders.
std::vector<int> nodes_of_ranks(const SharedKernels::Ranks& ranks) {
  int node = ranks.node.rank() == 0 ? ranks.leaders.rank() : 0;
  check_mpi(MPI_Bcast(&node, 1, MPI_INT, 0, ranks.node.get()), "MPI_Bcast");
  int size = 0;
  check_mpi(MPI_Comm_size(ranks.world, &size), "MPI_Comm_size");
  std::vector<int> nodes(static_cast<std::size_t>(size));
  check_mpi(MPI_Allgather(&node, 1, MPI_INT, nodes.data(), 1, MPI_INT, ranks.world), "MPI_Allgather");
  return nodes;
}

}  // namespace

SharedKernels::SharedKernels(const Plan& plan, std::span<const std::size_t> kernels, const Ranks& ranks,
                             const Source& source, const std::function<bool()>& must_stop) {
  std::vector<std::size_t> offset;
  std::size_t total = 0;
  for (const std::size_t k : kernels) {
    const LatticeSpec& spec = plan.kernels[k].spec.lattice;
    auto known = symmetries_.find(spec);
    if (known == symmetries_.end()) {
      Lattice lattice = make_lattice(spec);
      Orbits orbits = find_orbits(lattice);
      known = symmetries_.emplace(spec, Symmetry{std::move(lattice), std::move(orbits)}).first;
    }
    offset.push_back(total);
    total += Kernel::storage_size(known->second.lattice, known->second.orbits);
  }
  offset.push_back(total);
  memory_ = std::make_unique<NodeSharedMemory>(total, ranks.node);

  int rank = 0;
  int size = 0;
  check_mpi(MPI_Comm_rank(ranks.world, &rank), "MPI_Comm_rank");
  check_mpi(MPI_Comm_size(ranks.world, &size), "MPI_Comm_size");
  const std::vector<int> builder = share_out(plan, kernels, size);
  const auto storage = [&](std::size_t place) {
    return memory_->values().subspan(offset[place], offset[place + 1] - offset[place]);
  };
  const auto symmetry = [&](std::size_t place) -> const Symmetry& {
    return symmetries_.at(plan.kernels[kernels[place]].spec.lattice);
  };
  for (std::size_t place = 0; place < kernels.size(); ++place) {
    if (builder[place] != rank) continue;
    abandoned_ = abandoned_ || must_stop();
    if (abandoned_) break;
    try {
      obtain(source, kernels[place], symmetry(place), storage(place));
    } catch (const BuildingAbandoned&) {
      abandoned_ = true;
      break;
    }
  }
  malloc_trim(0);  // what building left lies between what stays: the allocator would keep it
  memory_->synchronise();
  if (any_rank(abandoned_, ranks.world)) {
    abandoned_ = true;
    return;
  }

  const std::vector<int> node_of = nodes_of_ranks(ranks);
  const bool several_nodes = std::any_of(node_of.begin(), node_of.end(), [](int node) { return node != 0; });
  if (several_nodes && ranks.node.rank() == 0) {
    for (std::size_t place = 0; place < kernels.size(); ++place) {
      copy_to_nodes(storage(place), node_of[static_cast<std::size_t>(builder[place])], ranks.leaders.get());
    }
  }
  memory_->synchronise();
  for (std::size_t place = 0; place < kernels.size(); ++place) {
    const Symmetry& s = symmetry(place);
    crystals_.emplace(kernels[place], SharedCrystal{&s, storage(place), Kernel(s.lattice, s.orbits, storage(place))});
  }
}

}  // namespace nxmc
