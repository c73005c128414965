# Sourced by the commands in this folder: settings with which Open MPI's mpirun works on any single machine.

# It refuses to run as root, which is what one is in a container.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
# More ranks than cores: allowed, and a rank that waits leaves its core to one that works.
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1
# Two commands at once would otherwise both be tied to the first cores; containers often forbid the binding altogether.
export OMPI_MCA_hwloc_base_binding_policy=none
# Containers forbid reading another process's memory directly; messages are copied through shared memory instead.
export OMPI_MCA_btl_vader_single_copy_mechanism=none
# Messages stay on this machine: to look for networks (UCX, libfabric) would take half of the time in which a rank starts.
export OMPI_MCA_pml=^ucx,cm
