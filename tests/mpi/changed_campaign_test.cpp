// Campaigns that change between two runs on one archive: what is kept, what goes on, what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "gate/gate.hpp"
#include "mpirun.hpp"
#include "nxmc/archive/archive.hpp"
#include "program.hpp"
#include "results.hpp"

namespace nxmc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing_tools::Outcome;
using testing_tools::oversubscribed;
using testing_tools::results_of;
using testing_tools::run_program;
using testing_tools::RunningProgram;
using testing_tools::TemporaryDirectory;
using testing_tools::under_mpirun;
using testing_tools::write_file;

class ChangedCampaign : public testing::Test {
 protected:
  std::vector<std::string> command(const std::string& archive, const std::vector<std::string>& options = {}) const {
    std::vector<std::string> arguments{NXMC_PROGRAM, "run", "campaign.yaml", "--archive", archive};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return arguments;
  }
  Outcome run(int ranks, const std::string& archive, const std::vector<std::string>& options = {}) const {
    return run_program(under_mpirun(ranks, command(archive, options)), oversubscribed(), directory_.path());
  }
  Outcome stop_after_first_checkpoint() const {
    const testing_tools::Gate gate;
    RunningProgram program({NXMC_AT_GATE, "run", "campaign.yaml", "--archive", "a.h5", "--checkpoint-every", "0.01s"},
                           gate.environment(), directory_.path());
    EXPECT_TRUE(testing_tools::becomes_so([&] {
      std::error_code error;
      return std::filesystem::file_size(directory_ / "a.h5.checkpoints", error) > 1000 && !error;
    })) << program.err();
    program.send(SIGUSR1);
    return program.wait();
  }
  std::string query(const std::string& archive, const std::vector<std::string>& options) const {
    std::vector<std::string> arguments{NXMC_PROGRAM, "query", archive, "--format", "csv"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const Outcome outcome = run_program(arguments, {}, directory_.path());
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return outcome.out;
  }
  TemporaryDirectory directory_;
};

TEST_F(ChangedCampaign, AWiderCampaignExtendsTheArchiveAndKeepsWhatIsThere) {
  const std::string base =
      "name: growing\nscans: [{name: s, method: exchange, lattice: hexagon, size: 4, temperature: 0.2, times: [0.1, "
      "1], replicas: 3, delta_mu: ";
  write_file(directory_ / "campaign.yaml", base + "[-20]}]\n");
  ASSERT_EQ(run(2, "a.h5").exit_code, 0);
  const auto before = results_of(directory_ / "a.h5");
  write_file(directory_ / "campaign.yaml", base + "[-20, -10]}]\n");
  const Outcome wider = run(2, "a.h5");
  ASSERT_EQ(wider.exit_code, 0) << wider.err;
  EXPECT_THAT(wider.err, HasSubstr("a.h5: extended by 3 jobs"));
  EXPECT_THAT(wider.err, HasSubstr("6 jobs, 3 of them done"));
  const auto after = results_of(directory_ / "a.h5");
  EXPECT_EQ(after.size(), 6U);
  for (const auto& [job, values] : before) EXPECT_EQ(after.at(job), values);
}

TEST_F(ChangedCampaign, ACompressedCopyIsLeftAsItIs) {
  const std::string base =
      "name: kept\nscans: [{name: s, method: exchange, lattice: hexagon, size: 3, delta_mu: -20, "
      "temperature: 0.2, times: [0.1], replicas: ";
  write_file(directory_ / "campaign.yaml", base + "1}]\n");
  ASSERT_EQ(run(1, "a.h5").exit_code, 0);
  ASSERT_EQ(run_program({NXMC_PROGRAM, "repack", "a.h5", "copy.h5"}, {}, directory_.path()).exit_code, 0);
  const auto before = testing_tools::read_file(directory_ / "copy.h5");
  write_file(directory_ / "campaign.yaml", base + "2}]\n");
  const Outcome wider = run(1, "copy.h5");
  EXPECT_EQ(wider.exit_code, 1);
  EXPECT_THAT(wider.err, HasSubstr("copy.h5: is a compressed copy, made for reading. Run with the archive that it"));
  EXPECT_EQ(testing_tools::read_file(directory_ / "copy.h5"), before);
}

TEST_F(ChangedCampaign, AnArchiveOfAnotherCampaignIsRefusedWithBothValuesAndTheLine) {
  const std::string base =
      "name: fixed\nscans:\n  - {name: s, method: exchange, lattice: hexagon, size: 4, times: [0.1], delta_mu: -20,\n  "
      "   temperature: ";
  write_file(directory_ / "campaign.yaml", base + "0.2}\n");
  ASSERT_EQ(run(1, "a.h5").exit_code, 0);
  const auto before = testing_tools::read_file(directory_ / "a.h5");
  write_file(directory_ / "campaign.yaml", "# warmer\n" + base + "0.25}\n");
  const Outcome changed = run(2, "a.h5");
  EXPECT_EQ(changed.exit_code, 1);
  EXPECT_THAT(
      changed.err,
      HasSubstr("a.h5: written by campaign 'fixed' with temperature 0.2 (line 4), but campaign.yaml says 0.25 (line "
                "5): 1 of the archive's jobs left the campaign and 1 came. Add the value to the "
                "list to extend the sweep, use another --archive, or say --allow-removed"));
  write_file(
      directory_ / "campaign.yaml",
      "name: other\nscans: [{name: s, method: exchange, lattice: hexagon, size: 4, interaction: none, delta_mu: 1}]\n");
  EXPECT_THAT(run(1, "a.h5").err,
              HasSubstr("a.h5: belongs to campaign 'fixed', but campaign.yaml is campaign 'other'"));
  EXPECT_EQ(testing_tools::read_file(directory_ / "a.h5"), before);
}

/// Two shells and a cube with profiles, measured for some sweeps.
std::string chains(const std::string& measured_sweeps) {
  return "name: chains\nscans:\n  - {name: shells, method: equilibrium, lattice: hexagon, size: 6, shell_layers: 1, "
         "shell_stiffness: [6, 12], temperature: 0.2, equilibration_sweeps: 200,\n     measured_sweeps: " +
         measured_sweeps +
         ", measure_every: {phases: 1, areas: 50}, snapshots: {sweeps: [100]}}\n  - {name: cube, method: equilibrium, "
         "lattice: cube, size: 3, shell_layers: 1, shell_stiffness: 4, temperature: 1.5, replicas: 2,\n     "
         "equilibration_sweeps: 100, measured_sweeps: " +
         measured_sweeps + "}\n";
}

/// Everything that jobs left which measured for so many sweeps.
std::vector<testing_tools::JobBits> rows_with(const std::filesystem::path& file, std::uint64_t measured_sweeps) {
  const Archive archive = Archive::open(file);
  const auto sweeps = archive.measured_sweeps();
  const auto equilibrium = archive.equilibrium();
  const std::size_t width = equilibrium.columns.size();
  std::map<Identity, testing_tools::JobBits> rows;
  for (std::uint64_t row = 0; row < archive.jobs(); ++row) {
    if (sweeps[row] != measured_sweeps) continue;
    const auto first = equilibrium.values.begin() + static_cast<std::ptrdiff_t>(row * width);
    std::vector<double> all(first, first + static_cast<std::ptrdiff_t>(width));
    for (const double value : archive.profile(row)) all.push_back(value);
    for (const Snapshot& snapshot : archive.snapshots(row))
      all.insert(all.end(), snapshot.sigma.begin(), snapshot.sigma.end());
    const Samples samples = archive.samples(row);
    EXPECT_EQ(samples.count, sweeps[row] / samples.every);
    EXPECT_GT(samples.count, 0U);
    all.insert(all.end(), samples.bits.begin(), samples.bits.end());
    rows[archive.identities()[row]] = testing_tools::bits(all);
  }
  std::vector<testing_tools::JobBits> in_order;
  in_order.reserve(rows.size());
  for (const auto& [identity, bits] : rows) in_order.push_back(bits);
  return in_order;
}

TEST_F(ChangedCampaign, MoreMeasuredSweepsContinueChainsFromTheirFinalState) {
  write_file(directory_ / "campaign.yaml", chains("3000"));
  ASSERT_EQ(run(2, "undisturbed.h5").exit_code, 0);
  write_file(directory_ / "campaign.yaml", chains("700"));
  ASSERT_EQ(run(2, "a.h5").exit_code, 0);
  const auto shorter = rows_with(directory_ / "a.h5", 700);
  ASSERT_EQ(shorter.size(), 4U);

  write_file(directory_ / "campaign.yaml", chains("3000"));
  const Outcome longer = run(2, "a.h5");
  ASSERT_EQ(longer.exit_code, 0) << longer.err;
  EXPECT_THAT(longer.err, HasSubstr("a.h5: 4 jobs measured for longer"));
  EXPECT_THAT(longer.err, HasSubstr("4 jobs, 0 of them done"));
  EXPECT_THAT(longer.err, Not(HasSubstr("anew")));
  EXPECT_EQ(rows_with(directory_ / "a.h5", 3000), rows_with(directory_ / "undisturbed.h5", 3000));
  EXPECT_EQ(rows_with(directory_ / "a.h5", 700), shorter) << "what was there is kept";
  EXPECT_TRUE(Archive::open(directory_ / "a.h5").verify().empty());
  for (const JobStatus& status : Archive::open(directory_ / "a.h5").status())
    EXPECT_TRUE(status.pieces == 1 || status.pieces == 2);

  const std::vector<std::string> columns{"--columns", "job,f_U,f_U_err,energy,energy_err,rms_area,acceptance,tau_int"};
  EXPECT_EQ(query("a.h5", columns), query("undisturbed.h5", columns)) << "queries show each chain once";
  const Outcome status = run_program({NXMC_PROGRAM, "status", "a.h5"}, {}, directory_.path());
  EXPECT_THAT(status.out, HasSubstr("(all)      4          0        0        0       0     4")) << status.out;
}

TEST_F(ChangedCampaign, QueriesAndExportShowAChainOnceWhileAStillLongerOneIsUnfinished) {
  for (const char* sweeps : {"100", "200"}) {
    write_file(directory_ / "campaign.yaml", chains(sweeps));
    ASSERT_EQ(run(1, "a.h5").exit_code, 0);
  }
  const std::string before = query("a.h5", {"--columns", "job,f_U,energy"});
  write_file(directory_ / "campaign.yaml", chains("1000000000"));
  ASSERT_EQ(run(1, "a.h5", {"--time-limit", "0.5s"}).exit_code, 75);
  EXPECT_EQ(query("a.h5", {"--where", "state == done", "--columns", "job,f_U,energy"}), before);
  const std::string job = query("a.h5", {"--where", "state == done and scan == shells", "--columns", "job"});
  const std::string name = job.substr(job.find('\n') + 1, 32);
  const Outcome exported =
      run_program({NXMC_PROGRAM, "export", "a.h5", "--job", name, "--format", "xyz"}, {}, directory_.path());
  EXPECT_EQ(exported.exit_code, 0) << exported.err;
}

TEST_F(ChangedCampaign, DamageToAShorterChainCostsNothing) {
  for (const char* sweeps : {"100", "200"}) {
    write_file(directory_ / "campaign.yaml", chains(sweeps));
    ASSERT_EQ(run(1, "a.h5").exit_code, 0);
  }
  const auto equilibrium = Archive::open(directory_ / "a.h5").equilibrium();
  const double mean = equilibrium.values[4 * equilibrium.columns.size()];  // of the first row that was kept
  std::string bytes = testing_tools::read_file(directory_ / "a.h5");
  const std::size_t place = bytes.find(std::string(reinterpret_cast<const char*>(&mean), sizeof mean));
  ASSERT_NE(place, std::string::npos);
  bytes[place] = static_cast<char>(bytes[place] ^ 1);
  write_file(directory_ / "a.h5", bytes);
  const Outcome verified = run_program({NXMC_PROGRAM, "verify", "a.h5"}, {}, directory_.path());
  EXPECT_EQ(verified.exit_code, 1);
  EXPECT_THAT(verified.out, HasSubstr("row 4 (job"));
  EXPECT_THAT(verified.out, HasSubstr("(a longer chain has its samples; "));
  EXPECT_THAT(verified.err, HasSubstr("a.h5: 1 damaged part\n"));
}

TEST_F(ChangedCampaign, ScansThatShareChainsAreCountedAndRedoneEachForItself) {
  write_file(
      directory_ / "campaign.yaml",
      "name: shared\ndefaults: {method: equilibrium, lattice: hexagon, temperature: 0.2, equilibration_sweeps: 10, "
      "replicas: 2}\nscans:\n  - {name: short, size: [3, 4], measured_sweeps: 100}\n  - {name: long, size: 3, "
      "measured_sweeps: 300}\n");
  ASSERT_EQ(run(1, "a.h5").exit_code, 0);
  const auto before = results_of(directory_ / "a.h5");
  const Outcome status = run_program({NXMC_PROGRAM, "status", "a.h5"}, {}, directory_.path());
  EXPECT_THAT(status.out, HasSubstr("short     4 "));
  EXPECT_THAT(status.out, HasSubstr("(all)     6 "));

  const auto ended = [&] {
    std::vector<double> times;
    for (const JobStatus& row : Archive::open(directory_ / "a.h5").status()) times.push_back(row.finished);
    return times;
  };
  const std::vector<double> first = ended();
  ASSERT_EQ(run(1, "a.h5", {"--redo", "scan == long"}).exit_code, 0);
  const std::vector<double> second = ended();
  ASSERT_EQ(second.size(), 6U);
  for (std::size_t row = 0; row < 4; ++row) EXPECT_EQ(second[row], first[row]) << row;
  for (std::size_t row = 4; row < 6; ++row) EXPECT_GT(second[row], first[row]) << row;

  const Outcome all = run(1, "a.h5", {"--redo", "size == 3"});
  ASSERT_EQ(all.exit_code, 0) << all.err;
  EXPECT_THAT(all.err, HasSubstr("6 jobs, 2 of them done"));
  EXPECT_THAT(all.err, Not(HasSubstr("begins anew")));
  EXPECT_EQ(results_of(directory_ / "a.h5"), before);
}

TEST_F(ChangedCampaign, AChainThatWasStoppedGoesOnForLonger) {
  write_file(directory_ / "campaign.yaml", chains("30000"));
  ASSERT_EQ(run(2, "undisturbed.h5").exit_code, 0);
  write_file(directory_ / "campaign.yaml", chains("20000"));
  const Outcome stopped = stop_after_first_checkpoint();
  ASSERT_EQ(stopped.exit_code, 75) << stopped.err;
  const Outcome verified = run_program({NXMC_PROGRAM, "verify", "a.h5"}, {}, directory_.path());
  EXPECT_THAT(verified.out, HasSubstr("a.h5: 4 jobs, every checksum is right\na.h5.checkpoints: 1 chain can go on\n"));
  write_file(directory_ / "campaign.yaml", chains("30000"));
  const Outcome longer = run(2, "a.h5");
  ASSERT_EQ(longer.exit_code, 0) << longer.err;
  EXPECT_THAT(longer.err, HasSubstr("from the last checkpoint"));
  EXPECT_THAT(longer.err, Not(HasSubstr("anew")));
  EXPECT_EQ(rows_with(directory_ / "a.h5", 30000), rows_with(directory_ / "undisturbed.h5", 30000));
}

TEST_F(ChangedCampaign, FewerSweepsAreRefusedWithBothNumbersAndLines) {
  write_file(directory_ / "campaign.yaml", chains("700"));
  ASSERT_EQ(run(1, "a.h5").exit_code, 0);
  const auto before = testing_tools::read_file(directory_ / "a.h5");
  write_file(directory_ / "campaign.yaml", chains("500"));
  const Outcome fewer = run(1, "a.h5");
  EXPECT_EQ(fewer.exit_code, 1);
  EXPECT_THAT(fewer.err, HasSubstr("with measured_sweeps 700 (line 4), but campaign.yaml says 500 (line 4)"));
  EXPECT_EQ(testing_tools::read_file(directory_ / "a.h5"), before);
}

constexpr const char* trajectories =
    "name: seen\nscans: [{name: s, method: exchange, lattice: hexagon, size: 4, temperature: 0.2, delta_mu: -20, "
    "times: ";

TEST_F(ChangedCampaign, TheSameTrajectoriesObservedOtherwiseAreRefused) {
  write_file(directory_ / "campaign.yaml", std::string(trajectories) + "[0.1]}]\n");
  ASSERT_EQ(run(1, "a.h5").exit_code, 0);
  write_file(directory_ / "campaign.yaml", std::string(trajectories) + "[0.1, 1]}]\n");
  const Outcome changed = run(1, "a.h5");
  EXPECT_EQ(changed.exit_code, 1);
  EXPECT_THAT(changed.err, HasSubstr("a.h5: 1 of the archive's jobs left the campaign and 1 came (other "
                                     "values, times, snapshots or replicas). Add the value"));
}

/// Two scans of short trajectories.
std::string two_scans(const std::string& first, const std::string& second) {
  const auto scan = [](const std::string& name_and_drive) {
    return "  - {method: exchange, lattice: hexagon, size: 3, temperature: 0.2, times: [0.1], " + name_and_drive +
           "}\n";
  };
  return "name: two\nscans:\n" + scan(first) + scan(second);
}

TEST_F(ChangedCampaign, ADroppedScanAndAnotherOneAreNoSlip) {
  write_file(directory_ / "campaign.yaml", two_scans("name: a, delta_mu: -20", "name: b, delta_mu: -10"));
  ASSERT_EQ(run(1, "a.h5").exit_code, 0);
  const auto before = results_of(directory_ / "a.h5");
  write_file(directory_ / "campaign.yaml", two_scans("name: a, delta_mu: -20", "name: c, delta_mu: -5"));
  const Outcome changed = run(1, "a.h5");
  ASSERT_EQ(changed.exit_code, 0) << changed.err;
  EXPECT_THAT(changed.err, HasSubstr("a.h5: the campaign no longer asks for 1 job; what they found is kept"));
  EXPECT_THAT(changed.err, HasSubstr("a.h5: extended by 1 job"));
  const auto after = results_of(directory_ / "a.h5");
  EXPECT_EQ(after.size(), 3U);
  for (const auto& [job, values] : before) EXPECT_EQ(after.at(job), values);

  // What was dropped before does not make a slip of what is added now.
  write_file(directory_ / "campaign.yaml", two_scans("name: a, delta_mu: -20", "name: c, delta_mu: [-5, -4]"));
  EXPECT_EQ(run(1, "a.h5").exit_code, 0);
  // A value of one scan that goes and one of another that comes are none either.
  write_file(directory_ / "campaign.yaml", two_scans("name: a, delta_mu: [-20, -19]", "name: c, delta_mu: -5"));
  EXPECT_EQ(run(1, "a.h5").exit_code, 0);
  // Within a scan they are, whatever happens beside it.
  write_file(directory_ / "campaign.yaml", two_scans("name: d, delta_mu: -20", "name: c, delta_mu: -6"));
  const Outcome slip = run(1, "a.h5");
  EXPECT_EQ(slip.exit_code, 1);
  EXPECT_THAT(slip.err, HasSubstr("with delta_mu -5 (line 4), but campaign.yaml says -6 (line 4)"));
}

TEST_F(ChangedCampaign, MoreEquilibrationIsRefusedWithWhatCanBeDone) {
  std::string text = chains("100");
  write_file(directory_ / "campaign.yaml", text);
  ASSERT_EQ(run(1, "a.h5").exit_code, 0);
  text.replace(text.find("equilibration_sweeps: 200"), 25, "equilibration_sweeps: 300");
  write_file(directory_ / "campaign.yaml", text);
  const Outcome changed = run(1, "a.h5");
  EXPECT_EQ(changed.exit_code, 1);
  EXPECT_THAT(changed.err, HasSubstr("with equilibration_sweeps 200 (line 3), but campaign.yaml says 300 (line 3)"));
  EXPECT_THAT(changed.err, HasSubstr("A chain cannot be equilibrated differently once it has been measured. For better "
                                     "averages put the old number back and raise measured_sweeps"));
  EXPECT_THAT(changed.err, Not(HasSubstr("Add the value")));
  ASSERT_EQ(run(1, "a.h5", {"--allow-removed"}).exit_code, 0);
  write_file(directory_ / "campaign.yaml", chains("200"));
  EXPECT_EQ(run(1, "a.h5", {"--allow-removed"}).exit_code, 0) << "the chains of before are still there to go on from";
}

TEST_F(ChangedCampaign, OtherValuesOfWhatIsNoAxisBelongToAScanOfTheirOwn) {
  write_file(directory_ / "campaign.yaml", two_scans("name: a, delta_mu: -20", "name: b, delta_mu: -10"));
  ASSERT_EQ(run(1, "a.h5").exit_code, 0);
  write_file(directory_ / "campaign.yaml",
             two_scans("name: a, delta_mu: -20, rates: {diffusion: 2}", "name: b, delta_mu: -10"));
  EXPECT_THAT(run(1, "a.h5").err, HasSubstr("A scan has one value of it: add a scan with the new one, use another"));
}

TEST_F(ChangedCampaign, AllowRemovedKeepsWhatIsThereAndComputesWhatIsNew) {
  write_file(directory_ / "campaign.yaml", std::string(trajectories) + "[0.1]}]\n");
  ASSERT_EQ(run(1, "a.h5").exit_code, 0);
  write_file(directory_ / "campaign.yaml", std::string(trajectories) + "[0.1, 1]}]\n");
  const Outcome changed = run(2, "a.h5", {"--allow-removed"});
  ASSERT_EQ(changed.exit_code, 0) << changed.err;
  EXPECT_THAT(changed.err, HasSubstr("a.h5: the campaign no longer asks for 1 job; what they found is kept"));
  EXPECT_THAT(changed.err, HasSubstr("a.h5: extended by 1 job"));
  const Archive archive = Archive::open(directory_ / "a.h5");
  EXPECT_THAT(archive.states(), ElementsAre(JobState::done, JobState::done));
  EXPECT_EQ(archive.exchange(0)->times.size(), 2U);
  EXPECT_EQ(archive.exchange(1)->times.size(), 1U);
}

TEST_F(ChangedCampaign, ARenamedScanIsRenamedInTheArchive) {
  write_file(directory_ / "campaign.yaml", std::string(trajectories) + "[0.1]}]\n");
  ASSERT_EQ(run(1, "a.h5").exit_code, 0);
  const auto before = results_of(directory_ / "a.h5");
  std::string renamed = std::string(trajectories) + "[0.1]}]\n";
  renamed.replace(renamed.find("name: s,"), 8, "name: slow,");
  write_file(directory_ / "campaign.yaml", renamed);
  const Outcome outcome = run(1, "a.h5");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("1 jobs, 1 of them done"));
  EXPECT_EQ(query("a.h5", {"--columns", "scan"}), "scan\nslow\n");
  EXPECT_EQ(results_of(directory_ / "a.h5"), before);
}

}  // namespace
}  // namespace nxmc
