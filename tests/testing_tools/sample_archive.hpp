// The sample archive in a directory of its own.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "program.hpp"
#include "sample.hpp"

namespace nxmc::testing_tools {

/// Without results; no MPI is involved.
class NewArchive : public testing::Test {
 protected:
  NewArchive() { create_archive(file, plan, sample::provenance()); }
  TemporaryDirectory directory;
  std::filesystem::path file = directory / "x.h5";
  Plan plan = sample::plan_of(sample::everything);
};

/// Complete.
class FilledArchive : public NewArchive {
 protected:
  FilledArchive() { sample::fill(file, plan); }
};

/// A column of the job table.
template <class T>
std::vector<T> column(const Archive& archive, const std::string& name) {
  for (const Column& c : archive.job_columns())
    if (c.name == name) return std::get<std::vector<T>>(c.values);
  throw std::runtime_error("no column " + name);
}

}  // namespace nxmc::testing_tools
