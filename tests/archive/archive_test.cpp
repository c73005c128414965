// The archive as its readers see it: contents, messages, damage, copies.
#include "nxmc/archive/archive.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cmath>
#include <csignal>
#include <fstream>
#include <functional>
#include <map>
#include <random>
#include <set>

#include "archive_errors.hpp"
#include "durable_file.hpp"
#include "expect_results.hpp"
#include "nxmc/observe/quantities.hpp"
#include "program.hpp"
#include "sample.hpp"
#include "sample_archive.hpp"
#include "user_block.hpp"

namespace nxmc {
namespace {

using sample::expect_results_of;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using testing_tools::column;
using testing_tools::FilledArchive;
using testing_tools::message_of;
using testing_tools::message_of_opening;
using testing_tools::NewArchive;
using testing_tools::read_file;
using testing_tools::run_program;
using testing_tools::TemporaryDirectory;
using testing_tools::write_file;
namespace fs = std::filesystem;

// What is constant.

TEST_F(NewArchive, KnowsItsCampaign) {
  const Archive archive = Archive::open(file);
  EXPECT_EQ(archive.campaign(), "sample");
  EXPECT_EQ(archive.campaign_text(), sample::everything);
  EXPECT_EQ(archive.seed(), 42U);
  EXPECT_THAT(archive.scans(), ElementsAre("stiff", "cubes", "trajectories", "rods", "ideal"));
  const Provenance provenance = archive.provenance();
  EXPECT_EQ(provenance.program_version, "0.1.0");
  EXPECT_EQ(provenance.git_hash, "abc123");
  EXPECT_EQ(provenance.libraries, "HDF5 1.10.8");
  EXPECT_EQ(provenance.host, "node7");
  EXPECT_EQ(provenance.user, "ada");
  EXPECT_EQ(provenance.created, 1.5e9);
  EXPECT_FALSE(archive.packed());
}

TEST_F(NewArchive, GivesPhysicsAndNamesOfJobsBackExactly) {
  const Archive archive = Archive::open(file);
  ASSERT_EQ(archive.jobs(), plan.jobs.size());
  for (std::uint64_t job = 0; job < plan.jobs.size(); ++job) {
    EXPECT_EQ(archive.physics(job), *plan.jobs[job].physics) << job;
    EXPECT_EQ(archive.identities()[job], plan.jobs[job].identity);
    EXPECT_EQ(archive.observations()[job], plan.jobs[job].observation);
    EXPECT_EQ(archive.methods()[job], plan.jobs[job].physics->method);
    EXPECT_EQ(archive.predicted_seconds(job), plan.jobs[job].cost_seconds);
  }
}

TEST_F(NewArchive, ShowsTheColumnsOfQueriesInTheirOrder) {
  std::vector<std::string> names;
  for (const Column& c : Archive::open(file).job_columns()) names.push_back(c.name);
  EXPECT_THAT(names,
              ElementsAre("job", "scan", "method", "lattice", "size", "shell_layers", "shell_stiffness", "temperature",
                          "delta_mu", "composition", "start", "interaction", "hamiltonian", "bias", "window_from",
                          "window_to", "exchange_every", "ladder", "replica", "seed", "equilibration_sweeps",
                          "measured_sweeps", "n_sites", "n_core", "energy_unit", "numerics", "state"));
}

TEST_F(NewArchive, NamesCrystalsAsUsersWriteThem) {
  const Archive archive = Archive::open(file);
  const auto lattice = column<std::string>(archive, "lattice");
  const auto size = column<std::string>(archive, "size");
  const auto scan = column<std::string>(archive, "scan");
  std::map<std::string, std::string> crystals;
  for (std::size_t i = 0; i < scan.size(); ++i) crystals[scan[i]] = lattice[i] + " " + size[i];
  EXPECT_EQ(crystals["stiff"], "hexagon 4");
  EXPECT_EQ(crystals["cubes"], "cube 3");
  EXPECT_EQ(crystals["rods"], "box 3x3x5");
}

TEST_F(NewArchive, LeavesParametersEmptyThatAMethodDoesNotHave) {
  const Archive archive = Archive::open(file);
  const auto method = column<std::string>(archive, "method");
  const auto delta_mu = column<double>(archive, "delta_mu");
  const auto composition = column<double>(archive, "composition");
  const auto start = column<std::string>(archive, "start");
  for (std::size_t i = 0; i < method.size(); ++i) {
    const bool equilibrium = method[i] == "equilibrium";
    EXPECT_EQ(std::isnan(delta_mu[i]), equilibrium);
    EXPECT_EQ(std::isnan(composition[i]), !equilibrium);
    EXPECT_EQ(start[i].empty(), !equilibrium);
  }
}

TEST_F(NewArchive, HoldsNothingBeforeTheFirstCommit) {
  const Archive archive = Archive::open(file);
  for (std::uint64_t job = 0; job < archive.jobs(); ++job) {
    EXPECT_EQ(archive.states()[job], JobState::waiting);
    EXPECT_FALSE(archive.exchange(job));
    EXPECT_THAT(archive.profile(job), IsEmpty());
    EXPECT_THAT(archive.snapshots(job), IsEmpty());
    EXPECT_EQ(archive.samples(job).count, 0U);
  }
  for (const double value : archive.equilibrium().values) EXPECT_TRUE(std::isnan(value));
  for (std::size_t k = 0; k < archive.kernels(); ++k) {
    EXPECT_FALSE(archive.kernel(k));
    EXPECT_FALSE(archive.kernel_digest(k));
  }
  EXPECT_THAT(archive.verify(), IsEmpty());
}

TEST_F(NewArchive, HasItsFullSizeFromTheBeginning) {
  struct stat about {};
  ASSERT_EQ(::stat(file.c_str(), &about), 0);
  EXPECT_GE(about.st_blocks * 512, about.st_size);
  EXPECT_FALSE(fs::exists(file.string() + ".tmp"));
}

// What is written.

TEST_F(FilledArchive, GivesBackEveryResultToTheBit) {
  const Archive archive = Archive::open(file);
  for (std::uint64_t job = 0; job < plan.jobs.size(); ++job) expect_results_of(archive, plan, job, job);
  EXPECT_THAT(archive.verify(), IsEmpty());
}

TEST_F(FilledArchive, GivesBackStatusAndKernels) {
  const Archive archive = Archive::open(file);
  const std::vector<JobStatus> status = archive.status();
  for (std::uint64_t job = 0; job < plan.jobs.size(); ++job) {
    const JobStatus expected = sample::status_of(job);
    EXPECT_EQ(status[job].state, expected.state);
    EXPECT_EQ(status[job].pieces, expected.pieces);
    EXPECT_EQ(status[job].started, expected.started);
    EXPECT_EQ(status[job].finished, expected.finished);
    EXPECT_EQ(status[job].wall_seconds, expected.wall_seconds);
    EXPECT_EQ(status[job].numerics, expected.numerics);
    EXPECT_EQ(status[job].program_version, expected.program_version);
    EXPECT_EQ(status[job].generation, 0U);
  }
  for (std::size_t k = 0; k < plan.kernels.size(); ++k) {
    const ReducedKernel expected = sample::kernel_of(plan.kernels[k]);
    EXPECT_EQ(archive.kernel_identity(k), plan.kernels[k].identity);
    ASSERT_TRUE(archive.kernel(k));
    EXPECT_EQ(archive.kernel(k)->rows, expected.rows);
    EXPECT_EQ(archive.kernel(k)->grid, expected.grid);
    EXPECT_EQ(archive.kernel_digest(k), digest(expected));
  }
}

TEST_F(FilledArchive, HasSnapshotsAtTheirTimesAndSweeps) {
  const Archive archive = Archive::open(file);
  const auto scan = column<std::string>(archive, "scan");
  std::map<std::string, std::vector<double>> at;
  for (std::uint64_t job = 0; job < archive.jobs(); ++job) {
    at[scan[job]].clear();
    for (const Snapshot& snapshot : archive.snapshots(job)) at[scan[job]].push_back(snapshot.at);
  }
  EXPECT_THAT(at["stiff"], ElementsAre(0, 15));
  EXPECT_THAT(at["trajectories"], ElementsAre(0.1, 5));
  EXPECT_EQ(at["ideal"].size(), 40U);
  EXPECT_THAT(at["rods"], IsEmpty());
}

TEST_F(FilledArchive, HasBytesThatDoNotDependOnAnythingButItsContents) {
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));  // HDF5 keeps times in seconds
  const fs::path again = directory / "again.h5";
  create_archive(again, plan, sample::provenance());
  sample::fill(again, plan);
  EXPECT_EQ(read_file(file), read_file(again));
}

