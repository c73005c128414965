// What other programs do to an archive: what they add is told and survived, what they change of nxmc's is damage. And
// what a digest cannot tell: values that were sealed, but that there cannot be.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "archive_errors.hpp"
#include "durable_file.hpp"
#include "hdf5.hpp"
#include "program.hpp"
#include "results.hpp"
#include "sample.hpp"
#include "sample_archive.hpp"
#include "user_block.hpp"

namespace nxmc {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;
using testing_tools::message_of;
using testing_tools::message_of_opening;
using testing_tools::read_file;
using testing_tools::results_of;
using testing_tools::run_program;
using testing_tools::TemporaryDirectory;
namespace fs = std::filesystem;

class FileOfOthers : public testing_tools::FilledArchive {
 protected:
  /// What h5py does with it: `f` is the open file, `np` numpy.
  static void edit(const fs::path& archive, const std::string& python) {
    const testing_tools::Outcome outcome = run_program(
        {"/usr/bin/python3", "-c",
         "import sys, h5py, numpy as np\nwith h5py.File(sys.argv[1], 'r+') as f:\n    " + python, archive.string()});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  }
  void edit(const std::string& python) const { edit(file, python); }
  /// Everything that nxmc wrote is read as before.
  void expect_all_is_there(const fs::path& archive) const {
    const Archive now = Archive::open(archive);
    EXPECT_EQ(results_of(now), intact);
    EXPECT_THAT(now.verify(), IsEmpty());
    EXPECT_EQ(now.kernels(), plan.kernels.size());
    EXPECT_EQ(now.campaign_text(), sample::everything);
  }
  testing_tools::CampaignBits intact = [this] {
    create_archive(directory / "intact.h5", plan, sample::provenance());
    sample::fill(directory / "intact.h5", plan);
    return results_of(directory / "intact.h5");
  }();
};

TEST_F(FileOfOthers, IsReadWhateverWasAddedAndNamesIt) {
  struct Case {
    const char* python;
    std::vector<std::string> words;
  };
  for (const Case& c : std::vector<Case>{
           {"f.attrs['note'] = 'good run'", {"attribute 'note' of /"}},
           {"f.attrs['short'] = 1", {"attribute 'short' of /"}},
           {"f['jobs/temperature'].attrs['seen'] = np.arange(3)", {"attribute 'seen' of /jobs/temperature"}},
           {"f['equilibrium'].attrs['who'] = ['a', 'b']", {"attribute 'who' of /equilibrium"}},
           {"f['analysis/peak'] = np.arange(1000.)", {"group /analysis"}},
           {"f['jobs/mine'] = np.arange(5)", {"dataset /jobs/mine"}},
           {"f['alias'] = f['jobs/temperature']", {"dataset /alias"}},
           {"f['all'] = f['/']", {"group /all"}},
           {"f['soft'] = h5py.SoftLink('/jobs/temperature')", {"link /soft"}},
           {"f['far'] = h5py.ExternalLink('other.h5', '/x')", {"link /far"}},
           {"f['type'] = np.dtype('f8')", {"type /type"}},
           {"[f.create_group('g%02d' % i) for i in range(30)]", {}},
           {"[f.attrs.create('a%02d' % i, 'x' * 100) for i in range(30)]", {}},
           {"f['big'] = np.zeros(1000000)", {"dataset /big"}},
           {"d = f.create_dataset('packed', (1000,), maxshape=(None,), compression='gzip'); d[:] = 1",
            {"dataset /packed"}},
           {"d = f.create_dataset('x', (3,)); d.dims[0].attach_scale(f['equilibrium/job'])", {"dataset /x"}},
       }) {
    fs::copy_file(directory / "intact.h5", file, fs::copy_options::overwrite_existing);
    edit(c.python);
    ASSERT_NO_FATAL_FAILURE(expect_all_is_there(file)) << c.python;
    const Archive archive = Archive::open(file);
    if (c.words.empty())
      EXPECT_THAT(archive.additions(), SizeIs(30)) << c.python;
    else
      EXPECT_EQ(archive.additions(), c.words) << c.python;
    EXPECT_THAT(archive.changes_by_others(), AllOf(StartsWith("another program added"), HasSubstr("as it was")));
  }
}

TEST_F(FileOfOthers, IsReadWhenWhatWasAddedIsGoneAgain) {
  edit("f.attrs['note'] = 'x' * 1000");
  edit("f['analysis/peak'] = np.arange(1000.)");
  edit("del f.attrs['note']");
  edit("del f['analysis']");
  expect_all_is_there(file);
  EXPECT_THAT(Archive::open(file).additions(), IsEmpty());
  EXPECT_THAT(Archive::open(file).changes_by_others(), HasSubstr("left nothing"));
}

TEST_F(FileOfOthers, HasNothingToTellWhenNobodyWroteToIt) {
  EXPECT_THAT(Archive::open(file).additions(), IsEmpty());
  EXPECT_EQ(Archive::open(file).changes_by_others(), "");
}

// nxmc finds its tables by their names.
TEST_F(FileOfOthers, IsNotMisledByNamesThatCouldBeItsOwn) {
  edit("f['exchange/%d/results' % len([k for k in f['exchange'] if k.isdigit()])] = np.arange(3)");
  edit("f['contents/more'] = 1");
  expect_all_is_there(file);
  EXPECT_THAT(Archive::open(file).additions(), SizeIs(2));
}

TEST_F(FileOfOthers, IsDamagedWhereSomethingOfNxmcWasChanged) {
  struct Case {
    const char* python;
    const char* where;
  };
  for (const Case& c : std::vector<Case>{
           {"f['jobs/temperature'][0] = 9", "/jobs/temperature has changed"},
           {"f['campaign/seed'][()] = 7", "/campaign/seed has changed"},
           {"f['jobs/temperature'].attrs['units'] = 'K'", "/jobs/temperature"},
           {"f['equilibrium/column'][0] = b'f_X'", "/equilibrium/column has changed"},
           {"del f['jobs/row']", "/jobs/row"},
           {"f.move('jobs/row', 'jobs/line')", "/jobs/row"},
           {"v = f['status/state'][()]; del f['status/state']; f['status/state'] = v", "/status/state"},
           {"f.move('contents', 'index')", "its table of contents is missing"},
           {"f['contents/digest'][0] = 1", "its table of contents has changed"},
       }) {
    fs::copy_file(directory / "intact.h5", file, fs::copy_options::overwrite_existing);
    edit(c.python);
    EXPECT_THAT(message_of_opening(file),
                AllOf(StartsWith(file.string() + ": is damaged: "), HasSubstr(c.where), HasSubstr("Restore it")))
        << c.python;
  }
}

TEST_F(FileOfOthers, TellsResultsThatWereChangedFromThoseThatWereNot) {
  edit("f.attrs['note'] = 1");
  edit("f['equilibrium/results'][1, 0] += 1");
  const Archive archive = Archive::open(file);
  ASSERT_THAT(archive.verify(), SizeIs(1));
  EXPECT_TRUE(archive.damaged(*archive.verify().front().job));
}

TEST_F(FileOfOthers, IsWrittenToAsBefore) {
  create_archive(directory / "half.h5", plan, sample::provenance());
  edit(directory / "half.h5", "f.attrs['note'] = 'x' * 5000");
  edit(directory / "half.h5", "f['mine'] = np.arange(10000.)");
  sample::fill(directory / "half.h5", plan);
  expect_all_is_there(directory / "half.h5");
  EXPECT_THAT(Archive::open(directory / "half.h5").additions(), ElementsAre("attribute 'note' of /", "dataset /mine"));
}

TEST_F(FileOfOthers, KeepsNotesWhenItIsExtended) {
  edit("f.attrs['note'] = 'good run'");
  edit("f.attrs['plain'] = np.bytes_('fixed')");
  edit("f['jobs/temperature'].attrs['seen'] = 3.5");
  extend_archive(file, plan, [] {});
  expect_all_is_there(file);
  EXPECT_THAT(Archive::open(file).additions(),
              ElementsAre("attribute 'note' of /", "attribute 'plain' of /", "attribute 'seen' of /jobs/temperature"));
  EXPECT_EQ(Archive::open(file).changes_by_others(), "") << "they are sealed with it";
  edit("assert f.attrs['note'] == 'good run' and f['jobs/temperature'].attrs['seen'] == 3.5");
}

TEST_F(FileOfOthers, IsNotExtendedWhereThatWouldMoveTheRowsThatOthersMean) {
  for (const char* python : {"f['mine'] = np.arange(10.)", "f['jobs'].attrs['mine'] = np.arange(10)",
                             "f['soft'] = h5py.SoftLink('/jobs/row')"}) {
    fs::copy_file(directory / "intact.h5", file, fs::copy_options::overwrite_existing);
    edit(python);
    const std::string before = read_file(file);
    EXPECT_THAT(message_of([&] { extend_archive(file, plan, [] {}); }),
                AllOf(StartsWith(file.string() + ": cannot be replaced"), HasSubstr("another program added"),
                      HasSubstr("cp " + file.string()), HasSubstr("del h5py.File")))
        << python;
    EXPECT_EQ(read_file(file), before);
  }
  edit("del f['soft']");
  extend_archive(file, plan, [] {});
  expect_all_is_there(file);
}

TEST_F(FileOfOthers, IsRepackedWithEverything) {
  edit("f.attrs['note'] = 'good run'");
  edit("f['analysis/peak'] = np.arange(1000.)");
  edit("f['jobs'].attrs['mine'] = np.arange(10)");
  const fs::path copy = directory / "packed.h5";
  repack_archive(file, copy);
  expect_all_is_there(copy);
  EXPECT_THAT(Archive::open(copy).additions(), SizeIs(3));
  EXPECT_EQ(Archive::open(copy).changes_by_others(), "");
  edit(copy, "assert f['analysis/peak'][999] == 999");
  edit(copy, "f.attrs['more'] = 1");
  expect_all_is_there(copy);
  edit(copy, "f['jobs/n_sites'][0] += 1");
  EXPECT_THAT(message_of_opening(copy), HasSubstr("/jobs/n_sites has changed"));
}

TEST(FileOfFormat1, CannotTellAdditionsFromDamage) {
  const TemporaryDirectory directory;
  const fs::path file = directory / "old.h5";
  fs::copy_file(fs::path(NXMC_TEST_DATA) / "archive_format_1.h5", file);
  ASSERT_EQ(run_program({"/usr/bin/python3", "-c", "import sys, h5py; h5py.File(sys.argv[1], 'r+').attrs['note'] = 1",
                         file.string()})
                .exit_code,
            0);
  EXPECT_THAT(message_of_opening(file), HasSubstr("is damaged"));
}

// ---------------------------------------------------------------------- values that there cannot be

class SealedNonsense : public FileOfOthers {
 protected:
  /// Digests fit whatever is in the file.
  void seal() const {
    const UserBlock block = check_user_block(directory / "intact.h5");
    seal_user_block(file, user_block_size(block.mutable_ranges.size()), false, *block.contents, block.mutable_ranges);
  }
  void put(const std::string& path, std::uint64_t offset, const std::string& bytes) {
    const hdf5::FileRange range = hdf5::File::open(directory / "intact.h5").dataset(path).range();
    ASSERT_LE(offset + bytes.size(), range.length) << path;
    fs::copy_file(directory / "intact.h5", file, fs::copy_options::overwrite_existing);
    Descriptor(file, O_RDWR).write(range.offset + offset, bytes.data(), bytes.size());
    seal();
  }
  void put_number(const std::string& path, std::uint64_t index, std::int64_t value) {
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    put(path, index * sizeof value, bytes);
  }
  /// Everything that commands do with an archive.
  static void use(const fs::path& archive) {
    const Archive opened = Archive::open(archive);
    static_cast<void>(results_of(opened));
    static_cast<void>(opened.verify());
    static_cast<void>(opened.job_columns());
    for (std::uint64_t job = 0; job < opened.jobs(); ++job) static_cast<void>(opened.physics(job));
  }
};

TEST_F(SealedNonsense, IsTheSealThatTheTestMakes) {
  fs::copy_file(directory / "intact.h5", file, fs::copy_options::overwrite_existing);
  seal();
  EXPECT_EQ(read_file(file), read_file(directory / "intact.h5"));
}

TEST_F(SealedNonsense, OfAnyIndexOrLengthIsDamage) {
  for (const char* path : {"/equilibrium/job",
                           "/exchange/0/job",
                           "/exchange/1/job",
                           "/jobs/times",
                           "/jobs/row",
                           "/jobs/snapshots",
                           "/jobs/samples",
                           "/jobs/sample_every",
                           "/jobs/exchange_every",
                           "/jobs/snapshot_bytes",
                           "/jobs/snapshot_offset",
                           "/jobs/snapshot_at",
                           "/jobs/profile_length",
                           "/jobs/profile_offset",
                           "/jobs/final_state_length",
                           "/jobs/final_state_offset",
                           "/jobs/n_sites",
                           "/jobs/nx",
                           "/jobs/kernel",
                           "/jobs/shell_layers",
                           "/kernels/n_sites",
                           "/kernels/representatives",
                           "/kernels/offset",
                           "/kernels/length",
                           "/kernels/nx"}) {
    const std::uint64_t rows = hdf5::File::open(directory / "intact.h5").dataset(path).rows();
    for (const std::int64_t value :
         {std::int64_t{1} << 40, std::int64_t{1} << 60, std::int64_t{-2}, std::numeric_limits<std::int64_t>::max(),
          std::numeric_limits<std::int64_t>::min()}) {
      for (const std::uint64_t index : {std::uint64_t{0}, rows - 1}) {
        put_number(path, index, value);
        const std::string message = message_of([&] { use(file); });
        // An offset of nothing may be anything, and an interval that a chain is too short for.
        if (message != "nothing was thrown") {
          EXPECT_THAT(message, AllOf(StartsWith(file.string() + ": is damaged: /"), HasSubstr("that there can be")))
              << path << " = " << value;
        } else {
          EXPECT_THAT(path, testing::AnyOf(HasSubstr("offset"), HasSubstr("snapshot_"), HasSubstr("sample_every")))
              << value;
        }
      }
    }
  }
}

TEST_F(SealedNonsense, OfCountsIsDamage) {
  for (const char* column : {"equilibration_sweeps", "measured_sweeps", "phases_every", "areas_every", "replica"}) {
    const std::string path = std::string("/jobs/") + column;
    for (const std::int64_t value : {std::int64_t{-64}, (std::int64_t{1} << 53U) + 1}) {
      put_number(path, 1, value);
      EXPECT_THAT(message_of_opening(file), HasSubstr("is damaged: " + path + " of job 1 is none that there can be"))
          << value;
    }
  }
}

TEST_F(SealedNonsense, OfAChainWithoutEquilibriumIsDamage) {
  const std::vector<std::int64_t> times =
      hdf5::File::open(directory / "intact.h5")
          .dataset("/jobs/times")
          .read_rows<std::int64_t>(0, Archive::open(directory / "intact.h5").jobs());
  const auto exchange = std::ranges::find_if(times, [](std::int64_t group) { return group >= 0; });
  ASSERT_NE(exchange, times.end());
  const auto job = static_cast<std::uint64_t>(exchange - times.begin());
  put_number("/jobs/final_state_length", job, 8);
  EXPECT_THAT(message_of_opening(file), HasSubstr("is damaged: /jobs/final_state_length"));
}

TEST_F(SealedNonsense, OfEnsemblesIsDamage) {
  const double nothing = std::numeric_limits<double>::quiet_NaN();
  const double some = 0.25;
  const std::vector<std::int64_t> times =
      hdf5::File::open(directory / "intact.h5")
          .dataset("/jobs/times")
          .read_rows<std::int64_t>(0, Archive::open(directory / "intact.h5").jobs());
  const auto chain = std::ranges::find_if(times, [](std::int64_t group) { return group < 0; });
  ASSERT_NE(chain, times.end());
  const auto job = static_cast<std::uint64_t>(chain - times.begin());
  put_number("/jobs/composition", job, std::bit_cast<std::int64_t>(nothing));
  EXPECT_THAT(message_of_opening(file), HasSubstr("is damaged: /jobs/composition")) << "neither of both";
  put_number("/jobs/delta_mu", job, std::bit_cast<std::int64_t>(some));
  EXPECT_THAT(message_of_opening(file), HasSubstr("is damaged: /jobs/composition")) << "both";
}

TEST_F(SealedNonsense, OfStartsOfOneKindAtAFixedCompositionIsDamage) {
  put("/jobs/start", 0, std::string("A\0\0\0\0\0", 6));
  EXPECT_THAT(message_of_opening(file), HasSubstr("is damaged: /jobs/start of job 0"));
}

TEST_F(SealedNonsense, OfIndicesThatAreThereButOfOthersIsDamage) {
  put_number("/jobs/times", 0, 1);
  EXPECT_THAT(message_of_opening(file), HasSubstr("is damaged: /jobs/"));
  put_number("/jobs/row", 0, 1);
  EXPECT_THAT(message_of_opening(file), HasSubstr("is damaged: /jobs/row of job 0"));
  put_number("/equilibrium/job", 1, 0);
  EXPECT_THAT(message_of_opening(file), HasSubstr("is damaged: /jobs/row of job 1"));
}

TEST_F(SealedNonsense, OfAnyWordIsDamage) {
  for (const char* path :
       {"/jobs/identity", "/jobs/observation", "/jobs/continuation", "/jobs/method", "/jobs/lattice", "/jobs/start",
        "/jobs/hamiltonian", "/jobs/ladder", "/kernels/identity", "/kernels/lattice"}) {
    for (const std::string word : {"#", "\xff", "B"}) {
      put(path, 0, word);
      EXPECT_THAT(message_of_opening(file), StartsWith(file.string() + ": is damaged: ")) << path << " " << word;
    }
  }
}

TEST_F(SealedNonsense, OfShapesAndTypesIsDamage) {
  for (const char* python :
       {"del f['status/checksum']; f['status/checksum'] = np.zeros(3, 'u8')",
        "del f['jobs/row']; f['jobs/row'] = np.zeros((2, 2), 'i8')", "del f['jobs/method']; f['jobs/method'] = 1",
        "del f['jobs/scan']; f.create_dataset('jobs/scan', (16,), dtype=h5py.string_dtype())",
        "del f['campaign/seed']; f['campaign/seed'] = np.zeros(0, 'u8')",
        "del f['equilibrium/column']; f['equilibrium/column'] = np.zeros(3, 'S4')",
        "del f['exchange/0/time']; f['exchange/0/time'] = np.zeros(1)",
        "del f['runs/started']; f['runs/started'] = np.zeros(0)",
        "del f['kernels/seals']; f['kernels/seals'] = np.zeros((3, 2), 'u8')",
        "del f['jobs/row']; f.create_dataset('jobs/row', (1 << 40,), dtype='i8', chunks=(1 << 20,))",
        "del f['jobs']"}) {
    fs::copy_file(directory / "intact.h5", file, fs::copy_options::overwrite_existing);
    edit(python);
    seal();
    EXPECT_THAT(message_of_opening(file), StartsWith(file.string() + ": is damaged: ")) << python;
  }
}

}  // namespace
}  // namespace nxmc
