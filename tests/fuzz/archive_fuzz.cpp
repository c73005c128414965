// Archives whose bytes have been changed by somebody who can also make the checksums fit.
//
// An input is a text of lines that change a small archive (archive_edits.hpp), so that corpora are small and findings
// readable. What follows is what every command that reads does with such a file.
#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "archive_edits.hpp"
#include "harness.hpp"
#include "nxmc/archive/archive.hpp"
#include "nxmc/lattice/lattice.hpp"
#include "nxmc/query/extended_xyz.hpp"
#include "nxmc/query/print.hpp"
#include "nxmc/query/progress.hpp"
#include "nxmc/query/query.hpp"
#include "program.hpp"
#include "small_archive.hpp"

namespace {

using namespace nxmc;
using Path = std::filesystem::path;

void query(const Archive& archive, const Query& asked, TableFormat format) {
  std::ostringstream out;
  Answer found(archive, asked);
  TablePrinter printer(found.columns(), {.format = format, .show_units = true, .leave_out_empty_columns = true});
  found.visit([&](const Block& block) {
    printer.look(block);
    return true;
  });
  printer.begin(out);
  found.visit([&](const Block& block) {
    printer.print(out, block);
    return true;
  });
  printer.end(out);
}

void query(const Archive& archive, RowKind rows) {
  query(archive, {.rows = rows, .where = "temperature > 0.5", .columns = {}, .group_by = {}}, TableFormat::csv);
  query(archive, {.rows = rows, .where = "", .columns = {}, .group_by = {"lattice", "size"}}, TableFormat::table);
}

void export_snapshots(const Archive& archive) {
  for (std::uint64_t job = 0; job < archive.jobs(); ++job) {
    if (!archive.has_snapshots(job)) continue;
    std::ostringstream out;
    const Lattice lattice = make_lattice(archive.physics(job).lattice);
    ExtendedXyzPrinter frames(out, lattice, XyzStyle{});
    archive.visit_snapshots(job, [&](const Snapshot& snapshot) { return frames.print(snapshot); });
  }
}

void read_everything(const Archive& archive) {
  archive.campaign_text();
  archive.provenance();
  archive.scans();
  archive.superseded();
  archive.methods();
  for (std::uint64_t job = 0; job < archive.jobs(); ++job) archive.damaged(job);
  for (std::size_t k = 0; k < archive.kernels(); ++k) {
    archive.kernel(k);
    archive.kernel_digest(k);
  }
  archive.verify();
}

/// Sealing the archive as it was made changes nothing: the harness makes checksums as the program does.
fuzz::SmallArchive make_archive(const Path& directory) {
  fuzz::SmallArchive archive = fuzz::make_small_archive(directory);
  std::string sealed = archive.bytes;
  fuzz::seal_rows(sealed, archive);
  fuzz::seal_metadata(sealed);
  fuzz::require(sealed == archive.bytes, "checksums that are made anew are those that were made");
  return archive;
}

template <class Look>
void expect_archive_error(Look look) {
  try {
    look();
  } catch (const ArchiveError&) {
  }
}

void look_at(const Path& file, const std::vector<fuzz::Edit>& edits) {
  Archive archive = Archive::open(file);
  const bool all = std::ranges::none_of(edits, fuzz::is_look);
  const auto look = [&](std::string_view name, auto what) {
    if (all || std::ranges::find(edits, name, &fuzz::Edit::where) != edits.end()) expect_archive_error(what);
  };
  look("read", [&] { read_everything(archive); });
  look("jobs", [&] { query(archive, RowKind::jobs); });
  look("times", [&] { query(archive, RowKind::times); });
  look("profiles", [&] { query(archive, RowKind::profiles); });
  look("series", [&] { query(archive, RowKind::series); });
  look("export", [&] { export_snapshots(archive); });
  look("status", [&] { ProgressReader(std::move(archive)).read(); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const testing_tools::TemporaryDirectory directory;
  static const fuzz::SmallArchive small = make_archive(directory.path());
  static const Path file = directory / "fuzzed.h5";
  const std::vector<fuzz::Edit> edits = fuzz::parse_edits(fuzz::text_of({data, size}));
  if (fuzz::write_edited(file, small, edits)) expect_archive_error([&] { look_at(file, edits); });
  return 0;
}