TEST_F(FilledArchive, IsReadableAndExplainedInH5py) {
  ASSERT_EQ(run_program({"/usr/bin/python3", "-c", "import h5py"}).exit_code, 0)
      << "python3-h5py is missing; tools/install-dependencies installs it";
  const std::string script = R"(
import sys, h5py, numpy
with h5py.File(sys.argv[1], 'r') as f:
    names = []
    def visit(name, thing):
        if isinstance(thing, h5py.Dataset):
            names.append(name)
            assert 'units' in thing.attrs, name
            assert len(thing.attrs['description']) > 3, name
    f.visititems(visit)
    assert len(names) > 60, names
    results = f['equilibrium/results']
    assert [d[0].name for d in results.dims] == ['/equilibrium/job', '/equilibrium/column']
    assert [d[0].name for d in f['exchange/0/results'].dims] == ['/exchange/0/job', '/exchange/0/time', '/exchange/column']
    column = [c.decode() for c in f['equilibrium/column'][()]].index('f_U')
    print(repr(float(numpy.nansum(results[:, column]))))
    print(f['campaign/name'][()].decode(), f['jobs/lattice'][0].decode(), f['status/state'][0])
)";
  const testing_tools::Outcome outcome = run_program({"/usr/bin/python3", "-c", script, file.string()});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const EquilibriumResults results = Archive::open(file).equilibrium();
  const auto f_U = std::ranges::find(results.columns, "f_U") - results.columns.begin();
  double sum = 0;
  for (auto i = static_cast<std::size_t>(f_U); i < results.values.size(); i += results.columns.size())
    if (!std::isnan(results.values[i])) sum += results.values[i];
  EXPECT_NEAR(std::stod(outcome.out), sum, 1e-12);
  EXPECT_THAT(outcome.out, HasSubstr("sample hexagon 5"));
}

