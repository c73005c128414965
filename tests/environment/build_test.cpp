// Configuring on machines that are not Debian, and installing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "program.hpp"

namespace nxmc {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing_tools::Outcome;
using testing_tools::read_file;
using testing_tools::RunningProgram;
using testing_tools::TemporaryDirectory;
using testing_tools::write_file;

Outcome run(const std::vector<std::string>& words, const fs::path& directory = {}) {
  return RunningProgram(words, {}, directory).wait(std::chrono::seconds(300));
}

std::vector<std::string> parts(const std::string& list) {
  std::istringstream stream(list);
  std::vector<std::string> result;
  for (std::string part; std::getline(stream, part, ':');) result.push_back(part);
  return result;
}

/// CMake breaks its messages into lines.
std::string on_one_line(const std::string& text) {
  std::istringstream words(text);
  std::string line;
  for (std::string word; words >> word;) line += word + " ";
  return line;
}

class Configuration : public testing::Test {
 protected:
  /// cmake on a new build directory; the whole message in `err`.
  Outcome configure(const std::vector<std::string>& options) const {
    std::vector<std::string> words{NXMC_CMAKE, "-S", NXMC_SOURCE, "-B", build().string(), "-G", "Unix Makefiles"};
    words.emplace_back("-DMPI_C_COMPILER=" NXMC_MPI_C);
    words.insert(words.end(), options.begin(), options.end());
    Outcome outcome = run(words);
    outcome.err = on_one_line(outcome.err);
    return outcome;
  }

  /// An HDF5 as modules have it: headers and libraries under one prefix, and nothing that tells pkg-config of it.
  fs::path hdf5_elsewhere() const {
    fs::create_directories(prefix() / "include");
    fs::create_directories(prefix() / "lib");
    for (const std::string& includes : parts(NXMC_HDF5_INCLUDE)) {
      for (const auto& header : fs::directory_iterator(includes)) {
        if (header.path().filename().string().starts_with("H5") || header.path().filename() == "hdf5.h")
          fs::copy(header.path(), prefix() / "include", fs::copy_options::skip_existing);
      }
    }
    for (const std::string& library : parts(NXMC_HDF5)) {
      if (fs::path(library).filename().string().find("hdf5") == std::string::npos) continue;
      const fs::path link =
          prefix() / "lib" / (library.find("_hl") != std::string::npos ? "libhdf5_hl.so" : "libhdf5.so");
      fs::create_symlink(library, link);
    }
    return prefix();
  }

  fs::path build() const { return directory_ / "build"; }
  fs::path prefix() const { return directory_ / "hdf5"; }
  const fs::path& directory() const { return directory_.path(); }

 private:
  TemporaryDirectory directory_;
};

TEST_F(Configuration, TellsAllThatIsMissingByItsNamesInDebianSpackAndModules) {
  const Outcome outcome =
      configure({"-DCMAKE_DISABLE_FIND_PACKAGE_yaml-cpp=ON", "-DCMAKE_DISABLE_FIND_PACKAGE_spdlog=ON"});
  EXPECT_NE(outcome.exit_code, 0);
  EXPECT_THAT(
      outcome.err,
      AllOf(HasSubstr("nxmc needs what was not found here: yaml-cpp apt-get install libyaml-cpp-dev | spack install "
                      "yaml-cpp | module load yaml-cpp"),
            HasSubstr("spdlog apt-get install libspdlog-dev | spack install spdlog+fmt_external | module load spdlog"),
            HasSubstr("tools/install-dependencies installs all"), Not(HasSubstr("CHOLMOD apt-get"))));
}

TEST_F(Configuration, TakesAParallelHdf5FromAPlaceOfItsOwn) {
  const fs::path root = hdf5_elsewhere();
  const Outcome outcome = configure({"-DHDF5_ROOT=" + root.string()});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const std::string link = read_file(build() / "src" / "CMakeFiles" / "nxmc.dir" / "link.txt");
  EXPECT_THAT(link, AllOf(HasSubstr((root / "lib" / "libhdf5.so").string()),
                          HasSubstr((root / "lib" / "libhdf5_hl.so").string())));
  const std::string flags = read_file(build() / "src" / "archive" / "CMakeFiles" / "nxmc_archive.dir" / "flags.make");
  EXPECT_THAT(flags, HasSubstr("-isystem " + (root / "include").string()));
}

TEST_F(Configuration, RefusesAnHdf5WithoutMpi) {
  const fs::path root = hdf5_elsewhere();
  const fs::path configuration = root / "include" / "H5pubconf.h";
  std::string text = read_file(configuration);
  const std::string parallel = "#define H5_HAVE_PARALLEL 1";
  ASSERT_NE(text.find(parallel), std::string::npos);
  text.erase(text.find(parallel), parallel.size());
  write_file(configuration, text);

  const Outcome outcome = configure({"-DHDF5_ROOT=" + root.string()});
  EXPECT_NE(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("HDF5 1.10 or newer, built for MPI, with its high-level library (the one in"),
                    HasSubstr("is serial)"), HasSubstr("spack install hdf5+mpi+hl")));
}

