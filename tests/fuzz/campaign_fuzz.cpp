// Campaign files, from text to the plan of their jobs.
#include <algorithm>
#include <cmath>
#include <string>

#include "extent.hpp"
#include "fields.hpp"
#include "harness.hpp"
#include "nxmc/campaign/campaign.hpp"
#include "nxmc/campaign/plan.hpp"
#include "nxmc/yaml/document.hpp"
#include "nxmc/yaml/problems.hpp"

namespace {

using namespace nxmc;

/// What every name of a material stands for.
constexpr const char* material = R"(A: {name: CdTe, structure: zincblende, lattice_constant: 6.48 angstrom}
B: {name: CdS, structure: zincblende, lattice_constant: 5.82 angstrom}
bulk_modulus: 50 GPa
energies_of_mixing: {A: -5 eV, B: -6 eV, mixed: -5.455 eV}
attempt_rates: {exchange: {prefactor: 1e13 Hz, barrier: 0.43 eV}, diffusion: {prefactor: 1e13 Hz, barrier: 0.5 eV}}
)";

void check(const Plan& plan) {
  for (const Job& job : plan.jobs) {
    fuzz::require(std::isfinite(job.cost_seconds) && job.cost_seconds >= 0, "the time of a job is predicted");
    fuzz::require(std::isfinite(job.chain_bytes) && job.chain_bytes >= 0, "the memory of a job is predicted");
    fuzz::require(job.kernel < static_cast<int>(plan.kernels.size()), "a job has a kernel of the plan");
    fuzz::require(!job.scans.empty() && job.scans.back() < plan.scans.size(), "a job is one of a scan");
  }
  for (const PlannedKernel& kernel : plan.kernels) {
    const double bytes = kernel.node_bytes + kernel.build_bytes + kernel.crystal_bytes + kernel.rank_bytes;
    fuzz::require(std::isfinite(bytes) && bytes > 0, "the memory of a kernel is predicted");
    fuzz::require(std::isfinite(kernel.build_seconds), "the time of a kernel is predicted");
    fuzz::require(kernel.representatives <= kernel.sites, "a reduced kernel is no larger than a kernel");
  }
}

/// Only what a terminal and a log can show.
void check_message(const CampaignError& error) {
  fuzz::require(!error.problems().empty(), "an error names its problems");
  const std::string text = error.what();
  const bool plain = std::none_of(text.begin(), text.end(), [](char c) {
    const auto code = static_cast<unsigned char>(c);
    return (code < 0x20 && c != '\n') || code == 0x7F;
  });
  fuzz::require(plain, "messages have no control characters");
}

/// What a file really asks for takes its time; what is too much has to be refused at once.
bool asks_for_much(const std::string& text) {
  constexpr double many_jobs = 2000;
  constexpr double many_observations = 20000;
  Problems ignored;
  const auto root = read_document(text, campaign_document, ignored);
  const Entry scans = root ? find_entry(*root, "scans") : Entry{};
  if (!scans || !scans.value->is_list()) return false;
  const Entry defaults = find_entry(*root, "defaults");
  double jobs = 0;
  double observations = 0;
  for (const auto& scan : scans.value->items) {
    const Extent extent = extent_of(*scan, defaults ? defaults.value : nullptr);
    jobs += extent.jobs();
    observations += extent.observations;
  }
  if (jobs > most_jobs || observations > most_observations) return false;
  return jobs > many_jobs || observations > many_observations;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::text_of({data, size}));
  if (asks_for_much(text)) return 0;
  try {
    check(make_plan(parse_campaign(text, "fuzzed.yaml", [](const std::string&) { return std::string(material); })));
  } catch (const CampaignError& error) {
    check_message(error);
  }
  return 0;
}