// Copies.

TEST_F(FilledArchive, KeepsEveryResultWhenItsCampaignGrowsAndShrinks) {
  std::string text = sample::everything;
  text.replace(text.find("[2, 10]"), 7, "[6, 10]");
  const Plan wider = sample::plan_of(text);
  extend_archive(file, wider, [] {});
  const Archive archive = Archive::open(file);
  EXPECT_EQ(archive.campaign_text(), text);
  EXPECT_THAT(archive.verify(), IsEmpty());

  std::map<std::pair<Identity, Identity>, std::uint64_t> rows;
  for (std::uint64_t row = 0; row < archive.jobs(); ++row)
    rows[{archive.identities()[row], archive.observations()[row]}] = row;
  ASSERT_EQ(rows.size(), plan.jobs.size() + 4);
  for (std::uint64_t job = 0; job < wider.jobs.size(); ++job)
    EXPECT_EQ((rows.at({wider.jobs[job].identity, wider.jobs[job].observation})), job) << "the plan's jobs come first";
  for (std::uint64_t job = 0; job < plan.jobs.size(); ++job) {
    const std::uint64_t row = rows.at({plan.jobs[job].identity, plan.jobs[job].observation});
    expect_results_of(archive, plan, job, row);
    EXPECT_EQ(archive.physics(row), *plan.jobs[job].physics);
  }
  std::size_t waiting = 0;
  for (const JobState state : archive.states()) waiting += state == JobState::waiting ? 1U : 0U;
  EXPECT_EQ(waiting, 4U);

  std::set<Identity> known;
  for (std::size_t k = 0; k < archive.kernels(); ++k)
    if (archive.kernel(k)) known.insert(archive.kernel_identity(k));
  for (const PlannedKernel& kernel : plan.kernels) EXPECT_TRUE(known.contains(kernel.identity));
}