TEST_F(Configuration, RefusesAnHdf5OfAnotherMpi) {
  const fs::path root = hdf5_elsewhere();
  const fs::path library = root / "lib" / "libhdf5.so";
  fs::remove(library);
  write_file(directory() / "mpi.c", "int other_mpi(void) { return 0; }\n");
  write_file(directory() / "hdf5.c", "int other_mpi(void); int H5open(void) { return other_mpi(); }\n");
  const std::string mpi = directory() / "libmpi_other.so.7";
  ASSERT_EQ(
      run({"cc", "-shared", "-fPIC", "-Wl,-soname,libmpi_other.so.7", "-o", mpi, directory() / "mpi.c"}).exit_code, 0);
  ASSERT_EQ(run({"cc", "-shared", "-fPIC", "-o", library.string(), directory() / "hdf5.c", mpi}).exit_code, 0);

  const Outcome outcome = configure({"-DHDF5_ROOT=" + root.string()});
  EXPECT_NE(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("was built with another MPI (libmpi_other.so.7) than that of"),
                                 HasSubstr("Load an HDF5 that belongs to it")));
}

TEST(Installation, WorksWhereverItIsMoved) {
  const TemporaryDirectory directory;
  const fs::path installed = directory / "installed";
  const Outcome outcome = run({NXMC_CMAKE, "--install", NXMC_BUILD, "--prefix", installed});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const fs::path moved = directory / "moved";
  fs::rename(installed, moved);

  const std::string campaign = moved / "share" / "nxmc" / "campaigns" / "quickstart.yaml";
  EXPECT_THAT(run({moved / "bin" / "nxmc", "plan", campaign}, "/").out, HasSubstr("quickstart"));
  for (const char* name : {"slurm/requeue.sbatch", "tools/plot.py", "tools/nxmc/columns.json", "tools/pyproject.toml",
                           "tools/examples/superlattice.py"})
    EXPECT_TRUE(fs::exists(moved / "share" / "nxmc" / name)) << name;
  for (const char* name :
       {"man/man1/nxmc.1", "man/man1/nxmc-run.1", "man/man5/nxmc-campaign.5", "bash-completion/completions/nxmc",
        "zsh/site-functions/_nxmc", "fish/vendor_completions.d/nxmc.fish"})
    EXPECT_TRUE(fs::exists(moved / "share" / name)) << name;
  EXPECT_EQ(run({"/usr/bin/python3", "-B", moved / "share" / "nxmc" / "tools" / "plot.py", "--help"}, "/").exit_code,
            0);
}

TEST(Installation, PutsPythonWhereADistributionWantsIt) {
  const TemporaryDirectory directory;
  const Outcome configured = run({NXMC_CMAKE, "-S", NXMC_SOURCE, "-B", directory / "build", "-G", "Unix Makefiles",
                                  "-DNXMC_PYTHON_DIR=lib/python3/dist-packages"});
  ASSERT_EQ(configured.exit_code, 0) << configured.err;
  EXPECT_THAT(read_file(directory / "build" / "src" / "cmake_install.cmake"),
              HasSubstr("lib/python3/dist-packages\" TYPE DIRECTORY"));
}

}  // namespace
}  // namespace nxmc
