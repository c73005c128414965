// `nxmc verify`: every checksum of an archive.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "commands.hpp"
#include "nxmc/archive/checkpoints.hpp"
#include "nxmc/campaign/amounts.hpp"
#include "nxmc/yaml/shown.hpp"
#include "output.hpp"

namespace nxmc {
namespace {

std::string consequence(const Damage& damage, const std::vector<bool>& superseded) {
  if (damage.job && superseded[*damage.job])
    return "a longer chain has its samples; 'nxmc run' will compute it again only if the campaign still asks for it";
  if (damage.job) return "'nxmc run' will compute this job again";
  return damage.kernel ? "'nxmc run' will build it again" : "'nxmc run' cannot repair this";
}

/// What it will take to compute damaged jobs again.
std::string price(const Archive& archive, const std::vector<Damage>& findings) {
  double seconds = 0;
  std::size_t jobs = 0;
  const std::vector<bool> superseded = archive.superseded();
  for (const Damage& damage : findings) {
    if (!damage.job || superseded[*damage.job]) continue;
    ++jobs;
    seconds += archive.predicted_seconds(*damage.job);
  }
  if (jobs == 0) return "";
  return fmt::format("; {} job{} to compute again, about {} on one core", jobs, jobs == 1 ? "" : "s",
                     readable_duration(seconds));
}

void print_findings(std::ostream& out, const Archive& archive, const std::vector<Damage>& findings) {
  const std::vector<bool> superseded = archive.superseded();
  for (const Damage& damage : findings) {
    out << fmt::format("{}: {} ({})\n", damage.where, damage.what, consequence(damage, superseded));
  }
  for (const std::string& addition : archive.additions())
    out << fmt::format("{}: another program added {}\n", shown(archive.file().string()), shown(addition));
  if (findings.empty())
    out << fmt::format("{}: {} jobs, every checksum is right\n", shown(archive.file().string()), archive.jobs());
}

std::string chains(std::uint32_t count) { return fmt::format("{} chain{}", count, count == 1 ? "" : "s"); }

void print_checkpoints(std::ostream& out, const Archive& archive) {
  const CheckpointCheck check = check_checkpoints(archive.file());
  const std::string name = shown(CheckpointFile::name_for(archive.file()).string());
  if (check.jobs > 0) out << fmt::format("{}: {} can go on\n", name, chains(check.jobs));
  if (check.from_older > 0)
    out << fmt::format("{}: {} of these from the checkpoint before the last, which was cut short or is damaged\n", name,
                       check.from_older);
  if (check.without_whole > 0)
    out << fmt::format("{}: {} will begin anew: no checkpoint of theirs is whole\n", name, chains(check.without_whole));
}

}  // namespace

ExitCode verify_archive(const std::string& file) {
  const Archive archive = Archive::open(file);
  const std::vector<Damage> findings = archive.verify();
  print_to_stdout([&](std::ostream& out) {
    print_findings(out, archive, findings);
    print_checkpoints(out, archive);
  });
  if (!findings.empty()) {
    throw ArchiveError(fmt::format("{}: {} damaged part{}{}", file, findings.size(), findings.size() == 1 ? "" : "s",
                                   price(archive, findings)));
  }
  return ExitCode::done;
}

}  // namespace nxmc