TEST_F(FilledArchive, IsNotReplacedByWhatARunExtendsThatIsNoLongerItsWriter) {
  // A new writer begins with a copy, to which it may write rows that the run which extends has not seen.
  const fs::path copy = directory / "copy.h5";
  fs::copy_file(file, copy);
  const auto of_new_writer = inode_of(copy);
  EXPECT_THAT(message_of([&] { extend_archive(file, plan, [&] { fs::rename(copy, file); }); }),
              HasSubstr("was replaced while it was being extended"));
  EXPECT_EQ(inode_of(file), of_new_writer);
  EXPECT_THROW(extend_archive(file, plan, [] { throw ArchiveError("another run took over"); }), ArchiveError);
  EXPECT_EQ(inode_of(file), of_new_writer);
}

TEST_F(FilledArchive, GivesDamagedRowsUpWhenItIsExtended) {
  const UserBlock block = check_user_block(file);
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  // The largest range holds the snapshots of the ideal jobs.
  const hdf5::FileRange range = std::ranges::max(block.mutable_ranges, {}, &hdf5::FileRange::length);
  stream.seekp(static_cast<std::streamoff>(range.offset + range.length / 2));
  stream << "damage";
  stream.close();
  const std::vector<Damage> damages = Archive::open(file).verify();
  ASSERT_EQ(damages.size(), 1U);
  extend_archive(file, plan, [] {});
  const Archive archive = Archive::open(file);
  EXPECT_EQ(archive.states()[*damages.front().job], JobState::waiting);
  EXPECT_THAT(archive.verify(), IsEmpty());
}

TEST_F(FilledArchive, ReadsTheSameFromACompressedCopy) {
  const fs::path packed = directory / "packed.h5";
  repack_archive(file, packed);
  const Archive archive = Archive::open(packed);
  EXPECT_TRUE(archive.packed());
  for (std::uint64_t job = 0; job < plan.jobs.size(); ++job) expect_results_of(archive, plan, job, job);
  EXPECT_THAT(archive.verify(), IsEmpty());
  EXPECT_LT(fs::file_size(packed), fs::file_size(file));
  EXPECT_THAT(message_of([&] { repack_archive(file, packed); }),
              AllOf(StartsWith(packed.string()), HasSubstr("exists already")));
  EXPECT_THAT(message_of([&] { ArchiveWriter(packed, MPI_COMM_SELF); }), HasSubstr("is a compressed copy"));
}

TEST_F(FilledArchive, IsNeverReplacedByANewOne) {
  const std::string before = read_file(file);
  EXPECT_THAT(message_of([&] { create_archive(file, plan, sample::provenance()); }),
              AllOf(StartsWith(file.string()), HasSubstr("exists already")));
  EXPECT_EQ(read_file(file), before);
}

// Damage.

void flip(const fs::path& file, std::uint64_t bit) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(bit / 8));
  const int byte = stream.get();
  stream.seekp(static_cast<std::streamoff>(bit / 8));
  stream.put(static_cast<char>(static_cast<unsigned>(byte) ^ (1U << (bit % 8))));
}

/// Everything that a row claims, as text; rows that claim nothing are empty.
std::vector<std::string> claims(const Archive& archive) {
  std::vector<std::string> rows(archive.jobs());
  const EquilibriumResults equilibrium = archive.equilibrium();
  const std::vector<JobStatus> status = archive.status();
  const std::size_t width = equilibrium.columns.size();
  const auto put = [](std::ostream& out, const std::vector<double>& values) {
    for (const std::uint64_t word : sample::bits(values)) out << std::hex << word << ' ';
  };
  for (std::uint64_t job = 0; job < rows.size(); ++job) {
    if (!has_results(status[job].state)) continue;
    std::ostringstream out;
    const auto first = equilibrium.values.begin() + static_cast<std::ptrdiff_t>(job * width);
    put(out, {first, first + static_cast<std::ptrdiff_t>(width)});
    if (const auto exchange = archive.exchange(job)) put(out, exchange->values), put(out, exchange->summary);
    put(out, archive.profile(job));
    for (const Snapshot& snapshot : archive.snapshots(job))
      for (const std::uint8_t byte : pack_bits(snapshot.sigma)) out << int{byte};
    put(out, {status[job].started, status[job].finished, status[job].wall_seconds});
    out << status[job].pieces << status[job].numerics << status[job].program_version << status[job].host
        << int(status[job].state);
    rows[job] = out.str();
  }
  return rows;
}

