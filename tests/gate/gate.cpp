// Part of the program in build/…/gate, which is nxmc but for this: its equilibrium chains wait at a gate for as long as
// the file in NXMC_GATE exists, after as many sweeps as stand in it. Their ranks answer messages and signals and write
// checkpoints meanwhile, and find nothing else changed: chains go on from there bit for bit. And the factorisations of
// its kernels wait for as long as the file in NXMC_KERNEL_GATE exists. Who comes to a gate tells the file beside it.
#include <cholmod.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>

#include "nxmc/engine/equilibrium.hpp"

namespace nxmc {

namespace {

/// Where chains wait; nullopt once the gate is open.
std::optional<std::uint64_t> closed_after() {
  static const char* const gate = std::getenv("NXMC_GATE");
  static bool open = gate == nullptr;
  if (open) return {};
  std::uint64_t sweeps = 0;
  open = !(std::ifstream(gate) >> sweeps);
  return open ? std::nullopt : std::optional(sweeps);
}

void tell_who_has_reached(const std::string& gate) {
  std::ofstream(gate + ".reached", std::ios::app) << std::to_string(::getpid()) + "\n";
}

}  // namespace

// The linker passes calls of EquilibriumChain::advance (--wrap) to the second of these, which is to pass them on.
std::uint64_t advance(EquilibriumChain* chain,
                      std::uint64_t sweeps) __asm__("__real__ZN4nxmc16EquilibriumChain7advanceEm");
std::uint64_t advance_to_gate(EquilibriumChain* chain,
                              std::uint64_t sweeps) __asm__("__wrap__ZN4nxmc16EquilibriumChain7advanceEm");

std::uint64_t advance_to_gate(EquilibriumChain* chain, std::uint64_t sweeps) {
  const std::optional<std::uint64_t> gate = closed_after();
  if (!gate) return advance(chain, sweeps);
  if (chain->sweeps() < *gate) return advance(chain, std::min(sweeps, *gate - chain->sweeps()));
  static const bool told = (tell_who_has_reached(std::getenv("NXMC_GATE")), true);
  static_cast<void>(told);
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return 0;
}

int factorise(cholmod_sparse* matrix, cholmod_factor* factor,
              cholmod_common* common) __asm__("__real_cholmod_l_factorize");
int factorise_behind_gate(cholmod_sparse* matrix, cholmod_factor* factor,
                          cholmod_common* common) __asm__("__wrap_cholmod_l_factorize");

int factorise_behind_gate(cholmod_sparse* matrix, cholmod_factor* factor, cholmod_common* common) {
  constexpr std::size_t rows_at_start_of_blas = 8;
  const char* const gate = std::getenv("NXMC_KERNEL_GATE");
  if (gate != nullptr && matrix->nrow > rows_at_start_of_blas) {
    tell_who_has_reached(gate);
    while (std::filesystem::exists(gate)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return factorise(matrix, factor, common);
}

}  // namespace nxmc
