#include "job_rungs.hpp"

#include "job_runner.hpp"

namespace nxmc {

Schedule schedule_of(const WorkContext& context, std::uint64_t job) {
  Schedule schedule = *context.plan.jobs[job].schedule;
  schedule.samples = context.writer.sampling(context.rows[job]);
  return schedule;
}

Stream stream_of(const WorkContext& context, std::uint64_t job) {
  return {context.plan.seed, context.plan.jobs[job].identity};
}

Rung rung_of(const WorkContext& context, CrystalStore& crystals, std::uint64_t job) {
  const Job& planned = context.plan.jobs[job];
  return {crystals.crystal(planned), *planned.physics, schedule_of(context, job), stream_of(context, job)};
}

Stream exchanges_of(const WorkContext& context, std::uint64_t job) {
  const auto ladder = static_cast<std::size_t>(context.plan.jobs[job].ladder);
  return {context.plan.seed, context.plan.ladders[ladder].identity};
}

}  // namespace nxmc