// Between HDF5's objects there are bytes that nothing is in: a flip there looks like the work of another program that
// left nothing, and is told as such.
void expect_that_flipped_metadata_is_found(const fs::path& file, int most) {
  const std::vector<hdf5::FileRange> ranges = check_user_block(file).mutable_ranges;
  const auto is_mutable = [&](std::uint64_t byte) {
    return std::ranges::any_of(ranges, [&](const auto& r) { return byte >= r.offset && byte < r.offset + r.length; });
  };
  const std::vector<std::string> intact = claims(Archive::open(file));
  const std::uint64_t size = fs::file_size(file);
  std::mt19937_64 random(1);
  int refused = 0;
  for (int flips = 0; flips < most;) {
    const std::uint64_t bit = random() % (8 * size);
    if (is_mutable(bit / 8)) continue;
    ++flips;
    flip(file, bit);
    const std::string message = message_of_opening(file);
    if (message == "nothing was thrown") {
      const Archive archive = Archive::open(file);
      EXPECT_THAT(archive.changes_by_others(), HasSubstr("another program wrote to it")) << "bit " << bit;
      EXPECT_EQ(claims(archive), intact) << "bit " << bit;
      EXPECT_THAT(archive.verify(), IsEmpty()) << "bit " << bit;
    } else {
      ++refused;
      EXPECT_THAT(message, StartsWith(file.string() + ": ")) << "bit " << bit;
    }
    flip(file, bit);
  }
  EXPECT_GT(refused, most / 2);
  EXPECT_EQ(Archive::open(file).changes_by_others(), "");
}

// A flip is found, or it changes nothing that anybody can read: room between rows, and beside the words of a seal.
void expect_that_flipped_results_are_found(const fs::path& file, int most) {
  const std::vector<hdf5::FileRange> ranges = check_user_block(file).mutable_ranges;
  const std::vector<std::string> intact = claims(Archive::open(file));
  std::mt19937_64 random(2);
  int found = 0;
  for (int flips = 0; flips < most; ++flips) {
    // Each range equally often: otherwise snapshots, which are large, would take nearly all.
    const hdf5::FileRange& range = ranges[random() % ranges.size()];
    const std::uint64_t bit = 8 * range.offset + random() % (8 * range.length);
    flip(file, bit);
    const Archive archive = Archive::open(file);
    if (!archive.verify().empty()) {
      ++found;
    } else {
      const std::vector<std::string> now = claims(archive);
      for (std::size_t job = 0; job < now.size(); ++job)
        EXPECT_EQ(now[job], intact[job]) << "bit " << bit << " changed job " << job << " unseen";
    }
    flip(file, bit);
  }
  EXPECT_GT(found, most / 3);
  EXPECT_THAT(Archive::open(file).verify(), IsEmpty());
}

TEST_F(FilledArchive, DoesNotOpenAfterAnyFlippedBitOfMetadataThatMeansSomething) {
  expect_that_flipped_metadata_is_found(file, 150);
}
TEST_F(FilledArchive, FindsEveryFlippedBitThatCarriesInformation) { expect_that_flipped_results_are_found(file, 400); }

class LongFilledArchive : public FilledArchive {};
TEST_F(LongFilledArchive, DoesNotOpenAfterAnyFlippedBitOfMetadataThatMeansSomething) {
  expect_that_flipped_metadata_is_found(file, 1000);
}
TEST_F(LongFilledArchive, FindsEveryFlippedBitThatCarriesInformation) {
  expect_that_flipped_results_are_found(file, 3000);
}

