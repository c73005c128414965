// Loops compiled for several instruction sets, of which one is chosen when the program starts. None of them may fuse
// multiplications and additions (-ffp-contract=off), so that all give the same bits.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define NXMC_FOR_EACH_PROCESSOR [[gnu::target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")]]
#else
#define NXMC_FOR_EACH_PROCESSOR
#endif
