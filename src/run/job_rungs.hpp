// What a rank that moves chains of a job needs of it.
#pragma once

#include <cstdint>

#include "nxmc/engine/ladder.hpp"
#include "nxmc/engine/parameters.hpp"
#include "nxmc/random/stream.hpp"
#include "work_context.hpp"

namespace nxmc {

class CrystalStore;

/// Of an equilibrium chain, with the interval of samples that the archive has room for.
Schedule schedule_of(const WorkContext& context, std::uint64_t job);
Stream stream_of(const WorkContext& context, std::uint64_t job);
Rung rung_of(const WorkContext& context, CrystalStore& crystals, std::uint64_t job);
/// By which exchanges of its ladder are decided.
Stream exchanges_of(const WorkContext& context, std::uint64_t job);

}  // namespace nxmc