TEST_F(FilledArchive, FindsEveryFlippedBitOfStatesSealsAndFinalStates) {
  const auto bits_of = [&](const std::string& dataset, std::uint64_t bytes) {
    const hdf5::FileRange range = hdf5::File::open(file).dataset(dataset).range();
    std::vector<std::uint64_t> bits;
    for (std::uint64_t byte = 0; byte < std::min(bytes, range.length); ++byte)
      bits.push_back(8 * (range.offset + byte) + byte % 8);
    return bits;
  };
  std::vector<std::uint64_t> all = bits_of("/kernels/seals", 40);
  std::ranges::copy(bits_of("/equilibrium/final_states", 300), std::back_inserter(all));
  const std::uint64_t first_state = hdf5::File::open(file).dataset("/status/state").range().offset;
  for (std::uint64_t bit = 0; bit < 8 * plan.jobs.size(); ++bit) all.push_back(8 * first_state + bit);
  for (const std::uint64_t bit : all) {
    flip(file, bit);
    EXPECT_EQ(Archive::open(file).verify().size(), 1U) << "bit " << bit;
    flip(file, bit);
  }
}

TEST_F(FilledArchive, NamesTheDamagedJobAndGivesNoResultsForIt) {
  const Archive archive = Archive::open(file);
  std::uint64_t job = 0;
  while (plan.jobs[job].physics->method != Method::exchange) ++job;
  const std::string before = read_file(file);
  const std::string pattern(reinterpret_cast<const char*>(sample::record_of(plan.jobs[job]).values.data()), 16);
  const std::size_t place = before.find(pattern);
  ASSERT_NE(place, std::string::npos);
  flip(file, 8 * place);
  const std::vector<Damage> damages = archive.verify();
  ASSERT_EQ(damages.size(), 1U);
  EXPECT_EQ(damages.front().job, job);
  EXPECT_THAT(damages.front().where, HasSubstr(to_string(plan.jobs[job].identity)));
  EXPECT_THAT(damages.front().what, HasSubstr("checksum"));
  EXPECT_FALSE(archive.exchange(job));
}

// Files that are no archives.

class Message : public testing::Test {
 protected:
  TemporaryDirectory directory;
  fs::path file = directory / "x.h5";
  void expect_refusal(const std::string& reason) const {
    EXPECT_THAT(message_of_opening(file), AllOf(StartsWith(file.string() + ": "), HasSubstr(reason)));
  }
};

TEST_F(Message, OfAMissingFileSaysHowToMakeOne) {
  expect_refusal("there is no such file");
  expect_refusal("nxmc run");
}

TEST_F(Message, OfADirectory) {
  fs::create_directory(file);
  expect_refusal("is a directory");
}

TEST_F(Message, OfAPipeComesAtOnce) {
  ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
  expect_refusal("is not a regular file");
}

TEST_F(Message, OfAnEmptyFile) {
  write_file(file, "");
  expect_refusal("is empty");
}

TEST_F(Message, OfATextFile) {
  write_file(file, "name: shell-stiffness\n");
  expect_refusal("is not an nxmc archive");
}

TEST_F(Message, OfAnotherProgramsFile) {
  write_file(file, std::string(512, ' ') + "\x89HDF\r\n\x1a\n" + std::string(100, ' '));
  expect_refusal("is an HDF5 file of another program");
}

TEST_F(Message, OfAnotherFormatNamesBothNumbers) {
  create_archive(file, sample::plan_of(sample::everything), sample::provenance());
  std::string bytes = read_file(file);
  bytes[16] = 7;
  write_file(file, bytes);
  expect_refusal("has archive format 7, but this nxmc reads formats 1 to 6");
}

TEST_F(Message, OfATruncatedFileSaysHowMuchIsThere) {
  create_archive(file, sample::plan_of(sample::everything), sample::provenance());
  const std::uint64_t size = fs::file_size(file);
  for (const std::uint64_t rest : {size - 1, size / 2, std::uint64_t{5000}, std::uint64_t{60}}) {
    fs::resize_file(file, rest);
    expect_refusal("is truncated: it has " + std::to_string(rest) + " of " + std::to_string(size));
  }
  fs::resize_file(file, 20);
  expect_refusal("is damaged");
}

TEST_F(Message, OfAFileWithMoreThanItsBytes) {
  create_archive(file, sample::plan_of(sample::everything), sample::provenance());
  std::ofstream(file, std::ios::app) << "x";
  expect_refusal("is damaged");
}

