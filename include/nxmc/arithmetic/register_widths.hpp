// Functions compiled for several instruction sets, of which one is chosen when the program starts, with vectors as wide
// as registers are: GCC takes wider ones apart in memory, which costs ten times as much as what is done with them.
#pragma once

#include <cstddef>

/// Defines `void name parameters { … }` for each of them. `register_bytes` is a constant of its body, what it calls is
/// to be [[gnu::always_inline]]. None may fuse multiplications and additions (-ffp-contract=off).
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define NXMC_FOR_EACH_REGISTER_WIDTH(name, parameters, ...)     \
  [[gnu::target("default")]] void name parameters {             \
    [[maybe_unused]] constexpr std::size_t register_bytes = 16; \
    __VA_ARGS__                                                 \
  }                                                             \
  [[gnu::target("arch=x86-64-v3")]] void name parameters {      \
    [[maybe_unused]] constexpr std::size_t register_bytes = 32; \
    __VA_ARGS__                                                 \
  }                                                             \
  [[gnu::target("arch=x86-64-v4")]] void name parameters {      \
    [[maybe_unused]] constexpr std::size_t register_bytes = 64; \
    __VA_ARGS__                                                 \
  }
#else
#define NXMC_FOR_EACH_REGISTER_WIDTH(name, parameters, ...)     \
  void name parameters {                                        \
    [[maybe_unused]] constexpr std::size_t register_bytes = 16; \
    __VA_ARGS__                                                 \
  }
#endif