/// Acts as an ordinary user even where tests run as root.
void without_privileges(const std::function<void()>& action) {
  constexpr uid_t nobody = 65534;
  const uid_t user = ::geteuid();
  ASSERT_TRUE(user != 0 || ::seteuid(nobody) == 0);
  action();
  ASSERT_TRUE(user != 0 || ::seteuid(0) == 0);
}

TEST_F(Message, OfAFileThatMayNotBeRead) {
  write_file(file, "secret");
  fs::permissions(file, fs::perms::none);
  fs::permissions(directory.path(), fs::perms::all);
  without_privileges([&] { expect_refusal("no permission"); });
}

TEST_F(Message, OfADirectoryThatMayNotBeWrittenTo) {
  fs::permissions(directory.path(),
                  fs::perms::owner_read | fs::perms::owner_exec | fs::perms::others_read | fs::perms::others_exec);
  without_privileges([&] {
    EXPECT_THAT(message_of([&] { create_archive(file, sample::plan_of(sample::everything), sample::provenance()); }),
                AllOf(StartsWith(file.string()), HasSubstr("cannot create it"), HasSubstr("--archive")));
  });
  fs::permissions(directory.path(), fs::perms::owner_all);
}

TEST_F(Message, OfAMissingDirectorySaysHowToMakeIt) {
  EXPECT_THAT(message_of([&] {
                create_archive(directory / "a/b.h5", sample::plan_of(sample::everything), sample::provenance());
              }),
              AllOf(HasSubstr("its directory does not exist"), HasSubstr("mkdir -p")));
}

TEST_F(Message, EndsWithARemedyForAnyGarbage) {
  create_archive(file, sample::plan_of(sample::everything), sample::provenance());
  const std::string archive = read_file(file);
  std::mt19937_64 random(3);
  for (int i = 0; i < 500; ++i) {
    std::string bytes = archive.substr(0, 5000);
    // The magic, or the magic and the format, or nothing of the first bytes survives.
    const std::size_t first = std::array<std::size_t, 3>{0, 16, 20}.at(random() % 3);
    for (std::size_t k = first; k < 120; ++k) bytes[k] = static_cast<char>(random());
    write_file(file, bytes);
    expect_refusal(". ");
  }
}

TEST_F(Message, OfATooSmallDiskSaysHowMuchIsNeededAndFree) {
  const fs::path disk = directory / "disk";
  fs::create_directory(disk);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=64k") != 0)
    GTEST_SKIP() << "needs the right to mount a file system of 64 KiB";
  const std::string message =
      message_of([&] { create_archive(disk / "x.h5", sample::plan_of(sample::everything), sample::provenance()); });
  const bool left_nothing = fs::is_empty(disk);
  ::umount(disk.c_str());
  EXPECT_THAT(message, AllOf(HasSubstr("the disk is too small"), HasSubstr("64.0 KiB are free")));
  EXPECT_TRUE(left_nothing);
}

TEST_F(FilledArchive, LeavesNothingOfACompressedCopyThatDoesNotFit) {
  const fs::path disk = directory / "disk";
  fs::create_directory(disk);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=32k") != 0)
    GTEST_SKIP() << "needs the right to mount a file system of 32 KiB";
  const std::string message = message_of([&] { repack_archive(file, disk / "packed.h5"); });
  const bool left_nothing = fs::is_empty(disk);
  ::umount2(disk.c_str(), MNT_DETACH);
  EXPECT_THAT(message, AllOf(StartsWith((disk / "packed.h5").string()), HasSubstr("No space left on device")));
  EXPECT_TRUE(left_nothing);
}

TEST_F(Message, OfALimitOnFileSizesLeavesNothingBehind) {
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  struct rlimit limit = before;
  limit.rlim_cur = 100000;
  std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  const std::string message =
      message_of([&] { create_archive(file, sample::plan_of(sample::everything), sample::provenance()); });
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_THAT(message, AllOf(StartsWith(file.string()), HasSubstr(". ")));
  EXPECT_TRUE(fs::is_empty(directory.path()));
}

}  // namespace
}  // namespace nxmc
